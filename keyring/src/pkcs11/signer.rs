//! A key in a token that signs.

use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::object::ObjectClass;
use sha2::{Digest as _, Sha256};
use touchmark_core::keys::place::{Outside, Pkcs11};
use touchmark_core::keys::{self, Algorithm, Error, Signer};

use super::token::{PublicKey, TokenKey};

/// How tokens name P-256: its OID.
const P256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

/// How tokens name Ed25519: "edwards25519" as PKCS#11 has it, the OID of RFC 8410, or the older one.
const ED25519: [&[u8]; 3] =
    [b"\x13\x0cedwards25519", &[0x06, 0x03, 0x2b, 0x65, 0x70], b"\x06\x09\x2b\x06\x01\x04\x01\xda\x47\x0f\x01"];

/// A signing key in a token.
#[derive(Debug)]
pub(crate) struct TokenSigner {
    place: Outside,
    key: TokenKey,
    algorithm: Algorithm,
    public_key: Vec<u8>,
}

impl TokenSigner {
    /// Opens the token and finds the key, which must be of that algorithm.
    pub(crate) fn open(place: &Outside, token: &Pkcs11, algorithm: Algorithm) -> Result<Self, Error> {
        let failed = |problem: String| Error::outside(place, problem);
        let key = TokenKey::find(token, ObjectClass::PRIVATE_KEY).map_err(failed)?;
        let public = key.public().ok_or_else(|| {
            failed("the token has no public key beside the private one, or it is of no elliptic curve".to_owned())
        })?;
        let public_key = raw(public, algorithm).ok_or_else(|| failed(format!("it is no key for {algorithm:?}")))?;
        // Whether the point is one.
        keys::verify(algorithm, &public_key, b"", b"")?;
        Ok(Self { place: place.clone(), algorithm, public_key, key })
    }
}

impl Signer for TokenSigner {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let signed = match self.algorithm {
            Algorithm::Es256 => {
                let digest = Sha256::digest(message);
                self.key.run(|session, key| session.sign(&Mechanism::Ecdsa, key, &digest))
            }
            _ => self.key.run(|session, key| {
                let plain = EddsaParams::new(EddsaSignatureScheme::Pure);
                session.sign(&Mechanism::Eddsa(plain), key, message)
            }),
        };
        signed.map_err(|failed| Error::outside(&self.place, failed.sentence))
    }
}

/// The key in the form that the algorithm names, if it is one for it.
fn raw(public: &PublicKey, algorithm: Algorithm) -> Option<Vec<u8>> {
    let (is_its_curve, length) = match algorithm {
        Algorithm::Es256 => (public.curve == P256, 65),
        _ => (ED25519.contains(&public.curve.as_slice()), 32),
    };
    // PKCS#11 wants the point as an OCTET STRING; some tokens give it bare.
    let bare = match public.point.as_slice() {
        [0x04, inner, rest @ ..] if rest.len() == length && usize::from(*inner) == length => rest,
        point => point,
    };
    (is_its_curve && bare.len() == length).then(|| bare.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_read_wrapped_and_bare() {
        let point = [&[4][..], &[7; 64]].concat();
        let wrapped = [&[0x04, 65][..], &point].concat();
        for given in [point.clone(), wrapped] {
            let public = PublicKey { curve: P256.to_vec(), point: given };
            assert_eq!(raw(&public, Algorithm::Es256), Some(point.clone()));
            assert_eq!(raw(&public, Algorithm::Ed25519), None);
        }
    }

    #[test]
    fn a_point_of_a_key_that_begins_like_a_wrapping_is_taken_as_it_is() {
        let key = [&[0x04, 0x20][..], &[1; 30]].concat();
        let bare = PublicKey { curve: ED25519[1].to_vec(), point: key.clone() };
        let wrapped = PublicKey { curve: ED25519[0].to_vec(), point: [&[0x04, 0x20][..], &key].concat() };
        assert_eq!(raw(&bare, Algorithm::Ed25519), Some(key.clone()));
        assert_eq!(raw(&wrapped, Algorithm::Ed25519), Some(key));
    }
}
