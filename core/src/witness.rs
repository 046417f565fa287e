//! Witnesses: whoever cosigns another log's checkpoint says that, as far as they saw, that log was never rewritten.
//!
//! - [`Witness`]: cosigns. It keeps the last checkpoint that it saw of each log, and refuses one that does not continue it.
//! - [`Cosigned`]: what a log's operator keeps of what witnesses said about its own log.
//! - [`request`]: the question to a witness, made from a log's own folder or a published one.
//!
//! The forms are C2SP tlog-cosignature and the request of tlog-witness ([`Consistency`]); how they travel is left to the edges.

mod cosigned;
mod cosigning;
mod source;

use std::io;
use std::path::PathBuf;

pub use cosigned::{Cosigned, Cosigner, NotTaken, Taken, cosigners};
pub use cosigning::{Answer, Refusal, Witness};
pub use source::{handed_over, request, unverified_key};

use crate::{keys, ledger, publish, tlog};

#[cfg(doc)]
use crate::tlog::consistency::Consistency;

/// Why nothing could be looked at or kept.
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
    /// What the witness keeps cannot be read.
    #[error("{} is not what the witness wrote there: {problem}; nothing is cosigned until it is put right", path.display())]
    State {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// Another process is at the same log.
    #[error("another process is at work in {}: try again when it has ended", dir.display())]
    Busy {
        /// Which folder.
        dir: PathBuf,
    },
    /// A log's own folder.
    #[error("could not read the log")]
    Ledger(#[from] ledger::Error),
    /// A published folder.
    #[error("could not read the published log")]
    Publish(#[from] publish::Error),
    /// The witness's key.
    #[error("could not use the witness's key")]
    Keys(#[from] keys::Error),
    /// A note or key.
    #[error("could not write or read one of the log's forms")]
    Form(#[from] tlog::Error),
}

impl Error {
    fn at(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { path: path.into(), source }
    }
}
