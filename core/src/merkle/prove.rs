//! Roots and proofs from stored nodes: a few dozen reads, whatever the size of the log.

use super::path::{Path, Sibling};
use super::{Error, empty_root, node_hash};
use crate::hash::Hash;

/// Where the nodes of a tree are kept.
///
/// Only complete subtrees inside the size that the caller asks about are ever requested, so an implementation may
/// answer anything else with an error. Nodes are immutable: whoever caches one need never look again.
pub trait Nodes {
    /// Why a node could not be read.
    type Error: std::error::Error + 'static;

    /// The hash over the leaves from `index << level` up to, and without, `(index + 1) << level`.
    fn node(&self, level: u8, index: u64) -> Result<Hash, Self::Error>;
}

impl<N: Nodes + ?Sized> Nodes for &N {
    type Error = N::Error;

    fn node(&self, level: u8, index: u64) -> Result<Hash, Self::Error> {
        (**self).node(level, index)
    }
}

/// The root of the tree of the first `size` leaves.
pub fn root<N: Nodes>(size: u64, nodes: &N) -> Result<Hash, Error<N::Error>> {
    range_root(0, size, nodes)
}

/// The hashes that lead from leaf `index` to the root of the tree of `size` leaves, the leaf's sibling first
/// (RFC 6962, section 2.1.1).
pub fn inclusion_proof<N: Nodes>(index: u64, size: u64, nodes: &N) -> Result<Vec<Hash>, Error<N::Error>> {
    if index >= size {
        return Err(Error::NoSuchLeaf { index, size });
    }
    Path::from_leaf(index, size).map(|sibling| sibling_hash(sibling, size, nodes)).collect()
}

/// The hashes that show that the tree of `new` leaves begins with the tree of `old` leaves (RFC 6962, section 2.1.2).
///
/// Empty when `old` is 0 or equal to `new`: there is then nothing to prove.
pub fn consistency_proof<N: Nodes>(old: u64, new: u64, nodes: &N) -> Result<Vec<Hash>, Error<N::Error>> {
    if old > new {
        return Err(Error::OldAfterNew { old, new });
    }
    if old == 0 || old == new {
        return Ok(Vec::new());
    }
    let path = Path::from_old_edge(old, new);
    let (level, index) = path.start();
    let mut proof = Vec::new();
    if index > 0 {
        proof.push(nodes.node(level, index).map_err(Error::Nodes)?);
    }
    for sibling in path {
        proof.push(sibling_hash(sibling, new, nodes)?);
    }
    Ok(proof)
}

fn sibling_hash<N: Nodes>(sibling: Sibling, size: u64, nodes: &N) -> Result<Hash, Error<N::Error>> {
    match sibling {
        Sibling::Left { level, index } => nodes.node(level, index).map_err(Error::Nodes),
        Sibling::Right { level, index } => {
            let first = index << level;
            range_root(first, (size - first).min(1 << level), nodes)
        }
    }
}

/// The root over `count` leaves from `first` on, which is a multiple of a power of two that is not below `count`:
/// each bit of `count` is then one complete subtree, the largest first.
fn range_root<N: Nodes>(first: u64, count: u64, nodes: &N) -> Result<Hash, Error<N::Error>> {
    let mut end = first + count;
    let mut rest = count;
    let mut root = None;
    while rest > 0 {
        let level = rest.trailing_zeros();
        rest &= rest - 1;
        end -= 1 << level;
        let level = u8::try_from(level).unwrap_or(u8::MAX);
        let left = nodes.node(level, end >> level).map_err(Error::Nodes)?;
        root = Some(root.map_or(left, |right| node_hash(&left, &right)));
    }
    Ok(root.unwrap_or_else(empty_root))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::super::{Levels, MissingNode, leaf_hash, root_of};
    use super::*;

    #[test]
    fn the_root_from_nodes_is_the_root_from_leaves() {
        let leaves: Vec<Hash> = (0_u32..300).map(|n| leaf_hash(&n.to_be_bytes())).collect();
        let tree: Levels = leaves.iter().copied().collect();
        for size in 0..=leaves.len() {
            let expected = root_of(leaves.iter().copied().take(size));
            assert_eq!(root(size as u64, &tree), Ok(expected), "{size} leaves");
        }
    }

    #[test]
    fn what_the_tree_does_not_have_is_an_error() {
        let tree: Levels = (0_u8..5).map(|n| leaf_hash(&[n])).collect();
        assert_eq!(inclusion_proof(5, 5, &tree), Err(Error::NoSuchLeaf { index: 5, size: 5 }));
        assert_eq!(consistency_proof(5, 4, &tree), Err(Error::OldAfterNew { old: 5, new: 4 }));
        assert_eq!(root(6, &tree), Err(Error::Nodes(MissingNode { level: 1, index: 2 })));
    }

    #[test]
    fn a_proof_in_the_largest_tree_reads_few_nodes() {
        struct Counter(Cell<u32>);
        impl Nodes for Counter {
            type Error = std::convert::Infallible;
            fn node(&self, level: u8, index: u64) -> Result<Hash, Self::Error> {
                let past_end = (u128::from(index) + 1) << level;
                assert!(past_end <= u128::from(u64::MAX), "({level}, {index}) is not a complete node");
                self.0.set(self.0.get() + 1);
                Ok(Hash::of(&index.to_be_bytes()))
            }
        }
        let nodes = Counter(Cell::new(0));
        for index in [0, 1, 1 << 63, u64::MAX - 2, u64::MAX - 1] {
            assert!(inclusion_proof(index, u64::MAX, &nodes).expect("in range").len() <= 64);
        }
        for old in [1, 2, 1 << 63, u64::MAX - 1] {
            assert!(consistency_proof(old, u64::MAX, &nodes).expect("in range").len() <= 65);
        }
        assert!(nodes.0.get() < 9 * 130, "{} reads", nodes.0.get());
    }
}
