//! Writing a folder: what is new, in an order that a crash cannot spoil.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::files::{self, Working};
use crate::ledger::{Continuation, Snapshot};
use crate::tlog::checkpoint::SignedCheckpoint;
use crate::tlog::tile::{Content, Tile, WIDTH};

use super::Error;
use super::folder::{CHECKPOINT, Folder, KEYS};

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Published {
    /// The log.
    pub origin: String,
    /// Records under the checkpoint that stood there before; 0 for a new folder.
    pub before: u64,
    /// Records under the one that stands there now.
    pub size: u64,
    /// Tiles and bundles that were written.
    pub files: u64,
}

/// Why nothing was written into a folder. It was left as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The folder is a home or a log's own.
    #[error("{found} stands there: the folder is a home or holds a log itself; publish into a folder of its own")]
    NotAPlace {
        /// What shows it.
        found: &'static str,
    },
    /// The folder holds another log.
    #[error("the log {other} is published there, not {origin}")]
    OtherLog {
        /// The log that was to be published.
        origin: String,
        /// The log that stands there.
        other: String,
    },
    /// The checkpoint that stands there is not signed by the log.
    #[error("the checkpoint that stands there is not believed: {problem}")]
    NotSigned {
        /// Why.
        problem: String,
    },
    /// The log has fewer records than were published.
    #[error(
        "{published} records are published there, and the log has {size}: it was set back, or the folder is ahead of a copy"
    )]
    Shorter {
        /// Records under the published checkpoint.
        published: u64,
        /// Records in the log.
        size: u64,
    },
    /// Other records were published.
    #[error(
        "the {published} records that are published there are not the first {published} of this log: one of the two was rewritten"
    )]
    Forked {
        /// Records under the published checkpoint.
        published: u64,
    },
}

/// Writes into `dir` what the log has that is not there yet, so that everything under the snapshot's checkpoint can be followed.
///
/// `note` is the checkpoint to show: the snapshot's own, with cosignatures if there are any.
/// A run that was killed is finished by the next one.
pub fn publish(snapshot: &Snapshot, note: &SignedCheckpoint, dir: &Path) -> Result<Result<Published, Refusal>, Error> {
    for found in ["touchmark.toml", "segments"] {
        if dir.join(found).exists() {
            return Ok(Err(Refusal::NotAPlace { found }));
        }
    }
    let working = Working::begin(dir).map_err(Error::at(dir))?;
    let working = working.ok_or_else(|| Error::Busy { dir: dir.to_owned() })?;
    let folder = Folder::at(dir);
    let before = match stands(&folder, snapshot)? {
        Ok(before) => before,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let size = snapshot.size();
    clear(&folder, before, size)?;
    let put = |name: &str, bytes: &[u8]| files::put(&folder.path(name), bytes).map_err(Error::at(folder.path(name)));
    // First of all, so that a folder whose first run was killed says whose it is.
    put(KEYS, snapshot.history().to_string().as_bytes())?;
    let mut written = 0;
    for tile in Tile::between(before, size) {
        if tile.content() != Content::Entries
            && let Some(bytes) = snapshot.tile(&tile)?
        {
            put(&tile.to_string(), &bytes)?;
            written += 1;
        }
    }
    if size > before {
        snapshot.bundles(before - before % u64::from(WIDTH), size, |tile, bytes| {
            written += 1;
            put(&tile.to_string(), bytes)
        })?;
    }
    working.sync_all().map_err(Error::at(dir))?;
    remove_replaced(&folder, before, size)?;
    let path = folder.path(CHECKPOINT);
    files::replace(&path, note.to_string().as_bytes()).map_err(Error::at(path))?;
    Ok(Ok(Published { origin: snapshot.checkpoint().origin().to_owned(), before, size, files: written }))
}

/// How many records are published already, if they are the first ones of this log.
fn stands(folder: &Folder, snapshot: &Snapshot) -> Result<Result<u64, Refusal>, Error> {
    let origin = snapshot.checkpoint().origin();
    let other_log = |other: &str| Refusal::OtherLog { origin: origin.to_owned(), other: other.to_owned() };
    let Some(note) = folder.kept_checkpoint()? else {
        let other = folder.history()?.filter(|named| named.origin() != origin);
        return Ok(other.map_or(Ok(0), |other| Err(other_log(other.origin()))));
    };
    let published = note.unverified();
    if published.origin() != origin {
        return Ok(Err(other_log(published.origin())));
    }
    if let Err(problem) = snapshot.history().opened(&note) {
        return Ok(Err(Refusal::NotSigned { problem }));
    }
    let published = published.size();
    Ok(match snapshot.continues(note.unverified())? {
        Continuation::Proved(_) => Ok(published),
        Continuation::Shorter { size } => Err(Refusal::Shorter { published, size }),
        Continuation::Forked { .. } => Err(Refusal::Forked { published }),
    })
}

/// Clears away the half files of a run that was killed. It wrote no tiles but such as are written now, perhaps narrower ones.
fn clear(folder: &Folder, before: u64, size: u64) -> Result<(), Error> {
    let at = |dir: PathBuf, is_ours: &dyn Fn(&str) -> bool| files::clear(&dir, is_ours).map_err(Error::at(dir));
    at(folder.path(""), &|name| [CHECKPOINT, KEYS].contains(&name))?;
    let mut folders = BTreeSet::new();
    for tile in Tile::between(before, size) {
        let full = folder.path(&tile.full().to_string());
        folders.extend(full.parent().map(Path::to_owned));
        folders.insert(folder.path(&format!("{}.p", tile.full())));
    }
    let is_number = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
    folders.into_iter().try_for_each(|dir| at(dir, &is_number))
}

/// Removes the partial tiles whose full ones stand now. Those of the present edge stay: the specification asks for them as long as
/// somebody may hold a checkpoint of their size.
fn remove_replaced(folder: &Folder, before: u64, size: u64) -> Result<(), Error> {
    for full in Tile::between(before, size).filter(Tile::is_full) {
        let partial = folder.path(&format!("{full}.p"));
        match fs::remove_dir_all(&partial) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(Error::at(partial)(error)),
            _ => {}
        }
    }
    Ok(())
}
