//! Claim signatures with a time-stamp: it is in the manifest, other readers believe it, and an authority that is down costs no image.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use touchmark_core::causes::in_words as words;

use touchmark_core::export::{Error, Exported, Options, Order};
use touchmark_core::hash::Hash;
use touchmark_core::keys::timestamp::{InOrder, Roots, Stamp, TimestampAuthority, Unstamped};
use touchmark_core::manifest::{self, Issuer, State, Timestamps, Trust};
use touchmark_core::verify::Answer;

use crate::studio::{Judge, ONE_OF_EACH, Studio, made, picture};
use crate::tsa::{Authority, Down};

fn issuer(studio: &Studio, authority: Arc<dyn TimestampAuthority>, required: bool) -> Issuer {
    let issuer = studio.home.issuer().expect("issuer");
    issuer.with_timestamps(Timestamps { authority, required }).expect("issuer")
}

fn export(studio: &Studio, issuer: &Issuer, picture: &[u8]) -> Result<Exported, Error> {
    let order = Order { bytes: picture.to_vec(), making: made(), target: None };
    studio.export_with(&mut studio.ledger(), issuer, vec![order], &Options::default()).pop().expect("an answer")
}

/// Trusts the studio to sign, and these roots to say when.
fn judge(studio: &Studio, roots: Roots) -> Judge {
    let trust = Trust::new(&studio.anchors()).expect("anchors").with_timestamp_roots(roots);
    Judge { trust, ..studio.judge() }
}

#[test]
fn every_type_of_file_carries_its_time_stamp_and_the_verdict_says_when_and_by_whom() {
    let Some(authority) = Authority::new("Honest").map(Arc::new) else { return };
    let studio = Studio::new();
    let issuer = issuer(&studio, authority.clone(), true);
    for name in ONE_OF_EACH {
        let exported = export(&studio, &issuer, &picture(name)).expect(name);
        assert!(exported.notes.iter().all(|note| !note.contains("time-stamp")), "{name}: {:?}", exported.notes);
        let file = exported.file.expect("the file");
        let verdict = judge(&studio, authority.roots()).judge(&file);
        assert_eq!((verdict.verdict, verdict.c2pa.state), (Answer::Verified, State::Trusted), "{name}: {verdict:?}");
        let claim = verdict.claim.expect("a claim");
        assert_eq!(claim.stamped_by.as_deref(), Some("Honest tsa"), "{name}");
        assert!(claim.signed_at.is_some(), "{name}");
        assert!(verdict.findings.iter().any(|finding| finding.contains("Honest tsa stamped the signature then")));
    }
}

/// The C2PA library's own reader, with all anchors in the one list that it has.
#[test]
fn the_librarys_reader_validates_and_trusts_the_time_stamp() {
    let Some(authority) = Authority::new("Honest").map(Arc::new) else { return };
    let studio = Studio::new();
    let exported =
        export(&studio, &issuer(&studio, authority.clone(), true), &picture("astronaut.jpg")).expect("exported");
    let file = exported.file.expect("the file");
    for (anchors, codes) in [
        (studio.anchors(), vec!["timeStamp.validated"]),
        (studio.anchors() + &authority.root(), vec!["timeStamp.validated", "timeStamp.trusted"]),
    ] {
        let successes =
            manifest::read::successes(&file, touchmark_core::media::MediaType::Jpeg, &anchors).expect("read");
        let stamps: Vec<&str> =
            successes.iter().map(String::as_str).filter(|code| code.starts_with("timeStamp")).collect();
        assert_eq!(stamps, codes);
    }
}

#[test]
fn whoever_may_sign_claims_may_not_therefore_say_when() {
    let (Some(authority), Some(other)) = (Authority::new("Honest").map(Arc::new), Authority::new("Other")) else {
        return;
    };
    let studio = Studio::new();
    let exported =
        export(&studio, &issuer(&studio, authority.clone(), true), &picture("astronaut.jpg")).expect("exported");
    let file = exported.file.expect("the file");
    let verdict = judge(&studio, other.roots()).judge(&file);
    assert_eq!(verdict.verdict, Answer::Verified, "the signature stands by itself: {verdict:?}");
    let claim = verdict.claim.expect("a claim");
    assert_eq!((claim.signed_at, claim.stamped_by), (None, None));
    let said = verdict.findings.concat();
    assert!(said.contains("by Honest tsa, which does not count") && said.contains("no time-stamp root"), "{said}");

    // A list of anchors for signers alone, with the authority's root in it, and another for time-stamps.
    let both =
        Trust::new(&(studio.anchors() + &authority.root())).expect("anchors").with_timestamp_roots(other.roots());
    let verdict = Judge { trust: both, ..studio.judge() }.judge(&file);
    assert_eq!(verdict.claim.expect("a claim").signed_at, None);
}

#[test]
fn a_certificate_that_has_expired_since_is_judged_at_the_time_stamped() {
    let Some(authority) = Authority::new("Honest").map(Arc::new) else { return };
    let studio = Studio::new();
    let later = jiff::Timestamp::now().checked_add(jiff::SignedDuration::from_hours(24 * 365 * 20)).expect("in range");
    let stamped =
        export(&studio, &issuer(&studio, authority.clone(), true), &picture("astronaut.jpg")).expect("exported");
    let plain = studio.sign(&picture("coffee-turned.jpg"));
    let judge = Judge { at: Some(later), ..judge(&studio, authority.roots()) };
    assert_eq!(judge.judge(&stamped.file.expect("the file")).verdict, Answer::Verified);
    let verdict = judge.judge(&plain);
    assert_eq!(verdict.verdict, Answer::NotVerified);
    assert!(verdict.c2pa.codes.contains(&"claimSignature.outsideValidity".to_owned()), "{verdict:?}");
}

