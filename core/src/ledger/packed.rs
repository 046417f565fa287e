//! A packed segment: its lines in blocks that are compressed each by itself, so that one line is read without the others.
//!
//! ```text
//! blocks          each a gzip member: some 64 KiB of whole lines; the segment's last line is a block of its own
//! table           12 bytes a block, little-endian: its lines, their bytes, its own bytes
//! head            what is packed: position of the first line, how many, how many bytes, their SHA-256; checksums
//! ```
//! Table and head stand in the extra fields of empty gzip members. So the whole is a gzip file, and `zcat` gives the lines.
//!
//! The table says before how long everything is, and nothing longer is unpacked. A block that is damaged gives the lines that still come
//! out of it, and behind them an error.

mod form;
mod member;
mod pack;

use std::fs::File;
use std::io;
use std::ops::{ControlFlow, Range};
use std::os::unix::fs::FileExt;

use rayon::prelude::*;

use self::form::Block;
pub use self::form::Head;
pub(super) use self::pack::Packer;
use super::store::{Visit, lines_of};

/// The most bytes of a block, and of what is unpacked at once. Larger than any line.
const BLOCK: usize = 4 << 20;

/// A block is full with so many bytes.
const TARGET: usize = 64 << 10;

/// Where bytes are read from.
pub trait Source: Sync {
    /// How many there are.
    fn length(&self) -> io::Result<u64>;
    /// Fills `bytes` with those that stand from `start` on.
    fn fill(&self, start: u64, bytes: &mut [u8]) -> io::Result<()>;
}

/// A packed segment that is open for reading.
#[derive(Debug)]
pub struct Packed<S> {
    source: S,
    head: Head,
    blocks: Vec<Block>,
}

/// Why lines could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// The source failed.
    #[error("the file could not be read")]
    Io(#[from] io::Error),
    /// What stands there is not what was written.
    #[error("damaged from line {line} on: {problem}")]
    Damaged {
        /// The first line that may be damaged, counted from 0.
        line: u64,
        /// How it shows.
        problem: String,
    },
}

impl<S: Source> Packed<S> {
    /// Reads the head and the table.
    pub fn open(source: S) -> Result<Self, Unread> {
        let damaged = |problem| Unread::Damaged { line: 0, problem };
        let length = source.length()?;
        let mut member = [0; form::HEAD_MEMBER];
        let start = length.checked_sub(member.len() as u64);
        let start = start.ok_or_else(|| damaged(format!("it has {length} bytes, and a packed segment has more")))?;
        source.fill(start, &mut member)?;
        let head = Head::parse(&member, length).map_err(damaged)?;
        let mut table = vec![0; head.table()];
        source.fill(head.end, &mut table)?;
        let blocks = head.blocks(&table).map_err(damaged)?;
        Ok(Self { source, head, blocks })
    }

    /// What is packed.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Line `at`, without its line feed; `None` behind the last.
    pub fn read(&self, at: u64) -> Result<Option<Vec<u8>>, Unread> {
        let Some(block) = self.blocks.get(self.holding(at)) else { return Ok(None) };
        let (lines, problem) = unpacked(&self.packed(block.at.clone())?, block);
        let place = usize::try_from(at - block.lines.start).unwrap_or(usize::MAX);
        match (lines_of(&lines).nth(place), problem) {
            (Some(line), _) => Ok(Some(line.to_vec())),
            (None, Some(damaged)) => Err(damaged),
            (None, None) => Ok(None),
        }
    }

    /// Shows the lines from the `skip`th on in blocks. Answers how many lines there are, unless the visitor stopped.
    pub fn blocks(&self, skip: u64, visit: &mut Visit<'_>) -> Result<Option<u64>, Unread> {
        let mut next = self.holding(skip);
        while let Some(first) = self.blocks.get(next) {
            let group = self.together(next);
            next += group.len();
            let (lines, problem) = self.unpack(group)?;
            let (line, start) = step_over(&lines, first.lines.start, skip);
            if start < lines.len() && visit(self.head.first + line, &lines[start..]).is_break() {
                return Ok(None);
            }
            problem.map_or(Ok(()), Err)?;
        }
        Ok(Some(self.head.lines))
    }

