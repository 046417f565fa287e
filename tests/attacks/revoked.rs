//! Signers whose issuer has revoked them, where somebody else says so: later, in an update, or in the signature of an ingredient (C2PA 2.4, 15.9,
//! 15.11.3.3.1). What is said in the active signature itself is tried in `tests/export/revoked.rs`. The responses are made by `openssl ocsp`.

use std::rc::Rc;

use serde_cbor::Value;
use serde_json::Value as Json;
use touchmark_core::manifest::{Reading, State};
use touchmark_core::media::MediaType;

use crate::bound::{data_hash, of_all, picture};
use crate::chains;
use crate::compressed::{compressed, packed};
use crate::forge::{Assertion, Forge, Manifest, Sealed, created, map, now, store, text, with};
use crate::responder::{GONE, GOOD, NOBODY, Responder};
use crate::stamps::{over_signature, v2};
use crate::tsa::Authority;

const PNG: MediaType = MediaType::Png;
const REVOKED: &str = "signingCredential.ocsp.revoked";

fn responder() -> Option<Responder> {
    let responder = Responder::new(chains::with_ocsp(now()), &chains::issuer(now()))?;
    responder.keep("own", &chains::self_signed_responder(now()));
    Some(responder)
}

/// As it stands in the header `rVals`, and in `c2pa.certificate-status`.
fn listed(responses: &[Vec<u8>]) -> Value {
    map([("ocspVals", Value::Array(responses.iter().cloned().map(Value::Bytes).collect()))])
}

/// Whose certificate can be asked about, with these responses stapled to the signature.
fn stapling(responder: &Responder, responses: Vec<Vec<u8>>) -> Forge {
    let mut forge = Forge::of(&responder.chain);
    forge.headers = Box::new(move |cose| {
        if !responses.is_empty() {
            cose.unprotected.insert(text("rVals"), listed(&responses));
        }
    });
    forge
}

/// Somebody else, who trusts both.
fn editor(responder: &Responder) -> Forge {
    let editor = Forge::of(&chains::somebody_else(now()));
    Forge { anchors: editor.anchors.clone() + &responder.chain.root_pem(), ..editor }
}

/// An update by `by` of a picture that the responder's signer signed, in which somebody says this of a certificate.
fn updated(responder: &Responder, by: &Forge, said: Vec<u8>) -> Reading {
    let image = picture(PNG);
    let first = stapling(responder, Vec::new()).seal(&Manifest::new(vec![created(), data_hash(&image, &[])]));
    let status = Assertion::new("c2pa.certificate-status", &listed(&[said]));
    let update = by.seal(&Manifest::update(&first, vec![status]));
    by.judge_with(&image, Some(&store(&[first.whole(), update.whole()])))
}

#[test]
fn what_is_said_in_an_update_counts_for_whoever_signed_that_and_what_it_updates() {
    let Some(responder) = responder() else { return };
    for by in [stapling(&responder, Vec::new()), editor(&responder)] {
        let reading = updated(&responder, &by, responder.says(GONE, "issuer"));
        assert_eq!((reading.state, reading.codes), (State::Invalid, vec![REVOKED.to_owned()]));
        assert!(reading.explanations[0].contains("2020-01-01T00:00:00Z"), "{:?}", reading.explanations);
        assert_eq!(reading.ingredients.len(), 1, "what it updates: {:?}", reading.ingredients);
        for (what, index, who) in
            [("good", GOOD, "issuer"), ("not known", NOBODY, "issuer"), ("by nobody", GONE, "own")]
        {
            let reading = updated(&responder, &by, responder.says(index, who));
            assert_eq!((reading.state, reading.codes), (State::Trusted, vec![]), "{what}");
        }
    }
}

#[test]
fn that_a_signer_is_good_can_be_said_in_an_update_too() {
    let (Some(responder), Some(authority)) = (responder(), Authority::new("Honest").map(Rc::new)) else { return };
    let says_when = Rc::clone(&authority);
    let stamping = move |protected: &[u8], signature: &[u8], _: &[u8]| {
        vec![v2(says_when.token(&over_signature(protected, signature)).as_der())]
    };
    let by = Forge { stamping: Box::new(stamping), ..stapling(&responder, Vec::new()) };
    let by = Forge { anchors: by.anchors.clone() + &authority.root(), ..by };
    let reading = updated(&responder, &by, responder.says(GOOD, "issuer"));
    assert_eq!((reading.state, reading.codes, reading.informational), (State::Trusted, vec![], vec![]));
    assert!(
        reading.successes.iter().any(|code| code == "signingCredential.ocsp.notRevoked"),
        "{:?}",
        reading.successes
    );
}

