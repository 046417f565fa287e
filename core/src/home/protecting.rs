//! A passphrase on the home's key files: put on, changed, taken off.
//!
//! Under the log's lock: nobody else makes or replaces a key meanwhile. No key is needed for that but those that are changed.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::edge::Edge;
use crate::keys::file;
use crate::keys::place::Place;

use super::{Error, Home, LogConfig};

impl Home {
    /// Puts the keyring's passphrase on all key files that can have one. Answers which were changed: none, where all had it. Another call
    /// finishes what was interrupted; where a file has another passphrase, nothing is changed.
    pub fn protect_keys(&self, edge: Edge<'_>) -> Result<Vec<PathBuf>, Error> {
        let _lock = self.lock()?;
        let mut changed = Vec::new();
        let files = self.settled_key_files()?;
        for path in &files {
            // Whatever is there already must open with it: two passphrases are one too many.
            if file::is_protected(path)? {
                file::check_passphrase(path, self.keyring.as_ref())?;
            }
        }
        for path in files {
            if !file::is_protected(&path)? {
                file::protect(&path, &self.keyring.passphrase(&path)?, &mut { edge })?;
                changed.push(path);
            }
        }
        Ok(changed)
    }

    /// Puts all key files that can have a passphrase under a new one; the keyring knows the present one. Answers which were changed: those
    /// that an interrupted call has changed are not. Where a file has neither of both, nothing is changed.
    pub fn change_passphrase(&self, new: &str, edge: Edge<'_>) -> Result<Vec<PathBuf>, Error> {
        let _lock = self.lock()?;
        let mut changes = Vec::new();
        for path in self.settled_key_files()? {
            let is_protected = file::is_protected(&path)?;
            if is_protected && file::opens_with(&path, new)? {
                continue;
            }
            if is_protected {
                file::check_passphrase(&path, self.keyring.as_ref())?;
            }
            changes.push((path, is_protected));
        }
        for (path, is_protected) in &changes {
            if *is_protected {
                file::change(path, self.keyring.as_ref(), new, &mut { edge })?;
            } else {
                file::protect(path, new, &mut { edge })?;
            }
        }
        Ok(changes.into_iter().map(|(path, _)| path).collect())
    }

    /// Takes the passphrase off again. Answers which files were changed. Where it is not the one of all of them, nothing is.
    pub fn unprotect_keys(&self) -> Result<Vec<PathBuf>, Error> {
        let _lock = self.lock()?;
        let mut changed = Vec::new();
        for path in self.settled_key_files()? {
            if file::is_protected(&path)? {
                file::check_passphrase(&path, self.keyring.as_ref())?;
                changed.push(path);
            }
        }
        for path in &changed {
            file::unprotect(path, self.keyring.as_ref())?;
        }
        Ok(changed)
    }

    /// The key files that are there, without what an interrupted call left beside them.
    fn settled_key_files(&self) -> Result<Vec<PathBuf>, Error> {
        let files = self.key_files();
        files.iter().try_for_each(file::discard_earlier)?;
        Ok(files)
    }

    /// The key files that can have a passphrase and are there. The key of the present MAC epoch is not among them: it is replaced while
    /// nobody is there who knows the passphrase. The service's token is not: it is for others to read.
    fn key_files(&self) -> Vec<PathBuf> {
        let LogConfig { key, next_key, .. } = &self.config.log;
        let named = [Some(key), next_key.as_ref(), Some(&self.config.signing.key)];
        let named = named.into_iter().flatten().filter_map(Place::file);
        let fixed = ["keys/log-next.pem", "keys/witness.pem", "keys/mac-root"].map(Path::new);
        let files = named.chain(fixed).map(|path| self.dir.join(path)).filter(|path| path.exists());
        files.chain(self.vault_key_files()).collect()
    }

    /// The passphrase for a new key beside those that are there: theirs, if any has one.
    pub(super) fn passphrase_for_new(&self) -> Result<Option<Zeroizing<String>>, Error> {
        for path in self.key_files() {
            if file::is_protected(&path)? {
                // Not one that opens none of the others.
                file::check_passphrase(&path, self.keyring.as_ref())?;
                return Ok(Some(self.keyring.passphrase(&path)?));
            }
        }
        Ok(None)
    }
}
