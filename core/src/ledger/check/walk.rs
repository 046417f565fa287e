//! The walk along the lines: each against itself and against the one before.

use std::ops::ControlFlow;

use rayon::prelude::*;

use crate::event::record::genesis;
use crate::hash::Hash;
use crate::merkle::{self, Frontier};

use super::super::absence::run::{self, Said};
use super::super::header::Header;
use super::super::history::History;
use super::super::line::{Line, Mac, Malformed};
use super::ahead::Block;
use super::keys::{Keys, concerns};
use super::macs::Macs;
use super::{Checks, Finding, MAX_FINDINGS, Problem, Signatures};

/// What the next record must continue.
#[derive(Clone, Copy)]
pub(super) struct Before {
    pub(super) hash: Hash,
    pub(super) mac: Mac,
}

/// A line taken apart, with what can be said of it by itself.
pub(super) struct Parts<'l> {
    pub(super) line: Result<Line<'l>, Malformed>,
    /// The record as far as it can be read; `None` of one that need not be.
    pub(super) header: Option<Result<Header<'l>, serde_json::Error>>,
    /// What concerns proofs of absence, if it is checked and says anything of that.
    pub(super) said: Option<Box<Said>>,
    leaf: Hash,
}

impl Parts<'_> {
    /// The private part that the record names, and the one that stands there.
    fn private(&self) -> Option<(&Hash, &[u8])> {
        let header = self.header.as_ref()?.as_ref().ok()?;
        Some((&header.private.stored, self.line.as_ref().ok()?.private))
    }
}

/// What can be said of a record only beside others.
struct KnownOf {
    /// Whether the private part is the one that the record names.
    is_whole: bool,
    /// Whether the MAC is right; `None` where it is not checked.
    mac: Option<bool>,
    is_signed: bool,
    /// What is wrong with its word on which key is in force.
    key: Option<Problem>,
}

/// What was found of a line.
#[derive(Default)]
struct Looked {
    mac: Option<bool>,
    wrong: Option<Box<Wrong>>,
}

