//! A published folder as a stranger checks it.

use std::fs;

use touchmark_core::hash::Hash;
use touchmark_core::ledger::Ledger;
use touchmark_core::ledger::history::History;
use touchmark_core::merkle::leaf_hash;
use touchmark_core::publish::{Folder, audit, publish};
use touchmark_core::tlog::bundle;
use touchmark_core::tlog::tile::{Content, Tile};

use super::{assert_sound, audited, files, folder, publish_into};
use crate::thief::Thief;
use crate::world::{ORIGIN, World, append};

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
