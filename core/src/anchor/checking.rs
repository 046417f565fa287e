//! Reads the time-stamps of a log and holds each against the log as it stands.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::ops::ControlFlow;

use jiff::{SignedDuration, Timestamp};
use memchr::memmem;

use super::{Finding, Held, Problem, Report};
use crate::event::body::Stamped;
use crate::event::time::to_text;
use crate::event::{Body, Record};
use crate::keys::timestamp::{Refusal, Roots, Token};
use crate::ledger::history::History;
use crate::ledger::line::Line;
use crate::ledger::tree::Tree;
use crate::ledger::{Error, Reader};
use crate::merkle::verify_consistency;
use crate::tlog::checkpoint::Checkpoint;

/// How far the authority's clock and the log's may be apart before it is held against them. An anchor is appended when its token has come:
/// that takes seconds.
const SLACK: SignedDuration = SignedDuration::from_mins(5);

/// How the type of a record stands in its bytes, which are canonical JSON.
const MARK: &[u8] = br#""type":"ANCHOR""#;

/// With what anchors are checked.
#[derive(Debug, Clone, Copy)]
pub struct Means<'a> {
    /// The log.
    pub reader: &'a Reader,
    /// Its keys: each checkpoint is by the one that was in force at its size.
    pub keys: &'a History,
    /// The roots of authorities that are trusted. Without any, it stays open who stamped.
    pub roots: Option<&'a Roots>,
}

/// Checks all time-stamps that stand in a log.
pub fn check(means: &Means<'_>) -> Result<Report, Error> {
    let mut check = Check::new(means)?;
    let finder = memmem::Finder::new(MARK);
    let mut failed = None;
    means.reader.store().scan(0, &mut |seq, line| {
        if finder.find(line).is_none() {
            return ControlFlow::Continue(());
        }
        match Line::whole(seq, line).and_then(|(_, record)| check.record(&record, Some(seq))) {
            Ok(()) => ControlFlow::Continue(()),
            // A line that was changed is for the check of the log itself to name.
            Err(Error::Damaged { .. } | Error::Changed { .. } | Error::Misplaced { .. } | Error::Unreadable { .. }) => {
                ControlFlow::Continue(())
            }
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        }
    })?;
    failed.map_or(Ok(check.report), Err)
}

/// Checks time-stamps that were kept elsewhere against the log as it stands now. Records of another type are passed over.
pub fn check_kept(means: &Means<'_>, kept: &[Record]) -> Result<Report, Error> {
    let mut check = Check::new(means)?;
    kept.iter().try_for_each(|record| check.record(record, None))?;
    Ok(check.report)
}

struct Check<'a> {
    means: &'a Means<'a>,
    tree: Tree,
    report: Report,
}

impl<'a> Check<'a> {
    fn new(means: &'a Means<'a>) -> Result<Self, Error> {
        let report = Report { roots_checked: means.roots.is_some(), ..Report::default() };
        Ok(Self { means, tree: means.signed_tree()?, report })
    }

    /// `seq` is where the record stands in the log at hand.
    fn record(&mut self, record: &Record, seq: Option<u64>) -> Result<(), Error> {
        let Body::Anchor(anchor) = &record.body else { return Ok(()) };
        let Some(stamped) = &anchor.timestamp else { return Ok(()) };
        self.report.stamps = self.report.stamps.saturating_add(1);
        match self.stamped(record, stamped, seq)? {
            Ok(held) => {
                if self.report.newest.as_ref().is_none_or(|newest| newest.records <= held.records) {
                    self.report.newest = Some(held);
                }
            }
            Err(problem) => {
                self.report.findings.push(Finding { seq: record.seq, id: record.id.to_string(), problem });
            }
        }
        Ok(())
    }

