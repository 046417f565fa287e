//! The log as a static folder: a stranger follows it with the log's key alone, nothing private is in it, and no crash, other log or
//! fork spoils it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use touchmark_core::event::Event;
use touchmark_core::hash::Hash;
use touchmark_core::ledger::Ledger;
use touchmark_core::ledger::history::History;
use touchmark_core::merkle::{leaf_hash, root_of};
use touchmark_core::publish::{Audit, Error, Folder, Published, Refusal, audit, publish};
use touchmark_core::tlog::bundle;
use touchmark_core::tlog::tile::{Content, Tile};

use crate::thief::Thief;
use crate::world::{ORIGIN, World, append, on_day, rewrite};

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

/// Wherever a run is killed: tiles may be there, cut off or not, and the checkpoint is still the old one.
#[test]
fn a_run_that_was_killed_is_finished_by_the_next() {
    let world = World::with_records(300);
    let dir = folder();
    publish_into(&world, dir.path()).expect("published");
    let before = files(dir.path());
    world.fill(600);
    publish_into(&world, dir.path()).expect("published");
    let after = files(dir.path());
    let new: Vec<&String> = after.keys().filter(|name| before.get(*name) != after.get(*name)).collect();
    for killed_at in 0..new.len() {
        let dir = folder();
        let write = |name: &str, bytes: &[u8]| {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("created");
            fs::write(path, bytes).expect("written");
        };
        for (name, bytes) in &before {
            write(name, bytes);
        }
        // Tiles come before the checkpoint; the one that was being written is half there.
        let tiles: Vec<&&String> = new.iter().filter(|name| name.starts_with("tile")).collect();
        for name in tiles.iter().take(killed_at) {
            write(name, &after[**name]);
        }
        if let Some(name) = tiles.get(killed_at) {
            write(name, &after[**name][..7]);
        }
        assert_eq!(audited(&world, dir.path()).records, 300, "the old checkpoint stands");
        publish_into(&world, dir.path()).expect("published");
        assert_eq!(files(dir.path()), after, "killed at {killed_at}");
    }
}

#[test]
fn what_a_run_that_was_killed_left_half_done_is_cleared_away_by_the_next_and_nothing_else() {
    let world = World::with_records(300);
    let dir = folder();
    publish_into(&world, dir.path()).expect("published");
    let write = |path: PathBuf| {
        fs::create_dir_all(path.parent().expect("a folder")).expect("created");
        fs::write(path, "half").expect("written");
    };
    let others = [".htaccess", ".new", ".notes.new", "tile/.1.new", "tile/0/.htaccess", "tile/0/.x.new"];
    for name in others {
        write(dir.path().join(name));
    }
    // Killed on the way to 700 records.
    for tile in Tile::between(300, 700) {
        let path = dir.path().join(tile.to_string());
        write(path.with_file_name(format!(".{}.new", path.file_name().expect("a name").to_string_lossy())));
        write(path);
    }
    for name in [".checkpoint.new", ".log.vkey.new"] {
        write(dir.path().join(name));
    }
    world.fill(800);
    publish_into(&world, dir.path()).expect("published");
    for name in others {
        fs::remove_file(dir.path().join(name)).expect("it still stands");
    }
    let at_once = folder();
    publish_into(&world, at_once.path()).expect("published");
    // Partial tiles of the edge stay: somebody may hold a checkpoint of their size.
    let without_edge = |dir: &TempDir| {
        let mut files = files(dir.path());
        files.retain(|name, _| !name.starts_with("tile/1/000.p/"));
        files
    };
    assert_eq!(without_edge(&dir), without_edge(&at_once), "nor do partial tiles stay whose full ones stand");
}

