//! GIF: a walk over its blocks (specification of GIF 89a).

#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::places::Places;
use super::{Error, MediaType, bytes};

/// The application extension that holds a manifest store (C2PA 2.4, appendix A.3).
const C2PA: &[u8] = b"C2PA_GIF\x01\x00\x00";

/// Width and height of the canvas.
pub(super) fn dimensions(file: &[u8]) -> Option<(u32, u32)> {
    Some((u32::from(bytes::le16(file, 6)?), u32::from(bytes::le16(file, 8)?)))
}

pub(super) fn check(file: &[u8]) -> Result<(), Error> {
    let mut pictures = 0_usize;
    walk(file, |block, _| {
        if let Block::Picture = block {
            pictures = pictures.saturating_add(1);
        }
        false
    })?;
    let problem = match dimensions(file) {
        None | Some((0, _) | (_, 0)) => "the width or the height is 0",
        Some(_) if pictures == 0 => "there is no picture in it",
        Some(_) => return Ok(()),
    };
    Err(Error::Malformed { media_type: MediaType::Gif, offset: 6, problem })
}

pub(super) fn has_manifest(file: &[u8]) -> bool {
    walk(file, |block, _| block == Block::Application(C2PA)).unwrap_or(false)
}

pub(super) fn places(file: &[u8]) -> Places {
    let mut starts = Vec::new();
    let walked = walk(file, |block, at| {
        starts.extend((block == Block::Application(C2PA)).then_some(at));
        false
    });
    let end = |start: usize| end_of_blocks(file, start.saturating_add(2)).unwrap_or(file.len());
    let manifest: Vec<_> = starts.iter().map(|start| *start..end(*start)).collect();
    Places { in_order: walked.is_ok() && manifest.len() == 1, manifest, metadata: Vec::new() }
}

/// Behind the data blocks that begin here, of which the last has length 0.
fn end_of_blocks(file: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let length = *file.get(at)?;
        at = at.saturating_add(1).saturating_add(usize::from(length));
        if length == 0 {
            return Some(at);
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Block<'a> {
    Picture,
    /// With its identifier and authentication code.
    Application(&'a [u8]),
}

/// Goes over the blocks to the trailer, or until `found` says true.
fn walk<'a>(file: &'a [u8], mut found: impl FnMut(Block<'a>, usize) -> bool) -> Result<bool, Error> {
    let cut = || Error::MissingEnd { media_type: MediaType::Gif, missing: "its trailer", len: file.len() };
    let byte = |at: usize| file.get(at).copied().ok_or_else(cut);
    let mut at = 13_usize.saturating_add(colours(byte(10)?));
    loop {
        match byte(at)? {
            0x3B => return Ok(false),
            0x21 => {
                let application = byte(at.saturating_add(1))? == 0xFF;
                let name = bytes::slice(file, at.saturating_add(3), 11);
                if let (true, Some(name)) = (application, name)
                    && found(Block::Application(name), at)
                {
                    return Ok(true);
                }
                at = at.saturating_add(2);
            }
            0x2C => {
                if found(Block::Picture, at) {
                    return Ok(true);
                }
                // Behind the descriptor, the local colours and the code size.
                at = at.saturating_add(11).saturating_add(colours(byte(at.saturating_add(9))?));
            }
            _ => {
                let problem = "this is neither an extension, a picture nor the trailer";
                return Err(Error::Malformed { media_type: MediaType::Gif, offset: at, problem });
            }
        }
        at = end_of_blocks(file, at).ok_or_else(cut)?;
    }
}

/// Bytes in the colour table that these flags announce.
const fn colours(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 6 << (flags & 7) }
}
