//! Compressed manifests, and what is not a manifest but a bomb (C2PA 2.4, 11.2.4, 15.5.4).

use touchmark_core::manifest::{Bounds, State, embed};
use touchmark_core::media::MediaType;

use crate::bound::{of_all, picture};
use crate::forge::{Forge, Manifest, boxed, created, kind, store, superbox};

const PNG: MediaType = MediaType::Png;
const INVALID: &str = "manifest.compressed.invalid";

pub(crate) fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let params = brotli::enc::BrotliEncoderParams::default();
    brotli::BrotliCompress(&mut &bytes[..], &mut packed, &params).expect("in memory");
    packed
}

pub(crate) fn compressed(label: &str, content: &[u8]) -> Vec<u8> {
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

#[test]
fn how_much_may_come_out_of_compression_is_in_the_configuration() {
    let forge = Forge::new();
    let one = forge.seal(&Manifest::new(vec![created()]));
    let small = compressed(&one.label, &packed(&one.whole()));
    let active = Manifest::new(vec![created(), one.ingredient("componentOf")]);
    let file = of_all(&forge, PNG, &active, |active| vec![small.clone(), active.whole()]);
    let length = one.whole().len() as u64;
    for (most, state) in [(length, State::Trusted), (length - 1, State::Invalid), (40 << 20, State::Trusted)] {
        let bounds = Bounds { decompressed_bytes: most, ..Bounds::default() };
        let reading = forge.look(&file, None, bounds).expect("looked at");
        assert_eq!(reading.state, state, "{most} bytes: {:?} {:?}", reading.codes, reading.explanations);
        let limit = format!("it is larger than {most} bytes (limits.decompressed_bytes in touchmark.toml)");
        assert_eq!(reading.explanations.contains(&limit), state == State::Invalid, "{:?}", reading.explanations);
    }
}

#[test]
fn what_comes_out_of_compression_is_held_to_the_same_limits() {
    let forge = Forge::new();
    let one = forge.seal(&Manifest::new(vec![created()]));
    let within = |content: &[u8]| {
        let manifest = superbox(kind(b"c2ma"), &one.label, content);
        embed::restore(&picture(PNG), PNG, &store(&[compressed(&one.label, &packed(&manifest))])).expect("embedded")
    };
    let deep = (0..20).fold(Vec::new(), |inner, _| superbox(kind(b"c2zz"), "deeper", &inner));
    forge.exceeds(&within(&deep), "limits.manifest_depth", "20 deep");
    forge.exceeds(&within(&boxed(b"free", b"").repeat(60_000)), "limits.manifest_boxes", "60,000 boxes");
    let arrays = boxed(b"cbor", &[vec![0x81; 100], vec![0]].concat());
    forge.exceeds(&within(&superbox(kind(b"cbor"), "c2pa.claim.v2", &arrays)), "limits.cbor_depth", "100 arrays");
}
