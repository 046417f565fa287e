//! What witnesses said of a log, for `touchmark log verify`.

use std::path::Path;

use serde::Serialize;
use touchmark_core::event::time::to_text;
use touchmark_core::home::Home;
use touchmark_core::ledger::{Continuation, Reader};
use touchmark_core::witness::{Cosigned, Cosigner, cosigners};

use super::notes;
use crate::args::LogVerify;
use crate::commands::log_key;
use crate::error::Outcome;

/// The newest checkpoint that a witness cosigned.
#[derive(Serialize)]
pub(super) struct Newest {
    size: u64,
    #[serde(flatten)]
    cosigner: Cosigner,
}

impl Newest {
    /// As a line below the report.
    pub(super) fn words(&self) -> String {
        let Cosigner { witness, time } = &self.cosigner;
        format!("\n  cosigned at {} records by {witness} at {}", self.size, to_text(*time))
    }
}

/// What the witnesses said last whose keys are given, or stand in the home's configuration. Only what the log still continues counts.
pub(super) fn newest(args: &LogVerify, dir: &Path, reader: &Reader) -> Outcome<Vec<Newest>> {
    let witnesses = match &args.ledger {
        None if args.witness_key.is_empty() => Home::open(dir)?.witnesses()?,
        _ => args.witness_key.iter().map(|key| log_key(key)).collect::<Outcome<Vec<_>>>()?,
    };
    let ledger = args.ledger.clone().unwrap_or_else(|| dir.join("ledger"));
    if witnesses.is_empty() {
        return Ok(Vec::new());
    }
    // Of a log that cannot be read the findings tell.
    let Ok(snapshot) = reader.snapshot() else { return Ok(Vec::new()) };
    let log = notes::keys(&snapshot);
    let mut newest: Vec<Newest> = Vec::new();
    for note in Cosigned::of(&ledger).all()? {
        if !matches!(snapshot.continues(note.unverified()), Ok(Continuation::Proved(_))) {
            continue;
        }
        let size = note.unverified().size();
        for cosigner in cosigners(&note, &log, &witnesses) {
            if newest.iter().all(|known| known.cosigner.witness != cosigner.witness) {
                newest.push(Newest { size, cosigner });
            }
        }
    }
    Ok(newest)
}
