//! WebP: a walk over its RIFF chunks (RFC 9649), and the metadata in them.

#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod chunks;

use super::bytes::{self, Rewrite};
use super::places::Places;
use super::{Error, MediaType};
use chunks::{Chunk, Chunks, form};

/// Flags in the first byte of `VP8X` (RFC 9649, section 2.7.1).
const ICC_FLAG: u8 = 0x20;
const ALPHA_FLAG: u8 = 0x10;
const EXIF_FLAG: u8 = 0x08;
const XMP_FLAG: u8 = 0x04;
const ANIMATION_FLAG: u8 = 0x02;

pub(super) fn dimensions(file: &[u8]) -> Option<(u32, u32)> {
    // Only the first chunk counts, and it is read even from a file that is cut off.
    let kind: [u8; 4] = bytes::array(file, 12)?;
    canvas(kind, file.get(20..)?)
}

/// Width and height from a chunk that begins a file.
fn canvas(kind: [u8; 4], data: &[u8]) -> Option<(u32, u32)> {
    match &kind {
        b"VP8X" => Some((bytes::le24(data, 4)?.saturating_add(1), bytes::le24(data, 7)?.saturating_add(1))),
        b"VP8 " => {
            (bytes::slice(data, 3, 3)? == [0x9D, 0x01, 0x2A]).then_some(())?;
            let side = |at| bytes::le16(data, at).map(|side| u32::from(side & 0x3FFF));
            Some((side(6)?, side(8)?))
        }
        b"VP8L" => {
            (data.first()? == &0x2F).then_some(())?;
            let bits = bytes::le32(data, 1)?;
            Some(((bits & 0x3FFF).saturating_add(1), ((bits >> 14) & 0x3FFF).saturating_add(1)))
        }
        _ => None,
    }
}

fn has_alpha(chunk: &Chunk<'_>) -> bool {
    match &chunk.kind {
        b"ALPH" => true,
        b"VP8L" => bytes::le32(chunk.data, 1).is_some_and(|bits| bits & (1 << 28) != 0),
        _ => false,
    }
}

pub(super) fn check(file: &[u8]) -> Result<(), Error> {
    let mut pixels = false;
    for chunk in Chunks::of(file) {
        pixels |= matches!(&chunk?.kind, b"VP8 " | b"VP8L" | b"ANMF");
    }
    let problem = match dimensions(file) {
        None | Some((0, _) | (_, 0)) => "the first chunk has no width and height",
        Some(_) if !pixels => "there is no picture chunk, so no pixels",
        Some(_) => return Ok(()),
    };
    Err(Error::Malformed { media_type: MediaType::Webp, offset: 12, problem })
}

pub(super) fn read_xmp(file: &[u8]) -> Result<Option<String>, Error> {
    for chunk in Chunks::of(file) {
        let chunk = chunk?;
        if &chunk.kind == b"XMP " {
            let packet = std::str::from_utf8(chunk.data);
            return packet
                .map(|packet| Some(packet.to_owned()))
                .map_err(|_| Error::XmpNotUtf8 { media_type: MediaType::Webp });
        }
    }
    Ok(None)
}

pub(super) fn write_xmp(file: &[u8], packet: &str) -> Result<Vec<u8>, Error> {
    let mut new = Some(xmp_chunk(packet)?);
    let chunks = Chunks::of(file).collect::<Result<Vec<_>, _>>()?;
    let mut rewrite = Rewrite::new(file);
    let first = chunks.first().filter(|first| canvas(first.kind, first.data).is_some());
    let Some(first) = first else {
        return Err(Error::Malformed {
            media_type: MediaType::Webp,
            offset: 12,
            problem: "the first chunk has no width and height",
        });
    };
    if &first.kind == b"VP8X" {
        let at = first.offset.saturating_add(8);
        let flags = first.data.first().copied().unwrap_or(0) | XMP_FLAG;
        rewrite.replace(at..at.saturating_add(1), vec![flags]);
    } else {
        rewrite.replace(first.offset..first.offset, extended_header(first, &chunks));
    }
    let mut old: Vec<_> =
        chunks.iter().filter(|chunk| &chunk.kind == b"XMP ").map(|chunk| chunk.offset..chunk.end).collect();
    if old.is_empty() {
        let before = |chunk: &&Chunk<'_>| matches!(&chunk.kind, b"VP8X" | b"VP8 " | b"VP8L" | b"ANMF" | b"EXIF");
        let place = chunks.iter().rfind(before).map_or(first.end, |chunk| chunk.end);
        // The chunk in front may lack its padding byte, if it is the last in the file.
        if place % 2 == 1 {
            new = new.map(|new| [&[0], new.as_slice()].concat());
        }
        old.push(place..place);
    }
    for range in old {
        match new.take() {
            Some(new) => rewrite.replace(range, new),
            None => rewrite.remove(range),
        }
    }
    finish(rewrite, file, packet.len())
}

