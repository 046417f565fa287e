//! Time-stamps of a claim's signature: by whom, about what, when (C2PA 2.4, 10.3.2.5, 15.8). One that does not count is told, and then it is as if
//! there were none: the signer's certificate is judged at the reader's own time.

use std::rc::Rc;

use jiff::{SignedDuration, Timestamp};
use serde_cbor::Value;
use touchmark_core::keys::timestamp::Token;
use touchmark_core::manifest::{Reading, State};

use crate::forge::{Cose, Forge, cbor, map, now, text};
use crate::signatures::beside;
use crate::tsa::Authority;

/// What is stamped: `Sig_structure` of a countersignature.
fn message(protected: &[u8], payload: &[u8]) -> Vec<u8> {
    let bytes = |bytes: &[u8]| Value::Bytes(bytes.to_vec());
    cbor(&Value::Array(vec![text("CounterSignature"), bytes(protected), bytes(&[]), bytes(payload)]))
}

pub(crate) fn over_signature(protected: &[u8], signature: &[u8]) -> Vec<u8> {
    message(protected, &cbor(&Value::Bytes(signature.to_vec())))
}

fn tokens(tokens: &[&[u8]]) -> Value {
    let token = |der: &&[u8]| map([("val", Value::Bytes(der.to_vec()))]);
    map([("tstTokens", Value::Array(tokens.iter().map(token).collect()))])
}

struct World {
    authority: Rc<Authority>,
    other: Authority,
}

impl World {
    fn new() -> Option<Self> {
        Some(Self { authority: Rc::new(Authority::new("Honest")?), other: Authority::new("Other")? })
    }

    /// A forge whose signatures have a header made of a token over them.
    fn forge(&self, header: impl Fn(&Authority, &Token) -> (Value, Value) + 'static) -> Forge {
        let authority = Rc::clone(&self.authority);
        let stamping = move |protected: &[u8], signature: &[u8], _: &[u8]| {
            vec![header(&authority, &authority.token(&over_signature(protected, signature)))]
        };
        Forge { stamping: Box::new(stamping), ..Forge::new() }
    }

    /// Trusts the authority to say when, and nobody else.
    fn read(&self, forge: &Forge, at: Timestamp) -> Reading {
        let (image, kept) = beside(forge);
        forge.judge_by((&image, &kept), self.authority.roots(), at)
    }

    /// A time-stamp that does not count says so, gives no time, and saves no certificate that has ended since.
    fn does_not_count(&self, forge: &Forge, code: &str, what: &str) {
        let reading = self.read(forge, now());
        assert_eq!(
            (reading.state, reading.informational.as_slice()),
            (State::Trusted, [code.to_owned()].as_slice()),
            "{what}: {:?}",
            reading.codes
        );
        assert_eq!(reading.claim.and_then(|claim| claim.time()), None, "{what}");
        let reading = self.read(forge, later());
        let codes = ["claimSignature.outsideValidity".to_owned()];
        assert_eq!((reading.state, &reading.codes[..1]), (State::Invalid, codes.as_slice()), "{what}, later");
    }
}

/// Behind the end of the signer's certificate.
fn later() -> Timestamp {
    now().checked_add(SignedDuration::from_hours(24 * 400)).expect("in range")
}

/// `TSTInfo` in the token, to be changed.
fn content(token: &Token) -> (usize, Vec<u8>) {
    const BEGIN: &[u8] = b"\x02\x01\x01\x06\x04\x2a\x03\x04\x01";
    let der = token.as_der();
    let at = memchr::memmem::find(der, BEGIN).expect("version and policy");
    let (start, length) = match der[at - 2] {
        0x30 => (at - 2, usize::from(der[at - 1]) + 2),
        _ => (at - 3, usize::from(der[at - 1]) + 3),
    };
    (start, der[start..start + length].to_vec())
}

/// The content at another time.
fn at_time(token: &Token, time: &str) -> Vec<u8> {
    let (_, mut content) = content(token);
    let at = memchr::memmem::find(&content, &[0x18, 15]).expect("a time") + 2;
    content[at..at + 15].copy_from_slice(time.as_bytes());
    content
}

