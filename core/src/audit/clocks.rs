//! Whether times can be believed: how good the clock was, and whether it only ever went on.

use jiff::{SignedDuration, Timestamp};

use super::report::Run;
use super::{Finding, FindingKind};
use crate::event::Record;

/// What was seen of the writer's clock.
#[derive(Default)]
pub(super) struct Clocks {
    unsynchronised: Option<Run>,
    inexact: Option<Run>,
    back: Option<Run>,
    ahead: Option<Run>,
    /// When the record before was written down, and how wrong that may be.
    before: Option<(Timestamp, SignedDuration)>,
}

impl Clocks {
    /// Takes a record. One that is not judged only says when it was.
    pub(super) fn take(&mut self, record: &Record, is_judged: bool, bound: SignedDuration) {
        let micros = record.clock.max_error_us.unwrap_or(0);
        let error = SignedDuration::from_micros(i64::try_from(micros).unwrap_or(i64::MAX));
        let before = self.before.replace((record.read, error));
        if !is_judged {
            return;
        }
        if !record.clock.synchronised {
            Run::add(&mut self.unsynchronised, record);
        }
        if error > bound {
            Run::add(&mut self.inexact, record);
        }
        if before.is_some_and(|(then, error_then)| then.duration_since(record.read) > error.saturating_add(error_then))
        {
            Run::add(&mut self.back, record);
        }
        if record.time.duration_since(record.read) > error {
            Run::add(&mut self.ahead, record);
        }
    }

    pub(super) fn finish(self, bound: SignedDuration, found: &mut dyn FnMut(Finding)) {
        let bound = format!("the clock admitted an error of more than {bound:#}");
        let runs = [
            (self.unsynchronised, FindingKind::ClockNotSynchronised, "no time source disciplined the clock"),
            (self.inexact, FindingKind::ClockInexact, bound.as_str()),
            (
                self.back,
                FindingKind::TimeWentBack,
                "it was written down before the record that it follows: the clock was set back",
            ),
            (self.ahead, FindingKind::TimeAfterRead, "it says that it happened after it was written down"),
        ];
        for (run, kind, what) in runs {
            if let Some(run) = run {
                let sentence = format!("{what} ({})", run.words());
                found(Finding { kind, seq: run.first.0, id: run.first.1, sentence });
            }
        }
    }
}
