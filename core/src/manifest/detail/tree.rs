//! A manifest's ingredients, and theirs, as far down as anybody would read.

use std::collections::BTreeSet;

use c2pa::validation_results::{StatusCodes, ValidationState};
use c2pa::validation_status::ValidationStatus;
use c2pa::{Ingredient, Manifest, Reader};
use jiff::Timestamp;
use serde::Serialize;

use super::super::Trust;
use super::super::reading::{Reading, State};
use super::super::statuses::{is_excused, is_of_ocsp};
use crate::keys::certificate::Chain;

/// The deepest level that is shown.
const DEEPEST: usize = 16;

/// The most manifests and ingredients that are shown.
pub const MOST_NODES: usize = 200;

/// A manifest, or an ingredient without one.
#[derive(Debug, Clone, Serialize)]
pub struct Node {
    /// Its title, or the ingredient's, as stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// `parentOf`, `componentOf` or `inputTo`; `None` for the file itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relationship: Option<&'static str>,
    /// How it fares. An ingredient is valid that was intact when it was taken in, where nothing has been found since.
    pub state: State,
    /// The standard's failure codes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<String>,
    /// `urn:c2pa:…`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manifest_id: Option<String>,
    /// Who signed it, by the certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
    /// Its ingredients.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ingredients: Vec<Self>,
    /// Why its ingredients are not shown, or not all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_out: Option<&'static str>,
}

struct Walk<'a> {
    reader: &'a Reader,
    reading: &'a Reading,
    trust: &'a Trust,
    at: Timestamp,
    left: usize,
    /// The manifests above: one that stands in its own ingredients ends there.
    above: BTreeSet<String>,
}

pub(super) fn of(reader: &Reader, reading: &Reading, trust: &Trust, at: Timestamp) -> Option<Node> {
    let manifest = reader.active_manifest()?;
    let label = reader.active_label()?.to_owned();
    let mut walk = Walk { reader, reading, trust, at, left: MOST_NODES - 1, above: BTreeSet::new() };
    let mut root = Node {
        title: manifest.title().map(str::to_owned),
        relationship: None,
        state: reading.state,
        codes: reading.codes.clone(),
        manifest_id: Some(label.clone()),
        signer: signer(manifest),
        ingredients: Vec::new(),
        left_out: None,
    };
    walk.below(&mut root, manifest, &label);
    Some(root)
}

impl Walk<'_> {
    fn below(&mut self, node: &mut Node, manifest: &Manifest, label: &str) {
        if manifest.ingredients().is_empty() {
            return;
        }
        if self.above.len() >= DEEPEST {
            node.left_out = Some("it is nested too deeply to be shown");
            return;
        }
        if !self.above.insert(label.to_owned()) {
            node.left_out = Some("it stands in its own ingredients");
            return;
        }
        for ingredient in manifest.ingredients() {
            if self.left == 0 {
                node.left_out = Some("there are too many to be shown");
                break;
            }
            self.left = self.left.saturating_sub(1);
            let below = self.ingredient(ingredient, label);
            node.ingredients.push(below);
        }
        self.above.remove(label);
    }

    fn ingredient(&mut self, ingredient: &Ingredient, above: &str) -> Node {
        let label = ingredient.active_manifest();
        let manifest = label.and_then(|label| self.reader.get_manifest(label));
        let mut codes = self.codes(ingredient, above);
        let held = self.reading.ingredients.iter().filter(|held| Some(held.manifest_id.as_str()) == label);
        codes.extend(held.map(|held| held.code.to_owned()).filter(|code| !codes.contains(code)).collect::<Vec<_>>());
        let state = match manifest {
            None if label.is_none() && codes.is_empty() => State::None,
            Some(manifest) if codes.is_empty() && was_valid(ingredient) => {
                if self.is_trusted(manifest) {
                    State::Trusted
                } else {
                    State::Valid
                }
            }
            _ => State::Invalid,
        };
        let relationship = match ingredient.relationship() {
            c2pa::Relationship::ParentOf => "parentOf",
            c2pa::Relationship::ComponentOf => "componentOf",
            c2pa::Relationship::InputTo => "inputTo",
        };
        let mut node = Node {
            title: ingredient.title().map(str::to_owned),
            relationship: Some(relationship),
            state,
            codes,
            manifest_id: label.map(str::to_owned),
            signer: manifest.and_then(signer),
            ingredients: Vec::new(),
            left_out: None,
        };
        if let (Some(manifest), Some(label)) = (manifest, label) {
            self.below(&mut node, manifest, label);
        }
        node
    }

    /// What was held against it when it was taken in, and what is now. That its signer is not trusted is another question.
    fn codes(&self, ingredient: &Ingredient, above: &str) -> Vec<String> {
        let then = ingredient.validation_results().and_then(|results| results.active_manifest());
        let then = then.into_iter().flat_map(StatusCodes::failure);
        let old = ingredient.validation_status().into_iter().flatten().filter(|status| !status.passed());
        let deltas = self.reader.validation_results().and_then(|results| results.ingredient_deltas());
        let is_its = |uri: &str| {
            ingredient.label().is_some_and(|label| {
                uri.ends_with(&format!("/{label}")) && (uri.contains(above) || !uri.contains("/c2pa/"))
            })
        };
        let its = deltas.into_iter().flatten().filter(|delta| is_its(delta.ingredient_assertion_uri()));
        let now = its.flat_map(|delta| delta.validation_deltas().failure());
        let mut codes = Vec::new();
        let now = now.filter(|status| !is_excused(status, &self.reading.fit) && !is_of_ocsp(status.code()));
        for code in then.chain(old).chain(now).map(ValidationStatus::code) {
            let of_trust = ["signingCredential.untrusted", "signingCredential.expired"].contains(&code);
            if !of_trust && !codes.iter().any(|known| known == code) {
                codes.push(code.to_owned());
            }
        }
        codes
    }

    /// By our own lists, at the reader's time: what time-stamps below the active manifest say is not looked into.
    fn is_trusted(&self, manifest: &Manifest) -> bool {
        let certificates = manifest.signature_info().map(|info| info.cert_chain().to_owned()).unwrap_or_default();
        Chain::from_pem(certificates.as_bytes())
            .is_ok_and(|chain| self.trust.lists.signer_by(&chain, self.at, &self.trust.memo).is_ok())
    }
}

/// What was recorded when it was taken in; where nothing was, only what is found now counts.
fn was_valid(ingredient: &Ingredient) -> bool {
    let only_untrusted =
        |codes: &StatusCodes| codes.failure().iter().all(|status| status.code().starts_with("signingCredential."));
    ingredient.validation_results().is_none_or(|results| {
        results.validation_state() != ValidationState::Invalid || results.active_manifest().is_none_or(only_untrusted)
    })
}

fn signer(manifest: &Manifest) -> Option<String> {
    let info = manifest.signature_info()?;
    info.common_name.clone().or_else(|| info.issuer.clone())
}