pub(crate) fn v2(der: &[u8]) -> (Value, Value) {
    (text("sigTst2"), tokens(&[der]))
}

#[test]
fn a_time_stamp_that_counts_gives_the_time_at_which_the_signer_is_judged() {
    let Some(world) = World::new() else { return };
    let forge = world.forge(|_, token| v2(token.as_der()));
    for at in [now(), later()] {
        let reading = world.read(&forge, at);
        assert_eq!(reading.state, State::Trusted, "{:?} {:?}", reading.codes, reading.informational);
        for code in ["timeStamp.validated", "timeStamp.trusted"] {
            assert!(reading.successes.iter().any(|found| found == code), "{:?}", reading.successes);
        }
    }
    // As claims once had it: the whole answer, over the claim.
    let authority = Rc::clone(&world.authority);
    let stamping = move |protected: &[u8], _: &[u8], claim: &[u8]| {
        let answer = authority.token(&message(protected, claim)).to_answer().expect("an answer");
        vec![(text("sigTst"), tokens(&[&answer]))]
    };
    let forge = Forge { stamping: Box::new(stamping), ..Forge::new() };
    assert_eq!(world.read(&forge, later()).state, State::Trusted);
}

#[test]
fn a_time_stamp_about_something_else_does_not_count() {
    let Some(world) = World::new() else { return };
    let edited = world.forge(|_, token| {
        let (at, content) = content(token);
        let time = at_time(token, "20260101000000Z");
        v2(&[&token.as_der()[..at], &time, &token.as_der()[at + content.len()..]].concat())
    });
    world.does_not_count(&edited, "timeStamp.mismatch", "another time under the old signature");
    let other = world.forge(|authority, _| v2(authority.token(b"another signature").as_der()));
    world.does_not_count(&other, "timeStamp.mismatch", "of another signature");
    let old = world.forge(|_, token| (text("sigTst"), tokens(&[&token.to_answer().expect("an answer")])));
    world.does_not_count(&old, "timeStamp.mismatch", "over the signature, under the name of one over the claim");
}

#[test]
fn whoever_may_sign_may_not_therefore_say_when() {
    let Some(world) = World::new() else { return };
    let forge = world.forge(|_, token| v2(token.as_der()));
    let forge = Forge { anchors: forge.anchors.clone() + &world.authority.root(), ..forge };
    let (image, kept) = beside(&forge);
    for (at, state) in [(now(), State::Trusted), (later(), State::Invalid)] {
        let reading = forge.judge_by((&image, &kept), world.other.roots(), at);
        assert_eq!(
            (reading.state, reading.informational.as_slice()),
            (state, ["timeStamp.untrusted".to_owned()].as_slice())
        );
    }
}

#[test]
fn a_signature_has_one_time_stamp_and_it_is_one() {
    let Some(world) = World::new() else { return };
    for (name, forge) in [
        ("two", world.forge(|_, token| (text("sigTst2"), tokens(&[token.as_der(), token.as_der()])))),
        ("none", world.forge(|_, _| (text("sigTst2"), tokens(&[])))),
        ("no list", world.forge(|_, _| (text("sigTst2"), Value::Null))),
        ("words", world.forge(|_, _| v2(b"words"))),
        ("nothing", world.forge(|_, _| v2(b""))),
        ("cut off", world.forge(|_, token| v2(&token.as_der()[..token.as_der().len() / 2]))),
        ("of ten megabytes", world.forge(|_, _| v2(&vec![0x30; 10 << 20]))),
    ] {
        world.does_not_count(&forge, "timeStamp.malformed", name);
    }
}

