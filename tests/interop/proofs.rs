//! Our trees and proofs against a second implementation of RFC 6962, the crate `ct-merkle`.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use sha2_next::Sha256;
use touchmark_core::hash::Hash;
use touchmark_core::merkle::{self, Levels};

type Theirs = MemoryBackedTree<Sha256, Vec<u8>>;

fn entry(n: u64) -> Vec<u8> {
    n.to_be_bytes().to_vec()
}

fn trees(size: u64) -> (Levels, Theirs) {
    let mut theirs = Theirs::new();
    for n in 0..size {
        theirs.push(entry(n));
    }
    ((0..size).map(|n| merkle::leaf_hash(&entry(n))).collect(), theirs)
}

fn their_root(hash: &Hash, size: u64) -> RootHash<Sha256> {
    RootHash::new((*hash.as_bytes()).into(), size)
}

fn bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()
}

fn our_hashes(bytes: &[u8]) -> Vec<Hash> {
    bytes.as_chunks::<32>().0.iter().copied().map(Hash::from_bytes).collect()
}

#[test]
fn both_have_the_same_roots_and_inclusion_proofs() {
    for size in [1, 2, 3, 5, 8, 31, 64, 100, 257] {
        let (ours, theirs) = trees(size);
        let root = merkle::root(size, &ours).expect("complete");
        assert_eq!(theirs.root().as_bytes().as_slice(), root.as_bytes(), "{size}");
        for index in 0..size {
            let proof = merkle::inclusion_proof(index, size, &ours).expect("in range");
            let made = theirs.prove_inclusion(usize::try_from(index).expect("small"));
            assert_eq!(bytes(&proof), made.as_bytes(), "{index} of {size}");
            let ours_for_them = InclusionProof::try_from_bytes(bytes(&proof)).expect("whole hashes");
            let their_root = their_root(&root, size);
            their_root.verify_inclusion(&entry(index), index, &ours_for_them).expect("our proof, their check");
            assert!(their_root.verify_inclusion(&entry(index + 1), index, &ours_for_them).is_err());
            let leaf = merkle::leaf_hash(&entry(index));
            let theirs_for_us = our_hashes(made.as_bytes());
            assert_eq!(merkle::verify_inclusion(&leaf, index, size, &theirs_for_us, &root), Ok(()));
        }
    }
}

#[test]
fn both_have_the_same_consistency_proofs_and_refuse_the_same_forks() {
    let (largest, _) = trees(130);
    let root = |size| merkle::root(size, &largest).expect("complete");
    for size in [2, 3, 7, 8, 33, 64, 100, 130] {
        let (_, theirs) = trees(size);
        for old in 1..size {
            let proof = merkle::consistency_proof(old, size, &largest).expect("in range");
            let made = theirs.prove_consistency(usize::try_from(size - old).expect("small"));
            assert_eq!(bytes(&proof), made.as_bytes(), "{old} to {size}");
            let (old_root, new_root) = (their_root(&root(old), old), their_root(&root(size), size));
            let ours_for_them = ConsistencyProof::try_from_bytes(bytes(&proof)).expect("whole hashes");
            new_root.verify_consistency(&old_root, &ours_for_them).expect("our proof, their check");
            let theirs_for_us = our_hashes(made.as_bytes());
            assert_eq!(merkle::verify_consistency(old, &root(old), size, &root(size), &theirs_for_us), Ok(()));

            let forked = merkle::leaf_hash(b"another past");
            assert!(new_root.verify_consistency(&their_root(&forked, old), &ours_for_them).is_err());
            assert!(merkle::verify_consistency(old, &forked, size, &root(size), &proof).is_err());
        }
    }
}
