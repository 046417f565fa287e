//! The walk along the lines: each against itself and against the one before.

use std::ops::ControlFlow;

use rayon::prelude::*;

use crate::event::record::genesis;
use crate::hash::Hash;
use crate::merkle::{self, Frontier};

use super::super::history::History;
use super::super::line::{Line, Mac, Malformed};
use super::super::store::lines_of;
use super::header::Header;
use super::keys::{Keys, concerns};
use super::macs::Macs;
use super::{Checks, Finding, MAX_FINDINGS, Problem, Signatures};

/// What the next record must continue.
#[derive(Clone, Copy)]
pub(super) struct Before {
    pub(super) hash: Hash,
    pub(super) mac: Mac,
}

/// A line taken apart, and its record as far as it can be read.
pub(super) type Parts<'l> = (Result<Line<'l>, Malformed>, Option<Result<Header<'l>, serde_json::Error>>);

/// What is wrong with a record.
#[derive(Default)]
struct Wrong {
    /// With its MAC or with anything else, whichever comes first.
    first: Option<Finding>,
    /// With anything but its MAC.
    without_mac: Option<Finding>,
}

pub(super) struct Walk<'a> {
    checks: &'a Checks<'a>,
    macs: Macs<'a>,
    keys: Keys<'a>,
    /// The position of the next line.
    next: u64,
    /// `None` where the line before could not be read, or was not looked at.
    before: Option<Before>,
    pub(super) frontier: Frontier,
    checkpoint: Option<u64>,
    pub(super) root_at_checkpoint: Option<Hash>,
    findings: Vec<Finding>,
    /// Those that stay if the MAC keys turn out to be another log's.
    without_macs: Vec<Finding>,
}

/// What a walk has found.
pub(super) struct Walked<'a> {
    pub(super) findings: Vec<Finding>,
    pub(super) keys: Keys<'a>,
    /// The first record whose MAC was checked.
    pub(super) macs_from: Option<u64>,
}

impl<'a> Walk<'a> {
    /// From the first record; the root is noted at the size that a checkpoint covers.
    pub(super) fn new(checks: &'a Checks<'a>, checkpoint: Option<u64>) -> Self {
        let start = genesis(checks.origin);
        Self {
            checks,
            macs: Macs::new(checks.macs),
            keys: Keys::new(checks.known),
            next: 0,
            before: Some(Before { hash: start, mac: Mac { epoch: 0, bytes: *start.as_bytes() } }),
            frontier: Frontier::new(),
            root_at_checkpoint: (checkpoint == Some(0)).then(merkle::empty_root),
            checkpoint,
            findings: Vec::new(),
            without_macs: Vec::new(),
        }
    }

    /// From record `seq` on, which is taken as it is if it is not the first, with the keys up to there.
    pub(super) fn from(checks: &'a Checks<'a>, seq: u64, history: Option<History>) -> Self {
        let walk = Self::new(checks, None);
        let keys = history.map_or_else(|| Keys::new(checks.known), Keys::from);
        Self { next: seq, keys, before: walk.before.filter(|_| seq == 0), ..walk }
    }

    /// The position of the next line.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// Looks at the lines of a block, which stand from `first` on.
    pub(super) fn block(&mut self, first: u64, block: &[u8]) -> ControlFlow<()> {
        let parts = self.parse(first, block);
        self.look(first, &parts)
    }

