//! A store that fails when it is told to: for proving what happens then.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Error;
use super::store::{Batch, Commit, Store, Visit};

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing was done.
    NotDone,
    /// Everything was done, but the answer was lost.
    AnswerLost,
}

/// A store around another one, of which one call fails.
#[derive(Debug)]
pub struct FaultyStore {
    inner: Arc<dyn Store>,
    fault: Fault,
    nth: u64,
    stays_down: bool,
    calls: AtomicU64,
}

impl FaultyStore {
    /// Call number `nth` fails, counted from 0; those before and after it do not.
    pub fn new(inner: Arc<dyn Store>, nth: u64, fault: Fault) -> Self {
        Self { inner, fault, nth, stays_down: false, calls: AtomicU64::new(0) }
    }

    /// From call `nth` on nothing works any more: that one fails as `fault` says, and behind it nothing is done.
    pub fn crashing(inner: Arc<dyn Store>, nth: u64, fault: Fault) -> Self {
        Self { stays_down: true, ..Self::new(inner, nth, fault) }
    }

    /// How often the store was called.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Whether a call was made to fail.
    pub fn has_failed(&self) -> bool {
        self.calls() > self.nth
    }

    fn call<T>(&self, work: impl FnOnce(&dyn Store) -> Result<T, Error>) -> Result<T, Error> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        let fails = call == self.nth || (self.stays_down && call > self.nth);
        if fails {
            if call == self.nth && self.fault == Fault::AnswerLost {
                drop(work(self.inner.as_ref())?);
            }
            let source = io::Error::other("this call was made to fail");
            return Err(Error::Io { path: PathBuf::from("the faulty store"), source });
        }
        work(self.inner.as_ref())
    }
}

impl Store for FaultyStore {
    fn size(&self) -> Result<u64, Error> {
        self.call(|store| store.size())
    }

    fn commit(&self, expected: u64, batch: &Batch) -> Result<Commit, Error> {
        self.call(|store| store.commit(expected, batch))
    }

    fn blocks(&self, from: u64, visit: &mut Visit<'_>) -> Result<(), Error> {
        self.call(|store| store.blocks(from, visit))
    }

    /// Does not fail: it has no answer.
    fn let_go(&self) {
        self.inner.let_go();
    }

    fn torn_tail(&self) -> Result<u64, Error> {
        self.call(|store| store.torn_tail())
    }

    fn read(&self, seq: u64) -> Result<Option<Vec<u8>>, Error> {
        self.call(|store| store.read(seq))
    }

    /// Asks nobody: it does not fail.
    fn segment_lines(&self) -> u64 {
        self.inner.segment_lines()
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        self.call(|store| store.put(name, bytes))
    }

    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        self.call(|store| store.get(name))
    }

    fn get_part(&self, name: &str, start: u64, length: usize) -> Result<Option<Vec<u8>>, Error> {
        self.call(|store| store.get_part(name, start, length))
    }
}
