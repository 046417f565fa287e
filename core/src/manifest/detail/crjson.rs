//! crJSON by the library, with its validation results for the active manifest replaced by ours.

use c2pa::Reader;
use c2pa::validation_status::ValidationStatus;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::Error;
use super::super::reading::Reading;
use super::super::statuses::{failures, is_mismatch_of, is_of_ocsp};

/// The version of the standard by which we judge.
const SPEC_VERSION: &str = "2.4.0";

/// Without a manifest.
pub(super) fn none() -> Value {
    json!({
        "@context": {"@vocab": "https://c2pa.org/crjson", "extras": "https://c2pa.org/crjson/extras"},
        "manifests": [],
        "jsonGenerator": generator(),
    })
}

fn generator() -> Value {
    json!({"name": "touchmark", "version": env!("CARGO_PKG_VERSION")})
}

pub(super) fn of(reader: &Reader, reading: &Reading, at: Timestamp) -> Result<Value, Error> {
    let mut document = reader.to_crjson_value().map_err(Error::c2pa("write out"))?;
    document["jsonGenerator"] = generator();
    for manifest in document["manifests"].as_array_mut().into_iter().flatten() {
        fit(manifest);
        ingredients(manifest, reading);
    }
    let Some(active) = document.get_mut("manifests").and_then(|manifests| manifests.get_mut(0)) else {
        return Ok(document);
    };
    let label = active["label"].as_str().unwrap_or_default().to_owned();
    let theirs: Vec<&str> = failures(reader).into_iter().map(ValidationStatus::code).collect();
    let results = &mut active["validationResults"];
    let signature = format!("self#jumbf=/c2pa/{label}/c2pa.signature");
    results["success"] = merged(&results["success"], &reading.successes, |_| true, &signature);
    results["informational"] = merged(&results["informational"], &reading.informational, |_| true, &signature);
    // What the library holds against ingredients stands with them; what is not of the library is about the active manifest.
    let below = |code: &str| reading.ingredients.iter().any(|held| held.alone && held.code == code);
    let ours = |code: &str| !theirs.contains(&code) && !below(code);
    let mut failure = merged(&results["failure"], &reading.codes, ours, &signature);
    for status in failure.as_array_mut().into_iter().flatten() {
        let place = reading.codes.iter().position(|code| Some(code.as_str()) == status["code"].as_str());
        if let Some(words) = place.and_then(|place| reading.explanations.get(place)).filter(|words| !words.is_empty()) {
            status["explanation"] = json!(words);
        }
    }
    results["failure"] = failure;
    results["specVersion"] = json!(SPEC_VERSION);
    results["validationTime"] = json!(at.to_string());
    Ok(document)
}

/// What we say of a manifest as an ingredient, and of its ingredients.
fn ingredients(manifest: &mut Value, reading: &Reading) {
    let label = manifest["label"].as_str().unwrap_or_default().to_owned();
    let Some(results) = manifest.get_mut("validationResults") else { return };
    excuse(results, &reading.fit);
    for held in reading.ingredients.iter().filter(|held| held.manifest_id == label) {
        let url = format!("self#jumbf=/c2pa/{label}/c2pa.signature");
        if let Some(failure) = results.get_mut("failure").and_then(Value::as_array_mut) {
            failure.push(json!({"code": held.code, "url": url, "explanation": held.words}));
        }
    }
    let deltas = manifest.get_mut("ingredientDeltas").and_then(Value::as_array_mut);
    for delta in deltas.into_iter().flatten() {
        excuse(&mut delta["validationDeltas"], &reading.fit);
    }
}

/// Compressed ingredients that fit count as such, and of revocation stands here what we say alone.
fn excuse(results: &mut Value, fit: &[String]) {
    let Some(failure) = results.get_mut("failure").and_then(Value::as_array_mut) else { return };
    let text = |status: &Value, field: &str| status[field].as_str().unwrap_or_default().to_owned();
    let fits = |status: &Value| is_mismatch_of(&text(status, "code"), &text(status, "url"), fit);
    let excused: Vec<Value> = failure
        .iter()
        .filter(|status| fits(status))
        .map(|status| json!({"code": "ingredient.manifest.validated", "url": status["url"]}))
        .collect();
    failure.retain(|status| !fits(status) && !is_of_ocsp(&text(status, "code")));
    if let Some(success) = results.get_mut("success").and_then(Value::as_array_mut) {
        success.extend(excused);
    }
}

/// What the library writes otherwise than the form has it.
fn fit(manifest: &mut Value) {
    if let Some(signature) = manifest.get_mut("signature").and_then(Value::as_object_mut) {
        // Of a token that cannot be read it names the certificate, and no time: what there is of it stands in the results.
        if signature.get("timeStampInfo").is_some_and(|stamp| stamp.get("timestamp").is_none()) {
            signature.remove("timeStampInfo");
        }
        if let Some(Value::String(algorithm)) = signature.get_mut("algorithm") {
            *algorithm = standard_name(algorithm);
        }
    }
    // Older claims have a list of this.
    if let Some(metadata) = manifest.get_mut("claim").and_then(|claim| claim.get_mut("metadata"))
        && let [one] = metadata.as_array().map(Vec::as_slice).unwrap_or_default()
    {
        *metadata = one.clone();
    }
    for claim in ["claim", "claim.v2"] {
        let Some(claim) = manifest.get_mut(claim).and_then(Value::as_object_mut) else { continue };
        let lists: &[&str] = if claim.contains_key("created_assertions") {
            &["gathered_assertions", "redacted_assertions"]
        } else {
            &["redacted_assertions"]
        };
        for list in lists {
            claim.entry(*list).or_insert_with(|| json!([]));
        }
    }
}

/// As C2PA writes signature algorithms (13.2): the library has them in small letters.
fn standard_name(algorithm: &str) -> String {
    let known = ["ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "Ed25519"];
    let known = known.into_iter().find(|name| name.eq_ignore_ascii_case(algorithm));
    known.unwrap_or("Unknown").to_owned()
}

/// The library's entries that we stand by, and those of ours that it does not have.
fn merged(theirs: &Value, codes: &[String], may_add: impl Fn(&str) -> bool, url: &str) -> Value {
    let mut entries: Vec<Value> = theirs.as_array().cloned().unwrap_or_default();
    entries.retain(|entry| codes.iter().any(|code| Some(code.as_str()) == entry["code"].as_str()));
    for code in codes {
        let is_there = entries.iter().any(|entry| entry["code"].as_str() == Some(code));
        if !is_there && may_add(code) {
            entries.push(json!({"code": code, "url": url}));
        }
    }
    Value::Array(entries)
}
