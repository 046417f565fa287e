//! The MAC key goes on from day to day. A thief of today's key, even together with the log's signing key, cannot rewrite yesterday.

use std::fs;
use std::sync::Arc;

use touchmark_core::keys::Signer;
use touchmark_core::keys::mac::EpochFile;
use touchmark_core::ledger::check::{Checks, MacKeys, Problem, Signatures, check};
use touchmark_core::ledger::faulty::{Fault, FaultyStore};
use touchmark_core::ledger::history::Known;
use touchmark_core::ledger::line::Line;
use touchmark_core::ledger::{CHECKPOINT, Error};

use crate::forgery::forge;
use crate::thief::Thief;
use crate::world::{ORIGIN, World, append_on_day, assert_whole};

/// Ten records: the KEY record and two moderations on day 0, two on each of the days 1, 2, 3, and one on day 4.
fn four_days() -> World {
    let world = World::new();
    let mut ledger = world.open();
    for (day, count) in [(0, 2), (1, 2), (2, 2), (3, 2), (4, 1)] {
        append_on_day(&mut ledger, count, day).expect("appended");
    }
    drop(ledger);
    world
}

fn epochs(world: &World) -> Vec<u64> {
    world.lines().iter().map(|line| Line::parse(line).expect("a line").mac.epoch).collect()
}

#[test]
fn every_day_has_a_key_of_its_own_and_the_old_ones_are_gone() {
    let world = four_days();
    assert_eq!(epochs(&world), [0, 0, 0, 1, 1, 2, 2, 3, 3, 4]);
    assert_whole(&world.check(), 10);
    assert_eq!(EpochFile::open(world.epoch_file()).expect("opened").key().epoch(), 4);
}

#[test]
fn todays_key_gives_no_macs_of_yesterday() {
    let world = four_days();
    // The thief has the key of epoch 4, and the log's signing key. What he says is epoch 2, he makes with the key of epoch 4.
    forge(&world, 5, |at| (epochs(&world)[at], 4), &world.signer());
    assert_eq!(world.first_finding(), (Some(5), Problem::Mac));
}

#[test]
fn records_of_yesterday_cannot_be_passed_off_as_todays() {
    let world = four_days();
    // So he says that they are of epoch 4: the MACs are right then.
    forge(&world, 5, |_| (4, 4), &world.signer());
    sign_what_stands(&world);
    assert_eq!(world.first_finding(), (Some(5), Problem::Epoch { before: 1, found: 4 }));
    let report = world.check_in_public();
    assert_eq!(report.findings[0].problem, Problem::Epoch { before: 1, found: 4 }, "for this nobody needs a secret");
}

#[test]
fn a_key_that_was_given_up_does_not_come_back() {
    let world = four_days();
    forge(&world, 8, |at| if at == 8 { (3, 3) } else { (2, 2) }, &world.signer());
    sign_what_stands(&world);
    assert_eq!(world.first_finding(), (Some(9), Problem::Epoch { before: 3, found: 2 }));
}

#[test]
fn what_was_written_since_the_theft_can_be_forged_and_only_a_kept_checkpoint_tells() {
    let world = four_days();
    let kept = world.reader().checkpoint().expect("there");
    forge(&world, 9, |_| (4, 4), &world.signer());
    sign_what_stands(&world);
    assert_whole(&world.check(), 10);
    assert_ne!(world.reader().checkpoint().expect("there"), kept);
}

#[test]
fn an_absurd_epoch_in_a_forged_line_costs_no_time_and_blames_that_line() {
    let world = World::with_records(4);
    world.change(|lines| crate::world::rewrite(&mut lines[2], |parts| parts.mac.epoch = u64::MAX));
    assert_eq!(world.first_finding(), (Some(2), Problem::Epoch { before: 0, found: u64::MAX }));
}

#[test]
fn a_new_key_that_was_stored_before_a_failure_is_used_and_none_is_left_out() {
    let world = World::with_records(2);
    // Day after day the key is turned, and then the lines cannot be written.
    for day in 1..4 {
        let store = || world.writer_store().expect("opened");
        let counting = Arc::new(FaultyStore::new(store(), u64::MAX, Fault::NotDone));
        drop(world.open_over(counting.clone(), day).expect("opened"));
        let calls_of_opening = counting.calls();
        drop(counting);
        let faulty = Arc::new(FaultyStore::new(store(), calls_of_opening, Fault::NotDone));
        let mut ledger = world.open_over(faulty, day).expect("opened");
        append_on_day(&mut ledger, 1, day).expect_err("the commit fails");
    }
    append_on_day(&mut world.open(), 1, 4).expect("appended");
    assert_eq!(epochs(&world), [0, 0, 1]);
    assert_whole(&world.check(), 3);
}

