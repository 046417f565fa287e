//! A published folder, read as a monitor reads it: nothing in it is believed before the checkpoint's root says so.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::event::Record;
use crate::files;
use crate::ledger;
use crate::ledger::history::{History, MAX_KEYS};
use crate::merkle;
use crate::tlog::bundle::{self, MAX_BUNDLE};
use crate::tlog::checkpoint::SignedCheckpoint;
use crate::tlog::consistency::Consistency;
use crate::tlog::note::{MAX_NOTE, MAX_VERIFIER_KEY};
use crate::tlog::tile::{Content, HashTile, MAX_TILE, Tile, TileNodes, WIDTH};

use super::Error;

/// Name of the checkpoint.
pub(super) const CHECKPOINT: &str = "checkpoint";

/// Name of the file with the log's verifier keys.
pub(super) const KEYS: &str = "log.vkey";

/// A folder in the layout of tlog-tiles.
#[derive(Debug, Clone)]
pub struct Folder {
    dir: PathBuf,
}

impl Folder {
    /// The folder, which must have a checkpoint.
    pub fn open(dir: &Path) -> Result<Self, Error> {
        if !dir.join(CHECKPOINT).is_file() {
            return Err(Error::NotPublished { dir: dir.to_owned() });
        }
        Ok(Self::at(dir))
    }

    /// The folder, whatever is in it.
    pub(super) fn at(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    /// The path of a file in it.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// The checkpoint, not verified.
    pub fn checkpoint(&self) -> Result<SignedCheckpoint, Error> {
        self.kept_checkpoint()?.ok_or_else(|| Error::NotPublished { dir: self.dir.clone() })
    }

    pub(super) fn kept_checkpoint(&self) -> Result<Option<SignedCheckpoint>, Error> {
        let Some(note) = self.read(CHECKPOINT, MAX_NOTE)? else { return Ok(None) };
        SignedCheckpoint::parse(&note).map(Some).map_err(|error| self.damaged(CHECKPOINT, &error))
    }

    /// The log's keys as the folder itself names them, which nothing vouches for. `None` where it names none.
    pub fn history(&self) -> Result<Option<History>, Error> {
        let Some(text) = self.read(KEYS, MAX_KEYS * (MAX_VERIFIER_KEY + 22))? else { return Ok(None) };
        let damaged = |problem: String| Error::Damaged { path: self.path(KEYS), problem };
        let text = String::from_utf8(text).map_err(|error| damaged(error.to_string()))?;
        text.parse().map(Some).map_err(damaged)
    }

    /// The record at a position, as the folder has it: whether it is the log's own is for [`audit()`](super::audit()).
    pub fn record(&self, seq: u64) -> Result<Record, Error> {
        let size = self.checkpoint()?.unverified().size();
        let missing = || Error::Ledger(ledger::Error::NoSuchRecord { seq, size });
        let index = seq / u64::from(WIDTH);
        let tile = Tile::in_tree(Content::Entries, index, size).ok_or_else(missing)?;
        let (found, bytes) = self.tile(&tile)?.ok_or_else(missing)?;
        let name = found.to_string();
        let entries = bundle::decode(&bytes, found.width()).map_err(|error| self.damaged(&name, &error))?;
        let entry = usize::try_from(seq % u64::from(WIDTH)).ok().and_then(|at| entries.get(at)).ok_or_else(missing)?;
        Record::from_bytes(entry).map_err(|error| self.damaged(&name, &error))
    }

    /// The bytes of a tile or bundle; where a partial one was removed, the full one. `None` where there is neither.
    pub fn tile(&self, tile: &Tile) -> Result<Option<(Tile, Vec<u8>)>, Error> {
        let limit = match tile.content() {
            Content::Entries => MAX_BUNDLE,
            Content::Hashes { .. } => MAX_TILE,
        };
        for tile in [*tile, tile.full()] {
            if let Some(bytes) = self.read(&tile.to_string(), limit)? {
                return Ok(Some((tile, bytes)));
            }
        }
        Ok(None)
    }

    /// The proof that leads from the tree of the first `old` records to the checkpoint of the folder. It holds only if the folder's
    /// tiles are right: the receiver checks it.
    pub fn consistency(&self, old: u64) -> Result<Consistency, Error> {
        let checkpoint = self.checkpoint()?;
        let size = checkpoint.unverified().size();
        let read = RefCell::new(HashMap::new());
        let nodes = TileNodes::new(size, |tile: &Tile| {
            if let Some(hashes) = read.borrow().get(tile) {
                return Ok(HashTile::clone(hashes));
            }
            let hashes = self.hashes(tile)?;
            read.borrow_mut().insert(*tile, hashes.clone());
            Ok::<_, Error>(hashes)
        });
        let hashes = merkle::consistency_proof(old, size, &nodes)?;
        Ok(Consistency::new(old, hashes, checkpoint)?)
    }

    /// The hashes of a tile, as many as it is wide.
    pub(super) fn hashes(&self, tile: &Tile) -> Result<HashTile, Error> {
        let name = tile.to_string();
        let missing = || Error::Damaged { path: self.path(&name), problem: "it is missing".to_owned() };
        let (found, bytes) = self.tile(tile)?.ok_or_else(missing)?;
        let whole = HashTile::decode(&bytes, found.width()).map_err(|error| self.damaged(&name, &error))?;
        let wanted = whole.hashes().iter().copied().take(usize::from(tile.width())).collect();
        Ok(HashTile::new(wanted)?)
    }

    fn read(&self, name: &str, limit: usize) -> Result<Option<Vec<u8>>, Error> {
        let path = self.path(name);
        files::read(&path, limit).map_err(Error::at(path))
    }

    fn damaged(&self, name: &str, error: &dyn std::error::Error) -> Error {
        Error::Damaged { path: self.path(name), problem: error.to_string() }
    }
}
