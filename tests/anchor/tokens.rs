//! Real tokens, and forged ones.

use std::sync::Arc;

use touchmark_core::hash::Hash;
use touchmark_core::keys::timestamp::{
    Checked, Declined, InOrder, MAX_TOKEN, Refusal, Request, TimestampAuthority, Token, conformance,
};

use crate::tsa::{Authority, Down};

const MESSAGE: &[u8] = b"a checkpoint";

/// What the token says, in DER: to be changed and signed anew. It stands in the token as one piece.
fn content(token: &Token) -> Vec<u8> {
    // TSTInfo begins with SEQUENCE, version 1, and the policy 1.2.3.4.1.
    const BEGIN: &[u8] = b"\x02\x01\x01\x06\x04\x2a\x03\x04\x01";
    let der = token.as_der();
    let at = der.windows(BEGIN.len()).position(|window| window == BEGIN).expect("the version and policy");
    let (start, length) = match der[at - 2] {
        0x30 => (at - 2, usize::from(der[at - 1]) + 2),
        _ => (at - 3, usize::from(der[at - 1]) + 3),
    };
    der[start..start + length].to_vec()
}

/// The content with its time replaced by another of the same length.
fn at_time(content: &[u8], time: &str) -> Vec<u8> {
    // GeneralizedTime, 15 characters.
    let at = content.windows(2).position(|window| window == [0x18, 15]).expect("a time") + 2;
    let mut changed = content.to_vec();
    changed[at..at + 15].copy_from_slice(time.as_bytes());
    changed
}

fn refused(authority: &Authority, der: &[u8]) -> String {
    let verified = Token::parse(der).and_then(|token| token.verify(&authority.roots()));
    verified.expect_err("a forged token").to_string()
}

#[test]
fn a_token_says_what_was_stamped_when_and_by_whom() {
    let Some(authority) = Authority::new("Honest") else { return };
    let token = authority.token(MESSAGE);
    token.verify(&authority.roots()).expect("believed");
    assert!(token.covers(MESSAGE) && !token.covers(b"another checkpoint"));
    assert_eq!(token.authority(), "Honest tsa");
    assert_eq!(token.accuracy().as_secs(), 1);
    let away = token.time().duration_since(jiff::Timestamp::now()).abs();
    assert!(away < jiff::SignedDuration::from_hours(1), "{} is not now", token.time());
    assert_eq!(Token::from_base64(&token.to_base64()).expect("read again").as_der(), token.as_der());
    assert!(authority.openssl_verifies(&token, MESSAGE), "openssl thinks otherwise");
}

#[test]
fn an_authority_made_of_openssl_keeps_the_contract() {
    let Some(authority) = Authority::new("Honest") else { return };
    let roots = authority.roots();
    conformance(&authority).expect("conforms");
    conformance(&Checked::new(Arc::new(authority), roots)).expect("conforms");
}

#[test]
fn a_second_authority_is_asked_where_the_first_fails_and_the_first_is_named() {
    let Some(authority) = Authority::new("Honest") else { return };
    let several = InOrder::new(vec![Arc::new(Down), Arc::new(authority)]);
    let stamp = several.stamp(&Hash::of(MESSAGE)).expect("by the second");
    assert_eq!(stamp.authority, "openssl");
    let passed_over: Vec<String> = stamp.passed_over.iter().map(ToString::to_string).collect();
    assert_eq!(passed_over, ["http://down.example did not answer in time"]);
    let nobody = InOrder::new(vec![Arc::new(Down), Arc::new(Down)]).stamp(&Hash::of(MESSAGE)).expect_err("nobody");
    assert_eq!(nobody.tried.len(), 2);
    assert!(InOrder::new(Vec::new()).stamp(&Hash::of(MESSAGE)).expect_err("nobody").to_string().contains("is named"));
}

#[test]
fn an_authority_whose_tokens_nobody_here_would_believe_is_passed_over() {
    let (Some(authority), Some(other)) = (Authority::new("Honest"), Authority::new("Other")) else { return };
    let checked = Checked::new(Arc::new(other), authority.roots());
    let unstamped = checked.stamp(&Hash::of(MESSAGE)).expect_err("not taken");
    assert!(unstamped.to_string().contains("leads to no time-stamp root that is trusted here"), "{unstamped}");
}

#[test]
fn the_answer_to_another_request_is_refused() {
    let Some(authority) = Authority::new("Honest") else { return };
    let request = Request::new(Hash::of(MESSAGE), [1; 8]);
    let answer = authority.answer(&request.to_der().expect("a request"));
    request.accept(&answer).expect("ours");
    let of_another_nonce = Request::new(Hash::of(MESSAGE), [2; 8]).accept(&answer);
    assert_eq!(of_another_nonce.expect_err("another nonce"), Declined::Refused(Refusal::OtherNonce));
    let of_another_digest = Request::new(Hash::of(b"else"), [1; 8]).accept(&answer);
    assert_eq!(of_another_digest.expect_err("another digest"), Declined::Refused(Refusal::OtherMessage));
}

