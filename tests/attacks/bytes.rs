//! Boxes and CBOR that are not what they promise to be: refused, at once, and nothing falls over (C2PA 2.4, 11.1, 15.6.2).

use touchmark_core::manifest::{State, embed};
use touchmark_core::media::MediaType;

use crate::bound::{picture, png};
use crate::forge::{Assertion, Forge, Manifest, boxed, cbor, created, kind, note, store, superbox, text};

const PNG: MediaType = MediaType::Png;

#[test]
fn a_claim_that_is_no_cbor_is_named() {
    type Tamper = fn(Vec<u8>) -> Vec<u8>;
    let cases: [(&str, Tamper); 8] = [
        ("a byte behind its end", |claim| [claim, vec![0]].concat()),
        ("a key twice", |mut claim| {
            claim[0] += 1;
            [claim, cbor(&text("alg")), cbor(&text("sha256"))].concat()
        }),
        ("nothing", |_| vec![]),
        ("an array of 2^32", |_| vec![0x9a, 0xff, 0xff, 0xff, 0xff]),
        ("2^63 bytes", |_| vec![0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ("100,000 arrays in each other", |_| [vec![0x81; 100_000], vec![0]].concat()),
        ("100,000 tags", |_| [vec![0xc1; 100_000], vec![0]].concat()),
        ("a text that is none", |_| vec![0xa1, 0x61, 0xff, 0x00]),
    ];
    let forge = Forge::new();
    for (name, tamper) in cases {
        let manifest = Manifest { tamper, ..Manifest::new(vec![created()]) };
        forge.refuses(&png(&forge, &manifest), "claim.cbor.invalid", name);
    }
}

#[test]
fn an_assertion_that_is_no_cbor_is_named() {
    let forge = Forge::new();
    for (name, bytes) in [
        ("nothing", vec![]),
        ("a byte behind its end", vec![0xf6, 0]),
        ("a key twice", vec![0xa2, 0x61, b'a', 1, 0x61, b'a', 2]),
        ("an array of 2^32", vec![0x9a, 0xff, 0xff, 0xff, 0xff]),
        ("100,000 arrays in each other", [vec![0x81; 100_000], vec![0]].concat()),
    ] {
        for label in ["c2pa.ai-disclosure", "org.example.note"] {
            let manifest = Manifest::new(vec![created(), Assertion::raw(label, &bytes)]);
            forge.refuses(&png(&forge, &manifest), "assertion.cbor.invalid", &format!("{label}: {name}"));
        }
    }
}

/// A picture with whatever bytes in the place of a store.
fn file(store: &[u8]) -> Vec<u8> {
    embed::restore(&picture(PNG), PNG, store).expect("embedded")
}

#[test]
fn boxes_that_lie_about_their_length_are_refused() {
    let forge = Forge::new();
    let whole = store(&[forge.seal(&Manifest::new(vec![created()])).whole()]);
    let inner = memchr::memmem::find(&whole, b"c2as").expect("an assertion store") - 16;
    for at in [0, inner] {
        for length in [0_u32, 1, 2, 3, 7, 8, 9, u32::MAX] {
            let mut store = whole.clone();
            store[at..at + 4].copy_from_slice(&length.to_be_bytes());
            let reading = forge.judge(&file(&store));
            assert_eq!(reading.state, State::Invalid, "a length of {length} at {at}: {:?}", reading.codes);
        }
    }
    for cut in [4, 8, 20, 40, whole.len() / 2, whole.len() - 1] {
        let reading = forge.judge(&file(&whole[..cut]));
        assert_eq!(reading.state, State::Invalid, "cut at {cut}");
    }
    let huge = [&1_u32.to_be_bytes(), b"jumb".as_slice(), &u64::MAX.to_be_bytes(), &whole[8..]].concat();
    assert_eq!(forge.judge(&file(&huge)).state, State::Invalid, "a length of 64 bits");
}

#[test]
fn boxes_in_boxes_end_somewhere() {
    let forge = Forge::new();
    for depth in [20, 1000, 20_000] {
        let mut boxes = Vec::new();
        for _ in 0..depth {
            boxes = superbox(kind(b"c2zz"), "deeper", &boxes);
        }
        for store in [store(&[boxes.clone()]), boxes] {
            forge.refuses(&file(&store), "general.error", &format!("{depth} deep"));
        }
    }
    let many = boxed(b"free", b"").repeat(20_000);
    forge.refuses(&file(&store(&[many])), "general.error", "20,000 boxes");
}

#[test]
fn a_description_without_an_end_or_with_unknown_marks_is_refused() {
    let forge = Forge::new();
    let whole = store(&[forge.seal(&Manifest::new(vec![created(), note("x")])).whole()]);
    let label = memchr::memmem::find(&whole, b"org.example.note\0").expect("the note");
    for (name, at, byte) in [("no end", label + 16, b'x'), ("marks", label - 1, 0xff), ("no label", label - 1, 0x01)] {
        let mut store = whole.clone();
        store[at] = byte;
        let reading = forge.judge(&file(&store));
        assert_eq!(reading.state, State::Invalid, "{name}: {:?}", reading.codes);
    }
}
