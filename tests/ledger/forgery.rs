//! What somebody does who can write to the log's files, and which check finds it.

use touchmark_core::event::{Body, Event, Place};
use touchmark_core::hash::Hash;
use touchmark_core::keys::Signer;
use touchmark_core::keys::file::Ed25519Key;
use touchmark_core::ledger::check::Problem;
use touchmark_core::ledger::line::{Line, Mac, signed_message};
use touchmark_core::ledger::{Error, this_system};

use crate::world::{ORIGIN, Parts, World, named, on_day, rewrite};

const RECORDS: u64 = 6;

#[test]
fn a_deleted_record_breaks_the_chain_where_it_was() {
    for at in 0..5 {
        let world = World::with_records(RECORDS);
        world.change(|lines| drop(lines.remove(at)));
        let (seq, problem) = world.first_finding();
        assert_eq!(seq, Some(at as u64));
        let says = format!("it says that it is record {}, and stands as {at}", at + 1);
        assert_eq!(problem, Problem::Chain { what: says });
    }
}

#[test]
fn a_deleted_last_record_is_missed_by_the_checkpoint() {
    let world = World::with_records(RECORDS);
    world.change(|lines| drop(lines.pop()));
    assert_eq!(world.first_finding(), (Some(5), Problem::Shortened { size: 5, checkpoint: 6 }));
}

#[test]
fn two_records_that_changed_places_break_the_chain() {
    for (a, b) in [(0, 1), (2, 4), (4, 5), (0, 5)] {
        let world = World::with_records(RECORDS);
        world.change(|lines| lines.swap(a, b));
        let (seq, problem) = world.first_finding();
        assert_eq!(seq, Some(a as u64));
        assert!(matches!(problem, Problem::Chain { .. }), "{problem}");
    }
}

#[test]
fn a_record_that_stands_twice_breaks_the_chain_the_second_time() {
    let world = World::with_records(RECORDS);
    world.change(|lines| lines.insert(3, lines[2].clone()));
    let (seq, problem) = world.first_finding();
    assert_eq!((seq, matches!(problem, Problem::Chain { .. })), (Some(3), true), "{problem}");
    let world = World::with_records(RECORDS);
    world.change(|lines| lines.push(lines[5].clone()));
    assert_eq!(named(&world.check()), [6], "also behind what the checkpoint covers");
}

#[test]
fn a_record_of_another_log_does_not_fit_in() {
    let (world, other) = (World::with_records(RECORDS), World::with_records(RECORDS));
    world.change(|lines| lines[3] = other.lines()[3].clone());
    let (seq, problem) = world.first_finding();
    assert_eq!((seq, matches!(problem, Problem::Chain { .. })), (Some(3), true), "{problem}");
    world.change(|lines| lines[0] = other.lines()[0].clone());
    assert_eq!(
        world.first_finding(),
        (Some(0), Problem::Mac),
        "the first of each log continues its name: the keys tell"
    );
}

#[test]
fn private_parts_that_changed_places_do_not_fit_their_records() {
    let world = World::with_records(RECORDS);
    world.change(|lines| {
        let [second, third] = [1, 2].map(|at| Line::parse(&lines[at]).expect("a line").private.to_vec());
        rewrite(&mut lines[1], |parts| parts.private = third);
        rewrite(&mut lines[2], |parts| parts.private = second);
    });
    let report = world.check();
    assert_eq!(named(&report), [1, 2]);
    assert!(report.findings.iter().all(|finding| finding.problem == Problem::Private), "{report:?}");
}

#[test]
fn a_changed_record_with_a_new_hash_is_not_what_was_signed() {
    let world = World::with_records(RECORDS);
    world.change(|lines| rewrite(&mut lines[3], |parts| parts.replace("\"flagged\":false", "\"flagged\":true")));
    assert_eq!(world.first_finding(), (Some(3), Problem::Mac));
    let report = world.check_in_public();
    assert_eq!((report.findings[0].seq, &report.findings[0].problem), (Some(3), &Problem::Signature));
    assert_eq!(report.findings[1].seq, Some(4), "and the next one does not continue it");
}

#[test]
fn whoever_has_the_mac_key_but_not_the_logs_key_cannot_sign() {
    let world = World::with_records(RECORDS);
    let own = Ed25519Key::generate(&mut rand_core::OsRng);
    let key = world.root().first_epoch();
    forge(&world, 3, |_| (0, key.epoch()), &own);
    assert_eq!(world.first_finding(), (Some(3), Problem::Signature));
}

