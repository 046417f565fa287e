//! What the C2PA reader says of a file, as data in our own words.

use std::io::Cursor;
use std::sync::Arc;

use c2pa::crypto::cose::CertificateTrustPolicy;
use c2pa::validation_results::{StatusCodes, ValidationState};
use c2pa::validation_status::ValidationStatus;
use c2pa::{Context, Manifest, Reader};
use jiff::Timestamp;

use crate::keys::certificate::Chain;
use crate::keys::timestamp::{Refusal, Roots};
use crate::media::MediaType;

use super::{ClaimStamp, Error, credential, embed, timestamp};

/// Certificates that the reader of an image trusts, and the settings made of them. Shared by threads.
pub struct Trust {
    context: Arc<Context>,
    policy: CertificateTrustPolicy,
    timestamps: Roots,
}

impl std::fmt::Debug for Trust {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Trust")
    }
}

/// The standard's validation states (spec 2.4, 14.3), and none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Valid, and the signer's certificate leads to a trust anchor.
    Trusted,
    /// Signature, assertions and hard binding hold; the signer is not known.
    Valid,
    /// Something does not hold.
    Invalid,
    /// The file carries no manifest.
    None,
}

/// What a file's active manifest says and how it fares.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The standard's state.
    pub state: State,
    /// The standard's failure codes, of the active manifest and of ingredients, each once.
    pub codes: Vec<String>,
    /// What the codes are about, in the library's words.
    pub explanations: Vec<String>,
    /// The active manifest, if it could be read.
    pub claim: Option<Claim>,
    /// The manifest store as it stands in the file or beside it.
    pub store: Option<Vec<u8>>,
    /// What is wrong with the file itself, where it cannot be read to its end.
    pub damaged: Option<String>,
    /// Where the file says that its manifest is. Nothing is fetched from there.
    pub elsewhere: Option<String>,
}

impl Reading {
    /// Of a file without a manifest.
    fn none() -> Self {
        Self {
            state: State::None,
            codes: Vec::new(),
            explanations: Vec::new(),
            claim: None,
            store: None,
            damaged: None,
            elsewhere: None,
        }
    }
}

/// The active manifest.
#[derive(Debug, Clone, Default)]
pub struct Claim {
    /// `urn:c2pa:…`
    pub manifest_id: String,
    /// The signer's organisation, from the certificate.
    pub organisation: Option<String>,
    /// The signer's common name, from the certificate.
    pub common_name: Option<String>,
    /// The time-stamp of its signature, if there is one that can be read.
    pub stamp: Option<ClaimStamp>,
    /// Why the time-stamp that it carries cannot be read.
    pub stamp_unreadable: Option<Refusal>,
    /// The program that wrote the claim.
    pub generator: Option<String>,
    /// `dc:title`.
    pub title: Option<String>,
    /// The first action's digital source type.
    pub digital_source_type: Option<String>,
    /// The program that made it, from the first action; none where that only opened a picture.
    pub agent: Option<String>,
    /// The first action's time.
    pub when: Option<String>,
    /// How many ingredients it has.
    pub ingredients: usize,
    /// The signer's certificate chain, PEM, leaf first.
    pub certificates: String,
}

impl Claim {
    /// When it was signed, if somebody attests it who is trusted for that.
    pub fn time(&self) -> Option<Timestamp> {
        self.stamp.as_ref().filter(|stamp| stamp.refused.is_none()).map(|stamp| stamp.time)
    }
}

impl Trust {
    /// Trusts chains that end in one of these certificates (PEM, any number of them); without any, nobody. They are trusted for
    /// time-stamps too, until [`with_timestamp_roots`](Self::with_timestamp_roots) names others for that.
    pub fn new(anchors: &str) -> Result<Self, Error> {
        // The library refuses a list that is there and empty.
        let anchors = Some(anchors).filter(|anchors| !anchors.trim().is_empty());
        let settings = serde_json::json!({
            "trust": {"trust_anchors": anchors},
            "verify": {"verify_after_reading": true, "verify_trust": true, "verify_timestamp_trust": true,
                "remote_manifest_fetch": false, "ocsp_fetch": false},
        });
        let context = Context::new()
            .with_settings(settings.to_string().as_str())
            .map_err(|source| Error::Certificate { source })?;
        let mut policy = CertificateTrustPolicy::new();
        policy.add_default_valid_ekus();
        let refuse = |error: c2pa::crypto::cose::InvalidCertificateError| Error::Store { problem: error.to_string() };
        policy.add_trust_anchors(anchors.unwrap_or_default().as_bytes()).map_err(refuse)?;
        let timestamps = match anchors {
            Some(anchors) => Roots::from_pem(anchors).map_err(|error| Error::Store { problem: error.to_string() })?,
            None => Roots::default(),
        };
        Ok(Self { context: context.into_shared(), policy, timestamps })
    }

    /// Time-stamps count when they lead to one of `roots`, and only then: whom we trust to sign claims is not whom we trust to say when.
    #[must_use]
    pub fn with_timestamp_roots(self, roots: Roots) -> Self {
        Self { timestamps: roots, ..self }
    }
}

