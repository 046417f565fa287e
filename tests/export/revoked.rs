//! Signers whose issuer has revoked them: what OCSP responses in a signature say, and who may say it (C2PA 2.4, 14.5.2, 15.9). The responses are
//! made by `openssl ocsp`; what it cannot make is tried beside `keys::certificate::revocation`.

use std::sync::Arc;

use jiff::Timestamp;
use serde_cbor::Value;
use touchmark_core::export::{Options, Order};
use touchmark_core::manifest::{Reading, State, Timestamps, Trust, read};
use touchmark_core::media::MediaType;

use crate::certificates::studio_with;
use crate::chains::{self, TestChain};
use crate::responder::{GONE, GOOD, NOBODY, Responder};
use crate::studio::{made, picture};
use crate::tsa::Authority;

const REVOKED: &str = "signingCredential.ocsp.revoked";
const SKIPPED: &str = "signingCredential.ocsp.skipped";

fn responder() -> Option<Responder> {
    Responder::new(chains::with_ocsp(Timestamp::now()), &chains::issuer(Timestamp::now()))
}

fn reads(responder: &Responder, responses: &[Vec<u8>]) -> Reading {
    read_signed(&responder.chain, &responder.chain.root_pem(), None, responses)
}

/// Signs a picture with a chain, its manifest beside it, staples responses to the signature, and reads that.
fn read_signed(chain: &TestChain, anchors: &str, stamps: Option<&Arc<Authority>>, responses: &[Vec<u8>]) -> Reading {
    let studio = studio_with(chain);
    let mut issuer = studio.home.issuer().expect("an issuer");
    let mut trust = Trust::new(anchors).expect("anchors");
    if let Some(authority) = stamps {
        issuer =
            issuer.with_timestamps(Timestamps { authority: authority.clone(), required: true }).expect("an issuer");
        trust = trust.with_timestamp_roots(authority.roots());
    }
    let order = Order { bytes: picture("astronaut.jpg"), making: made(), target: None };
    let options = Options { sidecar: true, ..Options::default() };
    let mut answers = studio.export_with(&mut studio.ledger(), &issuer, vec![order], &options);
    let exported = answers.pop().expect("an answer").expect("exported");
    let store = stapled(&exported.sidecar.expect("a manifest"), responses);
    let file = exported.file.expect("a file");
    read::read(&file, MediaType::Jpeg, Some(&store), &trust, Timestamp::now()).expect("looked at")
}

/// A store whose signatures have these responses in their header `rVals`: no part of what is signed.
fn stapled(boxes: &[u8], responses: &[Vec<u8>]) -> Vec<u8> {
    let (mut rest, mut done, mut in_signature) = (boxes, Vec::new(), false);
    while let Some((length, _)) = rest.split_first_chunk() {
        let (whole, after) = rest.split_at(u32::from_be_bytes(*length) as usize);
        let (head, content) = whole.split_at(8);
        in_signature |= head.ends_with(b"jumd") && content[17..].starts_with(b"c2pa.signature\0");
        let content = match &head[4..] {
            b"jumb" => stapled(content, responses),
            b"cbor" if in_signature => with_responses(content, responses),
            _ => content.to_vec(),
        };
        done.extend(u32::try_from(content.len() + 8).expect("short").to_be_bytes());
        done.extend(&head[4..]);
        done.extend(content);
        rest = after;
    }
    done
}

fn with_responses(cose: &[u8], responses: &[Vec<u8>]) -> Vec<u8> {
    let text = |text: &str| Value::Text(text.to_owned());
    let values = Value::Array(responses.iter().cloned().map(Value::Bytes).collect());
    let mut cose: Value = serde_cbor::from_slice(cose).expect("a signature");
    let Value::Tag(18, parts) = &mut cose else { panic!("no COSE_Sign1: {cose:?}") };
    let Value::Array(parts) = parts.as_mut() else { panic!("no parts: {parts:?}") };
    let Value::Map(unprotected) = &mut parts[1] else { panic!("no headers: {parts:?}") };
    unprotected.insert(text("rVals"), Value::Map([(text("ocspVals"), values)].into_iter().collect()));
    serde_cbor::to_vec(&cose).expect("written")
}

