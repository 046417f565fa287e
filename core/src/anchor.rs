//! Ties the log to somebody else's clock: time-stamps (RFC 3161) over its checkpoints, kept as ANCHOR records.
//!
//! What is stamped is the checkpoint as a whole, the bytes of the signed note: they stand in the record as they were, so that anybody can
//! check the token over them (`openssl ts -verify -data`) without a line of ours.
//!
//! - [`stamp`] asks for a time-stamp and gives the event to append. The log needs no writer for that, and goes on where it fails.
//! - [`check`] reads a log's anchors and says what they prove: that the log, as it stands, continues each checkpoint that was stamped. An
//!   operator who holds all keys can write another log; they cannot have it stamped in the past.
//! - [`check_kept`] does the same with ANCHOR records that somebody kept elsewhere: a log that was written anew may have left them out.

mod checking;
mod problem;

use serde::Serialize;

pub use checking::{Means, check, check_kept};
pub use problem::Problem;

use crate::event::{self, Body, Event, body};
use crate::hash::Hash;
use crate::keys::timestamp::{Stamp, TimestampAuthority, Unstamped};
use crate::ledger;
use crate::tlog::{self, checkpoint::SignedCheckpoint};

/// Why no time-stamp could be put on record.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nobody gave one. The log is as it was.
    #[error(transparent)]
    Unstamped(#[from] Unstamped),
    /// There is nothing to be stamped.
    #[error("the log's checkpoint cannot be read")]
    Checkpoint(#[from] tlog::Error),
    /// It cannot stand in a record.
    #[error("the time-stamp cannot stand in a record")]
    Event(#[from] event::Error),
}

/// A time-stamp that is not on record yet.
#[derive(Debug)]
pub struct Stamped {
    /// What is to be appended to the log.
    pub event: Event,
    /// How many records the checkpoint covers.
    pub records: u64,
    /// The time-stamp over it.
    pub stamp: Stamp,
}

/// Has a checkpoint stamped.
pub fn stamp(checkpoint: &str, authority: &dyn TimestampAuthority) -> Result<Stamped, Error> {
    let records = SignedCheckpoint::parse(checkpoint.as_bytes())?.unverified().size();
    let stamp = authority.stamp(&Hash::of(checkpoint.as_bytes()))?;
    if !stamp.token.covers(checkpoint.as_bytes()) {
        return Err(Unstamped::by(stamp.authority, "gave a time-stamp that is about something else").into());
    }
    let stamped = body::Stamped {
        checkpoint: checkpoint.to_owned(),
        authority: stamp.authority.clone(),
        token: stamp.token.to_base64(),
    };
    let body = Body::Anchor(body::Anchor { timestamp: Some(stamped), segment: None, trail: None });
    Ok(Stamped { event: Event::new(body, ledger::this_system(), None)?, records, stamp })
}

/// What the time-stamps of a log prove.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// How many there are.
    pub stamps: u64,
    /// Whether it was checked that they lead to a trusted root. If not, they are in order by themselves, and anybody could have made them.
    pub roots_checked: bool,
    /// The one that covers the most records, of those that hold.
    pub newest: Option<Held>,
    /// What is wrong, in the order of the records.
    pub findings: Vec<Finding>,
}

/// A time-stamp that holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Held {
    /// The ANCHOR record.
    pub seq: u64,
    /// How many records it covers, from the first on.
    pub records: u64,
    /// The time stamped: these records stood at that time as they stand now.
    pub time: String,
    /// Whose certificate stamped it.
    pub authority: String,
}

/// Something that is wrong with a time-stamp.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The ANCHOR record.
    pub seq: u64,
    /// Its id.
    pub id: String,
    /// What.
    #[serde(serialize_with = "problem::as_text")]
    pub problem: Problem,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "anchor {} ({}): {}", self.seq, self.id, self.problem)
    }
}
