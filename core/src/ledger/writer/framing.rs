//! Events to records, records to lines.

use std::ops::Range;

use jiff::Timestamp;
use rayon::prelude::*;

use crate::edge::{Edge, Moment};
use crate::event::prepare::{Log, Stamp};
use crate::event::time::to_text;
use crate::event::{self, Event, Prepared, Sealed};
use crate::hash::Hash;
use crate::merkle;

use super::super::Error;
use super::super::line::{self, Mac};
use super::super::store::Batch;
use super::{Last, Ledger};

/// After so many records a new MAC key is derived, even on the same day.
const RECORDS_PER_EPOCH: u64 = 1 << 16;

/// Below so many events they are prepared one after the other: to wake other threads takes longer.
const FEW: usize = 8;

/// Records that are to be committed together, each one continuing the one before.
#[derive(Debug)]
pub(in super::super) struct Run {
    pub(super) moment: Moment,
    stamp: Stamp,
    /// What the log adds itself, at the beginning.
    pub(super) due: Vec<Event>,
    pub(super) first: u64,
    prev: Hash,
    pub(super) sealed: Vec<Sealed>,
}

/// Does with events what can be done before their places are known.
pub(in super::super) fn prepare(events: &[Event], log: &Log, edge: Edge<'_>) -> Result<Vec<Prepared>, Error> {
    let prepare = |(at, event): (usize, &Event)| {
        let prepared = event.prepare(log, edge).map_err(|source| (at, source))?;
        // A longer line could be written, but never read again.
        let bytes = prepared.private_len();
        if bytes > line::MAX_PRIVATE {
            return Err((at, event::Error::TooLarge { bytes, limit: line::MAX_PRIVATE }));
        }
        Ok(prepared)
    };
    let prepared: Result<Vec<Prepared>, (usize, event::Error)> = if events.len() < FEW {
        events.iter().enumerate().map(prepare).collect()
    } else {
        // All answers, then the first refusal: whichever thread comes first, the same event is named.
        let all: Vec<_> = events.par_iter().enumerate().map(prepare).collect();
        all.into_iter().collect()
    };
    prepared.map_err(|(at, source)| Error::Event { number: at + 1, source })
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

    pub(super) fn run_of(&self, moment: Moment, due: Vec<Event>) -> Result<Run, Error> {
        let stamp = Stamp::new(&moment).map_err(|source| Error::Event { number: 1, source })?;
        Ok(Run { moment, stamp, due, first: self.size(), prev: self.last.hash, sealed: Vec::new() })
    }

    /// Records to lines: MACs one after the other, signatures and leaves side by side.
    pub(super) fn frame(&mut self, run: &Run) -> Result<Framed, Error> {
        let now = run.moment.time;
        self.turn_epoch(now)?;
        let key = self.keys.mac.key();
        let signed: Vec<(Vec<u8>, Hash)> = run
            .sealed
            .par_iter()
            .map(|record| {
                let signature = self.keys.signer.sign(&line::signed_message(&record.hash))?;
                Ok((signature, merkle::leaf_hash(&record.record)))
            })
            .collect::<Result<_, Error>>()?;
        let mut last = Last { epoch: key.epoch(), read: Some(now), looked_at: self.size(), ..self.last };
        let mut batch = Batch::default();
        for (record, (signature, _)) in run.sealed.iter().zip(&signed) {
            last.mac = key.mac(&last.mac, &record.record);
            last.hash = record.hash;
            let mac = Mac { epoch: last.epoch, bytes: last.mac };
            batch.push(|out| line::write(out, &record.hash, &mac, &record.private, &record.record, signature));
        }
        Ok(Framed { batch, leaves: signed.into_iter().map(|(_, leaf)| leaf).collect(), last })
    }

    /// Goes to the next MAC key where a day or enough records have passed.
    ///
    /// Epochs in a log follow each other without a gap. If one could be left out, a thief of today's key could write records of
    /// last week anew and say that they are of today's epoch. So a key that was derived already, before a crash or an error,
    /// is used and no further one derived.
    fn turn_epoch(&mut self, now: Timestamp) -> Result<(), Error> {
        let day = |time: Timestamp| to_text(time).get(..10).map(str::to_owned);
        let new_day = self.last.read.is_some_and(|read| day(read) != day(now));
        let is_due = new_day || passes_a_mark(self.last.looked_at, self.size());
        if is_due && self.keys.mac.key().epoch() == self.last.epoch {
            self.keys.mac.advance()?;
        }
        Ok(())
    }
}

/// Lines, ready to be committed, and what is so when they have been.
pub(super) struct Framed {
    pub(super) batch: Batch,
    pub(super) leaves: Vec<Hash>,
    pub(super) last: Last,
}

impl Run {
    /// Adds the records of one caller, and says which they are. If one cannot be a record, none of them is added.
    pub(in super::super) fn add(&mut self, prepared: Vec<Prepared>) -> Result<Range<usize>, Error> {
        let (start, prev) = (self.sealed.len(), self.prev);
        for (number, record) in (1..).zip(prepared) {
            match record.seal(self.size(), &self.prev, &self.stamp) {
                Ok(record) => {
                    self.prev = record.hash;
                    self.sealed.push(record);
                }
                Err(source) => {
                    self.sealed.truncate(start);
                    self.prev = prev;
                    return Err(Error::Event { number, source });
                }
            }
        }
        Ok(start..self.sealed.len())
    }

    /// Whether nobody's records are in it.
    pub(super) fn is_empty(&self) -> bool {
        self.sealed.len() == self.due.len()
    }

    /// How many records the log has with them.
    pub(in super::super) fn size(&self) -> u64 {
        self.first + self.sealed.len() as u64
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
