//! What the C2PA reader says of a file, as data in our own words.

use std::borrow::Cow;
use std::io::Cursor;

use c2pa::validation_results::ValidationState;
use c2pa::{Manifest, ManifestAssertion, Reader};
use jiff::Timestamp;

use crate::media::MediaType;

use super::checks::{self, Finding};
use super::statuses::{failures, informational, is_excused, of_success};
use super::trust::Trust;
use super::trust::ingredients::held;
use super::trust::judgement::{signed, stamped};
use super::{Detail, Error, embed, identity};

pub use super::reading::{Claim, Credential, Held, Reading, State};

/// Up to here, ingredients of ingredients are read where we are.
const SHALLOW: usize = 8;

/// Where the library refuses to go deeper.
const DEEPEST: usize = 200;

/// What the library takes of a thread's stack for each of them, without optimisation, and more.
const STACK: usize = 640 << 10;

/// Reads and validates the manifest in `file`, or in `sidecar` where one is given. Opens no connection.
///
/// `at` is the time at which certificates must be valid where no time-stamp gives one.
pub fn read(
    file: &[u8],
    media_type: MediaType,
    sidecar: Option<&[u8]>,
    trust: &Trust,
    at: Timestamp,
) -> Result<Reading, Error> {
    Ok(look(file, media_type, sidecar, trust, at)?.reading)
}

/// As [`read`], for closer looks than at the reading alone.
pub fn look<'a>(
    file: &[u8],
    media_type: MediaType,
    sidecar: Option<&[u8]>,
    trust: &'a Trust,
    at: Timestamp,
) -> Result<Detail<'a>, Error> {
    let embedded = sidecar.is_none();
    let store = match sidecar {
        Some(store) => Some(Cow::Borrowed(store)),
        // What cannot be taken out is for the library to name.
        None => embed::extract(file, media_type).ok().flatten().map(Cow::Owned),
    };
    let checked = checks::check(store.as_deref(), file, media_type, embedded, &trust.bounds).map_err(Error::TooMuch)?;
    if checked.is_dangerous {
        let untouched = Reading { state: State::Invalid, store: store.map(Cow::into_owned), ..Reading::none() };
        return Ok(Detail { reader: None, reading: with_findings(untouched, checked.findings), trust, at });
    }
    // Manifests that nobody refers to have no say. The library takes the store out of the file by copying all of it: once is enough.
    let given = checked.pruned.as_deref().or(store.as_deref());
    let read = if checked.depth > SHALLOW {
        on_a_larger_stack(checked.depth, || library(file, media_type, given, trust))?
    } else {
        library(file, media_type, given, trust)
    };
    let (reader, reading) = match read {
        Ok(reader) => {
            let reading = stamped(reading(&reader, &checked.fit, store.map(Cow::into_owned)), &trust.timestamps);
            let reading = held(signed(reading, &reader, trust, at), &checked.below, &reader, trust, at);
            let reading = identity::named(reading, &reader);
            (Some(reader), reading)
        }
        // Whatever is wrong with a file without a manifest, there is nothing signed that could be broken.
        Err(error) if embedded && !embed::carries_manifest(file, media_type) => {
            let none = Reading::none();
            let reading = match error {
                c2pa::Error::JumbfNotFound => none,
                c2pa::Error::RemoteManifestUrl(url) => none.elsewhere(url),
                other => Reading { damaged: Some(other.to_string()), ..none },
            };
            (None, reading)
        }
        Err(error) => (None, unreadable(&error)),
    };
    let reading = Reading { lineage: checked.lineage, ..with_findings(reading, checked.findings) };
    Ok(Detail { reader, reading, trust, at })
}

/// The library's own reading.
fn library(file: &[u8], media_type: MediaType, store: Option<&[u8]>, trust: &Trust) -> Result<Reader, c2pa::Error> {
    let reader = Reader::from_shared_context(&trust.context);
    let mut stream = Cursor::new(file);
    match store {
        Some(store) => reader.with_manifest_data_and_stream(store, media_type.mime(), &mut stream),
        None => reader.with_stream(media_type.mime(), &mut stream),
    }
}

/// The library follows ingredients by recursion, and some hundred of them are more than a thread's usual stack holds.
fn on_a_larger_stack<T: Send>(depth: usize, work: impl FnOnce() -> T + Send) -> Result<T, Error> {
    std::thread::scope(|scope| {
        let stack = depth.min(DEEPEST).saturating_mul(STACK);
        let thread = std::thread::Builder::new().stack_size(stack).spawn_scoped(scope, work);
        let thread =
            thread.map_err(|error| Error::Store { problem: format!("no thread could be had for it: {error}") })?;
        thread.join().map_err(|_| Error::Store { problem: "it could not be read to its end".to_owned() })
    })
}

