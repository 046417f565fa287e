//! The signature of a claim: its headers, its algorithm, its certificates (C2PA 2.4, 13.2, 14.5, 15.7; RFC 9052, 3).

use std::collections::BTreeMap;

use serde_cbor::Value;
use touchmark_core::manifest::State;
use touchmark_core::media::MediaType;

use crate::bound::{data_hash, picture};
use crate::chains::{self, RefusedBy};
use crate::forge::{ALG, Cose, Forge, Manifest, X5CHAIN, cbor, created, now, store, text};

const MISMATCH: &str = "claimSignature.mismatch";
const UNSUPPORTED: &str = "algorithm.unsupported";

/// A picture and the manifest beside it.
pub(crate) fn beside(forge: &Forge) -> (Vec<u8>, Vec<u8>) {
    let image = picture(MediaType::Png);
    let manifest = Manifest::new(vec![created(), data_hash(&image, &[])]);
    let kept = store(&[forge.seal(&manifest).whole()]);
    (image, kept)
}

fn refuses(headers: impl Fn(&mut Cose) + 'static, code: &str, what: &str) {
    let forge = Forge::with_headers(headers);
    let (image, kept) = beside(&forge);
    forge.refuses_with(&image, Some(&kept), code, what);
}

fn holds(headers: impl Fn(&mut Cose) + 'static, what: &str) {
    let forge = Forge::with_headers(headers);
    let (image, kept) = beside(&forge);
    forge.holds_with(&image, Some(&kept), what);
}

fn old_name() -> Value {
    text("x5chain")
}

/// The chain of somebody else.
fn others() -> Value {
    Value::Array(chains::stranger(now()).chain.into_iter().map(Value::Bytes).collect())
}

#[test]
fn certificates_stand_in_one_header() {
    holds(|_| {}, "in the protected one");
    holds(|cose| drop(move_chain(cose, &X5CHAIN, &old_name())), "by its old name");
    for same in [true, false] {
        let chain = move |cose: &Cose| if same { cose.protected[&X5CHAIN].clone() } else { others() };
        let also = move |cose: &mut Cose| {
            let chain = chain(cose);
            cose.unprotected.insert(X5CHAIN, chain);
        };
        refuses(also, MISMATCH, &format!("in both, and the same: {same}"));
        let by_old_name = move |cose: &mut Cose| {
            let chain = chain(cose);
            move_chain(cose, &X5CHAIN, &old_name());
            cose.unprotected.insert(old_name(), chain);
        };
        refuses(by_old_name, MISMATCH, &format!("in both by the old name, and the same: {same}"));
    }
}

fn move_chain(cose: &mut Cose, from: &Value, to: &Value) -> Value {
    let chain = cose.protected.remove(from).expect("a chain");
    cose.protected.insert(to.clone(), chain.clone());
    chain
}

#[test]
fn of_two_names_for_certificates_the_old_one_has_no_say() {
    let both = |cose: &mut Cose| drop(cose.protected.insert(old_name(), others()));
    holds(both, "others by the old name");
    let old_first = |cose: &mut Cose| {
        let honest = cose.protected[&X5CHAIN].clone();
        // The library takes the first of both.
        let parts = [
            vec![0xa3],
            cbor(&ALG),
            cbor(&Value::Integer(-7)),
            cbor(&old_name()),
            cbor(&honest),
            cbor(&X5CHAIN),
            cbor(&others()),
        ];
        cose.raw = Some(parts.concat());
    };
    refuses(old_first, MISMATCH, "the signer's by the old name alone");
    let outside = |cose: &mut Cose| {
        move_chain(cose, &X5CHAIN, &old_name());
        cose.unprotected.insert(X5CHAIN, others());
    };
    refuses(outside, MISMATCH, "others by the new name, in the header that nobody signed");
}

#[test]
fn an_algorithm_is_one_of_the_standard_and_the_signer_says_which() {
    for (name, alg) in [
        ("ES256K", Value::Integer(-47)),
        ("RS256", Value::Integer(-257)),
        ("RS1", Value::Integer(-65535)),
        ("HMAC", Value::Integer(5)),
        ("none", text("none")),
        ("ES256 in letters", text("ES256")),
        ("nothing", Value::Null),
    ] {
        refuses(move |cose| drop(cose.protected.insert(ALG, alg.clone())), UNSUPPORTED, name);
    }
    refuses(|cose| drop(cose.protected.remove(&ALG)), UNSUPPORTED, "absent");
    let outside = |cose: &mut Cose| {
        let alg = cose.protected.remove(&ALG).expect("an algorithm");
        cose.unprotected.insert(ALG, alg);
    };
    refuses(outside, UNSUPPORTED, "in the header that nobody signed");
    refuses(|cose| drop(cose.unprotected.insert(ALG, Value::Integer(-7))), MISMATCH, "in both");
}

