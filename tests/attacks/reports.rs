//! What is said about how ingredients fared: a report about one's own ingredient is a report, any other counts for nothing (C2PA 2.4, 15.11.3.3).

use serde_cbor::Value;
use touchmark_core::manifest::embed;
use touchmark_core::media::MediaType;

use crate::bound::{of_all, picture};
use crate::forge::{Assertion, Forge, Manifest, Sealed, actions, boxed, created, hashed, map, note, store, text, with};
use crate::redactions::World;

const PNG: MediaType = MediaType::Png;
const CODES: [&str; 2] = ["ingredient.manifest.mismatch", "assertion.hashedURI.mismatch"];

fn statuses(of: &Sealed) -> Value {
    let urls = [of.url(), of.assertion("org.example.note")];
    let status = |(code, url): (&str, &String)| map([("code", text(code)), ("url", text(url))]);
    Value::Array(CODES.into_iter().zip(&urls).map(status).collect())
}

/// A manifest with an ingredient that says of somebody else's that it was broken all along.
fn liar(forge: &Forge, of: &Sealed) -> Sealed {
    saying(forge, statuses(of))
}

fn saying(forge: &Forge, statuses: Value) -> Sealed {
    let ingredient = map([
        ("dc:title", text("x")),
        ("dc:format", text("image/png")),
        ("relationship", text("componentOf")),
        ("validationStatus", statuses),
    ]);
    forge.seal(&Manifest::new(vec![created(), Assertion::new("c2pa.ingredient.v2", &ingredient)]))
}

#[test]
fn a_manifest_that_nobody_refers_to_has_no_say() {
    let world = World::new();
    let update = world.forge.seal(&Manifest::update(&world.first, vec![]));
    let broken = world.with_note(&boxed(b"jumb", &note("forged").inside()));
    let file = |manifests: &[Vec<u8>]| embed::restore(&picture(PNG), PNG, &store(manifests)).expect("embedded");
    for code in CODES {
        world.forge.refuses(&file(&[broken.clone(), update.whole()]), code, "by itself");
        let lie = liar(&world.forge, &world.first).whole();
        world.forge.refuses(&file(&[lie, broken.clone(), update.whole()]), code, "with a lie beside it");
    }
    let stranger = world.forge.seal(&Manifest::new(vec![created()]));
    world.forge.holds(&file(&[stranger.whole(), world.first.whole(), update.whole()]), "a stranger who says nothing");
}

#[test]
fn an_ingredient_has_no_say_about_another() {
    let world = World::new();
    let lie = liar(&world.forge, &world.first);
    let uri = hashed("self#jumbf=c2pa.assertions/c2pa.ingredient.v3", &world.first.ingredient("parentOf").inside());
    let opened =
        map([("action", text("c2pa.opened")), ("parameters", map([("ingredients", Value::Array(vec![uri]))]))]);
    let mut second = lie.ingredient("componentOf");
    second.label.push_str("__1");
    let active = Manifest::new(vec![actions(vec![opened]), world.first.ingredient("parentOf"), second]);
    let broken = world.with_note(&boxed(b"jumb", &note("forged").inside()));
    let file = of_all(&world.forge, PNG, &active, |active| vec![lie.whole(), broken.clone(), active.whole()]);
    world.forge.refuses(&file, CODES[0], "a lie among the ingredients");
}

#[test]
fn a_signature_that_does_not_hold_is_no_report_of_somebody_elses() {
    let forge = Forge::new();
    let broken = forge.seal(&Manifest::new(vec![created()])).missigned();
    let code = "claimSignature.mismatch";
    let status = map([("code", text(code)), ("url", text(&format!("{}/c2pa.signature", broken.url())))]);
    let lie = saying(&forge, Value::Array(vec![status]));
    let mut second = lie.ingredient("componentOf");
    second.label.push_str("__1");
    let alone = Manifest::new(vec![created(), broken.ingredient("componentOf")]);
    forge.refuses(&of_all(&forge, PNG, &alone, |active| vec![broken.whole(), active.whole()]), code, "by itself");
    let active = Manifest::new(vec![created(), broken.ingredient("componentOf"), second]);
    let file = of_all(&forge, PNG, &active, |active| vec![lie.whole(), broken.whole(), active.whole()]);
    forge.refuses(&file, "assertion.ingredient.malformed", "with a lie beside it");
}

#[test]
fn what_was_broken_when_it_was_taken_in_is_a_report_of_whoever_took_it_in() {
    let world = World::new();
    let broken = world.with_note(&boxed(b"jumb", &note("forged").inside()));
    let nothing = || Value::Array(Vec::new());
    let results = map([("success", nothing()), ("informational", nothing()), ("failure", statuses(&world.first))]);
    let as_found = Sealed { inside: broken[8..].to_vec(), ..world.first.clone() };
    let described = with(as_found.described("componentOf"), "validationResults", map([("activeManifest", results)]));
    let active = Manifest::new(vec![created(), Assertion::new("c2pa.ingredient.v3", &described)]);
    let file = of_all(&world.forge, PNG, &active, |active| vec![broken.clone(), active.whole()]);
    world.forge.holds(&file, "reported");
    let silent = Manifest::new(vec![created(), as_found.ingredient("componentOf")]);
    let file = of_all(&world.forge, PNG, &silent, |active| vec![broken.clone(), active.whole()]);
    world.forge.refuses(&file, CODES[1], "not reported");
}
