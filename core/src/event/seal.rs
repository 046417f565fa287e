//! The step from event to record.

use uuid::Uuid;

use crate::edge::{Edge, Moment};
use crate::hash::Hash;

use super::prepare::{Log, Stamp};
use super::{Error, Event, Kind};

/// Where a record is put.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The log's name.
    pub origin: &'a str,
    /// The position.
    pub seq: u64,
    /// Hash of the record before.
    pub prev: Hash,
    /// Now.
    pub moment: Moment,
    /// Dotted names of private fields that the operator publishes (`parameters.seed`).
    pub publish: &'a [String],
}

/// A record in the bytes that are hashed and stored.
#[derive(Debug)]
pub struct Sealed {
    /// Its id.
    pub id: Uuid,
    /// Its type.
    pub kind: Kind,
    /// The public part: canonical JSON.
    pub record: Vec<u8>,
    /// SHA-256 of `record`.
    pub hash: Hash,
    /// Its leaf hash in the log's tree.
    pub leaf: Hash,
    /// The private part as stored: canonical JSON.
    pub private: Vec<u8>,
    /// Whoever it belongs to was erased before, and has a new key from this record on.
    pub returned: bool,
}

impl Event {
    /// Writes the event down as the record at `place`: [`Event::prepare`](super::prepare) and the place, in one step; the
    /// private part is plain.
    pub fn seal(&self, place: &Place<'_>, edge: Edge<'_>) -> Result<Sealed, Error> {
        let log = Log::plain(place.origin, place.publish.to_vec());
        let at = place.moment;
        let prepared = self.prepare(&log, Edge { now: &|| at, ..edge })?;
        prepared.seal(place.seq, &place.prev, &Stamp::new(&at)?)
    }
}
