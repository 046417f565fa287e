//! The log's keys: handed over and handed out by the program, killed while at it, and lost.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use crate::program::{EVENT, Scratch};

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    fs::write(scratch.path("event.json"), EVENT).expect("event");
    scratch
}

/// A command that must not work: its sentence.
fn refused(scratch: &Scratch, arguments: &[&str]) -> String {
    let output = scratch.run(arguments);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
    assert!(!message.contains("panicked"), "{message}");
    message
}

fn whole(scratch: &Scratch) -> serde_json::Value {
    let verified = scratch.run(&["log", "verify"]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
    serde_json::from_slice(&verified.stdout).expect("a line of JSON")
}

fn keys(scratch: &Scratch) -> Vec<PathBuf> {
    let entries = fs::read_dir(scratch.path("home/keys")).expect("folder");
    let mut keys: Vec<PathBuf> = entries.map(|entry| entry.expect("entry").path()).collect();
    keys.sort();
    keys
}

#[test]
fn images_of_before_and_after_a_handover_are_verified_and_the_old_key_is_gone() {
    let scratch = scratch();
    let before = keys(&scratch);
    let old = fs::read(scratch.path("home/keys/log.pem")).expect("key");
    let image = crate::program::test_images().join("hubble.jpg").display().to_string();
    for out in ["first", "second"] {
        assert!(
            scratch.run(&["export", &image, "--event", "event.json", "--out", out, "--user", "emp-1"]).status.success()
        );
        assert!(scratch.run(&["key", "rotate"]).status.success());
        fs::write(scratch.path("event.json"), EVENT.replace("\"7\"", "\"8\"")).expect("event");
    }
    assert_eq!(keys(&scratch), before, "no other file is left");
    for key in keys(&scratch) {
        assert_ne!(fs::read(key).expect("key"), old);
    }
    assert_eq!(whole(&scratch)["keys"].as_array().expect("keys").len(), 3);
    fs::copy(scratch.path("home/ledger/log.vkey"), scratch.path("keys.txt")).expect("copied");
    for out in ["first", "second"] {
        let file = scratch.path(out).join("hubble.jpg").display().to_string();
        for more in [&[][..], &["--log-key", "keys.txt"]] {
            let verdict = &scratch.lines(&[&["verify", &file], more].concat())[0];
            assert_eq!(verdict["verdict"], "verified", "{verdict}");
            assert_eq!(verdict["ledger"]["state"], "proved", "{verdict}");
        }
    }
}

#[test]
fn a_handover_that_was_killed_anywhere_is_finished_by_the_next_run() {
    let mut killed = 0;
    for watch in ["keys/log-next.pem", "ledger/log.vkey", "keys/log.pem.old"] {
        let scratch = scratch();
        let watched = scratch.path("home").join(watch);
        let before = fs::read(&watched).ok();
        let mut child = scratch.start(&["key", "rotate"]);
        while fs::read(&watched).ok() == before && child.try_wait().expect("wait").is_none() {
            std::thread::yield_now();
        }
        child.kill().expect("kill");
        killed += u32::from(!child.wait().expect("wait").success());
        // Whichever key is in force: the home opens, and goes on.
        assert!(scratch.run(&["log", "append", "event.json"]).status.success(), "after {watch}");
        whole(&scratch);
        assert!(scratch.run(&["key", "rotate"]).status.success(), "after {watch}");
        whole(&scratch);
        let left = ["log-next.pem", "log.pem.old", "log.pem.new"].map(|name| scratch.path("home/keys").join(name));
        assert!(left.iter().all(|path| !path.exists()), "after {watch}: {:?}", keys(&scratch));
    }
    println!("{killed} of 3 were killed before they had ended");
}

#[test]
fn what_a_handover_left_at_each_of_its_steps_is_finished() {
    // Each step's state of the key files, made by hand: the new key stored, recorded, and under its name.
    let scratch = scratch();
    let home = |name: &str| scratch.path("home/keys").join(name);
    let old = fs::read(home("log.pem")).expect("key");
    fs::write(home("log-next.pem"), "").expect("half a key");
    fs::set_permissions(home("log-next.pem"), fs::Permissions::from_mode(0o600)).expect("chmod");
    assert!(scratch.run(&["log", "append", "event.json"]).status.success(), "half a new key is in nobody's way");
    assert!(scratch.run(&["key", "rotate"]).status.success(), "nor in that of a new one");
    let new = fs::read(home("log.pem")).expect("key");
    // Recorded, and the files not yet exchanged.
    fs::write(home("log.pem"), &old).expect("put back");
    fs::write(home("log-next.pem"), &new).expect("put back");
    fs::set_permissions(home("log-next.pem"), fs::Permissions::from_mode(0o600)).expect("chmod");
    let again = scratch.lines(&["key", "rotate"]);
    assert_eq!(again[0]["record"], 2, "the one that was interrupted is finished, and no second one begun: {again:?}");
    assert_eq!(fs::read(home("log.pem")).expect("key"), new);
    assert!(!home("log-next.pem").exists() && !home("log.pem.old").exists());
    // Exchanged, and the old one not yet erased.
    fs::write(home("log.pem.old"), &old).expect("put back");
    assert!(scratch.run(&["log", "append", "event.json"]).status.success());
    assert!(!home("log.pem.old").exists());
    whole(&scratch);
}

#[test]
fn a_key_file_that_is_lost_wrong_or_open_to_others_has_a_sentence() {
    for (name, lost) in
        [("log.pem", "the log's signing key is missing"), ("mac-epoch", "the present MAC epoch is missing")]
    {
        let (scratch, other) = (scratch(), Scratch::new());
        assert!(scratch.run(&["log", "append", "event.json"]).status.success());
        let path = scratch.path("home/keys").join(name);
        let right = fs::read(&path).expect("key");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("chmod");
        assert!(refused(&scratch, &["log", "append", "event.json"]).contains("run: chmod 600"));
        fs::remove_file(&path).expect("removed");
        let commands: [&[&str]; 4] =
            [&["log", "append", "event.json"], &["key", "rotate"], &["key", "escrow", "root"], &["serve"]];
        for arguments in commands {
            assert!(refused(&scratch, arguments).contains(lost), "{arguments:?}");
        }
        assert!(scratch.run(&["log", "verify"]).status.success(), "what needs no key goes on");
        // A key of another log.
        fs::copy(other.path("home/keys").join(name), &path).expect("copied");
        let foreign = refused(&scratch, &["log", "append", "event.json"]);
        assert!(foreign.contains("bring back the right one"), "{foreign}");
        // No key at all.
        for (content, says) in [(&b""[..], "an empty file"), (b"\xff\x00", "expected"), (b"secret\n", "expected")] {
            fs::write(&path, content).expect("written");
            let damaged = refused(&scratch, &["log", "append", "event.json"]);
            assert!(damaged.contains(says), "{damaged}");
        }
        fs::write(&path, right).expect("written");
        assert!(scratch.run(&["log", "append", "event.json"]).status.success());
        whole(&scratch);
    }
}

#[test]
fn the_root_of_the_macs_is_moved_to_an_auditor_and_never_lost_on_the_way() {
    let scratch = scratch();
    assert!(scratch.run(&["log", "append", "event.json"]).status.success());
    let own = scratch.path("home/keys/mac-root");
    let root = fs::read(&own).expect("root");
    // Its own name, another name for it, a place in the home, a file with something else in it: nothing is erased.
    fs::hard_link(&own, scratch.path("linked")).expect("linked");
    std::os::unix::fs::symlink(&own, scratch.path("pointer")).expect("linked");
    fs::write(scratch.path("letter"), "dear auditor").expect("written");
    for (file, says) in [
        ("home/keys/mac-root", "lies in the home"),
        ("home/root", "lies in the home"),
        ("linked", "lies in the home"),
        ("pointer", "lies in the home"),
        ("letter", "never overwritten"),
        ("nowhere/root", "cannot create"),
    ] {
        let message = refused(&scratch, &["key", "escrow", file]);
        assert!(message.contains(says), "{file}: {message}");
        assert_eq!(fs::read(&own).expect("root"), root);
    }
    assert_eq!(fs::read(scratch.path("letter")).expect("letter"), b"dear auditor");
    fs::remove_file(scratch.path("linked")).expect("removed");
    let done = scratch.lines(&["key", "escrow", "root"]);
    assert_eq!(done[0]["record"], 2, "{done:?}");
    assert!(!own.exists());
    assert_eq!(fs::read(scratch.path("root")).expect("root"), root);
    assert_eq!(fs::metadata(scratch.path("root")).expect("root").permissions().mode() & 0o777, 0o600);
    // Killed before the home's copy was erased: the next run erases it, and writes no second record.
    fs::copy(scratch.path("root"), &own).expect("put back");
    let again = scratch.lines(&["key", "escrow", "root"]);
    assert_eq!(again[0]["record"], 2, "{again:?}");
    assert!(!own.exists() && scratch.path("root").exists());
    assert!(refused(&scratch, &["key", "escrow", "root2"]).contains("record 2 says that it was handed over"));
    assert_eq!(scratch.lines(&["log", "show", "--type", "KEY"]).len(), 2);
    // What the home checks by itself, and what the auditor checks.
    let home = whole(&scratch);
    assert_eq!((&home["macs_checked"], &home["macs_from"]), (&false.into(), &0.into()), "still of the present epoch");
    let audited = scratch.lines(&["log", "verify", "--ledger", "home/ledger", "--mac-root", "root"]);
    assert_eq!(audited[0]["macs_checked"], true, "{audited:?}");
}

#[test]
fn the_root_of_another_log_is_one_sentence() {
    let (scratch, other) = (scratch(), Scratch::new());
    for _ in 0..30 {
        assert!(scratch.run(&["log", "append", "event.json"]).status.success());
    }
    let root = other.path("home/keys/mac-root").display().to_string();
    let report = &scratch.lines(&["log", "verify", "--mac-root", &root])[0];
    let findings = report["findings"].as_array().expect("findings");
    let [finding] = findings.as_slice() else { panic!("one sentence and no more: {report}") };
    assert!(finding["problem"].as_str().expect("text").contains("they are not of this log"), "{finding}");
    fs::copy(other.path("home/keys/mac-root"), scratch.path("home/keys/mac-root")).expect("copied");
    assert!(refused(&scratch, &["key", "escrow", "root"]).contains("is not the root of this log's MAC keys"));
    assert!(!scratch.path("root").exists());
}
