//! One log for many callers: what they add at the same time shares one commit, with its one sync and its one checkpoint.
//!
//! There is no thread and no timer. Whoever comes while the writer is free commits at once, so a lone caller waits for nobody. Whoever
//! comes while a commit is on its way gives their records the places behind it, signs them, and waits with others for the next commit,
//! which one of them makes for all ([`crowd`]). So commits grow with the load, and while the disk works, the processor does. What needs
//! the log as it will stand after the commit waits in line for the writer ([`queue`]).

mod commit;
mod crowd;
mod given;
mod group;
mod lead;
mod queue;
mod state;
mod waiter;

use std::collections::BTreeSet;
use std::sync::Arc;

use uuid::Uuid;

use crate::edge::Edge;
use crate::event::Event;

pub use self::group::Proved;

use self::crowd::{Called, Crowd, Gathered, Outcome, Ready};
use self::group::{Committed, Group, Writer};
use self::lead::Lead;
use self::queue::{Joined, Queue};
use self::state::Placement;
use self::waiter::{Turn, Waiter};
use super::writer::{prepare, sign_all};
use super::{Error, Ledger, Reader};

/// A log that many callers add to at the same time.
#[derive(Debug)]
pub struct Sequencer {
    queue: Queue,
}

impl Sequencer {
    /// Takes the writer of a log. `reader` reads the same log; ids that are on record are looked up there.
    pub fn new(ledger: Ledger, reader: Arc<Reader>) -> Self {
        Self { queue: Queue::new(Writer { ledger, reader }) }
    }

    /// Adds the events of one caller, all together and in their order: on return they are durable and under a checkpoint.
    ///
    /// If one of them is not accepted, or brings an id that is on record or given twice, none of them is written; what others add in the
    /// same commit is. After a failed commit everybody whose records were in it gets an error that leaves open whether they stand, and
    /// everybody behind gets [`Error::Poisoned`], until the log was opened again ([`Self::resume`]).
    pub fn append(&self, events: &[Event], edge: Edge<'_>) -> Result<Vec<Proved>, Error> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let mut seen = BTreeSet::new();
        let ids: Vec<_> = events.iter().filter_map(|event| event.id).collect();
        if let Some(id) = ids.iter().find(|id| !seen.insert(**id)) {
            return Err(Error::TwiceGiven { id: *id });
        }
        // Before it is our turn, and beside the others who do the same.
        let prepared = prepare(events, &self.queue.log(), edge)?;
        let (mut group, mut looked) = (Group { ids, prepared }, None);
        loop {
            match self.queue.place(group, looked, edge)? {
                Joined::Placed(placement) => return self.placed(placement),
                Joined::Waits(waiter, turn) => return self.in_line(&waiter, turn, edge),
                Joined::Asks { group: asking, reader, durable } => {
                    look_up(&reader, &asking.ids, durable)?;
                    (group, looked) = (asking, Some(durable));
                }
            }
        }
    }

    /// Waits for the writer and works with it alone, between the commits of the others. Of a log that failed in this work, or of which
    /// it [gave up](Ledger::give_up), nothing more is written until it was opened again; a panic counts as a failure.
    pub fn exclusive<T>(&self, work: impl FnOnce(&mut Ledger, &Reader) -> T) -> Result<T, Error> {
        match self.queue.join(&Arc::new(Waiter::alone())) {
            Turn::Leads(writer) => {
                let mut lead = Lead::new(&self.queue, Some(writer));
                let done = lead.writer().map(|writer| work(&mut writer.ledger, &writer.reader));
                lead.end();
                done.ok_or(Error::Poisoned)
            }
            Turn::Answered(Err(error)) => Err(error),
            Turn::Answered(Ok(_)) | Turn::Waits => Err(Error::Poisoned),
        }
    }

    /// Whether a failure has closed the log.
    pub fn has_failed(&self) -> bool {
        self.queue.is_closed()
    }

    /// Opens a log that a failure had closed: with its own recovery, and a new reader, because the old one may have seen lines that were
    /// taken back. The failed writer is gone by then, and with it its lock. Does nothing where the log is open, or being opened.
    pub fn resume<E>(&self, open: impl FnOnce() -> Result<(Ledger, Arc<Reader>), E>) -> Result<(), E> {
        if self.queue.reopen() {
            let mut lead = Lead::new(&self.queue, None);
            let (ledger, reader) = open()?;
            lead.take(Writer { ledger, reader });
            lead.end();
        }
        Ok(())
    }

    /// How many callers wait for the writer.
    pub fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// Signs the records of one caller, which have their places, and waits until they are committed.
    fn placed(&self, placement: Placement) -> Result<Vec<Proved>, Error> {
        let mut signing = Signing { queue: &self.queue, crowd: &placement.crowd, is_done: false };
        let signatures = sign_all(placement.signer.as_ref(), &placement.receipts)?;
        signing.is_done = true;
        let mut ready = self.queue.sign(&placement, signatures);
        loop {
            if let Some(ready) = ready.take() {
                self.commit(*ready);
            }
            match placement.crowd.wait() {
                Called::Leads(called) => ready = Some(called),
                Called::Over(Outcome::Committed(snapshot)) => {
                    return Committed { receipts: placement.receipts, snapshot }.proved();
                }
                Called::Over(Outcome::Failed(source)) => return Err(Error::Commit { source }),
                Called::Over(Outcome::NotBegun) => return Err(Error::Poisoned),
            }
        }
    }

    /// Commits for a crowd.
    fn commit(&self, ready: Ready) {
        let Ready { writer, gathered: Gathered { run, crowd, .. } } = ready;
        let mut lead = Lead::of(&self.queue, writer, crowd);
        let Some(writer) = lead.writer() else { return };
        let committed = writer.ledger.commit(&run).and_then(|()| writer.ledger.snapshot());
        lead.tell(committed);
    }

    /// Waits in line, to commit or to be told.
    fn in_line(&self, waiter: &Arc<Waiter>, turn: Turn, edge: Edge<'_>) -> Result<Vec<Proved>, Error> {
        let answer = match waiter.wait_unless(turn) {
            Turn::Leads(writer) => {
                commit::commit(Lead::new(&self.queue, Some(writer)), waiter, edge);
                waiter.wait()
            }
            turn => turn,
        };
        match answer {
            Turn::Answered(committed) => committed?.proved(),
            Turn::Waits | Turn::Leads(_) => Err(Error::Poisoned),
        }
    }
}

/// Looks ids up, of which no record before `durable` has one if it is to be added.
fn look_up(reader: &Reader, ids: &[Uuid], durable: u64) -> Result<(), Error> {
    let found = reader.find_each_among(ids, durable)?;
    match ids.iter().zip(found).find_map(|(id, seq)| Some((*id, seq?))) {
        Some((id, seq)) => Err(Error::OnRecord { id, seq }),
        None => Ok(()),
    }
}

/// One who signs records that others stand behind already.
struct Signing<'a> {
    queue: &'a Queue,
    crowd: &'a Arc<Crowd>,
    is_done: bool,
}

impl Drop for Signing<'_> {
    fn drop(&mut self) {
        if !self.is_done {
            // An error or a panic.
            self.queue.break_off(self.crowd);
        }
    }
}
