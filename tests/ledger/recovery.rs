//! After a crash: what was acknowledged is taken over, what was not is cleared away, and what does not fit is refused.

use std::fs;

use touchmark_core::keys::Signer;
use touchmark_core::ledger::check::Problem;
use touchmark_core::ledger::file::{FileStore, TornTail};
use touchmark_core::ledger::line::signed_message;
use touchmark_core::ledger::{CHECKPOINT, Error, VERIFIER_KEY};

use crate::world::{World, append, assert_whole, rewrite};

#[test]
fn records_that_are_newer_than_the_checkpoint_are_taken_over() {
    let world = World::with_records(3);
    let old = fs::read(world.path(CHECKPOINT)).expect("read");
    world.fill(6);
    // The lines are synced, the checkpoint is not: after a crash the one before may stand there.
    fs::write(world.path(CHECKPOINT), old).expect("written");
    let report = world.check();
    assert_eq!((report.findings.as_slice(), report.records, report.checkpoint), ([].as_slice(), 6, Some(3)));
    let mut ledger = world.open();
    assert_eq!(ledger.size(), 6);
    assert_whole(&world.check(), 6);
    append(&mut ledger, 1).expect("appended");
    assert_whole(&world.check(), 7);
}

#[test]
fn a_checkpoint_that_a_crash_left_unreadable_is_signed_again_after_everything_was_checked() {
    for left in [None, Some(Vec::new()), Some(vec![0; 190]), Some(b"touchmark/north-0001\n3\n".to_vec())] {
        let world = World::with_records(3);
        fs::remove_file(world.path(CHECKPOINT)).expect("removed");
        if let Some(bytes) = &left {
            fs::write(world.path(CHECKPOINT), bytes).expect("written");
        }
        assert_eq!(world.open().size(), 3);
        assert_whole(&world.check(), 3);
        // Everything: the first record too.
        world.change(|lines| rewrite(&mut lines[1], |parts| parts.private[12] ^= 1));
        fs::write(world.path(CHECKPOINT), left.unwrap_or_default()).expect("written");
        let refused = world.try_open().expect_err("refused");
        assert!(matches!(refused, Error::BadEnd { .. }) && refused.to_string().contains("record 1 ("), "{refused}");
    }
}

#[test]
fn a_checkpoint_that_another_key_signed_is_refused() {
    let (world, other) = (World::with_records(3), World::with_records(3));
    fs::copy(other.path(CHECKPOINT), world.path(CHECKPOINT)).expect("copied");
    assert!(matches!(world.try_open(), Err(Error::Object { name: CHECKPOINT, .. })));
}

#[test]
fn a_log_whose_records_are_all_gone_does_not_begin_anew() {
    let world = World::with_records(3);
    fs::remove_dir_all(world.path("segments")).expect("removed");
    let refused = world.try_open().expect_err("refused");
    assert!(matches!(refused, Error::Shortened { size: 0, checkpoint: 3 }), "{refused}");
    assert!(refused.to_string().contains("restore the missing lines from a copy"), "{refused}");
    fs::write(world.path(CHECKPOINT), "").expect("written");
    let refused = world.try_open().expect_err("refused").to_string();
    assert!(refused.contains("there are no records: bring them back from a copy"), "{refused}");
}

#[test]
fn the_logs_key_is_written_down_again_but_not_exchanged() {
    let world = World::with_records(3);
    for garbage in [None, Some(""), Some("touchmark/north")] {
        fs::remove_file(world.path(VERIFIER_KEY)).expect("removed");
        if let Some(garbage) = garbage {
            fs::write(world.path(VERIFIER_KEY), garbage).expect("written");
        }
        drop(world.open());
        assert_eq!(*world.reader().key(), world.key());
    }
    fs::write(world.path(VERIFIER_KEY), World::with_records(1).key().to_string()).expect("written");
    assert!(matches!(world.try_open(), Err(Error::Object { name: VERIFIER_KEY, .. })));
}

#[test]
fn an_unfinished_line_is_reported_and_cut_off() {
    let world = World::with_records(3);
    let whole = fs::read(world.segment(0)).expect("read");
    let line = world.lines()[2].clone();
    for bytes in [1, 2, 100, line.len()] {
        fs::write(world.segment(0), [&whole, &line[..bytes]].concat()).expect("written");
        let torn = Problem::TornTail { bytes: bytes as u64 };
        assert_eq!(world.first_finding(), (Some(3), torn));
        let (store, reported) = FileStore::writer(&world.ledger_dir()).expect("opened");
        assert_eq!(reported, Some(TornTail { seq: 3, bytes: bytes as u64 }));
        drop(store);
        assert_eq!(fs::read(world.segment(0)).expect("read").len(), whole.len() + bytes, "not before all is checked");
        drop(world.open());
        assert_eq!(fs::read(world.segment(0)).expect("read"), whole);
        assert_whole(&world.check(), 3);
    }
}