    /// Takes the lines of a block apart.
    pub(super) fn parse<'l>(&self, first: u64, block: &'l [u8]) -> Vec<Parts<'l>> {
        let lines: Vec<&[u8]> = lines_of(block).collect();
        lines.par_iter().enumerate().map(|(at, line)| self.parts(first + at as u64, line)).collect()
    }

    /// Looks at lines that were taken apart, and stand from `first` on.
    pub(super) fn look(&mut self, first: u64, parts: &[Parts<'_>]) -> ControlFlow<()> {
        if first != self.next {
            // A store that shows its lines in another order than one after the other has a file with too many.
            let what = format!("{} records stand before it, and it should be number {first}", self.next);
            self.find(Finding { seq: Some(first.min(self.next)), id: None, problem: Problem::Chain { what } });
        }
        let befores: Vec<Option<Before>> = std::iter::once(self.before)
            .chain(
                parts.iter().map(|(line, _)| line.as_ref().ok().map(|line| Before { hash: line.hash, mac: line.mac })),
            )
            .collect();
        let macs = self.macs.check(first, parts, &befores);
        let mut handovers = self.handovers(first, parts);
        let signed = self.signed(first, parts);
        let results: Vec<(Hash, Wrong)> = (parts, &befores, &macs, &signed, &mut handovers)
            .into_par_iter()
            .enumerate()
            .map(|(at, (parts, before, mac, signed, key))| {
                self.line(first + at as u64, parts, before.as_ref(), *mac, *signed, key.take())
            })
            .collect();
        for (leaf, wrong) in results {
            self.frontier.push(leaf, |_, _, _| {});
            if Some(self.frontier.size()) == self.checkpoint {
                self.root_at_checkpoint = Some(self.frontier.root());
            }
            keep(&mut self.findings, wrong.first);
            keep(&mut self.without_macs, wrong.without_mac);
        }
        self.next = first + parts.len() as u64;
        self.before = befores.last().copied().flatten();
        ControlFlow::Continue(())
    }

    /// Notes a finding about a record.
    pub(super) fn find(&mut self, finding: Finding) {
        keep(&mut self.without_macs, Some(finding.clone()));
        keep(&mut self.findings, Some(finding));
    }

    /// Ends the walk.
    pub(super) fn end(mut self) -> Walked<'a> {
        self.keys.begin_as_known();
        let Macs { checked, right, from, .. } = self.macs;
        let (mut findings, mut macs_from) = (self.findings, from);
        if checked > 0 && right == 0 {
            // One sentence and not one for each record.
            let foreign = Problem::ForeignMacs { records: checked };
            findings =
                std::iter::once(Finding { seq: from, id: None, problem: foreign }).chain(self.without_macs).collect();
            macs_from = None;
        }
        Walked { findings, keys: self.keys, macs_from }
    }

    fn parts<'l>(&self, seq: u64, line: &'l [u8]) -> Parts<'l> {
        let line = Line::parse(line);
        let header = line.as_ref().ok().filter(|line| seq >= self.checks.from || could_concern_keys(seq, line));
        let header = header.map(|line| Header::read(line.record));
        (line, header)
    }

    /// Reads the records of a block that say which key is in force, in their order; for each line, what is wrong with its word.
    fn handovers(&mut self, first: u64, parts: &[Parts<'_>]) -> Vec<Option<Problem>> {
        let read = |(seq, (line, header)): (u64, &Parts<'_>)| {
            let kind = header.as_ref().and_then(|header| header.as_ref().ok()).map(|header| header.kind.as_ref());
            match line {
                Ok(line) if concerns(seq, kind.unwrap_or_default()) => self.keys.read(seq, line),
                _ => {
                    self.keys.begin_as_known();
                    None
                }
            }
        };
        (first..).zip(parts).map(read).collect()
    }

    /// Which lines of a block are known to be signed; records that are not checked need not be.
    fn signed(&self, first: u64, parts: &[Parts<'_>]) -> Vec<bool> {
        if self.checks.signatures != Signatures::All || first + (parts.len() as u64) <= self.checks.from {
            return vec![false; parts.len()];
        }
        self.keys.signed(first, parts)
    }

    fn line(
        &self,
        seq: u64,
        parts: &Parts<'_>,
        before: Option<&Before>,
        mac: bool,
        is_signed: bool,
        key: Option<Problem>,
    ) -> (Hash, Wrong) {
        let found = |id: Option<&str>, problem| Finding { seq: Some(seq), id: id.map(str::to_owned), problem };
        let both = |finding: Finding| Wrong { first: Some(finding.clone()), without_mac: Some(finding) };
        let line = match &parts.0 {
            Ok(line) => line,
            Err(malformed) => return (Hash::of(&[]), both(found(None, Problem::Malformed(*malformed)))),
        };
        let leaf = merkle::leaf_hash(line.record);
        let header = match &parts.1 {
            Some(header) if seq >= self.checks.from => header,
            _ => return (leaf, Wrong::default()),
        };
        let id = header.as_ref().ok().map(|header| header.id.as_ref());
        if line.hash != line.computed {
            return (leaf, both(found(id, Problem::Hash)));
        }
        let header = match header {
            Ok(header) => header,
            Err(error) => return (leaf, both(found(id, Problem::Unreadable(error.to_string())))),
        };
        let placed =
            itself(seq, line, header).or_else(|| before.and_then(|before| against_before(line, header, before)));
        if let Some(problem) = placed {
            return (leaf, both(found(id, problem)));
        }
        let is_wanted = self.checks.signatures == Signatures::All || concerns(seq, &header.kind);
        let unsigned = || if is_signed || !is_wanted { None } else { self.keys.signature(seq, line) };
        let signed = key.or_else(unsigned).map(|problem| found(id, problem));
        let first = if mac { signed.clone() } else { Some(found(id, Problem::Mac)) };
        (leaf, Wrong { first, without_mac: signed })
    }
}

/// Of a record that is not checked: whether it has to be read all the same, because it could be a KEY record.
fn could_concern_keys(seq: u64, line: &Line<'_>) -> bool {
    seq == 0 || memchr::memmem::find(line.record, b"KEY").is_some()
}

fn keep(findings: &mut Vec<Finding>, finding: Option<Finding>) {
    if findings.len() < MAX_FINDINGS {
        findings.extend(finding);
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
