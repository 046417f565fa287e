//! What was done, and whether it can be said so (C2PA 2.4, 15.10.3.2.3).

use serde_cbor::Value;
use touchmark_core::media::MediaType;

use crate::bound::{of_all, png};
use crate::forge::{Assertion, CREATED, Forge, Manifest, Sealed, actions, created, hashed, map, note, text, with};

const MALFORMED: &str = "assertion.action.malformed";
const MISMATCH: &str = "assertion.action.ingredientMismatch";
const PARENT: &str = "self#jumbf=c2pa.assertions/c2pa.ingredient.v3";

fn act(action: &str) -> Value {
    map([("action", text(action))])
}

fn made() -> Value {
    with(act("c2pa.created"), "digitalSourceType", text(CREATED))
}

fn about(action: &str, ingredients: Vec<Value>) -> Value {
    with(act(action), "parameters", map([("ingredients", Value::Array(ingredients))]))
}

#[test]
fn a_picture_begins_once_and_that_comes_first() {
    let forge = Forge::new();
    for (name, list) in [
        ("nothing", vec![]),
        ("an edit of nothing", vec![act("c2pa.edited")]),
        ("an edit before it was made", vec![act("c2pa.edited"), made()]),
        ("made twice", vec![made(), made()]),
        ("made of nothing that is said", vec![act("c2pa.created")]),
    ] {
        forge.refuses(&png(&forge, &Manifest::new(vec![actions(list)])), MALFORMED, name);
    }
    forge.refuses(&png(&forge, &Manifest::new(vec![note("x")])), MALFORMED, "no actions at all");
    let second = Assertion { label: "c2pa.actions.v2__1".to_owned(), ..created() };
    let again = Manifest::new(vec![created(), second.clone()]);
    forge.refuses(&png(&forge, &again), MALFORMED, "made again in a second list");
    let edits = actions(vec![act("c2pa.edited")]);
    let late = Manifest { gathered: vec![second], ..Manifest::new(vec![edits]) };
    forge.refuses(&png(&forge, &late), MALFORMED, "made in a list that nobody vouches for");
    let edited = Assertion { label: "c2pa.actions.v2__1".to_owned(), ..actions(vec![act("c2pa.edited")]) };
    forge.holds(&png(&forge, &Manifest::new(vec![created(), edited])), "made, then edited");
}

#[test]
fn a_mark_that_is_bound_has_a_soft_binding() {
    let forge = Forge::new();
    for name in ["c2pa.watermarked.bound", "c2pa.watermarked"] {
        let manifest = Manifest::new(vec![actions(vec![made(), act(name)])]);
        forge.refuses(&png(&forge, &manifest), "assertion.action.softBindingMissing", name);
    }
    let block = map([("scope", map([])), ("value", Value::Bytes(vec![1, 2, 3]))]);
    let binding = map([
        ("alg", text("org.example.mark")),
        ("blocks", Value::Array(vec![block])),
        ("pad", Value::Bytes(Vec::new())),
    ]);
    let binding = Assertion::new("c2pa.soft-binding", &binding);
    let bound = Manifest::new(vec![actions(vec![made(), act("c2pa.watermarked.bound")]), binding]);
    forge.holds(&png(&forge, &bound), "with one");
    let free = Manifest::new(vec![actions(vec![made(), act("c2pa.watermarked.unbound")])]);
    forge.holds(&png(&forge, &free), "a mark that is not bound");
}

/// A picture whose manifest has these actions and ingredients.
fn with_ingredients(forge: &Forge, one: &Sealed, list: Vec<Value>, ingredients: Vec<Assertion>) -> Vec<u8> {
    let manifest = Manifest::new([vec![actions(list)], ingredients].concat());
    of_all(forge, MediaType::Png, &manifest, |active| vec![one.whole(), active.whole()])
}

#[test]
fn whatever_was_opened_is_the_one_parent() {
    let forge = Forge::new();
    let one = forge.seal(&Manifest::new(vec![created()]));
    let parent = || vec![one.ingredient("parentOf")];
    let uri = || hashed(PARENT, &one.ingredient("parentOf").inside());
    let opened = about("c2pa.opened", vec![uri()]);
    forge.holds(&with_ingredients(&forge, &one, vec![opened.clone()], parent()), "opened");
    let component = hashed(PARENT, &one.ingredient("componentOf").inside());
    for (name, action, ingredients) in [
        ("without a word of what", act("c2pa.opened"), parent()),
        ("nothing", about("c2pa.opened", vec![]), parent()),
        ("one twice", about("c2pa.opened", vec![uri(), uri()]), parent()),
        ("by a wrong hash", about("c2pa.opened", vec![hashed(PARENT, b"x")]), parent()),
        ("a component", about("c2pa.opened", vec![component]), vec![one.ingredient("componentOf")]),
    ] {
        forge.refuses(&with_ingredients(&forge, &one, vec![action], ingredients), MISMATCH, name);
    }
    let both = with_ingredients(&forge, &one, vec![opened, made()], parent());
    forge.refuses(&both, MALFORMED, "opened and made");
}

#[test]
fn whatever_was_placed_is_a_component() {
    let forge = Forge::new();
    let one = forge.seal(&Manifest::new(vec![created()]));
    let mut component = one.ingredient("componentOf");
    component.label.push_str("__1");
    let parent = hashed(PARENT, &one.ingredient("parentOf").inside());
    let placed = hashed(&format!("{PARENT}__1"), &component.inside());
    let ingredients = || vec![one.ingredient("parentOf"), component.clone()];
    let file = |what: Vec<Value>| {
        let list = vec![about("c2pa.opened", vec![parent.clone()]), about("c2pa.placed", what)];
        with_ingredients(&forge, &one, list, ingredients())
    };
    forge.holds(&file(vec![placed.clone()]), "placed");
    forge.refuses(&file(vec![placed, parent.clone()]), MISMATCH, "the parent too");
    forge.refuses(&file(vec![]), MISMATCH, "nothing");
}

#[test]
fn related_assertions_are_there_and_of_a_kind() {
    let forge = Forge::new();
    let related = |list: Vec<Value>| {
        let action = with(made(), "parameters", map([("relatedAssertions", Value::Array(list))]));
        png(&forge, &Manifest::new(vec![actions(vec![action]), note("x")]))
    };
    forge.holds(&related(vec![note("x").reference()]), "a note");
    forge.refuses(&related(vec![]), MALFORMED, "none");
    forge.refuses(&related(vec![hashed("self#jumbf=c2pa.assertions/org.example.other", b"x")]), MALFORMED, "not there");
    forge.refuses(&related(vec![created().reference()]), MALFORMED, "actions");
}
