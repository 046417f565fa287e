//! Publishing that is interrupted, hindered, or pointed at the wrong place.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;
use touchmark_core::publish::{Error, Refusal, publish};
use touchmark_core::tlog::tile::Tile;

use super::{assert_sound, audited, files, folder, publish_into};
use crate::world::{World, rewrite};

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
