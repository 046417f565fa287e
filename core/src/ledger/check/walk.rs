//! The walk along the lines: each against itself and against the one before.

use std::ops::ControlFlow;

use rayon::prelude::*;
use serde::Deserialize;

use crate::event::record::genesis;
use crate::hash::Hash;
use crate::merkle::{self, Frontier};

use super::super::line::{self, Line, Mac, Malformed};
use super::super::store::lines_of;
use super::macs::Macs;
use super::{Checks, Finding, MAX_FINDINGS, Problem};

/// What the next record must continue.
#[derive(Clone, Copy)]
pub(super) struct Before {
    pub(super) hash: Hash,
    pub(super) mac: Mac,
}

/// The parts of a record that bind it.
#[derive(Deserialize)]
struct Header<'a> {
    #[serde(borrow)]
    id: std::borrow::Cow<'a, str>,
    prev: Hash,
    private: Stored,
    seq: u64,
}

#[derive(Deserialize)]
struct Stored {
    stored: Hash,
}

pub(super) struct Walk<'a> {
    checks: &'a Checks<'a>,
    macs: Macs,
    /// The position of the next line.
    next: u64,
    /// `None` where the line before could not be read, or was not looked at.
    before: Option<Before>,
    pub(super) frontier: Frontier,
    checkpoint: Option<u64>,
    pub(super) root_at_checkpoint: Option<Hash>,
    pub(super) findings: Vec<Finding>,
}

impl<'a> Walk<'a> {
    /// From the first record; the root is noted at the size that a checkpoint covers.
    pub(super) fn new(checks: &'a Checks<'a>, checkpoint: Option<u64>) -> Self {
        let start = genesis(checks.origin);
        Self {
            checks,
            macs: Macs::new(checks.mac_root),
            next: 0,
            before: Some(Before { hash: start, mac: Mac { epoch: 0, bytes: *start.as_bytes() } }),
            frontier: Frontier::new(),
            root_at_checkpoint: (checkpoint == Some(0)).then(merkle::empty_root),
            checkpoint,
            findings: Vec::new(),
        }
    }

    /// From record `seq` on, which is taken as it is if it is not the first.
    pub(super) fn from(checks: &'a Checks<'a>, seq: u64) -> Self {
        let walk = Self::new(checks, None);
        Self { next: seq, before: walk.before.filter(|_| seq == 0), ..walk }
    }

    /// The position of the next line.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// Looks at the lines of a block, which stand from `first` on.
    pub(super) fn block(&mut self, first: u64, block: &[u8]) -> ControlFlow<()> {
        if first != self.next {
            // A store that shows its lines in another order than one after the other has a file with too many.
            let what = format!("{} records stand before it, and it should be number {first}", self.next);
            self.find(Finding { seq: Some(first.min(self.next)), id: None, problem: Problem::Chain { what } });
        }
        let lines: Vec<&[u8]> = lines_of(block).collect();
        let lines: Vec<Result<Line<'_>, Malformed>> = lines.par_iter().map(|line| Line::parse(line)).collect();
        let befores: Vec<Option<Before>> = std::iter::once(self.before)
            .chain(lines.iter().map(|line| line.as_ref().ok().map(|line| Before { hash: line.hash, mac: line.mac })))
            .collect();
        let macs = self.macs.check(&lines, &befores);
        let results: Vec<(Hash, Option<Finding>)> = (&lines, &befores, &macs)
            .into_par_iter()
            .enumerate()
            .map(|(at, (line, before, mac))| self.line(first + at as u64, line, before.as_ref(), *mac))
            .collect();
        for (leaf, finding) in results {
            self.frontier.push(leaf, |_, _, _| {});
            if Some(self.frontier.size()) == self.checkpoint {
                self.root_at_checkpoint = Some(self.frontier.root());
            }
            if let Some(finding) = finding {
                self.find(finding);
            }
        }
        self.next = first + lines.len() as u64;
        self.before = befores.last().copied().flatten();
        ControlFlow::Continue(())
    }

    /// Notes a finding about a record.
    pub(super) fn find(&mut self, finding: Finding) {
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(finding);
        }
    }

    fn line(
        &self,
        seq: u64,
        line: &Result<Line<'_>, Malformed>,
        before: Option<&Before>,
        mac: bool,
    ) -> (Hash, Option<Finding>) {
        let found = |id: Option<&str>, problem| Finding { seq: Some(seq), id: id.map(str::to_owned), problem };
        let line = match line {
            Ok(line) => line,
            Err(malformed) => return (Hash::of(&[]), Some(found(None, Problem::Malformed(*malformed)))),
        };
        let leaf = merkle::leaf_hash(line.record);
        if seq < self.checks.from {
            return (leaf, None);
        }
        let header: Result<Header<'_>, _> = serde_json::from_slice(line.record);
        let id = header.as_ref().ok().map(|header| header.id.as_ref());
        let problem = if line.hash == line.computed {
            match &header {
                Err(error) => Some(Problem::Unreadable(error.to_string())),
                Ok(header) => itself(seq, line, header)
                    .or_else(|| before.and_then(|before| against_before(line, header, before)))
                    .or_else(|| (!mac).then_some(Problem::Mac))
                    .or_else(|| self.signature(line)),
            }
        } else {
            Some(Problem::Hash)
        };
        (leaf, problem.map(|problem| found(id, problem)))
    }

    fn signature(&self, line: &Line<'_>) -> Option<Problem> {
        let message = line::signed_message(&line.hash);
        let signature = ed25519_dalek::Signature::from_bytes(&line.signature);
        let signed = self.checks.key.public_key().verify_strict(&message, &signature).is_ok();
        (!signed).then_some(Problem::Signature)
    }
}

fn itself(seq: u64, line: &Line<'_>, header: &Header<'_>) -> Option<Problem> {
    if header.private.stored != Hash::of(line.private) {
        return Some(Problem::Private);
    }
    (header.seq != seq)
        .then(|| Problem::Chain { what: format!("it says that it is record {}, and stands as {seq}", header.seq) })
}

fn against_before(line: &Line<'_>, header: &Header<'_>, before: &Before) -> Option<Problem> {
    if header.prev != before.hash {
        return Some(Problem::Chain {
            what: format!("it names {} as its predecessor, which has {}", header.prev, before.hash),
        });
    }
    // Not one epoch may be left out: see how the writer turns them.
    let step = line.mac.epoch.checked_sub(before.mac.epoch);
    (!matches!(step, Some(0 | 1))).then_some(Problem::Epoch { before: before.mac.epoch, found: line.mac.epoch })
}
