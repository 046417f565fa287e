//! A time-stamp authority behind HTTP, and all that can go wrong with it: the client says what, asks again where that may help, and asks
//! the next one where it does not.

mod fetched;
#[path = "../common/place.rs"]
#[expect(dead_code, reason = "each place has one answer here")]
mod place;
#[path = "../common/server.rs"]
mod server;
#[path = "../common/tsa.rs"]
#[expect(dead_code, reason = "forged tokens are tried in tests/anchor")]
mod tsa;

use std::sync::Arc;
use std::time::Duration;

use server::{Does, Server, nobody};
use touchmark_core::hash::Hash;
use touchmark_core::keys::timestamp::{Stamp, TimestampAuthority, Unstamped, conformance};
use touchmark_net::{Patience, Tsa, authorities};
use tsa::Authority;

/// Long enough for `openssl` on a busy machine.
const PATIENT: Patience =
    Patience { timeout: Duration::from_mins(1), retries: 2, pause: Duration::from_millis(1), rest: Duration::ZERO };

/// For whoever does not answer anyway.
const HASTY: Patience = Patience { timeout: Duration::from_millis(200), ..PATIENT };

fn digest() -> Hash {
    Hash::of(b"a checkpoint")
}

fn ask(url: &str, patience: Patience) -> Result<Stamp, Unstamped> {
    Tsa::new(url.parse().expect("an address"), patience).stamp(&digest())
}

/// What is said of a server that does this, without its address; and how often it was asked.
fn said(authority: &Arc<Authority>, does: Vec<Does>, patience: Patience) -> (String, usize) {
    let server = Server::new(authority, does);
    let unstamped = ask(&server.url, patience).expect_err("no time-stamp");
    let [failed] = unstamped.tried.as_slice() else { panic!("one was asked: {unstamped:?}") };
    assert_eq!(failed.authority, server.url);
    (failed.problem.clone(), server.asked())
}

fn says(status: &'static str, headers: &'static str, body: &[u8]) -> Vec<Does> {
    vec![Does::Says(status, headers, body.to_vec())]
}

const REPLY: &str = "Content-Type: application/timestamp-reply\r\n";

#[test]
fn an_authority_behind_http_keeps_the_contract() {
    let Some(authority) = Authority::new("Honest").map(Arc::new) else { return };
    let server = Server::new(&authority, vec![Does::Stamps]);
    let tsa = Tsa::new(server.url.parse().expect("an address"), PATIENT);
    conformance(&tsa).expect("conforms");
    let stamp = tsa.stamp(&digest()).expect("stamped");
    stamp.token.verify(&authority.roots()).expect("believed");
    assert_eq!((stamp.authority, stamp.passed_over), (server.url, Vec::new()));
}

#[test]
fn a_fault_that_passes_is_asked_again_and_no_more_often_than_it_was_said() {
    let Some(authority) = Authority::new("Honest").map(Arc::new) else { return };
    let unwell = || Does::Says("503 Service Unavailable", "", Vec::new());
    let server = Server::new(&authority, vec![unwell(), Does::HangsUp, Does::Stamps]);
    ask(&server.url, PATIENT).expect("the third time");
    assert_eq!(server.asked(), 3);

    assert_eq!(
        said(&authority, vec![unwell()], PATIENT),
        ("answered HTTP 503 Service Unavailable (asked 3 times)".to_owned(), 3)
    );
    let (silent, _) = said(&authority, vec![Does::Hangs], HASTY);
    assert_eq!(silent, "did not answer in time (asked 3 times)");
    let refused = ask(&nobody(), HASTY).expect_err("nobody").to_string();
    assert!(refused.contains("could not be asked") && refused.ends_with("(asked 3 times)"), "{refused}");
}

