//! The home's keys: opened with the log, handed over, handed out. What a killed run left of that is finished.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::edge::Edge;
use crate::keys::file::{Ed25519Key, erase, put_in_place};
use crate::keys::mac::{EpochFile, EpochKey, MacRoot};
use crate::keys::{self};
use crate::ledger::file::{FileStore, TornTail};
use crate::ledger::{self, Keys, Ledger, Store, history, verifier_key};
use crate::tlog::note::VerifierKey;

use super::{Error, Home, LogConfig};

/// The log's key.
const LOG_KEY: &str = "keys/log.pem";

/// The key that is about to take over.
const NEXT_KEY: &str = "keys/log-next.pem";

/// The root of the MAC keys.
const MAC_ROOT: &str = "keys/mac-root";

/// A key took over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handover {
    /// The KEY record.
    pub record: u64,
    /// The key that was erased.
    pub previous: VerifierKey,
    /// The key in force from the next record on.
    pub key: VerifierKey,
}

/// The log, open for writing, and what was found on the way.
struct Opened {
    ledger: Ledger,
    torn: Option<TornTail>,
    /// A handover that an interrupted run had recorded.
    finished: Option<Handover>,
}

impl Home {
    /// Opens the log as its one writer. Says what a crash left behind, if anything was cut off. Where a handover of the log's key was
    /// interrupted, the key that the log says is in force is taken, and the other one erased.
    pub fn ledger(&self, edge: Edge<'_>) -> Result<(Ledger, Option<TornTail>), Error> {
        let Opened { ledger, torn, .. } = self.open_log(edge)?;
        Ok((ledger, torn))
    }

    /// Hands the log's signing over to a new key, and erases the old one when that is durable. Killed at any point, the home opens with
    /// the key that is in force, and another call finishes.
    pub fn rotate_key(&self, edge: Edge<'_>) -> Result<Handover, Error> {
        let Opened { mut ledger, finished, .. } = self.open_log(edge)?;
        if let Some(finished) = finished {
            return Ok(finished);
        }
        let previous = ledger.history().newest().clone();
        let new = self.next_key(edge)?;
        let receipt = ledger.rotate(Arc::new(new), edge)?;
        put_in_place(self.dir.join(NEXT_KEY), self.dir.join(LOG_KEY))?;
        Ok(Handover { record: receipt.seq, previous, key: ledger.history().newest().clone() })
    }

    /// Moves the root of the MAC keys to `file`, for an auditor: written and read back, put on record, and only then erased here. Another
    /// call finishes what was interrupted. Answers the position of the KEY record.
    pub fn escrow_mac_root(&self, file: &Path, edge: Edge<'_>) -> Result<u64, Error> {
        let Opened { mut ledger, .. } = self.open_log(edge)?;
        let recorded = history::escrowed(ledger.store().as_ref())?;
        let path = self.dir.join(MAC_ROOT);
        if !path.exists() {
            return Err(match recorded {
                Some(record) => Error::RootGone { record },
                None => Error::RootLost { path },
            });
        }
        let root = MacRoot::load(&path)?;
        if !root.leads_to(&self.epoch_key()?)? {
            return Err(Error::ForeignRoot { path });
        }
        self.refuse_own(file, &path)?;
        match root.save(file) {
            Err(keys::Error::KeyExists { .. }) if MacRoot::load(file).is_ok_and(|written| written.is(&root)) => {}
            other => other?,
        }
        if !MacRoot::load(file)?.is(&root) {
            return Err(Error::NotWritten { path: file.to_owned() });
        }
        let record = match recorded {
            Some(record) => record,
            None => ledger.record_escrow(edge)?.seq,
        };
        erase(path)?;
        Ok(record)
    }

    /// The root of the MAC keys; `None` after it was moved to an auditor.
    pub fn mac_root(&self) -> Result<Option<MacRoot>, Error> {
        let path = self.dir.join(MAC_ROOT);
        if path.exists() { Ok(Some(MacRoot::load(path)?)) } else { Ok(None) }
    }

