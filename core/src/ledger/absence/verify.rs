//! Checking a proof of absence with nothing but the log's key.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use serde::Serialize;

use crate::event::body::Segment;
use crate::event::{Body, Record};
use crate::merkle::{Mismatch, empty_root, leaf_hash, verify_inclusion};
use crate::tlog;
use crate::tlog::checkpoint::Checkpoint;

use super::super::history::{History, NotInForce, in_force};
use super::proof::{Neighbour, Run};
use super::{Name, Proof};

/// What a proof shows that holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Absent {
    /// What is absent.
    pub name: Name,
    /// The log.
    pub origin: String,
    /// None of the records before this one names it.
    pub before: u64,
    /// Records under the checkpoint.
    pub size: u64,
    /// Records under the checkpoint of which the proof does not speak. The ANCHOR records that it shows are not among them: they are
    /// there to be read.
    pub open: u64,
}

/// Why a proof that parses shows nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The checkpoint is not to be believed.
    #[error("its checkpoint is not to be believed: {0}")]
    Checkpoint(#[source] tlog::Refusal),
    /// A key of the log signed, at a time that was not its own.
    #[error("its checkpoint is not to be believed: {0}")]
    NotInForce(#[from] NotInForce),
    /// It speaks about no record.
    #[error("it has no sealed run, so it speaks about no record")]
    NoRuns,
    /// The record is not one that seals a run.
    #[error("record {anchor} is not an ANCHOR that seals a run of records: {problem}")]
    NotASeal {
        /// Its claimed position.
        anchor: u64,
        /// What it is.
        problem: String,
    },
    /// The record is not in the log, or not under this checkpoint.
    #[error("the ANCHOR at {anchor} is not in the log under this checkpoint: {mismatch}")]
    NotInLog {
        /// Its claimed position.
        anchor: u64,
        /// How it shows.
        mismatch: Mismatch,
    },
    /// Records that no run covers.
    #[error("records from {from} on are in none of its runs, up to {first}")]
    Gap {
        /// The first that is left out.
        from: u64,
        /// The first of the next run.
        first: u64,
    },
    /// Records that two runs cover.
    #[error("the run that begins at record {first} overlaps the one before, which ends at {from}")]
    Overlap {
        /// Where it begins.
        first: u64,
        /// Where the one before ends.
        from: u64,
    },
    /// The ANCHOR seals what was not written yet.
    #[error("the ANCHOR at {anchor} claims to seal records up to {end}, which come after it")]
    FromTheFuture {
        /// Its position.
        anchor: u64,
        /// The end of its run.
        end: u64,
    },
    /// The two neighbours are not next to each other, or an end of the tree is not its end.
    #[error("the neighbours in records {first} to {} leave a place between them where it could stand: {problem}", .end.saturating_sub(1))]
    NotAdjacent {
        /// The run.
        first: u64,
        /// The run.
        end: u64,
        /// Where.
        problem: String,
    },
    /// A neighbour is on the wrong side, or is what should be absent.
    #[error("{neighbour} does not stand on the {side} of it, in records {first} to {}: {problem}", .end.saturating_sub(1))]
    Order {
        /// The run.
        first: u64,
        /// The run.
        end: u64,
        /// Which.
        neighbour: Name,
        /// The side on which it should stand.
        side: &'static str,
        /// What is so instead.
        problem: &'static str,
    },
    /// A neighbour is not in the run's tree.
    #[error("{neighbour} is not where it says in the tree over records {first} to {}: {mismatch}", .end.saturating_sub(1))]
    NotInRun {
        /// The run.
        first: u64,
        /// The run.
        end: u64,
        /// Which.
        neighbour: Name,
        /// How it shows.
        mismatch: Mismatch,
    },
}

impl Proof {
    /// Checks that a known log signed the checkpoint, with the key in force at its size, that its runs are sealed in that log and follow each other from record 0 on, and
    /// that none of them names what is said to be absent.
    pub fn verify(&self, logs: &[History]) -> Result<Absent, Refusal> {
        let keys = in_force(logs, &self.checkpoint)?;
        let opened = self.checkpoint.verify(&keys).map_err(Refusal::Checkpoint)?;
        let checkpoint = &opened.checkpoint;
        let mut before = 0;
        for run in &self.runs {
            let sealed = sealed(run, checkpoint)?;
            let Segment { first, end, .. } = sealed;
            if first > before {
                return Err(Refusal::Gap { from: before, first });
            }
            if first < before {
                return Err(Refusal::Overlap { first, from: before });
            }
            self.is_absent(run, &sealed)?;
            before = end;
        }
        if self.runs.is_empty() {
            return Err(Refusal::NoRuns);
        }
        let shown = self.runs.iter().filter(|run| run.anchor >= before).count() as u64;
        let open = checkpoint.size().saturating_sub(before).saturating_sub(shown);
        let origin = checkpoint.origin().to_owned();
        Ok(Absent { name: self.name, origin, before, size: checkpoint.size(), open })
    }

    fn is_absent(&self, run: &Run, sealed: &Segment) -> Result<(), Refusal> {
        let Segment { first, end, leaves, .. } = *sealed;
        let apart = |problem: String| Err(Refusal::NotAdjacent { first, end, problem });
        match (&run.left, &run.right) {
            (None, None) if leaves > 0 => return apart(format!("the tree has {leaves} names, and none is shown")),
            (None, None) if sealed.root != empty_root() => {
                return apart("the tree has no names, but not the root of an empty tree".to_owned());
            }
            (None, Some(right)) if right.index != 0 => {
                return apart(format!("the first that is shown is number {}, counted from 0", right.index));
            }
            (Some(left), None) if left.index.checked_add(1) != Some(leaves) => {
                return apart(format!("the last that is shown is number {}, counted from 0, of {leaves}", left.index));
            }
            (Some(left), Some(right)) if left.index.checked_add(1) != Some(right.index) => {
                return apart(format!("they are number {} and {}", left.index, right.index));
            }
            _ => {}
        }
        let order = |neighbour: &Neighbour, side, problem| {
            Err(Refusal::Order { first, end, neighbour: neighbour.name, side, problem })
        };
        for (side, neighbour) in [("left", &run.left), ("right", &run.right)] {
            let Some(neighbour) = neighbour else { continue };
            if neighbour.name == self.name {
                return order(neighbour, side, "it is what is said to be absent");
            }
            if (neighbour.name < self.name) != (side == "left") {
                return order(neighbour, side, "the order is that of the texts");
            }
            let leaf = neighbour.name.leaf();
            verify_inclusion(&leaf, neighbour.index, leaves, &neighbour.hashes, &sealed.root)
                .map_err(|mismatch| Refusal::NotInRun { first, end, neighbour: neighbour.name, mismatch })?;
        }
        Ok(())
    }
}

/// What the ANCHOR of a run seals, if it is one and stands under the checkpoint.
fn sealed(run: &Run, checkpoint: &Checkpoint) -> Result<Segment, Refusal> {
    let anchor = run.anchor;
    let leaf = leaf_hash(run.record.as_bytes());
    verify_inclusion(&leaf, anchor, checkpoint.size(), &run.hashes, checkpoint.root())
        .map_err(|mismatch| Refusal::NotInLog { anchor, mismatch })?;
    let not_a_seal = |problem: String| Refusal::NotASeal { anchor, problem };
    let record = Record::from_bytes(run.record.as_bytes()).map_err(|error| not_a_seal(error.to_string()))?;
    if record.seq != anchor {
        return Err(not_a_seal(format!("it says that it is record {}", record.seq)));
    }
    let kind = record.kind();
    let Body::Anchor(body) = record.body else { return Err(not_a_seal(format!("it is a {kind}"))) };
    let sealed = body.segment.ok_or_else(|| not_a_seal("it is a time-stamp".to_owned()))?;
    if sealed.first >= sealed.end {
        return Err(not_a_seal(format!("its run from {} to {} has no record", sealed.first, sealed.end)));
    }
    if sealed.end > anchor {
        return Err(Refusal::FromTheFuture { anchor, end: sealed.end });
    }
    Ok(sealed)
}