#[test]
fn whatever_file_cannot_be_written_the_old_checkpoint_stands() {
    let world = World::with_records(300);
    let dir = folder();
    publish_into(&world, dir.path()).expect("published");
    let old = fs::read(dir.path().join("checkpoint")).expect("read");
    world.fill(600);
    let snapshot = world.reader().snapshot().expect("a checkpoint");
    for tile in Tile::between(300, 600) {
        // Where the file is to be written first, something else stands.
        let path = dir.path().join(tile.to_string());
        let beside = path.with_file_name(format!(".{}.new", path.file_name().expect("a name").to_string_lossy()));
        fs::create_dir_all(&beside).expect("in the way");
        let failed = publish(&snapshot, snapshot.note(), dir.path()).expect_err("cannot be written");
        assert!(matches!(failed, Error::Io { .. }), "{tile}: {failed}");
        assert_eq!(fs::read(dir.path().join("checkpoint")).expect("read"), old, "{tile}");
        fs::remove_dir(&beside).expect("removed");
        assert_eq!(audited(&world, dir.path()).findings, [], "{tile}");
    }
    publish_into(&world, dir.path()).expect("published");
    assert_sound(&world, dir.path(), 600);
}

#[test]
fn two_do_not_publish_into_one_folder() {
    let world = World::with_records(3);
    let dir = folder();
    let other = touchmark_core::files::Working::begin(dir.path()).expect("could look").expect("free");
    let snapshot = world.reader().snapshot().expect("a checkpoint");
    let refused = publish(&snapshot, snapshot.note(), dir.path()).expect_err("busy");
    assert!(matches!(refused, Error::Busy { .. }), "{refused}");
    drop(other);
    publish_into(&world, dir.path()).expect("published");
}

#[test]
fn another_log_a_fork_and_a_shorter_log_are_not_published_over_it() {
    let world = World::with_records(4);
    let dir = folder();
    let old = world.copy();
    world.fill(9);
    publish_into(&world, dir.path()).expect("published");
    let before = files(dir.path());

    world.put_back(&old);
    assert_eq!(publish_into(&world, dir.path()), Err(Refusal::Shorter { published: 9, size: 4 }));
    world.fill(12);
    assert_eq!(publish_into(&world, dir.path()), Err(Refusal::Forked { published: 9 }));

    let another = World::with_records(20);
    let refused = publish_into(&another, dir.path()).expect_err("another key");
    assert!(matches!(refused, Refusal::NotSigned { .. }), "{refused}");
    assert_eq!(files(dir.path()), before, "it was left as it was");
}

#[test]
fn a_log_is_not_published_into_its_own_folder_or_a_home() {
    let world = World::with_records(3);
    let refused = publish_into(&world, &world.ledger_dir()).expect_err("refused");
    assert_eq!(refused, Refusal::NotAPlace { found: "segments" });
    let home = folder();
    fs::write(home.path().join("touchmark.toml"), "").expect("written");
    assert_eq!(publish_into(&world, home.path()), Err(Refusal::NotAPlace { found: "touchmark.toml" }));
}

#[test]
fn a_record_that_was_changed_is_not_published() {
    let world = World::with_records(300);
    let dir = folder();
    world.change(|lines| rewrite(&mut lines[270], |parts| parts.replace("\"score\":0.02", "\"score\":0.03")));
    let store = world.reader();
    // With its full tiles and the edge computed from the changed lines, the tree is another; the log says so itself.
    let refused = store.snapshot().map(drop).expect_err("not the tree of the checkpoint");
    assert!(refused.to_string().contains("see touchmark log verify"), "{refused}");
    // A change behind full tiles is found when the entry is to be given out.
    world.change(|lines| rewrite(&mut lines[270], |parts| parts.replace("\"score\":0.03", "\"score\":0.02")));
    world.change(|lines| rewrite(&mut lines[17], |parts| parts.replace("\"score\":0.02", "\"score\":0.03")));
    let snapshot = world.reader().snapshot().expect("the tiles still vouch for it");
    let refused = publish(&snapshot, snapshot.note(), dir.path()).expect_err("changed");
    assert!(format!("{refused:?}").contains("Changed { seq: 17"), "{refused:?}");
    assert!(!dir.path().join("checkpoint").exists());
}

