//! Forgetting a person: first it is put on record, then their key is destroyed, and all that was sealed under it stays closed for good.
//!
//! The ERASURE record names keys and no one. Whoever is interrupted between the two runs it again: a key that an ERASURE names and that
//! still lives is destroyed without a second record. A legal hold ([`hold`]) forbids it while it stands.
//!
//! Left out: what is removed because its time is over; who may ask for any of this.

pub mod hold;

use std::ops::ControlFlow;

use crate::edge::Edge;
use crate::event::private::Actor;
use crate::event::terms::ErasureReason;
use crate::event::{self, Body, Event, Kind, body};
use crate::ledger::{self, Key, Ledger, Reader, Selection, this_system};
use crate::privacy::Vault;
use crate::privacy::vault::{self, Destruction, Found, Kept, KeyId, Owner};

use hold::Hold;

/// What an erasure works with.
#[derive(Debug)]
pub struct Eraser<'a> {
    /// The log.
    pub ledger: &'a mut Ledger,
    /// Look-ups in the same log.
    pub reader: &'a Reader,
    /// Clock and randomness.
    pub edge: Edge<'a>,
}

/// What became of it.
#[derive(Debug)]
pub enum Answer {
    /// The person's keys are destroyed.
    Erased(Erased),
    /// They were before.
    Before {
        /// Where the ERASURE record stands, if there is one.
        seq: Option<u64>,
    },
    /// Nothing in this log was ever sealed for that person.
    Unknown,
    /// Legal holds forbid it; nothing was done.
    Held(Vec<Hold>),
}

/// What was destroyed, and what says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erased {
    /// The ERASURE record.
    pub seq: u64,
    /// The keys.
    pub keys: Vec<KeyId>,
    /// An earlier run had put it on record.
    pub begun_before: bool,
}

/// Why it could not be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The empty subject.
    #[error("name the person: without one it would be what the log wrote about nobody")]
    Nobody,
    /// A log whose private parts are not sealed.
    #[error("this log has no vault: what is not sealed cannot be erased")]
    NoVault,
    /// The vault.
    #[error("could not use the vault")]
    Vault(#[from] vault::Error),
    /// The log.
    #[error("could not use the log")]
    Ledger(#[from] ledger::Error),
    /// The record was not accepted.
    #[error("it could not be put on record")]
    Event(#[from] event::Error),
}

impl Eraser<'_> {
    /// Erases a person. `by` is who did it, where that shall be on record.
    pub fn erase(&mut self, subject: &str, reason: ErasureReason, by: Option<&Actor>) -> Result<Answer, Error> {
        if subject.trim().is_empty() {
            return Err(Error::Nobody);
        }
        let kept = self.vault()?.of(&Owner::Person(subject.to_owned()))?;
        let Some(Kept { id: newest, .. }) = kept.last().copied() else { return Ok(Answer::Unknown) };
        let keys: Vec<KeyId> = kept.iter().filter(|key| key.is_live).map(|key| key.id).collect();
        let Some(first) = keys.first() else { return Ok(Answer::Before { seq: self.recorded(&newest)? }) };
        let holds = hold::over(self.reader, &keys)?;
        if !holds.is_empty() {
            return Ok(Answer::Held(holds));
        }
        let begun = self.recorded(first)?;
        let seq = match begun {
            Some(seq) => seq,
            None => self.record(reason, keys.clone(), by)?,
        };
        for key in &keys {
            self.vault()?.destroy(key, self.edge)?;
        }
        Ok(Answer::Erased(Erased { seq, keys, begun_before: begun.is_some() }))
    }

    /// Destroys every key that an ERASURE record names and that still lives: after an interrupted run, or where an older copy of the
    /// vault was brought back. Those that a hold covers are left. Answers what was destroyed.
    pub fn finish(&mut self) -> Result<Vec<Erased>, Error> {
        let mut named: Vec<(u64, Vec<KeyId>)> = Vec::new();
        let erasures = Selection { kind: Some(Kind::Erasure), ..Selection::default() };
        self.reader.select(&erasures, &mut |record, _| {
            if let Body::Erasure(erasure) = &record.body {
                named.push((record.seq, erasure.keys.clone()));
            }
            ControlFlow::Continue(())
        })?;
        let holds = hold::standing(self.reader)?;
        let mut finished = Vec::new();
        for (seq, keys) in named {
            let mut destroyed = Vec::new();
            for key in keys.into_iter().filter(|key| !holds.iter().any(|hold| hold.covers(key))) {
                // One that cannot be read is half destroyed.
                let is_over = matches!(self.vault()?.key(&key), Ok(Found::Destroyed | Found::NotFound));
                if !is_over && self.vault()?.destroy(&key, self.edge)? == Destruction::Done {
                    destroyed.push(key);
                }
            }
            if !destroyed.is_empty() {
                finished.push(Erased { seq, keys: destroyed, begun_before: true });
            }
        }
        Ok(finished)
    }

    fn vault(&self) -> Result<&dyn Vault, Error> {
        self.ledger.vault().map(AsRef::as_ref).ok_or(Error::NoVault)
    }

    /// The ERASURE record that names a key.
    fn recorded(&self, key: &KeyId) -> Result<Option<u64>, Error> {
        Ok(self.reader.first(&Key::Erased(*key))?)
    }

    fn record(&mut self, reason: ErasureReason, keys: Vec<KeyId>, by: Option<&Actor>) -> Result<u64, Error> {
        let event = Event::new(Body::Erasure(body::Erasure { reason, keys }), this_system(), by)?;
        let receipts = self.ledger.append(&[event], self.edge)?;
        Ok(receipts.first().ok_or(ledger::Error::Poisoned)?.seq)
    }
}
