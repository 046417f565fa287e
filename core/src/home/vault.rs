//! The home's vault: made, opened, and what is said where it cannot be.

use std::sync::Arc;

use crate::edge::Edge;
use crate::event::{Opener, Sealer};
use crate::keys::vault_key;
use crate::ledger::Reader;
use crate::privacy::Vault;
use crate::privacy::vault::RootKey;
use crate::privacy::vault::file::FileVault;

use super::{Error, Home};

/// The key-encryption key of the vault.
const VAULT_KEY: &str = "keys/vault-key";

impl Home {
    /// Makes a vault with a new key. For a home that has none; what its log has been given before stays as plain as it is.
    pub fn create_vault(&self, edge: Edge<'_>) -> Result<(), Error> {
        let (dir, path) = (self.vault_dir(), self.dir.join(VAULT_KEY));
        // A key that an interrupted call left has wrapped nothing yet.
        let key = if path.exists() {
            self.vault_key()?
        } else {
            let key = RootKey::generate(edge);
            vault_key::create(&path, &key)?;
            key
        };
        Ok(FileVault::create(&dir, &key, edge)?)
    }

    /// Where the keys of people and months lie.
    pub fn vault_dir(&self) -> std::path::PathBuf {
        self.dir.join("vault")
    }

    /// The vault's key-encryption key. Nothing else reads it.
    pub fn vault_key(&self) -> Result<RootKey, Error> {
        let path = self.dir.join(VAULT_KEY);
        if path.exists() {
            return Ok(vault_key::load(path)?);
        }
        if self.vault_dir().exists() {
            return Err(Error::KeyLost { path, what: "the key of the vault" });
        }
        Err(Error::NoVault { dir: self.vault_dir() })
    }

    /// The vault, to look into beside whoever writes.
    pub fn vault(&self) -> Result<Arc<dyn Vault>, Error> {
        Ok(Arc::new(FileVault::reader(&self.vault_dir(), &self.vault_key()?)?))
    }

    /// Opens private parts, as far as the vault can be opened. Where it cannot, the second says why, and what is sealed stays so:
    /// that keeps nobody from reading the public parts.
    pub fn opener(&self) -> (Opener, Option<Error>) {
        let origin = &self.config.log.origin;
        match self.vault() {
            Ok(vault) => (Opener::new(origin, vault), None),
            Err(error) => (Opener::locked(origin), Some(error)),
        }
    }

    /// Seals what is written. The caller holds the log's lock.
    pub(super) fn sealer(&self) -> Result<Arc<Sealer>, Error> {
        let vault = FileVault::writer(&self.vault_dir(), &self.vault_key()?)?;
        let sealer = Sealer::new(Arc::new(vault)).with_classes(self.classes.clone());
        // A log that begins has no records yet.
        Ok(Arc::new(match Reader::open(&self.ledger_dir()) {
            Ok(reader) => sealer.with_records(Arc::new(reader)),
            Err(_) => sealer,
        }))
    }
}
