//! One manifest of a store: its claim, its assertions, and how one names the other.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;

use serde_cbor::Value;
use sha2::Digest as _;

use crate::manifest::bounds::{Bounds, TooMuch, within};
use crate::manifest::cbor;
use crate::manifest::cose::Cose;
use crate::manifest::jumbf::Superbox;

pub(super) use crate::manifest::cbor::{array, entry};
pub(super) use crate::manifest::jumbf::base;

use super::store::Stored;
use super::{Finding, Refused};

/// A manifest, taken apart.
#[derive(Debug)]
pub(super) struct Manifest<'a> {
    pub(super) label: &'a str,
    /// What is hashed of its box.
    pub(super) inside: &'a [u8],
    /// The same of a compressed one as it was before.
    pub(super) unpacked: &'a [u8],
    pub(super) is_update: bool,
    /// The claim's bytes, and what they say.
    pub(super) claim_bytes: &'a [u8],
    claim: Value,
    /// Whether the claim is of version 1.
    pub(super) is_old: bool,
    /// What is hashed of its signature's box.
    pub(super) signature: Option<&'a [u8]>,
    /// What stands there, if it is CBOR.
    pub(super) cose: Option<Result<Value, cbor::Problem>>,
    /// The boxes in its assertion store.
    pub(super) assertions: Vec<Superbox<'a>>,
    /// Where each label stands first among them.
    places: BTreeMap<&'a str, usize>,
}

/// A `hashed-uri-map`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct HashedUri<'a> {
    pub(super) url: &'a str,
    alg: Option<&'a str>,
    hash: Option<&'a [u8]>,
}

/// What a `self#jumbf` URI names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Target<'a> {
    /// `None`: in the manifest that the URI stands in.
    pub(super) manifest: Option<&'a str>,
    /// The store or box in that manifest, then the box in that store.
    pub(super) path: (Option<&'a str>, Option<&'a str>),
}

impl<'a> Manifest<'a> {
    pub(super) fn of(stored: &'a Stored<'_>, bounds: &Bounds) -> Result<Self, Refused> {
        let whole = stored.superbox();
        let broken = |error: crate::manifest::Error| Finding::new("general.error", error.to_string());
        let boxes = whole.children().map_err(broken)?;
        let mut claims = boxes.iter().filter(|child| child.kind == *b"c2cl");
        let claim = claims.next().ok_or_else(|| Finding::new("claim.missing", "a manifest has no claim"))?;
        if claims.next().is_some() {
            return Err(Finding::new("claim.multiple", "a manifest has more than one claim").into());
        }
        let claim_bytes = claim.cbor().map_err(broken)?.unwrap_or_default();
        let value = cbor::look_over(claim_bytes)
            .and_then(|()| cbor::value(claim_bytes))
            .map_err(|problem| Finding::new("claim.cbor.invalid", problem))?;
        let mut assertions = Vec::new();
        for store in boxes.iter().filter(|child| child.kind == *b"c2as") {
            assertions.extend(store.children().map_err(broken)?);
        }
        few(assertions.len(), bounds)?;
        // The library makes values of all of them, and believes whatever lengths they claim.
        for assertion in &assertions {
            if let Some(Err(problem)) = assertion.cbor().map_err(broken)?.map(cbor::look_over) {
                return Err(Finding::new("assertion.cbor.invalid", format!("{}: {problem}", assertion.label)).into());
            }
        }
        for other in boxes.iter().filter(|child| child.kind != *b"c2as") {
            for one in std::iter::once(*other).chain(other.children().map_err(broken)?) {
                if let Some(Err(problem)) = one.cbor().map_err(broken)?.map(cbor::look_over) {
                    return Err(Finding::new("general.error", format!("{}: {problem}", one.label)).into());
                }
            }
        }
        let places = assertions.iter().enumerate().rev().map(|(place, one)| (one.label, place)).collect();
        let signature = boxes.iter().find(|child| child.label == "c2pa.signature");
        let cose = signature.and_then(|found| found.cbor().ok().flatten()).map(cbor::value);
        if let Some(cose) = cose.as_ref().and_then(|value| Cose::of(value.as_ref().ok()?)) {
            super::signature::headers(cose.protected)?;
        }
        let manifest = Self {
            label: stored.label,
            inside: stored.inside,
            unpacked: whole.inside,
            is_update: whole.kind == *b"c2um",
            claim_bytes,
            claim: value,
            is_old: claim.label == "c2pa.claim",
            signature: signature.map(|found| found.inside),
            cose,
            assertions,
            places,
        };
        few(manifest.declared().count(), bounds)?;
        Ok(manifest)
    }