#[test]
fn an_unfinished_first_line_does_not_stop_a_log_from_beginning() {
    let world = World::new();
    fs::create_dir_all(world.path("segments")).expect("created");
    fs::write(world.segment(0), "{\"hash\":\"sha").expect("written");
    assert_eq!(world.open().size(), 1);
    assert_whole(&world.check(), 1);
}

#[test]
fn pages_that_reached_the_disk_out_of_order_are_cut_off() {
    let world = World::with_records(3);
    let whole = fs::read(world.segment(0)).expect("read");
    // The first page of an interrupted write is missing, the ones behind it are there, line feeds and all.
    let torn = [vec![0; 700], world.lines()[2][700..].to_vec(), b"\n".to_vec(), world.lines()[1].clone()].concat();
    fs::write(world.segment(0), [whole.clone(), torn].concat()).expect("written");
    assert_eq!(world.open().size(), 3);
    assert_eq!(fs::read(world.segment(0)).expect("read"), whole);
    assert_whole(&world.check(), 3);
}

#[test]
fn a_line_that_was_acknowledged_is_never_cut_off_as_unfinished() {
    let world = World::with_records(3);
    let mut bytes = fs::read(world.segment(0)).expect("read");
    *bytes.last_mut().expect("bytes") = b' ';
    fs::write(world.segment(0), &bytes).expect("written");
    let refused = world.try_open().expect_err("refused");
    assert!(matches!(refused, Error::Shortened { size: 2, checkpoint: 3 }), "{refused}");
    assert_eq!(fs::read(world.segment(0)).expect("read"), bytes, "it can still be saved");
    *bytes.last_mut().expect("bytes") = b'\n';
    fs::write(world.segment(0), &bytes).expect("written");
    assert_eq!(world.open().size(), 3);
}

#[test]
fn a_record_that_somebody_added_is_not_taken_over() {
    let world = World::with_records(3);
    let own = touchmark_core::keys::file::Ed25519Key::generate(&mut rand_core::OsRng);
    world.change(|lines| {
        let mut forged = lines[2].clone();
        let prev = touchmark_core::ledger::line::Line::parse(&lines[2]).expect("a line").hash;
        let before = touchmark_core::ledger::line::Line::parse(&lines[1]).expect("a line").hash;
        rewrite(&mut forged, |parts| {
            parts.replace("\"seq\":2", "\"seq\":3");
            parts.replace(&before.to_string(), &prev.to_string());
            parts.signature = own.sign(&signed_message(&parts.hash())).expect("signed");
        });
        lines.push(forged);
    });
    let refused = world.try_open().expect_err("refused").to_string();
    assert!(refused.contains("record 3 (") && refused.contains("its signature is not by the log's key"), "{refused}");
    assert_eq!(world.lines().len(), 4, "and it stays for whoever looks into it");
}

#[test]
fn a_second_writer_is_told_who_is_in_the_way() {
    let world = World::with_records(1);
    let first = world.open();
    let Err(refused) = world.try_open() else { panic!("two writers") };
    assert!(matches!(&refused, Error::Busy { lock } if *lock == world.path("lock")), "{refused}");
    assert!(refused.to_string().contains("wait until it has ended, or stop it"), "{refused}");
    drop(first);
    assert_eq!(world.open().size(), 1);
}

#[test]
fn a_writer_does_not_go_on_behind_a_file_that_is_gone() {
    let world = World::with_segments_of(3);
    world.fill(8);
    fs::rename(world.segment(1), world.path("aside")).expect("moved");
    let refused = world.try_open().expect_err("refused");
    assert!(matches!(&refused, Error::MissingSegment { path } if *path == world.segment(1)), "{refused}");
    fs::rename(world.path("aside"), world.segment(1)).expect("moved");
    // Files of other names are nobody's business.
    for name in ["1.jsonl", "+000000009.jsonl", "00000000099.jsonl", "0000000009.jsonl.bak"] {
        fs::write(world.path(&format!("segments/{name}")), "x\n").expect("written");
    }
    assert_eq!(world.open().size(), 8);
}
