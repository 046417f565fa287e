//! The walk over the marker segments of a JPEG.

#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::media::{Error, MediaType, bytes};

const SOI: u8 = 0xD8;
const EOI: u8 = 0xD9;
/// Start of scan.
pub(super) const SOS: u8 = 0xDA;

/// One marker segment, with its place in the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segment<'a> {
    /// Where it begins, fill bytes and all.
    pub(super) offset: usize,
    /// The second byte of its marker.
    pub(super) marker: u8,
    /// What it holds, without marker and length. Of a scan: its header only.
    pub(super) payload: &'a [u8],
    /// Behind it. Of a scan: behind its header.
    pub(super) end: usize,
}

/// The segments up to and with EOI. Entropy-coded data is passed over only when the walk goes on behind a scan's header.
#[derive(Debug)]
pub(super) struct Segments<'a> {
    file: &'a [u8],
    at: usize,
    in_scan: bool,
    /// Nothing is asked for behind the first scan's header.
    head_only: bool,
    done: bool,
}

impl<'a> Segments<'a> {
    pub(super) const fn of(file: &'a [u8]) -> Self {
        Self { file, at: 2, in_scan: false, head_only: false, done: false }
    }

    /// The segments in front of the first scan: where all metadata stands.
    pub(super) const fn head(file: &'a [u8]) -> Self {
        Self { head_only: true, ..Self::of(file) }
    }

    fn read(&mut self) -> Result<Segment<'a>, Error> {
        if self.in_scan {
            self.at = end_of_scan(self.file, self.at).ok_or_else(|| self.missing_end())?;
            self.in_scan = false;
        }
        let offset = self.at;
        let malformed = |problem| Error::Malformed { media_type: MediaType::Jpeg, offset, problem };
        let mut at = offset;
        if *self.file.get(at).ok_or_else(|| self.missing_end())? != 0xFF {
            return Err(malformed("a marker was expected"));
        }
        while self.file.get(at) == Some(&0xFF) {
            at = at.saturating_add(1);
        }
        let marker = *self.file.get(at).ok_or_else(|| self.missing_end())?;
        at = at.saturating_add(1);
        match marker {
            EOI => {
                return Ok(Segment { offset, marker, payload: &[], end: at });
            }
            0 | 1 | 0xD0..=SOI => return Err(malformed("this marker cannot stand here")),
            _ => {}
        }
        let length = bytes::be16(self.file, at).ok_or_else(|| self.missing_end())?;
        let payload_len =
            length.checked_sub(2).ok_or_else(|| malformed("a segment is shorter than its length field"))?;
        let payload = bytes::slice(self.file, at.saturating_add(2), usize::from(payload_len));
        let payload = payload.ok_or_else(|| Error::BeyondEnd {
            media_type: MediaType::Jpeg,
            part: format!("segment FF{marker:02X}"),
            offset,
            needs: u64::from(length).saturating_add(2),
            left: bytes::count(self.file.len().saturating_sub(offset)),
        })?;
        Ok(Segment { offset, marker, payload, end: at.saturating_add(usize::from(length)) })
    }

    const fn missing_end(&self) -> Error {
        Error::MissingEnd { media_type: MediaType::Jpeg, missing: "the end-of-image marker", len: self.file.len() }
    }
}

impl<'a> Iterator for Segments<'a> {
    type Item = Result<Segment<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let segment = self.read();
        match &segment {
            Ok(segment) => {
                self.at = segment.end;
                self.in_scan = segment.marker == SOS;
                self.done = segment.marker == EOI || (self.head_only && self.in_scan);
            }
            Err(_) => self.done = true,
        }
        Some(segment)
    }
}

/// Where the next marker stands that is neither a stuffed zero nor a restart.
pub(super) fn end_of_scan(file: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at = at.checked_add(without_marker(file.get(at..)?))?;
        at = bytes::find_byte(file.get(at..)?, 0xFF)?.checked_add(at)?;
        match file.get(at.checked_add(1)?)? {
            0xFF => at = at.checked_add(1)?,
            second if is_marker(*second) => return Some(at),
            _ => at = at.checked_add(2)?,
        }
    }
}

/// Whether this behind a 0xFF is neither a stuffed zero nor a restart.
const fn is_marker(second: u8) -> bool {
    second != 0 && second & 0xF8 != 0xD0
}

/// So many bytes at the beginning hold no marker. Of a scan's bytes every two-hundredth is a stuffed 0xFF: to stop at each takes longer than to look at all of
/// a block side by side.
fn without_marker(bytes: &[u8]) -> usize {
    const BLOCK: usize = 64;
    let pairs = |block: &[u8; BLOCK], next: &[u8; BLOCK]| {
        block.iter().zip(next).fold(false, |found, (first, second)| found | (*first == 0xFF && is_marker(*second)))
    };
    let (blocks, _) = bytes.as_chunks::<BLOCK>();
    let (nexts, _) = bytes.get(1..).unwrap_or_default().as_chunks::<BLOCK>();
    let quiet = blocks.iter().zip(nexts).take_while(|(block, next)| !pairs(block, next)).count();
    quiet.saturating_mul(BLOCK)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As it is defined, one byte after the other.
    fn one_after_the_other(file: &[u8]) -> Option<usize> {
        file.windows(2).position(|pair| pair[0] == 0xFF && !matches!(pair[1], 0 | 0xD0..=0xD7 | 0xFF))
    }

    #[test]
    fn the_end_of_a_scan_is_found_wherever_it_stands_and_nothing_else_is_taken_for_it() {
        for length in [1, 2, 63, 64, 65, 66, 130, 300] {
            for inside in [[0x00, 0x00], [0xFF, 0x00], [0xFF, 0xD0], [0xFF, 0xD7], [0xD9, 0x12]] {
                let scan: Vec<u8> = inside.iter().copied().cycle().take(length).collect();
                for at in 0..length {
                    for marker in [vec![0xFF, 0xD9], vec![0xFF, 0xFF, 0xFF, 0xC4], vec![0xFF, 0x01], vec![0xFF]] {
                        let file = [&scan[..at], &marker, &scan[at..]].concat();
                        assert_eq!(
                            end_of_scan(&file, 0),
                            one_after_the_other(&file),
                            "{marker:X?} at {at} of {file:X?}"
                        );
                    }
                }
            }
        }
    }
}
