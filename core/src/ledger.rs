//! The log: append-only, chained, signed, with a Merkle tree over it.
//!
//! - [`Ledger`]: the one writer. [`Ledger::append`] returns when the records are durable.
//! - [`Sequencer`]: that writer in the hands of many callers, whose appends share commits.
//! - [`Reader`]: everything that needs no key: records, checkpoint, proofs, look-ups.
//! - [`Snapshot`]: the log under one checkpoint: proofs, tiles and entry bundles.
//! - [`check`]: reads a whole log and names the first bad record; [`absence`]: proofs that something is not in it.
//! - [`history`]: which key signs from which record on, as the log's KEY records say it.
//! - [`Store`]: where lines stand; [`file::FileStore`] in a directory, [`memory::MemoryStore`] in memory, and
//!   [`faulty::FaultyStore`] around another one, failing on demand.
//! - [`line`](mod@line): the form of a line; [`tree`]: the tree and its tiles; [`index`]: look-ups, which can be made again from the
//!   lines at any time.
//! - [`tiers`]: old segments packed ([`packed`]) and moved to an archive ([`cold`]); readers find them wherever they stand.
//!
//! Left out: C2PA, pixels, plaintext prompts; the formats of checkpoints and proofs (`tlog`).

pub mod absence;
pub mod check;
pub mod cold;
pub mod faulty;
pub mod file;
mod header;
pub mod history;
pub mod index;
pub mod line;
pub mod memory;
mod names;
pub mod packed;
mod reader;
pub mod repair;
mod segment;
mod sequencer;
mod snapshot;
pub mod store;
pub mod tiers;
pub mod tree;
mod writer;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use index::{Key, Selection};
pub use reader::Reader;
pub use sequencer::{Proved, Sequencer};
pub use snapshot::{Continuation, Prover, Snapshot};
pub use store::Store;
pub use writer::{Keys, Ledger, Receipt, this_system, verifier_key};

use crate::event;

/// Name of the object that holds the newest checkpoint.
pub const CHECKPOINT: &str = "checkpoint";

/// Name of the object that holds the log's verifier keys: a [`history::History`], most often of one key.
pub const VERIFIER_KEY: &str = "log.vkey";

