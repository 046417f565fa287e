//! The words that record bodies are made of: models, assets, scores, closed lists.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::hash::Hash;

/// A model in an exact version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object, {\"id\": …, \"version\": …, \"version_hash\": \"sha256:…\"}")]
pub struct Model {
    /// Which model.
    pub id: String,
    /// The version, in the maker's word.
    pub version: String,
    /// SHA-256 of the weights' file; of a model in several files, of its list of hashes; of a hosted model, of the text of the
    /// identifier that its provider pins (its snapshot name).
    pub version_hash: Hash,
    /// Who made or serves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
}

/// The software that keeps the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object, {\"name\": …, \"version\": …}")]
pub struct System {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of the build.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<Hash>,
}

/// Place in the call tree of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object, {\"parent\": \"id of a record\"}")]
pub struct Trace {
    /// The first record of the request. Set from `parent` where the event does not give it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<Uuid>,
    /// The record that called this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Uuid>,
}

/// A file that is known by its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object, {\"hash\": \"sha256:…\"}")]
pub struct Asset {
    /// SHA-256 of its bytes.
    pub hash: Hash,
    /// MIME type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Size in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
}

/// Why a work may be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object, {\"basis\": …}")]
pub struct Rights {
    /// The legal basis.
    pub basis: RightsBasis,
    /// The licence's SPDX identifier or name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    /// SHA-256 of the contract, consent or snapshot of the terms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Hash>,
}

/// A policy in an exact version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object, {\"id\": …, \"version\": …, \"version_hash\": \"sha256:…\"}")]
pub struct PolicyRef {
    /// Which policy.
    pub id: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of its text.
    pub version_hash: Hash,
}

/// A classifier in an exact version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object, {\"id\": …, \"version\": …}")]
pub struct Classifier {
    /// Which classifier.
    pub id: String,
    /// Its version.
    pub version: String,
}

/// A picture as it left the model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object, {\"hash\": \"sha256:…\"}")]
pub struct Output {
    /// SHA-256 of its bytes.
    pub hash: Hash,
    /// MIME type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Pixels across.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pixels down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
}

/// What a person decided against the machine. The reason is private (`reason`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object, {\"decision\": …}")]
pub struct Override {
    /// The decision that holds.
    pub decision: Decision,
}

/// Identity of a C2PA manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object, {\"id\": …, \"hash\": \"sha256:…\"}")]
pub struct ManifestRef {
    /// `urn:c2pa:…`
    pub id: String,
    /// SHA-256 of the manifest store (the JUMBF superbox, without padding after it).
    pub hash: Hash,
}

/// The hash that binds a manifest to the pixels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object, {\"label\": …, \"hash\": \"sha256:…\"}")]
pub struct HardBinding {
    /// The assertion's label, such as `c2pa.hash.data`.
    pub label: String,
    /// The digest in it; where a binding has several (`c2pa.hash.boxes`), the SHA-256 of the assertion.
    pub hash: Hash,
}

/// A perceptual fingerprint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object, {\"alg\": …, \"value\": …}")]
pub struct Perceptual {
    /// The algorithm, such as `io.iscc.v0`.
    pub alg: String,
    /// The bits, base64.
    pub value: String,
    /// 0 to 100, where the algorithm says; a low one means "not matchable".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<u8>,
}

/// A number from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Score(f64);

impl TryFrom<f64> for Score {
    type Error = String;

    fn try_from(value: f64) -> Result<Self, String> {
        if (0.0..=1.0).contains(&value) {
            Ok(Self(value))
        } else {
            Err(format!("a score lies between 0 and 1, this is {value}"))
        }
    }
}

impl From<Score> for f64 {
    fn from(score: Score) -> Self {
        score.0
    }
}

/// An upstream's error code: upper-case letters, digits and `_`, a letter first, at most 64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GenError(String);

impl TryFrom<String> for GenError {
    type Error = String;

    fn try_from(code: String) -> Result<Self, String> {
        let starts = code.starts_with(|c: char| c.is_ascii_uppercase());
        let rest = code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        if starts && rest && code.len() <= 64 {
            Ok(Self(code))
        } else {
            Err(format!(
                "an error code is of the form UPPER_CASE, at most 64 characters, this is {:?}",
                code.chars().take(80).collect::<String>()
            ))
        }
    }
}

impl From<GenError> for String {
    fn from(code: GenError) -> Self {
        code.0
    }
}

/// Declares a closed list: the words in JSON, and nothing else is accepted.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$item:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$item])* #[doc = concat!("`", $text, "`")] #[serde(rename = $text)] $variant,)+
        }
    };
}

words! {
    /// Why a work may be used.
    RightsBasis {
        Consent = "consent", Contract = "contract", Licence = "licence", OwnWork = "own-work",
        PublicDomain = "public-domain", TextAndDataMining = "text-and-data-mining", Other = "other",
    }
}
words! {
    /// How a model was trained.
    Training { Pretrain = "pretrain", Finetune = "finetune", Lora = "lora", Rlhf = "rlhf", Other = "other" }
}
words! {
    /// What a request brought.
    Input { Text = "text", Image = "image", TextAndImage = "text+image", Multimodal = "multimodal" }
}
words! {
    /// Why a request was refused (the categories of CAP 1.0, A.3).
    RiskCategory {
        Csam = "CSAM_RISK", Ncii = "NCII_RISK", MinorSexualization = "MINOR_SEXUALIZATION", RealPersonDeepfake = "REAL_PERSON_DEEPFAKE",
        ViolenceExtreme = "VIOLENCE_EXTREME", HateContent = "HATE_CONTENT", TerroristContent = "TERRORIST_CONTENT",
        SelfHarm = "SELF_HARM_PROMOTION", Copyright = "COPYRIGHT_VIOLATION", Other = "OTHER",
    }
}
words! {
    /// What was moderated.
    Stage { Input = "input", Output = "output" }
}
words! {
    /// What a person decided.
    Decision { Approve = "approve", Reject = "reject", Edit = "edit", Escalate = "escalate" }
}
words! {
    /// What happened to a key.
    KeyAction { Created = "created", Rotated = "rotated", Escrowed = "escrowed" }
}
words! {
    /// Why a person's keys were destroyed.
    ErasureReason { SubjectRequest = "subject-request", RetentionExpired = "retention-expired", LegalOrder = "legal-order" }
}
words! {
    /// What happens to a legal hold.
    HoldAction { Add = "add", Lift = "lift" }
}
words! {
    /// How bad it is.
    Severity { Info = "info", Minor = "minor", Major = "major", Critical = "critical" }
}