/// The same reading with what our own checks found: they only ever speak against it.
fn with_findings(mut reading: Reading, findings: Vec<Finding>) -> Reading {
    for Finding { code, words } in findings {
        reading.state = State::Invalid;
        reading.fails(code, &words);
    }
    reading
}

fn reading(reader: &Reader, fit: &[String], store: Option<Vec<u8>>) -> Reading {
    let state = match reader.validation_state() {
        ValidationState::Trusted => State::Trusted,
        ValidationState::Valid => State::Valid,
        ValidationState::Invalid => State::Invalid,
    };
    let mut codes = Vec::new();
    let mut explanations = Vec::new();
    for status in failures(reader).into_iter().filter(|status| !is_excused(status, fit)) {
        if !codes.iter().any(|code| code == status.code()) {
            codes.push(status.code().to_owned());
            explanations.push(status.explanation().unwrap_or_default().to_owned());
        }
    }
    let claim = reader.active_manifest().map(|manifest| claim(reader, manifest));
    let informational = informational(reader).map(str::to_owned).collect();
    let successes = of_success(reader).map(str::to_owned).collect();
    let fit = fit.to_vec();
    Reading { state, codes, explanations, informational, successes, claim, fit, store, ..Reading::none() }
}

/// The standard's success codes of a file's active manifest, as the library gives them with these anchors (PEM) in its one list.
pub fn successes(file: &[u8], media_type: MediaType, anchors: &str) -> Result<Vec<String>, Error> {
    let reader = Reader::from_shared_context(&Trust::new(anchors)?.context);
    let reader = reader.with_stream(media_type.mime(), Cursor::new(file)).map_err(Error::c2pa("read"))?;
    Ok(of_success(&reader).map(str::to_owned).collect())
}

/// A manifest that the library cannot even take apart: the answer is no, under the standard's general code.
fn unreadable(error: &c2pa::Error) -> Reading {
    let code = match error {
        c2pa::Error::CoseSignature | c2pa::Error::CoseInvalidCert | c2pa::Error::CoseX5ChainMissing => {
            "claimSignature.missing"
        }
        c2pa::Error::HashMismatch(_) => "assertion.hashedURI.mismatch",
        c2pa::Error::UnknownAlgorithm => "algorithm.unsupported",
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
        credential: None,
        stamp: None,
        stamp_unreadable: None,
        stated: None,
        generator: generator.map(|info| match &info.version {
            Some(version) => format!("{} {version}", info.name),
            None => info.name.clone(),
        }),
        title: manifest.title().map(str::to_owned),
        digital_source_type: text(&["digitalSourceType"]),
        agent: agent.filter(|_| text(&["action"]).as_deref() != Some("c2pa.opened")),
        when: text(&["when"]),
        latest: latest(manifest),
        ingredients: manifest.ingredients().len(),
        certificates: signature.map(|info| info.cert_chain().to_owned()).unwrap_or_default(),
    }
}

/// When that was.
pub(super) fn when(manifest: &Manifest) -> Option<String> {
    first_action(manifest)?.get("when")?.as_str().map(str::to_owned)
}

/// The latest time that the signer states of an action.
fn latest(manifest: &Manifest) -> Option<Timestamp> {
    let lists = vouched_for(manifest).filter(|assertion| assertion.label().starts_with("c2pa.actions"));
    let values = lists.filter_map(|assertion| assertion.value().ok()?.get("actions")?.as_array());
    values.flatten().filter_map(|action| action.get("when")?.as_str()?.parse().ok()).max()
}

/// The first action that the signer vouches for: gathered assertions are the word of nobody (C2PA 2.4, 6.1). Claims of version 1 know no such difference.
fn first_action(manifest: &Manifest) -> Option<serde_json::Value> {
    let actions = vouched_for(manifest).find(|assertion| assertion.label().starts_with("c2pa.actions"))?;
    actions.value().ok()?.get("actions")?.get(0).cloned()
}

fn vouched_for(manifest: &Manifest) -> impl Iterator<Item = &ManifestAssertion> {
    let is_old = manifest.claim_version() == Some(1);
    manifest.assertions().iter().filter(move |assertion| is_old || assertion.created())
}
