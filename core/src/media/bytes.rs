//! Checked reads and one-copy rewrites. A read beyond the end is `None`, never a panic.

#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::borrow::Cow;
use std::ops::Range;

use super::pieces::Pieces;

/// `len` bytes from `at`.
pub(super) fn slice(bytes: &[u8], at: usize, len: usize) -> Option<&[u8]> {
    bytes.get(at..at.checked_add(len)?)
}

/// `N` bytes from `at`, by value.
pub(super) fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    slice(bytes, at, N)?.try_into().ok()
}

/// The big-endian 16-bit number at `at`.
pub(super) fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_be_bytes)
}

/// The big-endian 32-bit number at `at`.
pub(super) fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_be_bytes)
}

/// The big-endian 64-bit number at `at`.
pub(super) fn be64(bytes: &[u8], at: usize) -> Option<u64> {
    array(bytes, at).map(u64::from_be_bytes)
}

/// The little-endian 16-bit number at `at`.
pub(super) fn le16(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_le_bytes)
}

/// The little-endian 24-bit number at `at`.
pub(super) fn le24(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(|[a, b, c]| u32::from_le_bytes([a, b, c, 0]))
}

/// The little-endian 32-bit number at `at`.
pub(super) fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_le_bytes)
}

/// A length from a file as an index. What does not fit an index is beyond any file's end.
pub(super) fn index(length: u32) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}

/// A length in memory as a number for limits and messages.
pub(super) fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// Whether `needle` stands somewhere in `bytes`.
pub(super) fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    find(bytes, needle).is_some()
}

/// Where `needle` begins in `bytes`.
pub(super) fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let mut from = 0;
    while let Some(at) = find_byte(bytes.get(from..)?, first) {
        let at = from.checked_add(at)?;
        if slice(bytes, at, needle.len()) == Some(needle) {
            return Some(at);
        }
        from = at.checked_add(1)?;
    }
    None
}

/// Where `wanted` first stands in `bytes`. Blocks without it are passed over many bytes at a time.
pub(super) fn find_byte(bytes: &[u8], wanted: u8) -> Option<usize> {
    const BLOCK: usize = 64;
    let mut passed = 0_usize;
    for block in bytes.chunks(BLOCK) {
        if block.contains(&wanted) {
            return block.iter().position(|&byte| byte == wanted)?.checked_add(passed);
        }
        passed = passed.checked_add(block.len())?;
    }
    None
}

/// A new file made of pieces of an old one. The old bytes are copied once, when it is finished.
#[derive(Debug)]
pub(super) struct Rewrite<'a> {
    source: &'a [u8],
    done: usize,
    pieces: Vec<Cow<'a, [u8]>>,
}

impl<'a> Rewrite<'a> {
    /// Starts with nothing changed.
    pub(super) const fn new(source: &'a [u8]) -> Self {
        Self { source, done: 0, pieces: Vec::new() }
    }

    /// Puts `new` in the place of `range`. Calls go from the front to the back of the file.
    pub(super) fn replace(&mut self, range: Range<usize>, new: Vec<u8>) {
        debug_assert!(self.done <= range.start, "edits go from front to back");
        self.keep(range.start);
        self.pieces.push(Cow::Owned(new));
        self.done = range.end;
    }

    /// Leaves `range` out.
    pub(super) fn remove(&mut self, range: Range<usize>) {
        debug_assert!(self.done <= range.start, "edits go from front to back");
        self.keep(range.start);
        self.done = range.end;
    }

    /// The new file: what was not edited is kept byte for byte.
    pub(super) fn finish(self) -> Vec<u8> {
        self.pieces().into_whole()
    }

    /// The same, with what was not edited left where it is.
    pub(super) fn pieces(mut self) -> Pieces<'a> {
        self.keep(self.source.len());
        Pieces::new(self.pieces)
    }

    fn keep(&mut self, end: usize) {
        if let Some(kept) = self.source.get(self.done..end) {
            self.pieces.push(Cow::Borrowed(kept));
        }
    }
}
