//! JPEG: a walk over its marker segments (ISO/IEC 10918-1, annex B), and the metadata in them.

#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod segments;

use super::bytes::{self, Rewrite};
use super::pieces::Pieces;
use super::places::Places;
use super::{Error, MediaType};
use segments::{SOS, Segment, Segments, end_of_scan};

/// In front of the main XMP packet (XMP specification part 3, section 1.1.3).
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
/// In front of Exif; its last byte may be 0 or 255.
const EXIF: &[u8] = b"Exif\0";
const ICC: &[u8] = b"ICC_PROFILE\0";
const ADOBE: &[u8] = b"Adobe";
/// The type of a JUMBF superbox that is a C2PA manifest store (C2PA 2.4, section 11.1.4.2).
const C2PA: &[u8] = b"c2pa\x00\x11\x00\x10\x80\x00\x00\xAA\x00\x38\x9B\x71";
/// The most bytes of a main packet (XMP specification part 3, section 1.1.3).
const MAX_PACKET: usize = 65_502;

const APP0: u8 = 0xE0;
const APP1: u8 = 0xE1;
const APP2: u8 = 0xE2;
const APP11: u8 = 0xEB;
const APP13: u8 = 0xED;
const APP14: u8 = 0xEE;
const APP15: u8 = 0xEF;
const COM: u8 = 0xFE;

pub(super) fn dimensions(file: &[u8]) -> Option<(u32, u32)> {
    let frame = Segments::head(file).map_while(Result::ok).find(|segment| is_frame(segment.marker))?;
    let (height, width) = (bytes::be16(frame.payload, 1)?, bytes::be16(frame.payload, 3)?);
    Some((u32::from(width), u32::from(height)))
}

const fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC)
}

pub(super) fn check(file: &[u8]) -> Result<(), Error> {
    let (mut frame, mut scan) = (false, false);
    for segment in Segments::of(file) {
        let marker = segment?.marker;
        frame |= is_frame(marker);
        scan |= marker == SOS;
    }
    if frame && scan {
        return Ok(());
    }
    let problem = if frame { "there is no scan, so no pixels" } else { "there is no frame header" };
    Err(Error::Malformed { media_type: MediaType::Jpeg, offset: file.len(), problem })
}

pub(super) fn read_xmp(file: &[u8]) -> Result<Option<String>, Error> {
    for segment in Segments::head(file) {
        if let Some(packet) = xmp(&segment?) {
            let packet = std::str::from_utf8(packet).map_err(|_| Error::XmpNotUtf8 { media_type: MediaType::Jpeg })?;
            return Ok(Some(packet.to_owned()));
        }
    }
    Ok(None)
}

