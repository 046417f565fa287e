//! Stores that can be held up.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Barrier, Condvar, Mutex};

use touchmark_core::ledger::memory::MemoryStore;
use touchmark_core::ledger::store::{Batch, Commit, Visit};
use touchmark_core::ledger::{Error, Proved, Sequencer, Store};

/// A store whose commits can be held up, and are counted.
#[derive(Debug)]
pub(super) struct Gate {
    inner: Arc<dyn Store>,
    commits: AtomicU64,
    pub(super) full: AtomicBool,
    /// The number of a commit that panics; 0: none.
    pub(super) panics_at: AtomicU64,
    shut: Mutex<bool>,
    opened: Condvar,
}

impl Default for Gate {
    fn default() -> Self {
        Self::over(Arc::new(MemoryStore::default()))
    }
}

impl Gate {
    pub(super) fn over(inner: Arc<dyn Store>) -> Self {
        let (full, panics_at) = (AtomicBool::new(false), AtomicU64::new(0));
        Self { inner, commits: AtomicU64::new(0), full, panics_at, shut: Mutex::default(), opened: Condvar::new() }
    }

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
        let number = self.commits.fetch_add(1, Ordering::SeqCst) + 1;
        assert_ne!(number, self.panics_at.load(Ordering::SeqCst), "a defect in the store, which this test wants");
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

    fn let_go(&self) {
        self.inner.let_go();
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

/// The same store for somebody who reads it, once so slowly that what they have read is of long ago when they are done.
#[derive(Debug)]
pub(super) struct Slow {
    pub(super) gate: Arc<Gate>,
    slows_down: AtomicBool,
    has_read: Barrier,
    goes_on: Barrier,
}

impl Slow {
    pub(super) fn over(gate: Arc<Gate>) -> Self {
        Self { gate, slows_down: AtomicBool::new(false), has_read: Barrier::new(2), goes_on: Barrier::new(2) }
    }

    /// The next who reads it is slow.
    pub(super) fn slow_down(&self) {
        self.slows_down.store(true, Ordering::SeqCst);
    }

    /// Waits for the one who is slow, and works while they do not go on.
    pub(super) fn meanwhile(&self, work: impl FnOnce()) {
        self.has_read.wait();
        work();
        self.goes_on.wait();
    }
}

impl Store for Slow {
    fn blocks(&self, from: u64, visit: &mut Visit<'_>) -> Result<(), Error> {
        let read = self.gate.blocks(from, visit);
        if self.slows_down.swap(false, Ordering::SeqCst) {
            self.has_read.wait();
            self.goes_on.wait();
        }
        read
    }

    fn size(&self) -> Result<u64, Error> {
        self.gate.size()
    }

    fn commit(&self, expected: u64, batch: &Batch) -> Result<Commit, Error> {
        self.gate.commit(expected, batch)
    }

    fn torn_tail(&self) -> Result<u64, Error> {
        self.gate.torn_tail()
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        self.gate.put(name, bytes)
    }

    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        self.gate.get(name)
    }
}

/// What one caller does.
pub(super) type Call = Box<dyn FnOnce(&Sequencer) -> Result<Vec<Proved>, Error> + Send>;