/// Why the log could not be read or written. What is wrong *in* a log is an answer of [`check`], not an error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file system refused.
    #[error("could not use {}", path.display())]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Nothing there.
    #[error("there is no log in {}: is that the folder that holds segments/ and checkpoint?", dir.display())]
    NoLog {
        /// Where one was looked for.
        dir: PathBuf,
    },
    /// Another process writes.
    #[error("another process is writing this log (it holds {}): wait until it has ended, or stop it", lock.display())]
    Busy {
        /// The lock file.
        lock: PathBuf,
    },
    /// Opened for reading only.
    #[error("the log was opened for reading, and only its writer adds to it")]
    ReadOnly,
    /// An earlier write failed, and what stands on disk is not known.
    #[error("an earlier write to the log failed; nothing is written until the log is opened again")]
    Poisoned,
    /// A commit that served several callers.
    #[error("the commit failed that this was part of: whether it is on record shows when the log is opened again")]
    Commit {
        /// How.
        source: Arc<Self>,
    },
    /// A segment file in the middle is gone.
    #[error("the log's file {} is missing: bring it back from a copy", path.display())]
    MissingSegment {
        /// Which.
        path: PathBuf,
    },
    /// A segment file that is not the last ends too early.
    #[error("the log's file {} ends before record {seq}, and others follow it: bring it back from a copy", path.display())]
    MissingLines {
        /// Which.
        path: PathBuf,
        /// The first record that is not there.
        seq: u64,
    },
    /// A segment in an archive that is not there.
    #[error("records {first} to {last} are in the archive {}, and it cannot be read: mount it; or, if it is elsewhere now, name that folder as tiers.archive and run touchmark log tiers run", folder.display())]
    Archive {
        /// The first record.
        first: u64,
        /// The last record.
        last: u64,
        /// The archive's folder.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A packed segment that is not what was written.
    #[error("{} is damaged from record {seq} on ({problem}): bring it back from a copy", path.display())]
    Packed {
        /// Which file.
        path: PathBuf,
        /// The first record that may be damaged.
        seq: u64,
        /// How it shows.
        problem: String,
    },
    /// What says where an archived segment is cannot be read.
    #[error("{} does not say where its segment is ({problem}): bring it back from a copy", path.display())]
    Pointer {
        /// Which file.
        path: PathBuf,
        /// How it shows.
        problem: String,
    },
    /// Another process moves segments.
    #[error("another process is moving segments in {}: wait until it has ended", folder.display())]
    Moving {
        /// The folder.
        folder: PathBuf,
    },
    /// Segments should go to an archive, and none is named.
    #[error("there is no archive to move segments to: name its folder as tiers.archive")]
    NoArchive,
    /// A folder that nothing is moved to.
    #[error("{} cannot be used as the log's archive: {problem}", folder.display())]
    NotAnArchive {
        /// The folder.
        folder: PathBuf,
        /// Why.
        problem: String,
    },
    /// A line that never ends.
    #[error("line {seq_in_file} of {} is longer than {limit} bytes", path.display())]
    LineTooLong {
        /// Which file.
        path: PathBuf,
        /// Counted from 0.
        seq_in_file: u64,
        /// In bytes.
        limit: usize,
    },
    /// A line that cannot be taken apart.
    #[error("record {seq} cannot be read")]
    Damaged {
        /// Its position.
        seq: u64,
        /// What is wrong.
        source: line::Malformed,
    },
    /// A line whose parts do not belong together.
    #[error("record {seq} was changed: {part} does not give the hash that vouches for it; see touchmark log verify")]
    Changed {
        /// Its position.
        seq: u64,
        /// Which part.
        part: &'static str,
    },
    /// A line that stands in the wrong place.
    #[error(
        "the line at {seq} says that it is record {says}: lines were moved, added or taken away; see touchmark log verify"
    )]
    Misplaced {
        /// Where it stands.
        seq: u64,
        /// Where it says that it belongs.
        says: u64,
    },
    /// A line whose record cannot be understood.
    #[error("record {seq} cannot be understood")]
    Unreadable {
        /// Its position.
        seq: u64,
        /// What is wrong.
        source: event::Error,
    },
    /// A position beyond the end.
    #[error("there is no record {seq}: the log has {size}")]
    NoSuchRecord {
        /// The position.
        seq: u64,
        /// Records in the log.
        size: u64,
    },
    /// An id that is not in the log.
    #[error("there is no record with the id {id} in this log")]
    NoSuchId {
        /// The id.
        id: uuid::Uuid,
    },
    /// Nothing can be proved to be absent yet.
    #[error(
        "no run of records is sealed yet, so there is nothing that a proof of absence could lead to: seal them first"
    )]
    NothingSealed,
    /// Two events of one batch with one id.
    #[error("the id {id} is given to two events")]
    TwiceGiven {
        /// The id.
        id: uuid::Uuid,
    },
    /// An event that was recorded before.
    #[error("{id} is on record already, as record {seq}; nothing was added")]
    OnRecord {
        /// The event's id.
        id: uuid::Uuid,
        /// Where its record stands.
        seq: u64,
    },
    /// A tree node that cannot be computed.
    #[error("the tree has no complete node at level {level}, index {index}")]
    NoNode {
        /// Height.
        level: u8,
        /// Position.
        index: u64,
    },
    /// The tree and the lines do not agree.
    #[error("the log's tree: {problem}")]
    Tree {
        /// What is wrong.
        problem: String,
    },
    /// The log ends before its own checkpoint.
    #[error(
        "the log ends after {size} records, but its checkpoint covers {checkpoint}: records that were acknowledged are gone; restore the missing lines from a copy"
    )]
    Shortened {
        /// Records that stand.
        size: u64,
        /// Records that the checkpoint covers.
        checkpoint: u64,
    },
    /// The writer's MAC key is far ahead of the log.
    #[error(
        "the log ends in MAC epoch {last}, but the writer's key is of epoch {key}: the records in between are gone; restore the newest copy of the log"
    )]
    LostEpochs {
        /// Epoch of the last record.
        last: u64,
        /// Epoch of the key.
        key: u64,
    },
    /// The writer's MAC key did not make the last MAC.
    #[error(
        "the MAC of the last record, {seq}, is not by the writer's MAC key, although both are of epoch {epoch}: the key file (keys/mac-epoch) is another log's; bring back the right one"
    )]
    ForeignMacKey {
        /// The last record.
        seq: u64,
        /// The epoch.
        epoch: u64,
    },
    /// The log's last records do not check.
    #[error("the end of the log does not check, so nothing is added to it: {problem}; see touchmark log verify")]
    BadEnd {
        /// The finding.
        problem: String,
    },
    /// A checkpoint or a key in a form that cannot be read.
    #[error("{}: {problem}", name)]
    Object {
        /// Which object.
        name: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// The writer's key was handed over to another one.
    #[error(
        "the writer's key is {key}, which the log gave up: from record {until} on {newest} is in force; bring that key back"
    )]
    GivenUpKey {
        /// The writer's key.
        key: String,
        /// The first record that it may not sign.
        until: u64,
        /// The key in force.
        newest: String,
    },
    /// The writer's key is no key of this log.
    #[error("the writer's key is {key}, and the log's is {newest}: it is another log's key; bring back the right one")]
    ForeignKey {
        /// The writer's key.
        key: String,
        /// The key in force.
        newest: String,
    },
    /// An event that is not accepted.
    #[error("event {number} was not accepted")]
    Event {
        /// In the order given, from 1.
        number: usize,
        /// Why.
        source: event::Error,
    },
    /// Somebody else wrote in between.
    #[error("another writer added records first: the log has {size} now; open it again")]
    Raced {
        /// Records that stand.
        size: u64,
    },
    /// A store does not do what [`Store`] promises.
    #[error("the store breaks its contract: {rule}")]
    Contract {
        /// What it should do and does not.
        rule: &'static str,
    },
    /// A checkpoint, proof or tile could not be written or read.
    #[error("could not write or read one of the log's own forms")]
    Form(#[from] crate::tlog::Error),
    /// The keys that private parts are sealed under.
    #[error("the vault could not be used, so nothing is written")]
    Vault(#[from] crate::privacy::vault::Error),
    /// The log's key failed.
    #[error("could not use the log's keys")]
    Keys(#[from] crate::keys::Error),
}

impl Error {
    /// Gives an I/O error its path.
    pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { path: path.to_owned(), source }
    }
}
