//! Anchors in a log: what they prove, and what becomes of whoever rewrites it.

use jiff::{SignedDuration, Timestamp};
use rand_core::{OsRng, RngCore};
use tempfile::TempDir;
use touchmark_core::anchor::{self, Means, Problem, Report};
use touchmark_core::edge::{Clock, Edge, Moment};
use touchmark_core::event::{Body, Event, Kind, Record, body};
use touchmark_core::hash::Hash;
use touchmark_core::home::Home;
use touchmark_core::keys::timestamp::{Refusal, Roots};
use touchmark_core::ledger::check::{Checks, MacKeys, Signatures, check};
use touchmark_core::ledger::history::Known;
use touchmark_core::ledger::{Ledger, Reader};
use touchmark_core::tlog::checkpoint::SignedCheckpoint;

use crate::tsa::{Authority, Down};

const EDGE: Edge<'static> = Edge { now: &now, random: &random };

/// A clock that is ten minutes ahead.
const AHEAD: Edge<'static> = Edge { now: &ahead, random: &random };

fn now() -> Moment {
    Moment { time: Timestamp::now(), clock: Clock { synchronised: true, max_error_us: Some(1000) } }
}

fn ahead() -> Moment {
    let moment = now();
    Moment { time: moment.time.checked_add(SignedDuration::from_mins(10)).expect("in range"), ..moment }
}

fn random(buffer: &mut [u8]) {
    OsRng.fill_bytes(buffer);
}

/// An operator with all keys of their log.
struct Operator {
    folder: TempDir,
    home: Home,
}

impl Operator {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let home = Home::create(&folder.path().join("home"), "Test Studio", EDGE).expect("home");
        Self { folder, home }
    }

    fn log(&self) -> Ledger {
        self.home.ledger(EDGE).expect("the log").0
    }

    fn record(&self, what: &str, count: usize) {
        self.log().append(&vec![incident(what); count], EDGE).expect("recorded");
    }

    /// What `touchmark log anchor` does.
    fn anchor(&self, authority: &Authority) {
        let stamped = anchor::stamp(&self.checkpoint(), authority).expect("stamped");
        self.log().append(&[stamped.event], EDGE).expect("recorded");
    }

    fn checkpoint(&self) -> String {
        self.reader().checkpoint().expect("a checkpoint")
    }

    fn reader(&self) -> Reader {
        self.home.reader().expect("reader")
    }

    fn check(&self, roots: Option<&Roots>) -> Report {
        let reader = self.reader();
        anchor::check(&Means { reader: &reader, keys: reader.history(), roots }).expect("looked")
    }

    fn anchors(&self) -> Vec<Record> {
        let mut found = Vec::new();
        let read = self.reader().records(0, &mut |record, _| {
            if record.kind() == Kind::Anchor {
                found.push(record.clone());
            }
            std::ops::ControlFlow::Continue(())
        });
        read.expect("the log");
        found
    }

    /// Throws the log away and writes another one with the same keys.
    fn rewrite(&self) {
        let dir = self.home.ledger_dir();
        std::fs::remove_dir_all(&dir).expect("gone");
        std::fs::create_dir(&dir).expect("empty");
        let root = self.home.mac_root().expect("keys").expect("the root of the MAC keys");
        let epoch = self.home.dir().join("keys/mac-epoch");
        std::fs::remove_file(&epoch).expect("gone");
        touchmark_core::keys::mac::EpochFile::create(epoch, root.first_epoch()).expect("the first epoch again");
    }
}

fn incident(what: &str) -> Event {
    let text = format!(
        r#"{{"type": "INCIDENT", "severity": "minor", "category": "{what}", "actor": {{"subject": "emp-3", "auth": "oidc"}},
        "description": "none", "system": {{"name": "studio", "version": "1"}}}}"#
    );
    Event::parse(text.as_bytes()).expect("an event")
}

fn stamped(checkpoint: &str, token: &str) -> Event {
    let stamped =
        body::Stamped { checkpoint: checkpoint.to_owned(), authority: "here".to_owned(), token: token.to_owned() };
    let body = Body::Anchor(body::Anchor { timestamp: Some(stamped), segment: None, trail: None });
    Event::new(body, touchmark_core::ledger::this_system(), None).expect("an event")
}

