//! Look-ups: from an id, a manifest, a file or a picture to its records, and choosing records by type, time and tenant.
//!
//! Each full segment has an index file, `segments/N.index`, which the writer makes when the segment is full ([`remake`]); the segment
//! that is not full is indexed in memory, from its lines. An index file is blocks of 4 KiB, each with a checksum (`block`):
//!
//! ```text
//! first block     of which segment it is: its last record's hash, what its records have in common (head)
//! entries         8 bytes of SHA-256 of what is sought, 2 of the record's place, sorted: part finds one with about one read
//! types           a byte a record
//! tenants         8 bytes of SHA-256 each, then 2 bytes a record: which; absent where no record has one
//! ```
//! What an index says is where to look: the line there decides. That it says nothing is believed only of an index that was made of
//! these lines, block by block as it was written; any other is made again, in memory, from the lines.

mod block;
mod entry;
mod growing;
mod head;
mod key;
mod part;
pub mod remake;
mod select;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use rayon::prelude::*;

use crate::hash::Hash;

use self::entry::Entry;
use self::growing::{Growing, Place};
pub use self::key::Key;
use self::part::Part;
pub(super) use self::select::Picked;
pub use self::select::Selection;
use super::Error;
use super::line::Line;
use super::store::{Store, lines_of};

/// At most so many segments whose index file is missing or broken are kept indexed in memory: some 2 MB each.
const MADE_HERE: usize = 16;

/// Where records stand, by what they are about.
#[derive(Debug)]
pub(super) struct Index {
    /// How many segments are full.
    full: u64,
    /// The full segments that were looked at.
    parts: BTreeMap<u64, Arc<Part>>,
    made_here: usize,
    /// The segment behind the full ones.
    tail: Growing,
    /// Hash of the last record that was read.
    last: Option<Hash>,
}

impl Default for Index {
    fn default() -> Self {
        Self { full: 0, parts: BTreeMap::new(), made_here: 0, tail: Growing::new(0), last: None }
    }
}

impl Index {
    /// Reads the records that were added since the last time.
    ///
    /// Beside a writer, a reader may see records that are taken back because they did not become durable, and others in their
    /// place later. So the last record is looked at once more, and if it is another one, everything is forgotten and read again.
    pub(super) fn catch_up(&mut self, store: &dyn Store) -> Result<(), Error> {
        if !self.try_catch_up(store)? {
            *self = Self::default();
            self.try_catch_up(store)?;
        }
        self.tail.settle();
        Ok(())
    }

    /// How many segments there are, the last one not full.
    pub(super) fn segments(&self) -> u64 {
        self.full + 1
    }

    /// How many records it knows.
    pub(super) fn size(&self, store: &dyn Store) -> u64 {
        self.full * lines(store) + self.tail.len()
    }

    /// The first record that is sought.
    pub(super) fn first(&mut self, store: &dyn Store, key: &Key<'_>) -> Result<Option<u64>, Error> {
        self.first_before(store, key, u64::MAX)
    }

    /// The first record that is sought, if it stands before `end`.
    pub(super) fn first_before(&mut self, store: &dyn Store, key: &Key<'_>, end: u64) -> Result<Option<u64>, Error> {
        let mut found = None;
        self.search(store, key, end, &mut |seq| {
            found = Some(seq);
            ControlFlow::Break(())
        })?;
        Ok(found)
    }

