//! A log's store that fails when it is told to, and a key that counts what it signs.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use touchmark_core::keys::file::{Ed25519Key, P256Signer};
use touchmark_core::keys::mac::EpochFile;
use touchmark_core::keys::{self, Algorithm, Signer};
use touchmark_core::ledger::file::FileStore;
use touchmark_core::ledger::store::{Batch, Commit, Visit};
use touchmark_core::ledger::{Error, Keys, Ledger, Store};

use crate::studio::{EDGE, Studio};

/// What goes wrong at which commit, counted from 1.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    /// Nothing is written, and the answer is an error.
    NotDone(usize),
    /// All is written, and the answer is an error all the same.
    AnswerLost(usize),
    /// Nothing goes wrong.
    Never,
}

/// Who is asked before each commit, with its number.
type Witness = Box<dyn Fn(usize) + Send + Sync>;

pub(crate) struct FaultyStore {
    inner: FileStore,
    fault: Fault,
    commits: AtomicUsize,
    witness: Witness,
}

impl std::fmt::Debug for FaultyStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FaultyStore").field("fault", &self.fault).finish_non_exhaustive()
    }
}

impl Studio {
    /// The home's log on a store with a fault. The first commit with records is the GEN.
    pub(crate) fn ledger_with(&self, fault: Fault, witness: impl Fn(usize) + Send + Sync + 'static) -> Ledger {
        let (inner, _) = FileStore::writer(&self.home.ledger_dir()).expect("store");
        let store = FaultyStore { inner, fault, commits: AtomicUsize::new(0), witness: Box::new(witness) };
        let folder = self.home.dir().join("keys");
        let signer = Ed25519Key::load(folder.join("log.pem")).expect("key");
        let mac = EpochFile::open(folder.join("mac-epoch")).expect("key");
        let keys = Keys { signer: Arc::new(signer), mac };
        Ledger::open(Arc::new(store), &self.home.config().log.origin, Vec::new(), keys, EDGE).expect("the log")
    }

    /// The home's signing key, counting.
    pub(crate) fn counting_signer(&self) -> Arc<Counting> {
        let (keys, certificates) = (self.home.dir().join("keys/claim.pem"), self.home.dir().join("certs/signer.pem"));
        let inner = P256Signer::load(keys, certificates).expect("key");
        Arc::new(Counting { inner, signatures: AtomicUsize::new(0) })
    }
}

impl Store for FaultyStore {
    fn size(&self) -> Result<u64, Error> {
        self.inner.size()
    }

    fn commit(&self, expected: u64, batch: &Batch) -> Result<Commit, Error> {
        // Opening a log commits nothing, to clear its end.
        if batch.is_empty() {
            return self.inner.commit(expected, batch);
        }
        let number = self.commits.fetch_add(1, Ordering::SeqCst) + 1;
        (self.witness)(number);
        let broken = || {
            let source = std::io::Error::from(std::io::ErrorKind::StorageFull);
            Err(Error::Io { path: "the-log".into(), source })
        };
        match self.fault {
            Fault::NotDone(at) if at == number => broken(),
            Fault::AnswerLost(at) if at == number => {
                assert_eq!(self.inner.commit(expected, batch)?, Commit::Done);
                broken()
            }
            _ => self.inner.commit(expected, batch),
        }
    }

    fn blocks(&self, from: u64, visit: &mut Visit<'_>) -> Result<(), Error> {
        self.inner.blocks(from, visit)
    }

    fn torn_tail(&self) -> Result<u64, Error> {
        self.inner.torn_tail()
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        self.inner.put(name, bytes)
    }

    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        self.inner.get(name)
    }
}

#[derive(Debug)]
pub(crate) struct Counting {
    inner: P256Signer,
    signatures: AtomicUsize,
}

impl Counting {
    pub(crate) fn signatures(&self) -> usize {
        self.signatures.load(Ordering::SeqCst)
    }
}

impl Signer for Counting {
    fn algorithm(&self) -> Algorithm {
        self.inner.algorithm()
    }

    fn public_key(&self) -> &[u8] {
        self.inner.public_key()
    }

    fn certificates(&self) -> &[Vec<u8>] {
        self.inner.certificates()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, keys::Error> {
        self.signatures.fetch_add(1, Ordering::SeqCst);
        self.inner.sign(message)
    }
}
