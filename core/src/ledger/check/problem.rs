//! What can be wrong with a log, in words.

use std::fmt;

use serde::Serialize;

use crate::hash::Hash;

use super::super::line::Malformed;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The record, if it is about one.
    pub seq: Option<u64>,
    /// Its id, where it can still be read.
    pub id: Option<String>,
    /// What.
    #[serde(serialize_with = "as_text")]
    pub problem: Problem,
}

/// What can be wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// Not a line of ours.
    #[error("{0}")]
    Malformed(Malformed),
    /// The record's bytes changed.
    #[error("the record's bytes do not give its hash: the record was changed")]
    Hash,
    /// The record's JSON cannot be read.
    #[error("the record cannot be read: {0}")]
    Unreadable(String),
    /// The private part changed.
    #[error("the private part does not give the hash in the record: it was changed or exchanged")]
    Private,
    /// Not the successor.
    #[error("it does not continue the record before: {what}")]
    Chain {
        /// How it shows.
        what: String,
    },
    /// Written without the MAC key.
    #[error("its MAC does not continue the writer's chain: written without the writer's secret, or moved")]
    Mac,
    /// A MAC key that was given up comes back, or one is left out.
    #[error(
        "its MAC key is of epoch {found}, after epoch {before}: epochs follow each other, so it was written with a key of another time"
    )]
    Epoch {
        /// Epoch of the record before.
        before: u64,
        /// Epoch of this one.
        found: u64,
    },
    /// No MAC of the log is by the keys at hand.
    #[error(
        "neither its MAC nor that of any other of the {records} records that were looked at is by these MAC keys: they are not of this log, or all those records were written anew"
    )]
    ForeignMacs {
        /// How many were looked at.
        records: u64,
    },
    /// Not signed by the log's key.
    #[error("its signature is not by the log's key")]
    Signature,
    /// Signed by a key of the log that was not in force any more.
    #[error("it is signed by the key {key}, which was given up: from record {until} on another one is in force")]
    GivenUp {
        /// The key.
        key: String,
        /// The first record that it may not sign.
        until: u64,
    },
    /// A KEY record that does not say what it should.
    #[error("its word on the log's key does not hold: {what}")]
    Key {
        /// Why.
        what: String,
    },
    /// A key that the reader knows is none of the log's.
    #[error("the key {key} is none of this log's, which are {keys}: it is another log, or one that was written anew")]
    UnknownKey {
        /// The key.
        key: String,
        /// Those that the log's own records name.
        keys: String,
    },
    /// Another key took over, of which the log's writer knows nothing.
    #[error("the log's writer has the key {key}, and the log handed over to {newest}: somebody else did that")]
    HandedOn {
        /// The writer's key.
        key: String,
        /// The key in force.
        newest: String,
    },
    /// A key that should have taken over and did not.
    #[error(
        "record {seq} should hand over to the key {key}, and among the {size} records none does: the log was rewritten or cut off before it"
    )]
    NoHandover {
        /// The key.
        key: String,
        /// Where its KEY record should stand.
        seq: u64,
        /// Records that stand.
        size: u64,
    },
    /// What an ANCHOR fixes is not so.
    #[error("it seals records {first} up to {end} wrongly: {what}")]
    Sealed {
        /// The first of the run.
        first: u64,
        /// The record behind its last.
        end: u64,
        /// How it shows.
        what: String,
    },
    /// It and those behind it are in no file.
    #[error("it is missing: {0}")]
    Missing(String),
    /// A packed segment is damaged, and ends there for whoever reads it.
    #[error("from here on {file} is damaged: {problem}")]
    Packed {
        /// Which file.
        file: String,
        /// How it shows.
        problem: String,
    },
    /// The tree is another one.
    #[error(
        "the records give the root {computed} for {size} records, the checkpoint says {signed}: records were changed or exchanged"
    )]
    Root {
        /// Records covered.
        size: u64,
        /// From the lines.
        computed: Hash,
        /// From the checkpoint.
        signed: Hash,
    },
    /// The end is missing.
    #[error("the log has {size} records, its checkpoint covers {checkpoint}: the end was cut off")]
    Shortened {
        /// Records that stand.
        size: u64,
        /// Records covered.
        checkpoint: u64,
    },
    /// No usable checkpoint.
    #[error("the checkpoint cannot be used: {0}")]
    Checkpoint(String),
    /// An unfinished line.
    #[error(
        "{bytes} bytes of an unfinished line stand at the end: a write was interrupted before it was acknowledged, and the next opening for writing removes them; or the end was cut"
    )]
    TornTail {
        /// How many.
        bytes: u64,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.seq, &self.id) {
            (Some(seq), Some(id)) => write!(f, "record {seq} ({id}): {}", self.problem),
            (Some(seq), None) => write!(f, "record {seq}: {}", self.problem),
            (None, _) => write!(f, "{}", self.problem),
        }
    }
}

fn as_text<S: serde::Serializer>(problem: &Problem, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(problem)
}
