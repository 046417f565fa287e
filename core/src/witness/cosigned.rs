//! The operator's side: what witnesses said about its own log, kept beside it.
//!
//! ```text
//! ledger/cosigned/00000000000000000012    the checkpoint of 12 records with the lines of the log and of the witnesses
//! ```
//! A kept checkpoint is dropped when a newer one has the same witnesses: that covers all of its records.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;

use super::Error;
use super::cosigning::signed_by;
use crate::event::time::to_text;
use crate::files::{self, Working};
use crate::ledger::{Continuation, Snapshot};
use crate::tlog::checkpoint::SignedCheckpoint;
use crate::tlog::note::{MAX_NOTE, SignatureType, VerifierKey};

/// The cosigned checkpoints of one log.
#[derive(Debug, Clone)]
pub struct Cosigned {
    dir: PathBuf,
}

/// A witness that cosigned a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cosigner {
    /// Its name.
    pub witness: String,
    /// When, by its own clock.
    #[serde(serialize_with = "as_text")]
    pub time: Timestamp,
}

/// What was taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Taken {
    /// Records under the checkpoint.
    pub size: u64,
    /// All that are known to have cosigned it.
    pub cosigners: Vec<Cosigner>,
}

/// Why a cosigned checkpoint was not taken in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotTaken {
    /// A signature is missing or wrong.
    #[error("the checkpoint is not believed: {problem}")]
    NotSigned {
        /// Why.
        problem: String,
    },
    /// None of the known witnesses signed it.
    #[error(
        "no known witness cosigned it: those under it are {found}; the keys of witnesses belong into log.witnesses of touchmark.toml"
    )]
    NoWitness {
        /// The names under it that are not the log's.
        found: String,
    },
    /// The log signed it, and does not have those records.
    #[error(
        "the log does not continue the checkpoint of {size} records that was cosigned: it was set back or rewritten since"
    )]
    NotContinued {
        /// Records under the cosigned checkpoint.
        size: u64,
    },
}

impl Cosigned {
    /// Those of the log in this folder.
    pub fn of(ledger: &Path) -> Self {
        Self { dir: ledger.join("cosigned") }
    }

    /// Takes in a checkpoint of the log with cosignatures under it. `witnesses` are those whose word counts.
    pub fn take_in(
        &self,
        came: &SignedCheckpoint,
        snapshot: &Snapshot,
        witnesses: &[VerifierKey],
    ) -> Result<Result<Taken, NotTaken>, Error> {
        let log: Vec<VerifierKey> = snapshot.history().keys().map(|(_, key)| key.clone()).collect();
        let log = log.as_slice();
        let keys = [log, witnesses].concat();
        if let Err(refusal) = came.verify(&keys) {
            return Ok(Err(NotTaken::NotSigned { problem: refusal.to_string() }));
        }
        if cosigners(came, log, witnesses).is_empty() {
            let others = came.signatures().iter().map(|line| line.name().to_owned());
            let others: Vec<String> = others.filter(|name| name != came.unverified().origin()).collect();
            let found = if others.is_empty() { "none".to_owned() } else { others.join(", ") };
            return Ok(Err(NotTaken::NoWitness { found }));
        }
        let size = came.unverified().size();
        if !matches!(snapshot.continues(came.unverified())?, Continuation::Proved(_)) {
            return Ok(Err(NotTaken::NotContinued { size }));
        }
        let working = Working::begin(&self.dir).map_err(Error::at(&self.dir))?;
        let _working = working.ok_or_else(|| Error::Busy { dir: self.dir.clone() })?;
        let came = signed_by(came, &keys)?;
        let note = match self.read(size)? {
            Some(kept) => merged(&came, &kept)?,
            None => came,
        };
        let path = self.path(size);
        files::replace(&path, note.to_string().as_bytes()).map_err(Error::at(path))?;
        let cosigners = cosigners(&note, log, witnesses);
        self.drop_covered(&note, log, witnesses)?;
        Ok(Ok(Taken { size, cosigners }))
    }

    /// All that are kept, the newest first.
    pub fn all(&self) -> Result<Vec<SignedCheckpoint>, Error> {
        let mut sizes = self.sizes()?;
        sizes.reverse();
        sizes.into_iter().filter_map(|size| self.read(size).transpose()).collect()
    }