/// Any one file, damaged in any of these ways, is found, and the first record that it concerns is named.
#[test]
fn a_stranger_finds_every_damage_of_a_published_folder() {
    let world = World::with_records(600);
    let dir = folder();
    publish_into(&world, dir.path()).expect("published");
    for (name, whole) in files(dir.path()) {
        if name == "log.vkey" {
            continue;
        }
        let mut bit = whole.clone();
        let middle = bit.len() / 2;
        bit[middle] ^= 1;
        for (damage, bytes) in [
            ("missing", None),
            ("cut", Some(whole[..whole.len() - 1].to_vec())),
            ("empty", Some(Vec::new())),
            ("a bit", Some(bit)),
        ] {
            let path = dir.path().join(&name);
            fs::remove_file(&path).expect("removed");
            if let Some(bytes) = bytes {
                fs::write(&path, bytes).expect("written");
            }
            let found = Folder::open(dir.path()).and_then(|folder| audit(&folder, &[History::of(world.key())]));
            match found {
                Ok(audit) => {
                    let first = audit.findings.first().unwrap_or_else(|| panic!("{name}, {damage}: not found"));
                    let expected = match name.as_str() {
                        "tile/entries/000" => 0..256,
                        "tile/entries/001" => 256..512,
                        "tile/entries/002.p/88" => 512..600,
                        _ => 0..600,
                    };
                    assert!(first.seq.is_none_or(|seq| expected.contains(&seq)), "{name}, {damage}: {first}");
                    assert!(name == "checkpoint" || first.seq.is_some(), "{name}, {damage}: {first}");
                }
                Err(error) => assert_eq!(name, "checkpoint", "{damage}: {error}"),
            }
            fs::write(&path, &whole).expect("written");
        }
    }
    assert_sound(&world, dir.path(), 600);
}

#[test]
fn an_operator_who_publishes_other_records_under_a_signed_checkpoint_is_found_out() {
    let world = World::with_records(5);
    let dir = folder();
    publish_into(&world, dir.path()).expect("published");
    let path = dir.path().join("tile/entries/000.p/5");
    let bytes = fs::read(&path).expect("read");
    let mut entries: Vec<Vec<u8>> =
        bundle::decode(&bytes, 5).expect("a bundle").into_iter().map(<[u8]>::to_vec).collect();
    entries[3] = String::from_utf8(entries[3].clone()).expect("text").replace("0.02", "0.01").into_bytes();
    let mut forged = Vec::new();
    for entry in &entries {
        bundle::append(&mut forged, entry).expect("short");
    }
    fs::write(&path, forged).expect("written");
    // The tile is made to fit.
    let hashes: Vec<u8> = entries.iter().flat_map(|entry| *leaf_hash(entry).as_bytes()).collect();
    fs::write(dir.path().join("tile/0/000.p/5"), hashes).expect("written");
    let audit = audited(&world, dir.path());
    let sentences: Vec<String> = audit.findings.iter().map(ToString::to_string).collect();
    assert!(sentences[0].starts_with("record 4, ") && sentences[0].contains("record before it"), "{sentences:?}");
    assert!(sentences[1].starts_with("checkpoint: the entries give the root"), "{sentences:?}");
}

#[test]
fn a_folder_proves_that_it_continues_a_checkpoint_that_was_kept() {
    let world = World::with_records(300);
    let kept = world.reader().snapshot().expect("a checkpoint").checkpoint().clone();
    let dir = folder();
    world.fill(700);
    publish_into(&world, dir.path()).expect("published");
    let folder = Folder::open(dir.path()).expect("published");
    let proof = folder.consistency(300).expect("tiles");
    assert_eq!(proof.verify(&kept, &[world.key()]).expect("consistent").checkpoint.size(), 700);
    let reader = world.reader().snapshot().expect("a checkpoint");
    assert_eq!(proof, reader.consistency(300, reader.note()).expect("proved"));
}

