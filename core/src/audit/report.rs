//! What an audit says of the whole log.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use super::FindingKind;
use crate::event::Record;
use crate::event::time::to_text;

/// The whole in numbers.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The log's name.
    pub log: String,
    /// Records that were read.
    pub records: u64,
    /// Records that were judged: those of the time that was asked for.
    pub judged: u64,
    /// Attempts and what became of them.
    pub attempts: Totals,
    /// Attempts that are open and not yet overdue.
    pub pending: Vec<Pending>,
    /// EXPORT records.
    pub exports: u64,
    /// Acts that need a person.
    pub acts: Acts,
    /// Models that were used.
    pub models: Models,
    /// How many findings of each kind; none for a complete log.
    pub findings: BTreeMap<FindingKind, u64>,
}

/// A closed cohort: the attempts of the time that was asked for, each counted once, by what became of it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// `GEN_ATTEMPT` records.
    pub attempts: u64,
    /// That ended in a GEN.
    #[serde(rename = "gen")]
    pub gen_made: u64,
    /// That ended in a `GEN_DENY`.
    pub gen_deny: u64,
    /// That ended in a `GEN_ERROR`.
    pub gen_error: u64,
    /// Without an outcome.
    pub pending: u64,
    /// Of those without, how many are overdue.
    pub overdue: u64,
}

impl Totals {
    /// Whether every attempt is accounted for.
    pub const fn adds_up(&self) -> bool {
        self.attempts == self.gen_made + self.gen_deny + self.gen_error + self.pending
    }
}

/// An attempt that is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pending {
    /// Its position.
    pub seq: u64,
    /// Its id.
    pub id: Uuid,
    /// For how long, in seconds.
    pub age_s: i64,
}

/// Acts that need a person.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Acts {
    /// A person answers for them.
    pub by_people: u64,
    /// The person was erased since, or the time is over for which it was kept.
    pub erased: u64,
    /// The private part, where the person is named, cannot be read here: it is sealed.
    pub not_readable: u64,
}

/// Models that were used.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Models {
    /// How many models, each version by itself.
    pub used: u64,
    /// Whether a register was given.
    pub register: bool,
}

/// A run of records that one thing is to be said of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// How many.
    pub count: u64,
    /// The first: position, id, time.
    pub first: (u64, Uuid, Timestamp),
    /// The last.
    pub last: (u64, Uuid, Timestamp),
}

impl Run {
    /// One more record of an ongoing run, or the first of a new one.
    pub(super) fn add(run: &mut Option<Self>, record: &Record) {
        let this = (record.seq, record.id, record.time);
        match run {
            Some(run) => {
                run.count += 1;
                run.last = this;
            }
            None => *run = Some(Self { count: 1, first: this, last: this }),
        }
    }

    /// `3 records, the first at …, the last (record 17) at …`.
    pub(super) fn words(&self) -> String {
        let (last, _, at) = self.last;
        match self.count {
            1 => format!("1 record, at {}", to_text(at)),
            count => format!(
                "{count} records, the first at {}, the last (record {last}) at {}",
                to_text(self.first.2),
                to_text(at)
            ),
        }
    }
}
