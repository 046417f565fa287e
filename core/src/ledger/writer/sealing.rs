//! Sealing runs of records: an ANCHOR record that fixes what they name, so that proofs of absence lead to it.
//!
//! A run ends where a segment ends, or where somebody asks for it. Its ANCHOR is the first record of the next batch: one commit for
//! both, so a crash leaves either or neither, and where the last run ends is read from the log itself.

use std::ops::Range;

use crate::edge::Edge;
use crate::event::body::{Anchor, Segment};
use crate::event::{Body, Event};

use super::super::Error;
use super::super::absence::{Name, run};
use super::super::index::Index;
use super::super::line::Line;
use super::super::store::SEGMENT_LINES;
use super::{Ledger, prepare, this_system};

/// A batch is given at most so many ANCHORs: a long log that has none yet gets them little by little.
const AT_ONCE: usize = 16;

/// How far the log is sealed.
#[derive(Debug)]
pub(super) struct Sealing {
    /// A run has at most so many records, and ends at a multiple of it.
    every: u64,
    /// Where the last run ends; `None` before anybody looked.
    end: Option<u64>,
    /// So many records the log's full segments had when their runs could not be made.
    put_off: u64,
    /// Runs that are not sealed yet, and whose records were read for another reason.
    known: Vec<Segment>,
}

impl Default for Sealing {
    fn default() -> Self {
        Self { every: SEGMENT_LINES, end: None, put_off: 0, known: Vec::new() }
    }
}

impl Sealing {
    /// Notes what was committed.
    pub(super) fn note(&mut self, events: &[Event]) {
        for event in events {
            if let Body::Anchor(Anchor { segment: Some(run), .. }) = &event.body {
                self.end = self.end.max(Some(run.end));
            }
        }
        self.known.retain(|run| Some(run.end) > self.end);
    }

    /// Records were read that have these names.
    pub(super) fn read(&mut self, run: &Range<u64>, names: Vec<Name>) {
        if run.end - run.start == self.every {
            self.known.push(run::seal(run, &run::sorted(names)));
        }
    }

    /// Where the last whole run ends of so many records.
    const fn full(&self, size: u64) -> u64 {
        size / self.every * self.every
    }

    fn known(&self, run: &Range<u64>) -> Option<Segment> {
        self.known.iter().find(|known| known.first == run.start && known.end == run.end).cloned()
    }
}

impl Ledger {
    /// Seals a run at every so many records instead of at every segment: for trials.
    pub fn seal_every(&mut self, records: u64) {
        self.sealing.every = records.max(1);
    }

    /// Seals all records that are not sealed yet, and says which runs were. None, where nothing stands behind the last run but the
    /// ANCHORs that seal.
    pub fn seal_names(&mut self, edge: Edge<'_>) -> Result<Vec<Segment>, Error> {
        let mut sealed = Vec::new();
        let size = self.size();
        loop {
            let end = self.sealed()?;
            if !self.names_stand_from(end, size)? {
                return Ok(sealed);
            }
            let events = self.seals(end, size)?;
            let mut run = self.run_of(edge.now(), Vec::new())?;
            run.add(prepare(&events, &self.log, edge)?)?;
            self.commit(&run)?;
            self.sealing.note(&events);
            sealed.extend(events.into_iter().filter_map(|event| match event.body {
                Body::Anchor(anchor) => anchor.segment,
                _ => None,
            }));
        }
    }

    /// The ANCHORs that the next batch begins with. That a run cannot be made, because its lines cannot be read, keeps nobody from
    /// appending: it is tried again with the next segment, or when it is asked for.
    pub(super) fn due(&mut self) -> Vec<Event> {
        if !self.is_due(self.size()) {
            return Vec::new();
        }
        let full = self.sealing.full(self.size());
        let due = self.sealed().and_then(|end| self.seals(end, full));
        due.unwrap_or_else(|_| {
            self.sealing.put_off = full;
            Vec::new()
        })
    }

    /// Whether ANCHORs are due when the log has so many records.
    pub(super) fn is_due(&self, size: u64) -> bool {
        let full = self.sealing.full(size);
        full != 0 && self.sealing.put_off != full && self.sealing.end.is_none_or(|end| end < full)
    }

    /// Where the last run ends.
    fn sealed(&mut self) -> Result<u64, Error> {
        if let Some(end) = self.sealing.end {
            return Ok(end);
        }
        let mut index = Index::default();
        index.catch_up(self.store.as_ref())?;
        let end = index.sealed(self.store.as_ref())?;
        self.sealing.end = Some(end);
        Ok(end)
    }

    /// ANCHORs for the records `from..to`, at most [`AT_ONCE`].
    fn seals(&self, from: u64, to: u64) -> Result<Vec<Event>, Error> {
        let every = self.sealing.every;
        let (mut events, mut next) = (Vec::new(), from);
        while next < to && events.len() < AT_ONCE {
            let range = next..to.min((next / every + 1) * every);
            next = range.end;
            let segment = match self.sealing.known(&range) {
                Some(known) => known,
                None => run::seal(&range, &run::read(self.store.as_ref(), range.clone(), &mut |_, _| {})?),
            };
            let body = Body::Anchor(Anchor { timestamp: None, segment: Some(segment), trail: None });
            let event = Event::new(body, this_system(), None).map_err(|source| Error::Event { number: 1, source })?;
            events.push(event);
        }
        Ok(events)
    }

    /// Whether one of the records `from..to` is none of those that seal.
    fn names_stand_from(&self, from: u64, to: u64) -> Result<bool, Error> {
        for seq in from..to {
            let line = self.store.read(seq)?.ok_or(Error::NoSuchRecord { seq, size: to })?;
            let line = Line::parse(&line).map_err(|source| Error::Damaged { seq, source })?;
            let said = run::said_in(line.record).map_err(|source| Error::Unreadable { seq, source })?;
            if said.seals.is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
