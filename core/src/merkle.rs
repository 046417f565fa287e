//! The pure mathematics of the Merkle trees of RFC 6962, section 2.1, with SHA-256.
//!
//! ```text
//!              root
//!            /      \
//!          n2        n1'        a tree of 6 leaves: the left part is always the largest
//!        /    \     /   \       complete subtree, and an odd leaf is never doubled
//!      n1     n1   4     5
//!     /  \   /  \
//!    0    1 2    3
//! ```
//!
//! It gives:
//! - the two hashes, [`leaf_hash`] and [`node_hash`], told apart by their first byte;
//! - a tree that grows, in a few hundred bytes: [`Frontier`]; a small tree kept whole: [`Levels`];
//! - roots and proofs from stored nodes, whoever stores them: [`Nodes`], [`root`], [`inclusion_proof`],
//!   [`consistency_proof`];
//! - the checks that need neither log nor store: [`verify_inclusion`], [`verify_consistency`].
//!
//! It leaves out tiles, signatures and text (`tlog` does those), and storage.
//!
//! A *node* `(level, index)` is always a complete subtree: the hash over the leaves from `index << level` up to, and
//! without, `(index + 1) << level`. Level 0 are the leaf hashes. The ragged right edge has no nodes of its own; it is
//! computed from complete ones.

mod frontier;
#[cfg(test)]
mod known_answers;
mod levels;
mod path;
mod prove;
mod verify;

pub use frontier::Frontier;
pub use levels::{Levels, MissingNode};
pub use prove::{Nodes, consistency_proof, inclusion_proof, root};
pub use verify::{Mismatch, verify_consistency, verify_inclusion};

use crate::hash::Hash;

/// Why a tree could not be read or a proof could not be made. `E` is the error of the store of nodes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error<E: std::error::Error + 'static = std::convert::Infallible> {
    /// A proof was asked for a leaf that the tree does not have.
    #[error("leaf {index} is not in a tree of {size} leaves")]
    NoSuchLeaf {
        /// The index asked for, from 0.
        index: u64,
        /// The number of leaves.
        size: u64,
    },
    /// A consistency proof was asked backwards.
    #[error("a tree of {old} leaves cannot be the past of one of {new} leaves")]
    OldAfterNew {
        /// The size said to be older.
        old: u64,
        /// The size said to be newer.
        new: u64,
    },
    /// A [`Frontier`] was given the wrong number of hashes for its size: one is needed for each bit set in the size.
    #[error("the right edge of a tree of {size} leaves has {expected} hashes, found {found}")]
    WrongEdge {
        /// The number of leaves.
        size: u64,
        /// The number of hashes that the size asks for.
        expected: u32,
        /// The number of hashes given.
        found: usize,
    },
    /// A [`Frontier`] was asked to continue a tree above [`Frontier::MAX_SIZE`].
    #[error("a tree of {size} leaves is too large to be continued")]
    TooLarge {
        /// The number of leaves.
        size: u64,
    },
    /// The store of nodes could not answer.
    #[error("a tree node could not be read")]
    Nodes(#[source] E),
}

/// The hash of a leaf: SHA-256 of `0x00` and the entry (RFC 6962, section 2.1).
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Hash::of_parts(&[&[0x00], entry])
}

/// The SHA-256 of an entry as it is, and [`leaf_hash`] of it: both in hardly more time than one takes.
pub fn hash_and_leaf(entry: &[u8]) -> (Hash, Hash) {
    let [hash, leaf] = Hash::of_two([[&[], entry], [&[0x00], entry]]);
    (hash, leaf)
}

/// The hash of an inner node: SHA-256 of `0x01` and the two hashes below it (RFC 6962, section 2.1).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Hash::of_parts(&[&[0x01], left.as_bytes(), right.as_bytes()])
}

/// The nodes above a row of nodes, of which there are an even number.
fn above(row: &[Hash]) -> Vec<Hash> {
    let (pairs, _) = row.as_chunks::<2>();
    let (twos, last) = pairs.as_chunks::<2>();
    let text = |[left, right]: &[Hash; 2]| {
        let mut text = [0x01; 65];
        text[1..33].copy_from_slice(left.as_bytes());
        text[33..].copy_from_slice(right.as_bytes());
        text
    };
    let both = |two: &[[Hash; 2]; 2]| Hash::of_two([[&[], &text(&two[0])], [&[], &text(&two[1])]]);
    twos.iter().flat_map(both).chain(last.iter().map(|[left, right]| node_hash(left, right))).collect()
}

/// The root of the complete tree over these leaf hashes, of which there are a power of two.
fn complete_root(leaves: &[Hash]) -> Hash {
    let mut row = leaves.to_vec();
    while row.len() > 1 {
        row = above(&row);
    }
    row.first().copied().unwrap_or_else(empty_root)
}

/// The root of the tree without leaves: SHA-256 of nothing.
pub fn empty_root() -> Hash {
    Hash::of(&[])
}

/// The root of the tree over these leaf hashes, which are read once and not kept.
pub fn root_of(leaves: impl IntoIterator<Item = Hash>) -> Hash {
    let mut frontier = Frontier::new();
    for leaf in leaves {
        frontier.push(leaf, |_, _, _| {});
    }
    frontier.root()
}
