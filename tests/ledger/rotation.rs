//! The log's key is handed over: what readers make of it, and what a thief of a key cannot do.

use std::fs;
use std::sync::Arc;

use rand_core::OsRng;
use touchmark_core::event::{Body, body};
use touchmark_core::keys::Signer;
use touchmark_core::keys::file::Ed25519Key;
use touchmark_core::ledger::check::{Checks, Problem, Report, Signatures, check};
use touchmark_core::ledger::faulty::{Fault, FaultyStore};
use touchmark_core::ledger::history::{History, Known};
use touchmark_core::ledger::{Error, Keys, Ledger, Reader, VERIFIER_KEY, verifier_key};
use touchmark_core::tlog::note::VerifierKey;

use crate::epochs::sign_as;
use crate::forgery::{append_forged, forge};
use crate::world::{ORIGIN, World, append, assert_whole, named, on_day, rewrite};

/// Three records by the first key (the last hands over), three by the second (the last hands over), two by the third.
fn three_keys() -> (World, [Ed25519Key; 2]) {
    let world = World::with_records(2);
    let first = world.rotate();
    world.fill(5);
    let second = world.rotate();
    world.fill(8);
    (world, [first, second])
}

fn vkey(key: &dyn Signer) -> VerifierKey {
    verifier_key(key, ORIGIN).expect("a key")
}

