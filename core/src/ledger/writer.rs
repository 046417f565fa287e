//! The one writer of a log.

mod adding;
mod framing;
mod opening;
mod preparing;
mod rotation;
mod run;
mod sealing;

use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use crate::event::prepare::Log;
use crate::event::terms::System;
use crate::event::{Kind, Opener};
use crate::hash::Hash;
use crate::keys::Signer;
use crate::keys::mac::EpochFile;
use crate::privacy::Vault;
use crate::tlog::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::tlog::note::{NoteSigner, SignatureType, VerifierKey};
use crate::tlog::proof::Proof;

pub(super) use self::framing::sign_all;
pub(super) use self::preparing::prepare;
pub(super) use self::run::{Next, Run};
use self::sealing::Sealing;
use super::history::History;
use super::index::remake;
use super::snapshot::Snapshot;
use super::store::{Batch, Store};
use super::tree::Tree;
use super::{CHECKPOINT, Error, VERIFIER_KEY};

/// The writer's secrets.
#[derive(Debug)]
pub struct Keys {
    /// Ed25519: signs records and checkpoints.
    pub signer: Arc<dyn Signer>,
    /// The MAC chain's current key.
    pub mac: EpochFile,
}

/// Proof to the caller that a record is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// The record's id.
    pub id: Uuid,
    /// Its type.
    pub kind: Kind,
    /// Its position.
    pub seq: u64,
    /// Its hash.
    pub hash: Hash,
    /// Whoever it belongs to was erased before: from this record on they have a new key.
    pub returned: bool,
}

/// A log that is open for writing.
#[derive(Debug)]
pub struct Ledger {
    store: Arc<dyn Store>,
    log: Arc<Log>,
    keys: Keys,
    /// The log's keys; the newest is the writer's.
    history: History,
    tree: Tree,
    last: Last,
    checkpoint: Option<SignedCheckpoint>,
    sealing: Sealing,
    /// The memory of the lines that were written last.
    spare: Batch,
    poisoned: bool,
}

/// What the next record continues.
#[derive(Debug, Clone, Copy)]
struct Last {
    hash: Hash,
    mac: [u8; 32],
    /// The MAC epoch; 0 before the first record.
    epoch: u64,
    /// When it was written down.
    read: Option<Timestamp>,
    /// How many records there were when the epoch was looked at last.
    looked_at: u64,
}

impl Ledger {
    /// The log's name.
    pub fn origin(&self) -> &str {
        &self.log.origin
    }

    /// How many records.
    pub fn size(&self) -> u64 {
        self.tree.size()
    }

    /// The store, for reading.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// The newest checkpoint: a C2SP signed note.
    pub fn checkpoint(&self) -> String {
        self.checkpoint.as_ref().map(ToString::to_string).unwrap_or_default()
    }

    /// The key that checkpoints and records are signed with.
    pub fn verifier_key(&self) -> Result<VerifierKey, Error> {
        Ok(self.history.newest().clone())
    }

    /// All keys that the log has had.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Opens the private parts of its records.
    pub fn opener(&self) -> Opener {
        match &self.log.sealer {
            Some(sealer) => Opener::new(self.origin(), Arc::clone(sealer.vault())),
            None => Opener::locked(self.origin()),
        }
    }

    /// The keys that its private parts are sealed under.
    pub fn vault(&self) -> Option<&Arc<dyn Vault>> {
        self.log.sealer.as_ref().map(|sealer| sealer.vault())
    }

    /// Signs its records.
    pub(super) fn signer(&self) -> &Arc<dyn Signer> {
        &self.keys.signer
    }

    /// What is the same for all its records.
    pub(super) fn log(&self) -> &Arc<Log> {
        &self.log
    }

    /// Whether it takes nothing more until the log is opened again.
    pub fn has_failed(&self) -> bool {
        self.poisoned
    }

    /// Takes nothing more: whoever works with the log has seen something that only opening it again can clear up.
    pub fn give_up(&mut self) {
        self.poisoned = true;
    }

    /// Makes records durable and signs the checkpoint that covers them. Of a run in which nobody's records are, nothing is written.
    pub(super) fn commit(&mut self, run: &Run) -> Result<(), Error> {
        if run.is_empty() && !self.poisoned {
            return Ok(());
        }
        self.write(run)?;
        self.acknowledge(run.first)?;
        self.sealing.note(&run.due);
        Ok(())
    }

