//! Manifests by name: each has one, and no two have the same (C2PA 2.4, 8.1, 11.1.4.2).

use touchmark_core::media::MediaType;

use crate::bound::{of_all, png};
use crate::forge::{Forge, Manifest, created, kind, note};

const PNG: MediaType = MediaType::Png;

#[test]
fn no_two_manifests_have_one_name() {
    let forge = Forge::new();
    let ingredient = forge.seal(&Manifest::new(vec![created()]));
    let active = Manifest::new(vec![created(), ingredient.ingredient("componentOf")]);
    forge.holds(&of_all(&forge, PNG, &active, |active| vec![ingredient.whole(), active.whole()]), "one of each");
    let like = |label: &str| {
        let impostor = Manifest { label: label.to_owned(), ..Manifest::new(vec![created(), note("impostor")]) };
        forge.seal(&impostor).whole()
    };
    for (name, file) in [
        ("its own", of_all(&forge, PNG, &active, |one| vec![ingredient.whole(), like(&one.label), one.whole()])),
        ("before", of_all(&forge, PNG, &active, |one| vec![like(&ingredient.label), ingredient.whole(), one.whole()])),
        ("after", of_all(&forge, PNG, &active, |one| vec![ingredient.whole(), like(&ingredient.label), one.whole()])),
    ] {
        forge.refuses(&file, "general.error", name);
    }
}

#[test]
fn a_name_is_one_of_the_standard() {
    let forge = Forge::new();
    for label in ["urn:c2pa:not-a-uuid", "urn:c2pa:", "other", "urn:c2pa:../x"] {
        let manifest = Manifest { label: label.to_owned(), ..Manifest::new(vec![created()]) };
        forge.refuses(&png(&forge, &manifest), "claim.malformed", label);
    }
}

#[test]
fn a_box_that_is_no_manifest_is_passed_over_even_where_it_is_last() {
    let forge = Forge::new();
    let stranger = Manifest { kind: kind(b"c2xx"), ..Manifest::new(vec![created(), note("forged")]) };
    let stranger = forge.seal(&stranger);
    let active = Manifest::new(vec![created(), note("mine")]);
    let file = of_all(&forge, PNG, &active, |active| vec![active.whole(), stranger.whole()]);
    forge.holds(&file, "a box of another type");
    let reading = forge.judge(&file);
    let (id, _) = touchmark_core::manifest::jumbf::active_binding(&reading.store.expect("a store")).expect("a binding");
    assert_eq!((id, reading.claim.expect("a claim").manifest_id), (active.label.clone(), active.label));
}
