//! The form of events and records, against the vectors in `vectors/event` and the examples in docs/record.md.
//!
//! - `accept/*.json`: `{"expect": {"public": […], "private": […], "committed": […]}, "event": {…}}`: where each field goes.
//! - `reject/*.json`: `{"expect": "a part of the message", "event": {…}}`.
//! - `reject/*.txt`: the expectation on the first line, then the raw text, where the text itself is the point.
//!
//! An event counts as accepted when it can be put on record at [`common::NOW`].

#[path = "event/common.rs"]
mod common;
#[path = "event/docs.rs"]
mod docs;
#[path = "event/properties.rs"]
mod properties;

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;
use touchmark_core::event::{Event, Kind, Record, json};

use common::{fields, private, seal, vectors};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Accept {
    expect: Goes,
    event: Value,
}

/// Where the fields of an event go.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Goes {
    public: BTreeSet<String>,
    private: BTreeSet<String>,
    committed: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reject {
    expect: String,
    event: Value,
}

#[test]
fn what_is_accepted_goes_where_its_vector_says() {
    let mut kinds = BTreeSet::new();
    for (name, text) in vectors("accept") {
        let vector: Accept =
            serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{name} is no vector: {error}"));
        let event = Event::parse(vector.event.to_string().as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let sealed = seal(&event, &[]).unwrap_or_else(|error| panic!("{name}: {error}"));
        let record = Record::from_bytes(&sealed.record).unwrap_or_else(|error| panic!("{name}: {error}"));
        let body = &fields(&sealed.record)["body"];
        let goes = Goes {
            public: names(body).filter(|field| field != "commitments").collect(),
            private: private(&sealed).fields.keys().cloned().collect(),
            committed: names(&body["commitments"]).collect(),
        };
        assert_eq!(goes, vector.expect, "{name}");
        for (field, given) in
            vector.event.as_object().into_iter().flatten().filter(|(field, _)| goes.public.contains(*field))
        {
            assert_eq!(&body[field], given, "{name}: {field} stands in the record as it was given");
        }
        kinds.insert(record.kind());
    }
    assert_eq!(kinds, Kind::ALL.into(), "each type has a vector");
}

#[test]
fn what_is_refused_says_why() {
    let vectors = vectors("reject");
    assert!(vectors.len() > 150, "there were more: {}", vectors.len());
    for (name, text) in vectors {
        let (expect, text) = rejected(&name, &text);
        match Event::parse(&text).and_then(|event| seal(&event, &[])) {
            Ok(_) => panic!("{name} was accepted; expected: {expect}"),
            Err(error) => assert!(error.to_string().contains(&expect), "{name}\nexpected: {expect}\n   found: {error}"),
        }
    }
}

/// Of many events none is recorded where one cannot be: so it is the reading that refuses.
#[test]
fn texts_that_cannot_be_shown_on_one_line_are_refused_when_the_event_is_read() {
    let event = |text: &str| {
        let by = r#""system":{"name":"studio","version":"4.2.0"},"actor":{"subject":"emp-1042","auth":"oidc"}"#;
        let hash = "0".repeat(64);
        let model = format!(r#""model":{{"id":{text},"version":"1.0","version_hash":"sha256:{hash}"}}"#);
        format!(r#"{{"type":"GEN_ATTEMPT",{by},{model},"prompt":"a lighthouse","parameters":{{}}}}"#)
    };
    let read = |text: &str| Event::parse(event(text).as_bytes()).map(drop).map_err(|error| error.to_string());
    for text in [r#""model""#, r#""\u006dodel""#, r#""modèle""#, r#""the \"model\"""#] {
        assert_eq!(read(text), Ok(()), "{text}");
    }
    for text in [r#""""#, r#"" ""#, r#""\u0020""#, r#""\t""#] {
        assert!(read(text).is_err_and(|error| error.contains("is empty")), "{text}");
    }
    for text in [r#""two\nlines""#, r#""bell\u0007""#, r#""bell\u0007 ü""#, "\"erased\u{7f}\"", "\"next\u{85}line\""] {
        assert!(read(text).is_err_and(|error| error.contains("control character")), "{text}");
    }
}

#[test]
fn each_size_has_a_limit_and_a_sentence() {
    let event = |parameters: &str, outputs: &str| {
        format!(
            r#"{{"type":"GEN","system":{{"name":"studio","version":"4.2.0"}},"actor":{{"subject":"emp-1042","auth":"oidc"}},
            "model":{{"id":"sdxl-base","version":"1.0","version_hash":"sha256:{}"}},"prompt":"a lighthouse at dusk",
            "parameters":{{{parameters}}},"outputs":[{outputs}]}}"#,
            "0".repeat(64)
        )
    };
    let says = |text: String| match Event::parse(text.as_bytes()).and_then(|event| seal(&event, &[])) {
        Ok(sealed) => format!("accepted, {} bytes", sealed.record.len()),
        Err(error) => error.to_string(),
    };
    let long = says(event(&format!(r#""note":"{}""#, "x".repeat(json::MAX_BYTES)), ""));
    assert!(long.contains("the limit is 1048576: name large inputs by their hash"), "{long}");
    let output = format!(r#"{{"hash":"sha256:{}"}}"#, "0".repeat(64));
    let wide = says(event("", &vec![output.as_str(); 1000].join(",")));
    assert!(
        wide.contains("the public part of the record has") && wide.contains("the limit is 65535: shorten"),
        "{wide}"
    );
    // 1e15 takes four characters as it comes in and sixteen in canonical form.
    let numbers = vec!["1e15"; 150_000].join(",");
    let grown = says(event(&format!(r#""list":[{numbers}]"#), ""));
    assert!(grown.contains("the private part of the record has") && grown.contains("the limit is 1048576"), "{grown}");
    let fits = says(event(&format!(r#""note":"{}""#, "x".repeat(json::MAX_BYTES - 1024)), &output));
    assert!(fits.starts_with("accepted"), "{fits}");
    // The deepest that is accepted is also read again where it is published.
    let levels = json::MAX_DEPTH - 2;
    let deep = event(&format!(r#""deep":{}{}"#, "[".repeat(levels), "]".repeat(levels)), "");
    let sealed = seal(&Event::parse(deep.as_bytes()).expect("accepted"), &["parameters"]).expect("sealed");
    assert!(Record::from_bytes(&sealed.record).expect("read").published.contains_key("parameters"));
}

#[test]
fn a_record_that_was_written_otherwise_is_not_read() {
    let (_, text) = vectors("accept").into_iter().find(|(name, _)| name == "gen.json").expect("the vector");
    let vector: Accept = serde_json::from_slice(&text).expect("a vector");
    let sealed = seal(&Event::parse(vector.event.to_string().as_bytes()).expect("accepted"), &[]).expect("sealed");
    let record = String::from_utf8(sealed.record).expect("text");
    for (from, to, says) in [
        (r#""v":1"#, r#""v":2"#, "it has version 2, this program reads 1"),
        (r#""type":"GEN""#, r#""type":"GENERATE""#, "unknown event type"),
        (r#""type":"GEN""#, r#""type":"GEN","kind":"GEN""#, "unknown field `kind`"),
        (r#""type":"GEN""#, r#""type":"GEN","type":"GEN""#, "given twice"),
        (
            r#""read":"2026-03-01T12:00:00.000Z""#,
            r#""read":"2026-03-01T13:00:00.000+01:00""#,
            "is not a time of the form",
        ),
        (r#""prev":"#, r#""previous":"#, "unknown field `previous`"),
    ] {
        assert!(record.contains(from), "{from} stands in {record}");
        let error = Record::from_bytes(record.replacen(from, to, 1).as_bytes()).expect_err(to).to_string();
        assert!(error.contains(says), "{to}: {error}");
    }
    let error = Record::from_bytes(&vec![b' '; 70_000]).expect_err("too large").to_string();
    assert!(error.contains("the limit is 65535"), "{error}");
}

fn rejected(name: &str, text: &[u8]) -> (String, Vec<u8>) {
    if PathBuf::from(name).extension().is_some_and(|extension| extension == "txt") {
        let at = text.iter().position(|byte| *byte == b'\n').unwrap_or_else(|| panic!("{name} has no first line"));
        let expect = String::from_utf8(text[..at].to_vec()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!expect.trim().is_empty(), "{name} expects nothing");
        return (expect, text[at + 1..].to_vec());
    }
    let vector: Reject = serde_json::from_slice(text).unwrap_or_else(|error| panic!("{name} is no vector: {error}"));
    assert!(!vector.expect.trim().is_empty(), "{name} expects nothing");
    (vector.expect, vector.event.to_string().into_bytes())
}

fn names(value: &Value) -> impl Iterator<Item = String> {
    value.as_object().into_iter().flatten().map(|(name, _)| name.clone())
}