    /// The number of the block with this line.
    fn holding(&self, line: u64) -> usize {
        self.blocks.partition_point(|block| block.lines.end <= line)
    }

    /// As many blocks as are unpacked at once.
    fn together(&self, from: usize) -> &[Block] {
        let mut bytes = 0;
        let fits = |block: &&Block| {
            bytes += block.bytes;
            bytes <= BLOCK
        };
        let count = self.blocks[from..].iter().take_while(fits).count().max(1);
        &self.blocks[from..from + count]
    }

    /// The lines of blocks that follow each other, up to the first damaged one, and of that what comes out.
    fn unpack(&self, blocks: &[Block]) -> Result<(Vec<u8>, Option<Unread>), Unread> {
        let start = blocks.first().map_or(0, |block| block.at.start);
        let packed = self.packed(start..blocks.last().map_or(start, |block| block.at.end))?;
        let member = |block: &Block| {
            let [from, to] = [block.at.start, block.at.end].map(|at| usize::try_from(at - start).unwrap_or(usize::MAX));
            packed.get(from..to).unwrap_or_default()
        };
        let opened: Vec<_> = blocks.par_iter().map(|block| unpacked(member(block), block)).collect();
        let mut lines = Vec::with_capacity(blocks.iter().map(|block| block.bytes).sum());
        for (found, problem) in opened {
            lines.extend_from_slice(&found);
            if problem.is_some() {
                return Ok((lines, problem));
            }
        }
        Ok((lines, None))
    }

    fn packed(&self, at: Range<u64>) -> Result<Vec<u8>, Unread> {
        let mut bytes = vec![0; usize::try_from(at.end - at.start).unwrap_or_default()];
        self.source.fill(at.start, &mut bytes)?;
        Ok(bytes)
    }
}

/// The lines of a block. Of a damaged one those that come out, and what is wrong.
fn unpacked(member: &[u8], block: &Block) -> (Vec<u8>, Option<Unread>) {
    let count = block.lines.end - block.lines.start;
    match member::unpack(member, count, block.bytes) {
        Ok(lines) => (lines, None),
        Err(problem) => {
            let lines = member::salvage(member, count, block.bytes);
            // The first that did not come out; or, where all did, any of them may be changed.
            let came_out = memchr::memchr_iter(b'\n', &lines).count() as u64;
            let line = block.lines.start + if came_out < count { came_out } else { 0 };
            (lines, Some(Unread::Damaged { line, problem }))
        }
    }
}

/// From line `first` on, steps over those before `skip`: which line comes then, and where it begins.
fn step_over(lines: &[u8], first: u64, skip: u64) -> (u64, usize) {
    let Some(before) = usize::try_from(skip.saturating_sub(first)).ok().and_then(|over| over.checked_sub(1)) else {
        return (first, 0);
    };
    let start = memchr::memchr_iter(b'\n', lines).nth(before).map_or(lines.len(), |end| end + 1);
    (skip, start)
}

/// Reads all that is packed in these bytes.
pub fn unpack(bytes: &[u8]) -> Result<Vec<u8>, Unread> {
    let mut lines = Vec::new();
    Packed::open(bytes)?.blocks(0, &mut |_, block| {
        lines.extend_from_slice(block);
        ControlFlow::Continue(())
    })?;
    Ok(lines)
}

impl Source for File {
    fn length(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn fill(&self, start: u64, bytes: &mut [u8]) -> io::Result<()> {
        self.read_exact_at(bytes, start)
    }
}

impl Source for &[u8] {
    fn length(&self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }

