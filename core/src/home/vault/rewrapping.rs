//! The vault's key moves: out of a file, under another key, back.

use std::path::Path;

use super::root::{VAULT_KEY, VAULT_ROOT};
use crate::edge::Edge;
use crate::home::config::VaultConfig;
use crate::home::{Error, Home};
use crate::keys::place::Place;
use crate::keys::{self, file, vault_key};
use crate::privacy::vault::RootKey;
use crate::privacy::vault::file::FileVault;

/// Where the vault's key was, and where it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewrapped {
    /// Before.
    pub from: Place,
    /// Now. The same place, where it was wrapped anew under the key that is there.
    pub to: Place,
}

impl Home {
    /// Moves the vault's key to `vault.next_key`, or else to `vault.key`; what is in the vault stays as it is. The key stands in the new place,
    /// and was had from there once, before it is erased in the old one: killed at any point, the home opens with the one or the other, and
    /// another call finishes.
    pub fn rewrap_vault(&self, edge: Edge<'_>) -> Result<Rewrapped, Error> {
        let _lock = self.lock()?;
        let VaultConfig { key, next_key } = &self.config.vault;
        let to = next_key.as_ref().unwrap_or(key);
        let default = Place::File(VAULT_KEY.into());
        let from = match self.vault_place()? {
            Some(place) => place,
            // Named as the key at once, and never moved there.
            None if self.dir.join(VAULT_KEY).exists() => &default,
            None => return Err(self.no_vault_key()),
        };
        if from == to && from.file().is_some() {
            return Err(Error::NoNextVaultKey { place: from.to_string() });
        }
        let key = self.vault_key_at(from)?;
        // Not the key of another vault in the place of this one's.
        FileVault::reader(&self.vault_dir(), &key)?;
        self.put_vault_key(&key, to, edge)?;
        self.clear_away(&key, to)?;
        Ok(Rewrapped { from: from.clone(), to: to.clone() })
    }

    /// An interrupted call may have put it there.
    fn put_vault_key(&self, key: &RootKey, to: &Place, edge: Edge<'_>) -> Result<(), Error> {
        match self.keep_vault_key(key, to, edge) {
            Err(Error::Keys(keys::Error::KeyExists { path })) if self.holds(&path, key)? => Ok(()),
            other => other,
        }
    }

    /// Erases the key wherever else it lies.
    fn clear_away(&self, key: &RootKey, to: &Place) -> Result<(), Error> {
        let kept = to.file().map(|path| self.dir.join(path));
        for path in self.vault_key_files() {
            if Some(&path) != kept.as_ref() && self.holds(&path, key)? {
                file::erase(path)?;
            }
        }
        if kept.is_some() {
            file::erase(self.dir.join(VAULT_ROOT))?;
        }
        Ok(())
    }

    fn holds(&self, path: &Path, key: &RootKey) -> Result<bool, Error> {
        Ok(vault_key::load_with(path, self.keyring.as_ref())?.as_bytes() == key.as_bytes())
    }
}
