//! What is kept until when: one walk over the log.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::ControlFlow;

use jiff::Timestamp;

use crate::erasure::hold::{self, Hold};
use crate::event::classes::DEFAULT;
use crate::event::sealed::Stored;
use crate::event::{Body, Classes, Kind, Record};
use crate::ledger::{self, Reader, Selection};
use crate::privacy::Vault;
use crate::privacy::vault::{self, Found, KeyId};

use super::Error;

/// What was written in one month for one tenant, in one class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shelf {
    /// Its key.
    pub key: KeyId,
    /// The retention class.
    pub class: String,
    /// When the last of it was written: the month that counts.
    pub written: Timestamp,
    /// How many private parts.
    pub parts: u64,
    /// The positions of the first and the last.
    pub first: u64,
    /// See [`first`](Self::first).
    pub last: u64,
    /// When its time is over; `None`: never.
    pub over: Option<Timestamp>,
    /// What becomes of it.
    pub state: State,
}

/// What becomes of a shelf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is not over.
    Kept,
    /// It is over.
    Over,
    /// It is over, and a hold on a person covers something in it.
    Held,
    /// A RETENTION record says that it is closed, and its key still lives.
    Begun {
        /// The record.
        seq: u64,
    },
    /// The vault at hand never had its key: it is another one's, or an old copy.
    NotHere,
}

/// What is kept until when. What is closed already is not in it.
#[derive(Debug)]
pub struct Plan {
    /// By class, then the oldest first.
    pub shelves: Vec<Shelf>,
    /// Private parts that were written without a vault: no key closes them.
    pub plain: u64,
    /// Holds that forbid all of it.
    pub holds_over_everything: Vec<Hold>,
}

/// Says what is kept until when, and what is over at a time. A record that was changed ends it with an error: of a log that is not whole
/// nothing is closed.
pub fn plan(reader: &Reader, vault: &dyn Vault, classes: &Classes, at: Timestamp) -> Result<Plan, Error> {
    let holds = hold::standing(reader)?;
    let held: HashSet<KeyId> = holds.iter().flat_map(|hold| hold.keys.iter().copied()).collect();
    let named = named(reader)?;
    let mut walk = Walk { held: &held, shelves: BTreeMap::new(), plain: 0 };
    reader.records(0, &mut |record, line| {
        walk.see(record, line.private);
        ControlFlow::Continue(())
    })?;
    let mut shelves = Vec::new();
    for (key, seen) in walk.shelves {
        let over = classes.period(&seen.class).and_then(|period| period.over(seen.written));
        let Some(state) = state(vault, &key, &named, seen.is_held, over.is_some_and(|over| over <= at))? else {
            continue;
        };
        let Seen { class, written, parts, first, last, .. } = seen;
        shelves.push(Shelf { key, class, written, parts, first, last, over, state });
    }
    shelves.sort_by(|one, other| (&one.class, one.written).cmp(&(&other.class, other.written)));
    let holds_over_everything = holds.into_iter().filter(|hold| hold.keys.is_empty()).collect();
    Ok(Plan { shelves, plain: walk.plain, holds_over_everything })
}

/// What becomes of a shelf; `None`: it is closed already.
fn state(
    vault: &dyn Vault,
    key: &KeyId,
    named: &HashMap<KeyId, u64>,
    is_held: bool,
    is_over: bool,
) -> Result<Option<State>, Error> {
    match vault.key(key) {
        Ok(Found::Destroyed) => return Ok(None),
        Ok(Found::NotFound) => return Ok(Some(State::NotHere)),
        // One that cannot be read may be half destroyed.
        Ok(Found::Live(_)) | Err(vault::Error::Damaged { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let begun = named.get(key).copied();
    Ok(Some(match begun {
        _ if is_held && (is_over || begun.is_some()) => State::Held,
        Some(seq) => State::Begun { seq },
        None if is_over => State::Over,
        None => State::Kept,
    }))
}

/// The keys that RETENTION records name, with the record.
fn named(reader: &Reader) -> Result<HashMap<KeyId, u64>, ledger::Error> {
    let mut named = HashMap::new();
    let wanted = Selection { kind: Some(Kind::Retention), ..Selection::default() };
    reader.select(&wanted, &mut |record, _| {
        if let Body::Retention(said) = &record.body {
            named.extend(said.keys.iter().map(|key| (*key, record.seq)));
        }
        ControlFlow::Continue(())
    })?;
    Ok(named)
}

struct Walk<'a> {
    held: &'a HashSet<KeyId>,
    shelves: BTreeMap<KeyId, Seen>,
    plain: u64,
}

struct Seen {
    class: String,
    written: Timestamp,
    parts: u64,
    first: u64,
    last: u64,
    is_held: bool,
}

impl Walk<'_> {
    fn see(&mut self, record: &Record, private: &[u8]) {
        let Ok(Stored::Sealed(part)) = Stored::from_bytes(private) else {
            self.plain += 1;
            return;
        };
        let [person, shelf] = part.keys;
        let seen = self.shelves.entry(shelf).or_insert_with(|| Seen {
            class: part.class.unwrap_or_else(|| DEFAULT.to_owned()),
            written: record.read,
            parts: 0,
            first: record.seq,
            last: record.seq,
            is_held: false,
        });
        seen.parts += 1;
        seen.last = record.seq;
        seen.written = seen.written.max(record.read);
        seen.is_held |= self.held.contains(&person);
    }
}
