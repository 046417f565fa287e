//! From a file to a verdict: is the manifest intact, whose is it, and was the making on record?
//!
//! [`verify`] needs bytes, trust anchors and log keys: no private key, no store, no network. Where a log is at hand,
//! [`records::Records`] looks up what it says of the file.
//!
//! "No" is an answer: a tampered file, an unknown signer, a file that no log knows are findings in an `Ok` [`Verdict`]; an `Err` means
//! that the file could not be looked at.

mod embedded;
mod looks;
mod recorded;
pub mod records;
mod words;

use jiff::Timestamp;
use serde::Serialize;

use crate::hash::Hash;
use crate::ledger::Reader;
use crate::ledger::history::History;
use crate::manifest::read::{Claim, Credential};
use crate::manifest::{self, Detail, State, Trust};
use crate::media::{self, Limits};

use crate::trust::TrustedBy;

pub use looks::Looks;
use looks::Picture;
use records::Records;
use words::about_manifest;

/// With what a file is verified.
#[derive(Debug)]
pub struct Means<'a> {
    /// Whom we trust to sign.
    pub trust: &'a Trust,
    /// Logs whose keys we know. Without any, the key that a trusted signer vouches for is taken, and that is said; a proof from a log
    /// of which none is among them is not checked.
    pub log_keys: &'a [History],
    /// A log to look the file up in, and to hold the proof in it against.
    pub records: Option<&'a Records<'a>>,
    /// One that only the proof is held against.
    pub log: Option<&'a Reader>,
    /// The time at which certificates must be valid where no time-stamp gives one.
    pub at: Timestamp,
    /// Limits for files.
    pub limits: &'a Limits,
    /// Whether soft bindings are held against the picture where the hard binding fits too. The file is decoded for that.
    pub pixels: bool,
}

/// The answer for one file.
#[derive(Debug, Clone, Serialize)]
pub struct Verdict {
    /// All in all.
    pub verdict: Answer,
    /// What the standard says.
    pub c2pa: C2pa,
    /// What the log says.
    pub ledger: Ledger,
    /// Sentences for a person, the most important first.
    pub findings: Vec<String>,
    /// What the manifest states, if it could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim: Option<Statement>,
    /// Type of the file, as sniffed.
    pub media_type: &'static str,
}

/// All in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Intact, by a signer whom we trust, and no log contradicts.
    Verified,
    /// Something does not hold.
    NotVerified,
    /// Nothing that speaks for or against it: no manifest, or an intact one by somebody unknown.
    Unknown,
}

/// The standard's result.
#[derive(Debug, Clone, Serialize)]
pub struct C2pa {
    /// Its validation state.
    pub state: State,
    /// Its failure codes.
    pub codes: Vec<String>,
    /// Its informational codes, of the active manifest.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub informational: Vec<String>,
    /// Whether the picture looks as its soft bindings say, where it has some.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub soft_binding: Option<Looks>,
}

/// The log's result.
#[derive(Debug, Clone, Serialize)]
pub struct Ledger {
    /// In a word.
    pub state: LedgerState,
    /// The log's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// Id of the GEN record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gen_record: Option<String>,
    /// Id of the EXPORT record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub export_record: Option<String>,
    /// Records that look like this file, where its own metadata is gone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub looks_like: Vec<records::LooksLike>,
}

/// The log's result in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LedgerState {
    /// The proof in the file holds under a known log key.
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

/// What the manifest states. Stated is not true: it is the signer's word.
#[derive(Debug, Clone, Serialize)]
pub struct Statement {
    /// `urn:c2pa:…`
    pub manifest_id: String,
    /// Organisation in the signer's certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued_by: Option<String>,
    /// Common name in the signer's certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
    /// The certificate that signed, and whether it is trusted here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Certificate>,
    /// When it was signed, if a time-stamp says so whose authority is trusted here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_at: Option<String>,
    /// That authority.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stamped_by: Option<String>,
    /// The program that wrote the claim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim_generator: Option<String>,
    /// The program that made the image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made_with: Option<String>,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made_at: Option<String>,
    /// IPTC digital source type, a URI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digital_source_type: Option<String>,
    /// How many ingredients it names.
    pub ingredients: usize,
}

