//! Tree nodes out of tiles.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::fmt;

use super::super::Error;
use super::{Content, HEIGHT, HashTile, Tile};
use crate::hash::Hash;
use crate::merkle::Nodes;

/// Where a tree node is: the hashes of one tile that it is computed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodePlace {
    /// The level of the tile.
    pub tile_level: u8,
    /// The index of the tile within its level.
    pub tile_index: u64,
    /// The first of its hashes, 0 to 255.
    pub first: u16,
    /// The number of hashes: a power of two, 1 to 128.
    pub count: u16,
}

impl NodePlace {
    /// The place of the tree node `(level, index)`, or `None` if no tree is so large.
    pub fn of(level: u8, index: u64) -> Option<Self> {
        let tile_level = level / HEIGHT;
        let height = level % HEIGHT;
        let count = 1_u16.checked_shl(u32::from(height))?;
        let first = index.checked_mul(u64::from(count))?;
        let [.., inside_tile] = first.to_be_bytes();
        Some(Self { tile_level, tile_index: first >> HEIGHT, first: u16::from(inside_tile), count })
    }
}

/// A tree of `size` leaves, read from tiles through a function: [`Nodes`] for roots and proofs.
///
/// The function gets the tile as it is in a tree of that size, perhaps partial. It may read the full one instead
/// ([`Tile::full`]), and is the place to cache tiles: a proof asks for one several times. Its error type takes this
/// room's [`Error`] as well, for nodes that no tile has.
pub struct TileNodes<F> {
    size: u64,
    read: F,
}

impl<F, E> TileNodes<F>
where
    F: Fn(&Tile) -> Result<HashTile, E>,
    E: std::error::Error + From<Error> + 'static,
{
    /// The tree of the first `size` leaves.
    pub fn new(size: u64, read: F) -> Self {
        Self { size, read }
    }
}

impl<F, E> Nodes for TileNodes<F>
where
    F: Fn(&Tile) -> Result<HashTile, E>,
    E: std::error::Error + From<Error> + 'static,
{
    type Error = E;

    fn node(&self, level: u8, index: u64) -> Result<Hash, E> {
        let missing = || Error::NoSuchNode { level, index, size: self.size };
        let place = NodePlace::of(level, index).ok_or_else(missing)?;
        let content = Content::Hashes { level: place.tile_level };
        let tile = Tile::in_tree(content, place.tile_index, self.size).ok_or_else(missing)?;
        let node = (self.read)(&tile)?.node(place.first, place.count);
        Ok(node.ok_or_else(missing)?)
    }
}

impl<F> fmt::Debug for TileNodes<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TileNodes").field("size", &self.size).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::super::WIDTH;
    use super::*;
    use crate::merkle::{Frontier, Levels, consistency_proof, inclusion_proof, leaf_hash, root};

    #[test]
    fn a_node_has_one_place() {
        let place = |tile_level, tile_index, first, count| Some(NodePlace { tile_level, tile_index, first, count });
        assert_eq!(NodePlace::of(0, 300), place(0, 1, 44, 1));
        assert_eq!(NodePlace::of(7, 3), place(0, 1, 128, 128));
        assert_eq!(NodePlace::of(8, 3), place(1, 0, 3, 1));
        assert_eq!(NodePlace::of(63, 0), place(7, 0, 0, 128));
        assert_eq!(NodePlace::of(7, u64::MAX), None);
    }

    #[test]
    fn roots_and_proofs_from_tiles_are_those_of_the_whole_tree() {
        const SIZE: u64 = 66_000;
        let mut tree = Levels::default();
        let mut stored: HashMap<(u8, u64), Vec<Hash>> = HashMap::new();
        let mut frontier = Frontier::new();
        for n in 0..SIZE {
            let leaf = leaf_hash(&n.to_be_bytes());
            tree.push(leaf);
            // A store keeps what the frontier reports at the levels that tiles have.
            frontier.push(leaf, |level, index, hash| {
                if level % HEIGHT == 0 {
                    stored.entry((level / HEIGHT, index / u64::from(WIDTH))).or_default().push(hash);
                }
            });
        }
        for size in [1, 2, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, SIZE] {
            let tiles = TileNodes::new(size, |tile: &Tile| {
                let Content::Hashes { level } = tile.content() else { panic!("{tile} was asked for") };
                let hashes = &stored[&(level, tile.index())][..usize::from(tile.width())];
                HashTile::new(hashes.to_vec())
            });
            assert_eq!(root(size, &tiles).expect("stored"), root(size, &tree).expect("in memory"));
            for index in [0, size / 2, size - 1] {
                let expected = inclusion_proof(index, size, &tree).expect("in memory");
                assert_eq!(inclusion_proof(index, size, &tiles).expect("stored"), expected, "{index} of {size}");
                let expected = consistency_proof(index, size, &tree).expect("in memory");
                assert_eq!(consistency_proof(index, size, &tiles).expect("stored"), expected, "{index} to {size}");
            }
        }
    }

    #[test]
    fn a_tile_that_is_too_narrow_is_an_error() {
        let tiles = TileNodes::new(5, |_: &Tile| HashTile::new(vec![leaf_hash(b"only one")]));
        assert!(tiles.node(0, 0).is_ok());
        assert!(matches!(tiles.node(0, 1), Err(Error::NoSuchNode { level: 0, index: 1, size: 5 })));
        assert!(matches!(tiles.node(0, 256), Err(Error::NoSuchNode { .. })));
        assert!(matches!(tiles.node(200, 0), Err(Error::NoSuchNode { .. })));
    }
}
