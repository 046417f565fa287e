//! Keys: who signs, with what, and where the secret lies.
//!
//! Gives the one interface through which anything is signed ([`Signer`]), keys kept in files ([`mod@file`]), certificate
//! chains and what is wrong with them ([`certificate`]), a certificate authority for development ([`development`]),
//! the keys of the log writer's MAC chain ([`mac`]), many signatures checked at once ([`batch`]), the vault's key in a file
//! ([`vault_key`]), and time-stamps by others ([`timestamp`]).
//! A key may live elsewhere ([`place`]): the edges open it ([`Keyring`]), to sign or to wrap other keys ([`Wrapper`]).
//!
//! Leaves out: COSE and C2PA (room `manifest`), the log's note format (room `ledger`), trust lists and
//! revocation. Nothing here reads a clock, and keys are made from randomness that is handed in; only AWS-LC draws its own, for
//! the nonce of an ECDSA signature.

use std::fmt::Debug;

use p256::ecdsa::signature::Verifier as _;

mod age;
mod armour;
pub mod batch;
pub mod certificate;
mod conformance;
pub mod development;
mod error;
pub mod file;
mod keyring;
pub mod mac;
pub mod place;
mod secret_file;
pub mod timestamp;
pub mod vault_key;
pub mod wrapping;

pub use conformance::conformance;
pub use error::Error;
pub use keyring::{Certified, FilesOnly, Keyring};
pub use wrapping::Wrapper;

/// A signature algorithm, with the form of its keys and signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// Ed25519 (RFC 8032). Public key: 32 bytes. Signature: 64 bytes.
    Ed25519,
    /// ECDSA on P-256 with SHA-256 (RFC 7518, section 3.4). Public key: SEC1 uncompressed, 65 bytes. Signature: r ‖ s as
    /// in IEEE P1363, 64 bytes.
    Es256,
}

/// Something that signs with one private key.
///
/// The contract, which [`conformance`] checks:
/// - The key never changes during the life of the value: the first three methods always give the same answer.
/// - [`sign`](Self::sign) takes the message itself, of any length, also empty. The caller does not hash it; the signer
///   hashes it as its algorithm says. The signature has the form that [`Algorithm`] names, never DER.
/// - The public key verifies the signature, and is the key in the first certificate if there is one.
/// - A failed call has no effect and may be repeated. Whether to repeat it is the caller's decision: a signer does not
///   try again by itself, but it may block (a token, a remote key service).
/// - No signer knows what it signs. It fetches no time-stamp and builds no COSE structure.
pub trait Signer: Send + Sync + Debug {
    /// The algorithm of the key.
    fn algorithm(&self) -> Algorithm;

    /// The raw public key, in the form that [`Algorithm`] names.
    fn public_key(&self) -> &[u8];

    /// The certificate chain in DER: the signer's own first, then its issuer and so on, the root left out (C2PA 2.4,
    /// section 14.5). Empty for a key without certificates, as the log's keys are.
    fn certificates(&self) -> &[Vec<u8>] {
        &[]
    }

    /// Signs `message`.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error>;

    /// Whether the secret is in this process and [`Self::public_key`] was computed from it. Of any other it is found out only by checking
    /// a signature whether both belong together.
    fn is_whole(&self) -> bool {
        false
    }
}

/// Whether `signature` over `message` is by the holder of `public_key`, both in the form that [`Algorithm`] names.
///
/// A signature of a wrong length is a "no"; a public key that is none is an error. Ed25519 is verified strictly: a small
/// order key or point is refused, so that one signature cannot fit two messages.
pub fn verify(algorithm: Algorithm, public_key: &[u8], message: &[u8], signature: &[u8]) -> Result<bool, Error> {
    let unusable = || Error::PublicKey { algorithm, length: public_key.len() };
    match algorithm {
        Algorithm::Ed25519 => {
            let bytes = public_key.try_into().map_err(|_| unusable())?;
            let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_| unusable())?;
            let signature = ed25519_dalek::Signature::from_slice(signature);
            Ok(signature.is_ok_and(|signature| key.verify_strict(message, &signature).is_ok()))
        }
        Algorithm::Es256 => {
            let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(public_key).map_err(|_| unusable())?;
            let signature = p256::ecdsa::Signature::from_slice(signature);
            Ok(signature.is_ok_and(|signature| key.verify(message, &signature).is_ok()))
        }
    }
}

/// The algorithm and the raw public key in a `SubjectPublicKeyInfo` (DER), as key services give it. `None` where it is of no kind that
/// signs here.
pub fn public_key_of(info: &[u8]) -> Option<(Algorithm, Vec<u8>)> {
    use p256::pkcs8::DecodePublicKey as _;
    if let Ok(key) = p256::PublicKey::from_public_key_der(info) {
        use p256::elliptic_curve::sec1::ToEncodedPoint as _;
        return Some((Algorithm::Es256, key.to_encoded_point(false).as_bytes().to_vec()));
    }
    let key = ed25519_dalek::VerifyingKey::from_public_key_der(info).ok()?;
    Some((Algorithm::Ed25519, key.to_bytes().to_vec()))
}

/// An ECDSA signature on P-256 in DER, in the form that [`Algorithm::Es256`] names. `None` where it is none.
pub fn es256_from_der(signature: &[u8]) -> Option<Vec<u8>> {
    Some(p256::ecdsa::Signature::from_der(signature).ok()?.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8032, section 7.1, test 2.
    const ED25519: [&str; 3] = [
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ];

    fn bytes(text: &str) -> Vec<u8> {
        hex::decode(text).expect("hexadecimal digits in a test")
    }

    #[test]
    fn a_published_signature_verifies_and_another_message_does_not() {
        let [key, message, signature] = ED25519.map(bytes);
        assert!(verify(Algorithm::Ed25519, &key, &message, &signature).expect("a key"));
        assert!(!verify(Algorithm::Ed25519, &key, b"r!", &signature).expect("a key"));
    }

    #[test]
    fn a_signature_of_the_wrong_length_is_a_no() {
        let [key, message, signature] = ED25519.map(bytes);
        for wrong in [&signature[..63], &[], &[signature.as_slice(), &[0]].concat()] {
            assert!(!verify(Algorithm::Ed25519, &key, &message, wrong).expect("a key"));
        }
    }

    #[test]
    fn the_neutral_point_signs_for_nobody() {
        let mut neutral = [0; 32];
        neutral[0] = 1;
        let mut forged = [0; 64];
        forged[0] = 1;
        assert!(!verify(Algorithm::Ed25519, &neutral, b"anything", &forged).expect("a point on the curve"));
    }

    #[test]
    fn bytes_that_are_no_key_are_an_error() {
        for algorithm in [Algorithm::Ed25519, Algorithm::Es256] {
            let error = verify(algorithm, b"short", b"", &[0; 64]).expect_err("no key");
            assert_eq!(error.to_string(), format!("these 5 bytes are no public key for {algorithm:?}"));
        }
    }
}
