//! The operator's folder: configuration, keys, certificates, log.
//!
//! ```text
//! touchmark.toml            configuration
//! keys/log.pem              Ed25519: signs records and checkpoints       (mode 0600, as all of keys/)
//! keys/claim.pem            P-256: signs C2PA claims
//! keys/log-next.pem         while the log's key is handed over: the next one
//! keys/mac-root, mac-epoch  the writer's MAC chain; the root only until an auditor holds it
//! keys/witness.pem          Ed25519: cosigns other logs' checkpoints; made when it is first needed
//! keys/vault-key            wraps the keys in vault/
//! keys/service-token        bearer token for writes over HTTP
//! certs/signer.pem          certificate chain of keys/claim.pem
//! certs/root.pem            the development CA's root: a trust anchor for tests, of no meaning to anybody else
//! ledger/                   the log
//! vault/                    the keys that private parts are sealed under: a person's, a month's
//! witness/                  what it saw of other logs, as a witness
//! manifests.pack            manifest stores of all exports
//! originals/                images as they came in, sealed (export --keep-original)
//! ```

mod config;
mod keys;
mod making;
mod protecting;
mod status;
mod vault;
mod witnessing;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::event::private::NEVER_PUBLIC;
use crate::event::{Classes, Kind};
use crate::export::shelf::Shelf;
use crate::keys::certificate::Chain;
use crate::keys::file::P256Signer;
use crate::keys::place::Place;
use crate::keys::timestamp::{self, Roots, TimestampAuthority};
use crate::keys::{Algorithm, Certified, FilesOnly, Keyring, Signer};
use crate::ledger::{self, Reader};
use crate::manifest::{self, Issuer, Timestamps, Trust};
use crate::media::Limits;
use crate::originals::Originals;

pub use self::keys::Handover;
pub use self::making::KeyPlaces;
pub use self::status::{KeyStatus, Role};
pub use config::{
    Config, LimitsConfig, LogConfig, OriginalsConfig, SigningConfig, TimestampsConfig, TrustConfig, WitnessConfig,
};

/// Name of the configuration file.
pub const CONFIG: &str = "touchmark.toml";

/// The operator's folder.
#[derive(Debug)]
pub struct Home {
    dir: PathBuf,
    config: Config,
    /// The way to keys that are not in its files.
    keyring: Arc<dyn Keyring>,
    classes: Classes,
}

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
    /// The signing certificate.
    #[error("could not set up signing")]
    Manifest(#[from] manifest::Error),
}

impl Home {
    /// Opens a home whose keys are in files that need no passphrase. Others are named when they are needed, and cannot be used.
    pub fn open(dir: &Path) -> Result<Self, Error> {
        Self::open_with(dir, Arc::new(FilesOnly))
    }