#[test]
fn a_signer_whose_issuer_revoked_it_is_refused_and_the_words_say_since_when() {
    let Some(responder) = responder() else { return };
    let (good, gone) = (responder.says(GOOD, "issuer"), responder.says(GONE, "issuer"));
    for (what, responses) in [
        ("revoked", vec![gone.clone()]),
        ("in the second response", vec![b"no response".to_vec(), gone.clone()]),
        ("good once", vec![good, gone]),
    ] {
        let reading = reads(&responder, &responses);
        assert_eq!((reading.state, reading.codes), (State::Invalid, vec![REVOKED.to_owned()]), "{what}");
        assert!(reading.explanations[0].contains("2020-01-01T00:00:00Z"), "{:?}", reading.explanations);
    }
}

#[test]
fn what_settles_nothing_leaves_the_signer_trusted_and_says_that_nobody_was_asked() {
    let Some(responder) = responder() else { return };
    // That it is good says nothing as long as nobody says when it signed.
    let (good, unknown) = (responder.says(GOOD, "issuer"), responder.says(NOBODY, "issuer"));
    for (what, responses, expected) in [
        ("none", Vec::new(), vec![SKIPPED]),
        ("good", vec![good.clone()], vec![SKIPPED]),
        ("unknown", vec![unknown], vec!["signingCredential.ocsp.unknown", SKIPPED]),
    ] {
        let reading = reads(&responder, &responses);
        assert_eq!(
            (reading.state, reading.informational),
            (State::Trusted, expected.iter().map(|code| (*code).to_owned()).collect()),
            "{what}"
        );
    }
    let Some(authority) = Authority::new("Honest").map(Arc::new) else { return };
    let reading = read_signed(&responder.chain, &responder.chain.root_pem(), Some(&authority), &[good]);
    assert_eq!((reading.state, reading.informational.as_slice()), (State::Trusted, [].as_slice()));
    assert!(
        reading.successes.iter().any(|code| code == "signingCredential.ocsp.notRevoked"),
        "{:?}",
        reading.successes
    );
    // A certificate that names nobody to ask.
    let plain = chains::good(Timestamp::now());
    let reading = read_signed(&plain, &plain.root_pem(), None, &[]);
    assert_eq!((reading.state, reading.informational.as_slice()), (State::Trusted, [].as_slice()));
}

#[test]
fn whom_the_issuer_certified_for_it_may_say_so_and_who_certified_itself_may_not() {
    let Some(responder) = responder() else { return };
    responder.keep("delegate", &chains::responder(Timestamp::now(), |_| {}));
    responder.keep("own", &chains::self_signed_responder(Timestamp::now()));
    let reading = reads(&responder, &[responder.says(GONE, "delegate")]);
    assert_eq!((reading.state, reading.codes), (State::Invalid, vec![REVOKED.to_owned()]));
    let reading = reads(&responder, &[responder.says(GONE, "own")]);
    assert_eq!((reading.state, reading.informational), (State::Trusted, vec![SKIPPED.to_owned()]));
}

#[test]
fn an_issuer_that_is_left_out_of_the_signature_is_found_all_the_same() {
    let Some(responder) = responder() else { return };
    let alone = TestChain { chain: responder.chain.chain[..1].to_vec(), ..chains::with_ocsp(Timestamp::now()) };
    let gone = [responder.says(GONE, "issuer")];
    let anchor = chains::issuer(Timestamp::now()).certificate_pem();
    let reading = read_signed(&alone, &anchor, None, &gone);
    assert_eq!((reading.state, reading.codes), (State::Invalid, vec![REVOKED.to_owned()]), "it is an anchor");
    let reading = read_signed(&alone, &alone.root_pem(), None, &gone);
    assert!(reading.codes.iter().any(|code| code == REVOKED), "it comes with the response: {:?}", reading.codes);
}
