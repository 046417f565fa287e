//! The home's log in the hands of the service: the one writer, which requests share, and the readers beside it.
//!
//! Events that come at the same time are committed together ([`Sequencer`]). An export wants the writer for itself from its first look
//! to its last record, so exports stand in line, and in that of the events with one at a time.
//!
//! It fails closed. After a failure or a panic the writer is gone, and the next request opens the log anew, which runs the log's own
//! recovery. Until that succeeds, every write is refused.

use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::{Mutex, OwnedMutexGuard};
use touchmark_core::edge::Edge;
use touchmark_core::event::Event;
use touchmark_core::home::{self, Home};
use touchmark_core::ledger::file::TornTail;
use touchmark_core::ledger::{self, Ledger, Proved, Reader, Sequencer};

use crate::error::{ApiError, chain};

/// How often work is tried that found the log closed: once more, after opening it.
const TRIES: usize = 2;

/// The log.
pub(crate) struct Log {
    sequencer: Sequencer,
    reader: RwLock<Arc<Reader>>,
    line: Arc<Mutex<()>>,
}

/// The right to export, until it is dropped.
pub(crate) struct Turn(#[expect(dead_code, reason = "it is held, not read")] OwnedMutexGuard<()>);

impl Log {
    pub(crate) fn open(home: &Home, edge: Edge<'_>) -> Result<Self, home::Error> {
        let (ledger, reader) = open(home, edge)?;
        let sequencer = Sequencer::new(ledger, Arc::clone(&reader));
        Ok(Self { sequencer, reader: RwLock::new(reader), line: Arc::default() })
    }

    /// Look-ups in the log as it stands.
    pub(crate) fn reader(&self) -> Arc<Reader> {
        Arc::clone(&self.reader.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits for the exports before. Whoever gives up waiting leaves the line.
    pub(crate) async fn turn(&self) -> Turn {
        Turn(Arc::clone(&self.line).lock_owned().await)
    }

    /// Adds events, in one commit with what others add now. The outer error: the log could not be opened.
    pub(crate) fn append(
        &self,
        events: &[Event],
        home: &Home,
        edge: Edge<'_>,
    ) -> Result<Result<Vec<Proved>, ledger::Error>, ApiError> {
        for _ in 0..TRIES {
            self.reopen(home, edge)?;
            match self.sequencer.append(events, edge) {
                // Somebody else's failure, before anything of ours was written.
                Err(ledger::Error::Poisoned) => {}
                answer => {
                    // The vault makes no more keys until it is opened again, which is done with the log.
                    if matches!(answer, Err(ledger::Error::Vault(_))) {
                        self.sequencer.exclusive(|ledger, _| ledger.give_up())?;
                    }
                    return Ok(answer);
                }
            }
        }
        Ok(Err(ledger::Error::Poisoned))
    }

    /// Works with the log alone.
    pub(crate) fn exclusive<T>(
        &self,
        home: &Home,
        edge: Edge<'_>,
        work: impl FnOnce(&mut Ledger, &Reader) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let mut work = Some(work);
        for _ in 0..TRIES {
            self.reopen(home, edge)?;
            let worked = self.sequencer.exclusive(|ledger, reader| {
                let result = work.take().map(|work| work(ledger, reader));
                if let Some(Err(error)) = &result
                    && error.is_log_failure()
                {
                    ledger.give_up();
                }
                result
            });
            match worked {
                Ok(Some(result)) => return result,
                // Somebody else's failure, before our work began.
                Ok(None) | Err(ledger::Error::Poisoned) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(ledger::Error::Poisoned.into())
    }

    /// Opens the log anew where it had failed.
    pub(crate) fn reopen(&self, home: &Home, edge: Edge<'_>) -> Result<(), ApiError> {
        if !self.sequencer.has_failed() {
            return Ok(());
        }
        self.sequencer.resume(|| {
            let (ledger, reader) = open(home, edge).map_err(|error| ApiError::log(chain(&error)))?;
            // The old reader may have seen lines that the failed write took back.
            *self.reader.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&reader);
            tracing::warn!(records = ledger.size(), "the log was opened anew after a failure");
            Ok((ledger, reader))
        })
    }
}

fn open(home: &Home, edge: Edge<'_>) -> Result<(Ledger, Arc<Reader>), home::Error> {
    let (ledger, torn) = home.ledger(edge)?;
    if let Some(TornTail { seq, bytes }) = torn {
        tracing::warn!(seq, bytes, "an unfinished line at the end of the log was cut off: nobody had been told of it");
    }
    let reader = home.reader()?;
    // Reads the newest records, now and not during the first request.
    reader.catch_up()?;
    Ok((ledger, Arc::new(reader)))
}
