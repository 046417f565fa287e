//! The home's keys: opened with the log, handed over, handed out. What a killed run left of that is finished.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::edge::Edge;
use crate::event::prepare::Log;
use crate::keys::file::{Ed25519Key, erase, put_in_place};
use crate::keys::mac::{EpochFile, EpochKey, MacRoot};
use crate::keys::place::Place;
use crate::keys::{self, Algorithm, Signer};
use crate::ledger::file::{FileStore, TornTail};
use crate::ledger::{self, Keys, Ledger, Store, history, verifier_key};
use crate::tlog::note::VerifierKey;

use super::{Error, Home, LogConfig};

/// The key that is about to take over, where the configuration names none.
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

    /// Hands the log's signing over to a new key, and erases the old one, if it is in a file, when that is durable. Killed at any point,
    /// the home opens with the key that is in force, and another call finishes.
    pub fn rotate_key(&self, edge: Edge<'_>) -> Result<Handover, Error> {
        let LogConfig { key, next_key, origin, .. } = &self.config.log;
        let new = match (key, next_key) {
            (Place::Outside(place), None) => return Err(Error::NoNextKey { place: place.to_string() }),
            (_, Some(place)) => Some(self.signer_at(place)?),
            (Place::File(_), None) => None,
        };
        let Opened { mut ledger, finished, .. } = self.open_log(edge)?;
        if let Some(finished) = finished {
            return Ok(finished);
        }
        let previous = ledger.history().newest().clone();
        let new = match new {
            Some(new) => match handed_over(&ledger) {
                Some(done) if verifier_key(new.as_ref(), origin)? == done.key => return Ok(done),
                _ => new,
            },
            None => Arc::new(self.next_key(edge)?),
        };
        let receipt = ledger.rotate(new, edge)?;
        self.put_away()?;
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
        let root = MacRoot::load_with(&path, self.keyring.as_ref())?;
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
        if path.exists() { Ok(Some(MacRoot::load_with(path, self.keyring.as_ref())?)) } else { Ok(None) }
    }

    /// The key of the present MAC epoch, for checking beside a writer.
    pub fn epoch_key(&self) -> Result<EpochKey, Error> {
        Ok(EpochFile::read(self.mac_epoch()?)?)
    }

    /// The public half of the key that signs the log.
    pub fn log_key(&self) -> Result<VerifierKey, Error> {
        Ok(verifier_key(self.signer()?.as_ref(), &self.config.log.origin)?)
    }

    /// Keeps other writers of the log away, and whoever makes or replaces keys, until it is dropped.
    pub(super) fn lock(&self) -> Result<impl Sized, Error> {
        Ok(FileStore::writer(&self.ledger_dir())?)
    }

    fn open_log(&self, edge: Edge<'_>) -> Result<Opened, Error> {
        // The lock first: what stands beside the keys may be another writer's, who is at work.
        let (store, torn) = FileStore::writer(&self.ledger_dir())?;
        let store: Arc<dyn Store> = Arc::new(store);
        let opened = self.open_with_key(Arc::clone(&store), self.signer()?, edge);
        let (ledger, finished) = match (opened, self.next()) {
            (Err(Error::Ledger(ledger::Error::GivenUpKey { .. })), Some(next)) => {
                let ledger = self.open_with_key(store, self.signer_at(&next)?, edge)?;
                let finished = handed_over(&ledger);
                self.put_away()?;
                (ledger, finished)
            }
            (other, _) => (other?, None),
        };
        if let Place::File(path) = &self.config.log.key {
            keys::file::discard_replaced(self.dir.join(path), self.dir.join(NEXT_KEY))?;
        }
        Ok(Opened { ledger, torn, finished })
    }

    fn open_with_key(&self, store: Arc<dyn Store>, signer: Arc<dyn Signer>, edge: Edge<'_>) -> Result<Ledger, Error> {
        let LogConfig { origin, publish, .. } = &self.config.log;
        let keys = Keys { signer, mac: EpochFile::open(self.mac_epoch()?)? };
        let log = Log { origin: origin.clone(), publish: publish.clone(), sealer: Some(self.sealer()?) };
        Ok(Ledger::open_log(store, log, keys, edge)?)
    }

    /// The log's key as the configuration has it; where its file was erased because another key took over, that one.
    fn signer(&self) -> Result<Arc<dyn Signer>, Error> {
        let LogConfig { key, next_key, .. } = &self.config.log;
        match (key, next_key) {
            (Place::File(path), Some(next)) if !self.dir.join(path).exists() => self.signer_at(next),
            _ => self.signer_at(key),
        }
    }

    pub(super) fn signer_at(&self, place: &Place) -> Result<Arc<dyn Signer>, Error> {
        match place {
            Place::File(path) => {
                let path = self.dir.join(path);
                if !path.exists() {
                    return Err(Error::KeyLost { path, what: "the log's signing key" });
                }
                Ok(Arc::new(Ed25519Key::load_with(path, self.keyring.as_ref())?))
            }
            Place::Outside(place) => Ok(self.keyring.signer(&place.seen_from(&self.dir), Algorithm::Ed25519)?),
        }
    }

    /// Where the key lives that takes over, or took over when a run was interrupted.
    fn next(&self) -> Option<Place> {
        let LogConfig { key, next_key, .. } = &self.config.log;
        let made = || self.dir.join(NEXT_KEY).exists() && key.file().is_some();
        next_key.clone().or_else(|| made().then(|| Place::File(NEXT_KEY.into())))
    }

    /// Erases the key that was handed over, if it is in a file. One that was made in a file takes its name.
    fn put_away(&self) -> Result<(), Error> {
        let LogConfig { key, next_key, .. } = &self.config.log;
        match (key, next_key) {
            (Place::File(path), None) => put_in_place(self.dir.join(NEXT_KEY), self.dir.join(path))?,
            (Place::File(path), Some(_)) => erase(self.dir.join(path))?,
            (Place::Outside(_), _) => {}
        }
        Ok(())
    }

    fn mac_epoch(&self) -> Result<PathBuf, Error> {
        let path = self.dir.join("keys/mac-epoch");
        if path.exists() { Ok(path) } else { Err(Error::KeyLost { path, what: "the key of the present MAC epoch" }) }
    }

    /// The key that an interrupted call made, or a new one. Half a key of a crash is none: the log does not know it.
    fn next_key(&self, edge: Edge<'_>) -> Result<Ed25519Key, Error> {
        let path = self.dir.join(NEXT_KEY);
        if path.exists() {
            match Ed25519Key::load_with(&path, self.keyring.as_ref()) {
                Err(keys::Error::NotAKey { .. }) => erase(&path)?,
                other => return Ok(other?),
            }
        }
        let new = Ed25519Key::generate(&mut { edge });
        new.save_with(&path, self.passphrase_for_new()?.as_ref().map(|text| text.as_str()), &mut { edge })?;
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

/// The last handover of a log; `None` where its first key is in force.
fn handed_over(ledger: &Ledger) -> Option<Handover> {
    let keys: Vec<_> = ledger.history().keys().collect();
    let [.., (_, previous), (from, key)] = keys.as_slice() else { return None };
    Some(Handover { record: from.saturating_sub(1), previous: (*previous).clone(), key: (*key).clone() })
}
