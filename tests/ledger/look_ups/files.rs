//! The files of an index: whatever stands in them, no answer is wrong.

use std::fs;

use proptest::prelude::*;
use touchmark_core::event::{Event, Kind};
use touchmark_core::ledger::index::remake::reindex;
use touchmark_core::ledger::line::Line;
use touchmark_core::ledger::{Key, Selection};
use uuid::Uuid;

use super::{assert_answers, busy_world, hash, ingest, scan, select, some_event};
use crate::world::{World, append, on_day};

fn index(world: &World, number: u64) -> std::path::PathBuf {
    world.path(&format!("segments/{number:010}.index"))
}

#[test]
fn no_byte_of_an_index_file_can_change_an_answer() {
    let world = busy_world(8, 20);
    let all = scan(&world.reader());
    let whole = fs::read(index(&world, 1)).expect("read");
    // Zeros that fill up a block are under its checksum as everything is: every 61st byte of them is enough.
    let last_of_note = whole.chunks(4096).map(|block| block.iter().take(4092).rposition(|byte| *byte != 0));
    let last_of_note: Vec<usize> = last_of_note.map(Option::unwrap_or_default).collect();
    for at in 0..whole.len() {
        let in_block = at % 4096;
        if in_block > last_of_note[at / 4096] && in_block < 4092 && !at.is_multiple_of(61) {
            continue;
        }
        let mut broken = whole.clone();
        broken[at] ^= 1 << (at % 8);
        fs::write(index(&world, 1), &broken).expect("written");
        let reader = world.reader();
        // Each part of the file: ids and hashes stand in one block here, then types and tenants.
        for (record, _) in all.iter().skip(8).step_by(5).take(2) {
            assert_eq!(reader.find(record.id).expect("found"), record.seq, "byte {at}");
        }
        let north =
            Selection { kind: Some(Kind::Moderation), tenant: Some("north".to_owned()), ..Selection::default() };
        let expected = all
            .iter()
            .filter(|(record, tenant)| record.kind() == Kind::Moderation && tenant.as_deref() == Some("north"));
        assert_eq!(select(&reader, &north), expected.map(|(record, _)| record.seq).collect::<Vec<_>>(), "byte {at}");
    }
    for end in [0, 1, 4095, 4096, 4097, whole.len() - 4096, whole.len() - 1] {
        fs::write(index(&world, 1), &whole[..end]).expect("written");
        assert_answers(&world.reader(), &all, &format!("cut after {end} bytes"));
    }
}

#[test]
fn index_files_that_are_missing_old_or_foreign_are_not_believed() {
    let (world, other) = (busy_world(8, 30), busy_world(8, 30));
    let all = scan(&world.reader());
    assert_answers(&world.reader(), &all, "as the writer left it");
    let own: Vec<Vec<u8>> = (0..3).map(|number| fs::read(index(&world, number)).expect("read")).collect();
    let mixed = [&own[1][..4096], &own[0][4096..]].concat();
    let foreign = fs::read(index(&other, 1)).expect("read");
    let mixed_logs = [&own[1][..4096], &foreign[4096..]].concat();
    let empty = Vec::new();
    for (what, bytes) in [
        ("of another log", &foreign),
        ("of another segment", &own[0]),
        ("of a later segment", &own[2]),
        ("with the blocks of another segment", &mixed),
        ("with the blocks of another log", &mixed_logs),
        ("empty", &empty),
    ] {
        fs::write(index(&world, 1), bytes).expect("written");
        assert_answers(&world.reader(), &all, what);
    }
    for number in 0..3 {
        fs::remove_file(index(&world, number)).expect("removed");
    }
    assert_answers(&world.reader(), &all, "missing, as on a copy that left derived files out");
    assert!(!index(&world, 1).exists(), "a reader writes nothing");
    fs::create_dir(index(&world, 1)).expect("created");
    assert_answers(&world.reader(), &all, "a folder");
}

#[test]
fn an_index_that_vanishes_under_a_reader_is_missed_by_nobody() {
    let world = busy_world(8, 30);
    let reader = world.reader();
    let all = scan(&reader);
    assert_answers(&reader, &all, "there");
    for number in 0..3 {
        fs::remove_file(index(&world, number)).expect("removed");
    }
    assert_answers(&reader, &all, "gone");
}

#[test]
fn the_writer_makes_what_a_crash_left_unmade_and_the_same_again() {
    let world = busy_world(4, 21);
    let made: Vec<Vec<u8>> = (0..5).map(|number| fs::read(index(&world, number)).expect("read")).collect();
    // The crash came behind the commit that filled segments 3 and 4.
    fs::remove_file(index(&world, 4)).expect("removed");
    fs::write(index(&world, 3), &made[3][..5000]).expect("half of it reached the disk");
    drop(world.open());
    assert_eq!((3..5).map(|number| fs::read(index(&world, number)).expect("read")).collect::<Vec<_>>(), made[3..]);
    let (store, mut steps) = (world.writer_store().expect("opened"), Vec::new());
    fs::write(index(&world, 0), "nonsense").expect("written");
    let remade = reindex(store.as_ref(), &mut |done, all| steps.push((done, all))).expect("made");
    assert_eq!((remade.records, remade.segments, remade.failed), (22, 5, Vec::new()));
    assert_eq!(steps, (0..=5).map(|done| (done, 5)).collect::<Vec<_>>());
    assert_eq!((0..5).map(|number| fs::read(index(&world, number)).expect("read")).collect::<Vec<_>>(), made);
}

