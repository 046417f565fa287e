//! The text and byte formats of transparency logs, as C2SP has them (<https://c2sp.org>).
//!
//! | module | format |
//! |---|---|
//! | [`note`] | signed-note: text with signature lines, and the keys that check them |
//! | [`checkpoint`] | tlog-checkpoint: size and root of a log, as a signed note |
//! | [`cosignature`] | tlog-cosignature: what a witness signs, with the time |
//! | [`consistency`] | tlog-witness: how a newer checkpoint continues an older one, as witnesses are asked |
//! | [`proof`] | tlog-proof@v1: an entry, its inclusion proof and the checkpoint in one text |
//! | [`tile`] | tlog-tiles: names and bytes of the hash tiles |
//! | [`bundle`] | tlog-tiles: bytes of the entry bundles |
//!
//! Every parser is strict: what it accepts, it writes again byte for byte, so one value has one text. Every length has
//! a named cap, and no length is trusted before the bytes are there. What does not parse is an [`Error`]; what parses
//! and is not to be believed is a [`Refusal`], which is an answer.
//!
//! The room leaves out files, sockets and clocks: bytes come in and go out, and times are arguments. It knows Ed25519
//! signatures (types 0x01 and 0x04) and ignores all others, as the note format asks. The trees are in
//! [`merkle`](crate::merkle).

pub mod bundle;
pub mod checkpoint;
pub mod consistency;
pub mod cosignature;
#[cfg(test)]
mod hostile;
pub mod note;
pub mod proof;
pub(crate) mod text;
pub mod tile;

use crate::merkle::Mismatch;

/// Why bytes are not in a format of this room, or why something could not be written in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A key was asked for a signature of a type that is not its own.
    #[error("the key of {name} makes signatures of type {actual:#04x}, not {wanted:#04x}")]
    KeyType {
        /// The name of the key.
        name: String,
        /// The type byte of the key.
        actual: u8,
        /// The type byte that was needed.
        wanted: u8,
    },
    /// A verifier key's id is not the one that its name and public key give.
    #[error("the key of {name} has the id {computed:08x}, not {claimed:08x}")]
    KeyId {
        /// The name of the key.
        name: String,
        /// The id in the text.
        claimed: u32,
        /// The id as computed.
        computed: u32,
    },
    /// A part is not what the format asks for.
    #[error("{what}: expected {expected}, found {found:?}")]
    Malformed {
        /// The part of the format.
        what: &'static str,
        /// What the format asks for.
        expected: &'static str,
        /// What is there, cut after 80 characters.
        found: String,
    },
    /// No tree of this size has this node, or the tile that was read is too narrow for it.
    #[error("node {index} at level {level} is not in the tiles of a tree of {size} leaves")]
    NoSuchNode {
        /// The level, 0 for the leaves.
        level: u8,
        /// The index within the level, from 0.
        index: u64,
        /// The number of leaves.
        size: u64,
    },
    /// A log's checkpoint was to be signed by a key of another name; nobody would take it for the log's.
    #[error("the checkpoint of {origin} cannot be signed by the key of {name}")]
    NotTheLog {
        /// The origin line.
        origin: String,
        /// The name of the key.
        name: String,
    },
    /// The key did not sign.
    #[error("the key of {name} could not sign")]
    Signer {
        /// The name of the key.
        name: String,
        /// Why, in the words of whoever holds it.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A part is longer than its cap. It was not looked at.
    #[error("{what}: {found} bytes, and at most {limit} are read")]
    TooLong {
        /// The part of the format.
        what: &'static str,
        /// Its length in bytes.
        found: usize,
        /// The cap in bytes.
        limit: usize,
    },
    /// There are more parts of a kind than the cap allows.
    #[error("{what}: more than {limit}")]
    TooMany {
        /// The kind of part.
        what: &'static str,
        /// The cap.
        limit: usize,
    },
    /// A fresh signature does not verify: whoever holds the key holds another one.
    #[error("the signature made for {name} does not verify with its public key")]
    WrongSignature {
        /// The name of the key.
        name: String,
    },
}

/// Why a note, checkpoint or proof that parses is not to be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// A signature of a known key does not verify, so the note was changed or forged.
    #[error("the signature of {name} (key {id:08x}) does not verify")]
    BadSignature {
        /// The name of the key.
        name: String,
        /// The id of the key.
        id: u32,
    },
    /// The newer checkpoint does not continue the older one.
    #[error("the newer checkpoint does not continue the older one")]
    NotContinued(#[source] Mismatch),
    /// The proof does not lead from the entry to the signed root.
    #[error("the entry is not in the log that the checkpoint describes")]
    NotIncluded(#[source] Mismatch),
    /// None of the known keys signed the note, or none of the log's own signed the checkpoint.
    #[error("not signed by any known key of {signer}")]
    NotSigned {
        /// Whose signature is missing: the origin of the checkpoint, or `the reader` for a plain note.
        signer: String,
    },
    /// The checkpoint is another log's.
    #[error("the checkpoint is one of the log {found}, not of {kept}")]
    OtherLog {
        /// The log of the checkpoint that was kept.
        kept: String,
        /// The log of the checkpoint that came.
        found: String,
    },
    /// The proof begins at another size than the checkpoint that was kept.
    #[error("the proof leads on from {found} records, the kept checkpoint has {kept}")]
    OtherSize {
        /// The size of the checkpoint that was kept.
        kept: u64,
        /// The size that the proof begins at.
        found: u64,
    },
    /// No key is known for the log that the checkpoint names.
    #[error("no key is known for the log {origin}")]
    UnknownOrigin {
        /// The origin line, which nothing vouches for.
        origin: String,
    },
}