fn problems(report: &Report) -> Vec<String> {
    report.findings.iter().map(|finding| finding.problem.to_string()).collect()
}

#[test]
fn an_anchored_log_proves_since_when_its_records_stand() {
    let Some(authority) = Authority::new("Honest") else { return };
    let operator = Operator::new();
    operator.record("first", 4);
    operator.anchor(&authority);
    operator.record("later", 3);
    operator.anchor(&authority);
    let report = operator.check(Some(&authority.roots()));
    assert_eq!((report.stamps, problems(&report), report.roots_checked), (2, Vec::new(), true));
    let newest = report.newest.expect("one that holds");
    assert_eq!((newest.seq, newest.records, newest.authority.as_str()), (9, 9, "Honest tsa"));

    let open = operator.check(None);
    assert_eq!((open.stamps, problems(&open), open.roots_checked), (2, Vec::new(), false));
}

#[test]
fn an_anchor_holds_under_the_key_that_was_in_force_when_it_was_made() {
    let Some(authority) = Authority::new("Honest") else { return };
    let operator = Operator::new();
    operator.record("under the first key", 2);
    operator.anchor(&authority);
    operator.home.rotate_key(EDGE).expect("a new key");
    operator.anchor(&authority);
    let report = operator.check(Some(&authority.roots()));
    assert_eq!((report.stamps, problems(&report)), (2, Vec::new()));
}

#[test]
fn what_was_stamped_is_the_checkpoint_byte_for_byte() {
    let Some(authority) = Authority::new("Honest") else { return };
    let operator = Operator::new();
    let checkpoint = operator.checkpoint();
    operator.anchor(&authority);
    let Body::Anchor(body::Anchor { timestamp: Some(kept), .. }) = &operator.anchors()[0].body else {
        panic!("no stamp")
    };
    assert_eq!(kept.checkpoint, checkpoint);
    let token = touchmark_core::keys::timestamp::Token::from_base64(&kept.token).expect("a token");
    assert!(authority.openssl_verifies(&token, checkpoint.as_bytes()), "openssl thinks otherwise");
}

#[test]
fn where_nobody_stamps_the_log_is_as_it_was_and_goes_on() {
    let operator = Operator::new();
    let before = operator.checkpoint();
    let error = anchor::stamp(&before, &Down).expect_err("nobody");
    assert_eq!(error.to_string(), "http://down.example did not answer in time");
    assert_eq!(operator.checkpoint(), before);
    operator.record("it goes on", 1);
}

#[test]
fn whoever_rewrites_an_anchored_log_is_convicted_by_the_anchors_they_keep() {
    let Some(authority) = Authority::new("Honest") else { return };
    let operator = Operator::new();
    operator.record("what happened", 4);
    operator.anchor(&authority);
    let kept = operator.anchors();

    operator.rewrite();
    operator.record("what shall have happened", 4);
    let Body::Anchor(anchored) = &kept[0].body else { panic!("an anchor") };
    let again = Event::new(Body::Anchor(anchored.clone()), touchmark_core::ledger::this_system(), None).expect("event");
    operator.log().append(&[again], EDGE).expect("the operator's own log");

    let reader = operator.reader();
    let origin = reader.key().name();
    let mac_root = operator.home.mac_root().expect("keys");
    let known = [Known::History(reader.history())];
    let checks = Checks {
        origin,
        known: &known,
        macs: mac_root.as_ref().map(MacKeys::Root),
        signatures: Signatures::All,
        from: 0,
    };
    let report = check(reader.store(), &checks).expect("looked");
    assert!(report.findings.is_empty(), "by itself, the new log is whole: {:?}", report.findings);

    let report = operator.check(Some(&authority.roots()));
    assert!(matches!(report.findings[0].problem, Problem::Rewritten { records: 5, .. }), "{report:?}");
    assert!(report.newest.is_none());
}

