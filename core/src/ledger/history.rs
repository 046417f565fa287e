//! The log's keys: which one signs from which record on.
//!
//! The log says it itself. Its first record names the first key, and each KEY record `rotated` hands over to the next: the line is
//! signed by the key before, and in the record both keys agree to the change. So whoever knows one key of a log comes to all later ones
//! by reading on, and the newest signs the checkpoint that covers everything before it.
//!
//! A key is *in force* from the record behind its KEY record on, and so for checkpoints of at least that size.
//!
//! `Display` is the form in which the history is published, as the object `log.vkey`: one key a line, the oldest first, each later one
//! with a space and the position from which it is in force. A log that never changed its key has a file with one verifier key.

mod in_force;

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};

pub use self::in_force::{NotInForce, in_force};

use crate::event::terms::KeyAction;
use crate::event::{Body, Kind, Record, body};
use crate::hash::Hash;
use crate::tlog::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::tlog::note::{SignatureType, VerifierKey};

use super::store::Store;
use super::{CHECKPOINT, Error, VERIFIER_KEY, line};

/// The most keys that are read: one a day for eleven years.
pub const MAX_KEYS: usize = 4096;

/// The keys of one log, the oldest first. There is at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    first: VerifierKey,
    later: Vec<InForce>,
}

/// A key and the first position at which it is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
struct InForce {
    from: u64,
    key: VerifierKey,
}

