//! Where the writer is, who waits for it, and where records may be placed meanwhile.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use crate::edge::Edge;
use crate::event::prepare::Log;
use crate::keys::Signer;

use super::super::writer::{Next, Run};
use super::super::{Error, Reader, Receipt};
use super::crowd::{Crowd, Gathered, Ready};
use super::given::Given;
use super::group::{Group, Writer};
use super::waiter::{Turn, Waiter};

/// A group of more records waits for the writer: to give them their places would hold up all others.
const MOST_PLACED: usize = 256;

/// The state of the line.
#[derive(Debug)]
pub(super) struct State {
    pub(super) place: Place,
    pub(super) open: Open,
    pub(super) waiting: VecDeque<Arc<Waiter>>,
    pub(super) given: Given,
    /// How many records are acknowledged.
    pub(super) size: u64,
    /// Of this crowd, whose records stand behind those that are being committed, some are not signed and never will be: after this commit
    /// nothing more is written.
    pub(super) broken: Option<Arc<Crowd>>,
    pub(super) log: Arc<Log>,
    /// The key that the next records are signed with.
    signer: Arc<dyn Signer>,
    /// The writer's, as long as there is one: a reader may hold the log's store open.
    pub(super) reader: Option<Arc<Reader>>,
}

/// Where the writer is.
#[derive(Debug)]
pub(super) enum Place {
    /// Nobody waits.
    Free(Box<Writer>),
    InUse,
    /// Set aside for the last of a crowd to sign their records.
    Aside(Box<Ready>),
    /// The log failed, and the writer was dropped.
    Closed,
}

/// Where records may be placed behind those that are being committed.
#[derive(Debug)]
pub(super) enum Open {
    Shut,
    At(Next),
    Gathering(Gathered),
}

/// Whether a group may be placed.
#[derive(Debug)]
pub(super) enum Admits {
    Now,
    /// When its ids were looked up.
    AfterLook(Arc<Reader>),
    /// It has to wait for the writer.
    Not,
}

/// Where the records of a caller stand in the run of their crowd.
#[derive(Debug)]
pub(super) struct Placement {
    pub(super) range: Range<usize>,
    pub(super) crowd: Arc<Crowd>,
    pub(super) receipts: Vec<Receipt>,
    /// What they are to be signed with.
    pub(super) signer: Arc<dyn Signer>,
}

impl State {
    pub(super) fn new(writer: Writer) -> Self {
        Self {
            open: Open::Shut,
            waiting: VecDeque::new(),
            given: Given::default(),
            size: writer.ledger.size(),
            broken: None,
            log: Arc::clone(writer.ledger.log()),
            signer: Arc::clone(writer.ledger.signer()),
            reader: Some(Arc::clone(&writer.reader)),
            place: Place::Free(Box::new(writer)),
        }
    }

    /// The writer is back, and may have worked for somebody alone.
    pub(super) fn note(&mut self, writer: &Writer) {
        self.log = Arc::clone(writer.ledger.log());
        self.signer = Arc::clone(writer.ledger.signer());
        self.reader = Some(Arc::clone(&writer.reader));
        self.size = writer.ledger.size();
        self.given.let_go(self.size);
    }

    /// Whether the records of a group may be placed behind those that are being committed.
    pub(super) fn admits(&self, group: &Group, looked: Option<u64>) -> Admits {
        let is_open = matches!(self.place, Place::InUse | Place::Aside(_)) && !matches!(self.open, Open::Shut);
        if !is_open || !self.waiting.is_empty() || group.prepared.len() > MOST_PLACED {
            return Admits::Not;
        }
        let is_known = group.ids.is_empty() || looked.is_some_and(|before| self.given.continues(before));
        if !is_known {
            return self.reader.clone().map_or(Admits::Not, Admits::AfterLook);
        }
        if self.given.has_any(&group.ids) { Admits::Not } else { Admits::Now }
    }

    /// Sees to it that there is a run to add records to. `false` where there is none for today.
    pub(super) fn begin(&mut self, edge: Edge<'_>) -> Result<bool, Error> {
        let now = edge.now();
        self.open = match std::mem::replace(&mut self.open, Open::Shut) {
            Open::At(next) => next.begin(&now)?.map_or(Open::Shut, |run| Open::Gathering(Gathered::begin(run))),
            open => open,
        };
        match &mut self.open {
            Open::Gathering(gathered) => gathered.run.go_on(&now),
            Open::Shut | Open::At(_) => Ok(false),
        }
    }

    pub(super) fn add(&mut self, Group { ids, prepared }: Group) -> Result<Placement, Error> {
        let Open::Gathering(gathered) = &mut self.open else { return Err(Error::Poisoned) };
        let seq = gathered.run.size();
        let range = gathered.run.add(prepared)?;
        self.given.add(&ids, seq);
        gathered.callers += 1;
        gathered.unsigned += 1;
        let receipts = gathered.run.receipts(range.clone());
        Ok(Placement { range, crowd: Arc::clone(&gathered.crowd), receipts, signer: Arc::clone(&self.signer) })
    }

    pub(super) fn join(&mut self, waiter: &Arc<Waiter>) -> Turn {
        match std::mem::replace(&mut self.place, Place::InUse) {
            Place::Free(writer) => return Turn::Leads(writer),
            Place::Closed => {
                self.place = Place::Closed;
                return Turn::Answered(Err(Error::Poisoned));
            }
            place => self.place = place,
        }
        self.waiting.push_back(Arc::clone(waiter));
        Turn::Waits
    }

    /// The crowd whose records are to be committed next.
    pub(super) fn gathered(&mut self) -> Option<Gathered> {
        match std::mem::replace(&mut self.open, Open::Shut) {
            Open::Gathering(gathered) if !gathered.run.is_empty() => Some(gathered),
            Open::Gathering(_) | Open::At(_) | Open::Shut => None,
        }
    }

    /// Those at the head of the line who share a commit.
    pub(super) fn sharers(&mut self) -> Vec<Arc<Waiter>> {
        std::iter::from_fn(|| self.waiting.pop_front_if(|next| next.shares())).collect()
    }
}

impl Gathered {
    fn begin(run: Run) -> Self {
        Self { run, callers: 0, unsigned: 0, crowd: Arc::default() }
    }

    pub(super) fn is_of(&self, crowd: &Arc<Crowd>) -> bool {
        Arc::ptr_eq(&self.crowd, crowd)
    }
}