/// Reads and validates the manifest in `file`, or in `sidecar` where one is given. Opens no connection.
///
/// `at` is the time at which certificates must be valid where no time-stamp gives one; `None`: now.
pub fn read(
    file: &[u8],
    media_type: MediaType,
    sidecar: Option<&[u8]>,
    trust: &Trust,
    at: Option<Timestamp>,
) -> Result<Reading, Error> {
    let reader = Reader::from_shared_context(&trust.context);
    let mut stream = Cursor::new(file);
    let read = match sidecar {
        Some(store) => reader.with_manifest_data_and_stream(store, media_type.mime(), &mut stream),
        None => reader.with_stream(media_type.mime(), &mut stream),
    };
    match read {
        Ok(reader) => {
            let store = match sidecar {
                Some(store) => Some(store.to_vec()),
                None => embed::extract(file, media_type)?,
            };
            let reading = stamped(reading(&reader, store), &trust.timestamps);
            let when = reading.claim.as_ref().and_then(Claim::time).or(at);
            let reading = match when {
                Some(when) => at_time(reading, &reader, trust, when),
                None if succeeded(&reader, "timeStamp.trusted") => without_stamp(reading, file, media_type, sidecar)?,
                None => reading,
            };
            Ok(by_a_claim_signer(reading, when))
        }
        // Whatever is wrong with a file without a manifest, there is nothing signed that could be broken.
        Err(error) if sidecar.is_none() && !embed::carries_manifest(file, media_type) => {
            let (damaged, elsewhere) = match error {
                c2pa::Error::JumbfNotFound => (None, None),
                c2pa::Error::RemoteManifestUrl(url) => (None, Some(url)),
                other => (Some(other.to_string()), None),
            };
            Ok(Reading { damaged, elsewhere, ..Reading::none() })
        }
        Err(error) => Ok(unreadable(&error)),
    }
}

fn reading(reader: &Reader, store: Option<Vec<u8>>) -> Reading {
    let state = match reader.validation_state() {
        ValidationState::Trusted => State::Trusted,
        ValidationState::Valid => State::Valid,
        ValidationState::Invalid => State::Invalid,
    };
    let mut codes = Vec::new();
    let mut explanations = Vec::new();
    for status in failures(reader) {
        if !codes.iter().any(|code| code == status.code()) {
            codes.push(status.code().to_owned());
            explanations.push(status.explanation().unwrap_or_default().to_owned());
        }
    }
    let claim = reader.active_manifest().map(|manifest| claim(reader, manifest));
    Reading { state, codes, explanations, claim, store, damaged: None, elsewhere: None }
}

/// The same reading with what we think of its time-stamp.
fn stamped(mut reading: Reading, roots: &Roots) -> Reading {
    if let (Some(claim), Some(store)) = (&mut reading.claim, &reading.store) {
        match timestamp::of(store, roots) {
            Some(Ok(stamp)) => claim.stamp = Some(stamp),
            Some(Err(refusal)) => claim.stamp_unreadable = Some(refusal),
            None => {}
        }
    }
    reading
}

/// The same reading where the library believed a time-stamp that we do not: as if there were none. It knows what time it is now, and with
/// nobody to trust, it believes no time-stamp.
fn without_stamp(
    mut reading: Reading,
    file: &[u8],
    media_type: MediaType,
    sidecar: Option<&[u8]>,
) -> Result<Reading, Error> {
    const OF_NOW: [&str; 2] = ["claimSignature.outsideValidity", "signingCredential.expired"];
    let nobody = Trust::new("")?;
    let reader = Reader::from_shared_context(&nobody.context);
    let mut stream = Cursor::new(file);
    let read = match sidecar {
        Some(store) => reader.with_manifest_data_and_stream(store, media_type.mime(), &mut stream),
        None => reader.with_stream(media_type.mime(), &mut stream),
    };
    let again = read.map_err(Error::c2pa("read"))?;
    for status in failures(&again).into_iter().filter(|status| OF_NOW.contains(&status.code())) {
        reading.state = State::Invalid;
        if !reading.codes.iter().any(|code| code == status.code()) {
            reading.codes.push(status.code().to_owned());
            reading.explanations.push(status.explanation().unwrap_or_default().to_owned());
        }
    }
    Ok(reading)
}