    /// The checkpoint with the cosignatures that are kept for it, if there are any.
    pub fn completed(&self, note: &SignedCheckpoint) -> Result<SignedCheckpoint, Error> {
        match self.read(note.unverified().size())? {
            Some(kept) if kept.unverified() == note.unverified() => merged(note, &kept),
            _ => Ok(note.clone()),
        }
    }

    /// Of the kept checkpoints that cover a record, the one with the most of these witnesses; of two alike, the newer.
    pub fn covering(
        &self,
        seq: u64,
        log: &[VerifierKey],
        witnesses: &[VerifierKey],
    ) -> Result<Option<SignedCheckpoint>, Error> {
        let covering = self.all()?.into_iter().filter(|note| note.unverified().size() > seq);
        let counted =
            covering.map(|note| (cosigners(&note, log, witnesses).len(), note)).filter(|(count, _)| *count > 0);
        // The newest comes first, and of equals `max_by_key` gives the last.
        Ok(counted.collect::<Vec<_>>().into_iter().rev().max_by_key(|(count, _)| *count).map(|(_, note)| note))
    }

    /// Removes older checkpoints whose witnesses all cosigned this one.
    fn drop_covered(
        &self,
        note: &SignedCheckpoint,
        log: &[VerifierKey],
        witnesses: &[VerifierKey],
    ) -> Result<(), Error> {
        let names = |note: &SignedCheckpoint| -> Vec<String> {
            cosigners(note, log, witnesses).into_iter().map(|one| one.witness).collect()
        };
        let now = names(note);
        for size in self.sizes()?.into_iter().filter(|size| *size < note.unverified().size()) {
            let Some(older) = self.read(size)? else { continue };
            if names(&older).iter().all(|name| now.contains(name)) {
                let path = self.path(size);
                fs::remove_file(&path).map_err(Error::at(path))?;
            }
        }
        Ok(())
    }

    fn read(&self, size: u64) -> Result<Option<SignedCheckpoint>, Error> {
        let path = self.path(size);
        let Some(note) = files::read(&path, MAX_NOTE).map_err(Error::at(&path))? else { return Ok(None) };
        let note = SignedCheckpoint::parse(&note);
        note.map(Some).map_err(|error| Error::State { path, problem: error.to_string() })
    }

    fn sizes(&self) -> Result<Vec<u64>, Error> {
        let entries = match fs::read_dir(&self.dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(Error::at(&self.dir))?,
        };
        let mut sizes = Vec::new();
        for entry in entries {
            let name = entry.map_err(Error::at(&self.dir))?.file_name();
            sizes.extend(name.to_str().and_then(|name| name.parse::<u64>().ok()));
        }
        sizes.sort_unstable();
        Ok(sizes)
    }

    fn path(&self, size: u64) -> PathBuf {
        self.dir.join(format!("{size:020}"))
    }
}

/// Which of these witnesses cosigned a checkpoint that the log signed, each once. Two lines of one key are one witness.
pub fn cosigners(note: &SignedCheckpoint, log: &[VerifierKey], witnesses: &[VerifierKey]) -> Vec<Cosigner> {
    let witnesses = witnesses.iter().filter(|key| key.signature_type() == SignatureType::Cosignature);
    let keys: Vec<VerifierKey> = log.iter().chain(witnesses).cloned().collect();
    let Ok(opened) = note.verify(&keys) else { return Vec::new() };
    let mut found: Vec<(VerifierKey, Cosigner)> = Vec::new();
    for signed in &opened.signed {
        let time = signed.time.and_then(|time| Timestamp::from_second(i64::try_from(time).ok()?).ok());
        let Some(time) = time else { continue };
        // One key under two names is still one witness.
        if found.iter().all(|(key, _)| key.public_key() != signed.key.public_key()) {
            found.push((signed.key.clone(), Cosigner { witness: signed.key.name().to_owned(), time }));
        }
    }
    found.into_iter().map(|(_, cosigner)| cosigner).collect()
}

/// The lines of both, of one key the newer ones: those of `newer`.
fn merged(newer: &SignedCheckpoint, older: &SignedCheckpoint) -> Result<SignedCheckpoint, Error> {
    let mut note = newer.clone();
    for line in older.signatures() {
        let has = newer.signatures().iter().any(|other| other.name() == line.name() && other.id() == line.id());
        if !has {
            note.add(line.clone())?;
        }
    }
    Ok(note)
}

fn as_text<S: serde::Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&to_text(*time))
}
