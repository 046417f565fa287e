//! The end of a time: private parts are closed for good when their retention class says that they were kept long enough.
//!
//! [`plan`](plan()) reads the log and says what is kept until when; [`Keeper::run`] puts on record what is over, a RETENTION record a
//! class, and then destroys the keys of those shelves. Nothing is rewritten: the log, its proofs and everybody else's parts stay as they
//! are. Whoever is interrupted between the two runs it again: a key that a RETENTION record names and that still lives is destroyed
//! without a second record. A legal hold forbids it, over everything or for the shelves that have something of the person.
//!
//! Memory is bounded by the number of shelves (class, tenant and month), not of records: some 150 bytes each, and 64 hashes a class.
//!
//! Left out: which class a record has, which is settled when it is written (`event::classes`); people (`erasure`).

mod plan;
pub mod templates;

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

use jiff::Timestamp;

use crate::edge::Edge;
use crate::erasure::hold::Hold;
use crate::event::classes::month_end;
use crate::event::private::Actor;
use crate::event::sealed::Stored;
use crate::event::{self, Body, Classes, Event, body};
use crate::hash::Hash;
use crate::ledger::{self, Ledger, Reader, this_system};
use crate::merkle::{Frontier, leaf_hash};
use crate::privacy::Vault;
use crate::privacy::vault::{self, Destruction, KeyId};

pub use plan::{Plan, Shelf, State, plan};

/// The most keys that one record names: a public part has at most 64 KiB.
const MOST_KEYS: usize = 1000;

/// Ends what is over.
#[derive(Debug)]
pub struct Keeper<'a> {
    /// The log.
    pub ledger: &'a mut Ledger,
    /// Look-ups in the same log.
    pub reader: &'a Reader,
    /// How long each class is kept.
    pub classes: &'a Classes,
    /// Clock and randomness.
    pub edge: Edge<'a>,
}

/// What became of it.
#[derive(Debug)]
pub enum Answer {
    /// What is over is closed.
    Done(Done),
    /// Legal holds over everything forbid it; nothing was done.
    Held(Vec<Hold>),
}

/// What was closed.
#[derive(Debug, Default)]
pub struct Done {
    /// A class each; of a class with very many shelves several.
    pub removed: Vec<Removed>,
    /// Keys that an earlier run had put on record, by the RETENTION record.
    pub finished: BTreeMap<u64, u64>,
    /// Shelves that are over and stay, because a hold on a person covers something in them.
    pub held: Vec<Shelf>,
}

/// What one record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// The RETENTION record.
    pub seq: u64,
    /// The class.
    pub class: String,
    /// All of it was written before this.
    pub before: Timestamp,
    /// How many private parts.
    pub parts: u64,
    /// How many keys were destroyed.
    pub keys: u64,
}

/// Why it could not be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A log whose private parts are not sealed.
    #[error("this log has no vault: what is not sealed cannot be closed")]
    NoVault,
    /// The vault.
    #[error("could not use the vault")]
    Vault(#[from] vault::Error),
    /// The log.
    #[error("could not use the log")]
    Ledger(#[from] ledger::Error),
    /// The record was not accepted.
    #[error("it could not be put on record")]
    Event(#[from] event::Error),
}

impl Keeper<'_> {
    /// Closes whatever is over now. `by` is who did it, where that shall be on record.
    pub fn run(&mut self, by: Option<&Actor>) -> Result<Answer, Error> {
        let plan = plan(self.reader, self.vault()?, self.classes, self.edge.now().time)?;
        if !plan.holds_over_everything.is_empty() {
            return Ok(Answer::Held(plan.holds_over_everything));
        }
        let mut done = Done::default();
        let (mut begun, mut over) = (Vec::new(), Vec::new());
        for shelf in plan.shelves {
            match shelf.state {
                State::Begun { seq } => begun.push((seq, shelf.key)),
                State::Over => over.push(shelf),
                State::Held => done.held.push(shelf),
                State::Kept | State::NotHere => {}
            }
        }
        done.removed = self.record(&over, by)?;
        for shelf in &over {
            self.vault()?.destroy(&shelf.key, self.edge)?;
        }
        for (seq, key) in begun {
            if self.vault()?.destroy(&key, self.edge)? == Destruction::Done {
                *done.finished.entry(seq).or_default() += 1;
            }
        }
        Ok(Answer::Done(done))
    }

    fn vault(&self) -> Result<&dyn Vault, Error> {
        self.ledger.vault().map(AsRef::as_ref).ok_or(Error::NoVault)
    }

    /// Puts on record what is about to be closed, all of it in one commit.
    fn record(&mut self, over: &[Shelf], by: Option<&Actor>) -> Result<Vec<Removed>, Error> {
        // Of one class they stand together, the oldest first.
        let groups: Vec<&[Shelf]> =
            over.chunk_by(|one, next| one.class == next.class).flat_map(|class| class.chunks(MOST_KEYS)).collect();
        let trees = trees(self.reader, &groups)?;
        let mut events = Vec::new();
        for (shelves, tree) in groups.iter().zip(&trees) {
            let body = said(shelves, tree);
            events.push(Event::new(Body::Retention(body), this_system(), by)?);
        }
        let receipts = if events.is_empty() { Vec::new() } else { self.ledger.append(&events, self.edge)? };
        let removed = |(event, seq): (Event, u64)| match event.body {
            Body::Retention(said) => {
                let keys = said.keys.len() as u64;
                Some(Removed { seq, class: said.class, before: said.before, parts: said.removed, keys })
            }
            _ => None,
        };
        Ok(events.into_iter().zip(receipts.iter().map(|receipt| receipt.seq)).filter_map(removed).collect())
    }
}

fn said(shelves: &[Shelf], tree: &Frontier) -> body::Retention {
    let last = shelves.iter().map(|shelf| shelf.written).max().unwrap_or_default();
    body::Retention {
        class: shelves.first().map(|shelf| shelf.class.clone()).unwrap_or_default(),
        before: month_end(last).unwrap_or(last),
        removed: tree.size(),
        root: tree.root(),
        keys: shelves.iter().map(|shelf| shelf.key).collect(),
    }
}

/// For each group of shelves the tree over what is sealed under their keys, as far as its right edge.
fn trees(reader: &Reader, groups: &[&[Shelf]]) -> Result<Vec<Frontier>, Error> {
    let mut trees = vec![Frontier::new(); groups.len()];
    let numbered = groups.iter().enumerate().flat_map(|(at, shelves)| shelves.iter().map(move |shelf| (shelf.key, at)));
    let group_of: HashMap<KeyId, usize> = numbered.collect();
    let shelves = || groups.iter().flat_map(|shelves| shelves.iter());
    let first = shelves().map(|shelf| shelf.first).min();
    let (Some(first), last) = (first, shelves().map(|shelf| shelf.last).max().unwrap_or_default()) else {
        return Ok(trees);
    };
    reader.records(first, &mut |record, line| {
        if record.seq > last {
            return ControlFlow::Break(());
        }
        if let Ok(Stored::Sealed(part)) = Stored::from_bytes(line.private)
            && let Some(tree) = group_of.get(&part.keys[1]).and_then(|at| trees.get_mut(*at))
        {
            tree.push(leaf(&record.private.stored), |_, _, _| {});
        }
        ControlFlow::Continue(())
    })?;
    Ok(trees)
}

/// A private part as it counts in the tree of a RETENTION record: the hash of its bytes as stored, as 32 bytes.
pub fn leaf(stored: &Hash) -> Hash {
    leaf_hash(stored.as_bytes())
}
