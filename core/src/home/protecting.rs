//! A passphrase on the home's key files, and its removal.

use std::path::PathBuf;

use crate::edge::Edge;
use crate::keys::file::{is_protected, protect, unprotect};
use crate::keys::place::Place;

use super::{Error, Home};

impl Home {
    /// Puts the keyring's passphrase on all key files that can have one. Answers which were changed: none, where all had it. Another call
    /// finishes what was interrupted; where a file has another passphrase, nothing is changed.
    pub fn protect_keys(&self, edge: Edge<'_>) -> Result<Vec<PathBuf>, Error> {
        let files = self.key_files();
        for file in &files {
            // Whatever is there already must open with it: two passphrases are one too many.
            if is_protected(file)? {
                crate::keys::file::check_passphrase(file, self.keyring.as_ref())?;
            }
        }
        let mut changed = Vec::new();
        for file in files {
            if !is_protected(&file)? {
                protect(&file, &self.keyring.passphrase(&file)?, &mut { edge })?;
                changed.push(file);
            }
        }
        Ok(changed)
    }

    /// Takes the passphrase off again. Answers which files were changed.
    pub fn unprotect_keys(&self) -> Result<Vec<PathBuf>, Error> {
        let mut changed = Vec::new();
        for file in self.key_files() {
            if is_protected(&file)? {
                unprotect(&file, self.keyring.as_ref())?;
                changed.push(file);
            }
        }
        Ok(changed)
    }

    /// The key files that can have a passphrase and are there. The key of the present MAC epoch is not among them: it is replaced while
    /// nobody is there who knows the passphrase. The service's token is not: it is for others to read.
    fn key_files(&self) -> Vec<PathBuf> {
        let log = self.config.log.key.file();
        let claim = self.config.signing.key.file();
        let named = log.into_iter().chain(claim).map(PathBuf::from);
        let fixed = ["keys/log-next.pem", "keys/witness.pem", "keys/mac-root"].map(PathBuf::from);
        named.chain(fixed).map(|path| self.dir.join(path)).filter(|path| path.exists()).collect()
    }

    /// The passphrase for a new key beside those that are there: theirs, if the log's key has one.
    pub(super) fn passphrase_for_new(&self) -> Result<Option<zeroize::Zeroizing<String>>, Error> {
        let Place::File(path) = &self.config.log.key else { return Ok(None) };
        let path = self.dir.join(path);
        if path.exists() && is_protected(&path)? { Ok(Some(self.keyring.passphrase(&path)?)) } else { Ok(None) }
    }
}
