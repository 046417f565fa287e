//! The operator's folder: configuration, keys, certificates, log.
//!
//! ```text
//! touchmark.toml            configuration
//! keys/log.pem              Ed25519: signs records and checkpoints       (mode 0600, as all of keys/)
//! keys/claim.pem            P-256: signs C2PA claims
//! keys/log-next.pem         while the log's key is handed over: the next one
//! keys/mac-root, mac-epoch  the writer's MAC chain; the root only until an auditor holds it
//! keys/witness.pem          Ed25519: cosigns other logs' checkpoints; made when it is first needed
//! keys/vault-key            wraps the keys in vault/; or keys/vault-root, wrapped itself under a key elsewhere
//! keys/service-token        bearer token for writes over HTTP
//! certs/signer.pem          certificate chain of keys/claim.pem
//! certs/root.pem            the development CA's root: a trust anchor for tests, of no meaning to anybody else
//! ledger/                   the log
//! vault/                    the keys that private parts are sealed under: a person's, a month's
//! trust/                    lists of whom to trust (trust update)
//! witness/                  what it saw of other logs, as a witness
//! manifests.pack            manifest stores of all exports
//! gallery/                  what the exported pictures look like, to find them again
//! originals/                images as they came in, sealed (export --keep-original)
//! ```

mod config;
mod error;
mod keys;
mod making;
mod protecting;
mod status;
mod trusting;
mod vault;
mod witnessing;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::event::private::NEVER_PUBLIC;
use crate::event::{Classes, Kind};
use crate::export::shelf::Shelf;
use crate::gallery::Gallery;
use crate::keys::certificate::Chain;
use crate::keys::file::{P256Signer, read_line};
use crate::keys::place::Place;
use crate::keys::timestamp::TimestampAuthority;
use crate::keys::{Algorithm, Certified, FilesOnly, Keyring, Signer};
use crate::ledger::Reader;
use crate::ledger::tiers::Rules;
use crate::manifest::{Issuer, Timestamps};
use crate::media::Limits;
use crate::originals::Originals;

pub use self::error::Error;
pub use self::keys::Handover;
pub use self::making::KeyPlaces;
pub use self::status::{KeyStatus, Role};
pub use self::vault::{Rewrapped, Under};
pub use config::{
    AnchorFile, Config, LimitsConfig, LogConfig, OriginalsConfig, SigningConfig, TiersConfig, TimestampsConfig,
    TrustConfig, VaultConfig, WitnessConfig,
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
    unwrapped: vault::Unwrapped,
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
        Ok(Self { dir: dir.to_owned(), config, classes, keyring, unwrapped: vault::Unwrapped::default() })
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

    /// When old segments of the log move, and where to.
    pub fn tier_rules(&self) -> Result<Rules, Error> {
        let TiersConfig { warm_after, cold_after, archive } = &self.config.tiers;
        if cold_after.is_some() && archive.is_none() {
            let problem = "tiers.cold_after says when segments go to an archive: name its folder as tiers.archive";
            return Err(Error::Config { path: self.dir.join(CONFIG), problem: problem.to_owned() });
        }
        // From wherever the log is read later.
        let absolute = |path: &PathBuf| {
            let path = self.dir.join(path);
            std::path::absolute(&path).map_err(|source| Error::Io { action: "find", path, source })
        };
        let archive = archive.as_ref().map(absolute).transpose()?;
        Ok(Rules { warm_after: *warm_after, cold_after: *cold_after, archive })
    }

    /// Limits for images.
    pub fn limits(&self) -> Limits {
        self.config.limits.images()
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

    /// The likenesses beside a log that stands in a home. `None` of a log that stands by itself.
    pub fn gallery_beside(ledger: &Path) -> Option<Gallery> {
        let ledger = fs::canonicalize(ledger).ok()?;
        let home = ledger.parent().filter(|home| home.join(CONFIG).exists())?;
        Some(Shelf::new(home).gallery().clone())
    }

    /// Where originals are kept.
    pub fn originals(&self) -> Originals {
        let dir = self.config.originals.dir.as_deref().unwrap_or_else(|| Path::new("originals"));
        Originals::new(self.dir.join(dir), self.config.limits.image_bytes)
    }

    /// The bearer token for writes over HTTP.
    pub fn service_token(&self) -> Result<Zeroizing<String>, Error> {
        Ok(read_line(self.dir.join("keys/service-token"))?)
    }
}
