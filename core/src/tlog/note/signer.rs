//! Who signs notes.

use std::error::Error;
use std::fmt;

use ed25519_dalek::{Signer, SigningKey};

use super::{SignatureType, VerifierKey};
use crate::tlog;

/// Holds, or reaches, one Ed25519 private key.
///
/// The key may live elsewhere, so `sign` may fail and may be slow. Whoever implements it retries what is worth
/// retrying. The caller checks every signature against [`verifier`](Self::verifier) before it leaves the process, but for one who
/// [is sure](Self::is_sure).
pub trait NoteSigner: Send + Sync {
    /// The name, type and public half of the key.
    fn verifier(&self) -> &VerifierKey;

    /// The Ed25519 signature of RFC 8032 over `message`, which is not hashed before.
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], Box<dyn Error + Send + Sync>>;

    /// Whether it is known without looking that [`Self::sign`] signs with the key of [`Self::verifier`]. To check a signature takes four
    /// times as long as to make it.
    fn is_sure(&self) -> bool {
        false
    }
}

/// A key in this process. It is wiped from memory when dropped.
pub struct LocalSigner {
    verifier: VerifierKey,
    key: SigningKey,
}

impl LocalSigner {
    /// The key under a name, for one type of signature.
    pub fn new(name: &str, signature_type: SignatureType, key: SigningKey) -> Result<Self, tlog::Error> {
        Ok(Self { verifier: VerifierKey::new(name, signature_type, key.verifying_key())?, key })
    }
}

impl NoteSigner for LocalSigner {
    fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], Box<dyn Error + Send + Sync>> {
        Ok(self.key.try_sign(message)?.to_bytes())
    }
}

impl fmt::Debug for LocalSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalSigner").field("verifier", &self.verifier).finish_non_exhaustive()
    }
}
