//! Events to records, records to lines.

use std::ops::Range;
use std::sync::mpsc;
use std::thread;

use jiff::Timestamp;
use rayon::prelude::*;

use crate::edge::{Edge, Moment};
use crate::event::prepare::{Log, Stamp};
use crate::event::sealer::SealingKeys;
use crate::event::{self, Event, Prepared, Sealed};
use crate::hash::Hash;

use super::super::Error;
use super::super::line::{self, Mac};
use super::super::store::{Batch, Commit};
use super::{Keys, Last, Ledger};

/// After so many records a new MAC key is derived, even on the same day.
const RECORDS_PER_EPOCH: u64 = 1 << 16;

/// So many records are written and synced together: some megabytes.
pub(super) const AT_ONCE: usize = 1 << 11;

/// Below so many events they are prepared, and signed, one after the other: to wake other threads takes longer.
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
    prepare_behind(0, events, log, edge)
}

/// The same where so many others were given before them.
pub(super) fn prepare_behind(
    before: usize,
    events: &[Event],
    log: &Log,
    edge: Edge<'_>,
) -> Result<Vec<Prepared>, Error> {
    let (keys, now) = (log.keys(events, edge)?, edge.now().time);
    let prepare = |(at, (event, keys)): (usize, (&Event, &Option<SealingKeys>))| {
        let prepared = event.prepare_with(log, keys.as_ref(), now, edge).map_err(|source| (at, source))?;
        // A longer line could be written, but never read again.
        let bytes = prepared.private_len();
        if bytes > line::MAX_PRIVATE {
            return Err((at, event::Error::TooLarge { bytes, limit: line::MAX_PRIVATE }));
        }
        Ok(prepared)
    };
    let prepared: Result<Vec<Prepared>, (usize, event::Error)> = if events.len() < FEW {
        events.iter().zip(&keys).enumerate().map(prepare).collect()
    } else {
        // All answers, then the first refusal: whichever thread comes first, the same event is named.
        let all: Vec<_> = events.par_iter().zip(&keys).enumerate().map(prepare).collect();
        all.into_iter().collect()
    };
    prepared.map_err(|(at, source)| Error::Event { number: before + at + 1, source })
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

    /// Makes the records of a run durable, and then lets the tree grow by them. Of a long run some records are signed while those
    /// before them are on their way to the disk.
    pub(super) fn put_down(&mut self, run: &Run) -> Result<(), Error> {
        let mut last = Last {
            epoch: self.keys.mac.key().epoch(),
            read: Some(run.moment.time),
            looked_at: self.size(),
            ..self.last
        };
        let Self { store, keys, tree, spare, .. } = self;
        let spare = &*spare;
        let mut commit = |first: u64, Framed { batch, leaves }: Framed| {
            if let Commit::Raced { size } = store.commit(first, &batch)? {
                return Err(Error::Raced { size });
            }
            for leaf in leaves {
                tree.push(store.as_ref(), leaf);
            }
            spare.give(batch);
            Ok(())
        };
        if run.sealed.len() <= AT_ONCE {
            commit(run.first, frame(keys, &run.sealed, spare.take(), &mut last)?)?;
        } else {
            let (give, take) = mpsc::sync_channel::<(u64, Framed)>(1);
            thread::scope(|scope| {
                let committer = scope.spawn(move || take.iter().try_for_each(|(first, framed)| commit(first, framed)));
                let mut first = run.first;
                for part in run.sealed.chunks(AT_ONCE) {
                    let framed = frame(keys, part, spare.take(), &mut last)?;
                    if give.send((first, framed)).is_err() {
                        // The committer has stopped, and says why.
                        break;
                    }
                    first += part.len() as u64;
                }
                drop(give);
                committer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })?;
        }
        self.last = last;
        Ok(())
    }

    /// Goes to the next MAC key where a day or enough records have passed.
    ///
    /// Epochs in a log follow each other without a gap. If one could be left out, a thief of today's key could write records of
    /// last week anew and say that they are of today's epoch. So a key that was derived already, before a crash or an error,
    /// is used and no further one derived.
    pub(super) fn turn_epoch(&mut self, now: Timestamp) -> Result<(), Error> {
        // In UTC, as records tell the time.
        let day = |time: Timestamp| time.as_second().div_euclid(24 * 60 * 60);
        let new_day = self.last.read.is_some_and(|read| day(read) != day(now));
        let is_due = new_day || passes_a_mark(self.last.looked_at, self.size());
        if is_due && self.keys.mac.key().epoch() == self.last.epoch {
            self.keys.mac.advance()?;
        }
        Ok(())
    }
}

/// Records as lines, and their leaves.
struct Framed {
    batch: Batch,
    leaves: Vec<Hash>,
}

/// Records to lines: MACs one after the other, beside them signatures side by side.
fn frame(keys: &Keys, sealed: &[Sealed], spare: Batch, last: &mut Last) -> Result<Framed, Error> {
    let sign = |record: &Sealed| Ok(keys.signer.sign(&line::signed_message(&record.hash))?);
    let ready = keys.mac.key().ready();
    let mut previous = last.mac;
    let mut mac = |record: &Sealed| {
        previous = ready.mac(&previous, &record.record);
        previous
    };
    let (signed, macs): (Result<Vec<_>, Error>, Vec<[u8; 32]>) = if sealed.len() < FEW {
        (sealed.iter().map(sign).collect(), sealed.iter().map(&mut mac).collect())
    } else {
        rayon::join(|| sealed.par_iter().map(sign).collect(), || sealed.iter().map(&mut mac).collect())
    };
    let length = sealed.iter().map(|record| record.record.len() + record.private.len() + line::FRAME).sum();
    let mut framed = Framed { batch: spare.renewed(length, sealed.len()), leaves: Vec::with_capacity(sealed.len()) };
    for ((record, mac), signature) in sealed.iter().zip(macs).zip(signed?) {
        (last.hash, last.mac) = (record.hash, mac);
        let mac = Mac { epoch: last.epoch, bytes: mac };
        framed.batch.push(|out| line::write(out, &record.hash, &mac, &record.private, &record.record, &signature));
        framed.leaves.push(record.leaf);
    }
    Ok(framed)
}

impl Run {
    /// Adds the records of one caller, and says which they are. If one cannot be a record, none of them is added.
    pub(in super::super) fn add(&mut self, prepared: Vec<Prepared>) -> Result<Range<usize>, Error> {
        self.add_behind(0, prepared)
    }

    pub(super) fn add_behind(&mut self, before: usize, prepared: Vec<Prepared>) -> Result<Range<usize>, Error> {
        let (start, prev) = (self.sealed.len(), self.prev);
        self.sealed.reserve(prepared.len());
        for (number, record) in (before + 1..).zip(prepared) {
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
