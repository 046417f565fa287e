//! Tiles may be lost, cut or wrong: no proof is wrong for it, and they are made again from the lines.

use std::fs;
use std::path::PathBuf;

use touchmark_core::ledger::tree::Tree;
use touchmark_core::ledger::{Error, Reader};
use touchmark_core::merkle::leaf_hash;
use touchmark_core::tlog::proof::Proof;

use crate::world::{World, append, assert_whole, rewrite};

const RECORDS: u64 = 600;

fn world() -> (World, [PathBuf; 2]) {
    let world = World::with_records(RECORDS);
    let tiles = ["tile/0/000", "tile/0/001"].map(|name| world.path(name));
    assert!(tiles.iter().all(|tile| tile.exists()), "two full tiles stand");
    (world, tiles)
}

/// The proofs of records at and beside the tiles' edges, as a stranger checks them.
fn assert_proves(world: &World, prove: impl Fn(u64) -> Result<Proof, Error>) {
    let reader = world.reader();
    for seq in [0, 1, 254, 255, 256, 300, 511, 512, RECORDS - 1] {
        let proof = prove(seq).unwrap_or_else(|error| panic!("record {seq}: {error}"));
        let record = reader.record(seq).expect("there").to_bytes().expect("bytes");
        proof.verify(&leaf_hash(&record), &[world.key()]).unwrap_or_else(|refusal| panic!("record {seq}: {refusal}"));
    }
}

fn damages(whole: &[u8]) -> Vec<(&'static str, Option<Vec<u8>>)> {
    let mut one_bit = whole.to_vec();
    one_bit[40] ^= 1;
    vec![
        ("lost", None),
        ("empty", Some(Vec::new())),
        ("cut", Some(whole[..whole.len() - 32].to_vec())),
        ("cut in a hash", Some(whole[..17].to_vec())),
        ("of zeros", Some(vec![0; whole.len()])),
        ("with one bit changed", Some(one_bit)),
    ]
}

#[test]
fn a_reader_proves_every_record_whatever_happened_to_the_tiles() {
    let (world, tiles) = world();
    for tile in &tiles {
        let whole = fs::read(tile).expect("read");
        for (damage, bytes) in damages(&whole) {
            fs::remove_file(tile).expect("removed");
            if let Some(bytes) = bytes {
                fs::write(tile, bytes).expect("written");
            }
            let reader = world.reader();
            assert_proves(&world, |seq| reader.prove(seq));
            assert!(fs::read(tile).ok() != Some(whole.clone()), "a reader writes nothing ({damage})");
            fs::write(tile, &whole).expect("written");
        }
    }
}

#[test]
fn the_writer_makes_damaged_tiles_again() {
    let (world, tiles) = world();
    for tile in &tiles {
        let whole = fs::read(tile).expect("read");
        for (damage, bytes) in damages(&whole) {
            fs::remove_file(tile).expect("removed");
            if let Some(bytes) = bytes {
                fs::write(tile, bytes).expect("written");
            }
            let ledger = world.open();
            assert_proves(&world, |seq| ledger.prove(seq));
            assert_eq!(fs::read(tile).ok(), Some(whole.clone()), "{damage}: {}", tile.display());
        }
    }
}

#[test]
fn tiles_that_are_damaged_while_the_log_is_open_are_made_again_too() {
    let (world, tiles) = world();
    let ledger = world.open();
    for tile in &tiles {
        let whole = fs::read(tile).expect("read");
        fs::write(tile, vec![7; whole.len()]).expect("written");
        assert_proves(&world, |seq| ledger.prove(seq));
        assert_eq!(fs::read(tile).expect("read"), whole);
    }
}

#[test]
fn without_any_tile_the_log_goes_on() {
    let (world, _) = world();
    fs::remove_dir_all(world.path("tile")).expect("removed");
    let mut ledger = world.open();
    append(&mut ledger, 200).expect("appended");
    assert!(world.path("tile/0/002").exists(), "the next full tile is kept");
    drop(ledger);
    assert_whole(&world.check(), RECORDS + 200);
    assert_proves(&world, |seq| world.reader().prove(seq));
}

#[test]
fn where_the_records_themselves_were_changed_nothing_is_proved() {
    let (world, tiles) = world();
    world.change(|lines| rewrite(&mut lines[300], |parts| parts.replace("\"score\":0.02", "\"score\":0.03")));
    // The tile still vouches for the records that were not changed.
    let reader = world.reader();
    reader.prove(301).expect("proved from the tile");
    for tile in &tiles {
        fs::remove_file(tile).expect("removed");
    }
    for refused in [reader.prove(301).map(drop), world.reader().prove(301).map(drop), world.reader().prove(0).map(drop)]
    {
        let refused = refused.expect_err("refused").to_string();
        assert!(refused.contains("see touchmark log verify"), "{refused}");
    }
}

#[test]
fn a_tree_is_opened_from_tiles_or_from_lines_with_the_same_result() {
    let (world, _) = world();
    let store = world.reader_store();
    let mut from_lines = Tree::default();
    for size in [1, 255, 256, 257, 511, 512, 513, RECORDS] {
        from_lines.extend(store.as_ref(), size).expect("extended");
        let opened = Tree::open(store.as_ref(), size, &from_lines.root()).expect("opened");
        assert_eq!((opened.size(), opened.root()), (size, from_lines.root()));
        let last = size - 1;
        let proofs = [&opened, &from_lines].map(|tree| tree.inclusion_proof(store.as_ref(), last).expect("proved"));
        assert_eq!(proofs[0], proofs[1]);
    }
    let wrong = Tree::open(store.as_ref(), RECORDS - 1, &from_lines.root()).expect_err("another root");
    assert!(matches!(wrong, Error::Tree { .. }), "{wrong}");
}

#[test]
fn what_is_not_under_the_checkpoint_is_not_proved() {
    let world = World::with_records(3);
    let reader: Reader = world.reader();
    assert!(matches!(reader.prove(3), Err(Error::NoSuchRecord { seq: 3, size: 3 })));
    assert!(matches!(world.open().prove(u64::MAX), Err(Error::NoSuchRecord { .. })));
}
