//! Certificates that may stamp, and those that may not.

use touchmark_core::hash::Hash;
use touchmark_core::keys::timestamp::{Request, Roots, Token};

use crate::tsa::Authority;

const MESSAGE: &[u8] = b"a checkpoint";

/// What is said of a token by the certificate `name`, made without asking whether it may.
fn said(authority: &Authority, name: &str, above: &[&str]) -> String {
    let token = Token::parse(&token(authority, name, above)).expect("in form");
    token.verify(&authority.roots()).map_or_else(|refusal| refusal.to_string(), |()| "believed".to_owned())
}

/// `openssl ts` refuses certificates that are not for time-stamps; `openssl cms` signs with any.
fn token(authority: &Authority, name: &str, above: &[&str]) -> Vec<u8> {
    const BEGIN: &[u8] = b"\x02\x01\x01\x06\x04\x2a\x03\x04\x01";
    let request = Request::new(Hash::of(MESSAGE), [7; 8]).to_der().expect("a request");
    let honest = authority.answer(&request);
    let at = honest.windows(BEGIN.len()).position(|window| window == BEGIN).expect("the version and policy");
    let (start, length) = match honest[at - 2] {
        0x30 => (at - 2, usize::from(honest[at - 1]) + 2),
        _ => (at - 3, usize::from(honest[at - 1]) + 3),
    };
    let chain: String = above.iter().map(|name| authority.text(&format!("{name}.pem"))).collect();
    let mut options = vec!["-cades"];
    if !above.is_empty() {
        std::fs::write(authority.path("above.pem"), chain).expect("a chain");
        options.extend(["-certfile", "above.pem"]);
    }
    authority.forged(&honest[start..start + length], &[name], &options)
}

#[test]
fn the_usual_kinds_of_keys_are_known() {
    let Some(authority) = Authority::new("Honest") else { return };
    for kind in ["ec", "ec384", "rsa"] {
        authority.issue(kind, "root", "tsa", kind, 3650);
        assert_eq!(said(&authority, kind, &[]), "believed", "{kind}");
    }
}

#[test]
fn a_certificate_that_is_not_for_time_stamps_stamps_nothing() {
    let Some(authority) = Authority::new("Honest") else { return };
    for (kind, reason) in [
        ("mail", "is not timeStamping alone"),
        ("tsa_and_more", "is not timeStamping alone"),
        ("tsa_not_critical", "is not critical"),
        ("plain", "no extended key usage"),
        ("strange", "critical extension that is not known here, 1.2.3.4"),
    ] {
        authority.issue(kind, "root", kind, "ec", 3650);
        let said = said(&authority, kind, &[]);
        assert!(said.contains(reason), "{kind}: {said}");
    }
}

#[test]
fn an_expired_certificate_and_a_short_key_stamp_nothing() {
    let Some(authority) = Authority::new("Honest") else { return };
    authority.issue("old", "root", "tsa", "ec", -1);
    let old = said(&authority, "old", &[]);
    assert!(old.contains("is valid from") && old.contains("and the time-stamp says"), "{old}");
    authority.issue("weak", "root", "tsa", "short", 3650);
    let weak = said(&authority, "weak", &[]);
    assert!(weak.contains("RSA key is too short"), "{weak}");
}

#[test]
fn a_chain_leads_through_authorities_only() {
    let Some(authority) = Authority::new("Honest") else { return };
    authority.issue("middle", "root", "root", "rsa", 3650);
    authority.issue("below", "middle", "tsa", "ec", 3650);
    assert_eq!(said(&authority, "below", &["middle"]), "believed");
    assert!(said(&authority, "below", &[]).contains("leads to no time-stamp root"), "the one between is missing");

    // An end entity's certificate that issues another: it has a key, and no right.
    authority.issue("upstart", "tsa", "tsa", "ec", 3650);
    let upstart = said(&authority, "upstart", &["tsa"]);
    assert!(upstart.contains("it does not say that it is a certificate authority's"), "{upstart}");

    authority.issue("last", "root", "no_room", "ec", 3650);
    authority.issue("one_more", "last", "root", "ec", 3650);
    authority.issue("too_deep", "one_more", "tsa", "ec", 3650);
    let deep = said(&authority, "too_deep", &["last", "one_more"]);
    assert!(deep.contains("more authorities stand below it than it allows"), "{deep}");

    authority.issue("lapsed", "root", "root", "ec", -1);
    authority.issue("under_lapsed", "lapsed", "tsa", "ec", 3650);
    let lapsed = said(&authority, "under_lapsed", &["lapsed"]);
    assert!(lapsed.contains("Honest lapsed is valid from"), "{lapsed}");
}

#[test]
fn a_root_of_the_same_name_and_another_key_is_another_root() {
    let (Some(authority), Some(impostor)) = (Authority::new("Honest"), Authority::new("Honest")) else { return };
    let token = impostor.token(MESSAGE);
    token.signed().expect("in order by itself");
    let refusal = token.verify(&authority.roots()).expect_err("another root").to_string();
    assert!(refusal.contains("leads to no time-stamp root"), "{refusal}");
    // Among several roots, the right one is found.
    let both = Roots::from_pem(&(authority.root() + &impostor.root())).expect("two roots");
    token.verify(&both).expect("believed");
}

#[test]
fn what_are_no_roots_is_refused_with_the_reason() {
    for (pem, reason) in [
        ("", "hold no certificate"),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "a block of \"PRIVATE KEY\""),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "cannot be read, number 1"),
    ] {
        let refused = Roots::from_pem(pem).expect_err("no roots").to_string();
        assert!(refused.contains(reason), "{refused}");
    }
}
