//! The memory of lines that are written, for the next ones.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::super::store::Batch;

/// The most bytes of a batch whose memory is kept: some thousand records. As many are kept as were in use at the same time.
const MOST_SPARE: usize = 1 << 22;

/// Batches whose lines are written. Memory that is new each time takes longer to get than to fill.
#[derive(Debug, Default)]
pub(super) struct Spare(Mutex<Vec<Batch>>);

impl Spare {
    /// An old one, or one that is new.
    pub(super) fn take(&self) -> Batch {
        self.batches().pop().unwrap_or_default()
    }

    /// Keeps it for the next ones, if it is not very large.
    pub(super) fn give(&self, batch: Batch) {
        if batch.capacity() <= MOST_SPARE {
            self.batches().push(batch);
        }
    }

    fn batches(&self) -> MutexGuard<'_, Vec<Batch>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
