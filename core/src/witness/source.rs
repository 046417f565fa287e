//! Where the question to a witness comes from.

use std::path::Path;

use super::Error;
use crate::ledger::Reader;
use crate::publish::Folder;
use crate::tlog::consistency::Consistency;
use crate::tlog::note::VerifierKey;

/// The newest checkpoint of the log in a folder, its own or a published one, with the proof that leads there from the tree of the first
/// `old` records. A log with fewer records than that has nothing to prove it with: its checkpoint comes alone, and will be refused.
pub fn request(dir: &Path, old: u64) -> Result<Consistency, Error> {
    if is_ledger(dir) {
        let snapshot = Reader::open(dir)?.snapshot()?;
        if snapshot.size() < old {
            return Ok(Consistency::new(old, Vec::new(), snapshot.note().clone())?);
        }
        return Ok(snapshot.consistency(old, snapshot.note())?);
    }
    let folder = Folder::open(dir)?;
    let checkpoint = folder.checkpoint()?;
    if checkpoint.unverified().size() < old {
        return Ok(Consistency::new(old, Vec::new(), checkpoint)?);
    }
    Ok(folder.consistency(old)?)
}

/// The keys that the folder itself names as the log's. Nothing vouches for them.
pub fn unverified_keys(dir: &Path) -> Result<Vec<VerifierKey>, Error> {
    if is_ledger(dir) {
        return Ok(vec![Reader::open(dir)?.key().clone()]);
    }
    Ok(Folder::open(dir)?.keys()?)
}

fn is_ledger(dir: &Path) -> bool {
    dir.join("segments").is_dir()
}