#[test]
fn a_time_that_is_none_or_was_not_the_authoritys_does_not_count() {
    let Some(world) = World::new() else { return };
    let at = |time: &'static str| {
        world.forge(move |authority, token| v2(&authority.forged(&at_time(token, time), &["tsa"], &["-cades"])))
    };
    for time in [
        "20261301000000Z",
        "99999999999999Z",
        "20260230000000Z",
        "20260101256161Z",
        "00000000000000Z",
        "99991231235959Z",
    ] {
        world.does_not_count(&at(time), "timeStamp.malformed", time);
    }
    for time in ["20010101000000Z", "29990101000000Z"] {
        world.does_not_count(&at(time), "timeStamp.outsideValidity", time);
    }
}

#[test]
fn whoever_signed_when_their_certificate_was_not_valid_is_refused() {
    let Some(world) = World::new() else { return };
    // Two years from now the authority's certificate is valid still, and the signer's is not.
    let time = now().checked_add(SignedDuration::from_hours(24 * 730)).expect("in range");
    let time = time.strftime("%Y%m%d%H%M%SZ").to_string();
    let forge =
        world.forge(move |authority, token| v2(&authority.forged(&at_time(token, &time), &["tsa"], &["-cades"])));
    let reading = world.read(&forge, now());
    assert_eq!(reading.state, State::Invalid);
    assert!(reading.codes.iter().any(|code| code == "claimSignature.outsideValidity"), "{:?}", reading.codes);
}

/// `iat`, under its name or as a claim of a token (RFC 8392, RFC 9597).
fn stating(stamped: bool, world: &World, name: Value, value: Value) -> Forge {
    let forge = world.forge(|_, token| v2(token.as_der()));
    let forge = if stamped { forge } else { Forge { stamping: Box::new(|_, _, _| Vec::new()), ..forge } };
    let headers = move |cose: &mut Cose| drop(cose.protected.insert(name.clone(), value.clone()));
    Forge { headers: Box::new(headers), ..forge }
}

/// So many hours from now.
fn hours(hours: i64) -> Timestamp {
    now().checked_add(SignedDuration::from_hours(hours)).expect("in range")
}

#[test]
fn a_signing_time_that_the_signer_states_is_held_against_its_certificate_and_the_time_stamp_and_changes_nothing() {
    let Some(world) = World::new() else { return };
    let iat = || text("iat");
    let seconds = |time: Timestamp| Value::Integer(time.as_second());
    let fraction = Value::Float(hours(-1).as_duration().as_secs_f64());
    let claims = Value::Map([(Value::Integer(6), seconds(hours(24)))].into_iter().collect());
    let (inside, outside) = ("timeOfSigning.insideValidity", "timeOfSigning.outsideValidity");
    for (what, stamped, name, value, expected) in [
        ("an hour before the time-stamp", true, iat(), seconds(hours(-1)), inside),
        ("with a fraction", true, iat(), fraction, inside),
        ("a day after the time-stamp", true, iat(), seconds(hours(24)), outside),
        ("the same as a claim of a token", true, Value::Integer(15), claims, outside),
        ("a day from now, and no time-stamp", false, iat(), seconds(hours(24)), inside),
        ("before the certificate", false, iat(), seconds(hours(-24 * 4000)), outside),
        ("behind its end", false, iat(), seconds(later()), outside),
        ("words", false, iat(), text("yesterday"), outside),
        ("no number", false, iat(), Value::Float(f64::NAN), outside),
        ("beyond all time", false, iat(), Value::Integer(i64::MAX), outside),
    ] {
        let reading = world.read(&stating(stamped, &world, name, value), now());
        assert_eq!(
            (reading.state, reading.informational.as_slice()),
            (State::Trusted, [expected.to_owned()].as_slice()),
            "{what}"
        );
        assert_eq!(reading.claim.expect("a claim").time().is_some(), stamped, "{what}");
    }
}

#[test]
fn a_signing_time_that_the_signer_states_saves_no_certificate() {
    let Some(world) = World::new() else { return };
    let reading = world.read(&stating(false, &world, text("iat"), Value::Integer(now().as_second())), later());
    assert_eq!(reading.state, State::Invalid);
    assert!(reading.codes.iter().any(|code| code == "claimSignature.outsideValidity"), "{:?}", reading.codes);
}
