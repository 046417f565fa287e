//! What an audit can find.

use std::fmt;

use serde::Serialize;
use uuid::Uuid;

use crate::event::Record;

/// One thing that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What sort of thing.
    pub kind: FindingKind,
    /// The record that it is about; of several, the first.
    pub seq: u64,
    /// Its id.
    pub id: Uuid,
    /// In words.
    pub sentence: String,
}

/// What can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FindingKind {
    /// An attempt has been without an outcome for too long.
    Overdue,
    /// An attempt has more than one outcome.
    SecondOutcome,
    /// An outcome names no attempt.
    NoAttempt,
    /// An outcome names an attempt that is not in the log.
    AttemptMissing,
    /// What an outcome names as its attempt is a record of another type.
    NotAnAttempt,
    /// An outcome stands before its attempt.
    OutcomeBeforeAttempt,
    /// An outcome and its attempt belong to two requests or two tenants.
    OutcomeOfAnother,
    /// An export has no GEN before it.
    ExportWithoutGen,
    /// An export is of a picture that its GEN does not name.
    ExportOfAnother,
    /// An export replaces something that is not an earlier export of the same picture.
    SupersedesAnother,
    /// Nobody answers for an act.
    NotAPerson,
    /// One version of a model has two hashes.
    SilentUpgrade,
    /// A model is not in the register.
    ModelNotDeclared,
    /// A version of a model is not in the register.
    VersionNotDeclared,
    /// A model was used outside the time that the register gives.
    ModelOutOfTime,
    /// A model was used that the register blocks.
    ModelBlocked,
    /// One version of a policy has two hashes.
    PolicyChanged,
    /// No time source disciplined the clock.
    ClockNotSynchronised,
    /// The clock admitted too large an error.
    ClockInexact,
    /// A record was written down earlier than the one before it.
    TimeWentBack,
    /// Something happened after it was written down.
    TimeAfterRead,
    /// A record points to one that is not there.
    DanglingReference,
    /// Two records have one id.
    IdTwice,
}

impl Finding {
    /// About this record.
    pub(super) fn about(kind: FindingKind, record: &Record, sentence: String) -> Self {
        Self { kind, seq: record.seq, id: record.id, sentence }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "record {} ({}): {}", self.seq, self.id, self.sentence)
    }
}
