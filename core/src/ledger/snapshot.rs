//! The log under one checkpoint: what it proves, and the tiles by which others follow it.
//!
//! Everything given out here leads to the checkpoint's root; what the store has behind it is not looked at.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::hash::Hash;
use crate::tlog::bundle;
use crate::tlog::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::tlog::consistency::Consistency;
use crate::tlog::proof::Proof;
use crate::tlog::tile::{Content, HashTile, Tile, WIDTH};

use super::Error;
use super::history::History;
use super::line::Line;
use super::store::Store;
use super::tree::{Tree, TreeNodes};

/// A log as it was when a checkpoint was signed. It does not change while a writer adds to the log.
#[derive(Debug, Clone)]
pub struct Snapshot {
    store: Arc<dyn Store>,
    note: SignedCheckpoint,
    history: History,
    tree: Tree,
}

/// What a log says to a checkpoint of its own that somebody kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Continuation {
    /// The log continues it: the hashes prove it (RFC 6962, section 2.1.2) up to the newest checkpoint.
    Proved(Vec<Hash>),
    /// The log has fewer records than it had then: it was set back.
    Shorter {
        /// Records under the newest checkpoint.
        size: u64,
    },
    /// The log had other records then: it was rewritten, or there are two of it.
    Forked {
        /// The root over as many records as the kept checkpoint covers.
        root: Hash,
    },
}

/// What [`Snapshot::prover`] gives.
#[derive(Debug)]
pub struct Prover<'a> {
    snapshot: &'a Snapshot,
    nodes: TreeNodes<'a>,
    root: Hash,
}

impl Prover<'_> {
    /// As [`Snapshot::prove`].
    pub fn prove(&self, seq: u64) -> Result<Proof, Error> {
        let hashes = self.nodes.inclusion_proof(seq, self.snapshot.size(), &self.root)?;
        Ok(Proof::new(seq, hashes, self.snapshot.note.clone())?)
    }
}

impl Continuation {
    /// What the log says against the kept checkpoint, as the end of a sentence; `None` where it continues that.
    pub fn contradiction(&self, kept: &Checkpoint) -> Option<String> {
        let covered = kept.size();
        match self {
            Self::Proved(_) => None,
            Self::Shorter { size } => Some(format!(
                "its checkpoint covers {covered} records, and the log at hand has {size}: it was set back, or is an older copy"
            )),
            Self::Forked { root } => Some(format!(
                "the first {covered} records of the log at hand give the root {root}, and its checkpoint says {}: whoever \
                 signed that did not have this log before them",
                kept.root()
            )),
        }
    }
}

impl Snapshot {
    /// The checkpoint was verified with these keys, and the tree has its root.
    pub(super) fn new(store: Arc<dyn Store>, note: SignedCheckpoint, history: History, tree: Tree) -> Self {
        Self { store, note, history, tree }
    }

    /// The log's keys, as its own folder names them.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The checkpoint as it was signed. The log's signature under it was checked.
    pub fn note(&self) -> &SignedCheckpoint {
        &self.note
    }

    /// What the checkpoint says.
    pub fn checkpoint(&self) -> &Checkpoint {
        self.note.unverified()
    }

    /// How many records.
    pub fn size(&self) -> u64 {
        self.tree.size()
    }

    /// The C2SP `tlog-proof` of a record, under this checkpoint.
    pub fn prove(&self, seq: u64) -> Result<Proof, Error> {
        self.prover().prove(seq)
    }

