//! Where lines stand: the contract that every store keeps, and [`conformance`], which every store must pass.

mod conformance;

use std::fmt::Debug;
use std::ops::ControlFlow;

pub use conformance::conformance;

use super::Error;

/// How many lines belong together in all but trials: 256 full hash tiles of the lowest level.
pub const SEGMENT_LINES: u64 = 1 << 16;

/// Lines to be added together.
#[derive(Debug, Default, Clone)]
pub struct Batch {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Batch {
    /// Another one in the same memory, with room for so many bytes of so many lines.
    #[must_use]
    pub fn renewed(mut self, bytes: usize, lines: usize) -> Self {
        self.bytes.clear();
        self.ends.clear();
        self.bytes.reserve(bytes);
        self.ends.reserve(lines);
        self
    }

    /// Lets `write` add one line, with its line feed, to the buffer.
    pub fn push(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.bytes);
        self.ends.push(self.bytes.len());
    }

    /// All lines, one after the other.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where each line ends in [`Self::bytes`].
    pub fn ends(&self) -> &[usize] {
        &self.ends
    }

    /// How many bytes of lines its memory has room for.
    pub fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// How many lines.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is nothing to add.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The lines, without their line feeds.
    pub fn lines(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).filter_map(|(start, end)| self.bytes.get(start..end.saturating_sub(1)))
    }
}

/// The answer to a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commit {
    /// All lines of the batch are durable.
    Done,
    /// Somebody else wrote first; nothing of this batch was written.
    Raced {
        /// How many lines stand now.
        size: u64,
    },
}

/// A visitor: it is told a position and bytes, and answers whether to go on.
pub type Visit<'a> = dyn FnMut(u64, &[u8]) -> ControlFlow<()> + 'a;

/// A store of lines and of small derived objects.
///
/// Lines are added at the end and never changed. `commit` is the only commit point: when it answers `Done`, the lines survive a
/// crash. An error leaves open whether they were written; whoever wants to know opens the store again, and until then the store
/// takes no more. Derived objects (tiles, checkpoints) can be computed again from the lines: a crash may lose the newest or
/// leave it unreadable, but a reader beside the writer never sees half of one.
pub trait Store: Send + Sync + Debug {
    /// How many whole lines stand.
    fn size(&self) -> Result<u64, Error>;

    /// Adds the batch behind line `expected - 1`, all of it or (as far as a crash does not intervene) nothing.
    ///
    /// A batch without lines adds none. Like any other it is refused where somebody else wrote first, and like any other it
    /// clears away what an interrupted commit left behind the last whole line.
    fn commit(&self, expected: u64, batch: &Batch) -> Result<Commit, Error>;

    /// Shows the lines from `from` on, in order, in blocks of whole lines with their line feeds. The visitor is told the position of
    /// the block's first line. A block is as large as is quick to read, but may be one line. Where lines in the middle are gone, an
    /// error says so behind the last one before them: no line is ever shown in the place of another.
    fn blocks(&self, from: u64, visit: &mut Visit<'_>) -> Result<(), Error>;

    /// Whoever wrote does not any more. A store that keeps other writers away lets them in, although somebody may still read through it,
    /// and takes nothing itself from here on.
    fn let_go(&self) {}

    /// Bytes behind the last whole line: what a crash in the middle of a commit leaves. Beside a writer at work there are none: what
    /// stands there then is a commit on its way.
    fn torn_tail(&self) -> Result<u64, Error>;

    /// Shows the lines from `from` on, in order, without their line feeds.
    fn scan(&self, from: u64, visit: &mut Visit<'_>) -> Result<(), Error> {
        self.blocks(from, &mut |first, block| {
            for (seq, line) in (first..).zip(lines_of(block)) {
                visit(seq, line)?;
            }
            ControlFlow::Continue(())
        })
    }

    /// One line, without its line feed.
    fn read(&self, seq: u64) -> Result<Option<Vec<u8>>, Error> {
        let mut found = None;
        self.scan(seq, &mut |_, line| {
            found = Some(line.to_vec());
            ControlFlow::Break(())
        })?;
        Ok(found)
    }

    /// How many lines belong together. A store in files has so many in each; what is derived from lines is derived from so many at a
    /// time.
    fn segment_lines(&self) -> u64 {
        SEGMENT_LINES
    }

    /// Replaces a derived object. Readers see the old one or the new one.
    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), Error>;

    /// Reads a derived object; `None` where there is none.
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Error>;

    /// Reads `length` bytes of a derived object from `start` on; `None` where it does not exist or ends before.
    fn get_part(&self, name: &str, start: u64, length: usize) -> Result<Option<Vec<u8>>, Error> {
        let range = |bytes: Vec<u8>| {
            let start = usize::try_from(start).ok()?;
            bytes.get(start..start.checked_add(length)?).map(<[u8]>::to_vec)
        };
        Ok(self.get(name)?.and_then(range))
    }
}

/// The lines of a block, without their line feeds.
pub fn lines_of(block: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut start = 0;
    memchr::memchr_iter(b'\n', block).filter_map(move |end| {
        let line = block.get(start..end);
        start = end + 1;
        line
    })
}