/// What somebody knows of a log's keys before looking at it.
#[derive(Debug, Clone, Copy)]
pub enum Known<'a> {
    /// Keys with the positions from which they are in force.
    History(&'a History),
    /// One key, without the time at which it was in force.
    Key(&'a VerifierKey),
    /// The key in force now, as the log's writer knows it.
    Newest(&'a VerifierKey),
}

impl History {
    /// A log with one key.
    pub fn of(first: VerifierKey) -> Self {
        Self { first, later: Vec::new() }
    }

    /// Reads the published history of a store. It is what the log's own folder says: nothing is checked.
    pub fn published(store: &dyn Store) -> Result<Self, Error> {
        let bad = |problem: String| Error::Object { name: VERIFIER_KEY, problem };
        let text =
            store.get(VERIFIER_KEY)?.ok_or_else(|| bad("it is missing: this is not a log of touchmark".to_owned()))?;
        String::from_utf8(text).map_err(|error| bad(error.to_string()))?.parse().map_err(bad)
    }

    /// Reads all records and follows the KEY records among them. What they say is checked; whether they are in their place, is not.
    pub fn walked(store: &dyn Store) -> Result<Self, Error> {
        let mut walked: Option<Result<Self, Error>> = None;
        store.scan(0, &mut |seq, line| {
            if memchr::memmem::find(line, KEY_WORD).is_some() || seq == 0 {
                let next = line::Line::whole(seq, line).and_then(|(_, record)| match walked.take() {
                    None => Self::begun(&record).map_err(|problem| unfounded(seq, &problem)),
                    Some(history) => history.and_then(|mut history| {
                        history.follow(&record).map_err(|problem| unfounded(seq, &problem))?;
                        Ok(history)
                    }),
                });
                walked = Some(next);
            }
            match walked {
                Some(Err(_)) => std::ops::ControlFlow::Break(()),
                _ => std::ops::ControlFlow::Continue(()),
            }
        })?;
        walked.unwrap_or_else(|| Err(unfounded(0, "there is no record")))
    }

    /// What a log's first record says.
    pub fn begun(record: &Record) -> Result<Self, String> {
        let Body::Key(body::Key { action: KeyAction::Created, key, .. }) = &record.body else {
            return Err("a log begins with the KEY record that names its key".to_owned());
        };
        Ok(Self::of(log_key(key)?))
    }

    /// Reads on over a record: a KEY record that hands over adds a key, others say nothing. One that is not by both keys is refused and
    /// changes nothing.
    pub fn follow(&mut self, record: &Record) -> Result<(), String> {
        let Body::Key(said) = &record.body else { return Ok(()) };
        let present = self.at(record.seq);
        match said.action {
            KeyAction::Created if record.seq == 0 && said.key == self.first.to_string() => Ok(()),
            KeyAction::Created => Err(format!("it names the key {}, and the log has {present}", said.key)),
            KeyAction::Escrowed if said.key == present.to_string() => Ok(()),
            KeyAction::Escrowed => Err(format!("it is by the key {}, and {present} is in force", said.key)),
            KeyAction::Rotated => {
                let key = agreed(said, present, &record.prev)?;
                self.add(record.seq.saturating_add(1), key)
            }
        }
    }

    /// Adds the next key. Adding one again in its place changes nothing.
    pub(super) fn add(&mut self, from: u64, key: VerifierKey) -> Result<(), String> {
        if key.name() != self.origin() || key.signature_type() != SignatureType::Ed25519 {
            return Err(format!("{key} is not a key of the log {}", self.origin()));
        }
        let known = self.keys().find(|(_, known)| **known == key).map(|(from, _)| from);
        match known {
            Some(known) if known == from => Ok(()),
            Some(known) => Err(format!("the key {key} was in force before, from record {known} on")),
            None if self.later.last().is_some_and(|last| from <= last.from) || from == 0 => {
                Err(format!("the key {key} would be in force from record {from} on, before the one it follows"))
            }
            None if self.later.len() + 1 >= MAX_KEYS => Err(format!("there are more than {MAX_KEYS} keys")),
            None => {
                self.later.push(InForce { from, key });
                Ok(())
            }
        }
    }

    /// The log's name, which all its keys bear.
    pub fn origin(&self) -> &str {
        self.first.name()
    }

    /// The key that the log began with.
    pub fn first(&self) -> &VerifierKey {
        &self.first
    }

    /// The key in force now.
    pub fn newest(&self) -> &VerifierKey {
        self.later.last().map_or(&self.first, |last| &last.key)
    }

    /// The key in force for the record at this position, and for a checkpoint of this size.
    pub fn at(&self, position: u64) -> &VerifierKey {
        let later = self.later.partition_point(|key| key.from <= position);
        later.checked_sub(1).map_or(&self.first, |at| &self.later[at].key)
    }

    /// All keys, the oldest first, with the position from which each is in force.
    pub fn keys(&self) -> impl Iterator<Item = (u64, &VerifierKey)> {
        std::iter::once((0, &self.first)).chain(self.later.iter().map(|later| (later.from, &later.key)))
    }

    /// The position from which on this key is not in force any more.
    pub fn given_up(&self, key: &VerifierKey) -> Option<u64> {
        let at = self.keys().position(|(_, known)| known == key)?;
        self.later.get(at).map(|next| next.from)
    }

    /// Whether this is how `other` begins.
    pub fn is_beginning_of(&self, other: &Self) -> bool {
        self.first == other.first && other.later.starts_with(&self.later)
    }

    /// Reads a checkpoint that the key signed which is in force at its size.
    pub fn open_checkpoint(&self, note: &[u8]) -> Result<Checkpoint, Error> {
        let bad = |problem: String| Error::Object { name: CHECKPOINT, problem };
        let signed = SignedCheckpoint::parse(note).map_err(|error| bad(error.to_string()))?;
        self.opened(&signed).map_err(bad)
    }

    /// The same of one that was parsed.
    pub fn opened(&self, signed: &SignedCheckpoint) -> Result<Checkpoint, String> {
        let size = signed.unverified().size();
        let key = self.at(size);
        let refused = match signed.verify(std::slice::from_ref(key)) {
            Ok(opened) => return Ok(opened.checkpoint),
            Err(refusal) => refusal,
        };
        let other = self.keys().find(|(_, key)| signed.verify(std::slice::from_ref(key)).is_ok());
        Err(other.map_or_else(
            || refused.to_string(),
            |(_, other)| format!("it covers {size} records and is signed by {other}, and {key} is in force there"),
        ))
    }

    /// Checks by the KEY records alone, without those between them, that the log itself says this.
    pub(super) fn confirm(&self, store: &dyn Store) -> Result<(), Error> {
        let record = |seq| -> Result<Record, Error> {
            let stored = store.read(seq)?.ok_or_else(|| unfounded(seq, "there is no such record"))?;
            Ok(line::Line::whole(seq, &stored)?.1)
        };
        let mut said = Self::begun(&record(0)?).map_err(|problem| unfounded(0, &problem))?;
        for later in &self.later {
            let seq = later.from.saturating_sub(1);
            said.follow(&record(seq)?).map_err(|problem| unfounded(seq, &problem))?;
        }
        if said == *self { Ok(()) } else { Err(unfounded(0, "the log's KEY records name other keys")) }
    }
}

/// The record that says that the root of the MAC keys was handed over, if there is one. Reads all records.
pub fn escrowed(store: &dyn Store) -> Result<Option<u64>, Error> {
    let mut found = None;
    store.scan(0, &mut |seq, line| {
        let record = memchr::memmem::find(line, KEY_WORD).and_then(|_| line::Line::whole(seq, line).ok());
        let said = record.map(|(_, record)| record.body);
        if matches!(said, Some(Body::Key(body::Key { action: KeyAction::Escrowed, .. }))) {
            found = Some(seq);
            return std::ops::ControlFlow::Break(());
        }
        std::ops::ControlFlow::Continue(())
    })?;
    Ok(found)
}

/// Whether this line is a KEY record.
pub(super) fn names_a_key(seq: u64, line: &[u8]) -> bool {
    let record = memchr::memmem::find(line, KEY_WORD).and_then(|_| line::Line::whole(seq, line).ok());
    record.is_some_and(|(_, record)| matches!(record.body, Body::Key(_)))
}

/// In each KEY record's canonical form, and in few others.
const KEY_WORD: &[u8] = br#""type":"KEY""#;

/// Whether a record of this type can change what is in force.
pub(super) fn concerns(kind: &str) -> bool {
    kind == Kind::Key.name()
}

/// The key that takes over, if both have agreed.
fn agreed(said: &body::Key, present: &VerifierKey, prev: &Hash) -> Result<VerifierKey, String> {
    let key = log_key(&said.key)?;
    let previous = said.previous.as_deref().unwrap_or_default();
    if previous != present.to_string() {
        return Err(format!("it hands over from the key {previous:?}, and {present} is in force"));
    }
    let message = body::rotation_message(previous, &said.key, prev);
    for (signer, signature, what) in [(&key, &said.acceptance, "new"), (present, &said.endorsement, "old")] {
        let signature = signature.as_deref().and_then(|text| STANDARD.decode(text).ok());
        let signature = signature.and_then(|bytes| ed25519_dalek::Signature::from_slice(&bytes).ok());
        if signature.is_none_or(|signature| signer.public_key().verify_strict(&message, &signature).is_err()) {
            return Err(format!("the {what} key, {signer}, did not sign this change: it must be by both keys"));
        }
    }
    Ok(key)
}

fn log_key(text: &str) -> Result<VerifierKey, String> {
    let key: VerifierKey = text.parse().map_err(|error| format!("{error}"))?;
    let is_log_key = key.signature_type() == SignatureType::Ed25519;
    is_log_key.then_some(key).ok_or_else(|| format!("{text} is a witness's key, and no log's"))
}

fn unfounded(seq: u64, problem: &str) -> Error {
    Error::Object { name: VERIFIER_KEY, problem: format!("record {seq} does not bear it out: {problem}") }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.first)?;
        self.later.iter().try_for_each(|later| writeln!(f, "{} {}", later.key, later.from))
    }
}

impl FromStr for History {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut lines = text.trim_end().lines();
        let mut history = Self::of(log_key(lines.next().unwrap_or_default().trim_end())?);
        for line in lines {
            let Some((key, from)) = line.trim_end().split_once(' ') else {
                return Err(format!("{line:?} does not say from which record on it is in force: KEY POSITION"));
            };
            let from = from.parse().map_err(|_| format!("{from:?} is not the position of a record"))?;
            history.add(from, log_key(key)?)?;
        }
        Ok(history)
    }
}

impl Serialize for History {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Entry {
            from: u64,
            key: String,
        }
        let mut list = serializer.serialize_seq(Some(self.later.len() + 1))?;
        for (from, key) in self.keys() {
            list.serialize_element(&Entry { from, key: key.to_string() })?;
        }
        list.end()
    }
}
