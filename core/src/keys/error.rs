//! Why a key could not be had or used.

use std::io;
use std::path::PathBuf;

use super::{Algorithm, place};

/// Why a key, a certificate or a signature could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A certificate in the chain is not one.
    #[error("certificate {number} of the chain cannot be read as X.509")]
    Certificate {
        /// Counted from 1, the first in the file.
        number: usize,
        /// What the parser says.
        #[source]
        source: der::Error,
    },
    /// The operating system refused.
    #[error("cannot {action} {path:?}")]
    Io {
        /// A verb, as in "cannot read".
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A development certificate could not be made.
    #[error("cannot make the development {what}")]
    Issue {
        /// Which certificate.
        what: &'static str,
        /// What the builder says.
        #[source]
        source: x509_cert::builder::Error,
    },
    /// The file is there already. A key is never written over another.
    #[error("{path:?} exists already and a key is never overwritten; move the old file away or choose another path")]
    KeyExists {
        /// The file.
        path: PathBuf,
    },
    /// The private key and the first certificate of the chain do not belong together.
    #[error(
        "the private key is not the one that the certificate of {subject:?} was issued for; \
         the chain must start with the signer's own certificate"
    )]
    KeyMismatch {
        /// The subject of the first certificate.
        subject: String,
    },
    /// Not what was expected there.
    #[error("{path:?}: expected {expected}, found {found}")]
    NotAKey {
        /// The file.
        path: PathBuf,
        /// What would have been right.
        expected: &'static str,
        /// What the file holds instead, and the way out if there is one.
        found: String,
    },
    /// A chain without a certificate, with something else in it, or too long.
    #[error("the certificate chain {problem}")]
    NotAChain {
        /// A verb and what was found, as in "holds no certificate".
        problem: String,
    },
    /// The MAC key is older than the log's last record.
    #[error("the key in {path:?} is of epoch {epoch} and the log has reached {last}; it is an old copy")]
    OldEpoch {
        /// The key's file.
        path: PathBuf,
        /// The epoch in the file.
        epoch: u64,
        /// The epoch of the last record.
        last: u64,
    },
    /// The secret can be read or changed by other users of the machine.
    #[error("{path:?} is open to other users (mode {mode:04o}); run: chmod 600 {path:?}")]
    OpenToOthers {
        /// The file.
        path: PathBuf,
        /// The permission bits found.
        mode: u32,
    },
    /// The name cannot stand in a certificate.
    #[error("the organisation name {problem}")]
    Organisation {
        /// A verb and what was found.
        problem: String,
    },
    /// A key outside of this process cannot be used.
    #[error("cannot use the key in {place}: {problem}")]
    Outside {
        /// Where it lives.
        place: String,
        /// What is wrong, and the way out if there is one.
        problem: String,
    },
    /// A key file needs a passphrase that is not there, or another one.
    #[error("{path:?} needs its passphrase: {problem}")]
    Passphrase {
        /// The file.
        path: PathBuf,
        /// What is wrong, and the way out if there is one.
        problem: String,
    },
    /// The bytes are no public key of this algorithm.
    #[error("these {length} bytes are no public key for {algorithm:?}")]
    PublicKey {
        /// The algorithm.
        algorithm: Algorithm,
        /// How many bytes there were.
        length: usize,
    },
    /// The signer could not sign: the device is gone, the service refused.
    #[error("cannot sign: {what}")]
    Sign {
        /// What failed.
        what: String,
        /// The signer's own error.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// The signer does not do what [`Signer`](super::Signer) promises.
    #[error("the signer breaks its contract: {rule}")]
    SignerContract {
        /// What it should do and does not.
        rule: &'static str,
    },
    /// An epoch so far from the root that deriving it would take too long, or a wrong number in a log.
    #[error("epoch {epoch} is beyond the highest that can be derived, {highest}")]
    TooManyEpochs {
        /// The epoch asked for.
        epoch: u64,
        /// The highest that is derived.
        highest: u64,
    },
}

impl Error {
    /// A key outside of this process cannot be used.
    pub fn outside(place: &place::Outside, problem: impl Into<String>) -> Self {
        Self::Outside { place: place.to_string(), problem: problem.into() }
    }
}
