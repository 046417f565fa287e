//! What was taken out of a manifest, and said so (C2PA 2.4, 6.8, 15.10.2).

use serde_cbor::Value;
use touchmark_core::manifest::embed;
use touchmark_core::media::MediaType;

use crate::bound::{picture, settled};
use crate::forge::{
    Assertion, Forge, Manifest, Sealed, actions, boxed, created, hashed, kind, map, note, store, superbox, text,
};

const PNG: MediaType = MediaType::Png;
const NOT_NAMED: &str = "ingredient.claimSignature.missing";
const NOTE: &str = "org.example.note";
/// C2PA 2.4, 6.8.
const REDACTED: [u8; 16] =
    [0xca, 0xa9, 0x8e, 0xee, 0x9d, 0x4d, 0xf8, 0x0e, 0x86, 0xad, 0x4d, 0xff, 0xca, 0x26, 0x39, 0x73];

/// A picture with a manifest that has a note in it.
pub(crate) struct World {
    pub(crate) forge: Forge,
    pub(crate) first: Sealed,
}

impl World {
    pub(crate) fn new() -> Self {
        let forge = Forge::new();
        let first = settled(&forge, PNG, &Manifest::new(vec![created(), note("private")]), |first| vec![first.whole()]);
        Self { forge, first }
    }

    /// The first manifest with another box, or none, in the note's place.
    pub(crate) fn with_note(&self, new: &[u8]) -> Vec<u8> {
        let old = boxed(b"jumb", &note("private").inside());
        let at = memchr::memmem::find(&self.first.inside, &old).expect("the note");
        let mut inside = [&self.first.inside[..at], new, &self.first.inside[at + old.len()..]].concat();
        // The assertion store is longer or shorter by as much: header, description with its header, type and toggles stand before its label.
        let label = memchr::memmem::find(&inside, b"c2pa.assertions\0").expect("the assertion store");
        let head = label - 17 - 8 - 8;
        let length =
            u32::from_be_bytes(inside[head..head + 4].try_into().expect("four")) as usize + new.len() - old.len();
        inside[head..head + 4].copy_from_slice(&u32::try_from(length).expect("small").to_be_bytes());
        boxed(b"jumb", &inside)
    }

    fn redaction(&self, label: &str) -> Assertion {
        let parameters = map([("redacted", text(&self.first.assertion(label)))]);
        let action =
            [("action", text("c2pa.redacted")), ("reason", text("c2pa.PII.present")), ("parameters", parameters)];
        actions(vec![map(action)])
    }

    fn update(&self) -> Manifest {
        let update = Manifest::update(&self.first, vec![self.redaction(NOTE)]);
        Manifest { redacted: vec![self.first.assertion(NOTE)], ..update }
    }

    pub(crate) fn file(&self, first: Vec<u8>, update: &Manifest) -> Vec<u8> {
        let manifests = [first, self.forge.seal(update).whole()];
        embed::restore(&picture(PNG), PNG, &store(&manifests)).expect("embedded")
    }

    fn refuses(&self, update: &Manifest, code: &str, what: &str) {
        self.forge.refuses(&self.file(self.with_note(&[]), update), code, what);
    }
}

fn emptied(fill: u8) -> Vec<u8> {
    superbox(kind(b"uuid"), NOTE, &boxed(b"uuid", &[REDACTED.as_slice(), &[fill; 20]].concat()))
}

#[test]
fn what_was_taken_out_may_be_gone_or_zeros() {
    let world = World::new();
    world.forge.holds(&world.file(world.with_note(&[]), &world.update()), "gone");
    world.forge.holds(&world.file(world.with_note(&emptied(0)), &world.update()), "zeros");
}

#[test]
fn nothing_else_stands_where_something_was_taken_out() {
    let world = World::new();
    for (name, filling) in [
        ("other words", boxed(b"jumb", &note("forged").inside())),
        ("the words themselves", boxed(b"jumb", &note("private").inside())),
        ("something in an emptied box", emptied(3)),
        (
            "zeros and a box behind",
            superbox(kind(b"uuid"), NOTE, &[boxed(b"uuid", &REDACTED), boxed(b"cbor", b"\xf5")].concat()),
        ),
    ] {
        world.forge.refuses(&world.file(world.with_note(&filling), &world.update()), "assertion.notRedacted", name);
    }
}

#[test]
fn what_is_not_said_to_be_taken_out_is_missing() {
    let world = World::new();
    let silent = Manifest::update(&world.first, vec![]);
    world.refuses(&silent, "ingredient.manifest.mismatch", "no word of it");
    world.refuses(&silent, "assertion.missing", "no word of it");
}

#[test]
fn nobody_takes_out_their_own_words_what_was_done_or_the_binding() {
    let world = World::new();
    let with = |url: String| {
        let update = world.update();
        let redacted = [update.redacted.clone(), vec![url]].concat();
        Manifest { redacted, ..update }
    };
    let actions = with(world.first.assertion("c2pa.actions.v2"));
    world.refuses(&actions, "assertion.action.redacted", "actions");
    world.refuses(&with(world.first.assertion("c2pa.hash.data")), "assertion.hardBinding.redacted", "the binding");
    let update = world.update();
    let own = format!("{}/c2pa.assertions/{NOTE}", update.url());
    let own = Manifest { created: [update.created.clone(), vec![note("own")]].concat(), redacted: vec![own], ..update };
    world.refuses(&own, "assertion.selfRedacted", "its own");
    let relative = with(format!("self#jumbf=c2pa.assertions/{NOTE}"));
    world.refuses(&relative, "assertion.selfRedacted", "its own, by a short name");
}

#[test]
fn a_redaction_names_what_there_was() {
    let world = World::new();
    let mut update = world.update();
    update.created[1] = world.redaction("org.example.other");
    world.refuses(&update, "assertion.action.redactionMismatch", "nothing of that name");
}

#[test]
fn only_ingredients_that_name_the_signature_survive_a_redaction() {
    let world = World::new();
    let mut update = world.update();
    let Value::Map(mut ingredient) = world.first.described("parentOf") else { panic!("a map") };
    ingredient.remove(&text("claimSignature"));
    update.created[0] = Assertion::new("c2pa.ingredient.v3", &Value::Map(ingredient));
    world.refuses(&update, NOT_NAMED, "without it");
    let old = map([
        ("dc:title", text("x")),
        ("dc:format", text("image/png")),
        ("relationship", text("parentOf")),
        ("c2pa_manifest", hashed(&world.first.url(), &world.first.inside)),
    ]);
    update.created[0] = Assertion::new("c2pa.ingredient.v2", &old);
    world.refuses(&update, NOT_NAMED, "of version 2");
    let other = Sealed { signature: vec![1; 40], ..world.first.clone() };
    update.created[0] = other.ingredient("parentOf");
    world.refuses(&update, "ingredient.claimSignature.mismatch", "of another signature");
}