/// A picture by the editor, with an ingredient that somebody described, and the box in which that stands.
fn edited(editor: &Forge, described: &Value, stands: &[u8]) -> Vec<u8> {
    let manifest = Manifest::new(vec![created(), Assertion::new("c2pa.ingredient.v3", described)]);
    of_all(editor, PNG, &manifest, |active| vec![stands.to_vec(), active.whole()])
}

fn ingredient(responder: &Responder, responses: Vec<Vec<u8>>) -> Sealed {
    stapling(responder, responses).seal(&Manifest::new(vec![created()]))
}

#[test]
fn an_ingredient_whose_signer_is_revoked_by_its_own_staple_is_refused_and_named() {
    let Some(responder) = responder() else { return };
    let editor = editor(&responder);
    let gone = ingredient(&responder, vec![responder.says(GONE, "issuer")]);
    let file = edited(&editor, &gone.described("componentOf"), &gone.whole());
    let reading = editor.judge(&file);
    assert_eq!((reading.state, reading.codes), (State::Invalid, vec![REVOKED.to_owned()]));
    assert!(reading.explanations[0].contains(&gone.label), "{:?}", reading.explanations);
    let looked = editor.look_closely(&file);
    let below = &looked["tree"]["ingredients"][0];
    assert_eq!((&below["state"], &below["codes"]), (&"invalid".into(), &serde_json::json!([REVOKED])), "{below}");
    // In crJSON it stands with the ingredient, and not with who took it in.
    let failures = |label: &str| {
        let manifests = looked["crjson"]["manifests"].as_array().expect("manifests");
        let manifest = manifests.iter().find(|manifest| manifest["label"] == label).expect("a manifest");
        manifest["validationResults"]["failure"].as_array().cloned().unwrap_or_default()
    };
    let active = looked["tree"]["manifest_id"].as_str().expect("a manifest");
    assert_eq!(failures(active), Vec::<Json>::new());
    let [failure] = &failures(&gone.label)[..] else { panic!("{looked}") };
    assert_eq!(failure["code"], REVOKED);

    let packed = compressed(&gone.label, &packed(&gone.whole()));
    let reading = editor.judge(&edited(&editor, &gone.described("componentOf"), &packed));
    assert_eq!((reading.state, reading.codes), (State::Invalid, vec![REVOKED.to_owned()]), "compressed");
}

#[test]
fn other_staples_of_an_ingredient_say_nothing_against_it() {
    let Some(responder) = responder() else { return };
    let editor = editor(&responder);
    for (what, responses) in [
        ("none", vec![]),
        ("good", vec![responder.says(GOOD, "issuer")]),
        ("not known", vec![responder.says(NOBODY, "issuer")]),
        ("by one who certified itself", vec![responder.says(GONE, "own")]),
        ("no response", vec![b"words".to_vec()]),
    ] {
        let other = ingredient(&responder, responses);
        let file = edited(&editor, &other.described("componentOf"), &other.whole());
        editor.holds(&file, what);
        assert_eq!(editor.look_closely(&file)["tree"]["ingredients"][0]["state"], "trusted", "{what}");
    }
}

#[test]
fn that_an_ingredients_signer_was_revoked_is_known_where_who_took_it_in_said_so() {
    let Some(responder) = responder() else { return };
    let editor = editor(&responder);
    let gone = ingredient(&responder, vec![responder.says(GONE, "issuer")]);
    let status = |code: &str| map([("code", text(code)), ("url", text(&format!("{}/c2pa.signature", gone.url())))]);
    let reported = |code: &str| {
        let list = |codes: Vec<Value>| Value::Array(codes);
        let results =
            map([("success", list(vec![])), ("informational", list(vec![])), ("failure", list(vec![status(code)]))]);
        with(gone.described("componentOf"), "validationResults", map([("activeManifest", results)]))
    };
    let file = edited(&editor, &reported(REVOKED), &gone.whole());
    editor.holds(&file, "reported");
    assert_eq!(editor.look_closely(&file)["tree"]["ingredients"][0]["codes"], serde_json::json!([REVOKED]));
    let other = edited(&editor, &reported("signingCredential.untrusted"), &gone.whole());
    editor.refuses(&other, REVOKED, "something else was reported");
}
