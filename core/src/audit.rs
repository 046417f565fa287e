//! Is the log complete, and does what it says hold together? [`ledger::check`] finds a record that was changed;
//! this room finds one that is missing, or that contradicts another.
//!
//! - [`audit`]: reads a log from end to end and reports each [`Finding`] as it is made.
//! - [`Register`]: the models that the operator declares (`models.toml`).
//! - `cohort`: every attempt has one outcome; `exports`, `references`: what a record points to is there; `people`: somebody answers;
//!   `models`, `clocks`: what was used and when, against what was declared.
//!
//! Whoever calls it has run the check: an audit of a log that was changed says nothing. Memory: the attempts that are open, a few
//! words for each model, the last 65,536 records' ids, and whatever the reader's index needs.
//!
//! Left out: pictures, manifests, and whether what was recorded is true.

mod clocks;
mod cohort;
mod exports;
mod finding;
mod known;
mod models;
mod people;
mod references;
mod register;
mod report;
mod walk;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::event::Opener;
use crate::ledger::{self, Reader};

pub use finding::{Finding, FindingKind};
pub use register::{Declared, Problem, Register, Status};
pub use report::{Acts, Models, Pending, Report, Run, Totals};

use walk::Walk;

/// How long an attempt may be without an outcome before that is a finding: as CAP 1.0 has it, section 12.3.
pub const PENDING_AFTER: SignedDuration = SignedDuration::from_secs(60);

/// The largest error that a clock may admit before that is a finding.
pub const MAX_CLOCK_ERROR: SignedDuration = SignedDuration::from_secs(1);

/// How many of the last records are remembered.
pub const REMEMBERED: usize = 1 << 16;

/// With what a log is audited.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// Records of this time or later are judged; `None`: from the first on.
    pub since: Option<Timestamp>,
    /// Records before this time are judged; `None`: up to the last.
    pub until: Option<Timestamp>,
    /// The time at which it is asked: how old an open attempt is.
    pub now: Timestamp,
    /// From which age on an open attempt is a finding.
    pub pending_after: SignedDuration,
    /// The largest error that a clock may admit.
    pub max_clock_error: SignedDuration,
    /// Opens private parts; without it, those that are sealed are not readable.
    pub opener: Option<&'a Opener>,
    /// The declared models, if there is a register.
    pub register: Option<&'a Register>,
    /// So many of the last records are remembered; what is pointed to further back is looked up.
    pub remembered: usize,
    /// So many records are read, from the first on: as many as were checked.
    pub records: u64,
}

impl Options<'_> {
    /// The whole log of `records` records, as of `now`, without a register.
    pub const fn all(records: u64, now: Timestamp) -> Self {
        Self {
            since: None,
            until: None,
            now,
            pending_after: PENDING_AFTER,
            max_clock_error: MAX_CLOCK_ERROR,
            opener: None,
            register: None,
            remembered: REMEMBERED,
            records,
        }
    }

    /// Whether what happened at `time` is judged. Records of other times are read all the same: an attempt's outcome is looked for
    /// wherever it stands.
    fn has(&self, time: Timestamp) -> bool {
        self.since.is_none_or(|since| time >= since) && self.until.is_none_or(|until| time < until)
    }
}

/// Audits a log. Findings are handed over as they are made, in the order of the records; those that only the whole log shows (open
/// attempts, models, clocks) come last.
pub fn audit(reader: &Reader, options: &Options<'_>, found: &mut dyn FnMut(Finding)) -> Result<Report, ledger::Error> {
    let mut counts = BTreeMap::new();
    let mut count = |finding: Finding| {
        *counts.entry(finding.kind).or_insert(0) += 1;
        found(finding);
    };
    let mut walk = Walk::new(options);
    walk.run(reader, &mut count)?;
    let mut report = walk.finish(reader.key().name(), &mut count);
    report.findings = counts;
    Ok(report)
}
