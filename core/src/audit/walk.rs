//! The way through the log: batches are read and taken apart on all cores, then judged in order.

use std::ops::ControlFlow;

use rayon::prelude::*;

use super::clocks::Clocks;
use super::cohort::Cohort;
use super::known::Known;
use super::models::Uses;
use super::people::{self, Whose};
use super::report::{Acts, Models};
use super::{Finding, FindingKind, Options, Report, exports, references};
use crate::event::{Body, Opener, Record};
use crate::hash::Hash;
use crate::ledger::line::Line;
use crate::ledger::store::lines_of;
use crate::ledger::{Error, Reader};

/// How many records are judged at a time: each batch asks the index once.
const BATCH: usize = 8192;

/// A record, with what its private part says.
pub(super) struct Seen {
    pub(super) record: Record,
    pub(super) whose: Whose,
    /// Of attempts and outcomes: a digest of the tenant.
    pub(super) tenant: Option<Hash>,
}

/// What is known so far.
pub(super) struct Walk<'a> {
    options: &'a Options<'a>,
    next: u64,
    judged: u64,
    exports: u64,
    acts: Acts,
    known: Known,
    cohort: Cohort,
    uses: Uses<'a>,
    clocks: Clocks,
}

impl<'a> Walk<'a> {
    pub(super) fn new(options: &'a Options<'a>) -> Self {
        Self {
            options,
            next: 0,
            judged: 0,
            exports: 0,
            acts: Acts::default(),
            known: Known::new(options.remembered),
            cohort: Cohort::default(),
            uses: Uses::new(options.register),
            clocks: Clocks::default(),
        }
    }

    pub(super) fn run(&mut self, reader: &Reader, found: &mut dyn FnMut(Finding)) -> Result<(), Error> {
        while self.next < self.options.records {
            let batch = self.read(reader)?;
            if batch.is_empty() {
                return Err(Error::NoSuchRecord { seq: self.next, size: reader.store().size()? });
            }
            self.known.learn(reader, &batch)?;
            for seen in &batch {
                self.judge(seen, found);
            }
            self.next += batch.len() as u64;
        }
        Ok(())
    }

    fn read(&self, reader: &Reader) -> Result<Vec<Seen>, Error> {
        let left = usize::try_from(self.options.records - self.next).unwrap_or(usize::MAX);
        let wanted = left.min(BATCH).min(self.options.remembered.max(1));
        let opener = self.options.opener;
        let mut batch: Vec<Seen> = Vec::new();
        let mut failed = None;
        reader.store().blocks(self.next, &mut |first, block| {
            let lines: Vec<&[u8]> = lines_of(block).take(wanted - batch.len()).collect();
            let seen: Result<Vec<Seen>, Error> =
                lines.into_par_iter().enumerate().map(|(at, line)| see(first + at as u64, line, opener)).collect();
            match seen {
                Ok(seen) => batch.extend(seen),
                Err(error) => failed = Some(error),
            }
            if failed.is_some() || batch.len() == wanted { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        failed.map_or(Ok(batch), Err)
    }

    fn judge(&mut self, seen: &Seen, found: &mut dyn FnMut(Finding)) {
        let record = &seen.record;
        self.cohort.take(seen, &mut self.known, self.options, found);
        let is_judged = self.options.has(record.time);
        self.clocks.take(record, is_judged, self.options.max_clock_error);
        if !is_judged {
            return;
        }
        self.judged += 1;
        if let Some(first) = self.known.first_with_id_of(record.seq) {
            let sentence = format!("record {first} has this id already: a look-up by it finds only one of the two");
            found(Finding::about(FindingKind::IdTwice, record, sentence));
        }
        match &seen.whose {
            Whose::Nobodys => {}
            Whose::Persons => self.acts.by_people += 1,
            Whose::NotReadable => self.acts.not_readable += 1,
            Whose::Erased => self.acts.erased += 1,
            Whose::Unanswered(why) => found(Finding::about(FindingKind::NotAPerson, record, why.clone())),
        }
        if let Body::Export(export) = &record.body {
            self.exports += 1;
            exports::judge(record, export, &self.known, found);
        }
        references::judge(record, &self.known, found);
        self.uses.take(record);
    }

    pub(super) fn finish(self, log: &str, found: &mut dyn FnMut(Finding)) -> Report {
        let (attempts, pending) = self.cohort.finish(self.options, found);
        let used = self.uses.finish(found);
        self.clocks.finish(self.options.max_clock_error, found);
        Report {
            log: log.to_owned(),
            records: self.next,
            judged: self.judged,
            attempts,
            pending,
            exports: self.exports,
            acts: self.acts,
            models: Models { used, register: self.options.register.is_some() },
            findings: std::collections::BTreeMap::new(),
        }
    }
}

fn see(seq: u64, line: &[u8], opener: Option<&Opener>) -> Result<Seen, Error> {
    let (line, record) = Line::whole(seq, line)?;
    let (whose, tenant) = people::look(&record, line.private, opener)?;
    Ok(Seen { record, whose, tenant })
}
