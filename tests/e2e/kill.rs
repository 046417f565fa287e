//! Killed at any point, the home is consistent, no half file stands anywhere, and a second run finishes the job.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::program::{EVENT, Scratch, test_images};

/// Runs an export and kills it (SIGKILL) as soon as `reached` says so. Answers whether it was still running.
fn killed_when(scratch: &Scratch, reached: impl Fn(&Scratch) -> bool) -> bool {
    let images = test_images();
    let mut child =
        scratch.start(&["export", &images.display().to_string(), "--event", "event.json", "--out", "signed"]);
    loop {
        if reached(scratch) {
            child.kill().expect("kill");
            return !child.wait().expect("wait").success();
        }
        if child.try_wait().expect("wait").is_some() {
            return false;
        }
        std::thread::yield_now();
    }
}

fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}

fn segment(scratch: &Scratch) -> u64 {
    size(&scratch.path("home/ledger/segments/0000000000.jsonl"))
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    fs::read_dir(folder)
        .map_or_else(|_| Vec::new(), |entries| entries.map(|entry| entry.expect("entry").path()).collect())
}

/// What must hold after any kill, and after the run that follows it.
fn consistent_and_finished(scratch: &Scratch) {
    let verified = scratch.lines(&["log", "verify"]);
    let torn = verified[0]["torn_tail"].as_u64();
    assert!(
        verified[0]["findings"].as_array().expect("findings").is_empty() || torn > Some(0),
        "after the kill: {verified:?}"
    );
    for file in files(&scratch.path("signed")) {
        let answer = scratch.lines(&["verify", &file.display().to_string(), "--ledger", "home/ledger"]);
        assert_eq!(answer[0]["verdict"], "verified", "a file that stands is whole and on record: {answer:?}");
    }
    let images = test_images();
    let again = scratch.run(&["export", &images.display().to_string(), "--event", "event.json", "--out", "signed"]);
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
    let inputs =
        files(&images).iter().filter(|path| path.extension().is_none_or(|extension| extension != "md")).count();
    assert_eq!(files(&scratch.path("signed")).len(), inputs, "each image has its file, and nothing else stands there");
    assert!(scratch.run(&["log", "verify"]).status.success());
    let mut exports: BTreeMap<String, u32> = BTreeMap::new();
    for record in scratch.lines(&["log", "show", "--type", "EXPORT"]) {
        *exports.entry(record["body"]["input"].as_str().expect("hash").to_owned()).or_default() += 1;
    }
    assert_eq!(exports.len(), inputs);
    assert!(exports.values().all(|count| *count == 1), "one identity an image: {exports:?}");
}

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    fs::write(scratch.path("event.json"), EVENT).expect("event");
    scratch
}

#[test]
fn killed_at_the_start() {
    let scratch = scratch();
    killed_when(&scratch, |_| true);
    consistent_and_finished(&scratch);
}

#[test]
fn killed_when_the_making_is_on_record() {
    let scratch = scratch();
    let before = segment(&scratch);
    assert!(killed_when(&scratch, |scratch| segment(scratch) > before));
    consistent_and_finished(&scratch);
}

#[test]
fn killed_when_the_manifests_are_kept_and_the_export_is_not_on_record() {
    let scratch = scratch();
    killed_when(&scratch, |scratch| size(&scratch.path("home/manifests.pack")) > 0);
    consistent_and_finished(&scratch);
}

#[test]
fn killed_when_the_first_file_has_its_name() {
    let scratch = scratch();
    killed_when(&scratch, |scratch| !files(&scratch.path("signed")).is_empty());
    consistent_and_finished(&scratch);
}

#[test]
fn killed_at_every_growth_of_the_log_in_turn() {
    let scratch = scratch();
    let mut last = 0;
    while killed_when(&scratch, |scratch| segment(scratch) > last) {
        last = segment(&scratch);
    }
    consistent_and_finished(&scratch);
}
