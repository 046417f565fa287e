//! Proofs that a log does not name something: that an asset was not ingested, used in training, generated or exported in it.
//!
//! An ANCHOR record *seals a run*: it fixes the root of the sorted Merkle tree over all asset hashes and commitments that the records
//! `first` up to `end` name. Runs follow each other without a gap or an overlap from record 0 on. In a sorted tree, what is not there is
//! proved by its two neighbours.
//!
//! - [`Name`]: an asset hash or a commitment, as a leaf of the tree; `run`: the names of a run of records, and their tree.
//! - [`Proof`]: the whole proof as a text that is checked offline, with nothing but the log's key ([`Proof::verify`]).
//! - [`prove`]: makes one from a log's lines. Sealing itself is the writer's ([`Ledger::seal_names`](super::Ledger::seal_names)).
//!
//! docs/log.md has the form byte for byte, what is named where, and what the proof rests on.

mod name;
mod proof;
mod prove;
pub(super) mod run;
mod verify;

pub use self::name::{Name, NotAName};
pub use self::proof::{MAX_PROOF, Neighbour, Proof, Run};
pub use self::prove::{Answer, MAX_NAMED, Sealed, prove, sealed};
pub use self::verify::{Absent, Refusal};
