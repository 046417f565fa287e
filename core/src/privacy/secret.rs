//! What seeds and commitment keys have in common: 32 secret bytes with a text form and a way to derive others from them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hkdf::Hkdf;
use rand_core::CryptoRngCore;
use sha2::Sha256;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::Error;

/// The length of 32 bytes in base64url without padding.
const LONGEST_TEXT: usize = 43;

/// 32 secret bytes. Zeroised on drop; no Debug, so that none can be derived by accident.
#[derive(ZeroizeOnDrop)]
pub(super) struct Secret([u8; 32]);

impl Secret {
    pub(super) fn generate(rng: &mut impl CryptoRngCore) -> Self {
        let mut secret = Self([0; 32]);
        rng.fill_bytes(&mut secret.0);
        secret
    }

    pub(super) const fn new(bytes: &[u8; 32]) -> Self {
        Self(*bytes)
    }

    pub(super) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(super) fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(self.0))
    }

    pub(super) fn parse(text: &str, what: &'static str) -> Result<Self, Error> {
        let mut secret = Self([0; 32]);
        parse_into(text, &mut secret.0, what)?;
        Ok(secret)
    }

    /// HKDF-SHA256 without salt; the info is every part with its length in front (8 bytes, big-endian), so that no two
    /// lists of parts give the same bytes.
    pub(super) fn derive(&self, parts: &[&[u8]], output: &mut [u8]) {
        Source::of(self).derive(parts, output);
    }

    pub(super) fn derive_secret(&self, parts: &[&[u8]]) -> Self {
        let mut secret = Self([0; 32]);
        self.derive(parts, &mut secret.0);
        secret
    }
}

/// A secret from which several values are derived: what they have in common is computed once. Short-lived: it is not zeroised.
pub(super) struct Source(Hkdf<Sha256>);

impl Source {
    pub(super) fn of(secret: &Secret) -> Self {
        Self(Hkdf::new(None, &secret.0))
    }

    /// As [`Secret::derive`].
    pub(super) fn derive(&self, parts: &[&[u8]], output: &mut [u8]) {
        let lengths: Vec<[u8; 8]> = parts.iter().map(|part| (part.len() as u64).to_be_bytes()).collect();
        let info: Vec<&[u8]> = lengths.iter().zip(parts).flat_map(|(length, part)| [length.as_slice(), part]).collect();
        self.0
            .expand_multi_info(&info, output)
            .expect("at most 32 bytes are asked for, within what HKDF-SHA256 can give");
    }
}

/// Strict base64url without padding: one value has one text.
pub(super) fn parse_into(text: &str, bytes: &mut [u8], what: &'static str) -> Result<(), Error> {
    let refused = Error::Secret { what, bytes: bytes.len() };
    if text.len() > LONGEST_TEXT {
        return Err(refused);
    }
    match URL_SAFE_NO_PAD.decode(text).map(Zeroizing::new) {
        Ok(decoded) if decoded.len() == bytes.len() => bytes.copy_from_slice(&decoded),
        _ => return Err(refused),
    }
    Ok(())
}
