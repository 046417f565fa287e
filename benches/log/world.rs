//! A log to measure, and how two things are measured in turn.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use rand_core::{OsRng, RngCore};
use tempfile::TempDir;
use touchmark_core::edge::{Clock, Edge, Moment};
use touchmark_core::keys::Signer;
use touchmark_core::keys::file::Ed25519Key;
use touchmark_core::keys::mac::{EpochFile, MacRoot};
use touchmark_core::ledger::file::FileStore;
use touchmark_core::ledger::{Keys, Ledger};

use crate::moderation::event;

pub(crate) const ORIGIN: &str = "touchmark/bench";

pub(crate) const EDGE: Edge<'static> = Edge {
    now: &|| Moment { time: Timestamp::now(), clock: Clock { synchronised: true, max_error_us: Some(1000) } },
    random: &|buffer| OsRng.fill_bytes(buffer),
};

/// A folder with a log and its keys.
pub(crate) struct World {
    /// Removed at the end, unless it was named.
    _temporary: Option<TempDir>,
    dir: PathBuf,
}

impl World {
    pub(crate) fn new() -> Self {
        let temporary = tempfile::tempdir().expect("a folder");
        let dir = temporary.path().to_owned();
        let world = Self { _temporary: Some(temporary), dir };
        world.make_keys();
        world
    }

    /// The one that `TOUCHMARK_BENCH_DIR` names, or a new one.
    pub(crate) fn named() -> Self {
        let Some(dir) = std::env::var_os("TOUCHMARK_BENCH_DIR").map(PathBuf::from) else { return Self::new() };
        fs::create_dir_all(&dir).expect("created");
        let world = Self { _temporary: None, dir };
        if !world.dir.join("log.pem").exists() {
            world.make_keys();
        }
        world
    }

    fn make_keys(&self) {
        let root = MacRoot::generate(&mut OsRng);
        Ed25519Key::generate(&mut OsRng).save(self.dir.join("log.pem")).expect("saved");
        root.save(self.dir.join("mac-root")).expect("saved");
        EpochFile::create(self.dir.join("mac-epoch"), root.first_epoch()).expect("created");
    }

    pub(crate) fn ledger_dir(&self) -> PathBuf {
        self.dir.join("ledger")
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(crate) fn root(&self) -> MacRoot {
        MacRoot::load(self.dir.join("mac-root")).expect("loaded")
    }

    /// The log's.
    pub(crate) fn key(&self) -> Ed25519Key {
        Ed25519Key::load(self.dir.join("log.pem")).expect("loaded")
    }

    pub(crate) fn open(&self) -> Ledger {
        self.open_with(Arc::new(self.key()))
    }

    pub(crate) fn open_with(&self, signer: Arc<dyn Signer>) -> Ledger {
        let mac = EpochFile::open(self.dir.join("mac-epoch")).expect("opened");
        let store = Arc::new(FileStore::writer(&self.ledger_dir()).expect("opened").0);
        Ledger::open(store, ORIGIN, Vec::new(), Keys { signer, mac }, EDGE).expect("opened")
    }

    /// A log of at least so many records.
    pub(crate) fn fill(&self, records: u64) {
        let mut ledger = self.open();
        let events = vec![event(); 1 << 15];
        while ledger.size() < records {
            let count = usize::try_from(records - ledger.size()).unwrap_or(usize::MAX).min(events.len());
            ledger.append(&events[..count], EDGE).expect("appended");
        }
    }
}

/// `TOUCHMARK_BENCH_RECORDS`.
pub(crate) fn records() -> u64 {
    std::env::var("TOUCHMARK_BENCH_RECORDS").ok().and_then(|text| text.parse().ok()).unwrap_or(200_000)
}
