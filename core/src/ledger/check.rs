//! Reads a log from end to end and says what is wrong with it, the first bad record first.
//!
//! Each record is checked against itself (hash, private part, signature), against the one before (chain, position, MAC), and all
//! of them together against the checkpoint (tree). Only stored bytes are hashed.

mod ahead;
mod keys;
mod macs;
mod problem;
mod seals;
mod walk;

use serde::Serialize;

use crate::hash::Hash;
use crate::merkle;
use crate::tlog::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::tlog::note::VerifierKey;

pub use self::macs::MacKeys;
pub use self::problem::{Finding, Problem};
use self::seals::Seals;
use self::walk::Walk;
use super::history::{History, Known};
use super::store::Store;
use super::{CHECKPOINT, Error};

/// With what a log is checked.
#[derive(Debug)]
pub struct Checks<'a> {
    /// The log's name.
    pub origin: &'a str,
    /// What is known of its keys: all of it must be borne out by the log's own KEY records. Where nothing is known, the log is
    /// checked by the keys that it names itself.
    pub known: &'a [Known<'a>],
    /// With which keys MACs are checked; without any they are not.
    pub macs: Option<MacKeys<'a>>,
    /// Which signatures of single records are checked.
    pub signatures: Signatures,
    /// Records before this one are read for the tree and for the log's keys, but not checked.
    pub from: u64,
}

/// Which signatures of single records are checked. That of the checkpoint, which covers all records, always is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signatures {
    /// All of them.
    All,
    /// Those of the records that say which key is in force.
    Handovers,
}

/// What was found.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Records that stand in the log.
    pub records: u64,
    /// The tree's root over them.
    pub root: Hash,
    /// Whether the signature of every single record was checked.
    pub signatures_checked: bool,
    /// Whether all MACs were checked.
    pub macs_checked: bool,
    /// The first record whose MAC was checked; those before it are of epochs whose keys are not here.
    pub macs_from: Option<u64>,
    /// The log's keys, as its own records name them.
    pub keys: Option<History>,
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
    let parsed = note.as_deref().map(|note| SignedCheckpoint::parse(note).map_err(|error| error.to_string()));
    let claimed = parsed.as_ref().and_then(|parsed| parsed.as_ref().ok()).map(|signed| signed.unverified().size());
    let mut walk = Walk::new(checks, claimed);
    let mut seals = Seals::new(store, checks.from);
    let walked = ahead::blocks(store, 0, &mut |first, block| {
        let mut parts = walk.parse(first, block);
        seals.look(first, &mut parts);
        walk.look(first, &parts)
    });
    let has_gap =
        matches!(walked, Err(Error::MissingSegment { .. } | Error::MissingLines { .. } | Error::Packed { .. }));
    match walked {
        Err(Error::Packed { path, seq, problem }) => {
            // Where one of the lines that came out is seen to be changed, nothing before that one is named.
            let seq = walk.last_found().map_or(seq, |found| found.max(seq));
            let problem = Problem::Packed { file: path.display().to_string(), problem };
            walk.find(Finding { seq: Some(seq), id: None, problem });
        }
        Err(error) if has_gap => {
            let problem = Problem::Missing(error.to_string());
            walk.find(Finding { seq: Some(walk.next()), id: None, problem });
        }
        other => other?,
    }
    let torn_tail = store.torn_tail()?;
    let (records, root) = (walk.frontier.size(), walk.frontier.root());
    let root_at_checkpoint = walk.root_at_checkpoint;
    let walked = walk.end();
    let mut findings = walked.findings;
    // What stands behind the gap was not looked at, so the end says nothing: neither of keys nor of the checkpoint.
    let mut covered = None;
    if !has_gap {
        let signed = parsed.map(|parsed| parsed.and_then(|signed| walked.keys.opened(&signed, records)));
        covered = signed.as_ref().and_then(|signed| signed.as_ref().ok()).map(Checkpoint::size);
        findings.extend(against_checkpoint(records, root_at_checkpoint, signed));
        foreign(&mut findings, walked.keys.unknown(records));
    }
    seals.report(&mut findings);
    if torn_tail > 0 {
        findings.push(Finding { seq: Some(records), id: None, problem: Problem::TornTail { bytes: torn_tail } });
    }
    let macs_checked = matches!(checks.macs, Some(MacKeys::Root(_))) && (walked.macs_from.is_some() || records == 0);
    Ok(Report {
        records,
        root,
        signatures_checked: checks.signatures == Signatures::All,
        macs_checked,
        macs_from: walked.macs_from,
        keys: walked.keys.history().cloned(),
        checkpoint: covered,
        torn_tail,
        findings,
    })
}

/// What the checkpoint says of the records.
fn against_checkpoint(size: u64, root: Option<Hash>, signed: Option<Result<Checkpoint, String>>) -> Option<Finding> {
    let general = |seq, problem| Some(Finding { seq, id: None, problem });
    let checkpoint = match signed {
        None => return general(None, Problem::Checkpoint("there is none".to_owned())),
        Some(Err(problem)) => return general(None, Problem::Checkpoint(problem)),
        Some(Ok(checkpoint)) => checkpoint,
    };
    if checkpoint.size() > size {
        return general(Some(size), Problem::Shortened { size, checkpoint: checkpoint.size() });
    }
    let computed = root.unwrap_or_else(merkle::empty_root);
    if computed == *checkpoint.root() {
        return None;
    }
    general(None, Problem::Root { size: checkpoint.size(), computed, signed: *checkpoint.root() })
}

/// Adds that known keys are not the log's: in front where it is the reason for everything else.
fn foreign(findings: &mut Vec<Finding>, unknown: Vec<Problem>) {
    for problem in unknown.into_iter().rev() {
        let is_another_log = matches!(problem, Problem::UnknownKey { .. });
        let finding = Finding { seq: None, id: None, problem };
        if is_another_log {
            findings.insert(0, finding);
        } else {
            findings.push(finding);
        }
    }
}

/// Checks the records from `from` on by themselves: what a writer does with the end of its log before it goes on. `history` has the
/// keys up to there; the answer has those that came to it.
pub fn tail(
    store: &dyn Store,
    origin: &str,
    history: Option<History>,
    from: u64,
) -> Result<(Vec<Finding>, Option<History>), Error> {
    let checks = Checks { origin, known: &[], macs: None, signatures: Signatures::All, from };
    let start = from.saturating_sub(1);
    let mut walk = Walk::from(&checks, start, history);
    ahead::blocks(store, start, &mut |first, block| {
        let parts = walk.parse(first, block);
        walk.look(first, &parts)
    })?;
    let walked = walk.end();
    Ok((walked.findings, walked.keys.history().cloned()))
}

/// Reads a checkpoint that one of `keys` signed.
pub fn open_checkpoint(note: &[u8], keys: &[VerifierKey]) -> Result<Checkpoint, Error> {
    let bad = |problem: String| Error::Object { name: CHECKPOINT, problem };
    let signed = SignedCheckpoint::parse(note).map_err(|error| bad(error.to_string()))?;
    signed.verify(keys).map(|opened| opened.checkpoint).map_err(|refusal| bad(refusal.to_string()))
}
