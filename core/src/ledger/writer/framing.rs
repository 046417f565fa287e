//! Events to records, records to lines.

use jiff::Timestamp;
use rayon::prelude::*;

use crate::edge::{Edge, Moment};
use crate::event::time::to_text;
use crate::event::{self, Event, Place, Sealed};

use super::super::Error;
use super::super::line::{self, Mac};
use super::super::store::Batch;
use super::{Last, Ledger};

/// After so many records a new MAC key is derived, even on the same day.
const RECORDS_PER_EPOCH: u64 = 1 << 16;

impl Ledger {
    /// Events to records, each one continuing the one before.
    pub(super) fn seal(&self, events: &[Event], moment: Moment, edge: Edge<'_>) -> Result<Vec<Sealed>, Error> {
        let mut prev = self.last.hash;
        let mut sealed = Vec::with_capacity(events.len());
        for (number, (seq, event)) in (1..).zip((self.size()..).zip(events)) {
            let place = Place { origin: &self.origin, seq, prev, moment, publish: &self.publish };
            let record = event.seal(&place, edge).map_err(|source| Error::Event { number, source })?;
            if record.private.len() > line::MAX_PRIVATE {
                // A longer line could be written, but never read again.
                let source = event::Error::TooLarge { bytes: record.private.len(), limit: line::MAX_PRIVATE };
                return Err(Error::Event { number, source });
            }
            prev = record.hash;
            sealed.push(record);
        }
        Ok(sealed)
    }

    /// Records to lines: MACs one after the other, signatures side by side.
    pub(super) fn frame(&mut self, sealed: &[Sealed], now: Timestamp) -> Result<(Batch, Last), Error> {
        self.turn_epoch(now)?;
        let key = self.keys.mac.key();
        let signatures: Vec<Vec<u8>> = sealed
            .par_iter()
            .map(|record| self.keys.signer.sign(&line::signed_message(&record.hash)))
            .collect::<Result<_, _>>()?;
        let mut last = Last { epoch: key.epoch(), read: Some(now), looked_at: self.size(), ..self.last };
        let mut batch = Batch::default();
        for (record, signature) in sealed.iter().zip(&signatures) {
            last.mac = key.mac(&last.mac, &record.record);
            last.hash = record.hash;
            let mac = Mac { epoch: last.epoch, bytes: last.mac };
            batch.push(|out| line::write(out, &record.hash, &mac, &record.private, &record.record, signature));
        }
        Ok((batch, last))
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
