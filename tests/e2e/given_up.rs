//! Somebody has a key that the log gave up, and signs checkpoints of earlier times with it: the program, with the log at hand, is not fooled.

use std::fs;
use std::path::PathBuf;

use touchmark_core::event::Record;
use touchmark_core::keys::file::Ed25519Key;
use touchmark_core::ledger::Reader;
use touchmark_core::tlog::checkpoint::SignedCheckpoint;
use touchmark_core::tlog::proof::Proof;

use crate::program::{EVENT, Scratch};
use crate::thief::Thief;

/// A log that changed its key at record 6; the first key; and its checkpoint and a proof of record 2 of before.
struct Theft {
    scratch: Scratch,
    first: Ed25519Key,
    origin: String,
}

const UNTIL: u64 = 7;

fn theft() -> Theft {
    let scratch = Scratch::new();
    fs::write(scratch.path("event.json"), EVENT).expect("event");
    let append = || assert!(scratch.run(&["log", "append", "event.json"]).status.success());
    while records(&scratch) + 1 < UNTIL {
        append();
    }
    let first = signer(&scratch);
    let id = Reader::open(&scratch.path("home/ledger")).and_then(|log| log.record(2)).expect("a record").id.to_string();
    keep(&scratch, "then.txt", &["log", "checkpoint"]);
    keep(&scratch, "proof.txt", &["log", "prove", &id, "--with-record"]);
    assert!(scratch.run(&["key", "rotate"]).status.success());
    append();
    fs::copy(scratch.path("home/ledger/log.vkey"), scratch.path("keys.txt")).expect("copied");
    let origin = reader(&scratch).history().origin().to_owned();
    Theft { scratch, first, origin }
}

fn reader(scratch: &Scratch) -> Reader {
    Reader::open(&scratch.path("home/ledger")).expect("a log")
}

fn records(scratch: &Scratch) -> u64 {
    reader(scratch).snapshot().expect("a checkpoint").size()
}

fn signer(scratch: &Scratch) -> Ed25519Key {
    Ed25519Key::load(scratch.path("home/keys/log.pem")).expect("loaded")
}

/// Keeps what a command prints.
fn keep(scratch: &Scratch, name: &str, arguments: &[&str]) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_touchmark"));
    let output =
        command.args(arguments).env("TOUCHMARK_HOME", scratch.path("home")).output().expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::write(scratch.path(name), output.stdout).expect("written");
}

impl Theft {
    fn path(&self, name: &str) -> PathBuf {
        self.scratch.path(name)
    }

    /// A proof, good in itself, of a record that never was, in a log of so many records.
    fn invent(&self, name: &str, signer: &Ed25519Key, size: u64) {
        let text = fs::read(self.path("proof.txt")).expect("read");
        let honest = Proof::parse(&text).expect("a proof");
        let record = String::from_utf8(honest.extra().expect("the record").to_vec()).expect("JSON");
        let record = record.replace("sdxl-base", "sdxl-fake");
        let seq = Record::from_bytes(record.as_bytes()).expect("a record").seq;
        let proof = Thief::with(signer, &self.origin).proves(record.as_bytes(), seq, size);
        let proof = proof.with_extra(record.into_bytes()).expect("short");
        fs::write(self.path(name), proof.to_string()).expect("written");
    }

