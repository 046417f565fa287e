//! Why a home could not be made or used.

use std::io;
use std::path::PathBuf;

use super::{CONFIG, Under};
use crate::keys::timestamp;
use crate::{ledger, manifest};

/// Why a home could not be made or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is one already.
    #[error("{} exists already and is not changed: choose another folder with --home, or use the one that is there", dir.display())]
    Exists {
        /// Where.
        dir: PathBuf,
    },
    /// There is none.
    #[error("there is no touchmark home in {}: make one with touchmark init, or name it with --home or TOUCHMARK_HOME", dir.display())]
    NotThere {
        /// Where it was looked for.
        dir: PathBuf,
    },
    /// The configuration cannot be read.
    #[error("{} is not understood: {problem}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// What and where.
        problem: String,
    },
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
    /// A key file is gone.
    #[error(
        "{what} is missing ({}): bring it back from your backup; without it nothing is added to the log, and all that stands in it can still be verified", path.display()
    )]
    KeyLost {
        /// The file.
        path: PathBuf,
        /// Which key.
        what: &'static str,
    },
    /// A key in a file is not for the home to be made around.
    #[error("{what}: a key in a file is made by init itself; name here only keys that lie outside of the home")]
    FileForInit {
        /// Which key.
        what: &'static str,
    },
    /// A key outside of the home is not replaced by one that nobody made.
    #[error(
        "the log's key lives in {place}, where no new one is made by itself: make one, name it as log.next_key in {CONFIG}, and run this again"
    )]
    NoNextKey {
        /// Where the key lives.
        place: String,
    },
    /// A home without a vault.
    #[error(
        "this home has no vault ({}), and nothing private is written without one: make it with touchmark vault init", dir.display()
    )]
    NoVault {
        /// Where it would be.
        dir: PathBuf,
    },
    /// The vault's key is wrapped, and the key that unwraps it cannot be used.
    #[error(
        "the vault's key cannot be unwrapped{under}, and without it nothing private is read or written; public parts, proofs and log verify need no key"
    )]
    VaultLocked {
        /// Where it says that it was wrapped, if the configuration names another place.
        under: Under,
        /// What is wrong.
        source: crate::keys::Error,
    },
    /// The configuration names a key, and nothing was wrapped under it.
    #[error(
        "vault.key names {place}, and the vault's key still lies in {}: run touchmark vault rewrap, which moves it", path.display()
    )]
    VaultKeyElsewhere {
        /// Where it lies.
        path: PathBuf,
        /// Where it should.
        place: String,
    },
    /// The vault's key has nowhere to go.
    #[error(
        "the vault's key lies in {place}, and no other place is named: name one as vault.next_key in {CONFIG}, and run this again"
    )]
    NoNextVaultKey {
        /// Where it lies.
        place: String,
    },
    /// The root was handed over before.
    #[error("the root of the MAC keys is not in this home any more: record {record} says that it was handed over")]
    RootGone {
        /// The KEY record.
        record: u64,
    },
    /// The root is gone, and nobody handed it over.
    #[error("the root of the MAC keys is missing ({}), and the log does not say that it was handed over: bring it back from your backup", path.display())]
    RootLost {
        /// The file.
        path: PathBuf,
    },
    /// The root of another log.
    #[error("{} is not the root of this log's MAC keys; nothing was handed over: bring the right one back from your backup", path.display())]
    ForeignRoot {
        /// The file.
        path: PathBuf,
    },
    /// The file lies where the auditor does not hold it.
    #[error("{} lies in the home: name a place outside of it, that the auditor holds", path.display())]
    InsideHome {
        /// The file.
        path: PathBuf,
    },
    /// What was read back is not what was written.
    #[error("{} does not hold what was written to it: the root stays in the home; name another place", path.display())]
    NotWritten {
        /// The file.
        path: PathBuf,
    },
    /// A key or certificate.
    #[error("could not use the home's keys")]
    Keys(#[from] crate::keys::Error),
    /// The roots of time-stamp authorities.
    #[error("could not use the roots in [timestamps]")]
    Timestamps(#[from] timestamp::Error),
    /// The vault.
    #[error("could not use the vault")]
    Vault(#[from] crate::privacy::vault::Error),
    /// The log.
    #[error("could not open the log")]
    Ledger(#[from] ledger::Error),
    /// As a witness, or with what witnesses said.
    #[error("could not use what is kept of witnesses")]
    Witness(#[from] crate::witness::Error),
    /// A list of whom to trust.
    #[error("whom to trust cannot be told")]
    Trust(#[from] crate::trust::Error),
    /// The signing certificate.
    #[error("could not set up signing")]
    Manifest(#[from] manifest::Error),
}