#[test]
fn without_an_authority_the_image_is_signed_and_the_notes_say_why_it_has_no_time_stamp() {
    let studio = Studio::new();
    let exported =
        export(&studio, &issuer(&studio, Arc::new(Down), false), &picture("astronaut.jpg")).expect("exported");
    let note = "signed without a time-stamp: http://down.example did not answer in time";
    assert!(exported.notes.iter().any(|said| said == note), "{:?}", exported.notes);
    let verdict = studio.judge().judge(&exported.file.expect("the file"));
    assert_eq!((verdict.verdict, verdict.claim.expect("a claim").signed_at), (Answer::Verified, None));
}

#[test]
fn where_time_stamps_are_required_nothing_is_released_without_one_and_the_next_run_goes_on() {
    let Some(authority) = Authority::new("Honest").map(Arc::new) else { return };
    let studio = Studio::new();
    let target = studio.out("astronaut.jpg");
    let order = || Order { bytes: picture("astronaut.jpg"), making: made(), target: Some(target.clone()) };
    let run = |issuer: &Issuer| {
        studio.export_with(&mut studio.ledger(), issuer, vec![order()], &Options::default()).pop().expect("an answer")
    };

    let refused = run(&issuer(&studio, Arc::new(Down), true)).expect_err("refused");
    let said = words(&refused);
    assert!(
        said.contains("no time-stamp could be had") && said.contains("http://down.example did not answer"),
        "{said}"
    );
    assert_eq!((studio.released(), studio.exports().len()), (Vec::<String>::new(), 0));
    let generations = studio.records(touchmark_core::event::Kind::Gen).len();

    run(&issuer(&studio, authority, true)).expect("stamped now");
    assert_eq!(studio.records(touchmark_core::event::Kind::Gen).len(), generations, "the same GEN record");
    assert_eq!((studio.released().len(), studio.exports().len()), (1, 1));
}

#[test]
fn the_second_authority_is_noted() {
    let Some(authority) = Authority::new("Honest").map(Arc::new) else { return };
    let studio = Studio::new();
    let several = Arc::new(InOrder::new(vec![Arc::new(Down), authority]));
    let exported = export(&studio, &issuer(&studio, several, true), &picture("astronaut.jpg")).expect("exported");
    let note = "the time-stamp is by another authority than the first: http://down.example did not answer in time";
    assert!(exported.notes.iter().any(|said| said == note), "{:?}", exported.notes);
}

/// Counts how often it is asked.
#[derive(Debug)]
struct Counting(Arc<Authority>, AtomicUsize);

impl TimestampAuthority for Counting {
    fn stamp(&self, digest: &Hash) -> Result<Stamp, Unstamped> {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0.stamp(digest)
    }
}

#[test]
fn the_same_export_again_makes_the_same_bytes_and_asks_nobody() {
    let Some(authority) = Authority::new("Honest").map(Arc::new) else { return };
    let studio = Studio::new();
    let counting = Arc::new(Counting(authority, AtomicUsize::new(0)));
    let issuer = issuer(&studio, counting.clone(), true);
    for name in ["astronaut.jpg", "rocket.webp"] {
        let first = export(&studio, &issuer, &picture(name)).expect(name);
        let asked = counting.1.load(Ordering::SeqCst);
        let second = export(&studio, &issuer, &picture(name)).expect(name);
        assert!(first.file.is_some() && first.file == second.file, "{name}");
        assert_eq!(counting.1.load(Ordering::SeqCst), asked, "{name}");
    }
    assert_eq!(counting.1.load(Ordering::SeqCst), 2, "one time-stamp an image");
}

#[test]
fn a_token_that_needs_more_room_than_was_reserved_gets_it() {
    let Some(authority) = Authority::new("Honest") else { return };
    // A long chain, of certificates by which nothing else is decided.
    let names: Vec<String> = (0..9).map(|number| format!("ballast{number}")).collect();
    for name in &names {
        authority.issue(name, "root", "ballast", "rsa", 3650);
    }
    let roots = authority.roots();
    let studio = Studio::new();
    let large = Arc::new(Large(authority, names, AtomicUsize::new(0)));
    let issuer = issuer(&studio, large.clone(), true);
    for name in ["astronaut.jpg", "rocket.webp"] {
        let exported = export(&studio, &issuer, &picture(name)).expect(name);
        let verdict = judge(&studio, roots.clone()).judge(&exported.file.expect("the file"));
        assert_eq!(verdict.claim.expect("a claim").stamped_by.as_deref(), Some("Honest tsa"), "{name}");
    }
    assert_eq!(large.2.load(Ordering::SeqCst), 3, "the first image is stamped twice, the second once");
}

/// Its tokens carry much that nobody needs.
#[derive(Debug)]
struct Large(Authority, Vec<String>, AtomicUsize);

impl TimestampAuthority for Large {
    fn stamp(&self, digest: &Hash) -> Result<Stamp, Unstamped> {
        self.2.fetch_add(1, Ordering::SeqCst);
        let request = touchmark_core::keys::timestamp::Request::new(*digest, [7; 8]);
        let above: Vec<&str> = self.1.iter().map(String::as_str).collect();
        let answer = self.0.answer_by("tsa", &above, &request.to_der().expect("a request"));
        let token = request.accept(&answer).map_err(|declined| Unstamped::by("large", declined.to_string()))?;
        assert!(token.as_der().len() > 8 * 1024, "{} bytes are not large", token.as_der().len());
        Ok(Stamp { authority: "large".to_owned(), token, passed_over: Vec::new() })
    }
}
