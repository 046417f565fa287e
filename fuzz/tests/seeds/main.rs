//! All seeds, and all crashes that were ever found, go through their targets under plain `cargo test`.
//!
//! With `UPDATE=1` the seeds are made anew ([`make`]).

mod make;
#[expect(dead_code, reason = "of the authority, one token is needed")]
#[path = "../../../tests/common/tsa.rs"]
mod tsa;

use std::fs;
use std::path::{Path, PathBuf};

use touchmark_fuzz::{TARGETS, Target, named};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds")
}

fn seeds(target: &Target) -> Vec<Vec<u8>> {
    let folder = folder().join(target.name);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let seeds: Vec<Vec<u8>> = entries.map(|entry| fs::read(entry.expect("entry").path()).expect("seed")).collect();
    assert!(!seeds.is_empty(), "{} has no seed", target.name);
    seeds
}

#[test]
fn every_seed_passes_through_its_target() {
    if std::env::var_os("UPDATE").is_some() {
        make::all();
    }
    for target in TARGETS {
        for seed in seeds(target) {
            (target.run)(&seed);
        }
    }
}

#[test]
fn every_seed_cut_or_with_one_byte_changed_is_survived() {
    for target in TARGETS {
        for seed in seeds(target) {
            // So many places of each: the fuzzer itself tries the others.
            let step = (seed.len() / target.places).max(1);
            for at in (0..seed.len()).step_by(step) {
                (target.run)(&seed[..at]);
                let mut changed = seed.clone();
                changed[at] ^= 1;
                (target.run)(&changed);
            }
        }
    }
}

#[test]
fn every_folder_of_seeds_has_its_target() {
    for entry in fs::read_dir(folder()).expect("seeds") {
        let name = entry.expect("entry").file_name().to_string_lossy().into_owned();
        assert!(named(&name).is_some(), "fuzz/seeds/{name} belongs to no target");
    }
}