#[test]
fn without_the_root_the_macs_of_the_present_epoch_are_checked_and_said_to_be() {
    let world = four_days();
    let key = EpochFile::read(world.epoch_file()).expect("read");
    let keys = world.known();
    let look = || {
        let macs = Some(MacKeys::Epoch(&key));
        let checks =
            Checks { origin: ORIGIN, known: &[Known::History(&keys)], macs, signatures: Signatures::All, from: 0 };
        check(world.reader_store().as_ref(), &checks).expect("could look")
    };
    let report = look();
    assert_whole(&report, 10);
    assert_eq!((report.macs_checked, report.macs_from), (false, Some(9)), "the one record of day 4");
    // Later epochs follow from the key that was read.
    append_on_day(&mut world.open(), 2, 5).expect("appended");
    let report = look();
    assert_whole(&report, 12);
    assert_eq!(report.macs_from, Some(9));
    forge(&world, 11, |_| (5, 4), &world.signer());
    sign_what_stands(&world);
    assert_eq!(look().findings[0].problem, Problem::Mac);
}

#[test]
fn macs_by_no_key_of_this_log_are_one_finding_beside_which_the_others_are_seen() {
    let world = four_days();
    let (other, keys) = (World::with_records(2), world.known());
    let look = || {
        let macs = Some(MacKeys::Root(other.root()));
        let checks =
            Checks { origin: ORIGIN, known: &[Known::History(&keys)], macs, signatures: Signatures::All, from: 0 };
        check(world.reader_store().as_ref(), &checks).expect("could look")
    };
    let report = look();
    let [finding] = report.findings.as_slice() else { panic!("{report:?}") };
    assert_eq!((finding.seq, &finding.problem), (Some(0), &Problem::ForeignMacs { records: 10 }));
    assert!(!report.macs_checked);
    world.change(|lines| crate::world::rewrite(&mut lines[6], |parts| parts.private[12] ^= 1));
    assert_eq!(look().findings[1].problem, Problem::Private);
}

#[test]
fn a_mac_key_of_another_log_is_refused_although_the_epoch_fits() {
    let (world, other) = (World::with_records(3), World::with_records(3));
    fs::copy(other.epoch_file(), world.epoch_file()).expect("copied");
    let refused = world.try_open().expect_err("refused");
    assert!(matches!(refused, Error::ForeignMacKey { seq: 2, epoch: 0 }), "{refused}");
}

#[test]
fn a_key_from_a_backup_is_refused() {
    let world = World::with_records(2);
    let old = fs::read(world.epoch_file()).expect("read");
    let mut ledger = world.open();
    append_on_day(&mut ledger, 1, 1).expect("appended");
    drop(ledger);
    fs::write(world.epoch_file(), old).expect("written");
    let refused = world.try_open().expect_err("refused");
    assert!(matches!(refused, Error::Keys(_)), "{refused}");
}

#[test]
fn a_log_that_was_set_back_by_days_does_not_fit_its_writers_key() {
    let world = World::with_records(3);
    let old = world.copy();
    let mut ledger = world.open();
    for day in 1..3 {
        append_on_day(&mut ledger, 2, day).expect("appended");
    }
    drop(ledger);
    world.put_back(&old);
    assert_whole(&world.check(), 3);
    let refused = world.try_open().expect_err("refused");
    assert!(matches!(refused, Error::LostEpochs { last: 0, key: 2 }), "{refused}");
    assert!(refused.to_string().contains("restore the newest copy"), "{refused}");
    // Nor does a folder that was emptied begin anew.
    fs::remove_dir_all(world.ledger_dir()).expect("removed");
    assert!(matches!(world.try_open(), Err(Error::LostEpochs { last: 0, key: 2 })));
}

/// Signs a checkpoint over the lines as they are: what the thief of the log's key can do.
fn sign_what_stands(world: &World) {
    sign_as(world, &world.signer());
}

/// The same with another key.
pub(crate) fn sign_as(world: &World, key: &dyn Signer) {
    let lines = world.lines();
    let leaves = lines.iter().map(|line| touchmark_core::merkle::leaf_hash(Line::parse(line).expect("a line").record));
    let root = touchmark_core::merkle::root_of(leaves);
    let note = Thief::with(key, ORIGIN).signs(lines.len() as u64, root);
    fs::write(world.path(CHECKPOINT), note.to_string()).expect("written");
}