    /// The exit code, and what was said.
    fn says(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output = self.scratch.run(arguments);
        (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    }

    #[track_caller]
    fn no(&self, arguments: &[&str], sentence: &str) {
        let (code, said) = self.says(arguments);
        assert_eq!(code, Some(1), "{arguments:?}: {said}");
        assert!(said.contains(sentence), "{arguments:?}: {said}");
    }

    #[track_caller]
    fn yes(&self, arguments: &[&str]) {
        let (code, said) = self.says(arguments);
        assert_eq!(code, Some(0), "{arguments:?}: {said}");
    }
}

#[test]
fn a_proof_by_the_old_key_counts_for_its_time_and_only_if_the_log_bears_it_out() {
    let theft = theft();
    for more in [&[][..], &["--log-key", "keys.txt"]] {
        theft.yes(&[&["log", "prove", "--check", "proof.txt"], more].concat());
    }
    theft.invent("forged.txt", &theft.first, UNTIL - 1);
    theft.no(&["log", "prove", "--check", "forged.txt"], "records of the log at hand give the root");
    // By the keys alone nobody can tell.
    theft.yes(&["log", "prove", "--check", "forged.txt", "--log-key", "keys.txt"]);
    for (key, size) in [(&theft.first, UNTIL), (&theft.first, 1 << 20), (&signer(&theft.scratch), UNTIL - 1)] {
        theft.invent("forged.txt", key, size);
        for more in [&[][..], &["--log-key", "keys.txt"]] {
            theft.no(&[&["log", "prove", "--check", "forged.txt"], more].concat(), "is in force there");
        }
    }
    theft.invent("forged.txt", &signer(&theft.scratch), 1 << 20);
    theft.no(&["log", "prove", "--check", "forged.txt"], "and the log at hand has");
}

#[test]
fn checkpoints_by_a_key_out_of_its_time_are_continued_by_nothing() {
    let theft = theft();
    keep(&theft.scratch, "continued.txt", &["log", "consistency", &theft.path("then.txt").display().to_string()]);
    let check = ["log", "consistency", "then.txt", "--check", "continued.txt"];
    theft.yes(&check);
    theft.yes(&[&check[..], &["--log-key", "keys.txt"]].concat());
    let then = SignedCheckpoint::parse(&fs::read(theft.path("then.txt")).expect("read")).expect("a checkpoint");
    let (size, root) = (then.unverified().size(), *then.unverified().root());
    // The right root of then, signed by the key of now.
    let note = Thief::with(&signer(&theft.scratch), &theft.origin).signs(size, root);
    fs::write(theft.path("now.txt"), note.to_string()).expect("written");
    theft.no(&["log", "consistency", "now.txt"], "is in force there");
    theft.no(
        &["log", "consistency", "now.txt", "--check", "continued.txt", "--log-key", "keys.txt"],
        "is in force there",
    );
    // The right root of now, signed by the key of then.
    let now = reader(&theft.scratch).snapshot().expect("a checkpoint");
    let note = Thief::with(&theft.first, &theft.origin).signs(now.size(), *now.checkpoint().root());
    fs::write(theft.path("new.txt"), note.to_string()).expect("written");
    theft.no(&["log", "consistency", "then.txt", "--new", "new.txt"], "is in force there");
    let continued = fs::read_to_string(theft.path("continued.txt")).expect("read");
    let head = continued.split_once("\n\n").expect("hashes and a checkpoint").0;
    fs::write(theft.path("forged.txt"), format!("{head}\n\n{note}")).expect("written");
    theft
        .no(&["log", "consistency", "then.txt", "--check", "forged.txt", "--log-key", "keys.txt"], "is in force there");
    // Other records of then, signed by the key of then.
    let note = Thief::with(&theft.first, &theft.origin).signs(size, touchmark_core::hash::Hash::of(b"other"));
    fs::write(theft.path("other.txt"), note.to_string()).expect("written");
    theft.no(&["log", "consistency", "other.txt"], "the log was rewritten, or there are two of it");
    theft.no(
        &["log", "consistency", "other.txt", "--check", "continued.txt"],
        "records of the log at hand give the root",
    );
}

#[test]
fn a_published_checkpoint_by_a_key_out_of_its_time_is_a_finding() {
    let theft = theft();
    theft.yes(&["log", "publish", "folder"]);
    for more in [&[][..], &["--log-key", "keys.txt"]] {
        theft.yes(&[&["log", "verify", "--published", "folder"], more].concat());
    }
    let now = reader(&theft.scratch).snapshot().expect("a checkpoint");
    let note = Thief::with(&theft.first, &theft.origin).signs(now.size(), *now.checkpoint().root());
    fs::write(theft.path("folder/checkpoint"), note.to_string()).expect("written");
    for more in [&[][..], &["--log-key", "keys.txt"]] {
        theft.no(&[&["log", "verify", "--published", "folder"], more].concat(), "is in force there");
    }
}

#[test]
fn proofs_of_absence_are_checked_with_the_keys_of_their_time_and_against_the_log_at_hand() {
    let theft = theft();
    theft.yes(&["log", "seal"]);
    let absent = format!("sha256:{}", "0".repeat(64));
    theft.yes(&["log", "absent", &absent, "--out", "second.txt"]);
    theft.yes(&["key", "rotate"]);
    theft.yes(&["log", "absent", &absent, "--out", "third.txt"]);
    fs::copy(theft.path("home/ledger/log.vkey"), theft.path("keys.txt")).expect("copied");
    for file in ["second.txt", "third.txt"] {
        theft.yes(&["log", "absent", "verify", file]);
        theft.yes(&["log", "absent", "verify", file, "--log-key", "keys.txt"]);
    }
    // The same tree as the proof's, signed by a key that was given up before.
    let text = fs::read_to_string(theft.path("third.txt")).expect("read");
    let proof = text.split_once("\n\ntouchmark/").expect("a checkpoint at the end").0;
    let now = reader(&theft.scratch).snapshot().expect("a checkpoint");
    let note = Thief::with(&theft.first, &theft.origin).signs(now.size(), *now.checkpoint().root());
    fs::write(theft.path("forged.txt"), format!("{proof}\n\n{note}")).expect("written");
    theft.no(&["log", "absent", "verify", "forged.txt"], "is in force there");
    theft.no(&["log", "absent", "verify", "forged.txt", "--log-key", "keys.txt"], "is in force there");
}

#[test]
fn an_image_is_held_against_the_log_of_the_home_in_which_it_is_verified() {
    let scratch = Scratch::new();
    fs::write(scratch.path("event.json"), EVENT).expect("event");
    let image = crate::program::test_images().join("hubble.jpg").display().to_string();
    let copy = scratch.path("copy");
    // Two homes with the same keys go on from one log: a fork. The second's images are well signed, and not of the first's log.
    let copied = std::process::Command::new("cp").arg("-r").args([scratch.path("home"), copy.clone()]).status();
    assert!(copied.expect("cp").success());
    let export = ["export", &image, "--event", "event.json", "--out", "signed"];
    assert!(scratch.command(&export).env("TOUCHMARK_HOME", &copy).output().expect("started").status.success());
    let file = scratch.path("signed/hubble.jpg").display().to_string();
    let verdict = &scratch.lines(&["verify", &file])[0];
    assert_eq!(
        (&verdict["verdict"], &verdict["ledger"]["state"]),
        (&"verified".into(), &"not_checked".into()),
        "{verdict}"
    );
    assert!(verdict["findings"].to_string().contains("and the log at hand has 1"), "{verdict}");
    for _ in 0..4 {
        assert!(scratch.run(&["log", "append", "event.json"]).status.success());
    }
    for more in [&[][..], &["--ledger", "home/ledger"], &["--log-key", "home/ledger/log.vkey"]] {
        let output = scratch.run(&[&["verify", &file], more].concat());
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("\"mismatch\"") && said.contains("of the log at hand give the root"), "{said}");
    }
    let theirs = scratch.command(&["verify", &file]).env("TOUCHMARK_HOME", &copy).output().expect("started");
    assert!(theirs.status.success(), "{}", String::from_utf8_lossy(&theirs.stdout));
}
