//! A vault in a folder.
//!
//! ```text
//! head        what shows that a key-encryption key is the right one, and the key of the hashes of names (head)
//! 00 … ff     slots of 128 bytes, by the first byte of the hash, which is the first byte of the key's id too (drawer, slot)
//! ```
//! One process writes, under the log's lock; others may read beside it. A key is added behind the last one, and its file synced before it
//! is given out. It is destroyed in its place. What the file system keeps of overwritten blocks (copy on write, snapshots, the
//! spare blocks of a flash disk) is out of reach; the wrapped key there opens with the key-encryption key alone.

mod drawer;
mod head;
mod hot;
mod making;

use std::fmt;
use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use self::drawer::Drawer;
use self::hot::Hot;
use super::cipher::Cipher;
use super::slot::{Name, Slot, State};
use super::{Count, Destruction, Error, Found, Given, Kept, Key, KeyId, Mark, Owner, RootKey, Vault};
use crate::edge::Edge;

/// How many files there are.
const DRAWERS: usize = 256;

/// A vault in a folder.
pub struct FileVault {
    dir: PathBuf,
    writes: bool,
    wrap: Cipher,
    /// Keyed and ready to take a name.
    names: Hmac<Sha256>,
    drawers: Vec<Mutex<Drawer>>,
    hot: Mutex<Hot>,
    /// Held while keys are made: whoever looks for one that is not durable yet waits for it here.
    making: Mutex<()>,
    failed: AtomicBool,
}

impl FileVault {
    /// Makes an empty vault. One that is there already is not touched.
    pub fn create(dir: &Path, root: &RootKey, edge: Edge<'_>) -> Result<(), Error> {
        Self::refuse_existing(dir)?;
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(dir);
        made.map_err(at("create", dir))?;
        head::write(dir, root, edge)
    }

    /// Refuses a folder in which something is.
    pub fn refuse_existing(dir: &Path) -> Result<(), Error> {
        let is_used = dir.read_dir().is_ok_and(|mut entries| entries.next().is_some());
        if is_used { Err(Error::Exists { dir: dir.to_owned() }) } else { Ok(()) }
    }

    /// Opens a vault for reading, beside whoever writes.
    pub fn reader(dir: &Path, root: &RootKey) -> Result<Self, Error> {
        Self::open(dir, root, false)
    }

    /// Opens a vault for writing. The caller holds the lock of the log that the vault belongs to.
    pub fn writer(dir: &Path, root: &RootKey) -> Result<Self, Error> {
        Self::open(dir, root, true)
    }

    fn open(dir: &Path, root: &RootKey, writes: bool) -> Result<Self, Error> {
        let head::Opened { wrap, names } = head::read(dir, root)?;
        Ok(Self {
            dir: dir.to_owned(),
            writes,
            wrap: Cipher::new(&wrap),
            names: <Hmac<Sha256> as hmac::Mac>::new_from_slice(&*names).expect("HMAC takes a key of any length"),
            drawers: (0..DRAWERS).map(|number| Mutex::new(Drawer::new(dir, number))).collect(),
            hot: Mutex::default(),
            making: Mutex::default(),
            failed: AtomicBool::new(false),
        })
    }

    /// 16 bytes of the keyed hash of what `show` shows.
    fn hash(&self, show: impl FnOnce(&mut dyn FnMut(&[u8]))) -> [u8; 16] {
        let mut state = self.names.clone();
        show(&mut |text| state.update(text));
        let full = state.finalize().into_bytes();
        let mut hash = [0; 16];
        hash.copy_from_slice(&full[..16]);
        hash
    }

    fn name(&self, owner: &Owner) -> Name {
        let hash = || {
            self.hash(|show| {
                show(b"owner\n");
                owner.name(show);
            })
        };
        if owner.is_shelf() { self.hot().shelf(owner, hash) } else { hash() }
    }

    fn drawer(&self, first: u8) -> MutexGuard<'_, Drawer> {
        self.drawers[usize::from(first)].lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hot(&self) -> MutexGuard<'_, Hot> {
        self.hot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Called with the drawer's lock held: a key that is destroyed meanwhile is not remembered behind its end. Of a reader nothing is
    /// remembered, because another process may destroy keys.
    fn remember(&self, name: Name, id: KeyId, key: &Arc<Key>) {
        if self.writes {
            self.hot().remember(name, id, key);
        }
    }

    /// The key in a slot, if it is the one that was put there.
    fn unwrap(&self, number: u64, slot: &Slot) -> Result<Arc<Key>, Error> {
        slot.unwrap(&self.wrap).ok_or_else(|| self.damaged(number, slot))
    }

