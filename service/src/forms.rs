//! The form of core's answers, for the `OpenAPI` document and for clients that read them. Core writes them from its own types; a test
//! holds the two together.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The answer for one file.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// All in all.
    pub verdict: Answer,
    /// What the C2PA standard says.
    pub c2pa: C2pa,
    /// What the log says.
    pub ledger: Ledger,
    /// Sentences for a person, the most important first.
    pub findings: Vec<String>,
    /// What the manifest states, if it could be read: the signer's word.
    #[serde(default)]
    pub claim: Option<Statement>,
    /// Type of the file, from its bytes.
    pub media_type: String,
}

/// All in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Intact, by a trusted signer, and no log contradicts.
    Verified,
    /// Something does not hold.
    NotVerified,
    /// Nothing that speaks for or against it.
    Unknown,
}

/// The standard's result.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct C2pa {
    /// Its validation state, or `none` where there is no manifest.
    pub state: C2paState,
    /// Its failure codes.
    pub codes: Vec<String>,
    /// Its informational codes, of the active manifest.
    #[serde(default)]
    pub informational: Vec<String>,
    /// Whether the picture looks as its soft bindings say, where it has some.
    #[serde(default)]
    pub soft_binding: Option<Looks>,
}

/// Whether a picture looks as its manifest says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Looks {
    /// It does. That is a hint and no proof.
    Fits,
    /// It looks otherwise.
    Differs,
    /// There is nothing to compare.
    NotChecked,
}

/// The standard's validation state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum C2paState {
    /// Valid, and the signer's certificate leads to a trust anchor.
    Trusted,
    /// Signature, assertions and hard binding hold; the signer is not known.
    Valid,
    /// Something does not hold.
    Invalid,
    /// The file carries no manifest.
    None,
}

/// The log's result.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    /// In a word.
    pub state: LedgerState,
    /// The log's name.
    #[serde(default)]
    pub origin: Option<String>,
    /// Id of the GEN record.
    #[serde(default)]
    pub gen_record: Option<String>,
    /// Id of the EXPORT record.
    #[serde(default)]
    pub export_record: Option<String>,
    /// Exported pictures that look like the file, where its own metadata is gone.
    #[serde(default)]
    pub looks_like: Vec<LooksLike>,
}

/// The log's result in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LedgerState {
    /// The proof in the file holds under the log's key.
    Proved,
    /// The EXPORT record was found too.
    Recorded,
    /// File and log contradict each other.
    Mismatch,
    /// The file points to no log.
    Absent,
    /// There was nothing to check it against.
    NotChecked,
}

/// What was found of a picture.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Sight {
    /// Whether there is enough to see in it to look for it.
    pub matchable: bool,
    /// Records whose pictures look like it, the most similar first.
    pub looks_like: Vec<LooksLike>,
    /// Why less may have been found than there is.
    #[serde(default)]
    pub note: Option<String>,
}

/// A record whose picture looks like the file. Nothing more is claimed.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LooksLike {
    /// Id of the EXPORT record.
    pub export_record: String,
    /// Id of the manifest.
    pub manifest_id: String,
    /// The algorithm that found it.
    pub alg: String,
    /// In how many bits the two fingerprints differ.
    pub distance: u32,
    /// Of so many.
    pub bits: u32,
    /// 0 to 100.
    pub similarity: u32,
}

/// The certificate that signed. What it says of itself is as true as its issuer is trusted.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// Whose it is (RFC 4514).
    pub subject: String,
    /// Who issued it (RFC 4514).
    pub issuer: String,
    /// The number that the issuer gave it, in hexadecimal digits.
    pub serial: String,
    /// Its fingerprint, `sha256:…`.
    pub sha256: String,
    /// The first second of validity.
    pub not_before: String,
    /// The last second of validity.
    pub not_after: String,
    /// By what it is trusted.
    #[serde(default)]
    pub trusted_by: Option<TrustedBy>,
    /// Why it is not.
    #[serde(default)]
    pub untrusted: Option<String>,
}

/// By what a signer is trusted.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrustedBy {
    /// The list's name.
    pub list: String,
    /// The authority on it; none where the signer itself is.
    #[serde(default)]
    pub authority: Option<String>,
}

/// What the manifest states.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// `urn:c2pa:…`
    pub manifest_id: String,
    /// Organisation in the signer's certificate.
    #[serde(default)]
    pub issued_by: Option<String>,
    /// Common name in the signer's certificate.
    #[serde(default)]
    pub signer: Option<String>,
    /// The certificate that signed, and whether it is trusted.
    #[serde(default)]
    pub certificate: Option<Certificate>,
    /// When it was signed, if a time-stamp says so whose authority is trusted.
    #[serde(default)]
    pub signed_at: Option<String>,
    /// That authority.
    #[serde(default)]
    pub stamped_by: Option<String>,
    /// The program that wrote the claim.
    #[serde(default)]
    pub claim_generator: Option<String>,
    /// The program that made the image.
    #[serde(default)]
    pub made_with: Option<String>,
    /// When it was made.
    #[serde(default)]
    pub made_at: Option<String>,
    /// IPTC digital source type, a URI.
    #[serde(default)]
    pub digital_source_type: Option<String>,
    /// How many ingredients it names.
    pub ingredients: usize,
}