#[test]
fn whoever_leaves_the_anchors_out_is_convicted_by_those_that_others_kept() {
    let Some(authority) = Authority::new("Honest") else { return };
    let operator = Operator::new();
    operator.record("what happened", 4);
    operator.anchor(&authority);
    let kept = operator.anchors();
    let roots = authority.roots();

    let against = |operator: &Operator| {
        let reader = operator.reader();
        anchor::check_kept(&Means { reader: &reader, keys: reader.history(), roots: Some(&roots) }, &kept)
            .expect("looked")
    };
    assert!(against(&operator).findings.is_empty(), "nothing was rewritten yet");

    operator.rewrite();
    operator.record("what shall have happened", 2);
    assert_eq!(operator.check(Some(&roots)).stamps, 0);
    assert!(matches!(against(&operator).findings[0].problem, Problem::Shorter { records: 5, size: 3, .. }));
    operator.record("and more of it", 4);
    assert!(matches!(against(&operator).findings[0].problem, Problem::Rewritten { records: 5, .. }));
}

#[test]
fn an_anchor_that_proves_nothing_is_named_with_its_record() {
    let (Some(authority), Some(other)) = (Authority::new("Honest"), Authority::new("Other")) else { return };
    let operator = Operator::new();
    operator.record("first", 1);
    let checkpoint = operator.checkpoint();
    let token = authority.token(checkpoint.as_bytes()).to_base64();
    let stranger = Operator::new();
    let theirs = stranger.checkpoint();
    let unsigned = {
        let (text, _) = checkpoint.split_once("\n\n").expect("a note");
        let (_, line) = theirs.split_once("\n\n").expect("a note");
        format!("{text}\n\n{line}")
    };
    let cases = [
        (
            checkpoint.clone(),
            other.token(checkpoint.as_bytes()).to_base64(),
            "leads to no time-stamp root that is trusted here",
        ),
        (checkpoint.clone(), authority.token(b"else").to_base64(), "is about something else"),
        (checkpoint.clone(), token[..token.len() - 8].to_owned(), "cannot be read"),
        (checkpoint.clone(), "not base64 at all!".to_owned(), "cannot be read: base64"),
        (
            theirs.clone(),
            authority.token(theirs.as_bytes()).to_base64(),
            "what was stamped is no checkpoint of this log",
        ),
        (
            unsigned.clone(),
            authority.token(unsigned.as_bytes()).to_base64(),
            "what was stamped is no checkpoint of this log",
        ),
    ];
    for (checkpoint, token, _) in &cases {
        operator.log().append(&[stamped(checkpoint, token)], EDGE).expect("recorded");
    }
    let report = operator.check(Some(&authority.roots()));
    let found = problems(&report);
    assert_eq!(found.len(), cases.len(), "{found:?}");
    for ((seq, (_, _, reason)), (finding, problem)) in (2..).zip(&cases).zip(report.findings.iter().zip(&found)) {
        assert!(problem.contains(reason), "{reason}: {problem}");
        assert_eq!(finding.seq, seq);
    }
    let untrusted = Problem::Refused(Refusal::Untrusted { subject: "Other tsa".to_owned() });
    assert_eq!(report.findings[0].problem, untrusted);
}

#[test]
fn clocks_that_contradict_each_other_are_a_finding() {
    let Some(authority) = Authority::new("Honest") else { return };
    let operator = Operator::new();
    operator.log().append(&[incident("by a fast clock")], AHEAD).expect("recorded");
    operator.anchor(&authority);
    let report = operator.check(Some(&authority.roots()));
    let found = problems(&report).concat();
    assert!(found.contains("which is before the time that record 1, which it covers, gives"), "{found}");
    let covered = SignedCheckpoint::parse(operator.checkpoint().as_bytes()).expect("a checkpoint");
    assert_eq!(covered.unverified().size(), 3);
    drop(operator.folder);
}

#[test]
fn a_stamp_over_records_that_were_not_there_yet_is_a_finding() {
    let Some(authority) = Authority::new("Honest") else { return };
    let operator = Operator::new();
    operator.record("first", 3);
    // The later checkpoint, in a log that was set back to its beginning and written again in the same way up to it.
    let later = operator.checkpoint();
    let token = authority.token(later.as_bytes()).to_base64();
    operator.rewrite();
    operator.log().append(&[stamped(&later, &token)], EDGE).expect("recorded");
    let report = operator.check(Some(&authority.roots()));
    assert_eq!(report.findings[0].problem, Problem::AheadOfItself { covers: 4, seq: 1 });
    assert_ne!(Hash::of(later.as_bytes()), Hash::of(operator.checkpoint().as_bytes()));
}