    /// For the proofs of many records, one after the other: what those that stand next to each other have in common is read once.
    pub fn prover(&self) -> Prover<'_> {
        Prover { nodes: self.tree.nodes(self.store.as_ref()), root: self.tree.root(), snapshot: self }
    }

    /// The same under an older checkpoint that this one continues ([`Self::continues`]), such as one that was cosigned.
    pub fn prove_under(&self, seq: u64, older: &SignedCheckpoint) -> Result<Proof, Error> {
        let hashes = self.tree.inclusion_proof_at(self.store.as_ref(), seq, older.unverified().size())?;
        Ok(Proof::new(seq, hashes, older.clone())?)
    }

    /// Whether this checkpoint continues an older one that was kept elsewhere. The caller has checked who signed that
    /// ([`check::open_checkpoint`](super::check::open_checkpoint)). A log cannot tell by itself that it was set back or exchanged as a
    /// whole: this can.
    pub fn continues(&self, kept: &Checkpoint) -> Result<Continuation, Error> {
        if kept.size() > self.size() {
            return Ok(Continuation::Shorter { size: self.size() });
        }
        let root = self.tree.root_at(self.store.as_ref(), kept.size())?;
        if root != *kept.root() || kept.origin() != self.checkpoint().origin() {
            return Ok(Continuation::Forked { root });
        }
        Ok(Continuation::Proved(self.tree.consistency_proof(self.store.as_ref(), kept.size())?))
    }

    /// The proof that leads from the tree of the first `old` records to `newer`, a checkpoint that this one continues.
    pub fn consistency(&self, old: u64, newer: &SignedCheckpoint) -> Result<Consistency, Error> {
        let hashes = self.tree.consistency_proof_at(self.store.as_ref(), old, newer.unverified().size())?;
        Ok(Consistency::new(old, hashes, newer.clone())?)
    }

    /// The bytes of a tile or an entry bundle, full or partial. `None` where the tree does not reach so far. A tile that was partial
    /// under an older checkpoint is given as it was then.
    pub fn tile(&self, tile: &Tile) -> Result<Option<Vec<u8>>, Error> {
        let now = Tile::in_tree(tile.content(), tile.index(), self.size());
        if now.is_none_or(|now| now.width() < tile.width()) {
            return Ok(None);
        }
        if let Content::Hashes { level } = tile.content() {
            return Ok(Some(HashTile::new(self.hashes(level, tile)?)?.encode()));
        }
        let mut found = None;
        self.bundles(
            tile.index() * u64::from(WIDTH),
            tile.index() * u64::from(WIDTH) + u64::from(tile.width()),
            |_, bytes| {
                found = Some(bytes.to_vec());
                Ok::<(), Error>(())
            },
        )?;
        Ok(found)
    }

    /// Gives the entry bundles with the records from `from`, the first of a bundle, up to and without `to`, in one pass over the lines.
    /// The last one is partial where `to` is not the end of a bundle. Each record was found to be the one under the checkpoint.
    pub fn bundles<E: From<Error>>(
        &self,
        from: u64,
        to: u64,
        mut give: impl FnMut(&Tile, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut next = from;
        let (mut bytes, mut leaves) = (Vec::new(), Vec::new());
        let mut failed = None;
        if from >= to {
            return Ok(());
        }
        self.store
            .scan(from, &mut |seq, line| {
                let mut add = || {
                    let (line, leaf) = Line::with_leaf(line).map_err(|source| Error::Damaged { seq, source })?;
                    bundle::append(&mut bytes, line.record).map_err(Error::from)?;
                    leaves.push(leaf);
                    next = seq + 1;
                    if next.is_multiple_of(u64::from(WIDTH)) || next == to {
                        let tile = self.checked(seq / u64::from(WIDTH), &leaves)?;
                        give(&tile, &bytes)?;
                        bytes.clear();
                        leaves.clear();
                    }
                    Ok::<(), E>(())
                };
                match add() {
                    Ok(()) if next < to => ControlFlow::Continue(()),
                    Ok(()) => ControlFlow::Break(()),
                    Err(error) => {
                        failed = Some(error);
                        ControlFlow::Break(())
                    }
                }
            })
            .map_err(E::from)?;
        match failed {
            Some(error) => Err(error),
            None if next < to => Err(Error::NoSuchRecord { seq: next, size: next }.into()),
            None => Ok(()),
        }
    }

    /// The leaf hashes of the records from `from` up to and without `to`.
    pub fn leaves(&self, from: u64, to: u64) -> Result<Vec<Hash>, Error> {
        if to > self.size() {
            return Err(Error::NoSuchRecord { seq: to.saturating_sub(1), size: self.size() });
        }
        let width = u64::from(WIDTH);
        let mut leaves = Vec::new();
        for index in from / width..to.div_ceil(width) {
            let tile = self.tree.tile(self.store.as_ref(), 0, index)?;
            let wanted = (index * width..).zip(tile).filter(|(seq, _)| (from..to).contains(seq));
            leaves.extend(wanted.map(|(_, leaf)| leaf));
        }
        Ok(leaves)
    }

    /// The bundle whose entries have these leaf hashes, if those are the ones in the tree.
    fn checked(&self, index: u64, leaves: &[Hash]) -> Result<Tile, Error> {
        let width = u16::try_from(leaves.len()).unwrap_or(u16::MAX);
        let tile = Tile::new(Content::Entries, index, width)?;
        let expected = self.hashes(0, &tile)?;
        match leaves.iter().zip(&expected).position(|(leaf, expected)| leaf != expected) {
            None => Ok(tile),
            Some(at) => Err(Error::Changed { seq: index * u64::from(WIDTH) + at as u64, part: "its public part" }),
        }
    }

    /// The first hashes of a tile, as many as it is wide.
    fn hashes(&self, level: u8, tile: &Tile) -> Result<Vec<Hash>, Error> {
        let mut hashes = self.tree.tile(self.store.as_ref(), level, tile.index())?;
        hashes.truncate(usize::from(tile.width()));
        Ok(hashes)
    }
}
