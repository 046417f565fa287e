//! New keys: drawn, wrapped, written and made durable before anybody gets them.

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use super::super::ids::ById;
use super::super::slot::{Name, Slot};
use super::super::{Error, Given, Key, KeyId, Made, Owner};
use super::{FileVault, at};
use crate::edge::Edge;

/// From so many files on it is quicker to sync the whole file system.
const MANY: usize = 8;

impl FileVault {
    /// Makes the keys that are missing in `given`, and makes them durable together.
    pub(super) fn make(&self, owners: &[Owner], given: &mut [Option<Given>], edge: Edge<'_>) -> Result<(), Error> {
        let _one = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if self.failed.load(Ordering::Acquire) {
            return Err(Error::Poisoned);
        }
        let now = edge.now().time.as_millisecond();
        let mut new: ById<Name, Given> = ById::default();
        let mut begun: Vec<(u64, Name)> = Vec::new();
        let mut ends: HashMap<u8, u64> = HashMap::new();
        for (owner, place) in owners.iter().zip(given.iter_mut()).filter(|(_, place)| place.is_none()) {
            let name = self.name(owner);
            // The same owner a second time, or one whose key somebody else made while we waited.
            let known = new.get(&name).map(|given| (given.id, Arc::clone(&given.key)));
            if let Some((id, key)) = known.map_or_else(|| self.live(&name), |known| Ok(Some(known)))? {
                *place = Some(Given { id, key, made: None });
                continue;
            }
            let mut drawer = self.drawer(name[0]);
            let made = if drawer.newest(&name, false)?.is_some() { Made::AfterErasure } else { Made::First };
            let mut id = edge.bytes::<16>();
            id[0] = name[0];
            let (id, key) = (KeyId::from_bytes(id), Arc::new(Key::new(edge.bytes())));
            let slot = Slot::new(&self.wrap, &name, owner.is_shelf(), &id, &key, &edge.bytes(), now);
            let at = ends.get(&name[0]).copied().unwrap_or_else(|| drawer.end());
            self.failed.store(true, Ordering::Release);
            drawer.write(at, &slot)?;
            self.failed.store(false, Ordering::Release);
            ends.insert(name[0], at + 1);
            begun.push((at, name));
            let one = Given { id, key, made: Some(made) };
            *place = Some(one.clone());
            new.insert(name, one);
        }
        self.failed.store(true, Ordering::Release);
        self.sync(&ends.keys().copied().collect())?;
        self.failed.store(false, Ordering::Release);
        for (at, name) in begun {
            let Some(given) = new.get(&name) else { continue };
            let mut drawer = self.drawer(name[0]);
            drawer.add(name, given.id, at);
            self.remember(name, given.id, &given.key);
        }
        Ok(())
    }

    /// Makes what was written durable, and the names of new files.
    fn sync(&self, drawers: &BTreeSet<u8>) -> Result<(), Error> {
        if drawers.len() > MANY {
            let folder = File::open(&self.dir).map_err(at("open", &self.dir))?;
            return rustix::fs::syncfs(&folder).map_err(|error| at("make durable", &self.dir)(error.into()));
        }
        let mut is_new = false;
        for number in drawers {
            is_new |= self.drawer(*number).sync()?;
        }
        if is_new {
            File::open(&self.dir).and_then(|dir| dir.sync_all()).map_err(at("make durable", &self.dir))?;
        }
        Ok(())
    }
}
