//! A store in memory: for scratch logs and for tests.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Error;
use super::store::{Batch, Commit, Store, Visit};

/// Lines and objects in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    lines: Vec<Vec<u8>>,
    objects: BTreeMap<String, Vec<u8>>,
}

impl MemoryStore {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Each call makes one change: a panic elsewhere cannot leave half of one.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn size(&self) -> Result<u64, Error> {
        Ok(self.inner().lines.len() as u64)
    }

    fn commit(&self, expected: u64, batch: &Batch) -> Result<Commit, Error> {
        let mut inner = self.inner();
        let size = inner.lines.len() as u64;
        if size != expected {
            return Ok(Commit::Raced { size });
        }
        inner.lines.extend(batch.lines().map(<[u8]>::to_vec));
        Ok(Commit::Done)
    }

    fn torn_tail(&self) -> Result<u64, Error> {
        Ok(0)
    }

    fn blocks(&self, from: u64, visit: &mut Visit<'_>) -> Result<(), Error> {
        let mut seq = from;
        loop {
            // One line at a time, so that a visitor may call the store.
            let Some(mut line) = usize::try_from(seq).ok().and_then(|at| self.inner().lines.get(at).cloned()) else {
                return Ok(());
            };
            line.push(b'\n');
            if let ControlFlow::Break(()) = visit(seq, &line) {
                return Ok(());
            }
            seq += 1;
        }
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        self.inner().objects.insert(name.to_owned(), bytes.to_vec());
        Ok(())
    }

    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.inner().objects.get(name).cloned())
    }
}
