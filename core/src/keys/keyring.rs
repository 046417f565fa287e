//! The way to keys that are not in files, and to the passphrases of files: handed in by the edges.

use std::fmt::Debug;
use std::path::Path;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::certificate::Chain;
use super::place::Outside;
use super::{Algorithm, Error, Signer, Wrapper};

/// Opens what the library cannot: tokens, commands, sockets, the person at the terminal.
pub trait Keyring: Send + Sync + Debug {
    /// The key at `place`, which must be of that algorithm. It has no certificates of its own.
    fn signer(&self, place: &Outside, algorithm: Algorithm) -> Result<Arc<dyn Signer>, Error>;

    /// The key at `place`, for wrapping other keys.
    fn wrapper(&self, place: &Outside) -> Result<Arc<dyn Wrapper>, Error>;

    /// The passphrase of the key files. `path` is the one that needs it, for the question.
    fn passphrase(&self, path: &Path) -> Result<Zeroizing<String>, Error>;
}

/// Knows no place but files, and no passphrase.
#[derive(Debug, Clone, Copy, Default)]
pub struct FilesOnly;

impl Keyring for FilesOnly {
    fn signer(&self, place: &Outside, _: Algorithm) -> Result<Arc<dyn Signer>, Error> {
        Err(no_way(place))
    }

    fn wrapper(&self, place: &Outside) -> Result<Arc<dyn Wrapper>, Error> {
        Err(no_way(place))
    }

    fn passphrase(&self, path: &Path) -> Result<Zeroizing<String>, Error> {
        Err(Error::Passphrase { path: path.to_owned(), problem: "nobody here knows it".to_owned() })
    }
}

fn no_way(place: &Outside) -> Error {
    Error::outside(place, "this program reads keys from files alone")
}

/// Any signer, joined with the certificates that were issued for its key.
#[derive(Debug)]
pub struct Certified {
    signer: Arc<dyn Signer>,
    certificates: Vec<Vec<u8>>,
}

impl Certified {
    /// Joins them, if they belong together; a root at the end of the chain is left out. What else may be wrong with the chain,
    /// [`Chain::profile_problems`] tells.
    pub fn new(signer: Arc<dyn Signer>, chain: Chain) -> Result<Self, Error> {
        if chain.leaf_public_key() != signer.public_key() {
            return Err(Error::KeyMismatch { subject: chain.leaf_subject() });
        }
        Ok(Self { signer, certificates: chain.without_root().into_der() })
    }
}

impl Signer for Certified {
    fn algorithm(&self) -> Algorithm {
        self.signer.algorithm()
    }

    fn public_key(&self) -> &[u8] {
        self.signer.public_key()
    }

    fn certificates(&self) -> &[Vec<u8>] {
        &self.certificates
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        self.signer.sign(message)
    }
}
