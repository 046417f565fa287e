//! Who gets the log's writer, and how it goes from hand to hand.
//!
//! The writer is always in one place: free, in the hands of the one who leads, set aside until a crowd has signed, or gone because the log
//! failed. Whoever leads hands it to the crowd whose records have their places, or else to the first who waits. So nobody is overtaken,
//! neither one caller by many nor many by one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use crate::edge::Edge;
use crate::event::prepare::Log;

use super::super::writer::Run;
use super::super::{Error, Reader};
use super::crowd::{Crowd, Outcome, Ready};
use super::group::{Group, Writer};
use super::state::{Admits, Open, Place, Placement, State};
use super::waiter::{Turn, Waiter};

/// The line.
#[derive(Debug)]
pub(super) struct Queue {
    state: Mutex<State>,
}

/// What becomes of a group.
#[derive(Debug)]
pub(super) enum Joined {
    /// Its ids are to be looked up. Records before `durable` are on record whatever happens.
    Asks {
        group: Group,
        reader: Arc<Reader>,
        durable: u64,
    },
    Placed(Placement),
    Waits(Arc<Waiter>, Turn),
}

impl Queue {
    pub(super) fn new(writer: Writer) -> Self {
        Self { state: Mutex::new(State::new(writer)) }
    }

    pub(super) fn log(&self) -> Arc<Log> {
        Arc::clone(&self.state().log)
    }

    /// How many wait for others to be done: those of a crowd that is not being committed yet, and all in line.
    pub(super) fn len(&self) -> usize {
        let state = self.state();
        let aside = if let Place::Aside(ready) = &state.place { ready.gathered.callers } else { 0 };
        let gathering = if let Open::Gathering(gathered) = &state.open { gathered.callers } else { 0 };
        aside + gathering + state.waiting.len()
    }

    pub(super) fn is_closed(&self) -> bool {
        matches!(self.state().place, Place::Closed)
    }

    /// Gives a group its places, or a place in the line. `looked`: none of its ids is in a record before this position.
    pub(super) fn place(&self, group: Group, looked: Option<u64>, edge: Edge<'_>) -> Result<Joined, Error> {
        let mut state = self.state();
        match state.admits(&group, looked) {
            Admits::Now if state.begin(edge)? => return state.add(group).map(Joined::Placed),
            Admits::AfterLook(reader) => return Ok(Joined::Asks { group, reader, durable: state.size }),
            Admits::Now | Admits::Not => {}
        }
        let waiter = Arc::new(Waiter::sharing(group));
        let turn = state.join(&waiter);
        Ok(Joined::Waits(waiter, turn))
    }

    /// Gets in line, and comes back with the writer or with an answer.
    pub(super) fn join(&self, waiter: &Arc<Waiter>) -> Turn {
        let turn = self.state().join(waiter);
        waiter.wait_unless(turn)
    }

    /// Takes the signatures of one caller. They were the last of a crowd for which the writer was set aside, where it comes back with both.
    pub(super) fn sign(&self, placement: &Placement, signatures: Vec<Vec<u8>>) -> Option<Box<Ready>> {
        let mut state = self.state();
        let State { place, open, .. } = &mut *state;
        let gathered = match (&mut *place, open) {
            (Place::Aside(ready), _) if ready.gathered.is_of(&placement.crowd) => &mut ready.gathered,
            (_, Open::Gathering(gathered)) if gathered.is_of(&placement.crowd) => gathered,
            // The log was closed meanwhile.
            _ => return None,
        };
        gathered.run.sign(placement.range.clone(), signatures);
        gathered.unsigned -= 1;
        match std::mem::replace(place, Place::InUse) {
            Place::Aside(ready) if ready.gathered.unsigned == 0 => Some(ready),
            other => {
                *place = other;
                None
            }
        }
    }

    /// The records of one caller will not be signed: nothing that stands behind those that are being committed is written. The crowd is told
    /// when the log is closed, which is when this commit is done.
    pub(super) fn break_off(&self, crowd: &Arc<Crowd>) {
        let mut state = self.state();
        match std::mem::replace(&mut state.place, Place::InUse) {
            Place::Aside(ready) if ready.gathered.is_of(crowd) => {
                state.broken = Some(ready.gathered.crowd);
                drop(state);
                drop(ready.writer);
                return self.close();
            }
            other => state.place = other,
        }
        if let Open::Gathering(gathered) = &state.open
            && gathered.is_of(crowd)
        {
            state.broken = Some(Arc::clone(crowd));
            state.open = Open::Shut;
        }
    }

    /// Those who came while `run` was being put together, to be added at this moment. Where nobody did, others may from now on place their
    /// records behind it. `ids` were given to its records.
    pub(super) fn more(
        &self,
        writer: &Writer,
        run: &mut Run,
        ids: &mut HashMap<Uuid, u64>,
        edge: Edge<'_>,
    ) -> Result<Vec<Arc<Waiter>>, Error> {
        let mut state = self.state();
        // Not before: whoever came in between may bring an event that happened since.
        if !run.go_on(&edge.now())? {
            return Ok(Vec::new());
        }
        let more = state.sharers();
        if more.is_empty()
            && let Some(next) = writer.ledger.behind(run)
        {
            state.given.begin(writer.ledger.size(), std::mem::take(ids));
            state.open = Open::At(next);
        }
        Ok(more)
    }

    /// Leads a closed log back: whoever comes from now on waits. `false` where it is not closed.
    pub(super) fn reopen(&self) -> bool {
        let mut state = self.state();
        let is_closed = matches!(state.place, Place::Closed);
        if is_closed {
            state.place = Place::InUse;
        }
        is_closed
    }

    /// Gives the writer to whoever is next.
    pub(super) fn hand_on(&self, writer: Box<Writer>) {
        let mut state = self.state();
        if state.broken.is_some() {
            drop(state);
            drop(writer);
            return self.close();
        }
        state.note(&writer);
        if let Some(gathered) = state.gathered() {
            state.open = writer.ledger.behind(&gathered.run).map_or(Open::Shut, Open::At);
            let ready = Box::new(Ready { writer, gathered });
            if ready.gathered.unsigned > 0 {
                state.place = Place::Aside(ready);
            } else {
                drop(state);
                Arc::clone(&ready.gathered.crowd).lead(ready);
            }
            return;
        }
        state.open = Open::Shut;
        match state.waiting.pop_front() {
            Some(next) => {
                drop(state);
                next.call(Turn::Leads(writer));
            }
            None => state.place = Place::Free(writer),
        }
    }

    /// Nothing more is written. The writer is gone.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.place = Place::Closed;
        state.reader = None;
        let waiting = std::mem::take(&mut state.waiting);
        let broken = state.broken.take();
        let gathered = match std::mem::replace(&mut state.open, Open::Shut) {
            Open::Gathering(gathered) => Some(gathered.crowd),
            Open::At(_) | Open::Shut => None,
        };
        drop(state);
        for crowd in broken.into_iter().chain(gathered) {
            crowd.end(Outcome::NotBegun);
        }
        for waiter in waiting {
            waiter.call(Turn::Answered(Err(Error::Poisoned)));
        }
    }

    /// A panic elsewhere leaves nothing half done here: at worst nobody is placed until the writer is back.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