    fn stamped(
        &mut self,
        record: &Record,
        stamped: &Stamped,
        seq: Option<u64>,
    ) -> Result<Result<Held, Problem>, Error> {
        let (token, checkpoint) = match self.means.opened(stamped) {
            Ok(opened) => opened,
            Err(problem) => return Ok(Err(problem)),
        };
        let covers = checkpoint.size();
        if let Some(seq) = seq.filter(|seq| covers > *seq) {
            return Ok(Err(Problem::AheadOfItself { covers, seq }));
        }
        let (time, authority) = (to_text(token.time()), token.authority());
        if let Some(problem) = self.contradiction(&checkpoint, format!("at {time} by {authority}"))? {
            return Ok(Err(problem));
        }
        if let Some(problem) = self.means.wrong_time(&token, record, covers)? {
            return Ok(Err(problem));
        }
        Ok(Ok(Held { seq: record.seq, records: covers, time, authority }))
    }

    /// What the log as it stands says against a checkpoint of its past.
    fn contradiction(&mut self, stamped: &Checkpoint, when: String) -> Result<Option<Problem>, Error> {
        let records = stamped.size();
        if records > self.tree.size() {
            // Beside a writer, the log may have grown since.
            self.tree = self.means.signed_tree()?;
        }
        let (size, newest) = (self.tree.size(), self.tree.root());
        if records > size {
            return Ok(Some(Problem::Shorter { when, records, size }));
        }
        let store = self.means.reader.store();
        let now = self.tree.root_at(store, records)?;
        if now != *stamped.root() {
            return Ok(Some(Problem::Rewritten { when, records, stamped: *stamped.root(), now }));
        }
        // The root came out of tiles, which are derived: the proof must lead to what the log's key signed.
        let proof = self.tree.consistency_proof(store, records)?;
        let proved = verify_consistency(records, stamped.root(), size, &newest, &proof);
        Ok(proved.err().map(|mismatch| Problem::NotOurs(mismatch.to_string())))
    }
}

impl Means<'_> {
    /// The tree under the newest checkpoint.
    fn signed_tree(&self) -> Result<Tree, Error> {
        let note = self.reader.checkpoint()?;
        let newest = match self.keys.open_checkpoint(note.as_bytes()) {
            Ok(newest) => newest,
            // Beside a writer, the key may have changed since.
            Err(_) => History::published(self.reader.store())?.open_checkpoint(note.as_bytes())?,
        };
        Tree::open(self.reader.store(), newest.size(), newest.root())
    }

    /// Token and checkpoint, each checked by itself and both against each other.
    fn opened(&self, stamped: &Stamped) -> Result<(Token, Checkpoint), Problem> {
        let note = stamped.checkpoint.as_bytes();
        let checkpoint = self.keys.open_checkpoint(note).map_err(|error| Problem::NotOurs(error.to_string()))?;
        let token = Token::from_base64(&stamped.token).map_err(Problem::Refused)?;
        if !token.covers(note) {
            return Err(Problem::Refused(Refusal::OtherMessage));
        }
        let believed = match self.roots {
            Some(roots) => token.verify(roots),
            None => token.signed(),
        };
        believed.map(|()| (token, checkpoint)).map_err(Problem::Refused)
    }

    /// The time stamped lies behind the last record that it covers, and before the record that keeps it.
    fn wrong_time(&self, token: &Token, record: &Record, covers: u64) -> Result<Option<Problem>, Error> {
        let slack = token.accuracy().checked_add(SLACK).unwrap_or(SignedDuration::MAX);
        let time = token.time();
        let off = |which, written: Timestamp, record: String| {
            Some(Problem::Time { stamped: to_text(time), which, record, written: to_text(written) })
        };
        if time.duration_since(record.read) > slack {
            return Ok(off("after", record.read, "the record that keeps it".to_owned()));
        }
        let Some(last) = covers.checked_sub(1) else { return Ok(None) };
        let covered = self.reader.record(last)?;
        if covered.read.duration_since(time) > slack {
            return Ok(off("before", covered.read, format!("record {last}, which it covers,")));
        }
        Ok(None)
    }
}
