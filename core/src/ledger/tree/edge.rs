//! The tile at the right edge of a row, which fills from the left.

use std::sync::{Arc, OnceLock};

use crate::hash::Hash;
use crate::tlog::tile::{HEIGHT, WIDTH};

/// Nodes of a full tile without its root: 256, 128, … and 2.
const NODES: usize = 2 * (WIDTH as usize) - 2;

/// The complete nodes of a tile, level by level, its own hashes first; without its root.
///
/// A node that is complete never changes. So clones share them, and each sees as many as there were when it was made: each commit makes
/// one for those who ask for proofs, and the tile goes on growing.
#[derive(Debug, Clone)]
pub(super) struct EdgeTile {
    nodes: Arc<[OnceLock<Hash>]>,
    /// By level.
    counts: [u16; HEIGHT as usize],
}

impl Default for EdgeTile {
    fn default() -> Self {
        Self { nodes: (0..NODES).map(|_| OnceLock::new()).collect(), counts: [0; HEIGHT as usize] }
    }
}

impl EdgeTile {
    /// Adds the next node of a level, where the tile has room for it.
    pub(super) fn push(&mut self, level: u8, hash: Hash) {
        let Some(count) = self.counts.get(usize::from(level)).copied() else { return };
        let place = place(level, count);
        if self.nodes.get(place).is_some_and(|node| node.set(hash).is_err()) {
            // A clone went on from here, and from now on each goes its own way.
            self.nodes = self.copied(place, hash);
        }
        self.counts[usize::from(level)] = count + 1;
    }

    /// A node, if it is complete.
    pub(super) fn node(&self, level: u8, at: u64) -> Option<Hash> {
        let count = self.counts.get(usize::from(level))?;
        let at = u16::try_from(at).ok().filter(|at| at < count)?;
        self.nodes.get(place(level, at))?.get().copied()
    }

    /// Its own hashes.
    pub(super) fn hashes(&self) -> Vec<Hash> {
        (0..u64::from(self.counts[0])).filter_map(|at| self.node(0, at)).collect()
    }

    /// Its nodes, and one more.
    fn copied(&self, new: usize, hash: Hash) -> Arc<[OnceLock<Hash>]> {
        let mut nodes: Vec<OnceLock<Hash>> = (0..NODES).map(|_| OnceLock::new()).collect();
        for (level, count) in (0..).zip(self.counts) {
            for place in (0..count).map(|at| place(level, at)) {
                nodes[place].clone_from(&self.nodes[place]);
            }
        }
        nodes[new] = OnceLock::from(hash);
        nodes.into()
    }
}

/// Level by level: 256 places, then 128, and so on.
fn place(level: u8, at: u16) -> usize {
    let all = 2 * usize::from(WIDTH);
    let before = all - (all >> level);
    before + usize::from(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(number: u16) -> Hash {
        Hash::of(&number.to_be_bytes())
    }

    fn tile(hashes: impl IntoIterator<Item = u16>) -> EdgeTile {
        let mut tile = EdgeTile::default();
        hashes.into_iter().for_each(|number| tile.push(0, hash(number)));
        tile
    }

    #[test]
    fn a_clone_sees_what_there_was_and_the_tile_goes_on() {
        let mut tile = tile(0..3);
        let clone = tile.clone();
        tile.push(0, hash(3));
        assert_eq!((clone.hashes().len(), tile.hashes().len()), (3, 4));
        assert_eq!((clone.node(0, 3), tile.node(0, 3)), (None, Some(hash(3))));
    }

    #[test]
    fn clones_that_go_on_differently_do_not_disturb_each_other() {
        let mut one = tile(0..3);
        one.push(1, hash(100));
        let mut other = one.clone();
        one.push(0, hash(3));
        other.push(0, hash(4));
        one.push(0, hash(5));
        assert_eq!(one.hashes(), [0, 1, 2, 3, 5].map(hash));
        assert_eq!(other.hashes(), [0, 1, 2, 4].map(hash));
        assert_eq!((one.node(1, 0), other.node(1, 0)), (Some(hash(100)), Some(hash(100))));
    }

    #[test]
    fn a_full_tile_has_a_place_for_each_node_and_no_more() {
        let mut full = EdgeTile::default();
        for level in 0..HEIGHT {
            for at in 0..WIDTH >> level {
                full.push(level, hash(1000 * u16::from(level) + at));
            }
        }
        for level in 0..HEIGHT {
            for at in 0..WIDTH >> level {
                assert_eq!(full.node(level, at.into()), Some(hash(1000 * u16::from(level) + at)), "{level} {at}");
            }
            assert_eq!(full.node(level, u64::from(WIDTH >> level)), None);
        }
        assert_eq!(full.node(HEIGHT, 0), None);
    }
}