/// The TIFF structure with the Exif of the file. Some writers put the JPEG's `Exif` mark in front of it.
pub(super) fn read_exif(file: &[u8]) -> Option<&[u8]> {
    let exif = Chunks::of(file).map_while(Result::ok).find(|chunk| &chunk.kind == b"EXIF")?.data;
    Some(exif.strip_prefix(b"Exif\0\0").unwrap_or(exif))
}

pub(super) fn has_manifest(file: &[u8]) -> bool {
    Chunks::of(file).map_while(Result::ok).any(|chunk| &chunk.kind == b"C2PA")
}

pub(super) fn places(file: &[u8]) -> Places {
    let mut places = Places::default();
    for chunk in Chunks::of(file).map_while(Result::ok) {
        let whole = chunk.offset..chunk.end;
        match &chunk.kind {
            b"C2PA" => places.manifest.push(whole),
            b"EXIF" | b"XMP " => places.metadata.push(whole),
            _ => {}
        }
    }
    places.in_order = places.manifest.len() == 1;
    places
}

pub(super) fn remove_manifest(file: &[u8]) -> Result<Vec<u8>, Error> {
    let mut rewrite = Rewrite::new(file);
    for chunk in Chunks::of(file) {
        let chunk = chunk?;
        if &chunk.kind == b"C2PA" {
            rewrite.remove(chunk.offset..chunk.end);
        }
    }
    finish(rewrite, file, 0)
}

pub(super) fn strip_metadata(file: &[u8]) -> Result<Vec<u8>, Error> {
    let mut rewrite = Rewrite::new(file);
    for chunk in Chunks::of(file) {
        let chunk = chunk?;
        match &chunk.kind {
            b"VP8X" => {
                let at = chunk.offset.saturating_add(8);
                if let Some(flags) = chunk.data.first() {
                    rewrite.replace(at..at.saturating_add(1), vec![flags & !(EXIF_FLAG | XMP_FLAG)]);
                }
            }
            b"VP8 " | b"VP8L" | b"ALPH" | b"ANIM" | b"ANMF" | b"ICCP" => {}
            _ => rewrite.remove(chunk.offset..chunk.end),
        }
    }
    let end = form(file)?.len();
    rewrite.remove(end..file.len());
    finish(rewrite, file.get(..end).unwrap_or(file), 0)
}

pub(super) fn pixel_byte_offset(file: &[u8]) -> Option<usize> {
    let mut chunks = Chunks::of(file).map_while(Result::ok);
    let pixels = chunks.find(|chunk| matches!(&chunk.kind, b"VP8 " | b"VP8L" | b"ANMF"))?;
    // The middle of a picture chunk of some length is behind all of its headers.
    (pixels.data.len() > 64).then_some(())?;
    pixels.offset.checked_add(8)?.checked_add(pixels.data.len() / 2)
}

/// The file with its form's length brought up to date. Bytes behind the form stay behind it.
fn finish(rewrite: Rewrite<'_>, file: &[u8], xmp: usize) -> Result<Vec<u8>, Error> {
    let behind = file.len().saturating_sub(form(file)?.len());
    let mut new = rewrite.finish();
    let length = new.len().saturating_sub(behind).saturating_sub(8);
    let too_large = Error::XmpTooLarge {
        media_type: MediaType::Webp,
        size: xmp,
        limit: u64::from(u32::MAX).saturating_sub(bytes::count(file.len())),
    };
    let length = u32::try_from(length).map_err(|_| too_large)?;
    if let Some(field) = new.get_mut(4..8) {
        field.copy_from_slice(&length.to_le_bytes());
    }
    Ok(new)
}

/// A `VP8X` chunk for a simple file.
fn extended_header(first: &Chunk<'_>, chunks: &[Chunk<'_>]) -> Vec<u8> {
    let (width, height) = canvas(first.kind, first.data).unwrap_or((1, 1));
    let mut flags = XMP_FLAG;
    for chunk in chunks {
        flags |= match &chunk.kind {
            b"ICCP" => ICC_FLAG,
            b"EXIF" => EXIF_FLAG,
            b"ANIM" => ANIMATION_FLAG,
            _ if has_alpha(chunk) => ALPHA_FLAG,
            _ => 0,
        };
    }
    let [w0, w1, w2, _] = width.saturating_sub(1).to_le_bytes();
    let [h0, h1, h2, _] = height.saturating_sub(1).to_le_bytes();
    [b"VP8X".as_slice(), &10_u32.to_le_bytes(), &[flags, 0, 0, 0, w0, w1, w2, h0, h1, h2]].concat()
}

fn xmp_chunk(packet: &str) -> Result<Vec<u8>, Error> {
    let limit = u32::MAX.saturating_sub(64);
    let length = u32::try_from(packet.len()).ok().filter(|&length| length <= limit).ok_or_else(|| {
        Error::XmpTooLarge { media_type: MediaType::Webp, size: packet.len(), limit: u64::from(limit) }
    })?;
    let padding: &[u8] = if packet.len() % 2 == 1 { &[0] } else { &[] };
    Ok([b"XMP ".as_slice(), &length.to_le_bytes(), packet.as_bytes(), padding].concat())
}
