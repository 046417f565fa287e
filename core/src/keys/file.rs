//! Private keys in PKCS#8 PEM files (RFC 5958, RFC 8410), readable by their owner alone.
//!
//! [`Ed25519Key`] is for the log, [`P256Key`] for claims: it becomes a [`P256Signer`] when it is joined with the
//! certificates that were issued for it. No type here can be cloned, printed or serialised; the secret is zeroised when
//! the value is dropped. AWS-LC signs: it takes a third of the time of the Rust crates, which make the keys and read their files. Encrypted key files are refused: whoever needs more than file permissions uses a key service.

use std::fmt;
use std::path::Path;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use p256::pkcs8::{AlgorithmIdentifierRef, EncodePrivateKey as _, LineEnding, PrivateKeyInfo, SecretDocument};
use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use super::certificate::Chain;
use super::{Algorithm, Error, FilesOnly, Keyring, Signer, certificate, secret_file};

mod pkcs8;
mod protection;

use pkcs8::{EC_OID, ED25519_OID, KeyFile};
pub use protection::{change, check_passphrase, discard_earlier, is_protected, opens_with, protect, unprotect};
pub(super) use protection::{create, read};

/// The DER in front of an Ed25519 secret inside PKCS#8 (RFC 8410, section 7).
const OCTET_STRING_OF_32: [u8; 2] = [0x04, 0x20];

const AN_ED25519_KEY: &str = "an Ed25519 private key (PKCS#8 PEM)";
const A_P256_KEY: &str = "a P-256 private key (PKCS#8 PEM)";

/// An Ed25519 private key, as the log's writer uses it.
pub struct Ed25519Key {
    secret: ed25519_dalek::SigningKey,
    pair: Ed25519KeyPair,
    public: [u8; 32],
}

impl Ed25519Key {
    /// A new key.
    pub fn generate(rng: &mut impl CryptoRngCore) -> Self {
        Self::new(ed25519_dalek::SigningKey::generate(rng))
    }

    /// Reads a key that no passphrase is on. Refuses a file that others may open and any other content, with a sentence.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::load_with(path, &FilesOnly)
    }

    /// The same, with the passphrase that the keyring knows.
    pub fn load_with(path: impl AsRef<Path>, keyring: &dyn Keyring) -> Result<Self, Error> {
        let key = KeyFile { path: path.as_ref(), expected: AN_ED25519_KEY, keyring };
        let document = key.read(|info| info.algorithm.oid == ED25519_OID)?;
        let secret = document.decode_msg().ok().and_then(|info| ed25519_secret(&info));
        secret.map(Self::new).ok_or_else(|| key.refuse("a damaged one"))
    }

    /// Writes the key to a new file with mode 0600. Durable on return; never overwrites.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        secret_file::create(path.as_ref(), self.to_pem().as_bytes())
    }

    /// The same, under a passphrase if there is one.
    pub fn save_with(
        &self,
        path: impl AsRef<Path>,
        passphrase: Option<&str>,
        rng: &mut impl CryptoRngCore,
    ) -> Result<(), Error> {
        create(path.as_ref(), self.to_pem().as_bytes(), passphrase, rng)
    }

    fn to_pem(&self) -> Zeroizing<String> {
        // By hand: the library's own way leaves a copy of the secret in memory, and writes the public key beside it,
        // where OpenSSL writes the plain form.
        let algorithm = AlgorithmIdentifierRef { oid: ED25519_OID, parameters: None };
        let secret = Zeroizing::new([&OCTET_STRING_OF_32, self.secret.as_bytes().as_slice()].concat());
        SecretDocument::try_from(PrivateKeyInfo::new(algorithm, &secret))
            .and_then(|document| Ok(document.to_pem("PRIVATE KEY", LineEnding::LF)?))
            .expect("an Ed25519 key has a PKCS#8 form")
    }

    fn new(secret: ed25519_dalek::SigningKey) -> Self {
        let public = secret.verifying_key().to_bytes();
        let pair = Ed25519KeyPair::from_seed_and_public_key(secret.as_bytes(), &public);
        Self { pair: pair.expect("the public key is the secret's own"), secret, public }
    }
}

impl Signer for Ed25519Key {
    fn algorithm(&self) -> Algorithm {
        Algorithm::Ed25519
    }

    fn public_key(&self) -> &[u8] {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(self.pair.sign(message).as_ref().to_vec())
    }

    fn is_whole(&self) -> bool {
        true
    }
}

impl fmt::Debug for Ed25519Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ed25519Key").field("public", &hex::encode(self.public)).finish_non_exhaustive()
    }
}

/// A P-256 private key, not yet joined with its certificates.
pub struct P256Key {
    secret: p256::ecdsa::SigningKey,
    pair: EcdsaKeyPair,
    public: Vec<u8>,
}

impl P256Key {
    /// A new key.
    pub fn generate(rng: &mut impl CryptoRngCore) -> Self {
        Self::new(p256::ecdsa::SigningKey::random(rng))
    }

