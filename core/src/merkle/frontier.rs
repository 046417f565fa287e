//! The right edge of a growing tree.

use rayon::prelude::*;

use super::{Error, Nodes, empty_root, node_hash};
use crate::hash::Hash;

/// The right edge of a tree: the complete subtrees that its size is made of, one for each bit set, the largest first.
///
/// This is all that is needed to append and to know the root, and it never has more than 64 hashes. A log of any size
/// is opened by reading that many ([`Frontier::read`]).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    edge: Vec<Hash>,
}

impl Frontier {
    /// The largest tree that may be continued: 2^63 leaves. That leaves so much room below the end of `u64` that no
    /// process lives to reach it, and [`push`](Self::push) need not fail.
    pub const MAX_SIZE: u64 = 1 << 63;

    /// The empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// The tree of `size` leaves whose complete subtrees, the largest first, have these hashes.
    pub fn from_edge(size: u64, edge: Vec<Hash>) -> Result<Self, Error> {
        if size > Self::MAX_SIZE {
            return Err(Error::TooLarge { size });
        }
        let expected = size.count_ones();
        if usize::try_from(expected) != Ok(edge.len()) {
            return Err(Error::WrongEdge { size, expected, found: edge.len() });
        }
        Ok(Self { size, edge })
    }

    /// The tree of the first `size` leaves, read from where its nodes are kept.
    pub fn read<N: Nodes>(size: u64, nodes: &N) -> Result<Self, Error<N::Error>> {
        if size > Self::MAX_SIZE {
            return Err(Error::TooLarge { size });
        }
        let mut edge = Vec::new();
        let mut rest = size;
        while rest > 0 {
            let level = rest.trailing_zeros();
            // The subtree ends where the bits from this one up end.
            edge.push(nodes.node(u8::try_from(level).unwrap_or(u8::MAX), (rest >> level) - 1).map_err(Error::Nodes)?);
            rest &= rest - 1;
        }
        edge.reverse();
        Ok(Self { size, edge })
    }

    /// Adds a leaf hash at the right and returns its index.
    ///
    /// `completed(level, index, hash)` hears of every node that this leaf completes, the leaf itself first and then
    /// upwards: exactly the nodes that a store must keep.
    pub fn push(&mut self, leaf: Hash, completed: impl FnMut(u8, u64, Hash)) -> u64 {
        let index = self.size;
        self.push_subtree(0, leaf, completed);
        index
    }

    /// Adds leaf hashes at the right, as [`push`](Self::push) does one after the other. Of many, complete subtrees are hashed side by side.
    pub fn extend(&mut self, leaves: &[Hash]) {
        const HEIGHT: u8 = 8;
        const WIDTH: usize = 1 << HEIGHT;
        let within = usize::try_from(self.size % WIDTH as u64).unwrap_or(0);
        let lead = leaves.len().min((WIDTH - within) % WIDTH);
        let (lead, leaves) = leaves.split_at(lead);
        let (whole, rest) = leaves.split_at(leaves.len() - leaves.len() % WIDTH);
        for leaf in lead {
            self.push_subtree(0, *leaf, |_, _, _| {});
        }
        let roots: Vec<Hash> = whole.par_chunks(WIDTH).map(super::complete_root).collect();
        for root in roots {
            self.push_subtree(HEIGHT, root, |_, _, _| {});
        }
        for leaf in rest {
            self.push_subtree(0, *leaf, |_, _, _| {});
        }
    }

    /// Adds a complete subtree of 2^`level` leaves. The size must be a multiple of that.
    fn push_subtree(&mut self, mut level: u8, mut hash: Hash, mut completed: impl FnMut(u8, u64, Hash)) {
        let (index, size) = (self.size, self.size + (1 << level));
        completed(level, index >> level, hash);
        // Adding to the size carries through its ones from there on: each carry joins two subtrees of the same height.
        while (index >> level) & 1 == 1 {
            let Some(left) = self.edge.pop() else { break };
            hash = node_hash(&left, &hash);
            level += 1;
            completed(level, index >> level, hash);
        }
        self.edge.push(hash);
        self.size = size;
    }

    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The hashes of the complete subtrees, the largest first: what [`from_edge`](Self::from_edge) takes.
    pub fn edge(&self) -> &[Hash] {
        &self.edge
    }

    /// The root of the tree.
    pub fn root(&self) -> Hash {
        let joined = self.edge.iter().rev().copied().reduce(|right, left| node_hash(&left, &right));
        joined.unwrap_or_else(empty_root)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Levels, leaf_hash, root};
    use super::*;

    #[test]
    fn a_tree_continues_from_its_edge_as_if_it_had_never_been_closed() {
        let mut tree = Levels::default();
        for size in 0_u64..200 {
            let leaf = leaf_hash(&size.to_be_bytes());
            let mut reopened = Frontier::read(size, &tree).expect("in range");
            let given = Frontier::from_edge(size, reopened.edge().to_vec()).expect("right length");
            assert_eq!(given, reopened);
            tree.push(leaf);
            assert_eq!(reopened.push(leaf, |_, _, _| {}), size);
            assert_eq!(reopened.root(), tree.root(), "{size} leaves and one");
            assert_eq!(root(size + 1, &tree), Ok(tree.root()));
        }
    }

    #[test]
    fn many_leaves_at_once_give_the_tree_of_one_after_the_other() {
        let leaves: Vec<Hash> = (0_u64..1500).map(|number| leaf_hash(&number.to_be_bytes())).collect();
        for start in [0, 1, 255, 256, 300, 512] {
            for end in [start, start + 1, 511, 512, 513, 800, 1024, 1500].into_iter().filter(|end| *end >= start) {
                let (mut singly, mut together) = (Frontier::new(), Frontier::new());
                for leaf in &leaves[..end] {
                    singly.push(*leaf, |_, _, _| {});
                }
                for leaf in &leaves[..start] {
                    together.push(*leaf, |_, _, _| {});
                }
                together.extend(&leaves[start..end]);
                assert_eq!(together, singly, "from {start} to {end}");
            }
        }
    }

    #[test]
    fn each_complete_node_is_reported_once_and_in_order() {
        let mut frontier = Frontier::new();
        let mut reported = Vec::new();
        for n in 0_u8..8 {
            frontier.push(leaf_hash(&[n]), |level, index, _| {
                reported.push((level, index));
            });
        }
        let expected = [
            (0, 0),
            (0, 1),
            (1, 0),
            (0, 2),
            (0, 3),
            (1, 1),
            (2, 0),
            (0, 4),
            (0, 5),
            (1, 2),
            (0, 6),
            (0, 7),
            (1, 3),
            (2, 1),
            (3, 0),
        ];
        assert_eq!(reported, expected);
    }

    #[test]
    fn an_edge_that_does_not_fit_its_size_is_refused() {
        let any = leaf_hash(b"any");
        assert_eq!(Frontier::from_edge(5, vec![any]), Err(Error::WrongEdge { size: 5, expected: 2, found: 1 }));
        assert_eq!(Frontier::from_edge(u64::MAX, vec![any; 64]), Err(Error::TooLarge { size: u64::MAX }));
        assert!(Frontier::from_edge(Frontier::MAX_SIZE, vec![any]).is_ok());
        assert!(matches!(Frontier::read(u64::MAX, &Levels::default()), Err(Error::TooLarge { .. })));
    }
}