#[test]
fn a_tile_is_given_as_it_was_under_any_older_checkpoint() {
    let world = World::with_records(300);
    let older = world.reader().snapshot().expect("a checkpoint");
    world.fill(600);
    let now = world.reader().snapshot().expect("a checkpoint");
    for tile in Tile::between(0, 300) {
        let bytes = now.tile(&tile).expect("could look");
        assert!(bytes.is_some(), "{tile}");
        assert_eq!(older.tile(&tile).expect("could look"), bytes, "{tile}");
    }
    for beyond in
        ["tile/0/002.p/89", "tile/0/003.p/1", "tile/1/000.p/3", "tile/2/000.p/1", "tile/entries/002", "tile/63/000"]
    {
        let tile: Tile = beyond.parse().expect("a tile");
        assert_eq!(now.tile(&tile).expect("could look"), None, "{beyond}");
    }
    let full: Tile = "tile/0/001".parse().expect("a tile");
    assert_eq!(full.content(), Content::Hashes { level: 0 });
    assert_eq!(older.tile(&full).expect("could look"), None, "it was not full then");
}

#[test]
fn a_log_that_goes_on_while_it_is_published_is_published_as_it_was() {
    let world = World::with_records(300);
    let snapshot = world.reader().snapshot().expect("a checkpoint");
    let mut ledger: Ledger = world.open();
    append(&mut ledger, 300).expect("appended");
    let dir = folder();
    publish(&snapshot, snapshot.note(), dir.path()).expect("could write").expect("published");
    let audit = audited(&world, dir.path());
    assert_eq!((audit.records, audit.findings.len()), (300, 0));
    let roots: [Hash; 2] = [audit.root.expect("whole"), *snapshot.checkpoint().root()];
    assert_eq!(roots[0], roots[1]);
}

#[test]
fn a_log_that_changed_its_key_is_followed_by_whoever_knows_any_of_its_keys() {
    let world = World::with_records(4);
    let dir = folder();
    publish_into(&world, dir.path()).expect("published under the first key");
    let first = world.key();
    world.rotate();
    let second = world.key();
    world.fill(300);
    publish_into(&world, dir.path()).expect("published under the second");
    let named = fs::read_to_string(dir.path().join("log.vkey")).expect("read");
    assert_eq!(named, format!("{first}\n{second} 5\n"));
    let published = Folder::open(dir.path()).expect("published");
    for key in [&first, &second] {
        let audit = audit(&published, &[History::of(key.clone())]).expect("could look");
        assert_eq!((audit.findings.as_slice(), audit.keys), ([].as_slice(), 2), "{key}");
    }
    let stranger = World::with_records(1).key();
    let found = audit(&published, &[History::of(stranger)]).expect("could look").findings;
    assert!(found.len() == 1 && found[0].to_string().contains("the log's records name other keys"), "{found:?}");
}

#[test]
fn a_key_that_did_not_take_over_in_the_log_signs_no_published_checkpoint() {
    let world = World::with_records(4);
    let dir = folder();
    world.fill(6);
    publish_into(&world, dir.path()).expect("published");
    // A thief's key signs the same tree, and the folder names it.
    let thief = World::with_records(1);
    let note = world.reader().snapshot().expect("a checkpoint").checkpoint().clone();
    let public = thief.key();
    let signed = note.sign(&Thief::with(&thief.signer(), ORIGIN)).expect("signed");
    fs::write(dir.path().join("checkpoint"), signed.to_string()).expect("written");
    fs::write(dir.path().join("log.vkey"), format!("{}\n{public} 5\n", world.key())).expect("written");
    let found =
        audit(&Folder::open(dir.path()).expect("published"), &[History::of(world.key())]).expect("could look").findings;
    assert!(found.len() == 1 && found[0].file == "checkpoint", "{found:?}");
}
