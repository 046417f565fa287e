//! The vault: keys that can be destroyed, and with them everything that was sealed under them.
//!
//! - [`Vault`]: a key for an owner, a key by its id, and its end; [`conformance`] is what every vault must pass.
//! - [`file::FileVault`] in a folder, [`memory::MemoryVault`] in memory, and [`faulty::FaultyVault`] around another one, failing on demand.
//! - [`sealing`]: what is sealed under two of the keys, and opened again.
//!
//! A vault does not know what is sealed, nor the names of those whose keys it keeps: it finds them by a keyed hash. "Destroyed" is another
//! answer than "not found": a destroyed key leaves a gravestone.
//!
//! Left out: where the key-encryption key comes from, records, and who may erase whom.

mod cipher;
mod conformance;
pub mod faulty;
pub mod file;
mod ids;
mod key;
pub mod memory;
pub mod sealing;
mod slot;

use std::fmt::{self, Debug};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use zeroize::ZeroizeOnDrop;

use crate::edge::Edge;

pub use conformance::conformance;
pub use ids::{KeyId, Mark, Owner};
pub use key::Key;

/// The key-encryption key: 32 bytes, from which the vault's own keys follow. Zeroised on drop, never printed.
#[derive(ZeroizeOnDrop)]
pub struct RootKey([u8; 32]);

impl RootKey {
    /// From where it is kept.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A new one.
    pub fn generate(edge: Edge<'_>) -> Self {
        Self(edge.bytes())
    }

    /// For where it is kept.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The key of an owner.
#[derive(Debug, Clone)]
pub struct Given {
    /// Its id.
    pub id: KeyId,
    /// The key.
    pub key: Arc<Key>,
    /// Whether it was made by this call, and why.
    pub made: Option<Made>,
}

/// Why a key was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// The owner never had one.
    First,
    /// The owner's earlier key was destroyed.
    AfterErasure,
}

/// What a vault says of a key's id.
#[derive(Debug, Clone)]
pub enum Found {
    /// Here it is.
    Live(Arc<Key>),
    /// It was, and was destroyed.
    Destroyed,
    /// No such key was ever made here.
    NotFound,
}

/// One of the keys that an owner has had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// Its id.
    pub id: KeyId,
    /// Whether it can still be used.
    pub is_live: bool,
}

/// What became of a key that was to be destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destruction {
    /// It is destroyed now.
    Done,
    /// It was destroyed before.
    Before,
    /// There is none of this id.
    NotFound,
}

/// How many keys a vault keeps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Of people.
    pub people: u64,
    /// Of classes, tenants and months.
    pub shelves: u64,
    /// Gravestones.
    pub destroyed: u64,
}

/// Keeps keys.
///
/// The contract, which [`conformance`] checks:
/// - An owner has at most one live key. [`keys`](Self::keys) makes those that are missing; on return they are durable, and only then may
///   anything be sealed under them. After an error none of the keys may be used that this call would have made.
/// - A key that was destroyed is gone when [`destroy`](Self::destroy) returns: no later call of any kind gives it, its gravestone stays,
///   and its owner gets another key with another id. To destroy it again is safe, whatever an interrupted call left.
/// - A failed call may be repeated, perhaps after the vault was opened again.
pub trait Vault: Send + Sync + Debug {
    /// The keys of several owners, in their order. Makes those that do not exist.
    fn keys(&self, owners: &[Owner], edge: Edge<'_>) -> Result<Vec<Given>, Error>;

    /// The key with an id.
    fn key(&self, id: &KeyId) -> Result<Found, Error>;

    /// All keys that an owner has had, the oldest first.
    fn of(&self, owner: &Owner) -> Result<Vec<Kept>, Error>;

    /// Destroys a key for good.
    fn destroy(&self, id: &KeyId, edge: Edge<'_>) -> Result<Destruction, Error>;

    /// A name in a form that whoever has the vault can compute again, and nobody else can test a guess by.
    fn mark(&self, name: &str) -> Mark;

    /// How many keys there are. Looks at all of them.
    fn count(&self) -> Result<Count, Error>;
}

/// Why a vault could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file system refused.
    #[error("could not {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is none.
    #[error("there is no vault in {}", dir.display())]
    NotThere {
        /// Where it was looked for.
        dir: PathBuf,
    },
    /// There is one already.
    #[error("there is a vault in {} already, and it is left as it is", dir.display())]
    Exists {
        /// Where.
        dir: PathBuf,
    },
    /// A key-encryption key of another vault.
    #[error("this is not the key of the vault in {}: nothing in it opens with it; bring back the right one", dir.display())]
    WrongKey {
        /// Where the vault is.
        dir: PathBuf,
    },
    /// A file that is not a vault's.
    #[error("{} is not what a vault has there: bring it back from a copy", path.display())]
    NotAVault {
        /// The file.
        path: PathBuf,
    },
    /// A key that does not open.
    #[error(
        "the key {id} ({}, slot {slot}) cannot be read: an erasure was interrupted, or the file was damaged or exchanged", path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Which slot, from 0.
        slot: u64,
        /// The id that stands there.
        id: KeyId,
    },
    /// Opened for reading.
    #[error("the vault was opened for reading, and a key is needed that it does not have yet")]
    ReadOnly,
    /// An earlier write failed, and what stands on disk is not known.
    #[error("an earlier write to the vault failed; no key is made until it is opened again")]
    Poisoned,
    /// A vault does not do what [`Vault`] promises.
    #[error("the vault breaks its contract: {rule}")]
    Contract {
        /// What it should do and does not.
        rule: &'static str,
    },
}

impl Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key { .. }")
    }
}

impl Debug for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RootKey { .. }")
    }
}
