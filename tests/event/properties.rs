//! What holds for every accepted event: one byte form, nothing private in public, nothing secret anywhere, and each part can be
//! opened alone.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use touchmark_core::event::{Event, Record, Sealed};
use touchmark_core::hash::Hash;
use touchmark_core::privacy::{Commitment, Disclosure};

use crate::common::{ORIGIN, fields, private, seal, vectors};

const SECRETS: [&str; 4] = ["negative_prompt", "prompt", "style", "system_prompt"];

/// An accepted event, and the marks in it that may not be seen.
#[derive(Debug, Clone)]
struct Case {
    event: Value,
    /// In texts that are only ever committed to.
    secret: Vec<(String, String)>,
    /// In private fields.
    private: Vec<String>,
}

impl Case {
    fn parsed(&self) -> Event {
        Event::parse(self.event.to_string().as_bytes()).expect("the vector was accepted, so is its variant")
    }

    fn sealed(&self, publish: &[&str]) -> Sealed {
        seal(&self.parsed(), publish).expect("what is accepted can be put on record")
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        (-9_007_199_254_740_991_i64..=9_007_199_254_740_991).prop_map(Value::from),
        (-9.0e15_f64..9.0e15).prop_map(Value::from),
        (-1.0_f64..1.0).prop_map(Value::from),
        prop_oneof![Just(5e-324), Just(1e-7), Just(-0.0), Just(1e15), Just(0.1 + 0.2)].prop_map(Value::from),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number,
        any::<String>().prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..4).prop_map(|members| json!(members)),
        ]
    })
}

/// A vector with marks in every text that somebody would want to hide, and with any parameters.
fn case() -> impl Strategy<Value = Case> {
    let events: Vec<Value> = vectors("accept").iter().map(|(_, text)| fields(text)["event"].clone()).collect();
    let parameters = prop::collection::btree_map("[a-zA-Z_ .\u{e9}\u{1f5fc}]{1,8}", any_json(), 0..6);
    (prop::sample::select(events), "[0-9a-f]{16}", any::<String>(), parameters, 0.0_f64..=1.0).prop_map(marked)
}

fn marked(
    (mut event, mark, text, parameters, score): (Value, String, String, std::collections::BTreeMap<String, Value>, f64),
) -> Case {
    let members = event.as_object_mut().expect("an event");
    let (mut secret, mut private) = (Vec::new(), Vec::new());
    for name in SECRETS.into_iter().filter(|name| members.contains_key(*name)).collect::<Vec<_>>() {
        let value = format!("{name}-{mark}{text}");
        members.insert(name.to_owned(), value.clone().into());
        secret.push((name.to_owned(), value));
    }
    let of_words = members["type"] == "ERASURE";
    for name in ["tenant", "session", "network_origin", "destination", "description", "message", "reason"] {
        if members.contains_key(name) && !(of_words && name == "reason") {
            members.insert(name.to_owned(), format!("{name}-{mark}").into());
            private.push(format!("{name}-{mark}"));
        }
    }
    if let Some(actor) = members.get_mut("actor") {
        actor["subject"] = format!("emp-{mark}").into();
        private.push(format!("emp-{mark}"));
    }
    if members.contains_key("parameters") {
        let mut parameters: Map<String, Value> = parameters.into_iter().collect();
        parameters.insert("seed".to_owned(), format!("seed-{mark}").into());
        private.push(format!("seed-{mark}"));
        members.insert("parameters".to_owned(), parameters.into());
    }
    if members.contains_key("score") {
        members.insert("score".to_owned(), score.into());
    }
    Case { event, secret, private }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    String::from_utf8_lossy(bytes).contains(text)
}

/// RFC 8785, section 3.2.3: by UTF-16 code units, at every level.
fn sorted(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().all(sorted),
        Value::Object(members) => {
            let names: Vec<Vec<u16>> = members.keys().map(|name| name.encode_utf16().collect()).collect();
            names.is_sorted() && members.values().all(sorted)
        }
        _ => true,
    }
}

