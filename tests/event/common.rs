//! A fixed clock, a place in a log, and the vectors.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;
use touchmark_core::edge::{Clock, Edge, Moment};
use touchmark_core::event::{Error, Event, Place, Private, Sealed};
use touchmark_core::hash::Hash;

pub(crate) const ORIGIN: &str = "log.example/2026";

/// When everything here is put on record.
pub(crate) const NOW: &str = "2026-03-01T12:00:00Z";

/// Puts the event on record with random bytes that never come twice.
pub(crate) fn seal(event: &Event, publish: &[&str]) -> Result<Sealed, Error> {
    static DRAWN: AtomicU64 = AtomicU64::new(0);
    seal_with(event, publish, &|buffer| {
        for chunk in buffer.chunks_mut(32) {
            let fresh = Hash::of(&DRAWN.fetch_add(1, Ordering::Relaxed).to_be_bytes());
            chunk.copy_from_slice(&fresh.as_bytes()[..chunk.len()]);
        }
    })
}

/// The same with given random bytes.
pub(crate) fn seal_with(event: &Event, publish: &[&str], random: &(dyn Fn(&mut [u8]) + Sync)) -> Result<Sealed, Error> {
    let publish: Vec<String> = publish.iter().map(|&field| field.to_owned()).collect();
    let place =
        Place { origin: ORIGIN, seq: 17, prev: Hash::of(b"the record before"), moment: now(), publish: &publish };
    event.seal(&place, Edge { now: &now, random })
}

fn now() -> Moment {
    let clock = Clock { synchronised: true, max_error_us: Some(2500) };
    Moment { time: NOW.parse().expect("a time"), clock }
}

/// The private part that stands beside the record.
pub(crate) fn private(sealed: &Sealed) -> Private {
    Private::from_bytes(&sealed.private).expect("a private part")
}

/// JSON bytes, to look into.
pub(crate) fn fields(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).expect("JSON")
}

/// Every file of `vectors/event/<folder>`, by name.
pub(crate) fn vectors(folder: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/event").join(folder);
    let mut files: Vec<(String, Vec<u8>)> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
        })
        .collect();
    files.sort();
    files
}