    /// All records that are sought, the oldest first.
    pub(super) fn all(&mut self, store: &dyn Store, key: &Key<'_>) -> Result<Vec<u64>, Error> {
        let mut found = Vec::new();
        self.search(store, key, u64::MAX, &mut |seq| {
            found.push(seq);
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }

    /// The records of segment `number` that a selection may mean, and the position of its first.
    pub(super) fn pick(&mut self, store: &dyn Store, number: u64, wanted: &Selection) -> Result<(u64, Picked), Error> {
        let first = number * lines(store);
        if number >= self.full {
            let picked = if number == self.full { self.tail.pick(wanted) } else { Picked::These(Vec::new()) };
            return Ok((first, picked));
        }
        let picked = self.ask(store, number, |part| part.pick(store, wanted))?;
        Ok((first, picked))
    }

    /// Where the last run of records ends that an ANCHOR seals; 0 where none is.
    pub(super) fn sealed(&mut self, store: &dyn Store) -> Result<u64, Error> {
        let mut sealed = self.tail.head().sealed;
        for number in (0..self.full).rev() {
            if sealed > 0 {
                break;
            }
            sealed = self.part(store, number)?.head().sealed;
        }
        Ok(sealed)
    }

    fn search(
        &mut self,
        store: &dyn Store,
        key: &Key<'_>,
        end: u64,
        visit: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let digest = key.digest();
        for number in 0..self.segments().min(end.div_ceil(lines(store))) {
            let places = if number == self.full {
                self.tail.find(digest)
            } else if key.may_be_in(self.part(store, number)?.head()) {
                self.ask(store, number, |part| part.find(store, digest))?
            } else {
                Vec::new()
            };
            for place in places {
                let seq = number * lines(store) + u64::from(place);
                if seq >= end {
                    return Ok(());
                }
                if is_sought(store, key, seq)? && visit(seq).is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Asks the index of a full segment. If a block of it is broken, it is made from the lines and asked again.
    fn ask<T>(
        &mut self,
        store: &dyn Store,
        number: u64,
        ask: impl Fn(&Part) -> Result<T, block::Broken>,
    ) -> Result<T, Error> {
        if let Ok(answer) = ask(self.part(store, number)?.as_ref()) {
            return Ok(answer);
        }
        self.parts.remove(&number);
        let made = self.make_here(store, number)?;
        ask(&made).map_err(|block::Broken| unmade(number))
    }

    fn part(&mut self, store: &dyn Store, number: u64) -> Result<Arc<Part>, Error> {
        if let Some(part) = self.parts.get(&number) {
            return Ok(Arc::clone(part));
        }
        match kept(store, number)? {
            Some(part) => {
                let part = Arc::new(part);
                self.parts.insert(number, Arc::clone(&part));
                Ok(part)
            }
            None => self.make_here(store, number),
        }
    }

    fn make_here(&mut self, store: &dyn Store, number: u64) -> Result<Arc<Part>, Error> {
        let bytes = remake::from_lines(store, number)?;
        self.keep_here(number, bytes)
    }

    fn keep_here(&mut self, number: u64, bytes: Vec<u8>) -> Result<Arc<Part>, Error> {
        let part = Arc::new(Part::made(bytes).map_err(|block::Broken| unmade(number))?);
        if self.made_here < MADE_HERE {
            self.made_here += 1;
            self.parts.insert(number, Arc::clone(&part));
        }
        Ok(part)
    }

    /// `false` if the records that were read before are not there any more.
    fn try_catch_up(&mut self, store: &dyn Store) -> Result<bool, Error> {
        if self.last.is_none() {
            self.begin(store)?;
        }
        let mut next = self.size(store);
        let (mut fits, mut failed, mut filled) = (self.last.is_none(), None, Vec::new());
        store.blocks(next.saturating_sub(1), &mut |first, block| {
            for entry in entries(first, block) {
                match entry {
                    Ok(entry) if entry.seq + 1 == next => fits = self.last == Some(entry.hash),
                    Ok(entry) if fits => {
                        self.last = Some(entry.hash);
                        self.tail.add(&entry);
                        next = entry.seq + 1;
                        if self.tail.len() == lines(store) {
                            filled.push((self.full, std::mem::replace(&mut self.tail, Growing::new(next))));
                            self.full += 1;
                        }
                    }
                    Ok(_) => {}
                    Err(error) => failed = Some(error),
                }
                if failed.is_some() || !fits {
                    return ControlFlow::Break(());
                }
            }
            ControlFlow::Continue(())
        })?;
        // Its index file may not be there yet.
        for (number, growing) in filled {
            self.keep_here(number, growing.finish())?;
        }
        failed.map_or(Ok(fits), Err)
    }

    /// Steps over the segments that are full.
    fn begin(&mut self, store: &dyn Store) -> Result<(), Error> {
        let full = store.size()? / lines(store);
        if full > 0 {
            self.last = Some(last_hash(store, full - 1)?);
        }
        self.full = full;
        self.tail = Growing::new(full * lines(store));
        Ok(())
    }
}

/// The name of a segment's index file.
fn name(number: u64) -> String {
    format!("segments/{number:010}.index")
}

/// How many records are indexed together: a place has 16 bits.
fn lines(store: &dyn Store) -> u64 {
    store.segment_lines().clamp(1, u64::from(Place::MAX) + 1)
}

/// The index that is kept of a full segment, if it was made of the lines that stand there.
fn kept(store: &dyn Store, number: u64) -> Result<Option<Part>, Error> {
    let Some(part) = Part::open(store, name(number)) else { return Ok(None) };
    let head = part.head();
    let is_its = head.first == number * lines(store) && u64::from(head.lines) == lines(store);
    Ok(if is_its && head.last == last_hash(store, number)? { Some(part) } else { None })
}

/// The hash of a full segment's last record.
fn last_hash(store: &dyn Store, number: u64) -> Result<Hash, Error> {
    let seq = (number + 1) * lines(store) - 1;
    let line = store.read(seq)?.ok_or_else(|| Error::NoSuchRecord { seq, size: seq })?;
    Ok(Line::parse(&line).map_err(|source| Error::Damaged { seq, source })?.computed)
}

/// The records of a block, read side by side.
fn entries(first: u64, block: &[u8]) -> Vec<Result<Entry, Error>> {
    let lines: Vec<&[u8]> = lines_of(block).collect();
    lines.par_iter().enumerate().map(|(at, line)| entry::read(first + at as u64, line)).collect()
}

/// Whether the record at this position is one of those that are sought. One that was taken back meanwhile is not.
fn is_sought(store: &dyn Store, key: &Key<'_>, seq: u64) -> Result<bool, Error> {
    let Some(line) = store.read(seq)? else { return Ok(false) };
    Ok(key.fits(&entry::read(seq, &line)?))
}

fn unmade(number: u64) -> Error {
    Error::Object { name: "index", problem: format!("what was made of segment {number} just now cannot be read") }
}
