//! What changes while an image is exported: the names of its files, and the clock.

use std::sync::Arc;

use jiff::SignedDuration;
use touchmark_core::edge::{Edge, Moment};
use touchmark_core::event::Kind;
use touchmark_core::export::{Error, Exporter, Options, Order};
use touchmark_core::manifest::{Issuer, Timestamps, Trust};
use touchmark_core::verify::{Answer, LedgerState};

use crate::faulty::Fault;
use crate::studio::{EDGE, Judge, Studio, made, picture};
use crate::tsa::Authority;

/// At the very last: when it is on record that the image leaves.
#[test]
fn where_one_of_two_names_is_taken_at_the_last_moment_neither_file_appears() {
    for taken in ["a.jpg", "a.c2pa"] {
        let studio = Studio::new();
        let intruder = studio.out(taken);
        let mut ledger = studio.ledger_with(Fault::Never, move |commit| {
            if commit == 2 {
                std::fs::write(&intruder, "somebody's work").expect("written");
            }
        });
        let order = Order { bytes: picture("astronaut.jpg"), making: made(), target: Some(studio.out("a.jpg")) };
        let options = Options { sidecar: true, ..Options::default() };
        let issuer = studio.home.issuer().expect("issuer");
        let answers = studio.export_with(&mut ledger, &issuer, vec![order], &options);
        let Err(Error::Write { path, .. }) = &answers[0] else { panic!("{taken}: {answers:?}") };
        assert_eq!(*path, studio.out(taken));
        assert_eq!(studio.released(), [taken], "and no hidden file is left");
        assert_eq!(std::fs::read(studio.out(taken)).expect("file"), b"somebody's work");
    }
}

fn off_by(hours: i64) -> Moment {
    let moment = EDGE.now();
    Moment { time: moment.time.checked_add(SignedDuration::from_hours(hours)).expect("in range"), ..moment }
}

/// Exports a picture by this clock.
fn export_at(studio: &Studio, issuer: &Issuer, now: &(dyn Fn() -> Moment + Sync), name: &str) -> Vec<u8> {
    let reader = studio.home.reader().expect("reader");
    let (limits, shelf) = (studio.home.limits(), studio.home.shelf());
    let mut exporter = Exporter {
        ledger: &mut studio.ledger(),
        reader: &reader,
        issuer,
        shelf: &shelf,
        organisation: "Test Studio",
        limits: &limits,
        edge: Edge { now, ..EDGE },
    };
    let order = Order { bytes: picture(name), making: made(), target: None };
    let exported = exporter.export(vec![order], &Options::default()).pop().expect("an answer").expect("exported");
    exported.file.expect("a file")
}

/// What a clock said is put down as it was said: no record is held up, and none gets a time that nobody read. Who reads the log finds it (`log audit`).
#[test]
fn a_clock_that_is_behind_the_logs_newest_record_holds_up_no_export_and_is_put_down_as_it_was() {
    let studio = Studio::new();
    let issuer = studio.home.issuer().expect("issuer");
    let files = [
        export_at(&studio, &issuer, &|| off_by(1), "astronaut.jpg"),
        export_at(&studio, &issuer, &|| off_by(0), "horse-alpha.png"),
    ];
    for file in &files {
        let verdict = studio.judge().judge(file);
        let found = (verdict.verdict, verdict.ledger.state);
        assert_eq!(found, (Answer::Verified, LedgerState::Recorded), "{:?}", verdict.findings);
    }
    for kind in [Kind::Gen, Kind::Export] {
        let [first, second] = &studio.records(kind)[..] else { panic!("two of {kind}") };
        assert!(second.seq > first.seq && second.time < first.time, "{kind}: {} {}", first.time, second.time);
    }
    assert_eq!(studio.findings(), Vec::<String>::new(), "the log is whole");
}

#[test]
fn a_clock_that_is_ahead_of_the_authoritys_is_told_by_whoever_verifies() {
    let Some(authority) = Authority::new("Honest").map(Arc::new) else { return };
    let studio = Studio::new();
    let stamps = Timestamps { authority: authority.clone(), required: true };
    let issuer = studio.home.issuer().expect("issuer").with_timestamps(stamps).expect("issuer");
    let trust = Trust::new(&studio.anchors()).expect("anchors").with_timestamp_roots(authority.roots());
    let judge = Judge { trust, ..studio.judge() };
    for (hours, told, name) in [(0, false, "astronaut.jpg"), (1, true, "hubble.jpg")] {
        let verdict = judge.judge(&export_at(&studio, &issuer, &|| off_by(hours), name));
        assert_eq!(verdict.verdict, Answer::Verified, "{:?}", verdict.findings);
        let says = |words| verdict.findings.iter().any(|finding| finding.contains(words));
        assert!(says("Honest tsa stamped the signature then."), "{:?}", verdict.findings);
        assert_eq!(says("which is later: one of the two clocks was wrong"), told, "{:?}", verdict.findings);
    }
}
