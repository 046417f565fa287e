//! The Merkle tree over a store's records: leaves are the public parts, complete tiles are derived objects of the store.
//!
//! Only full tiles are kept. The ragged edge, at most 255 hashes a level, is held in memory and computed again from the lines when a
//! log is opened; so a commit writes no tile 255 times out of 256. What is read from tiles is checked against the tree's root before
//! it is used, and a tile that is lost or damaged is made again from the lines (`tiles`).

mod edge;
mod tiles;

use crate::hash::Hash;
use crate::merkle::{self, Frontier};
use crate::tlog::tile::{HEIGHT, WIDTH};

use self::edge::EdgeTile;
pub use self::tiles::TreeNodes;
use super::Error;
use super::store::Store;

/// Hashes in a full tile.
const FULL: u64 = WIDTH as u64;

/// The right edge of the tree, and of each row of tiles.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    frontier: Frontier,
    /// By tile level: the nodes of the tile that is not full yet.
    partial: Vec<EdgeTile>,
    /// By tile level: the tile that was filled last, and its index. Whoever has just added records asks for their proofs.
    filled: Vec<Option<(u64, EdgeTile)>>,
}

impl Tree {
    /// The tree over the first `size` records of `store`, which a checkpoint says has this root.
    ///
    /// It is read from tiles: some hundred small files, however long the log. If they do not give the root, it is computed from all
    /// lines, and only if those do not give it either, it is the records that are wrong.
    pub fn open(store: &dyn Store, size: u64, root: &Hash) -> Result<Self, Error> {
        if let Ok(tree) = Self::from_tiles(store, size)
            && tree.root() == *root
        {
            return Ok(tree);
        }
        let mut tree = Self::default();
        tree.extend(store, size)?;
        if tree.root() == *root {
            return Ok(tree);
        }
        let computed = tree.root();
        let problem = format!(
            "the first {size} records give the root {computed}, and their checkpoint says {root}; see touchmark log verify"
        );
        Err(Error::Tree { problem })
    }

    /// Adds the records of `store` up to the first `size`.
    pub fn extend(&mut self, store: &dyn Store, size: u64) -> Result<(), Error> {
        tiles::leaves(store, self.size(), size, |leaf| self.push(store, leaf))
    }

    /// Adds a leaf, and keeps each tile that it fills.
    pub fn push(&mut self, store: &dyn Store, leaf: Hash) {
        let Self { frontier, partial, filled } = self;
        frontier.push(leaf, |level, index, hash| {
            // Nodes come from the leaf upwards: the first of a row is the root of the tile below it, which is full then.
            if let Some(below) = (level / HEIGHT).checked_sub(1).filter(|_| level % HEIGHT == 0) {
                let full = std::mem::take(&mut partial[usize::from(below)]);
                tiles::keep(store, below, index, full.hashes());
                filled.resize(partial.len(), None);
                filled[usize::from(below)] = Some((index, full));
            }
            let row = usize::from(level / HEIGHT);
            if partial.len() <= row {
                partial.resize_with(row + 1, EdgeTile::default);
            }
            partial[row].push(level % HEIGHT, hash);
        });
    }

    /// How many records.
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// The root hash.
    pub fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// The nodes, for proofs. What they answer leads to this tree's root.
    pub fn nodes<'a>(&'a self, store: &'a dyn Store) -> TreeNodes<'a> {
        TreeNodes::new(store, &self.partial, &self.filled, self.size())
    }

    /// The path from record `index` to the root, checked.
    pub fn inclusion_proof(&self, store: &dyn Store, index: u64) -> Result<Vec<Hash>, Error> {
        self.inclusion_proof_at(store, index, self.size())
    }

    /// The path from record `index` to the root as it was at `size` records, checked.
    pub fn inclusion_proof_at(&self, store: &dyn Store, index: u64, size: u64) -> Result<Vec<Hash>, Error> {
        self.nodes(store).inclusion_proof(index, size, &self.root_at(store, size)?)
    }

    /// The proof that the tree of `old` records is the beginning of this one, checked.
    pub fn consistency_proof(&self, store: &dyn Store, old: u64) -> Result<Vec<Hash>, Error> {
        self.consistency_proof_at(store, old, self.size())
    }

    /// The proof that the tree of `old` records is the beginning of that of `size`, checked.
    pub fn consistency_proof_at(&self, store: &dyn Store, old: u64, size: u64) -> Result<Vec<Hash>, Error> {
        let new_root = self.root_at(store, size)?;
        let nodes = self.nodes(store);
        let proof = merkle::consistency_proof(old, size, &nodes).map_err(unwrap)?;
        let root = merkle::root(old, &nodes).map_err(unwrap)?;
        merkle::verify_consistency(old, &root, size, &new_root, &proof).map_err(|mismatch| unproved(&mismatch))?;
        Ok(proof)
    }

    /// The root as it was at `size` records.
    pub fn root_at(&self, store: &dyn Store, size: u64) -> Result<Hash, Error> {
        if size > self.size() {
            return Err(Error::NoSuchRecord { seq: size.saturating_sub(1), size: self.size() });
        }
        if size == self.size() {
            return Ok(self.root());
        }
        merkle::root(size, &self.nodes(store)).map_err(unwrap)
    }

    /// The hashes of the tile at this place: all 256 of a full one, or those of the edge.
    pub fn tile(&self, store: &dyn Store, level: u8, index: u64) -> Result<Vec<Hash>, Error> {
        self.nodes(store).tile(level, index)
    }

    fn from_tiles(store: &dyn Store, size: u64) -> Result<Self, Error> {
        let mut partial = Vec::new();
        for row in 0..8_u8 {
            let count = size >> (8 * row);
            if count == 0 {
                break;
            }
            let (mut frontier, mut edge) = (Frontier::new(), EdgeTile::default());
            let mut push = |hash| {
                frontier.push(hash, |level, _, node| edge.push(level, node));
            };
            match row.checked_sub(1) {
                None => tiles::leaves(store, count - count % FULL, count, &mut push)?,
                Some(below) => {
                    for index in count - count % FULL..count {
                        push(tiles::unchecked_root(store, below, index)?);
                    }
                }
            }
            partial.push(edge);
        }
        let nodes = TreeNodes::new(store, &partial, &[], size);
        let frontier = Frontier::read(size, &nodes).map_err(unwrap)?;
        Ok(Self { frontier, partial, filled: Vec::new() })
    }
}

fn unwrap(error: merkle::Error<Error>) -> Error {
    match error {
        merkle::Error::Nodes(error) => error,
        merkle::Error::NoSuchLeaf { index, size } => Error::NoSuchRecord { seq: index, size },
        other => Error::Tree { problem: other.to_string() },
    }
}

fn unproved(mismatch: &merkle::Mismatch) -> Error {
    Error::Tree { problem: format!("a proof that does not hold is not given out: {mismatch}") }
}
