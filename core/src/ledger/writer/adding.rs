//! Adding events, however many: part by part, and all or none of them.

use std::borrow::Borrow;

use crate::edge::Edge;
use crate::event::prepare::Log;
use crate::event::{Event, Prepared};

use super::super::Error;
use super::framing::AT_ONCE;
use super::preparing::prepare_behind;
use super::run::Run;
use super::{Ledger, Receipt};

impl Ledger {
    /// Adds events, all together: on return they are durable and under a checkpoint. If one is not accepted, none is written.
    ///
    /// After any other error the log takes nothing more until it is opened again: what was not acknowledged may be in it or not.
    pub fn append(&mut self, events: &[Event], edge: Edge<'_>) -> Result<Vec<Receipt>, Error> {
        self.append_parts(events.chunks(AT_ONCE), edge)
    }

    /// As [`append`](Self::append), for very many: the memory of each is given back as soon as its record's text stands.
    pub fn append_all(&mut self, events: Vec<Event>, edge: Edge<'_>) -> Result<Vec<Receipt>, Error> {
        let mut events = events.into_iter();
        let mut part = || events.by_ref().take(AT_ONCE).collect::<Vec<_>>();
        self.append_parts(std::iter::from_fn(|| Some(part()).filter(|part| !part.is_empty())), edge)
    }

    fn append_parts<P: Borrow<[Event]> + Send + Sync>(
        &mut self,
        parts: impl Iterator<Item = P>,
        edge: Edge<'_>,
    ) -> Result<Vec<Receipt>, Error> {
        if self.poisoned {
            return Err(Error::Poisoned);
        }
        let mut parts = parts.peekable();
        if parts.peek().is_none() {
            return Ok(Vec::new());
        }
        let mut run = self.run(edge)?;
        let ours = run.placed.len();
        run.add_parts(parts, &self.log, edge)?;
        self.commit(&run)?;
        Ok(run.receipts(ours..run.placed.len()))
    }
}

impl Run {
    /// Prepares events and adds them, part by part: some get their places while the next are prepared, and a part that is prepared is let go.
    /// After an error the run is good for nothing more.
    fn add_parts<P: Borrow<[Event]> + Send + Sync>(
        &mut self,
        parts: impl Iterator<Item = P>,
        log: &Log,
        edge: Edge<'_>,
    ) -> Result<(), Error> {
        let mut before = 0;
        let mut ready: Option<(usize, Vec<Prepared>, P)> = None;
        for part in parts {
            let events = part.borrow();
            let prepare = || prepare_behind(before, events, log, edge);
            let prepared = match ready.take() {
                // To wake another thread takes longer than a record.
                None => prepare()?,
                Some((first, others, done)) => {
                    let add = || {
                        drop(done);
                        self.add_behind(first, others)
                    };
                    let (added, prepared) = rayon::join(add, prepare);
                    added?;
                    prepared?
                }
            };
            let first = before;
            before += events.len();
            ready = Some((first, prepared, part));
        }
        if let Some((first, prepared, _)) = ready {
            self.add_behind(first, prepared)?;
        }
        Ok(())
    }
}