    /// Whether it stands in the store compressed.
    pub(super) fn is_compressed(&self) -> bool {
        !std::ptr::eq(self.inside, self.unpacked)
    }

    /// Whether OCSP responses stand in it, be they about its own signer or about others.
    pub(super) fn has_responses(&self) -> bool {
        let in_signature = || {
            let cose = self.cose.as_ref().and_then(|value| Cose::of(value.as_ref().ok()?));
            cose.is_some_and(|cose| cose.header("rVals").is_some())
        };
        self.assertions.iter().any(|one| base(one.label) == "c2pa.certificate-status") || in_signature()
    }

    /// A field of the claim.
    pub(super) fn field(&self, name: &str) -> Option<&Value> {
        entry(&self.claim, name)
    }

    /// The references in one of the claim's lists.
    pub(super) fn list(&self, name: &str) -> impl Iterator<Item = HashedUri<'_>> {
        array(self.field(name)).iter().filter_map(HashedUri::of)
    }

    /// All assertions that the claim names: those that its signer vouches for come first.
    pub(super) fn declared(&self) -> impl Iterator<Item = HashedUri<'_>> {
        let lists = if self.is_old { ["assertions", ""] } else { ["created_assertions", "gathered_assertions"] };
        lists.into_iter().flat_map(|list| self.list(list))
    }

    /// Those that it vouches for, by label, in order.
    pub(super) fn created(&self) -> impl Iterator<Item = &Superbox<'a>> {
        let list = if self.is_old { "assertions" } else { "created_assertions" };
        self.list(list).filter_map(|reference| self.resolve(reference.url))
    }

    /// The URIs of the assertions, of other manifests, that it redacts.
    pub(super) fn redacted(&self) -> impl Iterator<Item = &str> {
        array(self.field("redacted_assertions")).iter().filter_map(Value::as_str)
    }

    /// The assertion of this manifest that a URI names.
    pub(super) fn resolve(&self, url: &str) -> Option<&Superbox<'a>> {
        self.assertions.get(*self.places.get(self.own(url)?)?)
    }

    /// The label of an assertion of this manifest.
    pub(super) fn own<'u>(&self, url: &'u str) -> Option<&'u str> {
        let target = Target::of(url)?;
        let is_here = target.manifest.is_none_or(|manifest| manifest == self.label);
        match target.path {
            (Some("c2pa.assertions"), Some(label)) if is_here => Some(label),
            _ => None,
        }
    }

    /// The algorithm for references that name none.
    pub(super) fn alg(&self) -> Option<&str> {
        self.field("alg").and_then(Value::as_str)
    }

    /// Whether a reference of this claim fits what it names. An algorithm that is not known fits nothing.
    pub(super) fn fits(&self, reference: &HashedUri<'_>, inside: &[u8]) -> bool {
        let alg = reference.alg.or_else(|| self.alg());
        alg.and_then(|alg| digest(alg, inside)).is_some_and(|digest| Some(digest.as_slice()) == reference.hash)
    }
}

fn few(assertions: usize, bounds: &Bounds) -> Result<(), TooMuch> {
    within(assertions as u64, bounds.assertions, "assertions in one manifest", "limits.assertions")
}

impl<'a> HashedUri<'a> {
    pub(super) fn of(value: &'a Value) -> Option<Self> {
        let bytes = |value: &'a Value| match value {
            Value::Bytes(bytes) => Some(bytes.as_slice()),
            _ => None,
        };
        let text = |name: &str| entry(value, name).and_then(Value::as_str);
        Some(Self { url: text("url")?, alg: text("alg"), hash: entry(value, "hash").and_then(bytes) })
    }

    pub(super) fn hash(&self) -> Option<&'a [u8]> {
        self.hash
    }
}

impl<'a> Target<'a> {
    pub(super) fn of(url: &'a str) -> Option<Self> {
        let path = url.strip_prefix("self#jumbf=")?;
        let (manifest, path) = match path.strip_prefix("/c2pa/").or_else(|| path.strip_prefix("c2pa/")) {
            Some(absolute) => match absolute.split_once('/') {
                Some((manifest, path)) => (Some(manifest), path),
                None => (Some(absolute), ""),
            },
            None => (None, path.trim_start_matches('/')),
        };
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        let path = (parts.next(), parts.next());
        parts.next().is_none().then_some(Self { manifest, path })
    }
}

/// The digest under one of the standard's algorithms (C2PA 2.4, 13.1).
pub(super) fn digest(alg: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    match alg {
        "sha256" => Some(sha2::Sha256::digest(bytes).to_vec()),
        "sha384" => Some(sha2::Sha384::digest(bytes).to_vec()),
        "sha512" => Some(sha2::Sha512::digest(bytes).to_vec()),
        _ => None,
    }
}
