//! A log that is whole in itself and yet not the one that was: set back to an older copy, or continued twice. No log can tell that of
//! itself. A checkpoint that somebody kept elsewhere tells.

use touchmark_core::ledger::check::open_checkpoint;
use touchmark_core::ledger::{Continuation, Error, Ledger};
use touchmark_core::merkle::verify_consistency;
use touchmark_core::tlog::checkpoint::Checkpoint;

use crate::world::{World, append, assert_whole};

fn kept(world: &World) -> Checkpoint {
    let note = world.reader().checkpoint().expect("there");
    open_checkpoint(note.as_bytes(), &[world.key()]).expect("signed by the log")
}

#[test]
fn a_log_that_grew_proves_that_it_continues_what_it_was() {
    let world = World::with_records(3);
    let mut past = vec![kept(&world)];
    for records in 4..9 {
        world.fill(records);
        past.push(kept(&world));
    }
    let now = past.last().expect("the newest").clone();
    for then in past {
        let Continuation::Proved(proof) = world.reader().continues(&then).expect("could look") else {
            panic!("{} records", then.size())
        };
        verify_consistency(then.size(), then.root(), now.size(), now.root(), &proof).expect("anybody can check it");
    }
}

#[test]
fn a_log_that_was_set_back_with_its_checkpoint_is_whole_but_shorter_than_the_checkpoint_kept_elsewhere() {
    let world = World::with_records(4);
    let old = world.copy();
    world.fill(6);
    let kept = kept(&world);
    world.put_back(&old);
    assert_whole(&world.check(), 4);
    assert_eq!(world.reader().continues(&kept).expect("could look"), Continuation::Shorter { size: 4 });
}

#[test]
fn a_log_that_went_on_twice_from_the_same_record_is_a_fork() {
    let world = World::with_records(4);
    let before = kept(&world);
    let old = world.copy();
    world.fill(6);
    let shown = kept(&world);
    world.put_back(&old);
    // Longer than the other, so that its size gives nothing away.
    world.fill(9);
    assert_whole(&world.check(), 9);
    let reader = world.reader();
    assert!(matches!(reader.continues(&before), Ok(Continuation::Proved(_))), "up to there they are one");
    let Continuation::Forked { root } = reader.continues(&shown).expect("could look") else { panic!("not found") };
    assert_ne!(root, *shown.root());
}

#[test]
fn lines_set_back_beneath_a_newer_checkpoint_are_found_by_the_log_itself() {
    let world = World::with_records(6);
    world.change(|lines| lines.truncate(4));
    assert!(!world.check().findings.is_empty());
    let refused = world.try_open().expect_err("refused");
    assert!(matches!(refused, Error::Shortened { size: 4, checkpoint: 6 }), "{refused}");
}

#[test]
fn the_checkpoint_of_another_log_is_not_continued() {
    let (world, other) = (World::with_records(3), World::with_records(3));
    assert!(matches!(world.reader().continues(&kept(&other)), Ok(Continuation::Forked { .. })));
}

#[test]
fn two_writers_on_two_copies_fork_and_each_sees_the_other_s_checkpoint_as_foreign() {
    let world = World::with_records(4);
    let copy = world.copy();
    let mut here: Ledger = world.open();
    append(&mut here, 1).expect("appended");
    let here_kept = kept(&world);
    drop(here);
    world.put_back(&copy);
    let mut there = world.open();
    append(&mut there, 1).expect("appended");
    drop(there);
    assert!(matches!(world.reader().continues(&here_kept), Ok(Continuation::Forked { .. })));
}
