//! Ingredients of ingredients: no circle, no chain and no web keeps a reader busy or makes it fall over (C2PA 2.4, 15.11.3.3).

use touchmark_core::manifest::embed;
use touchmark_core::media::MediaType;

use crate::bound::{of_all, picture, png};
use crate::forge::{Forge, Manifest, Sealed, created, store};

const PNG: MediaType = MediaType::Png;
const CIRCLE: &str = "assertion.ingredient.malformed";

fn of_a_chain(forge: &Forge, length: usize) -> Vec<u8> {
    let mut last = forge.seal(&Manifest::new(vec![created()]));
    let mut all = vec![last.whole()];
    for _ in 1..length {
        last = forge.seal(&Manifest::new(vec![created(), last.ingredient("componentOf")]));
        all.push(last.whole());
    }
    let active = Manifest::new(vec![created(), last.ingredient("componentOf")]);
    of_all(forge, PNG, &active, |active| [all.clone(), vec![active.whole()]].concat())
}

#[test]
fn a_circle_of_ingredients_is_refused() {
    let forge = Forge::new();
    let first = forge.seal(&Manifest::new(vec![created()]));
    let second = forge.seal(&Manifest::new(vec![created(), first.ingredient("componentOf")]));
    let closing = Manifest { label: first.label, ..Manifest::new(vec![created(), second.ingredient("componentOf")]) };
    let closing = forge.seal(&closing);
    let active = Manifest::new(vec![created(), second.ingredient("componentOf")]);
    let file = of_all(&forge, PNG, &active, |active| vec![closing.whole(), second.whole(), active.whole()]);
    forge.refuses(&file, CIRCLE, "two of each other");
    let active = Manifest::new(vec![created()]);
    let itself = Sealed { label: active.label.clone(), inside: vec![1], signature: vec![2] };
    let active = Manifest { created: vec![created(), itself.ingredient("componentOf")], ..active };
    forge.refuses(&png(&forge, &active), CIRCLE, "one of itself");
}

#[test]
fn a_circle_of_updates_is_refused() {
    let forge = Forge::new();
    let first = forge.seal(&Manifest::new(vec![created()]));
    let second = forge.seal(&Manifest::update(&first, vec![]));
    let closing = Manifest { label: first.label, ..Manifest::update(&second, vec![]) };
    let manifests = [forge.seal(&closing).whole(), second.whole()];
    let file = embed::restore(&picture(PNG), PNG, &store(&manifests)).expect("embedded");
    forge.refuses(&file, CIRCLE, "updates of each other");
}

#[test]
fn a_long_chain_is_read_and_a_longer_one_refused_without_falling_over() {
    let forge = Forge::new();
    for length in [12, 100] {
        forge.holds(&of_a_chain(&forge, length), &format!("{length} deep"));
    }
    for (length, limit) in [(101, "ingredient_depth"), (250, "ingredient_depth"), (2000, "manifests")] {
        forge.exceeds(&of_a_chain(&forge, length), &format!("limits.{limit}"), &format!("{length} deep"));
    }
}

#[test]
fn a_web_that_can_be_walked_in_a_million_million_ways_is_walked_once() {
    let forge = Forge::new();
    let mut last = forge.seal(&Manifest::new(vec![created()]));
    let mut all = vec![last.whole()];
    for _ in 0..40 {
        let mut second = last.ingredient("inputTo");
        second.label.push_str("__1");
        last = forge.seal(&Manifest::new(vec![created(), last.ingredient("inputTo"), second]));
        all.push(last.whole());
    }
    let active = Manifest::new(vec![created(), last.ingredient("inputTo")]);
    let file = of_all(&forge, PNG, &active, |active| [all.clone(), vec![active.whole()]].concat());
    forge.holds(&file, "a web");
}

#[test]
fn an_ingredient_named_a_thousand_times_is_not_verified_a_thousand_times() {
    let forge = Forge::new();
    let one = forge.seal(&Manifest::new(vec![created()]));
    let many = || {
        let named = (0..600).map(|number| {
            let mut ingredient = one.ingredient("inputTo");
            ingredient.label.push_str(&format!("__{}", number + 1));
            ingredient
        });
        Manifest::new(std::iter::once(created()).chain(named).collect())
    };
    let middle = forge.seal(&many());
    let mut active = many();
    active.created.push(middle.ingredient("componentOf"));
    let file = of_all(&forge, PNG, &active, |active| vec![one.whole(), middle.whole(), active.whole()]);
    forge.exceeds(&file, "limits.ingredients", "1201 times");
}
