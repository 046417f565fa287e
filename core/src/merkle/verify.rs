//! Checking proofs with nothing but the sizes and the roots.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::path::{Path, Sibling};
use super::{empty_root, node_hash};
use crate::hash::Hash;

/// Why a proof does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Mismatch {
    /// The tree has no such leaf.
    #[error("leaf {index} is not in a tree of {size} leaves")]
    NoSuchLeaf {
        /// The index claimed, from 0.
        index: u64,
        /// The number of leaves claimed.
        size: u64,
    },
    /// A log cannot shrink.
    #[error("a tree of {old} leaves cannot be the past of one of {new} leaves")]
    OldAfterNew {
        /// The older size.
        old: u64,
        /// The newer size.
        new: u64,
    },
    /// The sizes ask for another number of hashes: something was dropped or added.
    #[error("the proof must have {expected} hashes, found {found}")]
    Length {
        /// The one number of hashes that these sizes allow.
        expected: usize,
        /// The number of hashes in the proof.
        found: usize,
    },
    /// The proof does not lead to the (newer) root.
    #[error("the proof leads to {computed}, not to the root {expected}")]
    Root {
        /// The root that was to be reached.
        expected: Hash,
        /// The root that the proof leads to.
        computed: Hash,
    },
    /// The consistency proof does not lead to the older root: the past was rewritten.
    #[error("the proof leads to {computed}, not to the older root {expected}")]
    OldRoot {
        /// The older root that was to be reached.
        expected: Hash,
        /// The root that the proof leads to.
        computed: Hash,
    },
}

/// Checks that `leaf` is at `index` in the tree of `size` leaves with this root (RFC 6962, section 2.1.1).
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> Result<(), Mismatch> {
    if index >= size {
        return Err(Mismatch::NoSuchLeaf { index, size });
    }
    let path = Path::from_leaf(index, size);
    same_length(path.clone().count(), proof.len())?;
    let computed = path.zip(proof).fold(*leaf, |below, (sibling, hash)| match sibling {
        Sibling::Left { .. } => node_hash(hash, &below),
        Sibling::Right { .. } => node_hash(&below, hash),
    });
    same_root(&computed, root)
}

/// Checks that the tree of `new_size` leaves begins with the tree of `old_size` leaves (RFC 6962, section 2.1.2).
///
/// The empty tree is the past of every tree, and each tree of itself; both with an empty proof.
pub fn verify_consistency(
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), Mismatch> {
    if old_size > new_size {
        return Err(Mismatch::OldAfterNew { old: old_size, new: new_size });
    }
    if new_size == 0 {
        same_root(&empty_root(), new_root)?;
    }
    if old_size == 0 {
        same_length(0, proof.len())?;
        return same_old_root(&empty_root(), old_root);
    }
    if old_size == new_size {
        same_length(0, proof.len())?;
        return same_root(old_root, new_root);
    }

    let path = Path::from_old_edge(old_size, new_size);
    // The old tree is itself a node of the new one: the proof then leaves out what the verifier has already.
    let old_is_complete = path.start().1 == 0;
    let siblings = path.clone().count();
    same_length(if old_is_complete { siblings } else { siblings.saturating_add(1) }, proof.len())?;
    let (start, hashes) = match proof.split_first() {
        Some((first, rest)) if !old_is_complete => (first, rest),
        _ => (old_root, proof),
    };

    let (mut old, mut new) = (*start, *start);
    for (sibling, hash) in path.zip(hashes) {
        match sibling {
            Sibling::Left { .. } => {
                old = node_hash(hash, &old);
                new = node_hash(hash, &new);
            }
            Sibling::Right { .. } => new = node_hash(&new, hash),
        }
    }
    same_old_root(&old, old_root)?;
    same_root(&new, new_root)
}

fn same_length(expected: usize, found: usize) -> Result<(), Mismatch> {
    if expected == found { Ok(()) } else { Err(Mismatch::Length { expected, found }) }
}

fn same_root(computed: &Hash, expected: &Hash) -> Result<(), Mismatch> {
    if computed == expected { Ok(()) } else { Err(Mismatch::Root { expected: *expected, computed: *computed }) }
}