    /// Opens a home. `keyring` opens the keys that are not in its files, when they are needed.
    pub fn open_with(dir: &Path, keyring: Arc<dyn Keyring>) -> Result<Self, Error> {
        let path = dir.join(CONFIG);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Error::NotThere { dir: dir.to_owned() });
            }
            Err(source) => return Err(Error::Io { action: "read", path, source }),
        };
        let config: Config =
            toml::from_str(&text).map_err(|error| Error::Config { path: path.clone(), problem: error.to_string() })?;
        for field in &config.log.publish {
            let first = field.split('.').next().unwrap_or_default();
            if NEVER_PUBLIC.contains(&first) {
                let problem = format!("publish: {field} would link pictures to a person and cannot be published");
                return Err(Error::Config { path, problem });
            }
            if !Kind::ALL.iter().any(|kind| kind.private_fields().contains(&first)) && first != "tenant" {
                let problem = format!("publish: there is no private field {first}; docs/record.md lists them");
                return Err(Error::Config { path, problem });
            }
        }
        let classes = Classes::new(config.retention.clone())
            .map_err(|wrong| Error::Config { path, problem: format!("[[retention]]: {wrong}") })?;
        Ok(Self { dir: dir.to_owned(), config, classes, keyring })
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// How long private parts are kept.
    pub fn classes(&self) -> &Classes {
        &self.classes
    }

    /// Limits for images.
    pub fn limits(&self) -> Limits {
        let LimitsConfig { image_bytes, image_pixels } = self.config.limits;
        Limits { max_bytes: image_bytes, max_pixels: image_pixels }
    }

    /// Opens the log for reading.
    pub fn reader(&self) -> Result<Reader, Error> {
        Ok(Reader::open(&self.ledger_dir())?)
    }

    /// Where the log stands.
    pub fn ledger_dir(&self) -> PathBuf {
        self.dir.join("ledger")
    }

    /// The signer of claims, with its certificate checked against its key.
    pub fn issuer(&self) -> Result<Issuer, Error> {
        self.issuer_with(None)
    }

    /// The same, with each signature time-stamped. Without an authority, a configuration that demands time-stamps is an error.
    pub fn issuer_with(&self, authority: Option<Arc<dyn TimestampAuthority>>) -> Result<Issuer, Error> {
        let SigningConfig { key, certificates } = &self.config.signing;
        let certificates = self.dir.join(certificates);
        let signer: Arc<dyn Signer> = match key {
            Place::File(path) => {
                Arc::new(P256Signer::load_with(self.dir.join(path), certificates, self.keyring.as_ref())?)
            }
            Place::Outside(place) => {
                let key = self.keyring.signer(&place.seen_from(&self.dir), Algorithm::Es256)?;
                Arc::new(Certified::new(key, Chain::load(certificates)?)?)
            }
        };
        let issuer = Issuer::new(signer)?;
        let required = self.config.timestamps.require_timestamp;
        match authority {
            Some(authority) => Ok(issuer.with_timestamps(Timestamps { authority, required })?),
            None if required => {
                let problem = "timestamps.require_timestamp is set, and no authority is named: name some in timestamps.authorities, or with --tsa";
                Err(Error::Config { path: self.dir.join(CONFIG), problem: problem.to_owned() })
            }
            None => Ok(issuer),
        }
    }

    /// How long one request to a time-stamp authority may take.
    pub fn timestamp_timeout(&self) -> Duration {
        Duration::from_millis(self.config.timestamps.timeout_ms)
    }

    /// Where manifests are kept.
    pub fn shelf(&self) -> Shelf {
        Shelf::new(&self.dir)
    }

    /// Where originals are kept.
    pub fn originals(&self) -> Originals {
        let dir = self.config.originals.dir.as_deref().unwrap_or_else(|| Path::new("originals"));
        Originals::new(self.dir.join(dir), self.config.limits.image_bytes)
    }

    /// The trust anchors of this home, PEM.
    pub fn anchors(&self) -> Result<String, Error> {
        self.texts(&self.config.trust.anchors)
    }

    /// The roots of time-stamp authorities that this home trusts; `None` where it names none.
    pub fn timestamp_roots(&self) -> Result<Option<Roots>, Error> {
        let roots = &self.config.timestamps.roots;
        if roots.is_empty() { Ok(None) } else { Ok(Some(Roots::from_pem(&self.texts(roots)?)?)) }
    }

    /// Whom this home trusts when it verifies: to sign, and to say when.
    pub fn trust(&self) -> Result<Trust, Error> {
        let trust = Trust::new(&self.anchors()?)?;
        Ok(match self.timestamp_roots()? {
            Some(roots) => trust.with_timestamp_roots(roots),
            None => trust,
        })
    }

    /// The texts of several files, one after another.
    fn texts(&self, paths: &[PathBuf]) -> Result<String, Error> {
        let mut texts = String::new();
        for path in paths {
            let path = self.dir.join(path);
            texts += &fs::read_to_string(&path).map_err(|source| Error::Io { action: "read", path, source })?;
            texts.push('\n');
        }
        Ok(texts)
    }

    /// The bearer token for writes over HTTP.
    pub fn service_token(&self) -> Result<String, Error> {
        let path = self.dir.join("keys/service-token");
        let text = fs::read_to_string(&path).map_err(|source| Error::Io { action: "read", path, source })?;
        Ok(text.trim().to_owned())
    }
}