pub(super) fn with_xmp<'a>(file: &'a [u8], packet: &str) -> Result<Pieces<'a>, Error> {
    let mut new = Some(xmp_segment(packet)?);
    let mut place = 2;
    let mut leading = true;
    let mut old = Vec::new();
    for segment in Segments::head(file) {
        let segment = segment?;
        leading &= segment.marker == APP0 || exif(&segment).is_some();
        if leading {
            place = segment.end;
        }
        if xmp(&segment).is_some() {
            old.push(segment.offset..segment.end);
        }
    }
    if old.is_empty() {
        old.push(place..place);
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

/// The TIFF structure with the Exif of the file.
pub(super) fn read_exif(file: &[u8]) -> Option<&[u8]> {
    Segments::head(file).map_while(Result::ok).find_map(|segment| exif(&segment))
}

pub(super) fn has_manifest(file: &[u8]) -> bool {
    let mut boxes = Boxes::default();
    Segments::head(file).map_while(Result::ok).any(|segment| boxes.is_c2pa(&segment))
}

pub(super) fn places(file: &[u8]) -> Places {
    let mut boxes = Boxes::default();
    let mut places = Places { in_order: true, ..Places::default() };
    let (mut packets, mut numbers) = (Vec::new(), std::collections::BTreeSet::new());
    for segment in Segments::head(file).map_while(Result::ok) {
        let whole = segment.offset..segment.end;
        if matches!(segment.marker, APP1 | APP13 | COM) {
            places.metadata.push(whole);
        } else if segment.marker == APP11 && segment.payload.starts_with(b"JP") {
            // Number of the box, and of the packet of it: the first packet says what the box is, wherever it stands.
            let (number, packet) = (bytes::be16(segment.payload, 2), bytes::be32(segment.payload, 4));
            packets.push((number, packet.map(bytes::index), whole));
            numbers.extend(boxes.is_c2pa(&segment).then_some(number));
        }
    }
    packets.retain(|(number, ..)| numbers.contains(number));
    let first = packets.first().map(|(number, ..)| *number);
    for (number, packet, whole) in packets {
        places.manifest.push(whole);
        places.in_order &= Some(number) == first && packet == Some(places.manifest.len());
    }
    places
}

pub(super) fn remove_manifest(file: &[u8]) -> Result<Vec<u8>, Error> {
    let mut boxes = Boxes::default();
    let mut rewrite = Rewrite::new(file);
    for segment in Segments::head(file) {
        let segment = segment?;
        if boxes.is_c2pa(&segment) {
            rewrite.remove(segment.offset..segment.end);
        }
    }
    Ok(rewrite.finish())
}

pub(super) fn strip_metadata(file: &[u8]) -> Result<Vec<u8>, Error> {
    let mut rewrite = Rewrite::new(file);
    let mut end = file.len();
    for segment in Segments::of(file) {
        let segment = segment?;
        let kept = match segment.marker {
            APP2 => segment.payload.starts_with(ICC),
            APP14 => segment.payload.starts_with(ADOBE),
            APP1..=APP15 | COM => false,
            _ => true,
        };
        if !kept {
            rewrite.remove(segment.offset..segment.end);
        }
        end = segment.end;
    }
    rewrite.remove(end..file.len());
    Ok(rewrite.finish())
}

pub(super) fn pixel_byte_offset(file: &[u8]) -> Option<usize> {
    let start = Segments::of(file).map_while(Result::ok).find(|segment| segment.marker == SOS)?.end;
    let end = end_of_scan(file, start)?;
    let middle = start.checked_add(end.checked_sub(start)? / 2)?;
    // A byte that is no part of a marker or of a stuffed 255, and does not become one with its low bit flipped.
    let plain = |&at: &usize| {
        let before = at.checked_sub(1).and_then(|at| file.get(at));
        file.get(at).is_some_and(|byte| (2..0xFE).contains(byte)) && before != Some(&0xFF)
    };
    (middle..end).find(plain).or_else(|| (start..middle).rev().find(plain))
}

/// Which JUMBF boxes, by their instance number, are a C2PA manifest store. One box may go over many APP11 segments, and
/// only its first names its type (ISO/IEC 19566-5, annex D).
#[derive(Debug, Default)]
struct Boxes {
    c2pa: std::collections::BTreeSet<u16>,
}

impl Boxes {
    fn is_c2pa(&mut self, segment: &Segment<'_>) -> bool {
        self.look(segment).unwrap_or(false)
    }

    fn look(&mut self, segment: &Segment<'_>) -> Option<bool> {
        let payload = segment.payload;
        if segment.marker != APP11 || !payload.starts_with(b"JP") || bytes::slice(payload, 12, 4)? != b"jumb" {
            return None;
        }
        let (instance, sequence) = (bytes::be16(payload, 2)?, bytes::be32(payload, 4)?);
        if sequence == 1 {
            // A length of 1 means that a 64-bit length follows the type.
            let content = if bytes::be32(payload, 8)? == 1 { 24 } else { 16 };
            let description = payload.get(content..)?;
            if bytes::slice(description, 4, 4)? == b"jumd" && bytes::slice(description, 8, 16)? == C2PA {
                self.c2pa.insert(instance);
            } else {
                self.c2pa.remove(&instance);
            }
        }
        Some(self.c2pa.contains(&instance))
    }
}

fn xmp<'a>(segment: &Segment<'a>) -> Option<&'a [u8]> {
    if segment.marker == APP1 { segment.payload.strip_prefix(XMP) } else { None }
}

fn exif<'a>(segment: &Segment<'a>) -> Option<&'a [u8]> {
    if segment.marker == APP1 { segment.payload.strip_prefix(EXIF)?.get(1..) } else { None }
}

fn xmp_segment(packet: &str) -> Result<Vec<u8>, Error> {
    let too_large =
        || Error::XmpTooLarge { media_type: MediaType::Jpeg, size: packet.len(), limit: bytes::count(MAX_PACKET) };
    // The length field counts itself.
    let length = XMP.len().saturating_add(packet.len()).saturating_add(2);
    let length = u16::try_from(length).map_err(|_| too_large())?;
    if packet.len() > MAX_PACKET {
        return Err(too_large());
    }
    Ok([&[0xFF, APP1], length.to_be_bytes().as_slice(), XMP, packet.as_bytes()].concat())
}
