//! The form of identity assertions (`cawg.identity`, CAWG Identity Assertion 1.3): they are about this manifest's own picture, once, and nothing hides in
//! their padding. The library looks at that too, passes over what it cannot verify in silence, and takes an address for another where it is only
//! written in another way. Whether a name was verified is in `manifest::identity`.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::BTreeSet;

use serde_cbor::Value;

use super::claims::is_hard_binding;
use super::manifest::{HashedUri, Manifest, array, entry};

const KINDS: [&str; 2] = ["cawg.x509.cose", "cawg.identity_claims_aggregation"];

/// The code for what does not hold.
pub(super) fn problem(manifest: &Manifest<'_>, value: &Value) -> Option<&'static str> {
    let payload = entry(value, "signer_payload");
    let kind = payload.and_then(|payload| entry(payload, "sig_type")).and_then(Value::as_str);
    if !kind.is_some_and(|kind| KINDS.contains(&kind)) {
        return Some("cawg.identity.sig_type.unknown");
    }
    let about = array(payload.and_then(|payload| entry(payload, "referenced_assertions")));
    let is_there = |name: &str| matches!(entry(value, name), Some(Value::Bytes(_)));
    if about.is_empty() || !is_there("signature") || !is_there("pad1") {
        return Some("cawg.identity.cbor.invalid");
    }
    let is_blank = |name: &str| match entry(value, name) {
        Some(Value::Bytes(pad)) => pad.iter().all(|byte| *byte == 0),
        other => other.is_none(),
    };
    if !is_blank("pad1") || !is_blank("pad2") {
        return Some("cawg.identity.pad.invalid");
    }
    references(manifest, about)
}

/// Copied from another manifest, it is about what is not here.
fn references(manifest: &Manifest<'_>, about: &[Value]) -> Option<&'static str> {
    let declared: BTreeSet<_> =
        manifest.declared().filter_map(|one| Some((manifest.own(one.url)?, one.hash()?))).collect();
    let mut seen = BTreeSet::new();
    for one in about {
        let one = HashedUri::of(one);
        let named = one.as_ref().and_then(|one| Some((manifest.own(one.url)?, one.hash()?)));
        let Some(named) = named.filter(|named| declared.contains(named)) else {
            return Some("cawg.identity.assertion.mismatch");
        };
        if !seen.insert(named) {
            return Some("cawg.identity.assertion.duplicate");
        }
    }
    let is_bound = seen.iter().any(|(label, _)| is_hard_binding(label));
    (!is_bound).then_some("cawg.identity.hard_binding_missing")
}
