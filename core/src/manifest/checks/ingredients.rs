//! What manifests say of their ingredients, and whether these are still what was taken in (C2PA 2.4, 15.11.3).

use std::collections::BTreeSet;

use serde_cbor::Value;

use super::graph::{Graph, Ingredient};
use super::manifest::{HashedUri, Manifest, Target, array, entry};
use super::{Below, Finding, MOST_FINDINGS};
use crate::manifest::statuses::REVOKED;

/// Also says which compressed ingredients fit as they stand in the store.
pub(super) fn check(graph: &Graph<'_>, findings: &mut Vec<Finding>) -> Vec<String> {
    let mut fit = BTreeSet::new();
    for ingredient in &graph.ingredients {
        if findings.len() >= MOST_FINDINGS {
            break;
        }
        let Some(from) = graph.manifest(ingredient.from) else { continue };
        if graph.is_redacted(from.label, ingredient.label) {
            continue;
        }
        let found = form(ingredient).into_iter().chain(taken_in(ingredient, from, graph, &mut fit));
        findings.extend(found.filter(|finding| !is_known(finding, ingredient, graph)));
        findings.extend(foreign_word(ingredient, graph));
    }
    let parents = |manifest: usize| graph.ingredients.iter().filter(move |one| one.from == manifest && one.is_parent());
    for (place, manifest) in graph.manifests() {
        if !manifest.is_update && parents(place).count() > 1 {
            findings.push(Finding::new("manifest.multipleParents", "a manifest has more than one parent"));
        }
    }
    let is_compressed =
        |label: &str| graph.place(label).and_then(|at| graph.manifest(at)).is_some_and(Manifest::is_compressed);
    let mut fit: Vec<String> =
        fit.into_iter().map(|(label, _)| label.to_owned()).filter(|label| is_compressed(label)).collect();
    fit.dedup();
    fit
}

/// The ingredients about whose signers OCSP responses came along, or could have: where nobody stapled any, none. What was reported of one when it
/// was taken in is known, and no failure of the whole.
pub(super) fn stapled(graph: &Graph<'_>) -> Vec<Below> {
    if !graph.manifests().any(|(_, manifest)| manifest.has_responses()) {
        return Vec::new();
    }
    let revoked = Finding::new(REVOKED, "");
    let is_known = |place: usize| {
        let mut naming = graph.ingredients.iter().filter(|one| one.to == Some(place));
        naming.any(|ingredient| is_known(&revoked, ingredient, graph))
    };
    let below = graph.manifests().filter(|(place, manifest)| !graph.is_active(manifest.label) && !is_known(*place));
    below.map(|(_, manifest)| Below { label: manifest.label.to_owned(), inside: manifest.unpacked.to_vec() }).collect()
}

/// The assertion by itself (15.11.3.2).
fn form(ingredient: &Ingredient<'_>) -> Option<Finding> {
    let has = |field| entry(&ingredient.value, field).is_some();
    let words = match ingredient.text("relationship") {
        Some("parentOf" | "componentOf" | "inputTo") => {
            if has("activeManifest") && has("digitalSourceType") {
                "an ingredient has a manifest and a digital source type"
            } else if has("activeManifest") && !has("validationResults") {
                "an ingredient with a manifest does not say how that fared"
            } else {
                return None;
            }
        }
        _ => "an ingredient has no relationship that is known",
    };
    Some(Finding::new("assertion.ingredient.malformed", words))
}

/// The manifest that it names, by its hash; where something was redacted in it, by that of its signature (15.11.3.3).
/// What fitted once is not hashed again.
fn taken_in<'i>(
    ingredient: &'i Ingredient<'_>,
    from: &Manifest<'_>,
    graph: &Graph<'_>,
    fit: &mut BTreeSet<(&'i str, HashedUri<'i>)>,
) -> Option<Finding> {
    let named = ingredient.names.as_ref()?;
    let Some(to) = ingredient.to.and_then(|to| graph.manifest(to)) else {
        return Some(Finding::new("ingredient.manifest.missing", format!("{named} is not there")));
    };
    if graph.has_redactions(to.label) {
        let signature = entry(&ingredient.value, "claimSignature").and_then(HashedUri::of);
        let here = |uri: &HashedUri<'_>| {
            Target::of(uri.url).is_some_and(|target| {
                target.manifest == Some(to.label) && target.path == (Some("c2pa.signature"), None)
            })
        };
        let words = |what: &str| format!("the signature of {named} is not {what}");
        return match (signature.filter(here), to.signature) {
            (Some(uri), Some(signature)) if from.fits(&uri, signature) => None,
            (Some(_), Some(_)) => Some(Finding::new("ingredient.claimSignature.mismatch", words("as it was"))),
            _ => Some(Finding::new("ingredient.claimSignature.missing", words("named"))),
        };
    }
    let uri = ingredient.manifest()?;
    if fit.contains(&(named, uri)) {
        return None;
    }
    // As claims were hashed before version 1.3: the claim alone. What is compressed: as it stands here (11.1.3.2), or as the library hashes it, as
    // it was before.
    let as_once = || to.is_old && from.fits(&uri, to.claim_bytes);
    let unpacked = || to.is_compressed() && from.fits(&uri, to.unpacked);
    if from.fits(&uri, to.inside) || as_once() || unpacked() {
        fit.insert((named, uri));
        return None;
    }
    Some(Finding::new("ingredient.manifest.mismatch", format!("{named} is not as it was")))
}

/// Whether somebody who took this in, directly or with more around it, said so: then it is their report, and no failure of the whole (15.11.3.3).
fn is_known(finding: &Finding, ingredient: &Ingredient<'_>, graph: &Graph<'_>) -> bool {
    let mut around = graph.ingredients.iter().filter(|other| {
        other.to.is_some_and(|to| graph.below(to).contains(&ingredient.from))
            || (other.from == ingredient.from && other.label == ingredient.label)
    });
    around.any(|other| failures(&other.value).iter().any(|(code, _)| *code == finding.code))
}

/// A failure that is reported of a manifest that the reporter has nothing to do with, so that a reader takes it for known.
fn foreign_word(ingredient: &Ingredient<'_>, graph: &Graph<'_>) -> Option<Finding> {
    let reported: BTreeSet<usize> = failures(&ingredient.value)
        .into_iter()
        .filter_map(|(_, url)| graph.place(Target::of(url?)?.manifest?))
        .collect();
    if reported.is_empty() {
        return None;
    }
    let below = ingredient.to.map(|to| graph.below(to)).unwrap_or_default();
    reported.iter().any(|place| !below.contains(place)).then(|| {
        Finding::new("assertion.ingredient.malformed", "an ingredient reports of a manifest that is not its own")
    })
}

/// The failures that an ingredient assertion records, in any of its versions: code and URL.
fn failures(value: &Value) -> Vec<(&str, Option<&str>)> {
    let results = entry(value, "validationResults");
    let of_active = results.and_then(|results| entry(results, "activeManifest"));
    let of_deltas = array(results.and_then(|results| entry(results, "ingredientDeltas"))).iter();
    let of_deltas = of_deltas.filter_map(|delta| entry(delta, "validationDeltas"));
    let lists = of_active.into_iter().chain(of_deltas).flat_map(|codes| array(entry(codes, "failure")));
    let old = array(entry(value, "validationStatus"));
    let all = lists.chain(old);
    all.filter_map(|status| {
        let text = |field| entry(status, field).and_then(Value::as_str);
        Some((text("code")?, text("url")))
    })
    .collect()
}
