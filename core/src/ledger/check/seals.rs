//! Whether the ANCHORs that seal runs of records fix what those records name, without a gap or an overlap.

use crate::event::body::Segment;

use super::super::absence::Name;
use super::super::absence::run::{self, Said};
use super::super::store::Store;
use super::walk::Parts;
use super::{Finding, Problem};

/// So many names are held while their ANCHOR has not come: 80 MB. Where there are more, the run is read once more when it comes.
const HELD: usize = 2_000_000;

/// The names of records that are not sealed yet.
#[derive(Debug)]
pub(super) struct Seals<'a> {
    store: &'a dyn Store,
    names: Vec<(u64, Name)>,
    /// The names of records before this one are not held.
    held_from: u64,
    /// Where the last run ends; `None` where those before were not looked at.
    end: Option<u64>,
    findings: Vec<Finding>,
}

impl<'a> Seals<'a> {
    /// From record `from` on.
    pub(super) fn new(store: &'a dyn Store, from: u64) -> Self {
        Self { store, names: Vec::new(), held_from: from, end: (from == 0).then_some(0), findings: Vec::new() }
    }

    /// Looks at lines that were taken apart, and stand from `first` on. What is wrong with a line by itself is found elsewhere.
    pub(super) fn look(&mut self, first: u64, parts: &mut [Parts<'_>]) {
        for (seq, parts) in (first..).zip(parts) {
            if let Some(problem) = parts.said.take().and_then(|said| self.add(seq, *said)) {
                self.findings.push(Finding { seq: Some(seq), id: None, problem });
            }
        }
    }

    /// Puts what was found between other findings, the first bad record first.
    pub(super) fn report(self, findings: &mut Vec<Finding>) {
        for finding in self.findings {
            let at = findings.iter().position(|other| other.seq.is_none() || other.seq > finding.seq);
            findings.insert(at.unwrap_or(findings.len()), finding);
        }
    }

    fn add(&mut self, seq: u64, said: Said) -> Option<Problem> {
        if self.names.len() + said.names.len() > HELD {
            self.names = Vec::new();
            self.held_from = seq + 1;
        } else {
            self.names.extend(said.names.into_iter().map(|name| (seq, name)));
        }
        self.seal(seq, &said.seals?)
    }

    fn seal(&mut self, anchor: u64, sealed: &Segment) -> Option<Problem> {
        let Segment { first, end, .. } = *sealed;
        let wrong = |what: String| Some(Problem::Sealed { first, end, what });
        let before = self.end.unwrap_or(first);
        self.end = Some(before.max(end.min(anchor)));
        if first >= end || end > anchor {
            return wrong("an ANCHOR seals records that stand before it, one at least".to_owned());
        }
        if first != before {
            let how = if first < before { "overlap the run before" } else { "leave a gap behind the run before" };
            return wrong(format!("they {how}, which ends at {before}"));
        }
        let names = if first < self.held_from {
            match run::read(self.store, first..end, &mut |_, _| {}) {
                Ok(names) => names,
                Err(error) => return wrong(format!("they cannot be read: {error}")),
            }
        } else {
            let count = self.names.partition_point(|(seq, _)| *seq < end);
            run::sorted(self.names.drain(..count).map(|(_, name)| name).collect())
        };
        let found = run::seal(&(first..end), &names);
        if found == *sealed {
            return None;
        }
        wrong(format!(
            "they name {} different hashes with the root {}, and it fixes {} with the root {}",
            found.leaves, found.root, sealed.leaves, sealed.root
        ))
    }
}
