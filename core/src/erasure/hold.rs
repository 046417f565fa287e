//! Legal holds: while one stands, nothing that it covers is erased.
//!
//! A hold is a POLICY record that says so (`hold`), with the reason and the person who ordered it in its private part; another one lifts
//! it. They are read from the log itself. A hold on a person names the person's key, and no one.

use std::ops::ControlFlow;

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::Error;
use crate::edge::Edge;
use crate::event::opener::OpenError;
use crate::event::private::Actor;
use crate::event::terms::{HoldAction, PolicyRef};
use crate::event::{Body, Event, Kind, Opened, Opener, Record, body};
use crate::hash::Hash;
use crate::ledger::{self, Ledger, Reader, Receipt, Selection, this_system};
use crate::privacy::vault::{KeyId, Owner};

/// The rule that comes into force with a hold. Its hash stands in each record.
pub const RULE: &str =
    "While a legal hold stands, nothing that it covers is erased, and nothing is removed because its time is over.\n";

/// A hold that stands.
#[derive(Debug, Clone)]
pub struct Hold {
    /// The record that added it.
    pub record: Record,
    /// That record's private part as stored.
    private: Vec<u8>,
    /// The people's keys that it covers; none: everything.
    pub keys: Vec<KeyId>,
}

/// Who ordered a hold, and why; or what became of that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// As it was recorded.
    By {
        /// The person.
        person: String,
        /// The reason.
        reason: String,
    },
    /// It cannot be read, for this reason.
    Unreadable(String),
}

/// A hold that was added.
#[derive(Debug, Clone, Copy)]
pub struct Added {
    /// Its record.
    pub receipt: Receipt,
    /// Nothing is on record for the person yet: it covers what comes.
    pub ahead: bool,
}

/// What became of a hold that was to be lifted.
#[derive(Debug)]
pub enum Lifted {
    /// It is.
    Done(Receipt),
    /// There is no such hold, or it was lifted before.
    NotStanding,
}

impl Hold {
    /// By what it is lifted.
    pub const fn id(&self) -> Uuid {
        self.record.id
    }

    /// Since when it stands.
    pub const fn since(&self) -> Timestamp {
        self.record.time
    }

    /// Whether it forbids to destroy a key.
    pub fn covers(&self, key: &KeyId) -> bool {
        self.keys.is_empty() || self.keys.contains(key)
    }

    /// Who ordered it, and why.
    pub fn told(&self, opener: &Opener) -> Result<Told, OpenError> {
        Ok(match opener.open(&self.record, &self.private)? {
            Opened::Fields(private) => {
                let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
                let actor = private.fields.get("actor").and_then(|actor| actor.get("subject"));
                Told::By { person: text(actor), reason: text(private.fields.get("reason")) }
            }
            other => Told::Unreadable(other.to_string()),
        })
    }
}

/// All holds that stand, the oldest first.
pub fn standing(reader: &Reader) -> Result<Vec<Hold>, ledger::Error> {
    let mut holds: Vec<Hold> = Vec::new();
    let policies = Selection { kind: Some(Kind::Policy), ..Selection::default() };
    reader.select(&policies, &mut |record, line| {
        if let Body::Policy(body::Policy { hold: Some(said), .. }) = &record.body {
            match said.action {
                HoldAction::Add => {
                    let (private, keys) = (line.private.to_vec(), said.keys.clone());
                    holds.push(Hold { record: record.clone(), private, keys });
                }
                HoldAction::Lift => holds.retain(|hold| Some(hold.id()) != said.of),
            }
        }
        ControlFlow::Continue(())
    })?;
    Ok(holds)
}

/// Those that cover one of these keys.
pub(super) fn over(reader: &Reader, keys: &[KeyId]) -> Result<Vec<Hold>, ledger::Error> {
    let mut holds = standing(reader)?;
    holds.retain(|hold| keys.iter().any(|key| hold.covers(key)));
    Ok(holds)
}

/// Adds a hold over one person, or over everything. The person may be one who has no records yet.
pub fn add(
    ledger: &mut Ledger,
    subject: Option<&str>,
    reason: &str,
    by: &Actor,
    edge: Edge<'_>,
) -> Result<Added, Error> {
    let (mut keys, mut ahead) = (Vec::new(), false);
    if let Some(subject) = subject {
        if subject.trim().is_empty() {
            return Err(Error::Nobody);
        }
        let vault = ledger.vault().ok_or(Error::NoVault)?;
        let given = vault.keys(&[Owner::Person(subject.to_owned())], edge)?;
        keys.extend(given.iter().map(|given| given.id));
        ahead = given.iter().any(|given| given.made.is_some());
    }
    let hold = body::Hold { action: HoldAction::Add, keys, of: None };
    Ok(Added { receipt: record(ledger, hold, reason, by, edge)?, ahead })
}

/// Lifts a hold.
pub fn lift(
    ledger: &mut Ledger,
    reader: &Reader,
    id: Uuid,
    reason: &str,
    by: &Actor,
    edge: Edge<'_>,
) -> Result<Lifted, Error> {
    if !standing(reader)?.iter().any(|hold| hold.id() == id) {
        return Ok(Lifted::NotStanding);
    }
    let hold = body::Hold { action: HoldAction::Lift, keys: Vec::new(), of: Some(id) };
    record(ledger, hold, reason, by, edge).map(Lifted::Done)
}

fn record(ledger: &mut Ledger, hold: body::Hold, reason: &str, by: &Actor, edge: Edge<'_>) -> Result<Receipt, Error> {
    let rule = PolicyRef {
        id: "touchmark/legal-hold".to_owned(),
        version: "1".to_owned(),
        version_hash: Hash::of(RULE.as_bytes()),
    };
    let body = Body::Policy(body::Policy { policy: rule, effective: edge.now().time, hold: Some(hold) });
    let mut event = Event::new(body, this_system(), Some(by))?;
    event.private.insert("reason".to_owned(), reason.into());
    let receipts = ledger.append(&[event], edge)?;
    Ok(*receipts.first().ok_or(ledger::Error::Poisoned)?)
}
