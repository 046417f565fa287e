//! Packing: lines in, blocks and their table out.

use std::io::{self, Write};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::form::{self, Block};
use super::{BLOCK, TARGET, member};
use crate::hash::Hash;

/// Writes a packed segment from its lines, given in order.
#[derive(Debug)]
pub(in super::super) struct Packer<W> {
    out: W,
    first: u64,
    blocks: Vec<Block>,
    bytes: u64,
    hash: Sha256,
}

impl<W: Write> Packer<W> {
    /// The first line stands at `first` in the log.
    pub(in super::super) fn new(out: W, first: u64) -> Self {
        Self { out, first, blocks: Vec::new(), bytes: 0, hash: Sha256::new() }
    }

    /// Packs whole lines. The last of them begins a block of its own where `ends`: an index is held against a segment's last record,
    /// which is then read without the others.
    pub(in super::super) fn add(&mut self, lines: &[u8], ends: bool) -> io::Result<()> {
        let chunks = chunks(lines, ends);
        let packed: Vec<io::Result<Vec<u8>>> = chunks.par_iter().map(|lines| member::pack(lines)).collect();
        for (chunk, packed) in chunks.into_iter().zip(packed) {
            let packed = packed?;
            let lines = memchr::memchr_iter(b'\n', chunk).count();
            let [Ok(count), Ok(bytes), Ok(length)] = [lines, chunk.len(), packed.len()].map(u32::try_from) else {
                return Err(io::Error::other("a block is too long"));
            };
            if chunk.len() > BLOCK {
                return Err(io::Error::other("a line is too long"));
            }
            self.blocks.push(Block::next(self.blocks.last(), count, bytes, length));
            self.bytes += u64::from(bytes);
            self.out.write_all(&packed)?;
        }
        self.hash.update(lines);
        Ok(())
    }

    /// How many lines were packed.
    pub(in super::super) fn lines(&self) -> u64 {
        self.blocks.last().map_or(0, |last| last.lines.end)
    }

    /// Writes the table. Answers the hash of the lines.
    pub(in super::super) fn finish(mut self) -> io::Result<(W, Hash)> {
        let hash = Hash::from_bytes(self.hash.finalize().into());
        self.out.write_all(&form::encode(&self.blocks, self.first, self.bytes, &hash))?;
        self.out.flush()?;
        Ok((self.out, hash))
    }
}

/// Whole lines that are packed together.
fn chunks(lines: &[u8], last_alone: bool) -> Vec<&[u8]> {
    let last = lines.strip_suffix(b"\n").and_then(|before| memchr::memrchr(b'\n', before)).map_or(0, |end| end + 1);
    let together = if last_alone { last } else { lines.len() };
    let (mut chunks, mut start) = (Vec::new(), 0);
    for end in memchr::memchr_iter(b'\n', &lines[..together]).map(|end| end + 1) {
        if end - start >= TARGET || end == together {
            chunks.push(&lines[start..end]);
            start = end;
        }
    }
    if last_alone {
        chunks.push(&lines[last..]);
    }
    chunks
}
