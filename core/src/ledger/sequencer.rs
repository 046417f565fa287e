//! One log for many callers: what they add at the same time shares one commit, with its one sync and its one checkpoint.
//!
//! There is no thread and no timer. Whoever comes while the writer is free commits at once, so a lone caller waits for nobody. Whoever
//! comes while it is in use waits in the [`queue`]; the first of those then commits for all. So commits grow with the load.

mod commit;
mod queue;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::edge::Edge;
use crate::event::Event;
use crate::tlog::proof::Proof;

use self::commit::{Committed, Group};
use self::queue::{Lead, Queue, Turn, Waiter, Writer};
use super::writer::prepare;
use super::{Error, Ledger, Reader, Receipt};

/// A log that many callers add to at the same time.
#[derive(Debug)]
pub struct Sequencer {
    queue: Queue,
}

/// A receipt with its evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proved {
    /// What was recorded, and where.
    pub receipt: Receipt,
    /// The inclusion proof with the checkpoint that it leads to, which the log signed.
    pub proof: Proof,
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
        let waiter = Arc::new(Waiter::sharing(Group { ids, prepared }));
        let answer = match self.queue.join(&waiter) {
            Turn::Leads(writer) => {
                self.lead(writer, &waiter, edge);
                waiter.wait()
            }
            turn => turn,
        };
        match answer {
            Turn::Answered(committed) => committed?.proved(),
            Turn::Waits | Turn::Leads(_) => Err(Error::Poisoned),
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
        if let Some(mut lead) = self.queue.reopen() {
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

    /// Commits for all who wait behind each other, our own group first.
    fn lead(&self, writer: Box<Writer>, own: &Arc<Waiter>, edge: Edge<'_>) {
        let mut lead = Lead::new(&self.queue, Some(writer));
        let groups = lead.gather(own);
        let answers = lead.writer().map(|writer| commit::commit(writer, groups, edge)).unwrap_or_default();
        lead.answer(answers);
    }
}

impl Committed {
    fn proved(self) -> Result<Vec<Proved>, Error> {
        let prover = self.snapshot.prover();
        let prove = |receipt: &Receipt| Ok(Proved { receipt: *receipt, proof: prover.prove(receipt.seq)? });
        self.receipts.iter().map(prove).collect()
    }
}
