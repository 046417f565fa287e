//! Compressed manifests, and what is not a manifest but a bomb (C2PA 2.4, 11.2.4, 15.5.4).

use touchmark_core::manifest::{State, embed};
use touchmark_core::media::MediaType;

use crate::bound::{of_all, picture};
use crate::forge::{Forge, Manifest, boxed, created, kind, store, superbox};

const PNG: MediaType = MediaType::Png;
const INVALID: &str = "manifest.compressed.invalid";

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let params = brotli::enc::BrotliEncoderParams::default();
    brotli::BrotliCompress(&mut &bytes[..], &mut packed, &params).expect("in memory");
    packed
}

fn compressed(label: &str, content: &[u8]) -> Vec<u8> {
    superbox(kind(b"c2cm"), label, &boxed(b"brob", content))
}

fn refused(forge: &Forge, manifest: Vec<u8>, name: &str) {
    let file = embed::restore(&picture(PNG), PNG, &store(&[manifest])).expect("embedded");
    forge.refuses(&file, INVALID, name);
}

#[test]
fn a_compressed_ingredient_holds() {
    let forge = Forge::new();
    let one = forge.seal(&Manifest::new(vec![created()]));
    let small = compressed(&one.label, &packed(&one.whole()));
    // The library hashes it as it was before, where the standard says: as it stands there (11.1.3.2).
    let active = Manifest::new(vec![created(), one.ingredient("componentOf")]);
    let reading = forge.judge(&of_all(&forge, PNG, &active, |active| vec![small.clone(), active.whole()]));
    assert_eq!(reading.state, State::Trusted, "{:?} {:?}", reading.codes, reading.explanations);
}

#[test]
fn what_is_no_manifest_after_decompression_is_refused() {
    let forge = Forge::new();
    let one = forge.seal(&Manifest::new(vec![created()]));
    let label = &one.label;
    let other = forge.seal(&Manifest::new(vec![created()]));
    refused(&forge, compressed(label, b"no such thing"), "not compressed at all");
    refused(&forge, compressed(label, &packed(b"words")), "words");
    refused(&forge, compressed(label, &packed(&other.whole())), "a manifest of another name");
    let again = compressed(label, &packed(&compressed(label, &packed(&one.whole()))));
    refused(&forge, again, "compressed twice");
    let cut = packed(&one.whole());
    refused(&forge, compressed(label, &cut[..cut.len() / 2]), "cut off");
}

#[test]
fn a_bomb_does_not_go_off() {
    let forge = Forge::new();
    let one = forge.seal(&Manifest::new(vec![created()]));
    let bomb = packed(&vec![0; 40 << 20]);
    assert!(bomb.len() < 4096, "{} bytes", bomb.len());
    refused(&forge, compressed(&one.label, &bomb), "40 MiB");
    // Many that are each within the bounds.
    let small = packed(&vec![0; 6 << 20]);
    let many: Vec<Vec<u8>> = (0..8)
        .map(|number| compressed(&format!("urn:c2pa:8b6e5a10-0000-4000-8000-00000000000{number}"), &small))
        .collect();
    let file = embed::restore(&picture(PNG), PNG, &store(&many)).expect("embedded");
    forge.refuses(&file, INVALID, "eight of 6 MiB");
}
