//! A file that another process changes while it is exported: it is read once, and all that is said, signed and written is of the bytes that were read.
//! The change is made at a known point, and no sooner: a time-stamp authority is asked when the image was read, hashed and recorded, and before
//! its signed file is written; and a pipe gives the second half of what is read when the first was taken.

use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use touchmark_core::hash::Hash;

use crate::program::{EVENT, Scratch, json_lines, test_images};

/// An authority that does something whenever it is asked, and gives no time-stamp.
fn meanwhile(act: impl Fn() + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/tsa", listener.local_addr().expect("an address"));
    std::thread::spawn(move || listener.incoming().for_each(|_| act()));
    url
}

fn picture(name: &str) -> Vec<u8> {
    fs::read(test_images().join(name)).expect("a picture")
}

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    fs::write(scratch.path("event.json"), EVENT).expect("an event");
    scratch
}

/// What the log has as the input of the one export.
fn recorded(scratch: &Scratch) -> Value {
    let exports = scratch.lines(&["log", "show", "--type", "EXPORT"]);
    assert_eq!(exports.len(), 1, "{exports:?}");
    exports[0]["body"]["input"].clone()
}

/// What is written holds, and the log knows it.
fn holds(scratch: &Scratch, file: &str) {
    let line = &scratch.lines(&["verify", file, "--ledger", "home/ledger"])[0];
    assert_eq!((&line["verdict"], &line["ledger"]["state"]), (&"verified".into(), &"recorded".into()), "{line}");
}

type Change = fn(&Path);

#[test]
fn what_becomes_of_a_file_after_it_was_read_changes_nothing_of_what_is_signed() {
    let changes: [(&str, Change); 4] = [
        ("other words in it", |path| fs::write(path, picture("hubble.jpg")).expect("written")),
        ("cut off", |path| fs::write(path, &picture("astronaut.jpg")[..1000]).expect("written")),
        ("gone", |path| drop(fs::remove_file(path))),
        ("another in its place", |path| {
            fs::write(path.with_extension("new"), picture("hubble.jpg")).expect("written");
            fs::rename(path.with_extension("new"), path).expect("renamed");
        }),
    ];
    for (what, change) in changes {
        let scratch = scratch();
        let read = picture("astronaut.jpg");
        fs::write(scratch.path("a.jpg"), &read).expect("a picture");
        let path = scratch.path("a.jpg");
        let url = meanwhile(move || change(&path));
        let exported = scratch.run(&["export", "a.jpg", "--event", "event.json", "--out", "signed", "--tsa", &url]);
        assert_eq!(exported.status.code(), Some(0), "{what}: {}", String::from_utf8_lossy(&exported.stderr));
        assert_ne!(fs::read(scratch.path("a.jpg")).ok().as_ref(), Some(&read), "{what}: it was changed in the middle");
        assert_eq!(recorded(&scratch), Hash::of(&read).to_string().as_str(), "{what}");
        holds(&scratch, "signed/a.jpg");
    }
}

#[test]
fn a_manifest_is_not_put_beside_a_picture_that_was_changed_meanwhile_and_the_picture_is_left_alone() {
    let scratch = scratch();
    fs::write(scratch.path("a.jpg"), picture("astronaut.jpg")).expect("a picture");
    let (path, newer) = (scratch.path("a.jpg"), picture("hubble.jpg"));
    let bytes = newer.clone();
    let url = meanwhile(move || fs::write(&path, &bytes).expect("written"));
    let beside = ["export", "a.jpg", "--event", "event.json", "--out", ".", "--sidecar"];
    let exported = scratch.run(&[&beside[..], &["--tsa", &url]].concat());
    assert_eq!(exported.status.code(), Some(1));
    let answer = json_lines(&exported.stdout)[0]["error"].to_string();
    assert!(answer.contains("exists and is not the file that this export makes"), "{answer}");
    assert_eq!(fs::read(scratch.path("a.jpg")).expect("a picture"), newer);
    assert!(!scratch.path("a.c2pa").exists());
    assert_eq!(scratch.lines(&["log", "show", "--type", "EXPORT"]), Vec::<Value>::new());
    // The next run is about what stands there now.
    assert_eq!(scratch.run(&beside).status.code(), Some(0));
    assert_eq!(recorded(&scratch), Hash::of(&newer).to_string().as_str());
    holds(&scratch, "a.jpg");
}

#[test]
fn a_picture_is_not_signed_over_itself() {
    let scratch = scratch();
    let read = picture("astronaut.jpg");
    fs::write(scratch.path("a.jpg"), &read).expect("a picture");
    let exported = scratch.run(&["export", "a.jpg", "--event", "event.json", "--out", "."]);
    assert_eq!(exported.status.code(), Some(1));
    assert_eq!(fs::read(scratch.path("a.jpg")).expect("a picture"), read);
    assert_eq!(scratch.lines(&["log", "show", "--type", "EXPORT"]), Vec::<Value>::new());
}

/// Exports what comes through a pipe: the first half, then `between`, then the rest.
fn piped(scratch: &Scratch, first: &[u8], between: impl FnOnce(), rest: &[u8]) -> Option<i32> {
    let pipe = scratch.path("a.jpg");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    let child = scratch.start(&["export", "a.jpg", "--event", "event.json", "--out", "signed"]);
    // This waits until it is being read.
    let mut end = fs::OpenOptions::new().write(true).open(&pipe).expect("a pipe");
    end.write_all(first).expect("read");
    between();
    end.write_all(rest).expect("read");
    drop(end);
    child.wait_with_output().expect("ended").status.code()
}

#[test]
fn a_file_that_takes_the_name_while_it_is_read_is_another_one() {
    let (scratch, read) = (scratch(), picture("astronaut.jpg"));
    let path = scratch.path("a.jpg");
    let swap = || {
        fs::remove_file(&path).expect("removed");
        fs::write(&path, picture("hubble.jpg")).expect("written");
    };
    assert_eq!(piped(&scratch, &read[..read.len() / 2], swap, &read[read.len() / 2..]), Some(0));
    assert_eq!(recorded(&scratch), Hash::of(&read).to_string().as_str());
    holds(&scratch, "signed/a.jpg");
}

#[test]
fn a_file_that_is_cut_off_while_it_is_read_is_refused() {
    let (scratch, read) = (scratch(), picture("astronaut.jpg"));
    assert_eq!(piped(&scratch, &read[..read.len() / 2], || {}, &[]), Some(1));
    assert!(!scratch.path("signed/a.jpg").exists());
    assert_eq!(scratch.lines(&["log", "show", "--type", "GEN"]), Vec::<Value>::new());
}

#[test]
fn a_file_that_grows_without_end_is_read_as_far_as_the_limit() {
    let scratch = scratch();
    let config = scratch.path("home/touchmark.toml");
    let text = fs::read_to_string(&config).expect("a configuration");
    fs::write(&config, text.replace("image_bytes = 1073741824", "image_bytes = 60000")).expect("written");
    for command in [&["verify", "/dev/zero"][..], &["export", "/dev/zero", "--event", "event.json", "--out", "signed"]]
    {
        let line = json_lines(&scratch.run(command).stdout)[0]["error"].to_string();
        assert!(line.contains("/dev/zero has more than 60000 bytes (limits.image_bytes"), "{line}");
    }
}