    fn damaged(&self, slot: u64, found: &Slot) -> Error {
        Error::Damaged { path: self.dir.join(drawer::file_name(found.name()[0])), slot, id: found.id() }
    }

    /// The live key of an owner.
    fn live(&self, name: &Name) -> Result<Option<(KeyId, Arc<Key>)>, Error> {
        if let Some(known) = self.hot().named(name) {
            return Ok(Some(known));
        }
        let mut drawer = self.drawer(name[0]);
        match drawer.newest(name, !self.writes)? {
            Some((number, slot)) if slot.state() == State::Live => {
                let key = self.unwrap(number, &slot)?;
                self.remember(*name, slot.id(), &key);
                Ok(Some((slot.id(), key)))
            }
            Some((number, slot)) if slot.state() == State::Unreadable => Err(self.damaged(number, &slot)),
            _ => Ok(None),
        }
    }
}

impl Vault for FileVault {
    fn keys(&self, owners: &[Owner], edge: Edge<'_>) -> Result<Vec<Given>, Error> {
        let look = |owner| Ok(self.live(&self.name(owner))?.map(|(id, key)| Given { id, key, made: None }));
        let mut given: Vec<Option<Given>> = owners.iter().map(look).collect::<Result<_, Error>>()?;
        if given.iter().any(Option::is_none) {
            if !self.writes {
                return Err(Error::ReadOnly);
            }
            self.make(owners, &mut given, edge)?;
        }
        given.into_iter().collect::<Option<Vec<_>>>().ok_or(Error::Poisoned)
    }

    fn key(&self, id: &KeyId) -> Result<Found, Error> {
        if let Some(key) = self.hot().with_id(id) {
            return Ok(Found::Live(key));
        }
        let mut drawer = self.drawer(id.as_bytes()[0]);
        Ok(match drawer.with_id(id, !self.writes)? {
            None => Found::NotFound,
            Some((number, slot)) => match slot.state() {
                State::Live => {
                    let key = self.unwrap(number, &slot)?;
                    self.remember(slot.name(), *id, &key);
                    Found::Live(key)
                }
                State::Destroyed => Found::Destroyed,
                State::Nothing => Found::NotFound,
                State::Unreadable => return Err(self.damaged(number, &slot)),
            },
        })
    }

    fn of(&self, owner: &Owner) -> Result<Vec<Kept>, Error> {
        let name = self.name(owner);
        let mut kept = Vec::new();
        self.drawer(name[0]).each(&mut |slot| {
            if slot.name() == name && slot.state() != State::Nothing {
                // Half a gravestone still has something to destroy.
                kept.push(Kept { id: slot.id(), is_live: slot.state() != State::Destroyed || !slot.is_empty() });
            }
        })?;
        Ok(kept)
    }

    fn destroy(&self, id: &KeyId, edge: Edge<'_>) -> Result<Destruction, Error> {
        if !self.writes {
            return Err(Error::ReadOnly);
        }
        let mut drawer = self.drawer(id.as_bytes()[0]);
        let Some((at, slot)) = drawer.with_id(id, false)? else { return Ok(Destruction::NotFound) };
        if slot.is_shelf() {
            self.hot().forget_all();
        } else {
            self.hot().forget(&slot.name(), id);
        }
        if slot.state() == State::Destroyed && slot.is_empty() {
            return Ok(Destruction::Before);
        }
        drawer.write(at, &slot.destroyed(edge.now().time.as_millisecond()))?;
        drawer.sync()?;
        Ok(Destruction::Done)
    }

    fn mark(&self, name: &str) -> Mark {
        self.hot()
            .mark(name, || Mark::from_bytes(self.hash(|show| [b"mark\n", name.as_bytes()].into_iter().for_each(show))))
    }

    fn count(&self) -> Result<Count, Error> {
        let mut count = Count::default();
        for number in 0..=u8::MAX {
            self.drawer(number).each(&mut |slot| match slot.state() {
                State::Nothing => {}
                State::Destroyed => count.destroyed += 1,
                _ if slot.is_shelf() => count.shelves += 1,
                _ => count.people += 1,
            })?;
        }
        Ok(count)
    }
}

impl fmt::Debug for FileVault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileVault").field("dir", &self.dir).finish_non_exhaustive()
    }
}

fn at(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    move |source| Error::Io { action, path: path.to_owned(), source }
}

#[cfg(test)]
mod tests;
