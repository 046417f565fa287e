//! One changed byte, anywhere, is found, and the first bad record named. So is every shortening.

use std::fs;
use std::sync::Arc;

use touchmark_core::ledger::check::{Problem, Report};
use touchmark_core::ledger::{CHECKPOINT, Store};

use crate::world::{World, assert_whole, named};

const RECORDS: u64 = 6;

#[test]
fn every_changed_byte_of_the_lines_is_found_in_its_record() {
    let world = World::with_records(RECORDS);
    let path = world.segment(0);
    let whole = fs::read(&path).expect("read");
    let store = world.reader_store();
    for at in 0..whole.len() {
        let record = line_feeds(&whole[..at]);
        // The lowest bit, and in turn a letter's case, a line feed where none was, a zero.
        for changed in [whole[at] ^ 1, [whole[at] ^ 0x20, b'\n', 0][at % 3]] {
            if changed != whole[at] {
                let mut bytes = whole.clone();
                bytes[at] = changed;
                fs::write(&path, bytes).expect("written");
                let report = world.check_over(store.as_ref());
                assert_eq!(named(&report).first(), Some(&record), "byte {at} made {changed:#04x}: {report:?}");
            }
        }
    }
    fs::write(&path, whole).expect("written");
    assert_whole(&world.check(), RECORDS);
}

#[test]
fn every_changed_byte_of_the_checkpoint_is_found_and_no_record_is_blamed() {
    let world = World::with_records(RECORDS);
    let path = world.path(CHECKPOINT);
    let whole = fs::read(&path).expect("read");
    for at in 0..whole.len() {
        for changed in [whole[at] ^ 1, whole[at] ^ 0x20, b'\n', 0] {
            if changed != whole[at] {
                let mut bytes = whole.clone();
                bytes[at] = changed;
                fs::write(&path, bytes).expect("written");
                let report = world.check();
                let [finding] = report.findings.as_slice() else { panic!("byte {at}: {report:?}") };
                assert!(matches!(finding.problem, Problem::Checkpoint(_)), "byte {at} made {changed:#04x}: {finding}");
                assert_eq!(finding.seq, None);
            }
        }
    }
}

#[test]
fn without_the_mac_root_every_changed_byte_but_those_of_the_macs_is_found() {
    let world = World::with_records(3);
    let path = world.segment(0);
    let whole = fs::read(&path).expect("read");
    let macs = macs(&whole);
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        fs::write(&path, bytes).expect("written");
        let report = world.check_in_public();
        assert!(!report.macs_checked);
        if report.findings.is_empty() {
            assert!(macs.iter().any(|mac| mac.contains(&at)), "byte {at} was changed unseen");
        }
    }
}

#[test]
fn every_truncation_of_the_lines_is_found() {
    let world = World::with_records(RECORDS);
    let path = world.segment(0);
    let whole = fs::read(&path).expect("read");
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).expect("written");
        let lines = line_feeds(&whole[..length]);
        let report = world.check();
        assert_eq!(named(&report).first(), Some(&lines), "cut after {length} bytes: {report:?}");
        let shortened = Problem::Shortened { size: lines, checkpoint: RECORDS };
        assert!(report.findings.iter().any(|finding| finding.problem == shortened), "cut after {length} bytes");
        let ends_in_a_line = length == 0 || whole[length - 1] == b'\n';
        assert_eq!(report.torn_tail == 0, ends_in_a_line, "cut after {length} bytes");
    }
}

#[test]
fn every_truncation_of_the_checkpoint_is_found() {
    let world = World::with_records(2);
    let path = world.path(CHECKPOINT);
    let whole = fs::read(&path).expect("read");
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).expect("written");
        assert!(matches!(world.first_finding(), (None, Problem::Checkpoint(_))), "cut after {length} bytes");
    }
    fs::remove_file(&path).expect("removed");
    assert_eq!(world.first_finding(), (None, Problem::Checkpoint("there is none".to_owned())));
}

#[test]
fn a_line_feed_that_is_gone_between_two_files_of_the_log_is_found() {
    let world = World::with_segments_of(3);
    world.fill(8);
    let path = world.segment(0);
    let mut bytes = fs::read(&path).expect("read");
    *bytes.last_mut().expect("bytes") = b' ';
    fs::write(&path, bytes).expect("written");
    let (seq, problem) = world.first_finding();
    assert_eq!(seq, Some(2));
    assert!(problem.to_string().contains("0000000000.jsonl ends before record 2"), "{problem}");
}

#[test]
fn a_file_of_the_log_that_is_gone_is_found() {
    let world = World::with_segments_of(3);
    world.fill(8);
    fs::remove_file(world.segment(1)).expect("removed");
    let report: Report = world.check();
    assert_eq!(named(&report), [3], "only what is missing: {report:?}");
    assert!(report.findings[0].to_string().contains("0000000001.jsonl is missing"), "{}", report.findings[0]);
    let store: Arc<dyn Store> = world.reader_store();
    assert!(store.read(2).expect("there").is_some());
    assert!(store.read(4).expect_err("gone").to_string().contains("bring it back from a copy"));
    assert!(store.read(6).expect("there").is_some());
}

fn line_feeds(bytes: &[u8]) -> u64 {
    bytes.split(|byte| *byte == b'\n').count() as u64 - 1
}

/// Where the MACs stand.
fn macs(lines: &[u8]) -> Vec<std::ops::Range<usize>> {
    const FIELD: &[u8] = b"\"mac\":\"hmac-sha256:";
    let starts = lines.windows(FIELD.len()).enumerate().filter(|(_, window)| *window == FIELD);
    starts.map(|(at, _)| at + FIELD.len()..at + FIELD.len() + "0:".len() + 64).collect()
}
