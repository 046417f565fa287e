//! A record before its place is known: all of its text but the position, the predecessor and the moment.
//!
//! That is nearly all the work of [`Event::seal`], and none of it depends on other records. So whoever waits for the log's one writer
//! has it done before, and many do it side by side.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::edge::{self, Edge, Moment};
use crate::hash::Hash;
use crate::merkle;
use crate::privacy::commitment;
use crate::privacy::seed::Seed;
use crate::privacy::vault;
use crate::privacy::vault::sealing::NONCE;

use super::private::{self, NEVER_PUBLIC};
use super::record::{self, Binding};
use super::seal::Sealed;
use super::sealed::SealedPart;
use super::sealer::{Sealer, SealingKeys};
use super::terms::Trace;
use super::{Error, Event, Kind, body, json, time};

/// What is drawn for one record, in one go: each time the kernel is asked costs as much as hashing the record.
struct Drawn {
    seed: Seed,
    id: [u8; 10],
    nonce: [u8; NONCE],
}

impl Drawn {
    fn from(edge: Edge<'_>) -> Self {
        let mut all = Zeroizing::new([0; 32 + 10 + NONCE]);
        (edge.random)(&mut *all);
        let (mut seed, mut id, mut nonce) = (Zeroizing::new([0; 32]), [0; 10], [0; NONCE]);
        seed.copy_from_slice(&all[..32]);
        id.copy_from_slice(&all[32..42]);
        nonce.copy_from_slice(&all[42..]);
        Self { seed: Seed::new(&seed), id, nonce }
    }
}

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
    /// The public part without what is not known yet.
    text: Vec<u8>,
    gaps: Gaps,
    /// The private part as stored.
    private: Vec<u8>,
    returned: bool,
}

/// Where in the text of a record that is put in which is not known before its place is.
struct Gaps {
    clock: usize,
    prev: usize,
    seq: usize,
    /// `None` where the event says when it happened.
    time: Option<usize>,
}

impl Event {
    /// Does what can be done before the record's place is known.
    pub fn prepare(&self, log: &Log, edge: Edge<'_>) -> Result<Prepared, Error> {
        let keys = log.keys(std::slice::from_ref(self), edge);
        let keys = keys.map_err(|error| Error::Vault { problem: error.to_string() })?;
        self.prepare_with(log, keys.first().and_then(Option::as_ref), edge.now().time, edge)
    }

    /// The same with keys that the log's sealer found for it ([`Log::keys`]), and one reading of the clock for many: to ask whether it is
    /// synchronised takes longer than to hash a record.
    pub fn prepare_with(
        &self,
        log: &Log,
        keys: Option<&SealingKeys>,
        now: Timestamp,
        edge: Edge<'_>,
    ) -> Result<Prepared, Error> {
        let now = time::to_millis(now);
        let time = self.time.map(time::to_millis);
        if let Some(time) = time.filter(|time| time.duration_since(now) > jiff::SignedDuration::from_mins(5)) {
            return Err(Error::Future { time: time.to_string(), now: now.to_string() });
        }
        let Drawn { id: random, seed, nonce } = Drawn::from(edge);
        let id = self.id.unwrap_or_else(|| edge::uuid_v7(now, &random));
        let mut text = Vec::with_capacity(1024);
        self.put_body(&mut text, &log.origin, id, &seed)?;
        let private = stored(&self.private, &seed, log, keys, id, &nonce)?;
        let binding = Binding { fields: private::fields_hash(&self.private, &seed)?, stored: Hash::of(&private) };
        let gaps = self.put_rest(&mut text, id, time, &binding, &log.publish)?;
        let returned = keys.is_some_and(|keys| keys.returned);
        Ok(Prepared { id, kind: self.body.kind(), text, gaps, private, returned })
    }

    /// Begins the text with the body, and checks the event.
    fn put_body(&self, text: &mut Vec<u8>, origin: &str, id: Uuid, seed: &Seed) -> Result<(), Error> {
        text.extend_from_slice(b"{\"body\":");
        let start = text.len();
        if self.secrets.is_empty() {
            self.body.append_to(text)?;
        } else {
            let mut body = self.body.clone();
            body.set_commitments(self.commitments(origin, id, seed));
            body.append_to(text)?;
        }
        self.check_with(record::is_plain(&text[start..]))
    }

