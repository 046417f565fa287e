//! Every parser against bytes that nobody wrote for it: nothing panics, and what is accepted is written again byte for
//! byte, so that no two texts are one value.

use proptest::prelude::*;

use super::bundle;
use super::checkpoint::{Checkpoint, SignedCheckpoint};
use super::consistency::Consistency;
use super::note::{LocalSigner, Note, NoteSigner, SignatureType, VerifierKey};
use super::proof::Proof;
use super::tile::{HashTile, Tile};
use crate::merkle::{Levels, inclusion_proof, leaf_hash};

fn signer(name: &str, signature_type: SignatureType) -> LocalSigner {
    LocalSigner::new(name, signature_type, ed25519_dalek::SigningKey::from_bytes(&[3; 32])).expect("a name")
}

fn keys() -> [VerifierKey; 2] {
    let log = signer("example.com/log", SignatureType::Ed25519);
    let witness = signer("example.com/witness", SignatureType::Cosignature);
    [log.verifier().clone(), witness.verifier().clone()]
}

/// A proof with everything that the format has.
fn proof() -> Proof {
    let tree: Levels = (0_u8..11).map(|n| leaf_hash(&[n])).collect();
    let checkpoint = Checkpoint::new("example.com/log".to_owned(), tree.size(), tree.root())
        .and_then(|checkpoint| checkpoint.with_extension("more".to_owned()))
        .expect("a checkpoint");
    let mut signed = checkpoint.sign(&signer("example.com/log", SignatureType::Ed25519)).expect("it signs");
    signed.cosign(&signer("example.com/witness", SignatureType::Cosignature), 1_700_000_000).expect("it signs");
    let hashes = inclusion_proof(9, tree.size(), &tree).expect("in range");
    Proof::new(9, hashes, signed).and_then(|proof| proof.with_extra(b"extra".to_vec())).expect("short")
}

/// Whatever accepts the bytes gives them back.
fn accepted_is_exact(bytes: &[u8]) {
    let same = |text: String| assert_eq!(text.as_bytes(), bytes);
    if let Ok(note) = Note::parse(bytes) {
        same(note.to_string());
        assert!(note.verify(&[]).is_err());
    }
    if let Ok(checkpoint) = SignedCheckpoint::parse(bytes) {
        same(checkpoint.to_string());
    }
    if let Ok(proof) = Proof::parse(bytes) {
        same(proof.to_string());
    }
    if let Ok(proof) = Consistency::parse(bytes) {
        same(proof.to_string());
    }
    if let Ok(tile) = HashTile::decode(bytes, u16::try_from(bytes.len() / 32).unwrap_or(0)) {
        assert_eq!(tile.encode(), bytes);
    }
    for width in [1, 2, 256] {
        if let Ok(entries) = bundle::decode(bytes, width) {
            let mut again = Vec::new();
            for entry in entries {
                bundle::append(&mut again, entry).expect("it was read");
            }
            assert_eq!(again, bytes);
        }
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        same(checkpoint.to_string());
    }
    if let Ok(key) = text.parse::<VerifierKey>() {
        same(key.to_string());
    }
    if let Ok(tile) = text.parse::<Tile>() {
        same(tile.to_string());
    }
}

proptest! {
    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        accepted_is_exact(&bytes);
    }

    #[test]
    fn any_text_of_the_right_alphabet(text in "(— |tile/|x?[0-9]{3}/|\\.p/|index |extra |[0-9]{1,20}|[A-Za-z0-9+/]{4}|=|\n|\n\n| |[a-z.]){0,40}") {
        accepted_is_exact(text.as_bytes());
    }

    #[test]
    fn a_proof_with_one_change_is_refused_or_says_the_same(
        place in any::<prop::sample::Index>(),
        change in prop_oneof![Just(None), any::<u8>().prop_map(Some), Just(Some(b'\n')), Just(Some(b'='))],
        replace in any::<bool>(),
    ) {
        let original = proof();
        let mut bytes = original.to_string().into_bytes();
        let place = place.index(bytes.len());
        match change {
            None => { bytes.remove(place); }
            Some(byte) if replace => bytes[place] = byte,
            Some(byte) => bytes.insert(place, byte),
        }
        accepted_is_exact(&bytes);
        if let Ok(changed) = Proof::parse(&bytes)
            && let Ok(opened) = changed.verify(&leaf_hash(&[9]), &keys())
        {
            // Only the extra data and the name or id of a signature that then counts no more may differ.
            prop_assert_eq!(&opened.checkpoint, original.checkpoint().unverified());
            prop_assert_eq!(changed.index(), original.index());
            prop_assert_eq!(changed.hashes(), original.hashes());
            prop_assert!(opened.signed.iter().any(|one| one.key.name() == "example.com/log"));
        }
    }

    #[test]
    fn a_key_with_one_change_is_refused(place in any::<prop::sample::Index>(), byte in 0x20_u8..0x7f) {
        let [key, _] = keys();
        let mut bytes = key.to_string().into_bytes();
        let place = place.index(bytes.len());
        prop_assume!(bytes[place] != byte);
        bytes[place] = byte;
        let text = String::from_utf8(bytes).expect("ASCII");
        prop_assert!(text.parse::<VerifierKey>().is_err(), "{text}");
    }
}
