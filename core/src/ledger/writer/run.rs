//! Records in their places, each one continuing the one before: what is written and synced together.

use std::ops::Range;

use jiff::Timestamp;

use crate::edge::{Edge, Moment};
use crate::event::prepare::Stamp;
use crate::event::{Event, Prepared, Sealed};
use crate::hash::Hash;
use crate::keys::mac::ReadyKey;

use super::super::Error;
use super::{Last, Ledger, Receipt, prepare};

/// After so many records a new MAC key is derived, even on the same day.
const RECORDS_PER_EPOCH: u64 = 1 << 16;

/// Records that are to be committed together.
#[derive(Debug)]
pub(in super::super) struct Run {
    stamp: Stamp,
    /// What the log adds itself, at the beginning.
    pub(super) due: Vec<Event>,
    pub(super) first: u64,
    /// What its first record continues.
    pub(super) behind: Hash,
    /// What the record after its last one continues.
    pub(super) last: Last,
    key: ReadyKey,
    pub(super) placed: Vec<Placed>,
}

/// A record in its place.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) sealed: Sealed,
    pub(super) mac: [u8; 32],
    /// `None` until somebody signed it: at the latest when its line is written.
    pub(super) signature: Option<Vec<u8>>,
}

/// The place of a run that nobody is in yet.
#[derive(Debug)]
pub(in super::super) struct Next {
    first: u64,
    last: Last,
    key: ReadyKey,
}

impl Ledger {
    /// Begins to put records behind the last one. The first are the log's own, where some are due.
    pub(in super::super) fn run(&mut self, edge: Edge<'_>) -> Result<Run, Error> {
        let due = self.due();
        let prepared = prepare(&due, &self.log, edge)?;
        let mut run = self.run_of(edge.now(), due)?;
        run.add(prepared)?;
        Ok(run)
    }

    pub(super) fn run_of(&mut self, moment: Moment, due: Vec<Event>) -> Result<Run, Error> {
        if self.poisoned {
            return Err(Error::Poisoned);
        }
        self.turn_epoch(moment.time)?;
        self.next(self.size(), self.last).run(&moment, due)
    }

    /// The place behind a run that is not written yet. `None` where the log has something to do before the next record: to turn its MAC
    /// key, or to add a record of its own.
    pub(in super::super) fn behind(&self, run: &Run) -> Option<Next> {
        let is_due = passes_a_mark(run.first, run.size()) || !run.due.is_empty() || self.is_due(run.size());
        (!is_due && !run.is_empty()).then(|| self.next(run.size(), run.last))
    }

    fn next(&self, first: u64, last: Last) -> Next {
        let key = self.keys.mac.key();
        Next { first, last: Last { epoch: key.epoch(), ..last }, key: key.ready() }
    }

    /// Goes to the next MAC key where a day or enough records have passed.
    ///
    /// Epochs in a log follow each other without a gap. If one could be left out, a thief of today's key could write records of
    /// last week anew and say that they are of today's epoch. So a key that was derived already, before a crash or an error,
    /// is used and no further one derived.
    fn turn_epoch(&mut self, now: Timestamp) -> Result<(), Error> {
        let is_due = self.last.is_of_another_day(now) || passes_a_mark(self.last.looked_at, self.size());
        if is_due && self.keys.mac.key().epoch() == self.last.epoch {
            self.keys.mac.advance()?;
        }
        Ok(())
    }
}

impl Next {
    /// Begins the run. `None` on another day than that of the records before, see [`Run::go_on`].
    pub(in super::super) fn begin(self, moment: &Moment) -> Result<Option<Run>, Error> {
        if self.last.is_of_another_day(moment.time) { Ok(None) } else { self.run(moment, Vec::new()).map(Some) }
    }

    fn run(self, moment: &Moment, due: Vec<Event>) -> Result<Run, Error> {
        let Self { first, last, key } = self;
        let stamp = stamp(moment)?;
        let behind = last.hash;
        let last = Last { read: Some(moment.time), looked_at: first, ..last };
        Ok(Run { stamp, due, first, behind, last, key, placed: Vec::new() })
    }
}

