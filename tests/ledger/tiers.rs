//! Segments that age: packed where they stand, then in an archive. Whatever stands where, all answers stay the same.

mod broken;
mod house;
mod killed;

use std::fs;
use std::io::Read as _;
use std::ops::ControlFlow;

use flate2::read::MultiGzDecoder;
use touchmark_core::audit::{Options, audit};
use touchmark_core::ledger::index::remake::reindex;
use touchmark_core::ledger::tiers::Tier;
use touchmark_core::ledger::{CHECKPOINT, Error};
use touchmark_core::publish::publish;

use self::house::{House, tiers};
use crate::world::assert_whole;

#[test]
fn segments_move_when_they_are_old_enough_and_everything_reads_as_before() {
    let house = House::new();
    let before = house.answers();
    assert!(house.run(89).is_empty(), "nothing is 90 days old");
    let warm = house.run(90);
    assert_eq!(tiers(&warm), [Tier::Warm; 4]);
    assert!(warm.iter().all(|moved| moved.bytes < moved.before), "{warm:?}");
    assert_eq!(house.answers(), before);
    let cold = house.run(365);
    assert_eq!(tiers(&cold), [Tier::Cold; 4]);
    assert_eq!(house.answers(), before);
    assert!(house.run(4000).is_empty(), "there is nothing left to do, and the newest segment never moves");
    assert!(house.world.segment(4).exists());
    assert_eq!(house.names("segments").iter().filter(|name| name.ends_with(".jsonl.gz")).count(), 0);
    assert_eq!(house.archived().len(), 5, "four segments and the mark");
}

#[test]
fn from_hot_to_cold_in_one_run_and_the_log_goes_on() {
    let house = House::new();
    let before = house.answers();
    assert_eq!(tiers(&house.run(400)), [Tier::Cold; 4]);
    assert_eq!(house.answers(), before);
    house.world.fill(50);
    house.world.rotate();
    house.world.fill(60);
    assert_whole(&house.world.check(), 60);
    assert_eq!(tiers(&house.run(400)), [Tier::Cold], "the next one is full and the newest");
    assert_whole(&house.world.check(), 60);
    house.world.fill(61);
}

#[test]
fn a_warm_segment_is_a_gzip_file_with_the_lines_as_they_were() {
    let house = House::new();
    let written = fs::read(house.world.segment(1)).expect("read");
    house.run(90);
    assert!(!house.world.segment(1).exists() && !house.world.path("segments/0000000001.offsets").exists());
    let mut lines = Vec::new();
    let packed = fs::File::open(house.packed(1)).expect("there");
    MultiGzDecoder::new(packed).read_to_end(&mut lines).expect("gzip");
    assert_eq!(lines, written);
}

#[test]
fn who_reads_while_segments_move_goes_on() {
    let house = House::new();
    let before = house.answers();
    let (reader, store) = (house.world.reader(), house.world.reader_store());
    let snapshot = reader.snapshot().expect("opened");
    let id = reader.record(3).expect("there").id;
    let mut seen = Vec::new();
    let scanned = store.scan(0, &mut |seq, line| {
        match seq {
            2 => drop(house.run(90)),
            20 => drop(house.run(365)),
            _ => {}
        }
        seen.push(line.to_vec());
        ControlFlow::Continue(())
    });
    scanned.expect("scanned");
    assert_eq!(seen, house.lines());
    assert_eq!(reader.find(id).expect("found"), 3);
    let proofs: Vec<String> = (0..house.size()).map(|seq| snapshot.prove(seq).expect("proved").to_string()).collect();
    assert_eq!(proofs, before.proofs);
    assert_eq!(house.answers(), before);
}

#[test]
fn a_writer_that_is_open_goes_on_while_segments_move() {
    let house = House::new();
    let mut ledger = house.world.open();
    house.run(400);
    crate::world::append(&mut ledger, 20).expect("appended");
    drop(ledger);
    assert_whole(&house.world.check(), house.size());
}

#[test]
fn what_no_checkpoint_covers_and_what_is_not_full_does_not_move() {
    let house = House::new();
    let old = fs::read(house.world.path(CHECKPOINT)).expect("read");
    house.world.fill(60);
    fs::write(house.world.path(CHECKPOINT), old).expect("written");
    assert_eq!(tiers(&house.run(90)).len(), 4, "the fifth segment is full, and its end is behind the checkpoint");
    assert!(house.world.segment(4).exists() && house.world.segment(5).exists());
}

#[test]
fn a_segment_that_is_not_what_the_checkpoint_covers_stays_as_it_is() {
    let house = House::of_tiles();
    let path = house.world.segment(0);
    let text = fs::read_to_string(&path).expect("text");
    let changed = text.replacen("MODERATION", "MODERATIOM", 1);
    assert_ne!(changed, text);
    fs::write(&path, &changed).expect("written");
    let moved = house.run(400);
    assert_eq!(tiers(&moved), [Tier::Hot, Tier::Cold]);
    let problem = moved[0].problem.as_deref().expect("a sentence");
    assert!(problem.starts_with("record 1 was changed"), "{problem}");
    assert_eq!(fs::read_to_string(&path).expect("text"), changed);
    assert_eq!(house.world.first_finding().0, Some(1));
}

#[test]
fn two_do_not_move_segments_at_once() {
    let house = House::new();
    let mut second = None;
    let moved = house.run_with(90, &mut |_, _| {
        second.get_or_insert_with(|| house.try_run(90, &mut |_, _| Ok(())).expect_err("the first is at work"));
        Ok(())
    });
    assert_eq!(tiers(&moved), [Tier::Warm; 4]);
    assert!(matches!(second, Some(Error::Moving { .. })), "{second:?}");
}

#[test]
fn each_place_can_be_read_from_in_each_tier() {
    let house = House::new();
    let lines = house.lines();
    for day in [0, 90, 400] {
        house.run(day);
        let store = house.world.reader_store();
        for from in 0..=lines.len() {
            assert_eq!(store.read(from as u64).expect("read").as_ref(), lines.get(from), "line {from}");
            let mut seen = Vec::new();
            let scanned = store.scan(from as u64, &mut |seq, line| {
                assert_eq!(seq, (from + seen.len()) as u64);
                seen.push(line.to_vec());
                ControlFlow::Continue(())
            });
            scanned.expect("scanned");
            assert_eq!(seen, lines[from..]);
        }
    }
}

#[test]
fn what_is_published_audited_and_indexed_is_the_same_wherever_segments_stand() {
    let house = House::new();
    let seen = || {
        let (reader, folder) = (house.world.reader(), tempfile::tempdir().expect("a folder"));
        let snapshot = reader.snapshot().expect("a checkpoint");
        publish(&snapshot, snapshot.note(), folder.path()).expect("could").expect("published");
        let options = Options::all(house.size(), "2999-01-01T00:00:00Z".parse().expect("a time"));
        let mut findings = Vec::new();
        let report = audit(&reader, &options, &mut |finding| findings.push(format!("{finding:?}"))).expect("audited");
        let remade = reindex(house.world.writer_store().expect("free").as_ref(), &mut |_, _| {}).expect("could");
        (house::files(folder.path()), findings, format!("{report:?} {remade:?}"))
    };
    let hot = seen();
    assert!(hot.0.len() >= 4, "a checkpoint, keys, tiles and entries");
    for day in [90, 400] {
        assert_eq!(house.run(day).len(), 4);
        assert!(seen() == hot, "on day {day}");
    }
}
