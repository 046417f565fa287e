//! The log as everybody may follow it: a static folder in the layout of C2SP tlog-tiles.
//!
//! ```text
//! checkpoint                      the newest checkpoint, with the cosignatures that it has
//! log.vkey                        the log's verifier keys, one a line, later ones with the record from which they are in force
//! tile/0/x001/x234/067            hash tiles; 067.p/112 while there are 112 hashes in it
//! tile/entries/x001/x234/067      entry bundles: the public parts of 256 records, byte for byte as they were hashed
//! ```
//! - [`publish()`] writes what a log has that the folder has not. The checkpoint comes last: whoever reads it finds everything that it
//!   covers, whatever happened in between.
//! - [`Folder`] reads one, as a monitor would; [`audit()`] checks all of it with nothing but the log's key.
//!
//! Nothing of a record's private part comes here: the room sees only what [`Snapshot`](crate::ledger::Snapshot) gives out.

mod audit;
mod folder;
mod write;

use std::io;
use std::path::PathBuf;

pub use audit::{Audit, Finding, MAX_FINDINGS, audit};
pub use folder::Folder;
pub use write::{Published, Refusal, publish};

use crate::{ledger, merkle, tlog};

/// Why a folder could not be written or read. What is wrong *in* one is an answer of [`audit()`].
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
    /// Nothing was published there.
    #[error("no log is published in {}: is that the folder that holds checkpoint and tile/?", dir.display())]
    NotPublished {
        /// Where it was looked for.
        dir: PathBuf,
    },
    /// A file of the folder is not what its name says.
    #[error("{}: {problem}", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// Another process publishes into it.
    #[error("another process is publishing into {}: wait until it has ended", dir.display())]
    Busy {
        /// Which folder.
        dir: PathBuf,
    },
    /// The log itself.
    #[error("could not read the log")]
    Ledger(#[from] ledger::Error),
    /// A form of transparency logs.
    #[error("could not write or read one of the log's forms")]
    Form(#[from] tlog::Error),
}

impl Error {
    fn at(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { path: path.into(), source }
    }
}

impl From<merkle::Error<Self>> for Error {
    fn from(error: merkle::Error<Self>) -> Self {
        match error {
            merkle::Error::Nodes(error) => error,
            other => Self::Ledger(ledger::Error::Tree { problem: other.to_string() }),
        }
    }
}
