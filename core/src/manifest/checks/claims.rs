//! A claim and what stands beside it: all that it names is there and as it was, and nothing else is (C2PA 2.4, 15.6, 15.10).

use std::collections::BTreeSet;

use serde_cbor::Value;

use crate::manifest::cbor;
use crate::manifest::jumbf::Superbox;

use super::graph::Graph;
use super::manifest::{HashedUri, Manifest, Target, array, base, digest, entry};
use super::{Finding, MOST_FINDINGS, identity};

/// The labels of hard bindings (C2PA 2.4, 15.10.1.2); a number may follow.
const HARD_BINDINGS: [&str; 6] = [
    "c2pa.hash.data",
    "c2pa.hash.boxes",
    "c2pa.hash.collection.data",
    "c2pa.hash.bmff",
    "c2pa.hash.bmff.v2",
    "c2pa.hash.bmff.v3",
];

/// What may not be fetched from elsewhere (C2PA 2.4, 15.10.3.2.1).
const NOT_FROM_ELSEWHERE: [&str; 8] = [
    "c2pa.actions",
    "c2pa.actions.v2",
    "c2pa.cloud-data",
    "c2pa.external-reference",
    "c2pa.hash.multi-asset",
    "c2pa.ingredient",
    "c2pa.ingredient.v2",
    "c2pa.ingredient.v3",
];

pub(super) fn is_hard_binding(label: &str) -> bool {
    HARD_BINDINGS.contains(&base(label))
}

pub(super) fn check(manifest: &Manifest<'_>, graph: &Graph<'_>, findings: &mut Vec<Finding>) {
    form(manifest, findings);
    declared(manifest, graph, findings);
    undeclared(manifest, findings);
    if manifest.is_update {
        update(manifest, graph, findings);
    } else {
        standard(manifest, findings);
    }
    for assertion in &manifest.assertions {
        content(manifest, assertion, graph, findings);
    }
}

/// The claim's own fields (15.4, 15.6.2, 15.7).
fn form(manifest: &Manifest<'_>, findings: &mut Vec<Finding>) {
    let mut malformed = |words: &str| findings.push(Finding::new("claim.malformed", words));
    if !is_name(manifest.label) {
        malformed("a manifest's label is no C2PA name");
    }
    if !manifest.is_old {
        let is_text = |name: &str| manifest.field(name).and_then(Value::as_str).is_some();
        let generator = manifest.field("claim_generator_info").and_then(|info| entry(info, "name"));
        if !is_text("instanceID") || generator.and_then(Value::as_str).is_none() {
            malformed("the claim has no instanceID, or names no claim generator");
        }
        if array(manifest.field("created_assertions")).is_empty() {
            malformed("the claim has no created_assertions");
        }
    }
    if digest(manifest.alg().unwrap_or_default(), &[]).is_none() {
        findings
            .push(Finding::new("algorithm.unsupported", "the claim names no hash algorithm that the standard allows"));
    }
    let signature = manifest.field("signature").and_then(Value::as_str).and_then(Target::of);
    let here = |target: Target<'_>| {
        target.manifest.is_none_or(|label| label == manifest.label) && target.path == (Some("c2pa.signature"), None)
    };
    if !signature.is_some_and(here) || manifest.signature.is_none() {
        findings.push(Finding::new("claimSignature.missing", "the claim does not name the signature beside it"));
    }
}

/// `urn:c2pa:` and a UUID, maybe with more behind it (8.1); or as it was once: any name before `urn:uuid:` and a UUID.
fn is_name(label: &str) -> bool {
    let is_uuid = |text: &str| text.len() == 36 && uuid::Uuid::try_parse(text).is_ok();
    match (label.strip_prefix("urn:c2pa:"), label.rsplit_once("urn:uuid:")) {
        (Some(rest), _) => is_uuid(rest.split(':').next().unwrap_or_default()),
        (None, Some((_, rest))) => is_uuid(rest.split('_').next().unwrap_or_default()),
        (None, None) => false,
    }
}

/// Each assertion that the claim names is in its own store, as it was when it was signed (15.10.3.1). Its bytes are hashed as they stand, so
/// nothing can be put into its box.
fn declared(manifest: &Manifest<'_>, graph: &Graph<'_>, findings: &mut Vec<Finding>) {
    let references: BTreeSet<HashedUri<'_>> = manifest.declared().collect();
    for reference in references {
        if findings.len() >= MOST_FINDINGS {
            return;
        }
        let url = reference.url;
        let Some(label) = manifest.own(url) else {
            findings.push(Finding::new("assertion.outsideManifest", format!("{url} is not in this manifest")));
            continue;
        };
        if graph.is_redacted(manifest.label, label) {
            continue;
        }
        match manifest.resolve(url) {
            None => findings.push(Finding::new("assertion.missing", format!("{label} is not there"))),
            Some(found) if !manifest.fits(&reference, found.inside) => {
                findings.push(Finding::new("assertion.hashedURI.mismatch", format!("{label} is not as it was")));
            }
            Some(_) => {}
        }
    }
}

