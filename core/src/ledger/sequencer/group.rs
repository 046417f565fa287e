//! What callers bring, and what they get.

use std::sync::Arc;

use uuid::Uuid;

use crate::event::Prepared;
use crate::tlog::proof::Proof;

use super::super::{Error, Ledger, Reader, Receipt, Snapshot};

/// A receipt with its evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proved {
    /// What was recorded, and where.
    pub receipt: Receipt,
    /// The inclusion proof with the checkpoint that it leads to, which the log signed.
    pub proof: Proof,
}

/// The log's writer, with the reader that knows its ids.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) ledger: Ledger,
    pub(super) reader: Arc<Reader>,
}

impl Drop for Writer {
    /// Whoever still proves something through its store keeps nobody from opening the log again.
    fn drop(&mut self) {
        self.ledger.store().let_go();
    }
}

/// What one caller adds.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// Those that the caller gave; what is made here cannot be on record.
    pub(super) ids: Vec<Uuid>,
    pub(super) prepared: Vec<Prepared>,
}

/// What one caller gets.
#[derive(Debug)]
pub(super) struct Committed {
    pub(super) receipts: Vec<Receipt>,
    pub(super) snapshot: Arc<Snapshot>,
}

impl Committed {
    /// Each receipt with its proof.
    pub(super) fn proved(self) -> Result<Vec<Proved>, Error> {
        let prover = self.snapshot.prover();
        let prove = |receipt: &Receipt| Ok(Proved { receipt: *receipt, proof: prover.prove(receipt.seq)? });
        self.receipts.iter().map(prove).collect()
    }
}