    /// Makes records durable. Nothing may be said of them before they are under a checkpoint: until then the log counts as failed.
    fn write(&mut self, run: &Run) -> Result<(), Error> {
        if self.poisoned {
            return Err(Error::Poisoned);
        }
        // From here on a failure leaves open what is on disk: only opening the log again can tell.
        self.poisoned = true;
        if (run.first, run.behind) != (self.size(), self.last.hash) {
            return Err(Error::Raced { size: self.size() });
        }
        self.put_down(run)
    }

    /// The C2SP `tlog-proof` of a record, under the newest checkpoint. It was checked.
    pub fn prove(&self, seq: u64) -> Result<Proof, Error> {
        self.snapshot()?.prove(seq)
    }

    /// The tree and the checkpoint over it, as they are now: for proofs while the log goes on.
    pub fn snapshot(&self) -> Result<Snapshot, Error> {
        // After a failure the tree may be ahead of the checkpoint.
        let checkpoint = self.checkpoint.clone().filter(|_| !self.poisoned).ok_or(Error::Poisoned)?;
        Ok(Snapshot::new(Arc::clone(&self.store), checkpoint, self.history.clone(), self.tree.clone()))
    }

    /// Puts the records from `first` on, which are durable, under a checkpoint.
    fn acknowledge(&mut self, first: u64) -> Result<(), Error> {
        self.sign_checkpoint()?;
        self.poisoned = false;
        let sealing = &mut self.sealing;
        remake::filled(self.store.as_ref(), first, self.tree.size(), |run, names| sealing.read(&run, names));
        Ok(())
    }

    fn sign_checkpoint(&mut self) -> Result<(), Error> {
        let checkpoint = Checkpoint::new(self.log.origin.clone(), self.tree.size(), self.tree.root())?;
        let note = checkpoint
            .sign(&LogSigner { verifier: self.history.newest().clone(), signer: self.keys.signer.as_ref() })?;
        // Not synced: after a crash an older one may stand here, and opening the log signs the newest again.
        self.store.put(CHECKPOINT, note.to_string().as_bytes())?;
        self.checkpoint = Some(note);
        Ok(())
    }
}

/// A signer's public half under the log's name.
pub fn verifier_key(signer: &dyn Signer, origin: &str) -> Result<VerifierKey, Error> {
    let bad = |problem: String| Error::Object { name: VERIFIER_KEY, problem };
    let key = signer.public_key().try_into();
    let key = key.map_err(|_| bad("the log's key is not an Ed25519 key".to_owned()))?;
    let key = ed25519_dalek::VerifyingKey::from_bytes(key).map_err(|error| bad(error.to_string()))?;
    Ok(VerifierKey::new(origin, SignatureType::Ed25519, key)?)
}

/// The log's key in the form that signs notes.
struct LogSigner<'a> {
    verifier: VerifierKey,
    signer: &'a dyn Signer,
}

impl NoteSigner for LogSigner<'_> {
    fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], Box<dyn std::error::Error + Send + Sync>> {
        let signature = self.signer.sign(message)?;
        signature.try_into().map_err(|_| "the signature does not have 64 bytes".into())
    }

    fn is_sure(&self) -> bool {
        self.signer.is_whole() && self.signer.public_key() == self.verifier.public_key().as_bytes()
    }
}

/// What the log's own records name as the reporting software.
pub fn this_system() -> System {
    System { name: "touchmark".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned(), build: None }
}

#[cfg(test)]
mod tests {
    use rand_core::OsRng;

    use super::*;
    use crate::keys::file::Ed25519Key;
    use crate::merkle;
    use crate::tlog;

    #[test]
    fn a_key_that_is_not_the_logs_own_signs_no_checkpoint() {
        const ORIGIN: &str = "example.com/log";
        let [own, other] = [(); 2].map(|()| Ed25519Key::generate(&mut OsRng));
        let signed = |signer: &dyn Signer| {
            let verifier = verifier_key(&own, ORIGIN).expect("a key");
            Checkpoint::new(ORIGIN.to_owned(), 0, merkle::empty_root())
                .expect("a checkpoint")
                .sign(&LogSigner { verifier, signer })
        };
        let note = signed(&own).expect("signed");
        assert!(note.verify(&[verifier_key(&own, ORIGIN).expect("a key")]).is_ok());
        assert!(matches!(signed(&other), Err(tlog::Error::WrongSignature { .. })));
    }
}
