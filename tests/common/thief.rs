//! Whoever has a key that signs a log, rightly or not.

use touchmark_core::hash::Hash;
use touchmark_core::keys::Signer;
use touchmark_core::ledger::verifier_key;
use touchmark_core::merkle::{Levels, inclusion_proof, leaf_hash};
use touchmark_core::tlog::checkpoint::{Checkpoint, SignedCheckpoint};
use touchmark_core::tlog::note::{NoteSigner, VerifierKey};
use touchmark_core::tlog::proof::Proof;

pub(crate) struct Thief<'a> {
    key: VerifierKey,
    signer: &'a dyn Signer,
}

impl<'a> Thief<'a> {
    pub(crate) fn with(signer: &'a dyn Signer, origin: &str) -> Self {
        Self { key: verifier_key(signer, origin).expect("a key"), signer }
    }

    /// Signs that the log has so many records and this root.
    pub(crate) fn signs(&self, size: u64, root: Hash) -> SignedCheckpoint {
        let checkpoint = Checkpoint::new(self.key.name().to_owned(), size, root).expect("a checkpoint");
        checkpoint.sign(self).expect("signed")
    }

    /// A proof, good in itself, that this record stands at `seq` among `size` others that never were.
    pub(crate) fn proves(&self, record: &[u8], seq: u64, size: u64) -> Proof {
        let leaf = |at: u64| if at == seq { leaf_hash(record) } else { leaf_hash(&at.to_be_bytes()) };
        let tree: Levels = (0..size).map(leaf).collect();
        let hashes = inclusion_proof(seq, size, &tree).expect("in the tree");
        Proof::new(seq, hashes, self.signs(size, tree.root())).expect("few hashes")
    }
}

impl NoteSigner for Thief<'_> {
    fn verifier(&self) -> &VerifierKey {
        &self.key
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], Box<dyn std::error::Error + Send + Sync>> {
        Ok(self.signer.sign(message)?.try_into().expect("64 bytes"))
    }
}
