//! A vault in memory: for trials, and for tests of what works with vaults.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Count, Destruction, Error, Found, Given, Kept, Key, KeyId, Made, Mark, Owner, Vault};
use crate::edge::Edge;
use crate::hash::Hash;

/// A vault that is gone when it is dropped.
#[derive(Default)]
pub struct MemoryVault(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    owners: BTreeMap<Owner, Vec<KeyId>>,
    live: BTreeMap<KeyId, Arc<Key>>,
    destroyed: BTreeSet<KeyId>,
}

impl MemoryVault {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn give(&mut self, owner: &Owner, edge: Edge<'_>) -> Given {
        let ids = self.owners.entry(owner.clone()).or_default();
        let live = ids.last().and_then(|id| Some((*id, Arc::clone(self.live.get(id)?))));
        if let Some((id, key)) = live {
            return Given { id, key, made: None };
        }
        let made = if ids.is_empty() { Made::First } else { Made::AfterErasure };
        let (id, key) = (KeyId::from_bytes(edge.bytes()), Arc::new(Key::new(edge.bytes())));
        ids.push(id);
        self.live.insert(id, Arc::clone(&key));
        Given { id, key, made: Some(made) }
    }
}

impl Vault for MemoryVault {
    fn keys(&self, owners: &[Owner], edge: Edge<'_>) -> Result<Vec<Given>, Error> {
        let mut inner = self.inner();
        Ok(owners.iter().map(|owner| inner.give(owner, edge)).collect())
    }

    fn key(&self, id: &KeyId) -> Result<Found, Error> {
        let inner = self.inner();
        Ok(match inner.live.get(id) {
            Some(key) => Found::Live(Arc::clone(key)),
            None if inner.destroyed.contains(id) => Found::Destroyed,
            None => Found::NotFound,
        })
    }

    fn of(&self, owner: &Owner) -> Result<Vec<Kept>, Error> {
        let inner = self.inner();
        let ids = inner.owners.get(owner).map(Vec::as_slice).unwrap_or_default();
        Ok(ids.iter().map(|id| Kept { id: *id, is_live: inner.live.contains_key(id) }).collect())
    }

    fn destroy(&self, id: &KeyId, _: Edge<'_>) -> Result<Destruction, Error> {
        let mut inner = self.inner();
        if inner.live.remove(id).is_some() {
            inner.destroyed.insert(*id);
            return Ok(Destruction::Done);
        }
        Ok(if inner.destroyed.contains(id) { Destruction::Before } else { Destruction::NotFound })
    }

    /// A guess can be tested here: whoever reads the memory has all names anyway.
    fn mark(&self, name: &str) -> Mark {
        let hash = Hash::of_parts(&[b"mark\n", name.as_bytes()]);
        let mut mark = [0; 16];
        mark.iter_mut().zip(hash.as_bytes()).for_each(|(to, from)| *to = *from);
        Mark::from_bytes(mark)
    }

    fn count(&self) -> Result<Count, Error> {
        let inner = self.inner();
        let live = |is_shelf: bool| {
            let owners = inner.owners.iter().filter(|(owner, _)| owner.is_shelf() == is_shelf);
            owners.flat_map(|(_, ids)| ids).filter(|id| inner.live.contains_key(id)).count() as u64
        };
        Ok(Count { people: live(false), shelves: live(true), destroyed: inner.destroyed.len() as u64 })
    }
}

impl fmt::Debug for MemoryVault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryVault").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::super::conformance;
    use super::*;

    #[test]
    fn it_keeps_the_contract() {
        conformance::at_noon(|edge| conformance(&MemoryVault::default(), edge)).expect("conforms");
    }
}
