//! PNG: a walk over its chunks (W3C PNG, section 5.3). Checksums are left to the decoder.

#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::bytes::{self, Rewrite};
use super::pieces::Pieces;
use super::places::Places;
use super::{Error, MediaType, text};

/// The first eight bytes of every PNG.
pub(super) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1A\n";

/// The keyword of the XMP packet (XMP specification part 3, section 1.1.5).
const XMP_KEYWORD: &str = "XML:com.adobe.xmp";

/// Chunk lengths have 31 bits.
const MAX_CHUNK: u32 = i32::MAX as u32;

/// One chunk, with its place in the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chunk<'a> {
    /// Where its length field begins.
    pub(super) offset: usize,
    /// Its four-letter type.
    pub(super) kind: [u8; 4],
    /// What it holds.
    pub(super) data: &'a [u8],
    /// Behind its checksum.
    pub(super) end: usize,
}

/// The chunks up to and with `IEND`. A missing `IEND` and a chunk beyond the end are errors.
#[derive(Debug)]
pub(super) struct Chunks<'a> {
    file: &'a [u8],
    at: usize,
    done: bool,
}

impl<'a> Chunks<'a> {
    pub(super) const fn of(file: &'a [u8]) -> Self {
        Self { file, at: SIGNATURE.len(), done: false }
    }

    fn read(&self) -> Result<Chunk<'a>, Error> {
        let missing_end =
            || Error::MissingEnd { media_type: MediaType::Png, missing: "its IEND chunk", len: self.file.len() };
        let offset = self.at;
        let length = bytes::be32(self.file, offset).ok_or_else(missing_end)?;
        let kind: [u8; 4] = bytes::array(self.file, offset.saturating_add(4)).ok_or_else(missing_end)?;
        let end = offset.saturating_add(12).saturating_add(bytes::index(length));
        let data = bytes::slice(self.file, offset.saturating_add(8), bytes::index(length));
        match data {
            Some(data) if length <= MAX_CHUNK && end <= self.file.len() => Ok(Chunk { offset, kind, data, end }),
            _ => Err(Error::BeyondEnd {
                media_type: MediaType::Png,
                part: format!("chunk {}", kind.escape_ascii()),
                offset,
                needs: u64::from(length).saturating_add(12),
                left: bytes::count(self.file.len().saturating_sub(offset)),
            }),
        }
    }
}

impl<'a> Iterator for Chunks<'a> {
    type Item = Result<Chunk<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let chunk = self.read();
        match &chunk {
            Ok(chunk) => {
                self.at = chunk.end;
                self.done = &chunk.kind == b"IEND";
            }
            Err(_) => self.done = true,
        }
        Some(chunk)
    }
}

pub(super) fn dimensions(file: &[u8]) -> Option<(u32, u32)> {
    (bytes::slice(file, 12, 4)? == b"IHDR").then_some(())?;
    Some((bytes::be32(file, 16)?, bytes::be32(file, 20)?))
}

pub(super) fn check(file: &[u8]) -> Result<(), Error> {
    let malformed = |offset, problem| Error::Malformed { media_type: MediaType::Png, offset, problem };
    let mut pixels = false;
    for (position, chunk) in Chunks::of(file).enumerate() {
        let chunk = chunk?;
        match (position, &chunk.kind) {
            (0, b"IHDR") if chunk.data.len() == 13 => {}
            (0, _) => {
                return Err(malformed(chunk.offset, "the first chunk is not a 13-byte IHDR"));
            }
            (_, b"IDAT") => pixels = true,
            _ => {}
        }
    }
    if dimensions(file).is_none_or(|(width, height)| width == 0 || height == 0) {
        return Err(malformed(16, "the width or the height is 0"));
    }
    if pixels { Ok(()) } else { Err(malformed(file.len(), "there is no IDAT chunk, so no pixels")) }
}

pub(super) fn read_xmp(file: &[u8]) -> Result<Option<String>, Error> {
    for chunk in Chunks::of(file) {
        let chunk = chunk?;
        if is_xmp(&chunk) {
            let packet = text::international(chunk.data, chunk.offset)?.map(String::from_utf8);
            return packet.transpose().map_err(|_| Error::XmpNotUtf8 { media_type: MediaType::Png });
        }
    }
    Ok(None)
}

