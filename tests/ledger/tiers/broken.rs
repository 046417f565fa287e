//! Packed files that are damaged, archives that are away, and what is said then.

use std::fs;

use touchmark_core::ledger::Error;
use touchmark_core::ledger::check::Problem;
use touchmark_core::ledger::cold::Pointer;
use touchmark_core::ledger::tiers::{Rules, Tier};

use super::house::{House, LINES, tiers};
use crate::world::{append, assert_whole};

#[test]
fn wherever_a_packed_segment_is_damaged_the_first_bad_record_is_named() {
    let house = House::new();
    let lines = house.lines();
    house.run(90);
    let right = fs::read(house.packed(2)).expect("read");
    let segment = 2 * LINES..3 * LINES;
    for at in (0..right.len()).step_by(41).chain(right.len() - 120..right.len()) {
        let mut bytes = right.clone();
        bytes[at] ^= 0x20;
        fs::write(house.packed(2), bytes).expect("written");
        let report = house.world.check();
        let finding = report.findings.first().unwrap_or_else(|| panic!("byte {at} was changed, and nothing is found"));
        let reader = house.world.reader();
        let intact = |seq: &u64| {
            let place = usize::try_from(*seq).expect("few");
            house.world.reader_store().read(*seq).is_ok_and(|line| line.as_ref() == Some(&lines[place]))
        };
        let first_bad = segment.clone().find(|seq| !intact(seq)).unwrap_or(segment.start);
        let named = finding.seq.expect("a record");
        assert!(
            named == first_bad || segment.clone().all(|seq| intact(&seq)) && segment.contains(&named),
            "byte {at}: {finding}, and {first_bad} is the first"
        );
        for seq in (0..segment.start).chain(segment.end..house.size()) {
            assert_eq!(reader.line(seq).expect("another segment"), lines[usize::try_from(seq).expect("few")]);
        }
    }
}

#[test]
fn a_good_copy_of_the_lines_put_beside_a_damaged_segment_repairs_it() {
    let house = House::of_tiles();
    let copy = fs::read(house.world.segment(1)).expect("read");
    let before = house.answers();
    house.run(90);
    let mut bytes = fs::read(house.packed(1)).expect("read");
    bytes.truncate(30_000);
    fs::write(house.packed(1), bytes).expect("written");
    let (seq, problem) = house.world.first_finding();
    assert!(seq == Some(256) && matches!(problem, Problem::Packed { .. }), "{problem}");
    assert_eq!(house.run(90)[0].problem.as_deref().map(|text| text.contains("damaged from record 256 on")), Some(true));
    fs::write(house.world.segment(1), copy).expect("written");
    assert_eq!(house.answers(), before);
    assert_eq!(tiers(&house.run(90)), [Tier::Warm]);
    assert!(!house.world.segment(1).exists());
    assert_eq!(house.answers(), before);
}

#[test]
fn while_the_archive_is_away_what_does_not_need_it_goes_on_and_the_rest_names_it() {
    let house = House::of_tiles();
    let before = house.answers();
    house.run(365);
    let (here, away) = (house.archive.path().to_owned(), house.archive.path().with_extension("away"));
    fs::rename(&here, &away).expect("unmounted");
    let reader = house.world.reader();
    let Err(error @ Error::Archive { .. }) = reader.record(5) else { panic!("it is in the archive") };
    assert!(error.to_string().contains(&format!("records 0 to 255 are in the archive {}", here.display())), "{error}");
    let scanned = house.world.reader_store().scan(0, &mut |_, _| panic!("nothing is shown"));
    assert!(matches!(scanned, Err(Error::Archive { .. })), "{scanned:?}");
    // Proofs, look-ups of what is here, and adding more.
    let proofs: Vec<String> = (0..house.size()).map(|seq| reader.prove(seq).expect("from tiles").to_string()).collect();
    assert_eq!(proofs, before.proofs);
    let id = reader.record(515).expect("here").id;
    assert_eq!(reader.find(id).expect("found"), 515);
    let mut ledger = house.world.open();
    append(&mut ledger, 600).expect("appended");
    drop(ledger);
    let moved = house.run(365);
    assert_eq!(tiers(&moved), [Tier::Warm; 2], "they are packed, and wait for the archive");
    let problem = moved[0].problem.as_deref().expect("a sentence");
    assert!(problem.contains(&here.display().to_string()) && problem.contains("mount the disk"), "{problem}");
    // An empty mount point is no archive.
    fs::create_dir(&here).expect("created");
    let problem = house.run(365)[0].problem.clone().expect("a sentence");
    assert!(problem.contains("segments were moved there"), "{problem}");
    fs::remove_dir(&here).expect("it is empty");
    fs::rename(&away, &here).expect("mounted");
    assert_eq!(tiers(&house.run(365)), [Tier::Cold; 2]);
    assert_whole(&house.world.check(), house.size());
}

#[test]
fn an_archive_that_was_moved_is_found_by_the_next_run() {
    let house = House::of_tiles();
    let before = house.answers();
    house.run(365);
    let elsewhere = tempfile::tempdir().expect("a temporary folder");
    for name in house.archived() {
        fs::rename(house.archive.path().join(&name), elsewhere.path().join(&name)).expect("moved");
    }
    let rules = Rules { archive: Some(elsewhere.path().to_owned()), ..house.rules() };
    let moved = house.run_by(&rules, 365, &mut |_, _| Ok(())).expect("could look");
    assert_eq!(tiers(&moved), [Tier::Cold; 2]);
    assert!(moved.iter().all(|moved| moved.problem.is_none()), "{moved:?}");
    assert_eq!(house.answers(), before);
    assert!(house.run_by(&rules, 365, &mut |_, _| Ok(())).expect("could look").is_empty());
}

#[test]
fn another_logs_archive_and_no_folder_are_refused() {
    let house = House::new();
    fs::write(house.archive.path().join("touchmark-archive"), "touchmark/south-0002\n").expect("written");
    let problem = house.run(365)[0].problem.clone().expect("a sentence");
    assert!(problem.contains("it is the archive of the log \"touchmark/south-0002\""), "{problem}");
    let rules = Rules { archive: None, ..house.rules() };
    let moved = house.run_by(&rules, 365, &mut |_, _| Ok(())).expect("could look");
    assert!(moved[0].problem.as_deref().is_some_and(|problem| problem.contains("tiers.archive")), "{moved:?}");
}

#[test]
fn a_pointer_that_keeps_other_lines_than_the_archive_has_is_found() {
    let house = House::new();
    house.run(365);
    let path = house.world.path("segments/0000000001.cold");
    let right = fs::read(&path).expect("read");
    let other = String::from_utf8(right.clone()).expect("text").replacen("MODERATION", "MODERATIOM", 1);
    fs::write(&path, other).expect("written");
    let scanned = house.world.reader_store().scan(0, &mut |_, _| std::ops::ControlFlow::Continue(()));
    assert!(matches!(scanned, Err(Error::Pointer { .. })), "{scanned:?}");
    for (spoil, what) in [
        (right[..right.len() - 1].to_vec(), "does not end"),
        ([right.as_slice(), b"{}\n"].concat(), "those that it names"),
        (b"{}\n".to_vec(), "missing field"),
        (Vec::new(), "does not end"),
    ] {
        let problem = Pointer::parse(&spoil).expect_err("spoiled");
        assert!(problem.contains(what), "{problem}");
        fs::write(&path, spoil).expect("written");
        assert!(matches!(house.world.reader().record(12), Err(Error::Pointer { .. })));
    }
    let parsed = Pointer::parse(&right).expect("right");
    assert_eq!(parsed.encode().expect("encoded"), right);
}
