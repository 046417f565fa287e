//! Our signing keys, in the form that the C2PA library asks for.

use std::sync::Arc;

use c2pa::SigningAlg;

use crate::keys::{Algorithm, Signer};

/// Room in the COSE structure beyond the certificates: protected header, signature, padding header. A time-stamp token needs more.
const FRAME: usize = 1024;

pub(super) struct Adapter {
    pub(super) key: Arc<dyn Signer>,
    /// Bytes to reserve for a time-stamp token.
    pub(super) token: usize,
}

impl c2pa::Signer for Adapter {
    fn sign(&self, data: &[u8]) -> c2pa::Result<Vec<u8>> {
        self.key.sign(data).map_err(|error| c2pa::Error::OtherError(Box::new(error)))
    }

    fn alg(&self) -> SigningAlg {
        match self.key.algorithm() {
            Algorithm::Es256 => SigningAlg::Es256,
            Algorithm::Ed25519 => SigningAlg::Ed25519,
        }
    }

    fn certs(&self) -> c2pa::Result<Vec<Vec<u8>>> {
        Ok(self.key.certificates().to_vec())
    }

    fn reserve_size(&self) -> usize {
        let certificates: usize = self.key.certificates().iter().map(Vec::len).sum();
        FRAME + certificates + self.token
    }
}