    /// The key of the present MAC epoch, for checking beside a writer.
    pub fn epoch_key(&self) -> Result<EpochKey, Error> {
        Ok(EpochFile::read(self.mac_epoch()?)?)
    }

    /// The public half of the key that signs the log.
    pub fn log_key(&self) -> Result<VerifierKey, Error> {
        Ok(verifier_key(&self.signer()?, &self.config.log.origin)?)
    }

    fn open_log(&self, edge: Edge<'_>) -> Result<Opened, Error> {
        // The lock first: what stands beside the keys may be another writer's, who is at work.
        let (store, torn) = FileStore::writer(&self.ledger_dir())?;
        let store: Arc<dyn Store> = Arc::new(store);
        let next = self.dir.join(NEXT_KEY);
        let opened = self.open_with(Arc::clone(&store), self.signer()?, edge);
        let (ledger, finished) = match opened {
            Err(Error::Ledger(ledger::Error::GivenUpKey { .. })) if next.exists() => {
                let previous = self.log_key()?;
                let ledger = self.open_with(store, Ed25519Key::load(&next)?, edge)?;
                let (from, key) = ledger.history().keys().last().ok_or(ledger::Error::Poisoned)?;
                let finished = Handover { record: from.saturating_sub(1), previous, key: key.clone() };
                put_in_place(&next, self.dir.join(LOG_KEY))?;
                (ledger, Some(finished))
            }
            other => (other?, None),
        };
        keys::file::discard_replaced(self.dir.join(LOG_KEY), next)?;
        Ok(Opened { ledger, torn, finished })
    }

    fn open_with(&self, store: Arc<dyn Store>, signer: Ed25519Key, edge: Edge<'_>) -> Result<Ledger, Error> {
        let LogConfig { origin, publish, .. } = &self.config.log;
        let keys = Keys { signer: Arc::new(signer), mac: EpochFile::open(self.mac_epoch()?)? };
        Ok(Ledger::open(store, origin, publish.clone(), keys, edge)?)
    }

    fn signer(&self) -> Result<Ed25519Key, Error> {
        let path = self.dir.join(LOG_KEY);
        if !path.exists() {
            return Err(Error::KeyLost { path, what: "the log's signing key" });
        }
        Ok(Ed25519Key::load(path)?)
    }

    fn mac_epoch(&self) -> Result<PathBuf, Error> {
        let path = self.dir.join("keys/mac-epoch");
        if path.exists() { Ok(path) } else { Err(Error::KeyLost { path, what: "the key of the present MAC epoch" }) }
    }

    /// The key that an interrupted call made, or a new one. Half a key of a crash is none: the log does not know it.
    fn next_key(&self, edge: Edge<'_>) -> Result<Ed25519Key, Error> {
        let path = self.dir.join(NEXT_KEY);
        if path.exists() {
            match Ed25519Key::load(&path) {
                Err(keys::Error::NotAKey { .. }) => erase(&path)?,
                other => return Ok(other?),
            }
        }
        let new = Ed25519Key::generate(&mut { edge });
        new.save(&path)?;
        Ok(new)
    }

    /// Refuses the home's own copy, by whatever name, and a place in the home.
    fn refuse_own(&self, file: &Path, own: &Path) -> Result<(), Error> {
        let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
        let is_inside = match (parent.canonicalize(), self.dir.canonicalize()) {
            (Ok(parent), Ok(home)) => parent.starts_with(home),
            _ => false,
        };
        let is_same = match (fs::metadata(file), fs::metadata(own)) {
            (Ok(file), Ok(own)) => (file.dev(), file.ino()) == (own.dev(), own.ino()),
            _ => false,
        };
        if is_inside || is_same { Err(Error::InsideHome { path: file.to_owned() }) } else { Ok(()) }
    }
}
