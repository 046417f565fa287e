//! A manifest that was found again by what a picture looks like, or by a mark in it: the picture must still be the one that it was signed for
//! (C2PA 2.4, 15.5.5).

use serde_cbor::Value;
use touchmark_core::media::MediaType;

use crate::bound::{data_hash, picture};
use crate::forge::{Assertion, Forge, Manifest, created, map, store, text};

#[test]
fn a_manifest_that_was_found_for_a_look_alike_never_holds() {
    let forge = Forge::new();
    for media_type in [MediaType::Jpeg, MediaType::Png, MediaType::Webp] {
        let image = picture(media_type);
        let kept = store(&[forge.seal(&Manifest::new(vec![created(), data_hash(&image, &[])])).whole()]);
        forge.holds_with(&image, Some(&kept), "the picture itself");
        let mut alike = image.clone();
        let at = alike.len() - 20;
        alike[at] ^= 1;
        forge.refuses_with(&alike, Some(&kept), "assertion.dataHash.mismatch", media_type.name());
    }
    let (jpeg, png) = (picture(MediaType::Jpeg), picture(MediaType::Png));
    let kept = store(&[forge.seal(&Manifest::new(vec![created(), data_hash(&png, &[])])).whole()]);
    forge.refuses_with(&jpeg, Some(&kept), "assertion.dataHash.mismatch", "the same picture in another form");
}

/// A soft binding by the ISCC that says this of the picture.
fn looks(value: &[u8]) -> Assertion {
    let block = map([("scope", map([])), ("value", Value::Bytes(value.to_vec()))]);
    let pad = Value::Bytes(Vec::new());
    let blocks = Value::Array(vec![block]);
    Assertion::new("c2pa.soft-binding", &map([("alg", text("io.iscc.v0")), ("blocks", blocks), ("pad", pad)]))
}

#[test]
fn what_a_soft_binding_says_never_stands_in_for_the_hard_one() {
    let forge = Forge::new();
    let image = picture(MediaType::Png);
    let mut alike = image.clone();
    let last = alike.len() - 20;
    alike[last] ^= 1;
    for (what, value) in [("looks that may be anybody's", [0; 8]), ("other looks", [0xff; 8])] {
        let manifest = Manifest::new(vec![created(), looks(&value), data_hash(&image, &[])]);
        let kept = store(&[forge.seal(&manifest).whole()]);
        forge.refuses_with(&alike, Some(&kept), "assertion.dataHash.mismatch", what);
    }
    let alone = store(&[forge.seal(&Manifest::new(vec![created(), looks(&[0; 8])])).whole()]);
    forge.refuses_with(&image, Some(&alone), "claim.hardBindings.missing", "nothing but a soft binding");
}