/// Everything in a record that hangs on its seed. Where there is no private field, there is nothing to salt.
fn drawn(sealed: &Sealed) -> BTreeSet<String> {
    let record = fields(&sealed.record);
    let commitments = record["body"]["commitments"].as_object().into_iter().flatten().map(|(_, value)| value);
    let digest = (!private(sealed).fields.is_empty()).then_some(&record["private"]["fields"]);
    let all = commitments.chain(digest).chain([&record["private"]["stored"]]);
    all.map(|value| value.as_str().expect("a text").to_owned()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_record_has_one_byte_form(case in case()) {
        let sealed = case.sealed(&["parameters", "usage"]);
        let read = Record::from_bytes(&sealed.record).expect("own record");
        prop_assert_eq!(&read.to_bytes().expect("written"), &sealed.record);
        prop_assert_eq!(sealed.hash, Hash::of(&sealed.record));
        prop_assert_eq!(&private(&sealed).to_bytes().expect("written"), &sealed.private);
        for bytes in [&sealed.record, &sealed.private] {
            prop_assert!(sorted(&fields(bytes)));
            prop_assert!(!bytes.contains(&b'\n'), "a record stands on one line");
        }
    }

    #[test]
    fn a_secret_is_written_nowhere_and_a_private_value_not_in_public(case in case()) {
        let sealed = case.sealed(&["actor", "actor.subject", "session", "network_origin"]);
        for (name, text) in &case.secret {
            let mark: String = text.chars().take(name.len() + 17).collect();
            prop_assert!(!contains(&sealed.record, &mark) && !contains(&sealed.private, &mark), "{mark} was written");
        }
        for mark in &case.private {
            prop_assert!(!contains(&sealed.record, mark), "{mark} is public");
            prop_assert!(contains(&sealed.private, mark), "{mark} was lost");
        }
        let printed = format!("{:?} {:?}", case.parsed(), private(&sealed));
        for mark in case.private.iter().chain(case.secret.iter().map(|(_, text)| text)) {
            prop_assert!(!printed.contains(mark.as_str()), "{mark} is printed");
        }
    }

    #[test]
    fn two_records_of_one_event_cannot_be_told_to_be_that(case in case()) {
        let (one, other) = (drawn(&case.sealed(&[])), drawn(&case.sealed(&[])));
        prop_assert!(one.is_disjoint(&other));
        prop_assert!(!one.is_empty());
    }

    #[test]
    fn what_is_published_is_that_and_no_more(case in case()) {
        let sealed = case.sealed(&["parameters.seed"]);
        let record = fields(&sealed.record);
        let expected = case.event.get("parameters").map(|parameters| json!({"parameters.seed": parameters["seed"]}));
        prop_assert_eq!(record.get("published"), expected.as_ref());
        for mark in case.private.iter().filter(|mark| !mark.starts_with("seed-")) {
            prop_assert!(!contains(&sealed.record, mark), "{mark} is public");
        }
    }

    #[test]
    fn each_byte_of_the_private_part_counts(case in case(), at: prop::sample::Index, bit in 0..8_u8) {
        let mut sealed = case.sealed(&[]);
        let stored = Record::from_bytes(&sealed.record).expect("own record").private.stored;
        prop_assert_eq!(Hash::of(&sealed.private), stored);
        let at = at.index(sealed.private.len());
        sealed.private[at] ^= 1 << bit;
        prop_assert_ne!(Hash::of(&sealed.private), stored);
    }

    #[test]
    fn each_private_field_can_be_opened_alone(case in case()) {
        let sealed = case.sealed(&[]);
        let shown = Record::from_bytes(&sealed.record).expect("own record").private.fields;
        let private = private(&sealed);
        for (name, value) in &private.fields {
            let opened = Disclosure::of(&private.seed, &private.fields, name).expect("digested").expect("there");
            prop_assert_eq!(&opened.value, value);
            prop_assert!(opened.verify(&shown).expect("looked at"), "{name} does not verify");
            let other = Disclosure { value: json!("something else"), ..opened };
            prop_assert!(!other.verify(&shown).expect("looked at"), "{name} verifies with another value");
        }
    }

    #[test]
    fn a_commitment_opens_with_its_own_key_and_no_other(case in case()) {
        let sealed = case.sealed(&[]);
        let seed = private(&sealed).seed;
        let id = sealed.id.to_string();
        let commitments = &fields(&sealed.record)["body"]["commitments"];
        for (name, text) in &case.secret {
            let commitment: Commitment = serde_json::from_value(commitments[name].clone()).expect("a commitment");
            prop_assert!(commitment.opens_to(&seed.commitment_key(ORIGIN, &id, name), text.as_bytes()));
            prop_assert!(!commitment.opens_to(&seed.commitment_key(ORIGIN, &id, name), b"something else"));
            prop_assert!(!commitment.opens_to(&seed.commitment_key("another.log", &id, name), text.as_bytes()));
            prop_assert!(!commitment.opens_to(&seed.commitment_key(ORIGIN, &id, "references"), text.as_bytes()));
        }
    }
}