    fn fill(&self, start: u64, bytes: &mut [u8]) -> io::Result<()> {
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        let found = start.checked_add(bytes.len()).and_then(|end| self.get(start..end));
        bytes.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(count: u64) -> Vec<Vec<u8>> {
        (0..count).map(|at| format!("{{\"line\":{at},\"{}\"}}", "ab".repeat(3000)).into_bytes()).collect()
    }

    fn packed(lines: &[Vec<u8>]) -> Vec<u8> {
        let mut packer = Packer::new(Vec::new(), 70);
        for (at, some) in lines.chunks(30).enumerate() {
            let text = [some.join(&b'\n'), b"\n".to_vec()].concat();
            packer.add(&text, (at + 1) * 30 >= lines.len()).expect("in memory");
        }
        packer.finish().expect("in memory").0
    }

    #[test]
    fn each_line_is_read_from_its_block_and_all_of_them_from_every_place() {
        for count in [1, 2, 29, 31, 100] {
            let lines = lines(count);
            let bytes = packed(&lines);
            let packed = Packed::open(bytes.as_slice()).expect("packed");
            assert_eq!((packed.head().first, packed.head().lines), (70, count));
            let last = packed.blocks.last().expect("some");
            assert_eq!(last.lines, count - 1..count, "the last line stands alone");
            for from in 0..=count {
                let expected = lines.get(usize::try_from(from).expect("few"));
                assert_eq!(packed.read(from).expect("read").as_ref(), expected);
                let mut seen = Vec::new();
                let all = packed.blocks(from, &mut |first, block| {
                    assert_eq!(first, 70 + from + seen.len() as u64);
                    seen.extend(lines_of(block).map(<[u8]>::to_vec));
                    ControlFlow::Continue(())
                });
                assert_eq!(all.expect("read"), Some(count));
                assert_eq!(seen, lines[usize::try_from(from).expect("few")..]);
            }
        }
    }

    #[test]
    fn any_byte_that_is_changed_and_any_length_that_is_cut_is_found() {
        let lines = lines(40);
        let right = packed(&lines);
        for at in 0..right.len() {
            let mut bytes = right.clone();
            bytes[at] ^= 0x10;
            // The bits that fill up a deflate stream's last byte say nothing.
            let same = unpack(&bytes).is_ok_and(|found| lines_of(&found).eq(lines.iter().map(Vec::as_slice)));
            assert!(unpack(&bytes).is_err() || same, "byte {at}");
            assert!(unpack(&right[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn lines_before_the_damage_come_out_and_none_in_the_place_of_another() {
        let lines = lines(40);
        let bytes = packed(&lines);
        let table = Packed::open(bytes.as_slice()).expect("packed").blocks;
        for block in table {
            let mut damaged = bytes.clone();
            let middle = usize::try_from(block.at.start.midpoint(block.at.end)).expect("short");
            damaged[middle] ^= 0xff;
            let packed = Packed::open(damaged.as_slice()).expect("the table is whole");
            let mut seen = 0;
            let answer = packed.blocks(0, &mut |first, found| {
                assert_eq!(first, 70 + seen);
                seen += lines_of(found).count() as u64;
                ControlFlow::Continue(())
            });
            assert!(matches!(answer, Err(Unread::Damaged { line, .. }) if block.lines.contains(&line)), "{answer:?}");
            assert!((block.lines.start..=block.lines.end).contains(&seen), "{seen}");
            for at in (0..block.lines.start).chain(block.lines.end..40) {
                assert!(packed.read(at).expect("another block").is_some());
            }
        }
    }

    #[test]
    fn a_block_that_unpacks_to_more_than_the_table_says_is_not_unpacked() {
        let bomb = member::pack(&vec![b'\n'; 3 << 20]).expect("in memory");
        for bytes in [10, 1 << 20] {
            assert!(member::unpack(&bomb, 10, bytes).is_err());
            assert!(member::salvage(&bomb, 10, bytes).len() <= 10);
        }
        let table = [Block::next(None, 10, 10, u32::try_from(bomb.len()).expect("short"))];
        let tail = form::encode(&table, 0, 10, &crate::hash::Hash::of(b""));
        let problem = unpack(&[bomb, tail].concat()).expect_err("a bomb").to_string();
        assert!(problem.contains("block 0 cannot be 10 lines of 10 bytes, packed into 3"), "{problem}");
    }
}