    /// Adds all that stands behind the body.
    fn put_rest(
        &self,
        text: &mut Vec<u8>,
        id: Uuid,
        time: Option<Timestamp>,
        binding: &Binding,
        publish: &[String],
    ) -> Result<Gaps, Error> {
        text.extend_from_slice(b",\"clock\":");
        let clock = text.len();
        text.extend_from_slice(b",\"id\":\"");
        text.extend_from_slice(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()).as_bytes());
        text.extend_from_slice(b"\",\"prev\":\"");
        let prev = text.len();
        text.extend_from_slice(b"\",\"private\":");
        json::append(text, binding)?;
        let published = self.published(publish);
        if !published.is_empty() {
            text.extend_from_slice(b",\"published\":");
            json::append(text, &published)?;
        }
        if let Some(role) = &self.role {
            text.extend_from_slice(b",\"role\":");
            json::append(text, role)?;
        }
        text.extend_from_slice(b",\"seq\":");
        let seq = text.len();
        text.extend_from_slice(b",\"system\":");
        json::append(text, &self.system)?;
        text.extend_from_slice(b",\"time\":\"");
        let at = text.len();
        if let Some(time) = time {
            text.extend_from_slice(time::to_text(time).as_bytes());
        }
        text.extend_from_slice(b"\",\"trace\":");
        let Trace { root, parent } = self.trace;
        json::append(text, &Trace { root: Some(root.or(parent).unwrap_or(id)), parent })?;
        text.extend_from_slice(b",\"type\":\"");
        text.extend_from_slice(self.body.kind().name().as_bytes());
        text.extend_from_slice(b"\",\"v\":");
        json::append(text, &record::VERSION)?;
        text.push(b'}');
        Ok(Gaps { clock, prev, seq, time: time.is_none().then_some(at) })
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
    of: Moment,
    /// Canonical JSON.
    clock: Vec<u8>,
    time: String,
}

impl Stamp {
    /// Of a reading of the clock.
    pub fn new(moment: &Moment) -> Result<Self, Error> {
        Ok(Self { of: *moment, clock: json::canonical(&record::clock(moment))?, time: time::to_text(moment.time) })
    }

    /// Whether a record would say the same of another reading.
    pub fn is_of(&self, moment: &Moment) -> bool {
        moment.clock == self.of.clock && time::to_millis(moment.time) == time::to_millis(self.of.time)
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
        let Self { text, gaps: Gaps { clock, prev: prev_at, seq: seq_at, time }, .. } = &self;
        let time = time.map(|at| (at, stamp.time.as_bytes()));
        let mut record = Vec::with_capacity(text.len() + stamp.clock.len() + stamp.time.len() + 71 + 20);
        let mut from = 0;
        let (prev, seq) = (prev.text(), seq.to_string());
        let before = [(*clock, stamp.clock.as_slice()), (*prev_at, &prev), (*seq_at, seq.as_bytes())];
        for (at, known) in before.into_iter().chain(time) {
            record.extend_from_slice(&text[from..at]);
            record.extend_from_slice(known);
            from = at;
        }
        record.extend_from_slice(&text[from..]);
        record::within_limit(&record)?;
        let (hash, leaf) = merkle::hash_and_leaf(&record);
        let Self { id, kind, private, returned, .. } = self;
        Ok(Sealed { id, kind, record, hash, leaf, private, returned })
    }
}

impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prepared").field("kind", &self.kind).field("id", &self.id).finish_non_exhaustive()
    }
}

/// The private part as it will stand in the log. Where there is a vault, nothing is written plain.
fn stored(
    fields: &Map<String, Value>,
    seed: &Seed,
    log: &Log,
    keys: Option<&SealingKeys>,
    id: Uuid,
    nonce: &[u8; NONCE],
) -> Result<Vec<u8>, Error> {
    let plain = private::plain_bytes(fields, seed)?;
    let Some(keys) = keys else {
        return match log.sealer {
            Some(_) => Err(Error::Vault { problem: "it was given no keys".to_owned() }),
            None => Ok(plain),
        };
    };
    let SealingKeys { ids, person, shelf, tenant, class, .. } = keys;
    let beside = (class.as_deref(), *tenant);
    Ok(SealedPart::seal(plain, [person, shelf], ids, beside, (&log.origin, id), nonce))
}