#[test]
fn an_algorithm_fits_the_key() {
    for (name, alg) in [("PS256", -37), ("PS384", -38), ("PS512", -39), ("EdDSA", -8), ("ES512", -36)] {
        refuses(move |cose| drop(cose.protected.insert(ALG, Value::Integer(alg))), MISMATCH, name);
    }
}

#[test]
fn what_must_be_understood_is() {
    let crit = |labels: Vec<Value>| {
        move |cose: &mut Cose| drop(cose.protected.insert(Value::Integer(2), Value::Array(labels.clone())))
    };
    holds(crit(vec![X5CHAIN]), "the certificates");
    let rule = |cose: &mut Cose| drop(cose.protected.insert(text("org.example.rule"), Value::Bool(true)));
    holds(rule, "a header that nobody needs to understand");
    let unknown = move |cose: &mut Cose| {
        rule(cose);
        crit(vec![text("org.example.rule")])(cose);
    };
    refuses(unknown, MISMATCH, "a header that nobody knows");
    refuses(crit(vec![Value::Integer(99)]), MISMATCH, "one that is not there");
    refuses(crit(vec![]), MISMATCH, "nothing");
    let outside = |cose: &mut Cose| drop(cose.unprotected.insert(Value::Integer(2), Value::Array(vec![X5CHAIN])));
    refuses(outside, MISMATCH, "said where nobody signed it");
}

#[test]
fn a_signature_has_the_form_of_one() {
    for payload in [Value::Bytes(b"other words".to_vec()), Value::Bytes(Vec::new()), text("x")] {
        refuses(move |cose| cose.payload = payload.clone(), MISMATCH, "what was signed stands in it");
    }
    for tag in [0, 17, 98] {
        refuses(move |cose| cose.tag = tag, MISMATCH, &format!("tag {tag}"));
    }
    let whole = |cose: &Cose| cbor(&Value::Map(cose.protected.clone()));
    refuses(move |cose| cose.raw = Some([whole(cose), vec![0]].concat()), MISMATCH, "a byte behind the headers");
    refuses(|cose| cose.raw = Some(cbor(&Value::Array(vec![]))), MISMATCH, "headers that are none");
    refuses(|cose| cose.raw = Some(vec![0x9b; 9]), MISMATCH, "headers of 2^63");
    refuses(|cose| cose.raw = Some([vec![0x81; 100_000], vec![0]].concat()), MISMATCH, "headers without end");
    let twice = move |cose: &mut Cose| {
        let mut bytes = whole(cose);
        bytes[0] += 1;
        // 1, in one byte more than it needs.
        cose.raw = Some([bytes, vec![0x18, 0x01], cbor(&Value::Integer(-7))].concat());
    };
    refuses(twice, MISMATCH, "the algorithm twice, written in two ways");
    let around = |unprotected: Value| {
        let parts = vec![Value::Bytes(Vec::new()), unprotected, Value::Null, Value::Bytes(vec![1; 64])];
        cbor(&Value::Tag(18, Box::new(Value::Array(parts))))
    };
    for (what, bytes) in [
        ("headers that are no map", around(Value::Array(Vec::new()))),
        ("headers that are nothing", around(Value::Null)),
        ("a value that nobody knows", vec![0xe0]),
        ("words", cbor(&text("signed"))),
    ] {
        refuses(move |cose| cose.whole = Some(bytes.clone()), MISMATCH, what);
    }
    let empty = |cose: &mut Cose| drop(std::mem::take::<BTreeMap<_, _>>(&mut cose.protected));
    refuses(empty, UNSUPPORTED, "no headers");
}

#[test]
fn certificates_that_may_not_sign_do_not() {
    for case in chains::refused(now()) {
        let forge = Forge::of(&case);
        let (image, kept) = beside(&forge);
        let reading = forge.judge_with(&image, Some(&kept));
        let (state, code) = match (case.name, case.refused_by) {
            ("expired" | "not yet valid", _) => (State::Invalid, "claimSignature.outsideValidity"),
            (_, Some(RefusedBy::TrustList)) => (State::Valid, "signingCredential.untrusted"),
            ("root included", _) => (State::Trusted, ""),
            (_, Some(RefusedBy::KeyMismatch)) => (State::Invalid, MISMATCH),
            _ => (State::Invalid, "signingCredential.invalid"),
        };
        let said = code.is_empty() || reading.codes.iter().any(|found| found == code);
        assert_eq!(
            (reading.state, said),
            (state, true),
            "{}: {:?} {:?}",
            case.name,
            reading.codes,
            reading.explanations
        );
    }
}

#[test]
fn a_root_that_came_with_the_file_is_no_anchor() {
    let mut chain = chains::stranger(now());
    chain.chain.push(chain.root.clone());
    let anchors = chains::good(now()).root_pem();
    let forge = Forge { anchors, ..Forge::of(&chain) };
    let (image, kept) = beside(&forge);
    let reading = forge.judge_with(&image, Some(&kept));
    assert_eq!(
        (reading.state, reading.codes.as_slice()),
        (State::Valid, ["signingCredential.untrusted".to_owned()].as_slice())
    );
}
