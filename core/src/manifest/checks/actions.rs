//! What a claim says was done, and whether it can be said so (C2PA 2.4, 15.10.3.2.3). Claims of version 1 had other rules.

use serde_cbor::Value;

use crate::manifest::jumbf::Superbox;

use super::Finding;
use super::graph::Graph;
use super::manifest::{HashedUri, Manifest, Target, array, base, entry};

/// With which an edit begins: once, in the first place.
const BEGINNINGS: [&str; 2] = ["c2pa.created", "c2pa.opened"];

/// What an update may say (C2PA 2.4, 11.2.3).
const OF_UPDATES: [&str; 4] = ["c2pa.edited.metadata", "c2pa.opened", "c2pa.published", "c2pa.redacted"];

pub(super) fn check(manifest: &Manifest<'_>, graph: &Graph<'_>, findings: &mut Vec<Finding>) {
    if manifest.is_old {
        return;
    }
    let labels = manifest.declared().filter_map(|reference| manifest.own(reference.url));
    let labels = labels.filter(|label| matches!(base(label), "c2pa.actions" | "c2pa.actions.v2"));
    let mut begun = false;
    for (place, label) in labels.enumerate() {
        let url = format!("self#jumbf=c2pa.assertions/{label}");
        let Some(value) = manifest.resolve(&url).and_then(Superbox::value) else { continue };
        let actions = array(entry(&value, "actions"));
        if actions.is_empty() {
            findings.push(Finding::new("assertion.action.malformed", format!("{label} has no actions")));
        }
        for (number, action) in actions.iter().enumerate() {
            let name = entry(action, "action").and_then(Value::as_str).unwrap_or_default();
            if BEGINNINGS.contains(&name) {
                begun = true;
                if (place, number) != (0, 0) {
                    let words = format!("{name} is not the first action");
                    findings.push(Finding::new("assertion.action.malformed", words));
                }
            }
            if manifest.is_update && !OF_UPDATES.contains(&name) {
                findings.push(Finding::new("manifest.update.invalid", format!("an update manifest cannot say {name}")));
            }
            findings.extend(one(name, action, manifest, graph));
        }
    }
    if !begun && !manifest.is_update {
        findings.push(Finding::new("assertion.action.malformed", "no action says how it began"));
    }
}

/// The rules for one action.
fn one(name: &str, action: &Value, manifest: &Manifest<'_>, graph: &Graph<'_>) -> Option<Finding> {
    let parameters = entry(action, "parameters");
    let parameter = |name| parameters.and_then(|parameters| entry(parameters, name));
    let ingredients: Vec<&Value> = match (parameter("ingredients"), parameter("ingredient")) {
        (Some(several), _) => array(Some(several)).iter().collect(),
        (None, one) => one.into_iter().collect(),
    };
    let all = |relationship: &str| ingredients.iter().all(|value| refers(value, relationship, manifest, graph));
    let holds = match name {
        "c2pa.opened" => ingredients.len() == 1 && all("parentOf"),
        "c2pa.placed" => !ingredients.is_empty() && all("componentOf"),
        "c2pa.removed" => !ingredients.is_empty(),
        "c2pa.transcoded" | "c2pa.repackaged" => all("parentOf"),
        _ => true,
    };
    if !holds {
        let words = format!("{name} does not name the ingredient that it is about");
        return Some(Finding::new("assertion.action.ingredientMismatch", words));
    }
    let has_soft_binding = || manifest.assertions.iter().any(|one| base(one.label) == "c2pa.soft-binding");
    if matches!(name, "c2pa.watermarked" | "c2pa.watermarked.bound") && !has_soft_binding() {
        let words = format!("{name}, and no soft binding says with what");
        return Some(Finding::new("assertion.action.softBindingMissing", words));
    }
    if name == "c2pa.redacted"
        && !parameter("redacted").and_then(Value::as_str).is_some_and(|url| is_declared(url, graph))
    {
        let words = "c2pa.redacted does not name an assertion that there was";
        return Some(Finding::new("assertion.action.redactionMismatch", words));
    }
    let related = parameter("relatedAssertions")?;
    let of_this_kind = |value: &Value| {
        let label = HashedUri::of(value).and_then(|uri| manifest.resolve(uri.url)).map(|found| base(found.label));
        label.is_some_and(|label| !label.starts_with("c2pa.ingredient") && !label.starts_with("c2pa.actions"))
    };
    let related = array(Some(related));
    (related.is_empty() || !related.iter().all(of_this_kind))
        .then(|| Finding::new("assertion.action.malformed", format!("{name} names related assertions that are none")))
}

/// Whether a reference names an ingredient of this kind, as it stands here.
fn refers(value: &Value, relationship: &str, manifest: &Manifest<'_>, graph: &Graph<'_>) -> bool {
    let Some(uri) = HashedUri::of(value) else { return false };
    let Some(label) = manifest.own(uri.url) else { return false };
    if graph.is_redacted(manifest.label, label) {
        return true;
    }
    let Some(found) = manifest.resolve(uri.url) else { return false };
    let is_kind = || {
        let value = found.value();
        value.is_some_and(|value| entry(&value, "relationship").and_then(Value::as_str) == Some(relationship))
    };
    base(label).starts_with("c2pa.ingredient") && manifest.fits(&uri, found.inside) && is_kind()
}

/// Whether a URI names an assertion that some claim here declares, be it there or redacted.
fn is_declared(url: &str, graph: &Graph<'_>) -> bool {
    let Some(Target { manifest: Some(of), path }) = Target::of(url) else { return false };
    let (Some(store), Some(label)) = path else { return false };
    let of = graph.place(of).and_then(|place| graph.manifest(place));
    of.is_some_and(|of| {
        store == "c2pa.databoxes" || of.declared().any(|reference| of.own(reference.url) == Some(label))
    })
}
