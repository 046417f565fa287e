//! The home's configuration. docs/configuration.md explains each key.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::event::classes::{Class, Period};
use crate::keys::place::Place;
use crate::manifest::Bounds;
use crate::media::Limits;

/// `touchmark.toml`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The operator, as it stands in certificates and marks.
    pub organisation: String,
    /// The log.
    pub log: LogConfig,
    /// Signing of claims.
    #[serde(default)]
    pub signing: SigningConfig,
    /// The vault.
    #[serde(default, skip_serializing_if = "VaultConfig::is_default")]
    pub vault: VaultConfig,
    /// Whom to trust when verifying.
    #[serde(default)]
    pub trust: TrustConfig,
    /// Time-stamps by others.
    #[serde(default)]
    pub timestamps: TimestampsConfig,
    /// Limits for images.
    #[serde(default)]
    pub limits: LimitsConfig,
    /// As a witness of other logs.
    #[serde(default, skip_serializing_if = "WitnessConfig::is_default")]
    pub witness: WitnessConfig,
    /// Originals that are kept.
    #[serde(default, skip_serializing_if = "OriginalsConfig::is_default")]
    pub originals: OriginalsConfig,
    /// When old segments of the log are packed and moved.
    #[serde(default, skip_serializing_if = "TiersConfig::is_default")]
    pub tiers: TiersConfig,
    /// How long private parts are kept: the first rule that fits decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retention: Vec<Class>,
}

/// `[log]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogConfig {
    /// The log's name: first line of each checkpoint. Cannot be changed later.
    pub origin: String,
    /// Where the key lives that signs it.
    #[serde(default = "LogConfig::default_key", skip_serializing_if = "LogConfig::is_default_key")]
    pub key: Place,
    /// Where the key lives that takes over with the next rotation; without it, a new one is made in a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_key: Option<Place>,
    /// Private fields that are made public, dotted: `parameters.seed`.
    #[serde(default)]
    pub publish: Vec<String>,
    /// Verifier keys of the witnesses whose cosignatures count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub witnesses: Vec<String>,
}

/// `[witness]`: this home as a witness of other logs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WitnessConfig {
    /// The name under which it cosigns; without it, the log's own with `/witness` behind it.
    pub name: Option<String>,
}

/// `[originals]`: images as they came in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OriginalsConfig {
    /// The folder, relative to the home; without it, `originals`.
    pub dir: Option<PathBuf>,
}

/// `[tiers]`: when old segments of the log are packed, and when they go to an archive.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TiersConfig {
    /// How long a segment stays as it was written, from its last record on; without it, for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warm_after: Option<Period>,
    /// When it goes to the archive; without it, never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cold_after: Option<Period>,
    /// The archive's folder, relative to the home.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub archive: Option<PathBuf>,
}

/// `[signing]`: paths relative to the home.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SigningConfig {
    /// Where the key lives; in a file: PKCS#8 PEM.
    pub key: Place,
    /// PEM, the signer's own first, without the root.
    pub certificates: PathBuf,
}

/// `[vault]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VaultConfig {
    /// Where the key lives: in a file the vault's own, elsewhere one that wraps it.
    pub key: Place,
    /// Where the key lives that takes over with the next `vault rewrap`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_key: Option<Place>,
}

/// `[trust]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrustConfig {
    /// Files with trust anchors for signers, PEM or JSON, relative to the home.
    pub anchors: Vec<AnchorFile>,
    /// Files with signers who are trusted by their own certificates, PEM or fingerprints, relative to the home.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allowed: Vec<PathBuf>,
}

/// A file with trust anchors, and for what and when they hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum AnchorFile {
    /// For every purpose of a signer's certificate, at any time.
    Path(PathBuf),
    /// For these alone.
    Limited {
        /// The file.
        file: PathBuf,
        /// Names or numbers of purposes (extended key usage); empty: all of them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        purposes: Vec<String>,
        /// Not for what was signed before.
        #[serde(default, skip_serializing_if = "Option::is_none", with = "crate::trust::when::maybe")]
        since: Option<Timestamp>,
        /// Not for what was signed then or later.
        #[serde(default, skip_serializing_if = "Option::is_none", with = "crate::trust::when::maybe")]
        until: Option<Timestamp>,
    },
}