    /// Reads a key that no passphrase is on. Refuses a file that others may open and any other content, with a sentence.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::load_with(path, &FilesOnly)
    }

    /// The same, with the passphrase that the keyring knows.
    pub fn load_with(path: impl AsRef<Path>, keyring: &dyn Keyring) -> Result<Self, Error> {
        let key = KeyFile { path: path.as_ref(), expected: A_P256_KEY, keyring };
        let document = key.read(|info| info.algorithm.assert_oids(EC_OID, certificate::P256_OID).is_ok())?;
        let secret = document
            .decode_msg::<PrivateKeyInfo<'_>>()
            .ok()
            .and_then(|info| p256::SecretKey::try_from(info).ok())
            .ok_or_else(|| key.refuse("a damaged one"))?;
        Ok(Self::new(secret.into()))
    }

    /// Writes the key to a new file with mode 0600. Durable on return; never overwrites.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        secret_file::create(path.as_ref(), self.to_pem().as_bytes())
    }

    /// The public key, SEC1 uncompressed: what a certificate request carries.
    pub fn public_key(&self) -> &[u8] {
        &self.public
    }

    /// Joins the key with the certificates that were issued for it; a root at the end of the chain is left out.
    ///
    /// Checks only that key and first certificate belong together. What else may be wrong with the chain,
    /// [`Chain::profile_problems`] tells.
    pub fn with_chain(self, chain: Chain) -> Result<P256Signer, Error> {
        if chain.leaf_public_key() != self.public {
            return Err(Error::KeyMismatch { subject: chain.leaf_subject() });
        }
        Ok(P256Signer { key: self, certificates: chain.without_root().into_der() })
    }

    pub(super) fn as_ecdsa(&self) -> &p256::ecdsa::SigningKey {
        &self.secret
    }

    fn to_pem(&self) -> Zeroizing<String> {
        self.secret.to_pkcs8_pem(LineEnding::LF).expect("a P-256 key has a PKCS#8 form")
    }

    fn new(secret: p256::ecdsa::SigningKey) -> Self {
        let public = secret.verifying_key().to_encoded_point(false).as_bytes().to_vec();
        let bytes = Zeroizing::new(secret.to_bytes());
        let pair = EcdsaKeyPair::from_private_key_and_public_key(&ECDSA_P256_SHA256_FIXED_SIGNING, &bytes, &public);
        Self { pair: pair.expect("the public key is the secret's own"), secret, public }
    }
}

impl fmt::Debug for P256Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("P256Key").field("public", &hex::encode(&self.public)).finish_non_exhaustive()
    }
}

/// A P-256 key with the certificates issued for it: signs claims as ES256.
pub struct P256Signer {
    key: P256Key,
    certificates: Vec<Vec<u8>>,
}

impl P256Signer {
    /// Reads the key and the PEM chain, leaf first, and joins them as [`P256Key::with_chain`] does.
    pub fn load(key: impl AsRef<Path>, chain: impl AsRef<Path>) -> Result<Self, Error> {
        Self::load_with(key, chain, &FilesOnly)
    }

    /// The same, with the passphrase that the keyring knows.
    pub fn load_with(key: impl AsRef<Path>, chain: impl AsRef<Path>, keyring: &dyn Keyring) -> Result<Self, Error> {
        P256Key::load_with(key, keyring)?.with_chain(Chain::load(chain)?)
    }
}

impl Signer for P256Signer {
    fn algorithm(&self) -> Algorithm {
        Algorithm::Es256
    }

    fn public_key(&self) -> &[u8] {
        &self.key.public
    }

    fn certificates(&self) -> &[Vec<u8>] {
        &self.certificates
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let signature = self.key.pair.sign(&SystemRandom::new(), message).map_err(|_unspecified| Error::Sign {
            what: "no signature was made: the system gave no randomness for it".to_owned(),
            source: None,
        })?;
        Ok(signature.as_ref().to_vec())
    }
}

impl fmt::Debug for P256Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.certificates.len();
        f.debug_struct("P256Signer").field("key", &self.key).field("certificates", &count).finish()
    }
}

/// Gives the key file `new` the name of `path`, and erases the key that had it. Durable on return; another call finishes what was
/// interrupted.
pub fn put_in_place(new: impl AsRef<Path>, path: impl AsRef<Path>) -> Result<(), Error> {
    secret_file::supersede(new.as_ref(), path.as_ref())
}

/// Erases what an interrupted [`put_in_place`] left of the older key.
pub fn discard_replaced(path: impl AsRef<Path>, new: impl AsRef<Path>) -> Result<(), Error> {
    if new.as_ref().exists() { Ok(()) } else { secret_file::discard_superseded(path.as_ref()) }
}

/// A secret of one line, as a PIN is, from a file that only its owner can read. The end of the line does not belong to it.
pub fn read_line(path: impl AsRef<Path>) -> Result<Zeroizing<String>, Error> {
    let path = path.as_ref();
    let bytes = secret_file::read(path)?;
    let line = str::from_utf8(&bytes).ok().map(|text| text.strip_suffix('\n').unwrap_or(text));
    match line.map(|line| line.strip_suffix('\r').unwrap_or(line)) {
        Some(line) if !line.is_empty() && !line.contains(['\n', '\0']) => Ok(Zeroizing::new(line.to_owned())),
        _ => Err(Error::NotAKey {
            path: path.to_owned(),
            expected: "one line of text",
            found: "something else".to_owned(),
        }),
    }
}

/// Overwrites a secret with zeros and removes it. Where there is none, nothing is done.
pub fn erase(path: impl AsRef<Path>) -> Result<(), Error> {
    secret_file::erase(path.as_ref())
}

/// The key, unless a public key stands beside it that is not its own.
fn ed25519_secret(info: &PrivateKeyInfo<'_>) -> Option<ed25519_dalek::SigningKey> {
    let secret = info.private_key.strip_prefix(&OCTET_STRING_OF_32)?;
    let secret = ed25519_dalek::SigningKey::from_bytes(secret.try_into().ok()?);
    let agrees = info.public_key.is_none_or(|public| public == secret.verifying_key().as_bytes());
    agrees.then_some(secret)
}

#[cfg(test)]
mod tests;