#[test]
fn a_segment_that_cannot_be_read_is_named_and_its_index_does_not_stay() {
    let world = busy_world(4, 10);
    let text = fs::read_to_string(world.segment(1)).expect("read");
    fs::write(world.segment(1), text.replacen("\"type\":\"", "\"type\":\"X", 1)).expect("written");
    let store = world.writer_store().expect("opened");
    let remade = reindex(store.as_ref(), &mut |_, _| {}).expect("made");
    assert_eq!((remade.segments, remade.failed.len()), (1, 1));
    assert!(remade.failed[0].starts_with("segment 1: record "), "{:?}", remade.failed);
    assert_eq!(fs::read(index(&world, 1)).expect("there"), b"");
}

#[test]
fn an_index_that_cannot_be_written_is_no_failure_of_the_append() {
    let world = World::with_segments_of(4);
    world.fill(3);
    fs::create_dir(index(&world, 0)).expect("in its way");
    let mut ledger = world.open();
    append(&mut ledger, 4).expect("appended all the same");
    let reader = world.reader();
    assert_answers(&reader, &scan(&reader), "without one");
}

#[test]
fn a_reader_that_saw_full_segments_which_were_taken_back_forgets_them() {
    let world = World::with_segments_of(4);
    world.fill(3);
    let seen = world.copy();
    world.fill(10);
    let reader = world.reader();
    let taken_back: Vec<Uuid> = (3..10).map(|seq| reader.record(seq).expect("there").id).collect();
    assert_eq!(reader.find(taken_back[0]).expect("found"), 3);
    assert_eq!(reader.find(taken_back[6]).expect("found"), 9);
    // The index files stay, as those of a log that was set back do.
    let old: Vec<Vec<u8>> = (0..2).map(|number| fs::read(index(&world, number)).expect("read")).collect();
    world.put_back(&seen);
    for (number, bytes) in (0..).zip(&old) {
        fs::write(index(&world, number), bytes).expect("written");
    }
    assert!(reader.find(taken_back[0]).is_err());
    fs::remove_file(index(&world, 0)).expect("removed");
    let mut ledger = world.open();
    // While the writer fills the segments anew, the old index of the second one lies there.
    for count in [1, 3, 2] {
        append(&mut ledger, count).expect("appended");
        for id in &taken_back {
            assert!(reader.find(*id).is_err());
        }
        let all = scan(&reader);
        assert_answers(&reader, &all, "after it was written anew");
        assert_answers(&world.reader(), &all, "by a new reader");
    }
}

#[test]
fn what_an_index_keeps_names_no_person_and_no_tenant() {
    let world = busy_world(8, 30);
    let lines = fs::read_to_string(world.segment(1)).expect("read");
    let kept = fs::read(index(&world, 1)).expect("read");
    for secret in ["emp-1042", "north", "south", "east", "oidc"] {
        assert!(lines.contains(secret), "{secret} is in the lines");
        assert!(!kept.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret} is in the index");
    }
}

#[test]
fn a_segment_with_one_hash_all_over_is_searched_right() {
    // More entries of one digest than fit into a block, with others before and behind it.
    let world = World::with_segments_of(1500);
    let mut ledger = world.open();
    let thing = hash("thing 1");
    let mut events: Vec<Event> = (0..1400).map(|_| ingest(&thing, "north")).collect();
    events.extend((0..150).map(|number| ingest(&hash(&format!("other {number}")), "east")));
    on_day(0, |edge| ledger.append(&events, edge)).expect("appended");
    let reader = world.reader();
    assert_eq!(reader.look_up(&Key::Asset(thing)).expect("found"), (1..=1400).collect::<Vec<u64>>());
    for number in 0..150 {
        let found = reader.look_up(&Key::Asset(hash(&format!("other {number}")))).expect("found");
        assert_eq!(found, [1401 + number]);
    }
    assert!(reader.look_up(&Key::Asset(hash("none"))).expect("looked").is_empty());
    let line = reader.line(700).expect("there");
    assert!(Line::parse(&line).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn an_index_answers_as_a_scan_does(
        segment_lines in 1_u64..9,
        batches in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..9), 1..8),
        without in proptest::collection::vec(0_u64..12, 0..4),
    ) {
        let world = World::with_segments_of(segment_lines);
        let mut ledger = world.open();
        let reader = world.reader();
        for batch in &batches {
            let events: Vec<Event> = batch.iter().map(|number| some_event(*number)).collect();
            on_day(0, |edge| ledger.append(&events, edge)).expect("appended");
            let last = reader.record(ledger.size() - 1).expect("there").id;
            prop_assert!(reader.find(last).is_ok());
        }
        for number in without {
            drop(fs::remove_file(index(&world, number)));
        }
        let all = scan(&reader);
        assert_answers(&reader, &all, "by a reader from the beginning");
        assert_answers(&world.reader(), &all, "by a new reader");
    }
}