#[test]
fn whoever_has_every_key_changes_the_root_that_was_signed_before() {
    let world = World::with_records(RECORDS);
    forge(&world, 3, |_| (0, 0), &world.signer());
    let report = world.check();
    let [finding] = report.findings.as_slice() else { panic!("{report:?}") };
    assert!(matches!(finding.problem, Problem::Root { size: 6, .. }), "{finding}");
    // The log's own writer does not go on from there either.
    let refused = world.try_open().expect_err("refused");
    assert!(matches!(refused, Error::Tree { .. }) && refused.to_string().contains("touchmark log verify"), "{refused}");
}

#[test]
fn a_reader_is_not_given_a_record_that_was_changed() {
    let world = World::with_records(RECORDS);
    world.change(|lines| {
        let text = String::from_utf8(lines[2].clone()).expect("text");
        lines[2] = text.replacen("\"flagged\":false", "\"flagged\":true", 1).into_bytes();
        rewrite(&mut lines[3], |parts| parts.private[12] ^= 1);
        lines.swap(4, 5);
    });
    let reader = world.reader();
    for (seq, says) in [
        (2, "record 2 was changed: its public part"),
        (3, "record 3 was changed: its private part"),
        (4, "the line at 4 says that it is record 5"),
    ] {
        for refused in [reader.record(seq).map(drop), reader.line(seq).map(drop)] {
            let refused = refused.expect_err("refused").to_string();
            assert!(refused.starts_with(says), "{refused}");
        }
    }
    let mut seen = Vec::new();
    let ended = reader.records(0, &mut |record, _| {
        seen.push(record.seq);
        std::ops::ControlFlow::Continue(())
    });
    assert_eq!((seen, ended.is_err()), (vec![0, 1], true), "a scan ends before it");
    assert!(matches!(reader.catch_up(), Err(Error::Changed { seq: 2, .. })));
}

/// Adds a record that says this, as the writer would, with the MAC key of epoch 0 and signed by `signer`. What it says may depend on the
/// hash of the record before.
pub(crate) fn append_forged(world: &World, signer: &dyn Signer, body: impl FnOnce(Hash) -> Body) {
    world.change(|lines| {
        let last = Line::parse(lines.last().expect("records")).expect("a line");
        let event = Event::new(body(last.hash), this_system(), None).expect("an event");
        let sealed = on_day(0, |edge| {
            let (seq, prev) = (lines.len() as u64, last.hash);
            event.seal(&Place { origin: ORIGIN, seq, prev, moment: edge.now(), publish: &[] }, edge).expect("sealed")
        });
        let mac = world.root().first_epoch().mac(&last.mac.bytes, &sealed.record);
        let signature = signer.sign(&signed_message(&sealed.hash)).expect("signed");
        let mac = Mac { epoch: 0, bytes: mac };
        lines.push(Parts { mac, private: sealed.private, record: sealed.record, signature }.to_line());
    });
}

/// Changes record `from` and writes everything behind it anew: hashes, chain, MACs as `epoch` says for each position (the epoch's
/// label and the key it is made with), signatures by `signer`.
pub(crate) fn forge(world: &World, from: usize, epoch: impl Fn(usize) -> (u64, u64), signer: &dyn Signer) {
    world.change(|lines| {
        let before = Line::parse(&lines[from - 1]).expect("a line");
        let (mut prev, mut mac) = (before.hash, before.mac.bytes);
        let mut old_prev = before.hash;
        for (at, line) in lines.iter_mut().enumerate().skip(from) {
            let this = Line::parse(line).expect("a line").hash;
            rewrite(line, |parts| {
                if at == from {
                    parts.replace("\"flagged\":false", "\"flagged\":true");
                } else {
                    parts.replace(&old_prev.to_string(), &prev.to_string());
                }
                let (label, key) = epoch(at);
                parts.mac.epoch = label;
                parts.mac.bytes = world.root().epoch(key).expect("near").mac(&mac, &parts.record);
                parts.signature = signer.sign(&signed_message(&parts.hash())).expect("signed");
                (prev, mac) = (parts.hash(), parts.mac.bytes);
            });
            old_prev = this;
        }
    });
}
