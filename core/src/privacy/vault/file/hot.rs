//! What a vault remembers of the keys that it gave out lately.

use std::sync::Arc;

use super::super::ids::ById;
use super::super::slot::Name;
use super::super::{Key, KeyId, Mark, Owner};

/// So many unwrapped keys are remembered.
const REMEMBERED: usize = 1 << 14;

/// Keys that were unwrapped lately, and the hashes of the names that come with every record.
#[derive(Default)]
pub(super) struct Hot {
    by_name: ById<Name, (KeyId, Arc<Key>)>,
    by_id: ById<KeyId, Arc<Key>>,
    shelf: Option<(Owner, Name)>,
    mark: Option<(String, Mark)>,
}

impl Hot {
    pub(super) fn named(&self, name: &Name) -> Option<(KeyId, Arc<Key>)> {
        self.by_name.get(name).map(|(id, key)| (*id, Arc::clone(key)))
    }

    pub(super) fn with_id(&self, id: &KeyId) -> Option<Arc<Key>> {
        self.by_id.get(id).map(Arc::clone)
    }

    pub(super) fn remember(&mut self, name: Name, id: KeyId, key: &Arc<Key>) {
        if self.by_id.len() >= REMEMBERED {
            self.forget_all();
        }
        self.by_name.insert(name, (id, Arc::clone(key)));
        self.by_id.insert(id, Arc::clone(key));
    }

    pub(super) fn forget(&mut self, name: &Name, id: &KeyId) {
        self.by_name.remove(name);
        self.by_id.remove(id);
    }

    /// Of a shelf others know what follows from its key and theirs.
    pub(super) fn forget_all(&mut self) {
        self.by_name.clear();
        self.by_id.clear();
    }

    /// The hash of a shelf's name, which names no person.
    pub(super) fn shelf(&mut self, owner: &Owner, hash: impl FnOnce() -> Name) -> Name {
        match &self.shelf {
            Some((last, name)) if last == owner => *name,
            _ => self.shelf.insert((owner.clone(), hash())).1,
        }
    }

    /// The mark of a tenant.
    pub(super) fn mark(&mut self, tenant: &str, hash: impl FnOnce() -> Mark) -> Mark {
        match &self.mark {
            Some((last, mark)) if last == tenant => *mark,
            _ => self.mark.insert((tenant.to_owned(), hash())).1,
        }
    }
}