impl Run {
    /// The next records are written down at this moment: none may say of itself that it stood in the log before it happened. `false` on
    /// another day than that of the records before: their MAC key is not for it.
    pub(in super::super) fn go_on(&mut self, moment: &Moment) -> Result<bool, Error> {
        if self.last.is_of_another_day(moment.time) {
            return Ok(false);
        }
        if !self.stamp.is_of(moment) {
            self.stamp = stamp(moment)?;
            self.last.read = Some(moment.time);
        }
        Ok(true)
    }

    /// Adds the records of one caller, and says which they are. If one cannot be a record, none of them is added.
    pub(in super::super) fn add(&mut self, prepared: Vec<Prepared>) -> Result<Range<usize>, Error> {
        self.add_behind(0, prepared)
    }

    /// The same where so many others were given before them.
    pub(super) fn add_behind(&mut self, before: usize, prepared: Vec<Prepared>) -> Result<Range<usize>, Error> {
        let (start, mut last, mut placed) = (self.placed.len(), self.last, Vec::with_capacity(prepared.len()));
        for ((number, seq), record) in (before + 1..).zip(self.size()..).zip(prepared) {
            let sealed = record.seal(seq, &last.hash, &self.stamp).map_err(|source| Error::Event { number, source })?;
            (last.hash, last.mac) = (sealed.hash, self.key.mac(&last.mac, &sealed.record));
            placed.push(Placed { sealed, mac: last.mac, signature: None });
        }
        self.placed.append(&mut placed);
        self.last = last;
        Ok(start..self.placed.len())
    }

    /// What those get whose records these are, once they are under a checkpoint.
    pub(in super::super) fn receipts(&self, range: Range<usize>) -> Vec<Receipt> {
        let receipt = |(seq, Placed { sealed, .. }): (u64, &Placed)| {
            let Sealed { id, kind, hash, returned, .. } = *sealed;
            Receipt { id, kind, seq, hash, returned }
        };
        (self.first..).zip(&self.placed).skip(range.start).take(range.len()).map(receipt).collect()
    }

    /// Takes the signatures over the records of one caller.
    pub(in super::super) fn sign(&mut self, range: Range<usize>, signatures: Vec<Vec<u8>>) {
        for (record, signature) in self.placed.iter_mut().skip(range.start).zip(signatures) {
            record.signature = Some(signature);
        }
    }

    /// Whether nobody's records are in it.
    pub(in super::super) fn is_empty(&self) -> bool {
        self.placed.len() == self.due.len()
    }

    /// How many records the log has with them.
    pub(in super::super) fn size(&self) -> u64 {
        self.first + self.placed.len() as u64
    }
}

fn stamp(moment: &Moment) -> Result<Stamp, Error> {
    Stamp::new(moment).map_err(|source| Error::Event { number: 1, source })
}

impl Last {
    fn is_of_another_day(&self, now: Timestamp) -> bool {
        // In UTC, as records tell the time.
        let day = |time: Timestamp| time.as_second().div_euclid(24 * 60 * 60);
        self.read.is_some_and(|read| day(read) != day(now))
    }
}

/// Whether the log grew past a multiple of [`RECORDS_PER_EPOCH`]; batches seldom end on one.
const fn passes_a_mark(before: u64, now: u64) -> bool {
    now / RECORDS_PER_EPOCH > before / RECORDS_PER_EPOCH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_that_steps_over_the_mark_ends_the_epoch_and_the_next_one_does_not() {
        assert!(!passes_a_mark(0, 65_535));
        assert!(passes_a_mark(65_530, 65_536));
        assert!(passes_a_mark(65_530, 65_541));
        assert!(passes_a_mark(65_530, 200_000));
        assert!(!passes_a_mark(65_541, 65_546));
    }
}