/// What is wrong with a record.
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

    /// Takes lines apart, which stand from `first` on.
    pub(super) fn parse<'l>(&self, first: u64, block: &'l Block) -> Vec<Parts<'l>> {
        (0..block.len()).into_par_iter().map(|at| self.parts(first + at as u64, block.line(at))).collect()
    }

    /// Looks at lines that were taken apart, and stand from `first` on.
    pub(super) fn look(&mut self, first: u64, parts: &[Parts<'_>]) -> ControlFlow<()> {
        if first != self.next {
            // A store that shows its lines in another order than one after the other has a file with too many.
            let what = format!("{} records stand before it, and it should be number {first}", self.next);
            self.find(Finding { seq: Some(first.min(self.next)), id: None, problem: Problem::Chain { what } });
        }
        let after = |parts: &Parts<'_>| parts.line.as_ref().ok().map(|line| Before { hash: line.hash, mac: line.mac });
        let befores: Vec<Option<Before>> = std::iter::once(self.before).chain(parts.iter().map(after)).collect();
        let plan = self.macs.plan(parts);
        let mut handovers = self.handovers(first, parts);
        let signed = self.signed(first, parts);
        // Two by two: hashes are quicker so.
        let results: Vec<[Looked; 2]> = (parts.par_chunks(2), befores.par_windows(2).step_by(2))
            .into_par_iter()
            .zip((signed.par_chunks(2), handovers.par_chunks_mut(2)))
            .enumerate()
            .map(|(pair, ((parts, befores), (signed, handovers)))| {
                let at = 2 * pair;
                let (macs, whole) = (plan.answers(at, with_before(parts, befores)), are_whole(parts));
                std::array::from_fn(|of| {
                    let Some(parts) = parts.get(of) else { return Looked::default() };
                    let (mac, key) = (macs[of], handovers[of].take());
                    let known = KnownOf { is_whole: whole[of], mac, is_signed: signed[of], key };
                    Looked { mac, wrong: self.wrong(first + (at + of) as u64, parts, befores[of].as_ref(), known) }
                })
            })
            .collect();
        self.grow(parts);
        self.macs.count(first, results.iter().flatten().take(parts.len()).map(|looked| looked.mac));
        for wrong in results.into_iter().flatten().filter_map(|looked| looked.wrong) {
            keep(&mut self.findings, wrong.first);
            keep(&mut self.without_macs, wrong.without_mac);
        }
        self.next = first + parts.len() as u64;
        self.before = befores.last().copied().flatten();
        ControlFlow::Continue(())
    }

    /// Lets the tree grow, and notes its root where the checkpoint stands.
    fn grow(&mut self, parts: &[Parts<'_>]) {
        let leaves: Vec<Hash> = parts.iter().map(|parts| parts.leaf).collect();
        let to_checkpoint = self.checkpoint.and_then(|size| size.checked_sub(self.frontier.size()));
        let within = to_checkpoint.and_then(|count| usize::try_from(count).ok()).filter(|count| *count <= leaves.len());
        let (covered, rest) = leaves.split_at(within.unwrap_or(0));
        self.frontier.extend(covered);
        if within.is_some() {
            self.root_at_checkpoint = Some(self.frontier.root());
        }
        self.frontier.extend(rest);
    }

    /// Notes a finding about a record.
    pub(super) fn find(&mut self, finding: Finding) {
        keep(&mut self.without_macs, Some(finding.clone()));
        keep(&mut self.findings, Some(finding));
    }

    /// The last record about which something was found.
    pub(super) fn last_found(&self) -> Option<u64> {
        self.findings.last()?.seq
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
        let (line, leaf) = match Line::with_leaf(line) {
            Ok((line, leaf)) => (Ok(line), leaf),
            Err(malformed) => (Err(malformed), merkle::empty_root()),
        };
        let Ok(known) = &line else { return Parts { line, header: None, said: None, leaf } };
        let header = (seq >= self.checks.from || could_concern_keys(seq, known)).then(|| Header::read(known.record));
        let is_told = seq >= self.checks.from && known.hash == known.computed;
        let said = header.as_ref().filter(|_| is_told).and_then(|header| run::said(header.as_ref().ok()?).ok());
        Parts { leaf, said: said.filter(|said| !said.is_nothing()).map(Box::new), header, line }
    }

    /// Reads the records of a block that say which key is in force, in their order; for each line, what is wrong with its word.
    fn handovers(&mut self, first: u64, parts: &[Parts<'_>]) -> Vec<Option<Problem>> {
        let read = |(seq, Parts { line, header, .. }): (u64, &Parts<'_>)| {
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

    fn wrong(&self, seq: u64, parts: &Parts<'_>, before: Option<&Before>, known: KnownOf) -> Option<Box<Wrong>> {
        let KnownOf { is_whole, mac, is_signed, key } = known;
        let found = |id: Option<&str>, problem| Finding { seq: Some(seq), id: id.map(str::to_owned), problem };
        let both =
            |finding: Finding| Some(Box::new(Wrong { first: Some(finding.clone()), without_mac: Some(finding) }));
        let line = match &parts.line {
            Ok(line) => line,
            Err(malformed) => return both(found(None, Problem::Malformed(*malformed))),
        };
        let header = parts.header.as_ref().filter(|_| seq >= self.checks.from)?;
        let id = header.as_ref().ok().map(|header| header.id.as_ref());
        if line.hash != line.computed {
            return both(found(id, Problem::Hash));
        }
        let header = match header {
            Ok(header) => header,
            Err(error) => return both(found(id, Problem::Unreadable(error.to_string()))),
        };
        let placed =
            itself(seq, is_whole, header).or_else(|| before.and_then(|before| against_before(line, header, before)));
        if let Some(problem) = placed {
            return both(found(id, problem));
        }
        let is_wanted = self.checks.signatures == Signatures::All || concerns(seq, &header.kind);
        let unsigned = || if is_signed || !is_wanted { None } else { self.keys.signature(seq, line) };
        let without_mac = key.or_else(unsigned).map(|problem| found(id, problem));
        let first = if mac == Some(false) { Some(found(id, Problem::Mac)) } else { without_mac.clone() };
        first.is_some().then(|| Box::new(Wrong { first, without_mac }))
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

/// Two lines, or one, each with the one before it, as far as they can be read.
fn with_before<'a, 'l>(
    parts: &'a [Parts<'l>],
    befores: &'a [Option<Before>],
) -> [Option<(&'a Line<'l>, &'a Before)>; 2] {
    std::array::from_fn(|of| parts.get(of)?.line.as_ref().ok().zip(befores.get(of)?.as_ref()))
}

/// Whether the private parts of two lines, or of one, are those that the records name.
fn are_whole(parts: &[Parts<'_>]) -> [bool; 2] {
    let [first, second] = [0, 1].map(|of| parts.get(of).and_then(Parts::private));
    match (first, second) {
        (Some((named, private)), Some((other_named, other))) => {
            let digests = Hash::of_two([[&[], private], [&[], other]]);
            [digests[0] == *named, digests[1] == *other_named]
        }
        alone => [alone.0, alone.1].map(|private| private.is_some_and(|(named, private)| Hash::of(private) == *named)),
    }
}

fn itself(seq: u64, is_whole: bool, header: &Header<'_>) -> Option<Problem> {
    if !is_whole {
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
