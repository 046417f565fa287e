//! The log as a static folder: a stranger follows it with the log's key alone, nothing private is in it, and no crash, other log or
//! fork spoils it.

mod checked;
mod interrupted;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use touchmark_core::event::Event;
use touchmark_core::ledger::history::History;
use touchmark_core::merkle::{leaf_hash, root_of};
use touchmark_core::publish::{Audit, Folder, Published, Refusal, audit, publish};
use touchmark_core::tlog::bundle;

use crate::world::{World, on_day};

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

pub(crate) fn publish_into(world: &World, dir: &Path) -> Result<Published, Refusal> {
    let snapshot = world.reader().snapshot().expect("a checkpoint");
    publish(&snapshot, snapshot.note(), dir).expect("could write")
}

fn audited(world: &World, dir: &Path) -> Audit {
    audit(&Folder::open(dir).expect("published"), &[History::of(world.key())]).expect("could look")
}

fn assert_sound(world: &World, dir: &Path, records: u64) {
    let audit = audited(world, dir);
    assert_eq!(audit.findings, []);
    assert_eq!(audit.records, records);
    assert_eq!(audit.root, Some(*world.reader().snapshot().expect("a checkpoint").checkpoint().root()));
}

/// All files with their bytes, by their path in the folder.
fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(dir.join(&folder)).expect("listed") {
            let path = folder.join(entry.expect("an entry").file_name());
            if dir.join(&path).is_dir() {
                folders.push(path);
            } else {
                let bytes = fs::read(dir.join(&path)).expect("read");
                found.insert(path.to_string_lossy().into_owned(), bytes);
            }
        }
    }
    found
}

fn names(dir: &Path) -> Vec<String> {
    files(dir).into_keys().collect()
}

#[test]
fn a_published_log_has_the_files_of_the_standard_and_no_others() {
    let world = World::with_records(600);
    let dir = folder();
    let published = publish_into(&world, dir.path()).expect("published");
    assert_eq!((published.before, published.size, published.files), (0, 600, 7));
    let expected = [
        "checkpoint",
        "log.vkey",
        "tile/0/000",
        "tile/0/001",
        "tile/0/002.p/88",
        "tile/1/000.p/2",
        "tile/entries/000",
        "tile/entries/001",
        "tile/entries/002.p/88",
    ];
    assert_eq!(names(dir.path()), expected);
    assert_eq!(fs::read_to_string(dir.path().join("checkpoint")).ok(), world.reader().checkpoint().ok());
    assert_eq!(fs::read_to_string(dir.path().join("log.vkey")).expect("read"), format!("{}\n", world.key()));
    assert_sound(&world, dir.path(), 600);
}

#[test]
fn the_entries_are_the_public_parts_as_they_were_hashed() {
    let world = World::with_records(300);
    let dir = folder();
    publish_into(&world, dir.path()).expect("published");
    let mut entries = Vec::new();
    for (name, width) in [("tile/entries/000", 256), ("tile/entries/001.p/44", 44)] {
        let bytes = fs::read(dir.path().join(name)).expect("read");
        entries.extend(bundle::decode(&bytes, width).expect("a bundle").into_iter().map(<[u8]>::to_vec));
    }
    let reader = world.reader();
    for (seq, entry) in (0..).zip(&entries) {
        assert_eq!(*entry, reader.record(seq).expect("there").to_bytes().expect("bytes"), "record {seq}");
    }
    let root = root_of(entries.iter().map(|entry| leaf_hash(entry)));
    assert_eq!(root, *reader.snapshot().expect("a checkpoint").checkpoint().root());
}

#[test]
fn nothing_private_is_published() {
    const SECRETS: [&str; 6] =
        ["emp-4711", "tenant-20ab", "a lighthouse at dusk", "session-77c1", "192.0.2.77", "0.0421"];
    let event = format!(
        r#"{{"type":"GEN","system":{{"name":"studio","version":"1"}},"actor":{{"subject":"{}","auth":"oidc"}},"tenant":"{}",
            "prompt":"{}","session":"{}","network_origin":"{}","usage":{{"cost":"{}","currency":"EUR"}},
            "model":{{"id":"sdxl","version":"1.0","version_hash":"sha256:{}"}},"parameters":{{"seed":"7"}}}}"#,
        SECRETS[0],
        SECRETS[1],
        SECRETS[2],
        SECRETS[3],
        SECRETS[4],
        SECRETS[5],
        "31".repeat(32)
    );
    let world = World::new();
    let events: Vec<Event> = (0..300).map(|_| Event::parse(event.as_bytes()).expect("an event")).collect();
    on_day(0, |edge| world.open().append(&events, edge)).expect("appended");
    let contains = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    let lines = fs::read(world.segment(0)).expect("read");
    // All but the prompt stand in the log's own file, which nobody has committed in clear.
    assert!(SECRETS.iter().filter(|secret| **secret != SECRETS[2]).all(|secret| contains(&lines, secret)));
    let dir = folder();
    publish_into(&world, dir.path()).expect("published");
    for (name, bytes) in files(dir.path()) {
        for secret in SECRETS.iter().chain(&["\"private\":{\"fields\":{", "\"seed\"", "\"mac\"", "ed25519:"]) {
            assert!(!contains(&bytes, secret), "{secret} stands in {name}");
        }
    }
    assert_sound(&world, dir.path(), 301);
}

#[test]
fn only_what_is_new_is_written_and_replaced_partial_tiles_go() {
    let world = World::with_records(200);
    let dir = folder();
    publish_into(&world, dir.path()).expect("published");
    world.fill(250);
    assert_eq!(publish_into(&world, dir.path()).expect("published").files, 2);
    let kept = names(dir.path());
    for partial in ["tile/0/000.p/200", "tile/0/000.p/250", "tile/entries/000.p/200"] {
        assert!(kept.contains(&partial.to_owned()), "a checkpoint of that size was shown: {kept:?}");
    }
    world.fill(520);
    assert_eq!(publish_into(&world, dir.path()).expect("published").files, 7);
    let kept = names(dir.path());
    assert!(!kept.iter().any(|name| name.contains("0/000.p") || name.contains("entries/000.p")), "{kept:?}");
    let before = files(dir.path());
    let again = publish_into(&world, dir.path()).expect("published");
    assert_eq!((again.before, again.size, again.files), (520, 520, 0));
    assert_eq!(files(dir.path()), before);
    // A folder that was published in steps has what one that was published at once has.
    let at_once = folder();
    publish_into(&world, at_once.path()).expect("published");
    assert_eq!(files(at_once.path()), before);
}

#[test]
fn every_step_of_growth_is_sound() {
    let world = World::new();
    let dir = folder();
    for records in [1, 2, 255, 256, 257, 511, 512, 513] {
        world.fill(records);
        publish_into(&world, dir.path()).expect("published");
        assert_sound(&world, dir.path(), records);
    }
}
