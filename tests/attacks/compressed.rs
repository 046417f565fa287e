//! Compressed manifests, and what is not a manifest but a bomb (C2PA 2.4, 11.2.4, 15.5.4).

use touchmark_core::manifest::{Bounds, State, embed};
use touchmark_core::media::MediaType;

use crate::bound::{of_all, picture};
use crate::forge::{Assertion, Forge, Manifest, Sealed, boxed, created, kind, note, store, superbox};

const PNG: MediaType = MediaType::Png;
const INVALID: &str = "manifest.compressed.invalid";
const MISMATCH: &str = "ingredient.manifest.mismatch";

pub(crate) fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let params = brotli::enc::BrotliEncoderParams::default();
    brotli::BrotliCompress(&mut &bytes[..], &mut packed, &params).expect("in memory");
    packed
}

/// The same in other bytes.
fn loosely(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let params = brotli::enc::BrotliEncoderParams { quality: 1, ..Default::default() };
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
    // The standard: as it stands there (11.1.3.2). The library: as it was before.
    let standing = Sealed { inside: small[8..].to_vec(), ..one.clone() };
    for (what, hashed) in [("as it stands there", &standing), ("as it was before", &one)] {
        let active = Manifest::new(vec![created(), hashed.ingredient("componentOf")]);
        let file = of_all(&forge, PNG, &active, |active| vec![small.clone(), active.whole()]);
        forge.holds(&file, what);
        let answers = forge.look_closely(&file);
        let said = serde_json::to_string(&answers).expect("JSON");
        assert!(!said.contains("mismatch") && said.contains("ingredient.manifest.validated"), "{what}: {said}");
    }
    // Two that name it, each in its way.
    let second = Assertion { label: "c2pa.ingredient.v3__1".to_owned(), ..one.ingredient("inputTo") };
    let active = Manifest::new(vec![created(), standing.ingredient("componentOf"), second]);
    forge.holds(&of_all(&forge, PNG, &active, |active| vec![small.clone(), active.whole()]), "both");
}

#[test]
fn a_compressed_ingredient_that_fits_in_neither_way_is_refused() {
    let forge = Forge::new();
    let one = forge.seal(&Manifest::new(vec![created()]));
    let other = forge.seal(&Manifest { label: one.label.clone(), ..Manifest::new(vec![created(), note("more")]) });
    let (small, exchanged) = (packed(&one.whole()), packed(&other.whole()));
    let [small, exchanged] = [small, exchanged].map(|content| compressed(&one.label, &content));
    let again = compressed(&one.label, &loosely(&one.whole()));
    assert_ne!(small, again);
    let standing = Sealed { inside: small[8..].to_vec(), ..one.clone() };
    let active = |hashed: &Sealed| Manifest::new(vec![created(), hashed.ingredient("componentOf")]);
    for (what, hashed, stands) in [
        ("another one, hashed as it stood there", &standing, &exchanged),
        ("another one, hashed as it was before", &one, &exchanged),
        ("compressed again, hashed as it stood there", &standing, &again),
    ] {
        let file = of_all(&forge, PNG, &active(hashed), |active| vec![stands.clone(), active.whole()]);
        forge.refuses(&file, MISMATCH, what);
        let said = serde_json::to_string(&forge.look_closely(&file)).expect("JSON");
        assert!(said.contains(MISMATCH), "{what}: {said}");
    }
    // One reference that fits excuses no other.
    let second = Assertion { label: "c2pa.ingredient.v3__1".to_owned(), ..other.ingredient("inputTo") };
    let both = Manifest::new(vec![created(), standing.ingredient("componentOf"), second]);
    let file = of_all(&forge, PNG, &both, |active| vec![small.clone(), active.whole()]);
    forge.refuses(&file, MISMATCH, "two that name it, and one of another");
    // What is not compressed has one hash.
    let file = of_all(&forge, PNG, &active(&standing), |active| vec![one.whole(), active.whole()]);
    forge.refuses(&file, MISMATCH, "as it would stand there compressed");
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
