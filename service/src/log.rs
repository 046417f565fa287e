//! The home's log in the hands of the service: the one writer, which requests take in turn, and the readers beside it.
//!
//! It fails closed. A turn takes the ledger out of its place and puts it back only when the log did not fail; after a failure (or a
//! panic) the place is empty, and the next turn opens the log anew, which runs the log's own recovery. Until that succeeds, every
//! write is refused.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::{Mutex, OwnedMutexGuard};
use touchmark_core::edge::Edge;
use touchmark_core::home::{self, Home};
use touchmark_core::ledger::file::TornTail;
use touchmark_core::ledger::{Ledger, Reader};

use crate::error::{ApiError, chain};

/// The log.
pub(crate) struct Log {
    writer: Arc<Mutex<Option<Ledger>>>,
    reader: RwLock<Arc<Reader>>,
    failed: AtomicBool,
}

/// The right to write, until it is dropped.
pub(crate) struct Turn(OwnedMutexGuard<Option<Ledger>>);

impl Log {
    pub(crate) fn open(home: &Home, edge: Edge<'_>) -> Result<Self, home::Error> {
        let (ledger, reader) = open(home, edge)?;
        Ok(Self {
            writer: Arc::new(Mutex::new(Some(ledger))),
            reader: RwLock::new(Arc::new(reader)),
            failed: AtomicBool::new(false),
        })
    }

    /// Look-ups in the log as it stands.
    pub(crate) fn reader(&self) -> Arc<Reader> {
        Arc::clone(&self.reader.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits for the others.
    pub(crate) async fn turn(&self) -> Turn {
        Turn(Arc::clone(&self.writer).lock_owned().await)
    }

    /// `None` while somebody writes.
    pub(crate) fn turn_now(&self) -> Option<Turn> {
        Arc::clone(&self.writer).try_lock_owned().ok().map(Turn)
    }

    /// How the last turn went.
    pub(crate) fn last_known(&self) -> Result<(), ApiError> {
        if self.failed.load(Ordering::Relaxed) { Err(ApiError::log("the last write failed")) } else { Ok(()) }
    }

    /// Works with the log, opening it anew where it had failed.
    pub(crate) fn take<T>(
        &self,
        mut turn: Turn,
        home: &Home,
        edge: Edge<'_>,
        work: impl FnOnce(&mut Ledger, &Reader) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let ledger = turn.0.take();
        // Until the work has succeeded: this also holds when it panics.
        self.failed.store(true, Ordering::Relaxed);
        let mut ledger = match ledger {
            Some(ledger) => ledger,
            None => self.reopen(home, edge)?,
        };
        let result = work(&mut ledger, &self.reader());
        if !result.as_ref().is_err_and(ApiError::is_log_failure) {
            *turn.0 = Some(ledger);
            self.failed.store(false, Ordering::Relaxed);
        }
        result
    }

    fn reopen(&self, home: &Home, edge: Edge<'_>) -> Result<Ledger, ApiError> {
        let (ledger, reader) = open(home, edge).map_err(|error| ApiError::log(chain(&error)))?;
        // The old reader may have seen lines that the failed write took back.
        *self.reader.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(reader);
        tracing::warn!(records = ledger.size(), "the log was opened anew after a failure");
        Ok(ledger)
    }
}

fn open(home: &Home, edge: Edge<'_>) -> Result<(Ledger, Reader), home::Error> {
    let (ledger, torn) = home.ledger(edge)?;
    if let Some(TornTail { seq, bytes }) = torn {
        tracing::warn!(seq, bytes, "an unfinished line at the end of the log was cut off: nobody had been told of it");
    }
    let reader = home.reader()?;
    // Reads the newest records, now and not during the first request.
    reader.catch_up()?;
    Ok((ledger, reader))
}
