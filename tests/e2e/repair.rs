//! `touchmark log repair`: what it mends, and what it leaves alone.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::program::{EVENT, Scratch, json_lines};

const RECORDS: u64 = 4;

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    fs::write(scratch.path("event.json"), EVENT).expect("event");
    for _ in 1..RECORDS {
        assert!(scratch.run(&["log", "append", "event.json"]).status.success());
    }
    scratch
}

fn segment(scratch: &Scratch) -> PathBuf {
    scratch.path("home/ledger/segments/0000000000.jsonl")
}

/// Runs a repair: its exit code, what it says of each damage, and how it ended.
fn repair(scratch: &Scratch, more: &[&str]) -> (Option<i32>, Vec<Value>, Value) {
    let output = scratch.run(&[&["log", "repair"], more].concat());
    let mut lines = json_lines(&output.stdout);
    let end = lines.pop().unwrap_or_else(|| panic!("no answer: {}", String::from_utf8_lossy(&output.stderr)));
    (output.status.code(), lines, end)
}

/// All files of the log, as bytes.
fn files(scratch: &Scratch) -> Vec<(PathBuf, Vec<u8>)> {
    ["segments/0000000000.jsonl", "checkpoint", "log.vkey"]
        .iter()
        .map(|name| scratch.path("home/ledger").join(name))
        .filter_map(|path| Some((path.clone(), fs::read(path).ok()?)))
        .collect()
}

#[test]
fn a_sound_log_needs_no_repair() {
    let scratch = scratch();
    let before = files(&scratch);
    let (code, damages, end) = repair(&scratch, &[]);
    assert_eq!((code, damages.len()), (Some(0), 0));
    assert_eq!((&end["state"], &end["records"]), (&"whole".into(), &RECORDS.into()));
    assert_eq!(files(&scratch), before);
}

#[test]
fn a_torn_tail_is_cut_off_and_nothing_else() {
    let scratch = scratch();
    let whole = fs::read(segment(&scratch)).expect("lines");
    // Half a line, a line with zeros in front, zeros alone.
    let lines: Vec<&[u8]> = whole.split_inclusive(|byte| *byte == b'\n').collect();
    let [half, zeros] = [lines[3][..200].to_vec(), vec![0; 512]];
    for tail in [half, [zeros.clone(), lines[2].to_vec()].concat(), zeros] {
        fs::write(segment(&scratch), [whole.clone(), tail.clone()].concat()).expect("written");
        let torn = files(&scratch);
        let (code, damages, end) = repair(&scratch, &["--dry-run"]);
        assert_eq!((code, &end["state"]), (Some(1), &"would-repair".into()), "{damages:?}");
        assert_eq!((damages.len(), &damages[0]["mends"]), (1, &true.into()), "{damages:?}");
        assert_eq!(files(&scratch), torn, "a dry run changes nothing");
        let (code, _, end) = repair(&scratch, &[]);
        assert_eq!((code, &end["state"], &end["records"]), (Some(0), &"repaired".into(), &RECORDS.into()));
        assert_eq!(fs::read(segment(&scratch)).expect("lines"), whole);
        assert!(scratch.run(&["log", "verify"]).status.success());
    }
}

#[test]
fn a_whole_line_that_nobody_was_told_of_is_kept() {
    let scratch = scratch();
    let checkpoint = fs::read(scratch.path("home/ledger/checkpoint")).expect("checkpoint");
    assert!(scratch.run(&["log", "append", "event.json"]).status.success());
    // As a power cut leaves it: the line is durable, the checkpoint is the one before.
    fs::write(scratch.path("home/ledger/checkpoint"), checkpoint).expect("written");
    let (code, damages, end) = repair(&scratch, &[]);
    assert_eq!((code, damages.len(), &end["records"]), (Some(0), 0, &(RECORDS + 1).into()));
    let verified = &scratch.lines(&["log", "verify"])[0];
    assert_eq!(verified["checkpoint"], RECORDS + 1, "and it is under a checkpoint now");
}

