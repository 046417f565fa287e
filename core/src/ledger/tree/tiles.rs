//! Tiles: read, checked, and made again from the lines.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::rc::Rc;

use rayon::prelude::*;

use crate::hash::Hash;
use crate::merkle::{self, Frontier, Levels, Nodes};
use crate::tlog::tile::{Content, HEIGHT, HashTile, Tile, WIDTH};

use super::super::Error;
use super::super::line::{Line, Malformed};
use super::super::store::{Store, lines_of};
use super::edge::EdgeTile;
use super::{FULL, unproved, unwrap};

/// So many tiles are kept in memory at most: some megabyte.
const MOST_CHECKED: usize = 64;

/// The tree's complete nodes: the stored tiles and the edge.
///
/// The edge, and the tile that it filled last, is what the tree's root was computed from. Each stored tile is believed only if its hashes give the one that stands for it
/// in the row above, up to the edge; otherwise it is made again from the lines, kept, and held to the same test.
#[derive(Debug)]
pub struct TreeNodes<'a> {
    store: &'a dyn Store,
    partial: &'a [EdgeTile],
    filled: &'a [Option<(u64, EdgeTile)>],
    size: u64,
    /// A proof asks for several nodes of a tile, one after the other, and so do the proofs of records that stand next to each other.
    checked: RefCell<HashMap<(u8, u64), Rc<Levels>>>,
}

impl<'a> TreeNodes<'a> {
    pub(super) fn new(
        store: &'a dyn Store,
        partial: &'a [EdgeTile],
        filled: &'a [Option<(u64, EdgeTile)>],
        size: u64,
    ) -> Self {
        Self { store, partial, filled, size, checked: RefCell::default() }
    }

    /// The path from record `index` to `root`, that of the first `size` records, checked.
    pub(in super::super) fn inclusion_proof(&self, index: u64, size: u64, root: &Hash) -> Result<Vec<Hash>, Error> {
        let proof = merkle::inclusion_proof(index, size, self).map_err(unwrap)?;
        let leaf = self.node(0, index)?;
        merkle::verify_inclusion(&leaf, index, size, &proof, root).map_err(|mismatch| unproved(&mismatch))?;
        Ok(proof)
    }

    /// The hashes of tile `index` of a row.
    pub(super) fn tile(&self, row: u8, index: u64) -> Result<Vec<Hash>, Error> {
        match self.edge(row, index) {
            Some(edge) => Ok(edge.hashes()),
            None if index >= self.full_tiles(row) => Ok(Vec::new()),
            None => Ok(self.full(row, index)?.leaves().to_vec()),
        }
    }

    /// The tile, where it is in memory: not full yet, or filled last.
    fn edge(&self, row: u8, index: u64) -> Option<&EdgeTile> {
        if let Some(Some((at, tile))) = self.filled.get(usize::from(row))
            && *at == index
        {
            return Some(tile);
        }
        self.partial.get(usize::from(row)).filter(|_| index == self.full_tiles(row))
    }

    /// How many full tiles a row has.
    fn full_tiles(&self, row: u8) -> u64 {
        self.size.checked_shr(u32::from(HEIGHT) * (u32::from(row) + 1)).unwrap_or(0)
    }

    /// A full tile. As many calls deep as the tree has rows: at most eight.
    fn full(&self, row: u8, index: u64) -> Result<Rc<Levels>, Error> {
        if let Some(tile) = self.checked.borrow().get(&(row, index)) {
            return Ok(Rc::clone(tile));
        }
        let expected = self.node(HEIGHT.saturating_mul(row.saturating_add(1)), index)?;
        let tile = match stored(self.store, row, index) {
            Some(tile) if tile.root() == expected => tile,
            _lost_or_damaged => self.make_again(row, index, &expected)?,
        };
        let tile = Rc::new(tile);
        let mut checked = self.checked.borrow_mut();
        if checked.len() >= MOST_CHECKED {
            checked.clear();
        }
        checked.insert((row, index), Rc::clone(&tile));
        Ok(tile)
    }

