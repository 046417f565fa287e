//! What every [`Signer`] must pass, whoever wrote it.
//!
//! Not only for tests: a signer outside this process (a token, a key service) can be asked once at start-up, before the
//! first image depends on it.

use super::certificate::Chain;
use super::{Algorithm, Error, Signer, verify};

/// Checks that `signer` does what the contract of [`Signer`] says. Makes four signatures over harmless text.
///
/// A signer that cannot sign gives its own error, one that breaks the contract [`Error::SignerContract`].
pub fn conformance(signer: &dyn Signer) -> Result<(), Error> {
    public_key_has_its_form(signer)?;
    certificates_belong_to_the_key(signer)?;
    let long = vec![0x5a; 100_000];
    for message in [b"touchmark signer check".as_slice(), b"", &long] {
        signature_verifies(signer, message)?;
    }
    // The key of the fourth signature must still be the key of the first.
    signature_verifies(signer, b"touchmark signer check")
}

fn public_key_has_its_form(signer: &dyn Signer) -> Result<(), Error> {
    let (length, first) = match signer.algorithm() {
        Algorithm::Ed25519 => (32, None),
        Algorithm::Es256 => (65, Some(&4)),
    };
    let key = signer.public_key();
    let has_form = key.len() == length && (first.is_none() || key.first() == first);
    require(has_form, "the public key must have the form that the algorithm names")
}

fn certificates_belong_to_the_key(signer: &dyn Signer) -> Result<(), Error> {
    if signer.certificates().is_empty() {
        return Ok(());
    }
    let chain = Chain::from_der(signer.certificates().to_vec())?;
    require(chain.leaf_public_key() == signer.public_key(), "the first certificate must hold the signer's public key")?;
    require(!chain.ends_in_root(), "the root certificate must be left out of the chain")
}

fn signature_verifies(signer: &dyn Signer, message: &[u8]) -> Result<(), Error> {
    let signature = signer.sign(message)?;
    require(signature.len() == 64, "a signature must have 64 bytes (no DER)")?;
    let is_valid = verify(signer.algorithm(), signer.public_key(), message, &signature)?;
    require(is_valid, "the public key must verify the signature, and the message must not be hashed beforehand")
}

fn require(kept: bool, rule: &'static str) -> Result<(), Error> {
    if kept { Ok(()) } else { Err(Error::SignerContract { rule }) }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::Signer as _;
    use sha2::{Digest as _, Sha256};

    use super::*;

    /// Hashes the message before it signs, as a key service with a digest interface might.
    #[derive(Debug)]
    struct HashesFirst(ed25519_dalek::SigningKey, ed25519_dalek::VerifyingKey);

    impl Signer for HashesFirst {
        fn algorithm(&self) -> Algorithm {
            Algorithm::Ed25519
        }

        fn public_key(&self) -> &[u8] {
            self.1.as_bytes()
        }

        fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
            Ok(self.0.sign(&Sha256::digest(message)).to_vec())
        }
    }

    #[test]
    fn a_signer_that_hashes_for_itself_once_too_often_is_found() {
        let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
        let signer = HashesFirst(key.clone(), key.verifying_key());
        let error = conformance(&signer).expect_err("another message was signed");
        assert!(error.to_string().contains("must not be hashed"), "{error}");
    }
}
