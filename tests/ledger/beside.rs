//! Reading beside a writer: whole records only, and a checkpoint that fits them.

use std::fs;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use touchmark_core::ledger::Store;
use touchmark_core::ledger::check::Problem;
use touchmark_core::ledger::file::FileStore;
use touchmark_core::ledger::line::Line;
use touchmark_core::merkle::leaf_hash;

use crate::world::{World, append, assert_whole};

#[test]
fn readers_beside_a_writer_find_a_whole_log_at_every_moment() {
    let world = World::with_segments_of(16);
    let mut ledger = world.open();
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reading = [0, 1].map(|_| {
            scope.spawn(|| {
                let mut rounds = 0;
                // Once more after the end, so that each reads at least the whole log.
                while !ended.load(Ordering::Acquire) || rounds == 0 {
                    look(&world);
                    rounds += 1;
                }
                look(&world)
            })
        });
        for count in 1..30 {
            append(&mut ledger, count % 11).expect("appended");
        }
        ended.store(true, Ordering::Release);
        for thread in reading {
            assert_eq!(thread.join().expect("no panic"), ledger.size());
        }
    });
    assert_whole(&world.check(), ledger.size());
}

/// Everything that a reader can ask. Answers how many records it saw.
fn look(world: &World) -> u64 {
    let reader = world.reader();
    let report = world.check();
    assert_eq!(report.findings, [], "the checkpoint covers no more than there is, and no line is half");
    let mut seen = 0;
    let read = reader.records(0, &mut |record, _| {
        assert_eq!(record.seq, seen);
        seen += 1;
        ControlFlow::Continue(())
    });
    read.expect("whole records");
    let note = reader.prove(0).expect("proved");
    let last = note.checkpoint().unverified().size() - 1;
    let line = reader.line(last).expect("what the checkpoint covers is there");
    let proof = reader.prove(last).expect("proved");
    proof.verify(&leaf_hash(Line::parse(&line).expect("a line").record), &[world.key()]).expect("holds");
    let id = reader.record(last).expect("there").id;
    assert_eq!(reader.find(id).expect("found"), last);
    assert!(report.records <= seen);
    seen
}

#[test]
fn a_line_on_its_way_is_no_torn_tail_while_its_writer_lives() {
    let world = World::with_records(2);
    let ledger = world.open();
    let half = [fs::read(world.segment(0)).expect("read"), b"{\"hash\":\"sha256:12".to_vec()].concat();
    fs::write(world.segment(0), half).expect("written");
    assert_whole(&world.check(), 2);
    drop(ledger);
    assert_eq!(world.first_finding(), (Some(2), Problem::TornTail { bytes: 18 }));
}

#[test]
fn a_reader_that_saw_records_which_were_taken_back_forgets_them() {
    let world = World::with_records(2);
    let seen = world.copy();
    // One more that a reader sees, and that is then taken back, with another in its place.
    world.fill(3);
    let reader = world.reader();
    let taken_back = reader.record(2).expect("there").id;
    assert_eq!(reader.find(taken_back).expect("found"), 2);
    for name in ["segments/0000000000.jsonl", "segments/0000000000.offsets", "checkpoint"] {
        fs::copy(seen.path().join(name), world.path(name)).expect("copied");
    }
    assert!(reader.find(taken_back).is_err());
    world.fill(4);
    let now = [2, 3].map(|seq| reader.record(seq).expect("there").id);
    assert!(!now.contains(&taken_back));
    assert_eq!(now.map(|id| reader.find(id).expect("found")), [2, 3]);
    assert!(reader.find(taken_back).is_err());
}

#[test]
fn the_writers_own_store_does_not_show_what_was_not_committed() {
    let world = World::with_records(2);
    let (store, _) = FileStore::writer(&world.ledger_dir()).expect("opened");
    let text = fs::read(world.segment(0)).expect("read");
    let doubled = [text.clone(), text].concat();
    fs::write(world.segment(0), doubled).expect("written");
    let mut seen = 0;
    let scanned = store.scan(0, &mut |_, _| {
        seen += 1;
        ControlFlow::Continue(())
    });
    scanned.expect("scanned");
    assert_eq!((seen, store.size().expect("size")), (2, 2));
    assert_eq!(store.read(2).expect("read"), None);
}
