//! A vault that fails when it is told to: for proving what happens then.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Count, Destruction, Error, Found, Given, Kept, KeyId, Mark, Owner, Vault};
use crate::edge::Edge;

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing was done.
    NotDone,
    /// Everything was done, but the answer was lost.
    AnswerLost,
}

/// A vault around another one: from call number `nth` on, counted from 0, nothing works any more. That one fails as the fault says.
#[derive(Debug)]
pub struct FaultyVault {
    inner: Arc<dyn Vault>,
    fault: Fault,
    nth: u64,
    calls: AtomicU64,
}

impl FaultyVault {
    /// Around another vault.
    pub fn new(inner: Arc<dyn Vault>, nth: u64, fault: Fault) -> Self {
        Self { inner, fault, nth, calls: AtomicU64::new(0) }
    }

    /// Whether a call was made to fail.
    pub fn has_failed(&self) -> bool {
        self.calls.load(Ordering::Relaxed) > self.nth
    }

    fn call<T>(&self, work: impl FnOnce(&dyn Vault) -> Result<T, Error>) -> Result<T, Error> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        if call < self.nth {
            return work(self.inner.as_ref());
        }
        if call == self.nth && self.fault == Fault::AnswerLost {
            drop(work(self.inner.as_ref())?);
        }
        let source = io::Error::other("this call was made to fail");
        Err(Error::Io { action: "use", path: PathBuf::from("the faulty vault"), source })
    }
}

impl Vault for FaultyVault {
    fn keys(&self, owners: &[Owner], edge: Edge<'_>) -> Result<Vec<Given>, Error> {
        self.call(|vault| vault.keys(owners, edge))
    }

    fn key(&self, id: &KeyId) -> Result<Found, Error> {
        self.call(|vault| vault.key(id))
    }

    fn of(&self, owner: &Owner) -> Result<Vec<Kept>, Error> {
        self.call(|vault| vault.of(owner))
    }

    fn destroy(&self, id: &KeyId, edge: Edge<'_>) -> Result<Destruction, Error> {
        self.call(|vault| vault.destroy(id, edge))
    }

    fn mark(&self, name: &str) -> Mark {
        self.inner.mark(name)
    }

    fn count(&self) -> Result<Count, Error> {
        self.call(|vault| vault.count())
    }
}
