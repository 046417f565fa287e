//! Boxes and CBOR that are not what they promise to be: refused, at once, and nothing falls over (C2PA 2.4, 11.1, 15.6.2).

use touchmark_core::manifest::{State, embed};
use touchmark_core::media::MediaType;

use crate::bound::{picture, png};
use crate::forge::{Assertion, Forge, Manifest, boxed, cbor, created, kind, note, store, superbox, text};

const PNG: MediaType = MediaType::Png;

#[test]
fn a_claim_that_is_no_cbor_is_named() {
    type Tamper = fn(Vec<u8>) -> Vec<u8>;
    let cases: [(&str, Tamper); 6] = [
        ("a byte behind its end", |claim| [claim, vec![0]].concat()),
        ("a key twice", |mut claim| {
            claim[0] += 1;
            [claim, cbor(&text("alg")), cbor(&text("sha256"))].concat()
        }),
        ("nothing", |_| vec![]),
        ("an array of 2^32", |_| vec![0x9a, 0xff, 0xff, 0xff, 0xff]),
        ("2^63 bytes", |_| vec![0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
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
    ] {
        for label in ["c2pa.ai-disclosure", "org.example.note"] {
            let manifest = Manifest::new(vec![created(), Assertion::raw(label, &bytes)]);
            forge.refuses(&png(&forge, &manifest), "assertion.cbor.invalid", &format!("{label}: {name}"));
        }
    }
}

#[test]
fn a_value_that_nobody_knows_is_no_assertion() {
    let forge = Forge::new();
    // Well-formed: a simple value that was never given a meaning.
    let manifest = Manifest::new(vec![created(), Assertion::raw("org.example.note", &[0xe0])]);
    forge.refuses(&png(&forge, &manifest), "assertion.cbor.invalid", "a simple value");
}

#[test]
fn cbor_that_lies_in_any_other_box_is_refused() {
    let forge = Forge::new();
    let lie = boxed(b"cbor", &[0x9a, 0xff, 0xff, 0xff, 0xff]);
    let signed = Forge::with_headers(|cose| cose.whole = Some(vec![0x9a, 0xff, 0xff, 0xff, 0xff]));
    signed.refuses(&png(&signed, &Manifest::new(vec![created()])), "general.error", "as a signature");
    for (name, more) in [
        ("a box of its own", superbox(kind(b"cbor"), "c2pa.other", &lie)),
        ("a box in a store", superbox(kind(b"c2db"), "c2pa.databoxes", &superbox(kind(b"cbor"), "c2pa.data", &lie))),
    ] {
        let manifest = Manifest { boxes: vec![more], ..Manifest::new(vec![created()]) };
        forge.refuses(&png(&forge, &manifest), "general.error", name);
    }
}

#[test]
fn a_store_without_a_manifest_has_no_claim() {
    let forge = Forge::new();
    forge.refuses(&file(&store(&[])), "claim.missing", "nothing in it");
    let stranger = superbox(kind(b"c2zz"), "urn:c2pa:8b6e5a10-0000-4000-8000-000000000001", &boxed(b"free", b"x"));
    forge.refuses(&file(&store(&[stranger])), "claim.missing", "a box of an unknown type");
    let empty = superbox(kind(b"c2ma"), "urn:c2pa:8b6e5a10-0000-4000-8000-000000000001", &[]);
    forge.refuses(&file(&store(&[empty])), "claim.missing", "a manifest without any box");
}

#[test]
fn cbor_that_is_deeper_than_anybody_needs_is_not_followed() {
    let forge = Forge::new();
    let deep = |byte: u8| [vec![byte; 100_000], vec![0]].concat();
    for (name, bytes) in [("arrays", deep(0x81)), ("tags", deep(0xc1))] {
        let assertion = Manifest::new(vec![created(), Assertion::raw("org.example.note", &bytes)]);
        forge.exceeds(&png(&forge, &assertion), "limits.cbor_depth", &format!("100,000 {name} in an assertion"));
    }
    let claim = Manifest { tamper: |_| [vec![0x81; 100_000], vec![0]].concat(), ..Manifest::new(vec![created()]) };
    forge.exceeds(&png(&forge, &claim), "limits.cbor_depth", "100,000 arrays in each other, as a claim");
}

#[test]
fn more_assertions_than_anybody_makes_are_not_looked_up() {
    let forge = Forge::new();
    let notes = |count: usize| {
        let notes = (0..count).map(|number| Assertion { label: format!("org.example.note__{number}"), ..note("x") });
        png(&forge, &Manifest::new(std::iter::once(created()).chain(notes).collect()))
    };
    forge.holds(&notes(300), "300 notes");
    forge.exceeds(&notes(1001), "limits.assertions", "1001 notes");
    let mut again = Manifest::new(vec![created()]);
    again.references = vec![created().reference(); 1000];
    forge.exceeds(&png(&forge, &again), "limits.assertions", "one that is named 1001 times");
    let mut redacting = Manifest::new(vec![created()]);
    redacting.redacted = (0..1001).map(|number| format!("self#jumbf=/c2pa/x/c2pa.assertions/{number}")).collect();
    forge.exceeds(&png(&forge, &redacting), "limits.redactions", "1001 redactions");
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
            forge.exceeds(&file(&store), "limits.manifest_depth", &format!("{depth} deep"));
        }
    }
    let many = boxed(b"free", b"").repeat(60_000);
    forge.exceeds(&file(&store(&[many])), "limits.manifest_boxes", "60,000 boxes");
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
