//! A small tree that keeps every complete node.

use super::{Frontier, Nodes};
use crate::hash::Hash;

/// Every complete node of a tree, in memory: 64 bytes a leaf. For a batch or an evidence pack; a log keeps its nodes
/// in tiles.
#[derive(Debug, Clone, Default)]
pub struct Levels {
    frontier: Frontier,
    levels: Vec<Vec<Hash>>,
}

/// The tree is too small to have this node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("node {index} at level {level} is not complete in this tree")]
pub struct MissingNode {
    /// The level, 0 for the leaves.
    pub level: u8,
    /// The index within the level, from 0.
    pub index: u64,
}

impl Levels {
    /// Adds a leaf hash at the right.
    pub fn push(&mut self, leaf: Hash) {
        let levels = &mut self.levels;
        self.frontier.push(leaf, |level, _, hash| {
            // Completed nodes come from the leaf upwards, so at most one new level is met.
            match levels.get_mut(usize::from(level)) {
                Some(nodes) => nodes.push(hash),
                None => levels.push(vec![hash]),
            }
        });
    }

    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// The root of the whole tree.
    pub fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// The leaf hashes.
    pub fn leaves(&self) -> &[Hash] {
        self.levels.first().map(Vec::as_slice).unwrap_or_default()
    }
}

impl Nodes for Levels {
    type Error = MissingNode;

    fn node(&self, level: u8, index: u64) -> Result<Hash, MissingNode> {
        let nodes = self.levels.get(usize::from(level));
        let place = usize::try_from(index).ok();
        nodes.zip(place).and_then(|(nodes, place)| nodes.get(place)).copied().ok_or(MissingNode { level, index })
    }
}

impl Extend<Hash> for Levels {
    fn extend<I: IntoIterator<Item = Hash>>(&mut self, leaves: I) {
        leaves.into_iter().for_each(|leaf| self.push(leaf));
    }
}

impl FromIterator<Hash> for Levels {
    fn from_iter<I: IntoIterator<Item = Hash>>(leaves: I) -> Self {
        let mut tree = Self::default();
        tree.extend(leaves);
        tree
    }
}
