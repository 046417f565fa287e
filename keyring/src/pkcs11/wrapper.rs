//! A key in a token that wraps others: AES-GCM, or RSA-OAEP.
//!
//! The first byte of what comes out says how it was wrapped; for AES, twelve bytes of nonce follow.

use cryptoki::error::Error as TokenError;
use cryptoki::mechanism::aead::GcmParams;
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsOaepParams, PkcsOaepSource};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::ObjectClass;
use rand_core::{OsRng, RngCore};
use touchmark_core::keys::place::{Outside, Pkcs11};
use touchmark_core::keys::{Error, Wrapper};
use zeroize::Zeroizing;

use super::token::{Failed, TokenKey};

/// Says what is wrapped, where the mechanism takes such a thing.
const LABEL: &[u8] = b"touchmark wrapped key v1";

const AES_GCM: u8 = 1;
const OAEP_SHA256: u8 = 2;
/// Some tokens know no other. The hash of OAEP needs no resistance to collisions.
const OAEP_SHA1: u8 = 3;

const NONCE: usize = 12;

/// A wrapping key in a token.
#[derive(Debug)]
pub(crate) struct TokenWrapper {
    place: Outside,
    key: TokenKey,
    is_aes: bool,
}

impl TokenWrapper {
    /// Opens the token and finds the key: an AES key of that name, or else an RSA key pair.
    pub(crate) fn open(place: &Outside, token: &Pkcs11) -> Result<Self, Error> {
        let aes = TokenKey::find(token, ObjectClass::SECRET_KEY);
        let (key, is_aes) = match aes {
            Ok(key) => (key, true),
            Err(no_aes) => {
                let pair = TokenKey::find(token, ObjectClass::PRIVATE_KEY);
                // What is said of the AES key holds for both, where it is about the token.
                (pair.map_err(|_| Error::outside(place, no_aes))?, false)
            }
        };
        Ok(Self { place: place.clone(), key, is_aes })
    }

    fn refuse(&self, problem: &str) -> Error {
        Error::outside(&self.place, problem)
    }

    fn failed(&self) -> impl Fn(Failed) -> Error {
        |failed| self.refuse(&failed.sentence)
    }

    fn wrap_aes(&self, secret: &[u8; 32]) -> Result<Vec<u8>, Error> {
        let mut nonce = [0; NONCE];
        OsRng.fill_bytes(&mut nonce);
        let sealed = self.key.run(|session, key| {
            let mut nonce = nonce;
            session.encrypt(&Mechanism::AesGcm(gcm(&mut nonce)?), key, secret)
        });
        Ok([&[AES_GCM][..], &nonce, &sealed.map_err(self.failed())?].concat())
    }

    fn wrap_rsa(&self, secret: &[u8; 32]) -> Result<Vec<u8>, Error> {
        let encrypt = |method| {
            self.key.run(|session, _| {
                let public = self.key.public_object(session)?;
                session.encrypt(&Mechanism::RsaPkcsOaep(oaep(method)), public, secret)
            })
        };
        let (method, sealed) = match encrypt(OAEP_SHA256) {
            Err(failed) if failed.is_about_parameters => (OAEP_SHA1, encrypt(OAEP_SHA1)),
            other => (OAEP_SHA256, other),
        };
        Ok([&[method], sealed.map_err(self.failed())?.as_slice()].concat())
    }
}

impl Wrapper for TokenWrapper {
    fn wrap(&self, secret: &[u8; 32]) -> Result<Vec<u8>, Error> {
        if self.is_aes { self.wrap_aes(secret) } else { self.wrap_rsa(secret) }
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<Zeroizing<[u8; 32]>, Error> {
        let opened = match wrapped.split_first() {
            Some((&AES_GCM, rest)) if self.is_aes && rest.len() > NONCE => {
                let (nonce, sealed) = rest.split_at(NONCE);
                self.key.run(|session, key| {
                    let mut nonce: [u8; NONCE] = nonce.try_into()?;
                    session.decrypt(&Mechanism::AesGcm(gcm(&mut nonce)?), key, sealed)
                })
            }
            Some((&method @ (OAEP_SHA256 | OAEP_SHA1), sealed)) if !self.is_aes => {
                self.key.run(|session, key| session.decrypt(&Mechanism::RsaPkcsOaep(oaep(method)), key, sealed))
            }
            _ => return Err(self.refuse("what is to be unwrapped was not wrapped by a key of this kind")),
        };
        let opened = Zeroizing::new(opened.map_err(self.failed())?);
        let secret = <[u8; 32]>::try_from(opened.as_slice());
        Ok(Zeroizing::new(secret.map_err(|_| self.refuse("what came out does not have 32 bytes"))?))
    }
}

fn gcm(nonce: &mut [u8; NONCE]) -> Result<GcmParams<'_>, TokenError> {
    GcmParams::new(nonce, LABEL, 128.into())
}

fn oaep(method: u8) -> PkcsOaepParams<'static> {
    // A label is what many tokens do not take: the source stays empty.
    if method == OAEP_SHA256 {
        PkcsOaepParams::new(MechanismType::SHA256, PkcsMgfType::MGF1_SHA256, PkcsOaepSource::empty())
    } else {
        PkcsOaepParams::new(MechanismType::SHA1, PkcsMgfType::MGF1_SHA1, PkcsOaepSource::empty())
    }
}