impl AnchorFile {
    /// Where it is.
    pub fn file(&self) -> &Path {
        match self {
            Self::Path(file) | Self::Limited { file, .. } => file,
        }
    }
}

/// `[timestamps]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TimestampsConfig {
    /// URLs of time-stamp authorities (RFC 3161), in the order in which they are asked.
    pub authorities: Vec<String>,
    /// PEM files with the roots that their certificates lead to, relative to the home.
    pub roots: Vec<PathBuf>,
    /// Whether nothing is signed without a time-stamp.
    pub require_timestamp: bool,
    /// How long one request may take, in milliseconds.
    pub timeout_ms: u64,
}

/// `[limits]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsConfig {
    /// The largest file.
    pub image_bytes: u64,
    /// The most pixels.
    pub image_pixels: u64,
    /// The largest manifest store.
    pub manifest_bytes: u64,
    /// The most manifests in a store.
    pub manifests: u64,
    /// The most boxes in a store.
    pub manifest_boxes: u64,
    /// The most boxes in one another.
    pub manifest_depth: u64,
    /// The most items in one piece of CBOR.
    pub cbor_items: u64,
    /// The most arrays, maps and tags in one another.
    pub cbor_depth: u64,
    /// The most bytes that compressed manifests come to.
    pub decompressed_bytes: u64,
    /// The most assertions in a manifest.
    pub assertions: u64,
    /// The most redactions in a store.
    pub redactions: u64,
    /// The most ingredients with a manifest.
    pub ingredients: u64,
    /// The most ingredients in one another.
    pub ingredient_depth: u64,
    /// How long one file may be looked at, in seconds.
    pub verify_seconds: u64,
}

impl LogConfig {
    /// A log of that name, with everything else as it is by default.
    pub(super) fn new(origin: String) -> Self {
        Self { origin, key: Self::default_key(), next_key: None, publish: Vec::new(), witnesses: Vec::new() }
    }

    fn default_key() -> Place {
        Place::File("keys/log.pem".into())
    }

    fn is_default_key(key: &Place) -> bool {
        *key == Self::default_key()
    }
}

impl OriginalsConfig {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl TiersConfig {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl WitnessConfig {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl VaultConfig {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for VaultConfig {
    fn default() -> Self {
        Self { key: Place::File("keys/vault-key".into()), next_key: None }
    }
}

impl Default for SigningConfig {
    fn default() -> Self {
        Self { key: Place::File("keys/claim.pem".into()), certificates: "certs/signer.pem".into() }
    }
}

impl Default for TrustConfig {
    fn default() -> Self {
        Self { anchors: vec![AnchorFile::Path("certs/root.pem".into())], allowed: Vec::new() }
    }
}

impl Default for TimestampsConfig {
    fn default() -> Self {
        Self { authorities: Vec::new(), roots: Vec::new(), require_timestamp: false, timeout_ms: 10_000 }
    }
}

impl LimitsConfig {
    /// Those for images.
    pub fn images(&self) -> Limits {
        Limits { max_bytes: self.image_bytes, max_pixels: self.image_pixels }
    }

    /// Those for the manifest stores of strangers.
    pub fn manifests(&self) -> Bounds {
        Bounds {
            bytes: self.manifest_bytes,
            manifests: self.manifests,
            boxes: self.manifest_boxes,
            depth: self.manifest_depth,
            cbor_items: self.cbor_items,
            cbor_depth: self.cbor_depth,
            decompressed_bytes: self.decompressed_bytes,
            assertions: self.assertions,
            redactions: self.redactions,
            ingredients: self.ingredients,
            ingredient_depth: self.ingredient_depth,
        }
    }
}

impl Default for LimitsConfig {
    fn default() -> Self {
        let Limits { max_bytes: image_bytes, max_pixels: image_pixels } = Limits::default();
        let Bounds {
            bytes: manifest_bytes,
            manifests,
            boxes: manifest_boxes,
            depth: manifest_depth,
            cbor_items,
            cbor_depth,
            decompressed_bytes,
            assertions,
            redactions,
            ingredients,
            ingredient_depth,
        } = Bounds::default();
        Self {
            image_bytes,
            image_pixels,
            manifest_bytes,
            manifests,
            manifest_boxes,
            manifest_depth,
            cbor_items,
            cbor_depth,
            decompressed_bytes,
            assertions,
            redactions,
            ingredients,
            ingredient_depth,
            verify_seconds: 60,
        }
    }
}
