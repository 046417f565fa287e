//! Reads a log from end to end and says what is wrong with it, the first bad record first.
//!
//! Each record is checked against itself (hash, private part, signature), against the one before (chain, position, MAC), and all
//! of them together against the checkpoint (tree). Only stored bytes are hashed.

mod macs;
mod problem;
mod seals;
mod walk;

use serde::Serialize;

use crate::hash::Hash;
use crate::keys::mac::MacRoot;
use crate::merkle;
use crate::tlog::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::tlog::note::VerifierKey;

pub use self::problem::{Finding, Problem};
use self::seals::Seals;
use self::walk::Walk;
use super::store::Store;
use super::{CHECKPOINT, Error};

/// With what a log is checked.
#[derive(Debug)]
pub struct Checks<'a> {
    /// The log's name.
    pub origin: &'a str,
    /// The key it is signed with.
    pub key: &'a VerifierKey,
    /// The root of the MAC keys; without it MACs are not checked.
    pub mac_root: Option<&'a MacRoot>,
    /// Records before this one are read for the tree, but not checked.
    pub from: u64,
}

/// What was found.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Records that stand in the log.
    pub records: u64,
    /// The tree's root over them.
    pub root: Hash,
    /// Whether MACs were checked.
    pub macs_checked: bool,
    /// The size of the tree that the checkpoint covers.
    pub checkpoint: Option<u64>,
    /// Bytes behind the last whole line.
    pub torn_tail: u64,
    /// What is wrong, the first bad record first; empty for a sound log.
    pub findings: Vec<Finding>,
}

/// How many findings about records are listed: one bad byte can spoil every record behind it.
pub const MAX_FINDINGS: usize = 20;

/// Checks a whole log.
pub fn check(store: &dyn Store, checks: &Checks<'_>) -> Result<Report, Error> {
    // First the checkpoint, then the lines: beside a writer there are then as many lines as it covers, or more.
    let note = store.get(CHECKPOINT)?;
    let checkpoint = note.as_deref().map(|note| open_checkpoint(note, std::slice::from_ref(checks.key)));
    let covered = match &checkpoint {
        Some(Ok(checkpoint)) => Some(checkpoint.size()),
        _ => None,
    };
    let mut walk = Walk::new(checks, covered);
    let mut seals = Seals::new(store, checks.from);
    let walked = store.blocks(0, &mut |first, block| {
        seals.block(first, block);
        walk.block(first, block)
    });
    let has_gap = matches!(walked, Err(Error::MissingSegment { .. } | Error::MissingLines { .. }));
    match walked {
        Err(error) if has_gap => {
            let problem = Problem::Missing(error.to_string());
            walk.find(Finding { seq: Some(walk.next()), id: None, problem });
        }
        other => other?,
    }
    let torn_tail = store.torn_tail()?;
    let size = walk.frontier.size();
    let mut findings = walk.findings;
    let general = |seq, problem| Finding { seq, id: None, problem };
    match checkpoint {
        None => findings.push(general(None, Problem::Checkpoint("there is none".to_owned()))),
        Some(Err(error)) => findings.push(general(None, Problem::Checkpoint(error.to_string()))),
        // What stands behind the gap was not looked at, so the end says nothing.
        Some(Ok(_)) if has_gap => {}
        Some(Ok(checkpoint)) if checkpoint.size() > size => {
            findings.push(general(Some(size), Problem::Shortened { size, checkpoint: checkpoint.size() }));
        }
        Some(Ok(checkpoint)) => {
            let computed = walk.root_at_checkpoint.unwrap_or_else(merkle::empty_root);
            if computed != *checkpoint.root() {
                let (size, signed) = (checkpoint.size(), *checkpoint.root());
                findings.push(general(None, Problem::Root { size, computed, signed }));
            }
        }
    }
    seals.report(&mut findings);
    if torn_tail > 0 {
        findings.push(general(Some(size), Problem::TornTail { bytes: torn_tail }));
    }
    Ok(Report {
        records: size,
        root: walk.frontier.root(),
        macs_checked: checks.mac_root.is_some(),
        checkpoint: covered,
        torn_tail,
        findings,
    })
}

/// Checks the records from `from` on by themselves: what a writer does with the end of its log before it goes on.
pub fn tail(store: &dyn Store, origin: &str, key: &VerifierKey, from: u64) -> Result<Vec<Finding>, Error> {
    let checks = Checks { origin, key, mac_root: None, from };
    let start = from.saturating_sub(1);
    let mut walk = Walk::from(&checks, start);
    store.blocks(start, &mut |first, block| walk.block(first, block))?;
    Ok(walk.findings)
}

/// Reads a checkpoint that one of `keys` signed.
pub fn open_checkpoint(note: &[u8], keys: &[VerifierKey]) -> Result<Checkpoint, Error> {
    let bad = |problem: String| Error::Object { name: CHECKPOINT, problem };
    let signed = SignedCheckpoint::parse(note).map_err(|error| bad(error.to_string()))?;
    signed.verify(keys).map(|opened| opened.checkpoint).map_err(|refusal| bad(refusal.to_string()))
}
