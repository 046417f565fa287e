//! The box structure (ISO/IEC 14496-12) of AVIF, HEIC, HEIF and JPEG XL containers.

#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::ops::Range;

use super::{Error, MediaType, bytes};

/// The user type of the box with a manifest store (C2PA 2.4, appendix A.5).
const C2PA: [u8; 16] = *b"\xD8\xFE\xC3\xD6\x1B\x0E\x48\x3C\x92\x97\x58\x28\x87\x7E\xC4\x81";

/// The most boxes on one level that are looked at.
const MAX_BOXES: usize = 100_000;

/// One box of a level.
#[derive(Debug, Clone, Copy)]
struct Part<'a> {
    kind: [u8; 4],
    content: &'a [u8],
}

/// The type by the brands in the file type box: the major one first, then the compatible ones.
pub(super) fn brand(file: &[u8]) -> Option<MediaType> {
    (bytes::slice(file, 4, 4)? == b"ftyp").then_some(())?;
    let length = bytes::index(bytes::be32(file, 0)?).min(file.len()).min(4096);
    let major = bytes::slice(file, 8, 4)?;
    let compatible = || file.get(16..length).unwrap_or_default().chunks_exact(4);
    let any = |of: fn(&[u8]) -> bool| compatible().any(of);
    if is_avif(major) {
        Some(MediaType::Avif)
    } else if is_heic(major) {
        Some(MediaType::Heic)
    } else if any(is_avif) {
        Some(MediaType::Avif)
    } else if any(is_heic) {
        Some(MediaType::Heic)
    } else if is_heif(major) || any(is_heif) {
        Some(MediaType::Heif)
    } else {
        None
    }
}

fn is_avif(brand: &[u8]) -> bool {
    matches!(brand, b"avif" | b"avis")
}

fn is_heic(brand: &[u8]) -> bool {
    matches!(brand, b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"hevm" | b"hevs")
}

fn is_heif(brand: &[u8]) -> bool {
    matches!(brand, b"mif1" | b"mif2" | b"msf1")
}

/// The largest picture extents: those of the whole where a picture is made of tiles.
pub(super) fn dimensions(file: &[u8]) -> Option<(u32, u32)> {
    // `meta` begins with version and flags.
    let meta = child(file, *b"meta")?.get(4..)?;
    let properties = child(child(meta, *b"iprp")?, *b"ipco")?;
    let extents = Level::of(properties).map_while(Result::ok).filter(|part| &part.kind == b"ispe");
    extents
        .filter_map(|part| Some((bytes::be32(part.content, 4)?, bytes::be32(part.content, 8)?)))
        .max_by_key(|&(width, height)| u64::from(width).saturating_mul(u64::from(height)))
}

pub(super) fn has_manifest(file: &[u8]) -> bool {
    Level::of(file).map_while(Result::ok).any(|part| &part.kind == b"uuid" && part.content.starts_with(&C2PA))
}

/// What each box of C2PA says that it is for (A.5.1), and what it holds: all of them are left out of every hash.
pub(super) fn provenance(file: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let boxes = Level::of(file).map_while(Result::ok).filter(|part| &part.kind == b"uuid");
    // Version and flags stand before it, and a zero behind it.
    let said = boxes.filter_map(|part| Some(part.content.strip_prefix(&C2PA)?.get(4..).unwrap_or_default()));
    said.map(|said| {
        let end = said.iter().position(|byte| *byte == 0).unwrap_or(said.len());
        (said.get(..end).unwrap_or_default(), said.get(end.saturating_add(1)..).unwrap_or_default())
    })
}

/// Each box of the top level: its kind, and where it stands. `None` where not all of them can be read.
pub(super) fn top(file: &[u8]) -> Option<Vec<([u8; 4], Range<usize>)>> {
    let mut level = Level::of(file);
    let mut boxes = Vec::new();
    loop {
        let start = level.at;
        match level.next() {
            Some(part) => boxes.push((part.ok()?.kind, start..level.at)),
            None => return (start == file.len()).then_some(boxes),
        }
    }
}

/// Whether the container has a JUMBF box, as JPEG XL has for its manifest store.
pub(super) fn has_jumbf(file: &[u8]) -> bool {
    Level::of(file).map_while(Result::ok).any(|part| &part.kind == b"jumb")
}

/// Every box of the top level is inside of the file.
pub(super) fn check(file: &[u8], media_type: MediaType) -> Result<(), Error> {
    let mut media = false;
    for part in Level::of(file) {
        let part = part.map_err(|(kind, offset, needs)| Error::BeyondEnd {
            media_type,
            part: format!("box {}", kind.escape_ascii()),
            offset,
            needs,
            left: bytes::count(file.len().saturating_sub(offset)),
        })?;
        media |= matches!(&part.kind, b"mdat" | b"idat" | b"meta");
    }
    if media { Ok(()) } else { Err(Error::MissingEnd { media_type, missing: "any picture box", len: file.len() }) }
}

fn child(level: &[u8], kind: [u8; 4]) -> Option<&[u8]> {
    Level::of(level).map_while(Result::ok).find(|part| part.kind == kind).map(|part| part.content)
}

/// The boxes of one level. What is cut off is an error with its type, offset and the bytes that it needs.
#[derive(Debug)]
struct Level<'a> {
    bytes: &'a [u8],
    at: usize,
    left: usize,
}

impl<'a> Level<'a> {
    const fn of(level: &'a [u8]) -> Self {
        Self { bytes: level, at: 0, left: MAX_BOXES }
    }

    fn read(&self) -> Result<(Part<'a>, usize), ([u8; 4], usize, u64)> {
        let at = self.at;
        let kind = bytes::array(self.bytes, at.saturating_add(4)).ok_or((*b"????", at, 8))?;
        let short = bytes::be32(self.bytes, at).ok_or((kind, at, 8))?;
        let (header, length) = match short {
            0 => (8, bytes::count(self.bytes.len().saturating_sub(at))),
            1 => (16, bytes::be64(self.bytes, at.saturating_add(8)).ok_or((kind, at, 16))?),
            _ => (8, u64::from(short)),
        };
        let end = usize::try_from(length).ok().and_then(|length| at.checked_add(length));
        let content = end.and_then(|end| self.bytes.get(at.checked_add(header)?..end));
        match (content, end) {
            (Some(content), Some(end)) => Ok((Part { kind, content }, end)),
            _ => Err((kind, at, length)),
        }
    }
}

impl<'a> Iterator for Level<'a> {
    type Item = Result<Part<'a>, ([u8; 4], usize, u64)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.bytes.len() || self.left == 0 {
            return None;
        }
        self.left = self.left.saturating_sub(1);
        let read = self.read();
        self.at = read.as_ref().map_or(self.bytes.len(), |&(_, end)| end);
        Some(read.map(|(part, _)| part))
    }
}
