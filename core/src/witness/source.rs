//! Where the question to a witness comes from.

use std::path::Path;

use super::Error;
use crate::ledger::Reader;
use crate::ledger::history::History;
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

/// The newest key that the folder itself names as the log's. Nothing vouches for it.
pub fn unverified_key(dir: &Path) -> Result<Option<VerifierKey>, Error> {
    Ok(named(dir)?.map(|history| history.newest().clone()))
}

/// The keys to which a known key of the log has handed over since, by KEY records in the folder that both keys signed. The known key
/// itself vouches for them: nothing else of the folder is believed.
pub fn handed_over(dir: &Path, known: &VerifierKey) -> Result<Vec<VerifierKey>, Error> {
    let Some(named) = named(dir)? else { return Ok(Vec::new()) };
    let mut followed = History::of(known.clone());
    for (from, _) in named.keys().skip(1) {
        let seq = from.saturating_sub(1);
        let record = if is_ledger(dir) { Reader::open(dir)?.record(seq)? } else { Folder::open(dir)?.record(seq)? };
        // Records from before the known key say nothing of it.
        drop(followed.follow(&record));
    }
    Ok(followed.keys().skip(1).map(|(_, key)| key.clone()).collect())
}

fn named(dir: &Path) -> Result<Option<History>, Error> {
    if is_ledger(dir) {
        return Ok(Some(Reader::open(dir)?.history().clone()));
    }
    Ok(Folder::open(dir)?.history()?)
}

fn is_ledger(dir: &Path) -> bool {
    dir.join("segments").is_dir()
}
