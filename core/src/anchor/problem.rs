//! What can be wrong with an anchor, in words.

use serde::Serializer;

use crate::hash::Hash;
use crate::keys::timestamp::Refusal;

/// What is wrong with a time-stamp on record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// What was stamped is no checkpoint of this log.
    #[error("what was stamped is no checkpoint of this log: {0}")]
    NotOurs(String),
    /// It covers records that were not there yet.
    #[error("it says to cover {covers} records, and was written as record {seq}, when there were no more than {seq}")]
    AheadOfItself {
        /// What it covers.
        covers: u64,
        /// Where it stands.
        seq: u64,
    },
    /// The time-stamp is not to be believed.
    #[error("{0}")]
    Refused(Refusal),
    /// The log was set back.
    #[error("{when}, {records} records were stamped, and the log has {size} now: its end was cut off since")]
    Shorter {
        /// When and by whom.
        when: String,
        /// Stamped then.
        records: u64,
        /// There now.
        size: u64,
    },
    /// The log was rewritten.
    #[error(
        "{when}, the first {records} records were stamped with the root {stamped}, and as they stand now they give {now}: the log was rewritten since"
    )]
    Rewritten {
        /// When and by whom.
        when: String,
        /// Stamped then.
        records: u64,
        /// Their root then.
        stamped: Hash,
        /// Their root now.
        now: Hash,
    },
    /// The authority's clock and the log's contradict each other.
    #[error("the time-stamp says {stamped}, which is {which} the time that {record} gives, {written}")]
    Time {
        /// By the authority.
        stamped: String,
        /// Before or after.
        which: &'static str,
        /// Which record.
        record: String,
        /// By the log.
        written: String,
    },
}

pub(super) fn as_text<S: Serializer>(problem: &Problem, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(problem)
}
