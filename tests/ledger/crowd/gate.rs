//! A store that can be held up.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex};

use touchmark_core::ledger::memory::MemoryStore;
use touchmark_core::ledger::store::{Batch, Commit, Visit};
use touchmark_core::ledger::{Error, Proved, Sequencer, Store};

/// A store whose commits can be held up, and are counted.
#[derive(Debug, Default)]
pub(super) struct Gate {
    inner: MemoryStore,
    commits: AtomicU64,
    pub(super) full: AtomicBool,
    shut: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    pub(super) fn set(&self, shut: bool) {
        *self.shut.lock().expect("no panic") = shut;
        self.opened.notify_all();
    }

    pub(super) fn commits(&self) -> u64 {
        self.commits.load(Ordering::SeqCst)
    }
}

impl Store for Gate {
    fn size(&self) -> Result<u64, Error> {
        self.inner.size()
    }

    fn commit(&self, expected: u64, batch: &Batch) -> Result<Commit, Error> {
        self.commits.fetch_add(1, Ordering::SeqCst);
        let shut = self.shut.lock().expect("no panic");
        drop(self.opened.wait_while(shut, |shut| *shut).expect("no panic"));
        if self.full.load(Ordering::SeqCst) {
            let (path, source) = ("the store".into(), std::io::ErrorKind::StorageFull.into());
            return Err(Error::Io { path, source });
        }
        self.inner.commit(expected, batch)
    }

    fn blocks(&self, from: u64, visit: &mut Visit<'_>) -> Result<(), Error> {
        self.inner.blocks(from, visit)
    }

    fn torn_tail(&self) -> Result<u64, Error> {
        self.inner.torn_tail()
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        self.inner.put(name, bytes)
    }

    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        self.inner.get(name)
    }
}

/// What one caller does.
pub(super) type Call = Box<dyn FnOnce(&Sequencer) -> Result<Vec<Proved>, Error> + Send>;
