//! A disk that is full, and a folder that may not be written to: nothing is acknowledged, and nothing half-written stays.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{PermissionsExt, symlink};

use touchmark_core::event::Event;
use touchmark_core::ledger::Error;
use touchmark_core::ledger::file::FileStore;
use touchmark_core::ledger::store::{Batch, Commit, Store};

use crate::world::{World, append, assert_whole, moderation, on_day};

pub(crate) fn kind(error: &Error) -> Option<ErrorKind> {
    match error {
        Error::Io { source, .. } => Some(source.kind()),
        _ => None,
    }
}

#[test]
fn a_log_on_a_full_disk_does_not_begin() {
    let world = World::new();
    fs::create_dir_all(world.path("segments")).expect("created");
    symlink("/dev/full", world.segment(0)).expect("linked");
    let refused = world.try_open().expect_err("no room");
    assert_eq!(kind(&refused), Some(ErrorKind::StorageFull), "{refused}");
    assert!(!world.path("checkpoint").exists(), "nothing was signed");
    fs::remove_file(world.segment(0)).expect("removed");
    assert_eq!(world.open().size(), 1);
    assert_whole(&world.check(), 1);
}

#[test]
fn a_batch_that_does_not_fit_whole_is_taken_back_whole() {
    let world = World::with_segments_of(4);
    world.fill(2);
    let before = fs::read(world.segment(0)).expect("read");
    let mut ledger = world.open();
    // Two lines find room in the first file. The next file is on a full disk.
    symlink("/dev/full", world.segment(1)).expect("linked");
    let refused = append(&mut ledger, 5).expect_err("no room");
    assert_eq!(kind(&refused), Some(ErrorKind::StorageFull), "{refused}");
    assert_eq!(fs::read(world.segment(0)).expect("read"), before);
    assert!(fs::symlink_metadata(world.segment(1)).is_err(), "nor does an empty file stay");
    assert!(matches!(append(&mut ledger, 1), Err(Error::Poisoned)), "what stands there only opening it again can tell");
    drop(ledger);
    assert_whole(&world.check(), 2);
    append(&mut world.open(), 5).expect("there is room again");
    assert_whole(&world.check(), 7);
}

#[test]
fn a_store_whose_commit_failed_takes_no_other() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let (store, _) = FileStore::writer_of(dir.path(), 4).expect("opened");
    let segment = dir.path().join("segments/0000000000.jsonl");
    symlink("/dev/full", &segment).expect("linked");
    let mut batch = Batch::default();
    batch.push(|out| out.extend_from_slice(b"a line\n"));
    store.commit(0, &batch).expect_err("no room");
    fs::remove_file(&segment).expect("removed");
    assert!(matches!(store.commit(0, &batch), Err(Error::Poisoned)));
    drop(store);
    let (store, _) = FileStore::writer_of(dir.path(), 4).expect("opened");
    assert_eq!(store.commit(0, &batch).expect("room"), Commit::Done);
}

#[test]
fn a_checkpoint_that_cannot_be_written_acknowledges_nothing() {
    let world = World::with_records(2);
    let mut ledger = world.open();
    let aside = world.path("aside");
    fs::rename(world.path("checkpoint"), &aside).expect("moved");
    fs::create_dir(world.path("checkpoint")).expect("created");
    append(&mut ledger, 1).expect_err("no checkpoint");
    assert!(matches!(ledger.prove(0), Err(Error::Poisoned)), "the tree is ahead of what was signed");
    drop(ledger);
    fs::remove_dir(world.path("checkpoint")).expect("removed");
    fs::rename(&aside, world.path("checkpoint")).expect("moved");
    assert_eq!(world.open().size(), 3, "durable, though nobody was told");
    assert_whole(&world.check(), 3);
}

#[test]
fn a_folder_that_may_not_be_written_to_is_read_and_not_opened_for_writing() {
    let world = World::with_records(2);
    // A file system that refuses new files even to root.
    let elsewhere = tempfile::tempdir().expect("a temporary folder");
    symlink("/proc/self", elsewhere.path().join("segments")).expect("linked");
    let (store, _) = FileStore::writer(elsewhere.path()).expect("there is nothing to write yet");
    let mut batch = Batch::default();
    batch.push(|out| out.extend_from_slice(b"a line\n"));
    let refused = store.commit(0, &batch).expect_err("no new files there");
    assert!(matches!(refused, Error::Io { .. }), "{refused}");
    if rustix::process::geteuid().is_root() {
        println!("SKIPPED in part: this runs as root, to whom a folder without write permission is open");
        return;
    }
    let set = |mode| {
        for dir in [world.ledger_dir(), world.path("segments")] {
            fs::set_permissions(dir, fs::Permissions::from_mode(mode)).expect("chmod");
        }
    };
    let mut ledger = world.open();
    set(0o555);
    append(&mut ledger, 1).expect_err("no checkpoint can be written");
    drop(ledger);
    let read = world.reader().record(1).map(|record| record.seq);
    fs::remove_file(world.path("lock")).expect_err("not writable");
    set(0o755);
    assert_eq!(read.expect("read"), 1);
    assert_eq!(world.open().size(), 3);
}

#[test]
fn an_event_whose_line_nobody_could_read_again_is_refused_before_it_is_written() {
    let world = World::with_records(1);
    let mut ledger = world.open();
    let mut events: Vec<Event> = vec![moderation(), moderation()];
    events[1].private.insert("tenant".to_owned(), "n".repeat(3 << 20).into());
    let refused = on_day(0, |edge| ledger.append(&events, edge)).expect_err("too long");
    assert!(matches!(refused, Error::Event { number: 2, .. }), "{refused}");
    append(&mut ledger, 1).expect("nothing was written, and the log goes on");
    assert_whole(&world.check(), 2);
}

#[test]
fn of_thousands_of_events_none_is_written_where_one_is_refused_and_that_one_is_named() {
    let world = World::with_records(1);
    let mut ledger = world.open();
    let mut events: Vec<Event> = vec![moderation(); 5000];
    for at in [4998, 4500] {
        events[at].private.insert("tenant".to_owned(), "n".repeat(3 << 20).into());
    }
    let lent = on_day(0, |edge| ledger.append(&events, edge)).expect_err("too long");
    let given = on_day(0, |edge| ledger.append_all(events, edge)).expect_err("too long");
    for refused in [lent, given] {
        assert!(matches!(refused, Error::Event { number: 4501, .. }), "{refused}");
    }
    assert_eq!(ledger.size(), 1);
    let receipts = on_day(0, |edge| ledger.append_all(vec![moderation(); 5000], edge)).expect("appended");
    let places: Vec<u64> = receipts.iter().map(|receipt| receipt.seq).collect();
    assert_eq!(places, (1..5001).collect::<Vec<_>>());
    assert_whole(&world.check(), 5001);
}

#[test]
fn many_proofs_in_a_row_are_those_of_each_alone() {
    let world = World::with_records(1);
    let mut ledger = world.open();
    on_day(0, |edge| ledger.append_all(vec![moderation(); 1000], edge)).expect("appended");
    let snapshot = ledger.snapshot().expect("a snapshot");
    let prover = snapshot.prover();
    for seq in (0..1001).chain([3, 700, 3]) {
        assert_eq!(prover.prove(seq).expect("proved"), snapshot.prove(seq).expect("proved"), "{seq}");
    }
    assert!(prover.prove(1001).is_err());
}
