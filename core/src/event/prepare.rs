//! A record before its place is known: all of its text but the position, the predecessor and the moment.
//!
//! That is nearly all the work of [`Event::seal`], and none of it depends on other records. So whoever waits for the log's one writer
//! has it done before, and many do it side by side.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::edge::{Edge, Moment};
use crate::hash::Hash;
use crate::privacy::commitment;
use crate::privacy::seed::Seed;
use crate::privacy::vault;

use super::private::{Form, NEVER_PUBLIC, Private};
use super::record::{self, Binding};
use super::seal::Sealed;
use super::sealed::SealedPart;
use super::sealer::{Sealer, SealingKeys};
use super::terms::Trace;
use super::{Error, Event, Kind, body, json, time};

/// What is the same for all records of a log.
#[derive(Debug, Clone)]
pub struct Log {
    /// Its name.
    pub origin: String,
    /// Dotted names of private fields that the operator publishes (`parameters.seed`).
    pub publish: Vec<String>,
    /// Finds the keys that private parts are sealed under. Without it they are written plain: a home's log always has one.
    pub sealer: Option<Arc<Sealer>>,
}

impl Log {
    /// A log whose private parts are plain.
    pub fn plain(origin: impl Into<String>, publish: Vec<String>) -> Self {
        Self { origin: origin.into(), publish, sealer: None }
    }

    /// The keys for several events; `None` for each where nothing is sealed.
    pub fn keys(&self, events: &[Event], edge: Edge<'_>) -> Result<Vec<Option<SealingKeys>>, vault::Error> {
        match &self.sealer {
            Some(sealer) => Ok(sealer.keys(events, edge)?.into_iter().map(Some).collect()),
            None => Ok(vec![None; events.len()]),
        }
    }
}

/// An event in the text of its record, as far as that does not say where it stands. Its Debug form leaves what is private out.
pub struct Prepared {
    id: Uuid,
    kind: Kind,
    /// When it happened; where that was not said, when it is written down.
    time: Option<Timestamp>,
    /// From the beginning up to the clock.
    body: Vec<u8>,
    /// From the private part's hashes up to the position.
    middle: Vec<u8>,
    /// From the position up to the time.
    system: Vec<u8>,
    /// From the time to the end.
    end: Vec<u8>,
    /// The private part as stored.
    private: Vec<u8>,
    returned: bool,
}

impl Event {
    /// Does what can be done before the record's place is known.
    pub fn prepare(&self, log: &Log, edge: Edge<'_>) -> Result<Prepared, Error> {
        let keys = log.keys(std::slice::from_ref(self), edge);
        let keys = keys.map_err(|error| Error::Vault { problem: error.to_string() })?;
        self.prepare_with(log, keys.first().and_then(Option::as_ref), edge)
    }

    /// The same with keys that the log's sealer found for it ([`Log::keys`]).
    pub fn prepare_with(&self, log: &Log, keys: Option<&SealingKeys>, edge: Edge<'_>) -> Result<Prepared, Error> {
        self.check()?;
        let now = time::to_millis(edge.now().time);
        let time = self.time.map(time::to_millis);
        if let Some(time) = time.filter(|time| time.duration_since(now) > jiff::SignedDuration::from_mins(5)) {
            return Err(Error::Future { time: time.to_string(), now: now.to_string() });
        }
        let id = self.id.unwrap_or_else(|| edge.uuid_v7(now));
        let private = Private { fields: self.private.clone(), form: Form::Plain, seed: Seed::generate(&mut { edge }) };
        let stored = stored(&private, log, keys, id, edge)?;
        let mut body = self.body.clone();
        body.set_commitments(self.commitments(&log.origin, id, &private.seed));
        let binding = Binding { fields: private.fields_hash()?, stored: Hash::of(&stored) };
        let trace =
            Trace { root: Some(self.trace.root.or(self.trace.parent).unwrap_or(id)), parent: self.trace.parent };
        let published = self.published(&log.publish);

        let mut middle = [b",\"private\":".to_vec(), json::canonical(&binding)?].concat();
        if !published.is_empty() {
            middle.extend([b",\"published\":".to_vec(), json::canonical(&published)?].concat());
        }
        if let Some(role) = &self.role {
            middle.extend([b",\"role\":".to_vec(), json::canonical(role)?].concat());
        }
        middle.extend_from_slice(b",\"seq\":");
        let kind = self.body.kind();
        let end = format!("\",\"trace\":{},\"type\":\"{}\",\"v\":{}}}", text(&trace)?, kind.name(), record::VERSION);
        Ok(Prepared {
            id,
            kind,
            time,
            body: [b"{\"body\":".to_vec(), body.canonical()?, b",\"clock\":".to_vec()].concat(),
            middle,
            system: format!(",\"system\":{},\"time\":\"", text(&self.system)?).into_bytes(),
            end: end.into_bytes(),
            private: stored,
            returned: keys.is_some_and(|keys| keys.returned),
        })
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

/// The moment of a commit in the forms in which all its records have it.
#[derive(Debug)]
pub struct Stamp {
    /// Canonical JSON.
    clock: Vec<u8>,
    time: String,
}

impl Stamp {
    /// Of a reading of the clock.
    pub fn new(moment: &Moment) -> Result<Self, Error> {
        Ok(Self { clock: json::canonical(&record::clock(moment))?, time: time::to_text(moment.time) })
    }
}

impl Prepared {
    /// The record's id.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// How many bytes the private part has, as stored.
    pub fn private_len(&self) -> usize {
        self.private.len()
    }

    /// The record at a position, behind the record with the hash `prev`.
    pub fn seal(self, seq: u64, prev: &Hash, stamp: &Stamp) -> Result<Sealed, Error> {
        let given = self.time.map(time::to_text);
        let (id, prev, seq) = (self.id.to_string(), prev.to_string(), seq.to_string());
        let record = [
            &self.body,
            &stamp.clock,
            b",\"id\":\"".as_slice(),
            id.as_bytes(),
            b"\",\"prev\":\"",
            prev.as_bytes(),
            b"\"",
            &self.middle,
            seq.as_bytes(),
            &self.system,
            given.as_ref().unwrap_or(&stamp.time).as_bytes(),
            &self.end,
        ]
        .concat();
        record::within_limit(&record)?;
        let (hash, returned) = (Hash::of(&record), self.returned);
        Ok(Sealed { id: self.id, kind: self.kind, hash, record, private: self.private, returned })
    }
}

impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prepared").field("kind", &self.kind).field("id", &self.id).finish_non_exhaustive()
    }
}

/// The private part as it will stand in the log. Where there is a vault, nothing is written plain.
fn stored(
    private: &Private,
    log: &Log,
    keys: Option<&SealingKeys>,
    id: Uuid,
    edge: Edge<'_>,
) -> Result<Vec<u8>, Error> {
    let plain = private.to_bytes()?;
    let Some(keys) = keys else {
        return match log.sealer {
            Some(_) => Err(Error::Vault { problem: "it was given no keys".to_owned() }),
            None => Ok(plain),
        };
    };
    let SealingKeys { ids, person, shelf, tenant, class, .. } = keys;
    let beside = (class.clone(), *tenant);
    let part = SealedPart::seal(plain, [person, shelf], *ids, beside, (&log.origin, id), &edge.bytes());
    Ok(part.to_bytes())
}

fn text<T: serde::Serialize>(value: &T) -> Result<String, Error> {
    String::from_utf8(json::canonical(value)?).map_err(|error| Error::Json { problem: error.to_string() })
}
