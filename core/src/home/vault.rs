//! The home's vault: made, opened, and what is said where it cannot be.

mod rewrapping;
mod root;

use std::path::PathBuf;
use std::sync::Arc;

use crate::edge::Edge;
use crate::event::{Opener, Sealer};
use crate::ledger::Reader;
use crate::privacy::Vault;
use crate::privacy::vault::RootKey;
use crate::privacy::vault::file::FileVault;

use super::{Error, Home};

pub use rewrapping::Rewrapped;
pub use root::Under;
pub(super) use root::{Unwrapped, VAULT_ROOT};

impl Home {
    /// Makes a vault with a new key. For a home that has none; what its log has been given before stays as plain as it is.
    pub fn create_vault(&self, edge: Edge<'_>) -> Result<(), Error> {
        let dir = self.vault_dir();
        FileVault::refuse_existing(&dir)?;
        // A key that an interrupted call left has wrapped nothing yet.
        let key = if let Some(place) = self.vault_place()? {
            self.vault_key_at(place)?
        } else {
            let key = RootKey::generate(edge);
            self.keep_vault_key(&key, &self.config.vault.key, edge)?;
            Arc::new(key)
        };
        Ok(FileVault::create(&dir, &key, edge)?)
    }

    /// Where the keys of people and months lie.
    pub fn vault_dir(&self) -> PathBuf {
        self.dir.join("vault")
    }

    /// The vault, to look into beside whoever writes.
    pub fn vault(&self) -> Result<Arc<dyn Vault>, Error> {
        let key = self.vault_key()?;
        Ok(Arc::new(FileVault::reader(&self.vault_dir(), &key)?))
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
        let key = self.vault_key()?;
        let vault = FileVault::writer(&self.vault_dir(), &key)?;
        let sealer = Sealer::new(Arc::new(vault)).with_classes(self.classes.clone());
        // A log that begins has no records yet.
        Ok(Arc::new(match Reader::open(&self.ledger_dir()) {
            Ok(reader) => sealer.with_records(Arc::new(reader)),
            Err(_) => sealer,
        }))
    }
}
