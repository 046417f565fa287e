//! Hard bindings in boxes of ISO BMFF (C2PA 2.4, 15.12.2, A.5.6): what they leave out is the manifest store, and nothing to be seen.

use serde_cbor::Value;
use touchmark_core::hash::Hash;
use touchmark_core::media::MediaType;

use crate::bound::bound_with;
use crate::forge::{Assertion, Forge, Manifest, boxed, created, map, store, text};

pub(crate) const AVIF: MediaType = MediaType::Avif;
pub(crate) const MISMATCH: &str = "assertion.bmffHash.mismatch";
const C2PA: [u8; 16] = *b"\xD8\xFE\xC3\xD6\x1B\x0E\x48\x3C\x92\x97\x58\x28\x87\x7E\xC4\x81";

pub(crate) fn picture() -> Vec<u8> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../test-images/chelsea.avif");
    std::fs::read(path).expect("a picture")
}

/// The boxes of the top level: kind, where, whole.
pub(crate) fn boxes(file: &[u8]) -> Vec<(&[u8], usize, &[u8])> {
    let (mut at, mut found) = (0, Vec::new());
    while at < file.len() {
        let length = u32::from_be_bytes(file[at..at + 4].try_into().expect("four")) as usize;
        let length = if length == 0 { file.len() - at } else { length };
        found.push((&file[at + 4..at + 8], at, &file[at..at + length]));
        at += length;
    }
    found
}

/// What must be left out, and more.
fn exclusions(more: &[&str]) -> Value {
    exclusions_and(more.iter().map(|path| map([("xpath", text(path))])).collect())
}

pub(crate) fn exclusions_and(more: Vec<Value>) -> Value {
    let data = map([("offset", Value::Integer(8)), ("value", Value::Bytes(C2PA.to_vec()))]);
    let own = map([("xpath", text("/uuid")), ("data", Value::Array(vec![data]))]);
    let others = ["/ftyp", "/mfra"].iter().map(|path| map([("xpath", text(path))]));
    Value::Array(std::iter::once(own).chain(others).chain(more).collect())
}

/// A box of C2PA for this purpose.
pub(crate) fn provenance(purpose: &str, content: &[u8]) -> Vec<u8> {
    boxed(b"uuid", &[&C2PA[..], &[0; 4], purpose.as_bytes(), &[0], content].concat())
}

/// A hash over each box that is not left out, with the place where it begins.
fn hash(file: &[u8], exclusions: Value, left_out: &[&[u8]]) -> Assertion {
    let is_kept = |kind: &[u8]| kind != b"uuid" && kind != b"ftyp" && !left_out.contains(&kind);
    let kept = boxes(file).into_iter().filter(|(kind, ..)| is_kept(kind));
    let bytes: Vec<u8> = kept.flat_map(|(_, at, whole)| [&(at as u64).to_be_bytes(), whole].concat()).collect();
    Assertion::new(
        "c2pa.hash.bmff.v3",
        &map([
            ("exclusions", exclusions),
            ("alg", text("sha256")),
            ("hash", Value::Bytes(Hash::of(&bytes).as_bytes().to_vec())),
            ("name", text("jumbf manifest")),
        ]),
    )
}

fn signed(forge: &Forge, padding: &[u8], bind: impl Fn(&[u8]) -> Assertion) -> Vec<u8> {
    signed_in(&picture(), forge, padding, bind)
}

pub(crate) fn signed_in(image: &[u8], forge: &Forge, padding: &[u8], bind: impl Fn(&[u8]) -> Assertion) -> Vec<u8> {
    let manifest = Manifest::new(vec![created()]);
    let make = |binding: Assertion| {
        let mut manifest = manifest.clone();
        manifest.created.push(binding);
        [store(&[forge.seal(&manifest).whole()]), padding.to_vec()].concat()
    };
    bound_with(image, AVIF, make, |file, _| bind(file))
}

fn honest(forge: &Forge) -> Vec<u8> {
    signed(forge, &[], |file| hash(file, exclusions(&[]), &[]))
}

#[test]
fn a_changed_byte_of_the_picture_is_noticed() {
    let forge = Forge::new();
    let mut file = honest(&forge);
    forge.holds(&file, "as it was signed");
    let at = file.len() - 100;
    file[at] ^= 1;
    forge.refuses(&file, MISMATCH, "one byte");
}

#[test]
fn the_picture_cannot_be_left_out() {
    let forge = Forge::new();
    for (path, kind) in [("/mdat", b"mdat"), ("/meta", b"meta"), ("/none", b"none")] {
        let file = signed(&forge, &[], |file| hash(file, exclusions(&[path]), &[kind]));
        forge.refuses(&file, MISMATCH, path);
    }
    let nothing = signed(&forge, &[], |file| hash(file, Value::Array(vec![]), &[]));
    forge.refuses(&nothing, "assertion.bmffHash.malformed", "nothing is left out");
}

#[test]
fn nothing_hides_in_a_box_that_no_hash_covers() {
    let forge = Forge::new();
    let padded = |fill| signed(&forge, &[fill; 40], |file| hash(file, exclusions(&[]), &[]));
    forge.holds(&padded(0), "zeros behind the store");
    forge.refuses(&padded(7), MISMATCH, "something else behind it");
    for purpose in ["other", "", "merkle"] {
        let file = [honest(&forge), provenance(purpose, b"\xa4hidden words")].concat();
        let reading = forge.judge(&file);
        assert_eq!(reading.state, touchmark_core::manifest::State::Invalid, "{purpose:?}: {:?}", reading.codes);
    }
    forge.refuses(&[honest(&forge), provenance("other", b"hidden words")].concat(), MISMATCH, "a second box of C2PA");
}

#[test]
fn of_two_manifest_stores_none_is_the_one() {
    let forge = Forge::new();
    let (one, other) = (honest(&forge), honest(&forge));
    let stores = |file: &[u8]| boxes(file).into_iter().find(|(kind, ..)| kind == b"uuid").expect("a store").2.to_vec();
    let (own, foreign) = (stores(&one), stores(&other));
    for (what, more) in [("the same twice", &own), ("another one behind it", &foreign)] {
        forge.refuses(&[one.clone(), more.clone()].concat(), MISMATCH, what);
    }
    let at = boxes(&one).into_iter().find(|(kind, ..)| kind == b"uuid").expect("a store").1;
    let before = [&one[..at], &foreign, &one[at..]].concat();
    forge.refuses(&before, MISMATCH, "another one before it");
    let purpose = |purpose: &[u8; 8]| {
        let mut store = own.clone();
        store[28..36].copy_from_slice(purpose);
        store
    };
    forge.refuses(&[one.clone(), purpose(b"original")].concat(), MISMATCH, "an original beside it");
    let original = [&one[..at], &purpose(b"original"), &one[at + own.len()..], &own].concat();
    forge.refuses(&original, MISMATCH, "an original in its place, and a manifest behind it");
}