#[test]
fn a_checkpoint_is_made_again_from_lines_that_are_in_order() {
    let scratch = scratch();
    let path = scratch.path("home/ledger/checkpoint");
    let whole = fs::read(&path).expect("checkpoint");
    let mut flipped = whole.clone();
    *flipped.iter_mut().rev().nth(10).expect("bytes") ^= 2;
    for left in [None, Some(Vec::new()), Some(whole[..whole.len() / 2].to_vec()), Some(flipped)] {
        fs::remove_file(&path).expect("removed");
        if let Some(left) = &left {
            fs::write(&path, left).expect("written");
        }
        let (code, damages, end) = repair(&scratch, &[]);
        assert_eq!((code, &end["state"]), (Some(0), &"repaired".into()), "{damages:?}");
        assert_eq!(fs::read(&path).expect("checkpoint"), whole, "the same signature over the same records");
        assert!(scratch.run(&["log", "verify"]).status.success());
    }
}

#[test]
fn everything_else_is_left_alone_and_named_with_where_to_get_it_back() {
    type Break = fn(&Scratch);
    let cases: [(&str, &str, Break); 7] = [
        ("a changed record", "bring back line 3 of segments/0000000000.jsonl", |scratch| {
            let text = fs::read_to_string(segment(scratch)).expect("lines");
            let changed: Vec<String> = text
                .lines()
                .enumerate()
                .map(|(at, line)| if at == 2 { line.replace("sdxl", "sdxm") } else { line.to_owned() })
                .collect();
            fs::write(segment(scratch), changed.join("\n") + "\n").expect("written");
        }),
        ("zeros in the middle", "there are zeros in it", |scratch| {
            let mut bytes = fs::read(segment(scratch)).expect("lines");
            let second = bytes.iter().position(|byte| *byte == b'\n').expect("a line") + 1;
            bytes[second + 100..second + 200].fill(0);
            fs::write(segment(scratch), bytes).expect("written");
        }),
        ("a shortened log", "bring back records 3 to 3 from a copy", |scratch| {
            let text = fs::read_to_string(segment(scratch)).expect("lines");
            let lines: Vec<&str> = text.split_inclusive('\n').take(3).collect();
            fs::write(segment(scratch), lines.concat()).expect("written");
        }),
        ("a record cut in the middle", "left as it is while anything else is wrong", |scratch| {
            let bytes = fs::read(segment(scratch)).expect("lines");
            fs::write(segment(scratch), &bytes[..bytes.len() - 50]).expect("written");
        }),
        ("records that changed places", "compare with a copy", |scratch| {
            let text = fs::read_to_string(segment(scratch)).expect("lines");
            let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
            lines.swap(1, 2);
            fs::write(segment(scratch), lines.concat()).expect("written");
        }),
        ("a missing file", "bring the file back from a copy", |scratch| {
            fs::rename(segment(scratch), scratch.path("home/ledger/segments/0000000001.jsonl")).expect("moved");
        }),
        ("a checkpoint over records that are gone", "it says that there were 9 records", |scratch| {
            let path = scratch.path("home/ledger/checkpoint");
            let text = fs::read_to_string(&path).expect("checkpoint");
            fs::write(path, text.replacen("\n4\n", "\n9\n", 1)).expect("written");
        }),
    ];
    for (name, says, spoil) in cases {
        let scratch = scratch();
        spoil(&scratch);
        let before = files(&scratch);
        let (code, damages, end) = repair(&scratch, &[]);
        assert_eq!((code, &end["state"]), (Some(1), &"refused".into()), "{name}: {damages:?}");
        let remedies: Vec<&str> = damages.iter().filter_map(|damage| damage["remedy"].as_str()).collect();
        assert!(remedies.iter().any(|remedy| remedy.contains(says)), "{name}: {remedies:?}");
        assert_eq!(files(&scratch), before, "{name}: not a byte is touched");
    }
}

#[test]
fn a_folder_without_a_log_is_not_begun_anew() {
    let scratch = scratch();
    fs::rename(scratch.path("home/ledger"), scratch.path("away")).expect("moved");
    let refused = scratch.run(&["log", "repair"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("there is no log in"), "{refused:?}");
    assert!(!scratch.path("home/ledger").exists());
}