    fn make_again(&self, row: u8, index: u64, expected: &Hash) -> Result<Levels, Error> {
        let mut hashes = Levels::default();
        let subtree = subtree(self.store, row, index, |hash| hashes.push(hash))?;
        if subtree.root() == *expected {
            keep(self.store, row, index, hashes.leaves().to_vec());
            return Ok(hashes);
        }
        let (first, last) = (index * subtree.size(), (index + 1) * subtree.size() - 1);
        let problem = format!("records {first} to {last} are not those it was made of; see touchmark log verify");
        Err(Error::Tree { problem })
    }
}

impl Nodes for TreeNodes<'_> {
    type Error = Error;

    fn node(&self, level: u8, index: u64) -> Result<Hash, Error> {
        let missing = || Error::NoNode { level, index };
        let (row, within) = (level / HEIGHT, level % HEIGHT);
        let width = FULL >> within;
        let (tile, at) = (index / width, index % width);
        match self.edge(row, tile) {
            Some(edge) => edge.node(within, at).ok_or_else(missing),
            None if tile >= self.full_tiles(row) => Err(missing()),
            None => self.full(row, tile)?.node(within, at).map_err(|_| missing()),
        }
    }
}

/// Keeps a full tile for later readers. A tile that cannot be kept, because the log is open for reading or the disk is full, is made
/// again from the lines when it is needed.
pub(super) fn keep(store: &dyn Store, row: u8, index: u64, hashes: Vec<Hash>) {
    if let (Some(path), Ok(tile)) = (path(row, index), HashTile::new(hashes)) {
        drop(store.put(&path, &tile.encode()));
    }
}

/// The hash that stands for a full tile in the row above: of the stored tile as it is, or from the lines where there is none.
pub(super) fn unchecked_root(store: &dyn Store, row: u8, index: u64) -> Result<Hash, Error> {
    match stored(store, row, index) {
        Some(tile) => Ok(tile.root()),
        None => Ok(subtree(store, row, index, |_| {})?.root()),
    }
}

/// Gives the leaf hashes of records `from` to `to`, `to` not among them, in order.
pub(super) fn leaves(store: &dyn Store, from: u64, to: u64, mut give: impl FnMut(Hash)) -> Result<(), Error> {
    let mut next = from;
    let mut damage = None;
    if from < to {
        store.blocks(from, &mut |first, block| {
            let wanted = usize::try_from(to - next).unwrap_or(usize::MAX);
            let lines: Vec<&[u8]> = lines_of(block).take(wanted).collect();
            let hashes: Vec<Result<Hash, Malformed>> =
                lines.par_iter().map(|line| Ok(Line::with_leaf(line)?.1)).collect();
            for (seq, hash) in (first..).zip(hashes) {
                match hash {
                    Ok(hash) => give(hash),
                    Err(source) => {
                        damage = Some(Error::Damaged { seq, source });
                        return ControlFlow::Break(());
                    }
                }
                next = seq + 1;
            }
            if next < to { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
    }
    match damage {
        Some(error) => Err(error),
        None if next < to => Err(Error::NoSuchRecord { seq: next, size: next }),
        None => Ok(()),
    }
}

/// The complete subtree that a full tile stands for, from the lines; `give` is told the tile's hashes.
fn subtree(store: &dyn Store, row: u8, index: u64, mut give: impl FnMut(Hash)) -> Result<Frontier, Error> {
    let size = 1_u64 << (u32::from(HEIGHT) * (u32::from(row) + 1));
    let mut frontier = Frontier::new();
    leaves(store, index * size, (index + 1) * size, |leaf| {
        frontier.push(leaf, |level, _, hash| {
            if level == HEIGHT * row {
                give(hash);
            }
        });
    })?;
    Ok(frontier)
}

fn stored(store: &dyn Store, row: u8, index: u64) -> Option<Levels> {
    let bytes = store.get(&path(row, index)?).ok()??;
    Some(HashTile::decode(&bytes, WIDTH).ok()?.hashes().iter().copied().collect())
}

fn path(row: u8, index: u64) -> Option<String> {
    Some(Tile::new(Content::Hashes { level: row }, index, WIDTH).ok()?.to_string())
}
