//! Sealed under two keys: whoever destroys either of them closes it for good.
//!
//! XChaCha20-Poly1305 with a random nonce of 24 bytes; the key is HKDF-SHA256 of the person's key followed by the shelf's, without
//! salt, with the info `touchmark private part v1`.

use chacha20poly1305::aead::AeadInPlace as _;
use chacha20poly1305::{KeyInit as _, Tag, XChaCha20Poly1305};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::Key;

const INFO: &[u8] = b"touchmark private part v1";

/// Bytes of a nonce.
pub const NONCE: usize = 24;

/// Seals `text` in its place: what comes back is the ciphertext with its tag behind it.
pub fn seal(person: &Key, shelf: &Key, nonce: &[u8; NONCE], data: &[u8], mut text: Vec<u8>) -> Vec<u8> {
    let tag = encrypt(&cipher(person, shelf), nonce, data, &mut text);
    text.extend_from_slice(&tag);
    text
}

fn encrypt(cipher: &XChaCha20Poly1305, nonce: &[u8; NONCE], data: &[u8], text: &mut [u8]) -> Tag {
    let sealed = cipher.encrypt_in_place_detached(nonce.into(), data, text);
    sealed.expect("a private part is shorter than 256 GiB")
}

/// Opens what [`seal`] sealed. `None`: under other keys, for another place, or changed.
pub fn open(
    person: &Key,
    shelf: &Key,
    nonce: &[u8; NONCE],
    data: &[u8],
    sealed: Vec<u8>,
) -> Option<Zeroizing<Vec<u8>>> {
    decrypt(&cipher(person, shelf), nonce, data, sealed)
}

fn decrypt(
    cipher: &XChaCha20Poly1305,
    nonce: &[u8; NONCE],
    data: &[u8],
    sealed: Vec<u8>,
) -> Option<Zeroizing<Vec<u8>>> {
    let mut text = Zeroizing::new(sealed);
    let end = text.len().checked_sub(16)?;
    let tag = text.split_off(end);
    cipher.decrypt_in_place_detached(nonce.into(), data, &mut text, tag.as_slice().into()).ok()?;
    Some(text)
}

/// Something large that is sealed under a key of its own, and that key under two others.
#[derive(Debug)]
pub struct Envelope {
    /// The sealed key.
    pub key: Vec<u8>,
    /// The sealed bytes.
    pub text: Vec<u8>,
}

/// Seals `text` in its place under `object`, and that key as [`seal`] does. The first nonce is for the key.
pub fn seal_object(
    [person, shelf]: [&Key; 2],
    object: &Key,
    nonces: &[[u8; NONCE]; 2],
    data: &[u8],
    mut text: Vec<u8>,
) -> Envelope {
    let key = seal(person, shelf, &nonces[0], data, object.0.to_vec());
    let tag = encrypt(&XChaCha20Poly1305::new((&object.0).into()), &nonces[1], data, &mut text);
    text.extend_from_slice(&tag);
    Envelope { key, text }
}

/// Opens what [`seal_object`] sealed. `None` as in [`open`].
pub fn open_object(
    [person, shelf]: [&Key; 2],
    nonces: &[[u8; NONCE]; 2],
    data: &[u8],
    envelope: Envelope,
) -> Option<Zeroizing<Vec<u8>>> {
    let object = open(person, shelf, &nonces[0], data, envelope.key)?;
    let cipher = XChaCha20Poly1305::new_from_slice(&object).ok()?;
    decrypt(&cipher, &nonces[1], data, envelope.text)
}

fn cipher(person: &Key, shelf: &Key) -> XChaCha20Poly1305 {
    let mut both = Zeroizing::new([0; 64]);
    let (first, second) = both.split_at_mut(32);
    first.copy_from_slice(&person.0);
    second.copy_from_slice(&shelf.0);
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(None, &*both).expand(INFO, &mut *key).expect("32 bytes are within what HKDF-SHA256 can give");
    XChaCha20Poly1305::new((&*key).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERSON: Key = Key([1; 32]);
    const SHELF: Key = Key([2; 32]);
    const NONCE_3: [u8; NONCE] = [3; NONCE];

    fn sealed() -> Vec<u8> {
        seal(&PERSON, &SHELF, &NONCE_3, b"log\nid", b"a private part".to_vec())
    }

    /// Computed in Python: HKDF with its hmac, `HChaCha20` by the draft's formulas, the rest with its cryptography package.
    #[test]
    fn an_independent_computation_gives_the_same_bytes() {
        assert_eq!(hex::encode(sealed()), "6c9c52cead083cc5053bbd2a9608ee9f0ff0a71e9db2b2d5b64cad6f7119");
    }

    #[test]
    fn what_is_sealed_opens_with_both_keys_in_its_place() {
        let opened = open(&PERSON, &SHELF, &NONCE_3, b"log\nid", sealed()).expect("opened");
        assert_eq!(opened.as_slice(), b"a private part");
    }

    #[test]
    fn with_anything_else_it_does_not_open() {
        let other = Key([9; 32]);
        assert!(open(&other, &SHELF, &NONCE_3, b"log\nid", sealed()).is_none(), "another person's key");
        assert!(open(&PERSON, &other, &NONCE_3, b"log\nid", sealed()).is_none(), "another shelf's key");
        assert!(open(&SHELF, &PERSON, &NONCE_3, b"log\nid", sealed()).is_none(), "the two exchanged");
        assert!(open(&PERSON, &SHELF, &[4; NONCE], b"log\nid", sealed()).is_none(), "another nonce");
        assert!(open(&PERSON, &SHELF, &NONCE_3, b"log\nie", sealed()).is_none(), "another record");
        for at in 0..sealed().len() {
            let mut changed = sealed();
            changed[at] ^= 1;
            assert!(open(&PERSON, &SHELF, &NONCE_3, b"log\nid", changed).is_none(), "byte {at} changed");
            assert!(open(&PERSON, &SHELF, &NONCE_3, b"log\nid", sealed()[..at].to_vec()).is_none(), "cut at {at}");
        }
    }
}