/// The same reading with the certificate judged at another time than now: that of its time-stamp, or one that was asked for.
fn at_time(mut reading: Reading, reader: &Reader, trust: &Trust, at: Timestamp) -> Reading {
    const OF_TIME: [&str; 3] =
        ["claimSignature.outsideValidity", "signingCredential.expired", "signingCredential.untrusted"];
    let Some(claim) = reading.claim.as_ref() else { return reading };
    let Ok(chain) = Chain::from_pem(claim.certificates.as_bytes()) else { return reading };
    let leaf = chain.describe().into_iter().next();
    let keep: Vec<bool> = reading.codes.iter().map(|code| !OF_TIME.contains(&code.as_str())).collect();
    let mut keep_codes = keep.iter();
    reading.codes.retain(|_| *keep_codes.next().unwrap_or(&true));
    let mut keep_words = keep.iter();
    reading.explanations.retain(|_| *keep_words.next().unwrap_or(&true));
    let in_time = leaf.is_some_and(|leaf| (leaf.not_before..=leaf.not_after).contains(&at));
    let der = chain.into_der();
    let trusted = der
        .split_first()
        .is_some_and(|(leaf, rest)| trust.policy.check_certificate_trust(rest, leaf, Some(at.as_second())).is_ok());
    let validated = succeeded(reader, "claimSignature.validated");
    reading.state = if !validated || !reading.codes.is_empty() {
        State::Invalid
    } else if !in_time {
        reading.codes.push("signingCredential.expired".to_owned());
        reading.explanations.push(format!("not valid at {at}"));
        State::Invalid
    } else if trusted {
        State::Trusted
    } else {
        State::Valid
    };
    if in_time && !trusted {
        reading.codes.push("signingCredential.untrusted".to_owned());
        reading.explanations.push("signing certificate untrusted".to_owned());
    }
    reading
}

/// The same reading, or an invalid one where the library let a certificate pass that may not sign claims.
fn by_a_claim_signer(mut reading: Reading, at: Option<Timestamp>) -> Reading {
    let Some(claim) = reading.claim.as_ref().filter(|_| reading.state != State::Invalid) else { return reading };
    if let Some(problem) = credential::invalid(&claim.certificates, at) {
        reading.state = State::Invalid;
        reading.codes.push("signingCredential.invalid".to_owned());
        reading.explanations.push(problem);
    }
    reading
}

fn succeeded(reader: &Reader, code: &str) -> bool {
    of_success(reader).any(|found| found == code)
}

fn of_success(reader: &Reader) -> impl Iterator<Item = &str> {
    let active = reader.validation_results().and_then(|results| results.active_manifest());
    active.into_iter().flat_map(StatusCodes::success).map(ValidationStatus::code)
}

/// The standard's success codes of a file's active manifest, as the library gives them with these anchors (PEM) in its one list.
pub fn successes(file: &[u8], media_type: MediaType, anchors: &str) -> Result<Vec<String>, Error> {
    let reader = Reader::from_shared_context(&Trust::new(anchors)?.context);
    let reader = reader.with_stream(media_type.mime(), Cursor::new(file)).map_err(Error::c2pa("read"))?;
    Ok(of_success(&reader).map(str::to_owned).collect())
}

fn failures(reader: &Reader) -> Vec<&ValidationStatus> {
    let Some(results) = reader.validation_results() else { return Vec::new() };
    let active = results.active_manifest().into_iter().flat_map(StatusCodes::failure);
    let ingredients =
        results.ingredient_deltas().into_iter().flatten().flat_map(|delta| delta.validation_deltas().failure());
    active.chain(ingredients).collect()
}

/// A manifest that the library cannot even take apart: the answer is no, under the standard's general code.
fn unreadable(error: &c2pa::Error) -> Reading {
    let code = match error {
        c2pa::Error::CoseSignature | c2pa::Error::CoseInvalidCert | c2pa::Error::CoseX5ChainMissing => {
            "claimSignature.missing"
        }
        c2pa::Error::HashMismatch(_) => "assertion.hashedURI.mismatch",
        _ => "general.error",
    };
    Reading {
        state: State::Invalid,
        codes: vec![code.to_owned()],
        explanations: vec![error.to_string()],
        ..Reading::none()
    }
}

fn claim(reader: &Reader, manifest: &Manifest) -> Claim {
    let action = first_action(manifest);
    let text = |path: &[&str]| {
        let found = path.iter().try_fold(action.as_ref()?, |value, step| value.get(step));
        found.and_then(|value| value.as_str()).map(str::to_owned)
    };
    let agent = text(&["softwareAgent", "name"]).or_else(|| text(&["softwareAgent"]));
    let signature = manifest.signature_info();
    let generator = manifest.claim_generator_info.as_ref().and_then(|infos| infos.first());
    Claim {
        manifest_id: reader.active_label().unwrap_or_default().to_owned(),
        organisation: signature.and_then(|info| info.issuer.clone()),
        common_name: signature.and_then(|info| info.common_name.clone()),
        stamp: None,
        stamp_unreadable: None,
        generator: generator.map(|info| match &info.version {
            Some(version) => format!("{} {version}", info.name),
            None => info.name.clone(),
        }),
        title: manifest.title().map(str::to_owned),
        digital_source_type: text(&["digitalSourceType"]),
        agent: agent.filter(|_| text(&["action"]).as_deref() != Some("c2pa.opened")),
        when: text(&["when"]),
        ingredients: manifest.ingredients().len(),
        certificates: signature.map(|info| info.cert_chain().to_owned()).unwrap_or_default(),
    }
}

fn first_action(manifest: &Manifest) -> Option<serde_json::Value> {
    let actions = manifest.assertions().iter().find(|assertion| assertion.label().starts_with("c2pa.actions"))?;
    actions.value().ok()?.get("actions")?.get(0).cloned()
}