pub(super) fn with_xmp<'a>(file: &'a [u8], packet: &str) -> Result<Pieces<'a>, Error> {
    let mut new = Some(xmp_chunk(packet)?);
    let mut place = None;
    let mut old = Vec::new();
    for chunk in Chunks::of(file) {
        let chunk = chunk?;
        place.get_or_insert(chunk.end);
        if is_xmp(&chunk) {
            old.push(chunk.offset..chunk.end);
        }
    }
    if old.is_empty() {
        old.extend(place.map(|place| place..place));
    }
    let mut rewrite = Rewrite::new(file);
    for range in old {
        match new.take() {
            Some(new) => rewrite.replace(range, new),
            None => rewrite.remove(range),
        }
    }
    Ok(rewrite.pieces())
}

pub(super) fn has_manifest(file: &[u8]) -> bool {
    Chunks::of(file).map_while(Result::ok).any(|chunk| &chunk.kind == b"caBX")
}

pub(super) fn places(file: &[u8]) -> Places {
    const METADATA: [&[u8; 4]; 5] = [b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME"];
    let mut places = Places::default();
    for chunk in Chunks::of(file).map_while(Result::ok) {
        let whole = chunk.offset..chunk.end;
        match &chunk.kind {
            b"caBX" => places.manifest.push(whole),
            kind if METADATA.contains(&kind) => places.metadata.push(whole),
            _ => {}
        }
    }
    places.in_order = places.manifest.len() == 1;
    places
}

pub(super) fn remove_manifest(file: &[u8]) -> Result<Vec<u8>, Error> {
    filter(file, |chunk| &chunk.kind != b"caBX").map(Rewrite::finish)
}

pub(super) fn strip_metadata(file: &[u8]) -> Result<Vec<u8>, Error> {
    // What changes the look of the pixels stays: transparency, colour, density and animation.
    const KEPT: [&[u8; 4]; 14] = [
        b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"pHYs", b"cICP", b"mDCV", b"cLLI", b"acTL",
        b"fcTL", b"fdAT",
    ];
    let critical = |kind: &[u8; 4]| kind.first().is_some_and(u8::is_ascii_uppercase);
    let mut rewrite = filter(file, |chunk| critical(&chunk.kind) || KEPT.contains(&&chunk.kind))?;
    let end = Chunks::of(file).map_while(Result::ok).last().map_or(file.len(), |chunk| chunk.end);
    rewrite.remove(end..file.len());
    Ok(rewrite.finish())
}

pub(super) fn pixel_byte_offset(file: &[u8]) -> Option<usize> {
    let chunks = Chunks::of(file).map_while(Result::ok);
    let pixels: Vec<_> = chunks.filter(|chunk| &chunk.kind == b"IDAT" && !chunk.data.is_empty()).collect();
    let middle = pixels.get(pixels.len() / 2)?;
    middle.offset.checked_add(8)?.checked_add(middle.data.len() / 2)
}

fn is_xmp(chunk: &Chunk<'_>) -> bool {
    &chunk.kind == b"iTXt" && text::keyword(chunk.data) == Some(XMP_KEYWORD.as_bytes())
}

fn filter<'a>(file: &'a [u8], keep: impl Fn(&Chunk<'a>) -> bool) -> Result<Rewrite<'a>, Error> {
    let mut rewrite = Rewrite::new(file);
    for chunk in Chunks::of(file) {
        let chunk = chunk?;
        if !keep(&chunk) {
            rewrite.remove(chunk.offset..chunk.end);
        }
    }
    Ok(rewrite)
}

/// An uncompressed `iTXt` chunk: the XMP specification asks for that, so that scanners find the packet.
fn xmp_chunk(packet: &str) -> Result<Vec<u8>, Error> {
    // Keyword, its end, compression flag and method, empty language and empty translated keyword.
    const HEAD: [&[u8]; 3] = [b"iTXt", XMP_KEYWORD.as_bytes(), b"\0\0\0\0\0"];
    let body = [HEAD.concat().as_slice(), packet.as_bytes()].concat();
    let length = body.len().saturating_sub(4);
    let fits = u32::try_from(length).ok().filter(|&length| length <= MAX_CHUNK);
    let Some(length) = fits else {
        let limit = u64::from(MAX_CHUNK).saturating_sub(22);
        return Err(Error::XmpTooLarge { media_type: MediaType::Png, size: packet.len(), limit });
    };
    let mut crc = flate2::Crc::new();
    crc.update(&body);
    Ok([length.to_be_bytes().as_slice(), &body, &crc.sum().to_be_bytes()].concat())
}
