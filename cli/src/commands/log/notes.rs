//! Checkpoints and proofs in files.

use std::path::Path;

use touchmark_core::home::Home;
use touchmark_core::ledger::Snapshot;
use touchmark_core::ledger::history::{History, in_force};
use touchmark_core::tlog::checkpoint::SignedCheckpoint;
use touchmark_core::tlog::consistency::Consistency;
use touchmark_core::tlog::note::VerifierKey;
use touchmark_core::tlog::proof::{MAX_PROOF, Proof};

use crate::commands::log_keys;
use crate::error::{Failure, Outcome, chain};
use crate::inputs;
use crate::output::safe;

/// Reads a file that is not longer than the longest proof; `-` is standard input.
pub(super) fn read(path: &Path) -> Outcome<Vec<u8>> {
    let name = name(path);
    let bytes = inputs::bytes(path, MAX_PROOF as u64 + 1)
        .map_err(|error| Failure::from(format!("could not read {name}: {error}")))?;
    if bytes.len() > MAX_PROOF {
        return Err(format!("{name}: longer than any checkpoint or proof ({MAX_PROOF} bytes)").into());
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

/// The keys that the caller gave for the log of a checkpoint, as far as one of them can be in force at its size.
pub(super) fn given_keys(text: &str, note: &SignedCheckpoint) -> Outcome<Vec<VerifierKey>> {
    let size = note.unverified().size();
    of_its_log(log_keys(text)?.iter().map(|log| log.at(size).clone()).collect(), note)
}

/// Keys that are to be believed for a checkpoint: of its log, or an error.
pub(super) fn of_its_log(keys: Vec<VerifierKey>, note: &SignedCheckpoint) -> Outcome<Vec<VerifierKey>> {
    let origin = note.unverified().origin();
    match keys.iter().find(|key| key.name() != origin) {
        Some(key) => Err(format!("the key is one of {}, and the log is {}", key.name(), safe(origin)).into()),
        None => Ok(keys),
    }
}

/// How a file is called in messages.
pub(super) fn name(path: &Path) -> String {
    if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() }
}

/// All keys of a log that is at hand, the newest last.
pub(super) fn keys(snapshot: &Snapshot) -> Vec<VerifierKey> {
    snapshot.history().keys().map(|(_, key)| key.clone()).collect()
}

/// What is known of a log: keys that were given, or the home's own log.
pub(in crate::commands) struct Known {
    pub(in crate::commands) logs: Vec<History>,
    log: Option<Snapshot>,
}

impl Known {
    /// Keys that were given: one, or a file with a log's keys. Without them, the home's own log.
    pub(in crate::commands) fn given_or_own(text: Option<&str>, dir: &Path) -> Outcome<Self> {
        if let Some(text) = text {
            return Ok(Self { logs: log_keys(text)?, log: None });
        }
        let snapshot = Home::open(dir)?.reader()?.snapshot()?;
        Ok(Self { logs: vec![snapshot.history().clone()], log: Some(snapshot) })
    }

    /// The keys in force for a checkpoint that one of them signed and, where the log is at hand, that the log continues; or what speaks
    /// against it.
    pub(in crate::commands) fn believe(&self, note: &SignedCheckpoint) -> Outcome<Result<Vec<VerifierKey>, String>> {
        let keys = match signed(&self.logs, note) {
            Ok(keys) => keys,
            Err(problem) => return Ok(Err(problem)),
        };
        let said = self.log.as_ref().map(|log| log.continues(note.unverified())).transpose()?;
        Ok(said.and_then(|said| said.contradiction(note.unverified())).map_or(Ok(keys), Err))
    }
}

/// The keys in force for a checkpoint, if one of them signed it; or what speaks against it.
pub(super) fn signed(logs: &[History], note: &SignedCheckpoint) -> Result<Vec<VerifierKey>, String> {
    let keys = in_force(logs, note).map_err(|refusal| refusal.to_string())?;
    note.verify(&keys).map_err(|refusal| chain(&refusal))?;
    Ok(keys)
}