/// The certificate that signed. What it says of itself is as true as its issuer is trusted.
#[derive(Debug, Clone, Serialize)]
pub struct Certificate {
    /// Whose it is (RFC 4514).
    pub subject: String,
    /// Who issued it (RFC 4514).
    pub issuer: String,
    /// The number that the issuer gave it, in hexadecimal digits.
    pub serial: String,
    /// Its fingerprint.
    pub sha256: Hash,
    /// The first second of validity.
    #[serde(with = "crate::trust::when")]
    pub not_before: Timestamp,
    /// The last second of validity.
    #[serde(with = "crate::trust::when")]
    pub not_after: Timestamp,
    /// By what it is trusted here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trusted_by: Option<TrustedBy>,
    /// Why it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub untrusted: Option<String>,
}

/// Why a file could not be looked at.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Not a file that can be read.
    #[error("the file cannot be looked at")]
    Media(#[from] media::Error),
    /// The manifest could not be looked at.
    #[error("the manifest cannot be looked at")]
    Manifest(#[from] manifest::Error),
    /// The log could not be searched.
    #[error("the log cannot be searched")]
    Records(#[from] crate::ledger::Error),
    /// The log could not be searched for pictures.
    #[error(transparent)]
    Find(#[from] crate::find::Error),
}

/// Verifies a file, with the manifest in it or in `sidecar`.
pub fn verify(file: &[u8], sidecar: Option<&[u8]>, means: &Means<'_>) -> Result<Verdict, Error> {
    Ok(verify_and_look(file, sidecar, means)?.0)
}

/// As [`verify`], and what is needed for a closer look.
pub fn verify_and_look<'a>(
    file: &[u8],
    sidecar: Option<&[u8]>,
    means: &Means<'a>,
) -> Result<(Verdict, Detail<'a>), Error> {
    let media_type = media::recognise(file, means.limits)?;
    let mut detail = manifest::read::look(file, media_type, sidecar, means.trust, means.at)?;
    let picture = Picture::of(file, media_type, means.limits);
    let reading = detail.reading();
    let mut findings = about_manifest(reading, sidecar.is_some());
    let soft_binding = looks::judge(reading, &picture, means.pixels, &mut findings);
    let ledger = ledger(&picture, &detail, means, &mut findings)?;
    let verdict = match (reading.state, ledger.state) {
        (_, LedgerState::Mismatch) | (State::Invalid, _) => Answer::NotVerified,
        (State::Trusted, _) => Answer::Verified,
        (State::Valid | State::None, _) => Answer::Unknown,
    };
    if soft_binding == Some(Looks::Differs) {
        detail.remark(looks::MISMATCH);
    }
    let reading = detail.reading();
    let verdict = Verdict {
        verdict,
        c2pa: C2pa {
            state: reading.state,
            codes: reading.codes.clone(),
            informational: reading.informational.clone(),
            soft_binding,
        },
        ledger,
        findings,
        claim: reading.claim.clone().map(statement),
        media_type: media_type.mime(),
    };
    Ok((verdict, detail))
}

fn statement(claim: Claim) -> Statement {
    let signed_at = claim.time().map(crate::event::time::to_text);
    Statement {
        manifest_id: claim.manifest_id,
        issued_by: claim.organisation,
        signer: claim.common_name,
        certificate: claim.credential.map(certificate),
        stamped_by: claim.stamp.filter(|_| signed_at.is_some()).map(|stamp| stamp.authority),
        signed_at,
        claim_generator: claim.generator,
        made_with: claim.agent,
        made_at: claim.when,
        digital_source_type: claim.digital_source_type,
        ingredients: claim.ingredients,
    }
}

fn certificate(credential: Credential) -> Certificate {
    let Credential { description, trusted, .. } = credential;
    let untrusted = trusted.as_ref().err().map(ToString::to_string);
    Certificate {
        subject: description.subject,
        issuer: description.issuer,
        serial: description.serial,
        sha256: description.sha256,
        not_before: description.not_before,
        not_after: description.not_after,
        trusted_by: trusted.ok(),
        untrusted,
    }
}

fn ledger(
    picture: &Picture<'_>,
    detail: &Detail<'_>,
    means: &Means<'_>,
    findings: &mut Vec<String>,
) -> Result<Ledger, Error> {
    let mut ledger = Ledger {
        state: LedgerState::Absent,
        origin: None,
        gen_record: None,
        export_record: None,
        looks_like: Vec::new(),
    };
    embedded::check(detail, means, &mut ledger, findings)?;
    if let Some(records) = means.records {
        recorded::look_up(picture, detail.reading(), records, means, &mut ledger, findings)?;
    }
    Ok(ledger)
}
