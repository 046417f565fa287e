//! How a home is made.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::vault::Unwrapped;
use super::{
    CONFIG, Config, Error, Home, LimitsConfig, LogConfig, OriginalsConfig, SigningConfig, TiersConfig,
    TimestampsConfig, TrustConfig, VaultConfig, WitnessConfig,
};
use crate::edge::Edge;
use crate::event::Classes;
use crate::keys::development::{DevelopmentCa, DevelopmentCertificates};
use crate::keys::file::{Ed25519Key, P256Key};
use crate::keys::mac::{EpochFile, MacRoot};
use crate::keys::place::Place;
use crate::keys::{Algorithm, FilesOnly, Keyring};
use crate::privacy::vault::RootKey;

/// Where keys lie that are there already, outside of the home that is to be made. What is not named is made in a file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KeyPlaces {
    /// Ed25519: signs records and checkpoints.
    pub log: Option<Place>,
    /// P-256: signs claims.
    pub signing: Option<Place>,
    /// Wraps the key of the vault.
    pub vault: Option<Place>,
}

impl KeyPlaces {
    fn refuse_files(&self) -> Result<(), Error> {
        for (what, place) in [("log", &self.log), ("signing", &self.signing), ("vault", &self.vault)] {
            if matches!(place, Some(Place::File(_))) {
                return Err(Error::FileForInit { what });
            }
        }
        Ok(())
    }
}

impl Home {
    /// Makes a home with new keys, a development CA and an empty log. An existing one is left alone.
    pub fn create(dir: &Path, organisation: &str, edge: Edge<'_>) -> Result<Self, Error> {
        Self::create_with(dir, organisation, KeyPlaces::default(), Arc::new(FilesOnly), edge)
    }

    /// The same around keys that are there already. Nothing is left behind where one of them cannot be used.
    pub fn create_with(
        dir: &Path,
        organisation: &str,
        places: KeyPlaces,
        keyring: Arc<dyn Keyring>,
        edge: Edge<'_>,
    ) -> Result<Self, Error> {
        if dir.join(CONFIG).exists() || dir.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(Error::Exists { dir: dir.to_owned() });
        }
        places.refuse_files()?;
        let mut log = LogConfig::new(origin(organisation, edge));
        log.key = places.log.unwrap_or(log.key);
        let mut signing = SigningConfig::default();
        signing.key = places.signing.unwrap_or(signing.key);
        let mut vault = VaultConfig::default();
        vault.key = places.vault.unwrap_or(vault.key);
        let config = Config {
            organisation: organisation.trim().to_owned(),
            log,
            signing,
            vault,
            trust: TrustConfig::default(),
            timestamps: TimestampsConfig::default(),
            limits: LimitsConfig::default(),
            witness: WitnessConfig::default(),
            originals: OriginalsConfig::default(),
            tiers: TiersConfig::default(),
            retention: Vec::new(),
        };
        let (classes, unwrapped) = (Classes::default(), Unwrapped::default());
        let home = Self { dir: dir.to_owned(), config, classes, keyring, unwrapped };
        // Settled before anything is written: an organisation that no certificate can carry, a key that cannot be used.
        let (certificates, claim_key) = home.certificates(edge)?;
        if let Place::Outside(place) = &home.config.log.key {
            home.keyring.signer(&place.seen_from(dir), Algorithm::Ed25519)?;
        }
        if let Place::Outside(place) = &home.config.vault.key {
            home.wrap(&RootKey::generate(edge), place)?;
        }
        for folder in [dir.to_owned(), dir.join("keys"), dir.join("certs"), dir.join("ledger")] {
            let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder);
            made.map_err(|source| Error::Io { action: "create", path: folder, source })?;
        }
        home.write_keys(claim_key, edge)?;
        home.create_vault(edge)?;
        write_new(&dir.join("certs/root.pem"), certificates.root_pem.as_bytes(), 0o644)?;
        write_new(&dir.join("certs/signer.pem"), certificates.leaf_pem.as_bytes(), 0o644)?;
        // Last: a home is one as soon as this file stands.
        let text = toml::to_string(&home.config)
            .map_err(|error| Error::Config { path: dir.join(CONFIG), problem: error.to_string() })?;
        write_new(&dir.join(CONFIG), format!("{HEADING}{text}").as_bytes(), 0o644)?;
        home.ledger(edge)?;
        Ok(home)
    }

    /// Development certificates for the key of claims, and that key, if it is to be in a file.
    fn certificates(&self, edge: Edge<'_>) -> Result<(DevelopmentCertificates, Option<P256Key>), Error> {
        let (organisation, now) = (&self.config.organisation, edge.now().time);
        if let Place::Outside(place) = &self.config.signing.key {
            let signer = self.keyring.signer(&place.seen_from(&self.dir), Algorithm::Es256)?;
            let issued = DevelopmentCertificates::issue(organisation, signer.public_key(), now, &mut { edge })?;
            return Ok((issued, None));
        }
        let DevelopmentCa { root_pem, leaf_pem, leaf_key } = DevelopmentCa::generate(organisation, now, &mut { edge })?;
        Ok((DevelopmentCertificates { root_pem, leaf_pem }, Some(leaf_key)))
    }

    fn write_keys(&self, claim_key: Option<P256Key>, edge: Edge<'_>) -> Result<(), Error> {
        let keys = self.dir.join("keys");
        if self.config.log.key.file().is_some() {
            Ed25519Key::generate(&mut { edge }).save(keys.join("log.pem"))?;
        }
        if let Some(key) = claim_key {
            key.save(keys.join("claim.pem"))?;
        }
        let root = MacRoot::generate(&mut { edge });
        root.save(keys.join("mac-root"))?;
        EpochFile::create(keys.join("mac-epoch"), root.first_epoch())?;
        let token = URL_SAFE_NO_PAD.encode(edge.bytes::<32>());
        write_new(&keys.join("service-token"), format!("{token}\n").as_bytes(), 0o600)
    }
}

const HEADING: &str = "\
# Configuration of a touchmark home. docs/configuration.md explains each line.
# The keys of the development CA are for trying out: certificates of a C2PA certificate authority go into [signing].

";

fn origin(organisation: &str, edge: Edge<'_>) -> String {
    let letters = organisation.trim().to_lowercase();
    let slug: String = letters.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(40).collect();
    let slug = slug.trim_matches('-');
    let slug = if slug.is_empty() { "log" } else { slug };
    format!("touchmark/{slug}-{}", hex::encode(edge.bytes::<4>()))
}

fn write_new(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Error> {
    let write = || {
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|source| Error::Io { action: "write", path: path.to_owned(), source })
}
