//! A witness of a log that changes its key.

use touchmark_core::witness::{Answer, Refusal, handed_over};

use super::{Other, TIME, published, snapshot, take_in};
use crate::thief::Thief;
use crate::world::{ORIGIN, World};

#[test]
fn a_witness_follows_a_log_to_its_new_key_by_the_word_of_the_old_one() {
    let world = World::with_records(4);
    let other = Other::knowing("example.com/w", &world);
    other.cosigned(&world.ledger_dir());
    let [first, second, third] = [
        world.key(),
        {
            world.rotate();
            world.key()
        },
        {
            world.fill(7);
            world.rotate();
            world.key()
        },
    ];
    world.fill(300);
    let public = published(&world);
    for dir in [world.ledger_dir(), public.path().to_owned()] {
        assert!(matches!(other.refused(&dir), Refusal::NotSigned { .. }), "until it looked who took over");
        assert_eq!(handed_over(&dir, &first).expect("read"), [second.clone(), third.clone()]);
        assert_eq!(handed_over(&dir, &second).expect("read"), std::slice::from_ref(&third));
        assert_eq!(handed_over(&dir, &third).expect("read"), []);
        assert_eq!(
            handed_over(&dir, &World::with_records(1).key()).expect("read"),
            [],
            "a stranger handed over nothing"
        );
    }
    for key in [&second, &third] {
        other.witness.trust(key).expect("kept");
    }
    let note = other.cosigned(&world.ledger_dir());
    assert_eq!(note.unverified().size(), 300);
    assert_eq!(take_in(&world, &note, &[other.key()]).expect("taken in"), ["example.com/w"]);
}

#[test]
fn a_key_that_was_given_up_is_not_believed_again() {
    let world = World::with_records(4);
    let other = Other::knowing("example.com/w", &world);
    other.cosigned(&world.ledger_dir());
    let first = world.rotate();
    other.witness.trust(&world.key()).expect("kept");
    world.fill(7);
    other.cosigned(&world.ledger_dir());
    // Whoever stole the old key signs a longer log with it, which even continues the one that was cosigned.
    world.fill(9);
    let snapshot = snapshot(&world);
    let note = snapshot.checkpoint().clone().sign(&Thief::with(&first, ORIGIN)).expect("signed");
    let asked = snapshot.consistency(7, &note).expect("proved");
    let said = other.witness.cosign(&asked, TIME).expect("could look");
    assert!(matches!(said, Answer::Refused(Refusal::NotSigned { .. })), "{said:?}");
    other.cosigned(&world.ledger_dir());
}
