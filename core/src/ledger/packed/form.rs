//! The table behind the blocks of a packed segment: strict, and read before anything is unpacked.

use std::ops::Range;

use super::super::store::SEGMENT_LINES;
use super::BLOCK;
use crate::hash::Hash;

/// Begins the head, with the version.
const MAGIC: &[u8; 20] = b"touchmark segment 1\n";

/// Bytes of the head's content, and of the gzip member around it.
const HEAD: usize = 92;
pub(super) const HEAD_MEMBER: usize = HEAD + AROUND;

/// Bytes of an empty gzip member around the content of its extra field.
const AROUND: usize = 26;

/// Bytes of a block's entry, and how many one member takes.
const ENTRY: usize = 12;
const ENTRIES: usize = 5000;

/// A gzip header with an extra field: no name, no time, of an unknown system.
const GZIP: [u8; 10] = [0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff];

/// An empty deflate stream, its checksum and its length.
const EMPTY: [u8; 10] = [3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// What is packed, as the last member of the file says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Position of the first line in the log.
    pub first: u64,
    /// How many lines.
    pub lines: u64,
    /// Their bytes, with their line feeds.
    pub bytes: u64,
    /// SHA-256 of these bytes.
    pub hash: Hash,
    /// How many blocks.
    pub(super) blocks: usize,
    /// Where they end and the table begins.
    pub(super) end: u64,
    /// Checksum of the table's entries.
    pub(super) sum: u32,
}

/// One block: lines that are compressed together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// Its lines, counted in the segment.
    pub(super) lines: Range<u64>,
    /// Their bytes.
    pub(super) bytes: usize,
    /// Where it stands in the file.
    pub(super) at: Range<u64>,
}

impl Block {
    /// The block behind this one.
    pub(super) fn next(before: Option<&Self>, lines: u32, bytes: u32, packed: u32) -> Self {
        let (line, at) = before.map_or((0, 0), |before| (before.lines.end, before.at.end));
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        Self { lines: line..line + u64::from(lines), bytes, at: at..at + u64::from(packed) }
    }

    /// The longest that so many bytes are when they cannot be compressed.
    fn most(bytes: usize) -> u64 {
        (bytes + bytes / 64 + 64) as u64
    }
}

/// The table and the head, as they stand behind the blocks.
pub(super) fn encode(blocks: &[Block], first: u64, bytes: u64, hash: &Hash) -> Vec<u8> {
    let number = |number: u64| u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes();
    let mut entries = Vec::new();
    for block in blocks {
        let lengths = [block.lines.end - block.lines.start, block.bytes as u64, block.at.end - block.at.start];
        entries.extend(lengths.map(number).as_flattened());
    }
    let mut head = MAGIC.to_vec();
    head.extend(first.to_le_bytes());
    head.extend(number(blocks.last().map_or(0, |last| last.lines.end)));
    head.extend(number(blocks.len() as u64));
    head.extend(bytes.to_le_bytes());
    head.extend(blocks.last().map_or(0, |last| last.at.end).to_le_bytes());
    head.extend(hash.as_bytes());
    head.extend(crc32fast::hash(&entries).to_le_bytes());
    head.extend(crc32fast::hash(&head).to_le_bytes());
    entries.chunks(ENTRY * ENTRIES).chain([head.as_slice()]).flat_map(member).collect()
}

impl Head {
    /// Reads the last member of a file of this length.
    pub(super) fn parse(member: &[u8; HEAD_MEMBER], length: u64) -> Result<Self, String> {
        let content = content(member).filter(|content| content.len() == HEAD && content.starts_with(MAGIC));
        let content =
            content.ok_or("it does not end as a packed segment does: it was cut off, or is something else")?;
        let (content, sum) = content.split_at(HEAD - 4);
        let mut fields = Fields(&content[MAGIC.len()..]);
        let (first, lines, blocks) = (fields.u64(), u64::from(fields.u32()), fields.u32());
        let (bytes, end, hash) = (fields.u64(), fields.u64(), Hash::from_bytes(fields.take()));
        let head = Self { first, lines, bytes, hash, blocks: blocks as usize, end, sum: fields.u32() };
        if Fields(sum).u32() != crc32fast::hash(content) {
            return Err("its head was changed: the checksum is not right".to_owned());
        }
        let possible = (1..=SEGMENT_LINES).contains(&lines) && (1..=lines).contains(&u64::from(blocks));
        if !possible || end.checked_add(head.table() as u64 + HEAD_MEMBER as u64) != Some(length) {
            return Err(format!(
                "its head says {lines} lines in {blocks} blocks that end at byte {end}, and it has {length} bytes"
            ));
        }
        Ok(head)
    }

    /// Bytes of the table before the head.
    pub(super) fn table(&self) -> usize {
        self.blocks * ENTRY + self.blocks.div_ceil(ENTRIES) * AROUND
    }

    /// Reads the table.
    pub(super) fn blocks(&self, table: &[u8]) -> Result<Vec<Block>, String> {
        let mut entries = Vec::new();
        for member in table.chunks(ENTRY * ENTRIES + AROUND) {
            entries.extend_from_slice(content(member).ok_or("its table of blocks was changed")?);
        }
        if entries.len() != self.blocks * ENTRY || crc32fast::hash(&entries) != self.sum {
            return Err("its table of blocks was changed: the checksum is not right".to_owned());
        }
        let mut blocks: Vec<Block> = Vec::with_capacity(self.blocks);
        let mut bytes = 0;
        for entry in entries.chunks_exact(ENTRY) {
            let mut fields = Fields(entry);
            let block = Block::next(blocks.last(), fields.u32(), fields.u32(), fields.u32());
            let (lines, packed) = (block.lines.end - block.lines.start, block.at.end - block.at.start);
            let possible = (1..=BLOCK).contains(&block.bytes) && (1..=block.bytes as u64).contains(&lines);
            if !possible || packed == 0 || packed > Block::most(block.bytes) {
                let (at, bytes) = (blocks.len(), block.bytes);
                return Err(format!("block {at} cannot be {lines} lines of {bytes} bytes, packed into {packed}"));
            }
            bytes += block.bytes as u64;
            blocks.push(block);
        }
        let last = blocks.last().map(|last| (last.lines.end, last.at.end));
        if last != Some((self.lines, self.end)) || bytes != self.bytes {
            return Err("its table of blocks does not add up to what its head says".to_owned());
        }
        Ok(blocks)
    }
}

/// An empty gzip member with this in its extra field, under the name TM.
fn member(content: &[u8]) -> Vec<u8> {
    let length = |length: usize| u16::try_from(length).unwrap_or(u16::MAX).to_le_bytes();
    [&GZIP[..], &length(content.len() + 4), b"TM", &length(content.len()), content, &EMPTY].concat()
}

/// What stands in the extra field of such a member, and of no other.
fn content(bytes: &[u8]) -> Option<&[u8]> {
    let content = bytes.get(16..bytes.len().checked_sub(EMPTY.len())?)?;
    (bytes == member(content)).then_some(content)
}

/// Numbers one after the other. Behind the end there are zeros; the length was looked at before.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let Some((taken, rest)) = self.0.split_first_chunk() else { return [0; N] };
        self.0 = rest;
        *taken
    }

    fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.take())
    }

    fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.take())
    }
}
