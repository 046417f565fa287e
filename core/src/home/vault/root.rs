//! The vault's key: found where it is, or put there.
//!
//! In a file of the home it lies bare, or under a passphrase. Where the configuration names a key elsewhere, it lies wrapped under that one in
//! `keys/vault-root`, and is unwrapped once a process: from then on the vault works without the other key.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::edge::Edge;
use crate::home::config::VaultConfig;
use crate::home::{Error, Home};
use crate::keys::place::{Outside, Place};
use crate::keys::vault_key::{self, Wrapped};
use crate::privacy::vault::RootKey;

/// Where it lies if nothing else is said.
pub(in crate::home) const VAULT_KEY: &str = "keys/vault-key";

/// Where it lies wrapped.
pub(in crate::home) const VAULT_ROOT: &str = "keys/vault-root";

/// What was unwrapped, and what it was unwrapped from.
#[derive(Debug, Default)]
pub(in crate::home) struct Unwrapped(Mutex<Option<(Wrapped, Arc<RootKey>)>>);

impl Home {
    /// The vault's key. Nothing else reads it.
    pub fn vault_key(&self) -> Result<Arc<RootKey>, Error> {
        match self.vault_place()? {
            Some(place) => self.vault_key_at(place),
            None => Err(self.no_vault_key()),
        }
    }

    /// Which of the places that the configuration names the vault's key is in.
    pub(in crate::home) fn vault_place(&self) -> Result<Option<&Place>, Error> {
        let VaultConfig { key, next_key } = &self.config.vault;
        let wrapped = self.wrapped()?;
        let named = || [Some(key), next_key.as_ref()].into_iter().flatten();
        let is_there = |place: &&Place| match place {
            Place::File(path) => self.dir.join(path).exists(),
            Place::Outside(outside) => wrapped.as_ref().is_some_and(|wrapped| wrapped.is_under(outside)),
        };
        // Wrapped under a key of other words: perhaps the same one by another name.
        let perhaps = || named().find(|place| wrapped.is_some() && place.file().is_none());
        Ok(named().find(is_there).or_else(perhaps))
    }

    pub(super) fn vault_key_at(&self, place: &Place) -> Result<Arc<RootKey>, Error> {
        match place {
            Place::File(path) => Ok(Arc::new(vault_key::load_with(self.dir.join(path), self.keyring.as_ref())?)),
            Place::Outside(outside) => self.unwrap(outside),
        }
    }

    /// Keeps the key in this place, durable on return. One that is there already is another's, and is not written over.
    pub(super) fn keep_vault_key(&self, key: &RootKey, place: &Place, edge: Edge<'_>) -> Result<(), Error> {
        match place {
            Place::File(path) => {
                let passphrase = self.passphrase_for_new()?;
                let passphrase = passphrase.as_ref().map(|text| text.as_str());
                vault_key::create(self.dir.join(path), key, passphrase, &mut { edge })?;
            }
            Place::Outside(outside) => self.wrap(key, outside)?.save(self.dir.join(VAULT_ROOT))?,
        }
        Ok(())
    }

    /// Wraps the key under the one in this place, and sees that it comes out again.
    pub(in crate::home) fn wrap(&self, key: &RootKey, place: &Outside) -> Result<Wrapped, Error> {
        let wrapper = self.keyring.wrapper(&place.seen_from(&self.dir))?;
        Ok(Wrapped::new(key, wrapper.as_ref(), place)?)
    }

    /// The wrapped key; `None` where it lies otherwise.
    pub(in crate::home) fn wrapped(&self) -> Result<Option<Wrapped>, Error> {
        let path = self.dir.join(VAULT_ROOT);
        if path.exists() { Ok(Some(Wrapped::load(path)?)) } else { Ok(None) }
    }

    fn unwrap(&self, place: &Outside) -> Result<Arc<RootKey>, Error> {
        let Some(wrapped) = self.wrapped()? else { return Err(self.no_vault_key()) };
        let mut unwrapped = self.unwrapped.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((from, key)) = unwrapped.as_ref()
            && *from == wrapped
        {
            return Ok(Arc::clone(key));
        }
        let wrapper = self.keyring.wrapper(&place.seen_from(&self.dir));
        let key = wrapper.and_then(|wrapper| wrapped.unwrap(wrapper.as_ref())).map_err(|source| {
            let under = if wrapped.is_under(place) { None } else { Some(wrapped.under().to_owned()) };
            Error::VaultLocked { under: Under(under), source }
        })?;
        let key = Arc::new(key);
        *unwrapped = Some((wrapped, Arc::clone(&key)));
        Ok(key)
    }

    /// What is said where there is no key in any of the places.
    pub(super) fn no_vault_key(&self) -> Error {
        if !self.vault_dir().exists() {
            return Error::NoVault { dir: self.vault_dir() };
        }
        let bare = self.dir.join(VAULT_KEY);
        match &self.config.vault.key {
            Place::File(path) => Error::KeyLost { path: self.dir.join(path), what: "the key of the vault" },
            Place::Outside(place) if bare.exists() => Error::VaultKeyElsewhere { path: bare, place: place.to_string() },
            Place::Outside(_) => {
                Error::KeyLost { path: self.dir.join(VAULT_ROOT), what: "the wrapped key of the vault" }
            }
        }
    }

    /// All files in which the vault's key may lie bare.
    pub(in crate::home) fn vault_key_files(&self) -> Vec<PathBuf> {
        let VaultConfig { key, next_key } = &self.config.vault;
        let named = [Some(key), next_key.as_ref()].into_iter().flatten().filter_map(Place::file);
        let mut files: Vec<PathBuf> =
            named.chain([Path::new(VAULT_KEY)]).map(|path| self.dir.join(path)).filter(|path| path.exists()).collect();
        files.sort();
        files.dedup();
        files
    }
}

/// The other place that a wrapped key names, for a sentence.
#[derive(Debug)]
pub struct Under(Option<String>);

impl std::fmt::Display for Under {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Some(place) => write!(f, " (it was wrapped under {place})"),
            None => Ok(()),
        }
    }
}
