//! Opening private parts: the one way to what they say, in whichever form they stand.

use std::fmt;
use std::sync::Arc;

use crate::privacy::Vault;
use crate::privacy::vault::{self, Found, Key, KeyId, Mark};

use super::sealed::Stored;
use super::{Error, Private, Record};

/// Opens private parts, as far as the keys are at hand.
#[derive(Clone)]
pub struct Opener {
    origin: String,
    vault: Option<Arc<dyn Vault>>,
}

/// What a private part says, or why it says nothing.
#[derive(Debug)]
pub enum Opened {
    /// Its fields.
    Fields(Private),
    /// The person's key was destroyed.
    Erased,
    /// The time for which it was kept is over: the key of its month was destroyed.
    Expired,
    /// It is sealed, and there is no vault here.
    Locked,
    /// It is sealed under a key that the vault at hand never had: it is another log's, or an old copy.
    OtherVault(KeyId),
    /// It does not open with its keys: it was sealed for another record, or changed.
    Misplaced,
}

/// Why nothing could be said of a private part.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// It has no form that this program knows.
    #[error("the private part cannot be read")]
    Form(#[from] Error),
    /// The vault failed.
    #[error("the vault could not be used")]
    Vault(#[from] vault::Error),
}

impl Opener {
    /// For the records of the log with this name.
    pub fn new(origin: impl Into<String>, vault: Arc<dyn Vault>) -> Self {
        Self { origin: origin.into(), vault: Some(vault) }
    }

    /// Without a vault: what is sealed stays so.
    pub fn locked(origin: impl Into<String>) -> Self {
        Self { origin: origin.into(), vault: None }
    }

    /// Whether there is no vault.
    pub fn is_locked(&self) -> bool {
        self.vault.is_none()
    }

    /// A tenant as sealed parts name them; `None` without a vault.
    pub fn mark(&self, tenant: &str) -> Option<Mark> {
        self.vault.as_ref().map(|vault| vault.mark(tenant))
    }

    /// Opens a record's private part. That the bytes are the record's own was checked, by `private.stored`.
    pub fn open(&self, record: &Record, private: &[u8]) -> Result<Opened, OpenError> {
        let part = match Stored::from_bytes(private)? {
            Stored::Plain(private) => return Ok(Opened::Fields(private)),
            Stored::Sealed(part) => part,
        };
        let [person, shelf] = match self.keys(part.keys)? {
            Ok(keys) => keys,
            Err(closed) => return Ok(closed),
        };
        let opened = part.open([&person, &shelf], (&self.origin, record.id));
        Ok(opened.map_or(Opened::Misplaced, Opened::Fields))
    }

    /// The keys that something is sealed under, the person's and the shelf's, or why they are not at hand.
    pub fn keys(&self, [person, shelf]: [KeyId; 2]) -> Result<Result<[Arc<Key>; 2], Opened>, vault::Error> {
        let Some(vault) = &self.vault else { return Ok(Err(Opened::Locked)) };
        // A person who was erased is so, whatever became of the month.
        let person = match vault.key(&person)? {
            Found::Live(key) => key,
            Found::Destroyed => return Ok(Err(Opened::Erased)),
            Found::NotFound => return Ok(Err(Opened::OtherVault(person))),
        };
        let shelf = match vault.key(&shelf)? {
            Found::Live(key) => key,
            Found::Destroyed => return Ok(Err(Opened::Expired)),
            Found::NotFound => return Ok(Err(Opened::OtherVault(shelf))),
        };
        Ok(Ok([person, shelf]))
    }

    /// The name of the log whose records it opens.
    pub fn origin(&self) -> &str {
        &self.origin
    }
}

impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opener").field("origin", &self.origin).field("vault", &self.vault).finish()
    }
}

/// In a few words, for a person.
impl fmt::Display for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fields(_) => f.write_str("open"),
            Self::Erased => f.write_str("erased: the person's key was destroyed"),
            Self::Expired => f.write_str("expired: its time is over, and the key of its month was destroyed"),
            Self::Locked => f.write_str("sealed, and the vault is not open"),
            Self::OtherVault(key) => write!(f, "sealed under the key {key}, which this vault never had"),
            Self::Misplaced => f.write_str("sealed for another record, or changed: it does not open with its keys"),
        }
    }
}