/// Nothing stands in the store that the claim does not name, and nothing twice.
fn undeclared(manifest: &Manifest<'_>, findings: &mut Vec<Finding>) {
    let declared: BTreeSet<&str> = manifest.declared().filter_map(|reference| manifest.own(reference.url)).collect();
    let mut seen = BTreeSet::new();
    for assertion in &manifest.assertions {
        let label = assertion.label;
        if !declared.contains(label) {
            findings.push(Finding::new("assertion.undeclared", format!("the claim does not name {label}")));
        } else if !seen.insert(label) {
            findings.push(Finding::new("assertion.undeclared", format!("{label} stands there twice")));
        }
    }
}

/// Exactly one hard binding (15.10.1.2), among what the signer vouches for (10.2.1).
fn standard(manifest: &Manifest<'_>, findings: &mut Vec<Finding>) {
    match manifest.created().filter(|assertion| is_hard_binding(assertion.label)).count() {
        0 => findings.push(Finding::new("claim.hardBindings.missing", "nothing binds the manifest to a picture")),
        1 => {}
        _ => findings.push(Finding::new("assertion.multipleHardBindings", "it is bound more than once")),
    }
    if manifest.created().filter(|one| base(one.label) == "c2pa.hash.multi-asset").count() > 1 {
        findings.push(Finding::new("assertion.multiAssetHash.malformed", "it has more than one multi-asset hash"));
    }
}

/// An update says nothing about the picture (15.10.1.3).
fn update(manifest: &Manifest<'_>, graph: &Graph<'_>, findings: &mut Vec<Finding>) {
    let ingredients: Vec<_> = graph
        .ingredients
        .iter()
        .filter(|one| graph.manifest(one.from).is_some_and(|of| of.label == manifest.label))
        .collect();
    if !matches!(ingredients.as_slice(), [one] if one.is_parent() && one.names.is_some()) {
        let words = "an update manifest has one ingredient, which is its parent";
        findings.push(Finding::new("manifest.update.wrongParents", words));
    }
    for assertion in &manifest.assertions {
        let label = base(assertion.label);
        if is_hard_binding(label) || label.starts_with("c2pa.hash.") || label.starts_with("c2pa.thumbnail") {
            let words = format!("an update manifest cannot have {label}");
            findings.push(Finding::new("manifest.update.invalid", words));
        }
    }
}

/// What an assertion says, as far as the standard has rules for it (15.10.3.2).
fn content(manifest: &Manifest<'_>, assertion: &Superbox<'_>, graph: &Graph<'_>, findings: &mut Vec<Finding>) {
    let label = assertion.label;
    let Ok(Some(bytes)) = assertion.cbor() else { return };
    if graph.is_redacted(manifest.label, label) {
        return;
    }
    let value = match cbor::value(bytes) {
        Ok(value) => value,
        Err(problem) => {
            findings.push(Finding::new("assertion.cbor.invalid", format!("{label}: {problem}")));
            return;
        }
    };
    let text = |name: &str| entry(&value, name).and_then(Value::as_str);
    let foreign = |name: &str| NOT_FROM_ELSEWHERE.contains(&name) || is_hard_binding(name);
    let problem = match base(label) {
        "c2pa.cloud-data" if text("label").is_some_and(is_hard_binding) => Some("assertion.cloud-data.hardBinding"),
        "c2pa.cloud-data" => {
            let whole = ["label", "size", "location"].iter().all(|field| entry(&value, field).is_some());
            (!whole || text("label").is_some_and(foreign)).then_some("assertion.cloud-data.malformed")
        }
        "c2pa.external-reference" => {
            let location = entry(&value, "location");
            let has = |field| location.and_then(|location| entry(location, field)).is_some();
            let whole = has("url") && has("alg") == has("hash");
            (!whole || text("label").is_some_and(foreign)).then_some("assertion.external-reference.malformed")
        }
        "c2pa.time-stamp" => {
            (!matches!(&value, Value::Map(stamps) if !stamps.is_empty())).then_some("assertion.timestamp.malformed")
        }
        "cawg.identity" => identity::problem(manifest, &value),
        _ => None,
    };
    findings.extend(problem.map(|code| Finding::new(code, format!("{label} is not what it should be"))));
}