fn same_old_root(computed: &Hash, expected: &Hash) -> Result<(), Mismatch> {
    if computed == expected { Ok(()) } else { Err(Mismatch::OldRoot { expected: *expected, computed: *computed }) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Levels, consistency_proof, inclusion_proof, leaf_hash, root};
    use super::*;

    fn tree(size: u64) -> Levels {
        (0..size).map(|index| leaf_hash(&index.to_be_bytes())).collect()
    }

    fn flipped(hash: &Hash, bit: u8) -> Hash {
        let mut bytes = *hash.as_bytes();
        bytes[usize::from(bit / 8)] ^= 1 << (bit % 8);
        Hash::from_bytes(bytes)
    }

    #[test]
    fn every_pair_of_sizes_up_to_64_is_consistent_and_no_other_root_is() {
        let tree = tree(64);
        let roots: Vec<Hash> = (0..=64).map(|size| root(size, &tree).expect("small")).collect();
        let stranger = leaf_hash(b"another log");
        for (new, new_root) in (0_u64..).zip(&roots) {
            for (old, old_root) in (0..=new).zip(&roots) {
                let proof = consistency_proof(old, new, &tree).expect("small");
                let check =
                    |old_root, new_root, proof: &[Hash]| verify_consistency(old, old_root, new, new_root, proof);
                assert_eq!(check(old_root, new_root, &proof), Ok(()), "{old} to {new}");
                assert!(check(&stranger, new_root, &proof).is_err(), "{old} to {new}, another past");
                if old > 0 {
                    assert!(check(old_root, &stranger, &proof).is_err(), "{old} to {new}, another present");
                }
                let longer = [proof.as_slice(), &[stranger]].concat();
                assert!(check(old_root, new_root, &longer).is_err(), "{old} to {new}, one hash more");
                for gap in 0..proof.len() {
                    let mut shorter = proof.clone();
                    shorter.remove(gap);
                    assert!(check(old_root, new_root, &shorter).is_err(), "{old} to {new}, without hash {gap}");
                    let mut other = proof.clone();
                    other[gap] = flipped(&other[gap], 7);
                    assert!(check(old_root, new_root, &other).is_err(), "{old} to {new}, hash {gap} changed");
                }
            }
        }
    }

    #[test]
    fn sizes_that_cannot_be_are_refused() {
        let (any, empty) = (leaf_hash(b"any"), empty_root());
        assert_eq!(verify_inclusion(&any, 0, 0, &[], &empty), Err(Mismatch::NoSuchLeaf { index: 0, size: 0 }));
        assert_eq!(verify_inclusion(&any, 5, 5, &[], &any), Err(Mismatch::NoSuchLeaf { index: 5, size: 5 }));
        assert_eq!(
            verify_inclusion(&any, u64::MAX - 1, u64::MAX, &[], &any),
            Err(Mismatch::Length { expected: 63, found: 0 })
        );
        assert_eq!(verify_consistency(2, &any, 1, &any, &[]), Err(Mismatch::OldAfterNew { old: 2, new: 1 }));
        assert!(matches!(verify_consistency(0, &any, 5, &any, &[]), Err(Mismatch::OldRoot { .. })));
        assert!(matches!(verify_consistency(0, &any, 0, &any, &[]), Err(Mismatch::Root { .. })));
        assert_eq!(verify_consistency(0, &empty, 5, &any, &[any]), Err(Mismatch::Length { expected: 0, found: 1 }));
    }

    proptest! {
        #[test]
        fn a_leaf_is_proven_at_its_place_and_nowhere_else(
            (size, index) in (1_u64..2000).prop_flat_map(|size| (Just(size), 0..size)),
            (bit, place, other) in (any::<u8>(), any::<prop::sample::Index>(), 0_u64..2100),
        ) {
            let tree = tree(size);
            let leaf = leaf_hash(&index.to_be_bytes());
            let root = root(size, &tree).expect("in range");
            let proof = inclusion_proof(index, size, &tree).expect("in range");
            prop_assert_eq!(verify_inclusion(&leaf, index, size, &proof, &root), Ok(()));

            prop_assert!(verify_inclusion(&flipped(&leaf, bit), index, size, &proof, &root).is_err());
            prop_assert!(verify_inclusion(&leaf, index, size, &proof, &flipped(&root, bit)).is_err());
            if other != index {
                prop_assert!(verify_inclusion(&leaf, other, size, &proof, &root).is_err());
            }
            let longer = [proof.as_slice(), &[leaf]].concat();
            prop_assert!(verify_inclusion(&leaf, index, size, &longer, &root).is_err());
            if !proof.is_empty() {
                let place = place.index(proof.len());
                let mut changed = proof.clone();
                changed[place] = flipped(&changed[place], bit);
                prop_assert!(verify_inclusion(&leaf, index, size, &changed, &root).is_err());
                let mut shorter = proof;
                shorter.remove(place);
                prop_assert!(verify_inclusion(&leaf, index, size, &shorter, &root).is_err());
            }
        }

        #[test]
        fn hostile_sizes_and_lengths_only_get_a_no(
            sizes in any::<(u64, u64)>(),
            length in 0_usize..70,
        ) {
            let any_hash = leaf_hash(b"any");
            let proof = vec![any_hash; length];
            prop_assert!(verify_inclusion(&any_hash, sizes.0, sizes.1, &proof, &any_hash).is_err());
            let forged = verify_consistency(sizes.0, &empty_root(), sizes.1, &any_hash, &proof);
            prop_assert!(forged.is_err() || sizes.0 == 0);
        }
    }
}
