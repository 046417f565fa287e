//! Checkpoints and proofs in files.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use touchmark_core::home::Home;
use touchmark_core::ledger::Snapshot;
use touchmark_core::ledger::history::History;
use touchmark_core::tlog::checkpoint::SignedCheckpoint;
use touchmark_core::tlog::consistency::Consistency;
use touchmark_core::tlog::note::VerifierKey;
use touchmark_core::tlog::proof::{MAX_PROOF, Proof};

use crate::commands::log_keys;
use crate::error::{Failure, Outcome};

/// Reads a file that is not longer than the longest proof; `-` is standard input.
pub(super) fn read(path: &Path) -> Outcome<Vec<u8>> {
    let name = name(path);
    let mut bytes = Vec::new();
    let limit = MAX_PROOF as u64;
    let read = if path == Path::new("-") {
        std::io::stdin().take(limit + 1).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(limit + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| Failure::from(format!("could not read {name}: {error}")))?;
    if bytes.len() > MAX_PROOF {
        return Err(format!("{name}: longer than any checkpoint or proof ({limit} bytes)").into());
    }
    Ok(bytes)
}

/// The checkpoint in a file: by itself, in a proof of a record, or in one of consistency.
pub(super) fn checkpoint(path: &Path) -> Outcome<SignedCheckpoint> {
    let bytes = read(path)?;
    let note = if bytes.starts_with(b"old ") {
        Consistency::parse(&bytes).map(|proof| proof.checkpoint().clone())
    } else if bytes.starts_with(b"c2sp.org/tlog-proof") {
        Proof::parse(&bytes).map(|proof| proof.checkpoint().clone())
    } else {
        SignedCheckpoint::parse(&bytes)
    };
    note.map_err(|error| format!("{}: {error}", name(path)).into())
}

/// How a file is called in messages.
pub(super) fn name(path: &Path) -> String {
    if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() }
}

/// The keys of a log that is at hand, the newest last.
pub(super) fn keys(snapshot: &Snapshot) -> Vec<VerifierKey> {
    all(snapshot.history())
}

/// Keys that were given: one, or a file with a log's keys.
pub(super) fn given(text: &str) -> Outcome<Vec<VerifierKey>> {
    Ok(log_keys(text)?.iter().flat_map(all).collect())
}

/// The keys that were given, or else those of the home's own log.
pub(super) fn given_or_own(text: Option<&str>, dir: &Path) -> Outcome<Vec<VerifierKey>> {
    match text {
        Some(text) => given(text),
        None => Ok(keys(&Home::open(dir)?.reader()?.snapshot()?)),
    }
}

fn all(history: &History) -> Vec<VerifierKey> {
    history.keys().map(|(_, key)| key.clone()).collect()
}
