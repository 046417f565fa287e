//! The examples in docs/record.md: each is what the program accepts and makes.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use touchmark_core::event::{Body, Event, Kind, Private, Record};
use touchmark_core::hash::Hash;
use touchmark_core::privacy::{CommitmentKey, Disclosure};

use crate::common::{ORIGIN, fields, seal, seal_with, vectors};

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/record.md");
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The JSON blocks of the page: what stands after `json` in the opening line, and the text.
fn blocks(page: &str) -> Vec<(&str, &str)> {
    let parts = page.split("\n```json ").skip(1);
    parts
        .map(|part| {
            let (mark, rest) = part.split_once('\n').expect("a line");
            (mark, rest.split_once("\n```").expect("an end").0)
        })
        .collect()
}

/// The block with the mark, of which there is one.
fn block<'a>(page: &'a str, mark: &str) -> &'a str {
    let found: Vec<&str> = blocks(page).into_iter().filter(|(found, _)| *found == mark).map(|(_, text)| text).collect();
    assert_eq!(found.len(), 1, "one block is marked {mark}");
    found[0]
}

#[test]
fn each_type_has_an_example_that_is_accepted() {
    let page = page();
    let mut kinds = BTreeSet::new();
    for (_, text) in blocks(&page).into_iter().filter(|(mark, _)| *mark == "event") {
        let event = Event::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"));
        seal(&event, &[]).unwrap_or_else(|error| panic!("{error}: {text}"));
        let kind = event.body.kind();
        assert!(!kind.is_written_by_the_log(), "nobody can hand in {text}");
        assert!(kinds.insert(kind), "{kind} has two examples");
    }
    for line in block(&page, "bodies").lines() {
        let record = fields(line.as_bytes());
        let kind: Kind = record["type"].as_str().expect("a text").parse().expect("a type");
        assert!(kind.is_written_by_the_log(), "{kind} is handed in as an event");
        Body::from_value(kind, &record["body"]).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(kinds.insert(kind), "{kind} has two examples");
    }
    assert_eq!(kinds, Kind::ALL.into());
}

#[test]
fn the_first_event_becomes_the_record_shown() {
    let page = page();
    let (_, first) = blocks(&page).into_iter().find(|(mark, _)| *mark == "event").expect("an event");
    let event = Event::parse(first.as_bytes()).expect("accepted");
    // The page shows a seed of the bytes 0 to 31, and an id with 0 to 9.
    let count = |buffer: &mut [u8]| buffer.iter_mut().zip((0..32).cycle()).for_each(|(byte, number)| *byte = number);
    let sealed = seal_with(&event, &["parameters.seed"], &count).expect("sealed");
    assert_eq!(
        fields(&sealed.record),
        fields(block(&page, "record").as_bytes()),
        "{}",
        String::from_utf8_lossy(&sealed.record)
    );
    let shown = fields(block(&page, "private").as_bytes());
    assert_eq!(fields(&sealed.private), shown, "{}", String::from_utf8_lossy(&sealed.private));
}

#[test]
fn what_the_page_opens_does_open() {
    let page = page();
    let record = Record::from_bytes(block(&page, "record").as_bytes()).expect("a record");
    let Body::Gen(made) = &record.body else { panic!("the example is a GEN") };
    let opening = fields(block(&page, "opening").as_bytes());
    let text = |name: &str| opening[name].as_str().expect("a text");
    let key: CommitmentKey = text("key").parse().expect("a key");
    assert!(made.commitments[text("field")].opens_to(&key, text("value").as_bytes()));
    let private = Private::from_bytes(block(&page, "private").as_bytes()).expect("a private part");
    let derived = private.seed.commitment_key(ORIGIN, &record.id.to_string(), text("field"));
    assert_eq!(*derived.to_text(), text("key"));
    let disclosure: Disclosure = serde_json::from_str(block(&page, "disclosure")).expect("a disclosure");
    assert!(disclosure.verify(&record.private.fields).expect("looked at"));
    assert_eq!(private.fields.get(&disclosure.name), Some(&disclosure.value));
}

#[test]
fn the_page_names_each_field() {
    let page = page();
    for (name, text) in vectors("accept") {
        for field in fields(&text)["event"]
            .as_object()
            .into_iter()
            .flat_map(|event: &serde_json::Map<String, Value>| event.keys())
        {
            assert!(page.contains(&format!("`{field}`")), "{name}: the page does not explain {field}");
        }
    }
}

#[test]
fn the_hash_of_a_hosted_model_is_that_of_its_name() {
    let name = "gpt-image-1-2025-04-23";
    assert!(page().contains(&format!("`{name}` that is `{}`", Hash::of(name.as_bytes()))));
}
