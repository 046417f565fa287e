//! The formats of transparency logs: what is accepted is written again byte for byte.

use std::sync::OnceLock;

use ed25519_dalek::SigningKey;
use touchmark_core::merkle::leaf_hash;
use touchmark_core::tlog::bundle as entries;
use touchmark_core::tlog::checkpoint::{Checkpoint, SignedCheckpoint};
use touchmark_core::tlog::consistency::Consistency;
use touchmark_core::tlog::cosignature as cosigned;
use touchmark_core::tlog::note::{Note, SignatureType, VerifierKey, parse_signatures, read_keys, write_keys};
use touchmark_core::tlog::proof::Proof;
use touchmark_core::tlog::tile::{HashTile, Tile};

/// Keys whose owner signed nothing that is in the seeds.
pub(crate) fn strangers() -> [VerifierKey; 2] {
    static KEYS: OnceLock<[VerifierKey; 2]> = OnceLock::new();
    let make = || {
        let public = SigningKey::from_bytes(&[3; 32]).verifying_key();
        [("fuzz.example/log", SignatureType::Ed25519), ("fuzz.example/witness", SignatureType::Cosignature)]
            .map(|(name, kind)| VerifierKey::new(name, kind, public).expect("a name"))
    };
    KEYS.get_or_init(make).clone()
}

pub(crate) fn note(bytes: &[u8]) {
    let Ok(note) = Note::parse(bytes) else { return };
    assert_eq!(note.to_string().as_bytes(), bytes);
    assert!(note.verify(&[]).is_err());
    assert!(note.verify(&strangers()).is_err());
}

pub(crate) fn checkpoint(bytes: &[u8]) {
    if let Ok(signed) = SignedCheckpoint::parse(bytes) {
        assert_eq!(signed.to_string().as_bytes(), bytes);
        assert!(signed.verify(&strangers()).is_err());
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        assert_eq!(checkpoint.to_string(), text);
    }
}

pub(crate) fn proof(bytes: &[u8]) {
    let Ok(proof) = Proof::parse(bytes) else { return };
    assert_eq!(proof.to_string().as_bytes(), bytes);
    assert!(proof.verify(&leaf_hash(bytes), &strangers()).is_err());
}

/// What a witness is sent.
pub(crate) fn consistency(bytes: &[u8]) {
    let Ok(request) = Consistency::parse(bytes) else { return };
    assert_eq!(request.to_string().as_bytes(), bytes);
    let kept = request.checkpoint().unverified().clone();
    assert!(request.verify(&kept, &strangers()).is_err());
}

pub(crate) fn cosignature(bytes: &[u8]) {
    if let Some((time, signature)) = cosigned::decode(bytes) {
        assert_eq!(cosigned::encode(time, &signature), bytes);
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(signatures) = parse_signatures(text) {
        let again: Vec<String> = signatures.iter().map(ToString::to_string).collect();
        assert_eq!(again.join("\n") + "\n", text);
    }
}

pub(crate) fn key(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(key) = text.parse::<VerifierKey>() {
        assert_eq!(key.to_string(), text);
    }
    if let Ok(keys) = read_keys(text) {
        let again = read_keys(&write_keys(&keys)).expect("what was read can be written");
        assert_eq!(again, keys, "keys are read again as they were written");
    }
}

pub(crate) fn tile(bytes: &[u8]) {
    let Some((width, rest)) = bytes.split_first() else { return };
    let width = u16::from(*width) + 1;
    let Ok(tile) = HashTile::decode(rest, width) else { return };
    assert_eq!(tile.encode(), rest);
    assert!(tile.node(0, 1).is_some());
    for (first, count) in [(0, width), (width, 1), (u16::MAX, u16::MAX), (0, 0), (0, 256)] {
        let _ = tile.node(first, count);
    }
}

pub(crate) fn tile_path(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(tile) = text.parse::<Tile>() {
        assert_eq!(tile.to_string(), text);
        assert_eq!(tile.full().width(), 256);
    }
}

pub(crate) fn bundle(bytes: &[u8]) {
    let Some((width, rest)) = bytes.split_first() else { return };
    let Ok(read) = entries::decode(rest, u16::from(*width) + 1) else { return };
    let mut again = Vec::new();
    for entry in read {
        entries::append(&mut again, entry).expect("it was read");
    }
    assert_eq!(again, rest);
}
