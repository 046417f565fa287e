//! A disk that is full and a home that cannot be written: a sentence, exit code 2 or 1, and nothing half-written.

use std::fs;
use std::process::{Command, Output};

use crate::program::{EVENT, Scratch, json_lines, test_images};

/// Runs a command that may write files of at most `blocks` x 512 bytes, as on a disk that is nearly full.
fn with_little_disk(scratch: &Scratch, blocks: u32, arguments: &str) -> Output {
    // The signal that the limit sends is ignored, so that the write answers with an error as a full disk does.
    let script =
        format!("trap '' XFSZ; ulimit -f {blocks}; exec {} {arguments} --json", env!("CARGO_BIN_EXE_touchmark"));
    let mut command = Command::new("sh");
    command.args(["-c", &script]).current_dir(scratch.path("."));
    command.env("TOUCHMARK_HOME", scratch.path("home")).env_remove("TOUCHMARK_USER");
    command.output().expect("sh")
}

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    fs::write(scratch.path("event.json"), EVENT).expect("event");
    scratch
}

#[test]
fn a_log_that_cannot_grow_refuses_and_goes_on_when_there_is_room() {
    let scratch = scratch();
    let segment = scratch.path("home/ledger/segments/0000000000.jsonl");
    while fs::metadata(&segment).expect("segment").len() < 6 * 512 {
        assert!(scratch.run(&["log", "append", "event.json"]).status.success());
    }
    let before = fs::read(&segment).expect("segment");
    let full = with_little_disk(&scratch, 7, "log append event.json");
    assert_eq!(full.status.code(), Some(2), "{}", String::from_utf8_lossy(&full.stderr));
    assert!(full.stdout.is_empty(), "nothing is acknowledged");
    assert!(
        String::from_utf8_lossy(&full.stderr).contains("could not use"),
        "{}",
        String::from_utf8_lossy(&full.stderr)
    );
    assert_eq!(fs::read(&segment).expect("segment"), before, "nothing half-written stays");
    assert!(scratch.run(&["log", "append", "event.json"]).status.success());
    assert!(scratch.run(&["log", "verify"]).status.success());
}

#[test]
fn however_little_disk_there_is_a_handover_or_an_escrow_is_done_or_not() {
    for command in ["key rotate", "key escrow root", "log repair", "log append event.json"] {
        let scratch = scratch();
        for _ in 0..3 {
            assert!(scratch.run(&["log", "append", "event.json"]).status.success());
        }
        let root = fs::read(scratch.path("home/keys/mac-root")).expect("root");
        let mut refusals = 0;
        for blocks in 0..24 {
            let full = with_little_disk(&scratch, blocks, command);
            let said = String::from_utf8_lossy(&full.stderr).into_owned();
            if full.status.success() {
                break;
            }
            refusals += 1;
            assert_eq!(full.status.code(), Some(2), "{command} with {blocks} blocks: {said}");
            assert!(said.starts_with("error: ") && !said.contains("panicked"), "{said}");
            // Nothing that anybody was told of is lost, and the root of the MACs stands somewhere whole.
            let verified = scratch.run(&["log", "verify"]);
            assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
            let kept = ["home/keys/mac-root", "root"].map(|name| fs::read(scratch.path(name)).ok());
            assert!(kept.contains(&Some(root.clone())), "{command} with {blocks} blocks");
        }
        assert!(refusals > 0 || command == "log repair", "{command} was never refused");
        let arguments: Vec<&str> = command.split(' ').collect();
        let again = scratch.run(&arguments);
        assert!(
            again.status.success() || String::from_utf8_lossy(&again.stderr).contains("was handed over"),
            "{command}: {}",
            String::from_utf8_lossy(&again.stderr)
        );
        assert!(scratch.run(&["log", "append", "event.json"]).status.success());
        assert!(scratch.run(&["log", "verify"]).status.success());
    }
}

#[test]
fn an_image_that_does_not_fit_is_not_recorded_as_exported() {
    let scratch = scratch();
    let image = test_images().join("hubble.jpg");
    let arguments = format!("export {} --event event.json --out signed", image.display());
    let full = with_little_disk(&scratch, 64, &arguments);
    assert_eq!(full.status.code(), Some(1), "{}", String::from_utf8_lossy(&full.stderr));
    let answer = json_lines(&full.stdout);
    assert!(answer[0]["error"].as_str().expect("an error").contains("could not write"), "{answer:?}");
    assert_eq!(fs::read_dir(scratch.path("signed")).expect("folder").count(), 0);
    assert!(scratch.lines(&["log", "show", "--type", "EXPORT"]).is_empty());
    let enough = scratch.run(&["export", &image.display().to_string(), "--event", "event.json", "--out", "signed"]);
    assert!(enough.status.success());
    assert_eq!(
        scratch.lines(&["log", "show", "--type", "GEN"]).len(),
        1,
        "the second run goes on from the record of the first"
    );
}

#[test]
fn a_home_that_cannot_be_written_says_so() {
    let scratch = scratch();
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
    if is_root {
        println!("skipped: root writes everywhere, so a read-only home cannot be made here");
        return;
    }
    let ledger = scratch.path("home/ledger/segments");
    let mut permissions = fs::metadata(&ledger).expect("folder").permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o500);
    fs::set_permissions(&ledger, permissions).expect("permissions");
    fs::remove_file(ledger.join("0000000000.offsets")).ok();
    let refused = scratch.run(&["log", "append", "event.json"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("could not use"));
}
