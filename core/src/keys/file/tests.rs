use rand_core::OsRng;

use super::*;
use crate::keys::conformance;
use crate::keys::development::DevelopmentCa;

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

#[test]
fn a_key_that_was_saved_is_the_key_that_is_loaded() {
    let directory = directory();
    let (log, claim) = (directory.path().join("log.key"), directory.path().join("claim.key"));
    let (first, second) = (Ed25519Key::generate(&mut OsRng), P256Key::generate(&mut OsRng));
    first.save(&log).expect("saved");
    second.save(&claim).expect("saved");
    assert_eq!(Ed25519Key::load(&log).expect("loaded").public_key(), first.public_key());
    assert_eq!(P256Key::load(&claim).expect("loaded").public_key(), second.public_key());
}

#[test]
fn both_signers_keep_the_contract() {
    let ca = DevelopmentCa::generate("North", "2026-01-01T00:00:00Z".parse().expect("a time"), &mut OsRng);
    conformance(&Ed25519Key::generate(&mut OsRng)).expect("conforms");
    conformance(&ca.expect("issued").into_signer().expect("joined")).expect("conforms");
}

#[test]
fn a_chain_issued_for_another_key_is_refused() {
    let now = "2026-01-01T00:00:00Z".parse().expect("a time");
    let ca = DevelopmentCa::generate("North", now, &mut OsRng).expect("issued");
    let chain = Chain::from_pem(ca.leaf_pem.as_bytes()).expect("a chain");
    let error = P256Key::generate(&mut OsRng).with_chain(chain).expect_err("another key").to_string();
    assert!(error.contains("North development signer"), "{error}");
}

#[test]
fn a_root_at_the_end_of_the_chain_is_left_out() {
    let now = "2026-01-01T00:00:00Z".parse().expect("a time");
    let ca = DevelopmentCa::generate("North", now, &mut OsRng).expect("issued");
    let whole = Chain::from_pem([ca.leaf_pem, ca.root_pem].concat().as_bytes()).expect("a chain");
    let signer = ca.leaf_key.with_chain(whole).expect("joined");
    assert_eq!(signer.certificates().len(), 1);
}

#[test]
fn printing_a_key_shows_its_public_half_only() {
    let key = Ed25519Key::new(ed25519_dalek::SigningKey::from_bytes(&[0xab; 32]));
    let shown = format!("{key:?} {:?}", P256Key::generate(&mut OsRng));
    assert!(shown.contains(&hex::encode(key.public_key())));
    assert!(!shown.contains("abababab") && !shown.contains("171, 171"), "{shown}");
}
