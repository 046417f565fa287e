//! What the operator of a log keeps of its witnesses.

use touchmark_core::tlog::checkpoint::SignedCheckpoint;
use touchmark_core::tlog::note::{SignatureType, VerifierKey};
use touchmark_core::witness::{Answer, NotTaken, cosigners, request};

use super::{Alias, Other, TIME, kept, snapshot, take_in};
use crate::world::World;

#[test]
fn the_operator_keeps_what_known_witnesses_said_and_nothing_else() {
    let world = World::with_records(4);
    let [known, unknown] = ["example.com/known", "example.com/unknown"].map(|name| Other::knowing(name, &world));
    let witnesses = [known.key()];
    let note = unknown.cosigned(&world.ledger_dir());
    assert_eq!(
        take_in(&world, &note, &witnesses),
        Err(NotTaken::NoWitness { found: "example.com/unknown".to_owned() })
    );
    let bare = snapshot(&world).note().clone();
    assert_eq!(take_in(&world, &bare, &witnesses), Err(NotTaken::NoWitness { found: "none".to_owned() }));
    // One line is the unknown one's: it is not passed on.
    let mut both = known.cosigned(&world.ledger_dir());
    both.add(note.signatures().last().expect("a line").clone()).expect("few");
    assert_eq!(take_in(&world, &both, &witnesses).expect("taken in"), ["example.com/known"]);
    let kept = kept(&world).all().expect("read");
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].signatures().len(), 2, "the log's and the known witness's");
}

#[test]
fn a_cosignature_that_was_changed_is_not_taken_in() {
    let world = World::with_records(4);
    let other = Other::knowing("example.com/w", &world);
    let note = other.cosigned(&world.ledger_dir()).to_string();
    let line = note.lines().last().expect("the witness's").to_owned();
    for place in [30, 60, 90] {
        let mut changed = line.clone().into_bytes();
        changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
        let changed = note.replace(&line, &String::from_utf8(changed).expect("ASCII"));
        let Ok(changed) = SignedCheckpoint::parse(changed.as_bytes()) else { continue };
        let refused = take_in(&world, &changed, &[other.key()]).expect_err("changed");
        assert!(matches!(refused, NotTaken::NotSigned { .. } | NotTaken::NoWitness { .. }), "{refused}");
    }
    assert_eq!(kept(&world).all().expect("read"), []);
}

#[test]
fn two_cosignatures_of_one_witness_are_one_witness() {
    let world = World::with_records(4);
    let other = Other::knowing("example.com/w", &world);
    let mut note = other.cosigned(&world.ledger_dir());
    let later = request(&world.ledger_dir(), 4).expect("a request");
    let Answer::Cosigned(later) = other.witness.cosign(&later, TIME + 60).expect("could look") else {
        panic!("refused")
    };
    note.add(later.signatures().last().expect("a line").clone()).expect("few");
    assert_eq!(note.signatures().len(), 3);
    assert_eq!(cosigners(&note, &[world.key()], &[other.key(), other.key()]).len(), 1);
    // The same key under another name is the same witness.
    let alias =
        VerifierKey::new("example.com/alias", SignatureType::Cosignature, *other.key().public_key()).expect("a key");
    note.cosign(&Alias { key: alias.clone(), witness: &other.witness }, TIME).expect("signed");
    assert_eq!(cosigners(&note, &[world.key()], &[other.key(), alias]).len(), 1);
}

#[test]
fn a_newer_checkpoint_takes_the_place_of_an_older_one_with_the_same_witnesses() {
    let world = World::with_records(4);
    let [a, b] = ["example.com/a", "example.com/b"].map(|name| Other::knowing(name, &world));
    let witnesses = [a.key(), b.key()];
    let sizes =
        || -> Vec<u64> { kept(&world).all().expect("read").iter().map(|note| note.unverified().size()).collect() };
    take_in(&world, &a.cosigned(&world.ledger_dir()), &witnesses).expect("taken in");
    assert_eq!(
        take_in(&world, &b.cosigned(&world.ledger_dir()), &witnesses).expect("taken in").len(),
        2,
        "one file, both lines"
    );
    world.fill(6);
    take_in(&world, &a.cosigned(&world.ledger_dir()), &witnesses).expect("taken in");
    assert_eq!(sizes(), [6, 4], "the older one has a witness that the newer one lacks");
    let covering = |seq| {
        let note = kept(&world).covering(seq, &[world.key()], &witnesses).expect("read");
        note.map(|note| note.unverified().size())
    };
    assert_eq!((covering(3), covering(5), covering(6)), (Some(4), Some(6), None));
    take_in(&world, &b.cosigned(&world.ledger_dir()), &witnesses).expect("taken in");
    assert_eq!(sizes(), [6]);
}

#[test]
fn a_record_is_proved_under_the_checkpoint_that_was_cosigned() {
    let world = World::with_records(300);
    let other = Other::knowing("example.com/w", &world);
    take_in(&world, &other.cosigned(&world.ledger_dir()), &[other.key()]).expect("taken in");
    world.fill(700);
    let note = kept(&world).covering(17, &[world.key()], &[other.key()]).expect("read").expect("covered");
    let proof = snapshot(&world).prove_under(17, &note).expect("proved");
    let record = world.reader().record(17).expect("there").to_bytes().expect("bytes");
    let keys = [world.key(), other.key()];
    let opened = proof.verify(&touchmark_core::merkle::leaf_hash(&record), &keys).expect("proved");
    assert_eq!((opened.checkpoint.size(), opened.signed.len()), (300, 2));
    assert!(snapshot(&world).prove_under(300, &note).is_err(), "it is not covered");
}

#[test]
fn a_cosigned_checkpoint_that_the_log_no_longer_continues_is_not_taken_in() {
    let world = World::with_records(4);
    let other = Other::knowing("example.com/w", &world);
    let old = world.copy();
    world.fill(6);
    let note = other.cosigned(&world.ledger_dir());
    world.put_back(&old);
    assert_eq!(take_in(&world, &note, &[other.key()]), Err(NotTaken::NotContinued { size: 6 }));
    world.fill(9);
    assert_eq!(take_in(&world, &note, &[other.key()]), Err(NotTaken::NotContinued { size: 6 }));
}
