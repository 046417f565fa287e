//! Whose word it is: what was gathered is nobody's (C2PA 2.4, 6.4, 10.2.1).

use touchmark_core::manifest::State;

use crate::bound::png;
use crate::forge::{Assertion, CREATED, Forge, Manifest, actions, map, note, text};

fn telling(label: &str) -> Assertion {
    let action = map([
        ("action", text("c2pa.created")),
        ("digitalSourceType", text(CREATED)),
        ("softwareAgent", map([("name", text("a camera"))])),
        ("when", text("2020-01-01T00:00:00Z")),
    ]);
    Assertion { label: label.to_owned(), ..actions(vec![action]) }
}

#[test]
fn what_was_gathered_is_not_shown_as_the_signers_word() {
    let forge = Forge::new();
    let told = |manifest: &Manifest| {
        let reading = forge.judge(&png(&forge, manifest));
        assert_eq!(reading.state, State::Trusted, "{:?}", reading.codes);
        let claim = reading.claim.expect("a claim");
        (claim.agent, claim.when, claim.digital_source_type)
    };
    let created = Manifest::new(vec![telling("c2pa.actions.v2")]);
    let (agent, when, source) = told(&created);
    let words = (agent.as_deref(), when.as_deref(), source.as_deref());
    assert_eq!(words, (Some("a camera"), Some("2020-01-01T00:00:00Z"), Some(CREATED)));
    let gathered = Manifest { gathered: vec![telling("c2pa.actions.v2")], ..Manifest::new(vec![note("x")]) };
    assert_eq!(told(&gathered), (None, None, None));
}