#[test]
fn a_refusal_by_the_authority_is_told_in_its_words() {
    let Some(authority) = Authority::new("Honest") else { return };
    // SHA-512 is not among the digests that it takes.
    std::fs::write(authority.path("data"), MESSAGE).expect("a file");
    let made = std::process::Command::new("openssl")
        .args(["ts", "-query", "-sha512", "-data", "data", "-out", "query512"])
        .current_dir(authority.path("."))
        .output();
    assert!(made.expect("openssl").status.success());
    let answer = authority.answer(&std::fs::read(authority.path("query512")).expect("a query"));
    let declined = Request::new(Hash::of(MESSAGE), [1; 8]).accept(&answer).expect_err("refused").to_string();
    assert!(declined.starts_with("refused (status 2: ") && declined.contains("badAlg"), "{declined}");
}

#[test]
fn every_truncation_is_noticed_and_no_changed_byte_changes_what_is_believed() {
    let Some(authority) = Authority::new("Honest") else { return };
    let roots = authority.roots();
    let token = authority.token(MESSAGE);
    let der = token.as_der();
    for end in 0..der.len() {
        assert!(Token::parse(&der[..end]).is_err(), "cut at {end}");
    }
    assert!(Token::parse(&[der, &[0]].concat()).is_err(), "a byte behind it");
    let mut survived = 0;
    for at in 0..der.len() {
        let mut changed = der.to_vec();
        changed[at] ^= 1;
        let Ok(changed) = Token::parse(&changed) else { continue };
        if changed.verify(&roots).is_ok() {
            survived += 1;
            assert!(changed.covers(MESSAGE), "byte {at}");
            let said = |token: &Token| (token.time(), token.accuracy(), token.authority());
            assert_eq!(said(&changed), said(&token), "byte {at}");
        }
    }
    // The frame around what is signed: versions, and algorithms that are named once more.
    assert!(survived < 30, "{survived} of {} changes go unnoticed", der.len());
}

#[test]
fn a_token_that_is_too_long_is_not_looked_at() {
    let refusal = Token::parse(&vec![0x30; MAX_TOKEN + 1]).expect_err("too long");
    assert_eq!(refusal, Refusal::TooLong { found: MAX_TOKEN + 1, limit: MAX_TOKEN });
}

#[test]
fn another_content_under_an_old_signature_is_refused() {
    let Some(authority) = Authority::new("Honest") else { return };
    let token = authority.token(MESSAGE);
    let old = content(&token);
    let new = at_time(&old, "20010101000000Z");
    let der = token.as_der();
    let at = der.windows(old.len()).position(|window| window == old).expect("the content");
    let moved = [&der[..at], &new, &der[at + old.len()..]].concat();
    assert_eq!(refused(&authority, &moved), "the time-stamp was changed after it was signed");
}

#[test]
fn what_no_authority_signs_is_refused_for_its_own_reason() {
    let Some(authority) = Authority::new("Honest") else { return };
    authority.issue("second", "root", "tsa", "ec", 3650);
    let content = content(&authority.token(MESSAGE));
    let cades = ["-cades"];
    // The same content by the same certificate, as a control: this one is in order.
    let control = authority.forged(&content, &["tsa"], &cades);
    Token::parse(&control).and_then(|token| token.verify(&authority.roots())).expect("in order");

    for (what, der, reason) in [
        ("two signers", authority.forged(&content, &["tsa", "second"], &cades), "has 2 signers, and must have one"),
        (
            "no signed attributes",
            authority.forged(&content, &["tsa"], &["-noattr"]),
            "is not among its signed attributes",
        ),
        ("bound to no certificate", authority.forged(&content, &["tsa"], &[]), "bound to no certificate"),
        (
            "without its certificate",
            authority.forged(&content, &["tsa"], &["-cades", "-nocerts"]),
            "does not carry its signer's certificate",
        ),
        ("SHA-1", authority.forged(&content, &["tsa"], &["-cades", "-md", "sha1"]), "1.3.14.3.2.26"),
        ("nothing in it", authority.forged(b"", &["tsa"], &cades), "what is stamped"),
        ("before its time", authority.forged(&at_time(&content, "20010101000000Z"), &["tsa"], &cades), "is valid from"),
        ("after its time", authority.forged(&at_time(&content, "29990101000000Z"), &["tsa"], &cades), "is valid from"),
        (
            "a thirteenth month",
            authority.forged(&at_time(&content, "20261301000000Z"), &["tsa"], &cades),
            "cannot be read: the time",
        ),
        (
            "a time without a zone",
            authority.forged(&at_time(&content, "202601010000001"), &["tsa"], &cades),
            "cannot be read: the time",
        ),
    ] {
        let found = refused(&authority, &der);
        assert!(found.contains(reason), "{what}: {found}");
    }
}

#[test]
fn fractions_of_a_second_are_read() {
    let Some(authority) = Authority::new("Honest") else { return };
    let config = authority.text("config").replace("[ts]", "[ts]\nclock_precision_digits = 6");
    std::fs::write(authority.path("config"), config).expect("a configuration");
    let token = authority.token(MESSAGE);
    token.verify(&authority.roots()).expect("believed");
}
