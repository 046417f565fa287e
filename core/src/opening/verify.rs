//! Checking an opening with nothing but the log's key.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::event::{self, Record};
use crate::ledger::history::{History, NotInForce, in_force};
use crate::merkle::leaf_hash;
use crate::{privacy, tlog};

use super::{Field, Opening};

/// What an opening shows that holds: this record had this field.
#[derive(Debug)]
pub struct Shown<'a> {
    /// The field, with its value.
    pub field: &'a Field,
    /// The record's public part.
    pub record: Record,
    /// The log.
    pub origin: String,
    /// Records under the checkpoint.
    pub size: u64,
}

/// Why an opening that parses shows nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// No public part in the proof.
    #[error("its proof has no record in it")]
    NoRecord,
    /// A key of the log signed, at a time that was not its own.
    #[error("its checkpoint is not to be believed: {0}")]
    NotInForce(#[from] NotInForce),
    /// The checkpoint is not to be believed, or the record not under it.
    #[error("the record is not proved")]
    NotProved(#[source] tlog::Refusal),
    /// What is proved is no record.
    #[error("what is proved is not a record")]
    NotARecord(#[source] event::Error),
    /// The record says that it stands elsewhere.
    #[error("what is proved stands at {index}, and says that it is record {says}")]
    OtherPlace {
        /// Where it is proved.
        index: u64,
        /// Where it says that it belongs.
        says: u64,
    },
    /// The record does not bind this value.
    #[error("record {seq} does not have this value under {field:?}: it was changed, or is another record's")]
    OtherValue {
        /// The record.
        seq: u64,
        /// The field.
        field: String,
    },
    /// The record has no such commitment.
    #[error("record {seq} has no commitment to {field:?}")]
    NoCommitment {
        /// The record.
        seq: u64,
        /// The field.
        field: String,
    },
    /// The field has no form that could be digested.
    #[error("the field cannot be what the record has")]
    NotAField(#[source] privacy::Error),
}

impl Opening {
    /// Checks that a known log signed the checkpoint, with the key in force at its size, that the record stands under it, and that the
    /// record binds this value under this name.
    pub fn verify(&self, logs: &[History]) -> Result<Shown<'_>, Refusal> {
        let public = self.proof.extra().ok_or(Refusal::NoRecord)?;
        let keys = in_force(logs, self.proof.checkpoint())?;
        let opened = self.proof.verify(&leaf_hash(public), &keys).map_err(Refusal::NotProved)?;
        let record = Record::from_bytes(public).map_err(Refusal::NotARecord)?;
        if record.seq != self.proof.index() {
            return Err(Refusal::OtherPlace { index: self.proof.index(), says: record.seq });
        }
        self.binds(&record)?;
        let (origin, size) = (opened.checkpoint.origin().to_owned(), opened.checkpoint.size());
        Ok(Shown { field: &self.field, record, origin, size })
    }

    fn binds(&self, record: &Record) -> Result<(), Refusal> {
        let (seq, field) = (record.seq, self.field.name().to_owned());
        let holds = match &self.field {
            Field::Private(disclosure) => disclosure.verify(&record.private.fields).map_err(Refusal::NotAField)?,
            Field::Commitment { name, value, key } => {
                let Some(commitment) = record.body.commitments().and_then(|all| all.get(name)) else {
                    return Err(Refusal::NoCommitment { seq, field });
                };
                commitment.opens_to(key, value.as_bytes())
            }
        };
        if holds { Ok(()) } else { Err(Refusal::OtherValue { seq, field }) }
    }
}