/// As somebody checks it who knows this of its keys and has no secret.
fn check_knowing(world: &World, known: &[Known<'_>]) -> Report {
    let checks = Checks { origin: ORIGIN, known, macs: None, signatures: Signatures::All, from: 0 };
    check(world.reader_store().as_ref(), &checks).expect("could look")
}

#[test]
fn from_the_record_behind_the_handover_on_the_new_key_signs() {
    let (world, [first, second]) = three_keys();
    assert_whole(&world.check(), 8);
    let history = world.reader().history().clone();
    let expected = [(0, vkey(&first)), (3, vkey(&second)), (6, world.key())];
    assert_eq!(history.keys().map(|(from, key)| (from, key.clone())).collect::<Vec<_>>(), expected);
    let in_force = [2, 3, 5, 6].map(|position| history.at(position).clone());
    assert_eq!(in_force, [vkey(&first), vkey(&second), vkey(&second), world.key()]);
    assert_eq!(world.check().keys.as_ref(), Some(&history), "the records say the same as what is published");
    let record = world.reader().record(2).expect("there");
    let Body::Key(body::Key { previous, key, .. }) = record.body else { panic!("no KEY record") };
    assert_eq!((previous, key), (Some(vkey(&first).to_string()), vkey(&second).to_string()));
}

#[test]
fn whoever_knows_any_one_key_of_the_log_accepts_it_and_whoever_knows_another_does_not() {
    let (world, [first, second]) = three_keys();
    for key in [vkey(&first), vkey(&second), world.key()] {
        assert_whole(&check_knowing(&world, &[Known::Key(&key)]), 8);
    }
    let other = vkey(&Ed25519Key::generate(&mut OsRng));
    let report = check_knowing(&world, &[Known::Key(&other)]);
    let [finding] = report.findings.as_slice() else { panic!("one sentence and no more: {report:?}") };
    assert!(matches!(&finding.problem, Problem::UnknownKey { key, .. } if *key == other.to_string()), "{finding}");
    assert!(finding.to_string().contains("is none of this log's, which are"), "{finding}");
    assert_whole(&check_knowing(&world, &[Known::Newest(&world.key())]), 8);
    let behind = check_knowing(&world, &[Known::Newest(&vkey(&second))]);
    assert!(matches!(behind.findings[0].problem, Problem::HandedOn { .. }), "{behind:?}");
}

#[test]
fn an_older_copy_of_the_published_keys_is_the_beginning_and_a_newer_one_is_missed() {
    let (world, [first, _]) = three_keys();
    assert_whole(&check_knowing(&world, &[Known::History(&History::of(vkey(&first)))]), 8);
    let keys = world.known();
    // Set back to before the second handover, under the checkpoint of then.
    let world = World::with_records(2);
    let before = world.copy();
    world.rotate();
    world.fill(4);
    let known = world.known();
    world.put_back(&before);
    let report = check_knowing(&world, &[Known::History(&known)]);
    let [finding] = report.findings.as_slice() else { panic!("{report:?}") };
    assert!(matches!(finding.problem, Problem::NoHandover { seq: 2, size: 2, .. }), "{finding}");
    let report = check_knowing(&world, &[Known::History(&keys)]);
    assert!(matches!(report.findings[0].problem, Problem::UnknownKey { .. } | Problem::Key { .. }), "{report:?}");
}

#[test]
fn a_key_that_was_given_up_opens_no_log_and_the_sentence_says_which_one_does() {
    let (world, [first, _]) = three_keys();
    let open = |key: Ed25519Key| {
        let keys = Keys { signer: Arc::new(key), ..world.keys() };
        on_day(0, |edge| Ledger::open(world.writer_store()?, ORIGIN, Vec::new(), keys, edge))
    };
    let refused = open(first).expect_err("given up");
    assert!(
        matches!(&refused, Error::GivenUpKey { until: 3, newest, .. } if *newest == world.key().to_string()),
        "{refused}"
    );
    let refused = open(Ed25519Key::generate(&mut OsRng)).expect_err("foreign");
    assert!(matches!(refused, Error::ForeignKey { .. }), "{refused}");
    assert!(refused.to_string().contains("bring back the right one"), "{refused}");
}

#[test]
fn the_published_keys_are_made_again_from_the_records_where_they_are_lost_or_old() {
    let (world, [first, _]) = three_keys();
    let published = fs::read_to_string(world.path(VERIFIER_KEY)).expect("read");
    assert_eq!(published.parse::<History>().expect("keys"), world.known());
    for left in [None, Some(String::new()), Some(format!("{}\n", vkey(&first))), Some("touchmark/north".to_owned())] {
        fs::remove_file(world.path(VERIFIER_KEY)).expect("removed");
        if let Some(left) = &left {
            fs::write(world.path(VERIFIER_KEY), left).expect("written");
        }
        drop(world.open());
        assert_eq!(fs::read_to_string(world.path(VERIFIER_KEY)).expect("read"), published, "{left:?}");
    }
    // Others than the log's are not written over.
    let foreign = published.replace(&vkey(&first).to_string(), &vkey(&Ed25519Key::generate(&mut OsRng)).to_string());
    fs::write(world.path(VERIFIER_KEY), &foreign).expect("written");
    assert!(matches!(world.try_open(), Err(Error::Object { name: VERIFIER_KEY, .. })));
    assert_eq!(fs::read_to_string(world.path(VERIFIER_KEY)).expect("read"), foreign);
}

#[test]
fn a_crash_at_any_call_of_a_handover_leaves_exactly_one_key_in_force() {
    for fault in [Fault::NotDone, Fault::AnswerLost] {
        let (mut handed_over, mut not) = (0, 0);
        for nth in 0.. {
            let world = World::with_records(3);
            let (old, new) = (Arc::new(world.signer()), Arc::new(Ed25519Key::generate(&mut OsRng)));
            let store = Arc::new(FaultyStore::crashing(world.writer_store().expect("opened"), nth, fault));
            let opened = world.open_over(store.clone(), 0);
            let rotated = opened.and_then(|mut ledger| {
                let rotated = on_day(0, |edge| ledger.rotate(new.clone(), edge));
                if rotated.is_err() {
                    assert!(matches!(append(&mut ledger, 1), Err(Error::Poisoned)));
                }
                rotated
            });
            if !store.has_failed() {
                rotated.expect("nothing failed");
                break;
            }
            rotated.expect_err("a call failed");
            drop(store);
            let open = |signer: Arc<Ed25519Key>| {
                let keys = Keys { signer, ..world.keys() };
                on_day(0, |edge| Ledger::open(world.writer_store()?, ORIGIN, Vec::new(), keys, edge))
            };
            let (by_old, mut ledger) = match (open(old.clone()).err(), open(new.clone())) {
                (None, Err(Error::ForeignKey { .. })) => (true, open(old.clone()).expect("opened")),
                (Some(Error::GivenUpKey { .. }), Ok(ledger)) => (false, ledger),
                (by_old, by_new) => panic!("after call {nth}: {by_old:?}, {by_new:?}"),
            };
            if by_old {
                not += 1;
            } else {
                handed_over += 1;
            }
            append(&mut ledger, 1).expect("it goes on");
            let key = ledger.history().newest().clone();
            let size = ledger.size();
            drop(ledger);
            assert_whole(&check_knowing(&world, &[Known::Newest(&key), Known::Key(&vkey(old.as_ref()))]), size);
            assert_eq!(world.reader().key(), &key);
        }
        assert!(handed_over > 0 && not > 0, "a crash before the record, and one behind it: {handed_over}, {not}");
    }
}

#[test]
fn a_handover_that_is_not_by_both_keys_is_refused() {
    type Change = fn(&World, &mut body::Key, [&dyn Signer; 2], touchmark_core::hash::Hash);
    let cases: [(&str, Change); 5] = [
        ("the old key", |_, key, _, _| key.endorsement = None),
        ("the new key", |_, key, _, _| key.acceptance = None),
        ("the new key", |_, key, _, _| key.acceptance = key.endorsement.clone()),
        // Agreed to in another place of the log.
        ("the new key", |_, key, [old, new], _| {
            let message =
                body::rotation_message(&vkey(old).to_string(), &key.key, &touchmark_core::hash::Hash::of(b"x"));
            (key.endorsement, key.acceptance) = (Some(base64(&old.sign(&message))), Some(base64(&new.sign(&message))));
        }),
        // From a key that is not in force.
        ("it hands over from the key", |world, key, [old, new], prev| {
            let third = Ed25519Key::generate(&mut OsRng);
            let message = body::rotation_message(&vkey(&third).to_string(), &key.key, &prev);
            key.previous = Some(vkey(&third).to_string());
            (key.endorsement, key.acceptance) =
                (Some(base64(&third.sign(&message))), Some(base64(&new.sign(&message))));
            assert_eq!(vkey(old), world.key());
        }),
    ];
    for (says, change) in cases {
        let world = World::with_records(3);
        let (old, new) = (world.signer(), Ed25519Key::generate(&mut OsRng));
        append_forged(&world, &old, |prev| {
            let (previous, key) = (vkey(&old).to_string(), vkey(&new).to_string());
            let message = body::rotation_message(&previous, &key, &prev);
            let mut said = body::Key {
                action: touchmark_core::event::terms::KeyAction::Rotated,
                key,
                previous: Some(previous),
                endorsement: Some(base64(&old.sign(&message))),
                acceptance: Some(base64(&new.sign(&message))),
            };
            change(&world, &mut said, [&old, &new], prev);
            Body::Key(said)
        });
        let (seq, problem) = world.first_finding();
        assert_eq!(seq, Some(3), "{problem}");
        assert!(matches!(&problem, Problem::Key { what } if what.contains(says)), "{problem}");
        assert!(matches!(world.try_open(), Err(Error::BadEnd { .. })), "nor does the writer take it over");
    }
}

#[test]
fn the_thief_of_a_key_that_was_given_up_can_add_nothing() {
    let (world, [first, _]) = three_keys();
    append_forged(&world, &first, |_| crate::world::moderation().body);
    let (seq, problem) = world.first_finding();
    assert_eq!((seq, &problem), (Some(8), &Problem::GivenUp { key: vkey(&first).to_string(), until: 3 }));
    assert!(matches!(world.try_open(), Err(Error::BadEnd { .. })));
}

#[test]
fn the_thief_of_a_key_that_was_given_up_signs_no_checkpoint_that_holds() {
    let (world, [first, _]) = three_keys();
    sign_as(&world, &first);
    let report = world.check();
    let [finding] = report.findings.as_slice() else { panic!("{report:?}") };
    let says = finding.to_string();
    assert!(says.contains("covers 8 records and is signed by") && says.contains("is in force there"), "{says}");
    assert!(matches!(world.try_open(), Err(Error::Object { .. })));
    assert!(world.reader().prove(1).is_err(), "no proof is given under it");
}

#[test]
fn the_thief_of_a_key_that_was_given_up_cannot_rewrite_what_it_signed() {
    // With every MAC key too: only what both keys agreed to stands in the way.
    let (world, [first, _]) = three_keys();
    forge(&world, 1, |_| (0, 0), &first);
    let report = world.check();
    assert_eq!(named(&report).first(), Some(&2), "{report:?}");
    assert!(
        matches!(&report.findings[0].problem, Problem::Key { what } if what.contains("the new key")),
        "the new key agreed to go on from another record: {report:?}"
    );
}

#[test]
fn the_thief_who_leaves_the_handover_out_shows_a_log_that_lacks_the_newest_key() {
    let (world, [first, _]) = three_keys();
    let newest = world.key();
    world.change(|lines| lines.truncate(2));
    append_forged(&world, &first, |_| crate::world::moderation().body);
    sign_as(&world, &first);
    fs::write(world.path(VERIFIER_KEY), vkey(&first).to_string()).expect("written");
    assert_whole(&check_knowing(&world, &[Known::Key(&vkey(&first))]), 3);
    for known in [Known::Key(&newest), Known::Newest(&newest)] {
        let report = check_knowing(&world, &[known]);
        assert!(matches!(report.findings[0].problem, Problem::UnknownKey { .. }), "{report:?}");
    }
    assert!(matches!(world.try_open(), Err(Error::ForeignKey { .. })), "nor does the writer go on there");
}

#[test]
fn every_changed_byte_of_a_log_with_a_handover_is_found_in_its_record() {
    let world = World::with_records(2);
    world.rotate();
    world.fill(4);
    let path = world.segment(0);
    let whole = fs::read(&path).expect("read");
    let store = world.reader_store();
    for at in 0..whole.len() {
        let record = whole[..at].split(|byte| *byte == b'\n').count() as u64 - 1;
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        fs::write(&path, bytes).expect("written");
        let report = world.check_over(store.as_ref());
        assert_eq!(named(&report).first(), Some(&record), "byte {at}: {report:?}");
    }
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).expect("written");
        assert!(!world.check_over(store.as_ref()).findings.is_empty(), "cut after {length} bytes");
    }
    fs::write(&path, whole).expect("written");
    assert_whole(&world.check(), 4);
}

#[test]
fn no_changed_byte_of_the_published_keys_is_believed() {
    let (world, _) = three_keys();
    let path = world.path(VERIFIER_KEY);
    let whole = fs::read(&path).expect("read");
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        fs::write(&path, bytes).expect("written");
        // Refused, or found not to be what the records say, or a blank at the end.
        if let Ok(reader) = Reader::open(&world.ledger_dir()) {
            let known = reader.history().clone();
            let findings = check_knowing(&world, &[Known::History(&known)]).findings;
            assert!(!findings.is_empty() || known == world.known(), "byte {at} is believed");
        }
    }
}

#[test]
fn a_record_of_the_handover_whose_line_another_key_signed_is_refused() {
    let (world, _) = three_keys();
    let other = Ed25519Key::generate(&mut OsRng);
    world.change(|lines| {
        rewrite(&mut lines[2], |parts| {
            let message = touchmark_core::ledger::line::signed_message(&parts.hash());
            parts.signature = other.sign(&message).expect("signed");
        });
    });
    assert_eq!(world.first_finding(), (Some(2), Problem::Signature));
}

fn base64(signature: &Result<Vec<u8>, touchmark_core::keys::Error>) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(signature.as_ref().expect("signed"))
}
