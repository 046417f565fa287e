//! The step from event to record: ids, clock, commitments, the private part and what binds it.

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::edge::{Edge, Moment};
use crate::hash::Hash;
use crate::privacy::commitment;
use crate::privacy::seed::Seed;

use super::private::{Form, NEVER_PUBLIC, Private};
use super::record::{Binding, Record};
use super::terms::Trace;
use super::{Error, Event, Kind, body, time};

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
    /// The private part as stored: canonical JSON.
    pub private: Vec<u8>,
}

impl Event {
    /// Writes the event down as the record at `place`.
    pub fn seal(&self, place: &Place<'_>, edge: Edge<'_>) -> Result<Sealed, Error> {
        self.check()?;
        let read = time::to_millis(place.moment.time);
        let happened = self.time.map_or(read, time::to_millis);
        if happened.duration_since(read) > jiff::SignedDuration::from_mins(5) {
            return Err(Error::Future { time: happened.to_string(), now: read.to_string() });
        }
        let id = self.id.unwrap_or_else(|| edge.uuid_v7(read));
        let private = Private { fields: self.private.clone(), form: Form::Plain, seed: Seed::generate(&mut { edge }) };
        let stored = private.to_bytes()?;
        let mut body = self.body.clone();
        body.set_commitments(self.commitments(place.origin, id, &private.seed));
        let record = Record {
            id,
            seq: place.seq,
            time: happened,
            read,
            clock: place.moment.clock,
            trace: Trace { root: Some(self.trace.root.or(self.trace.parent).unwrap_or(id)), parent: self.trace.parent },
            system: self.system.clone(),
            role: self.role.clone(),
            private: Binding { fields: private.fields_hash()?, stored: Hash::of(&stored) },
            published: self.published(place.publish),
            prev: place.prev,
            body,
        };
        let bytes = record.to_bytes()?;
        Ok(Sealed { id, kind: record.body.kind(), hash: Hash::of(&bytes), record: bytes, private: stored })
    }

    fn commitments(&self, origin: &str, id: Uuid, seed: &Seed) -> body::Commitments {
        let id = id.to_string();
        let commit = |(field, text): (&String, &String)| {
            let key = seed.commitment_key(origin, &id, field);
            (field.clone(), commitment::commit(&key, text.as_bytes()))
        };
        self.secrets.iter().map(commit).collect()
    }

    fn published(&self, publish: &[String]) -> Map<String, Value> {
        let mut published = Map::new();
        for path in publish {
            let mut steps = path.split('.');
            let first = steps.next().unwrap_or_default();
            if NEVER_PUBLIC.contains(&first) {
                continue;
            }
            let found = self.private.get(first).and_then(|value| steps.try_fold(value, |value, step| value.get(step)));
            if let Some(value) = found {
                published.insert(path.clone(), value.clone());
            }
        }
        published
    }
}