#[test]
fn a_fault_that_does_not_pass_is_not_asked_again() {
    let Some(authority) = Authority::new("Honest").map(Arc::new) else { return };
    let moved = "Location: http://elsewhere.example/tsa\r\n";
    let huge = vec![b'x'; 100_000];
    // TimeStampResp { status 2, "busy", badRequest }
    let rejected = b"\x30\x11\x30\x0f\x02\x01\x02\x30\x06\x0c\x04busy\x03\x02\x05\x20";
    for (does, reason) in [
        (says("404 Not Found", "", b""), "answered HTTP 404 Not Found"),
        (says("302 Found", moved, b""), "points to http://elsewhere.example/tsa, where it is not followed"),
        (says("200 OK", "Content-Type: text/html\r\n", b"<html>"), "answered with \"text/html\" in place of"),
        (says("200 OK", "", b""), "answered with \"no type\" in place of"),
        (says("200 OK", REPLY, b"garbage"), "gave no answer as RFC 3161 has it"),
        (says("200 OK", REPLY, b""), "gave no answer as RFC 3161 has it"),
        (says("200 OK", REPLY, rejected), "refused (status 2: busy, badRequest)"),
        (says("200 OK", REPLY, &huge), "answered with more than"),
    ] {
        let (problem, asked) = said(&authority, does, PATIENT);
        assert!(problem.contains(reason), "{reason}: {problem}");
        assert_eq!(asked, 1, "{reason}");
    }
}

#[test]
fn a_time_stamp_that_answers_something_else_is_not_taken() {
    let Some(authority) = Authority::new("Honest").map(Arc::new) else { return };
    let server = Server::new(&authority, vec![Does::Replays]);
    ask(&server.url, PATIENT).expect("the first answer is ours");
    let replayed = ask(&server.url, PATIENT).expect_err("an old answer").to_string();
    assert!(replayed.contains("its nonce differs"), "{replayed}");

    let other_digest: fn(&mut Vec<u8>) = |query| {
        let at = query.windows(2).position(|window| window == [4, 32]).expect("the digest") + 2;
        query[at] ^= 1;
    };
    let (problem, _) = said(&authority, vec![Does::Changes(other_digest)], PATIENT);
    assert!(problem.contains("is about something else"), "{problem}");
}

#[test]
fn the_second_authority_stamps_where_the_first_fails() {
    let Some(authority) = Authority::new("Honest").map(Arc::new) else { return };
    let server = Server::new(&authority, vec![Does::Stamps]);
    let first = nobody();
    let urls = [first.clone(), server.url.clone()];
    let both = authorities(&urls, Some(&authority.roots()), PATIENT).expect("addresses").expect("some");
    let stamp = both.stamp(&digest()).expect("by the second");
    assert_eq!(stamp.authority, server.url);
    assert_eq!(stamp.passed_over.iter().map(|failed| failed.authority.as_str()).collect::<Vec<_>>(), [first]);
    assert!(authorities(&[], None, PATIENT).expect("none").is_none());
    assert!(authorities(&["tsa.example".to_owned()], None, PATIENT).is_err());
}

#[test]
fn an_authority_whose_roots_are_not_ours_is_passed_over() {
    let (Some(ours), Some(other)) = (Authority::new("Honest"), Authority::new("Other").map(Arc::new)) else { return };
    let server = Server::new(&other, vec![Does::Stamps]);
    let urls = [server.url];
    let checked = authorities(&urls, Some(&ours.roots()), PATIENT).expect("addresses").expect("one");
    let unstamped = checked.stamp(&digest()).expect_err("not taken").to_string();
    assert!(unstamped.contains("leads to no time-stamp root that is trusted here"), "{unstamped}");
}

#[test]
fn an_authority_that_failed_is_left_in_peace_for_a_while() {
    let Some(authority) = Authority::new("Honest").map(Arc::new) else { return };
    let server = Server::new(&authority, vec![Does::Says("500 Internal Server Error", "", Vec::new())]);
    let resting = Patience { rest: Duration::from_hours(1), ..PATIENT };
    let tsa = Tsa::new(server.url.parse().expect("an address"), resting);
    tsa.stamp(&digest()).expect_err("unwell");
    let asked = server.asked();
    let again = tsa.stamp(&digest()).expect_err("resting").to_string();
    assert!(again.contains("is not asked again yet, because a moment ago it answered HTTP 500"), "{again}");
    assert_eq!(server.asked(), asked);
}
