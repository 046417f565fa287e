//! Sealed under two keys: whoever destroys either of them closes it for good.
//!
//! XAES-256-GCM ([C2SP](https://c2sp.org/XAES-256-GCM)) with a random nonce of 24 bytes; the key is HKDF-SHA256 of the person's key
//! followed by the shelf's, without salt, with the info `touchmark private part v1`.

use zeroize::Zeroizing;

use super::Key;
use super::cipher::{Cipher, TAG};

pub use super::cipher::NONCE;

/// Seals `text` in its place: what comes back is the ciphertext with its tag behind it.
pub fn seal(person: &Key, shelf: &Key, nonce: &[u8; NONCE], data: &[u8], mut text: Vec<u8>) -> Vec<u8> {
    let tag = Cipher::new(&person.with(shelf)).seal(nonce, data, &mut text);
    text.extend_from_slice(&tag);
    text
}

/// Opens what [`seal`] sealed. `None`: under other keys, for another place, or changed.
pub fn open(
    person: &Key,
    shelf: &Key,
    nonce: &[u8; NONCE],
    data: &[u8],
    sealed: Vec<u8>,
) -> Option<Zeroizing<Vec<u8>>> {
    decrypt(&Cipher::new(&person.with(shelf)), nonce, data, sealed)
}

fn decrypt(cipher: &Cipher, nonce: &[u8; NONCE], data: &[u8], sealed: Vec<u8>) -> Option<Zeroizing<Vec<u8>>> {
    let mut text = Zeroizing::new(sealed);
    let end = text.len().checked_sub(TAG)?;
    let tag: [u8; TAG] = text.split_off(end).try_into().ok()?;
    cipher.open(nonce, data, &mut text, &tag).then_some(text)
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
    let key = seal(person, shelf, &nonces[0], data, object.as_bytes().to_vec());
    let tag = Cipher::new(object.as_bytes()).seal(&nonces[1], data, &mut text);
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
    let cipher = Cipher::new(object.as_slice().try_into().ok()?);
    decrypt(&cipher, &nonces[1], data, envelope.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    static PERSON: Key = Key::new([1; 32]);
    static SHELF: Key = Key::new([2; 32]);
    const NONCE_3: [u8; NONCE] = [3; NONCE];

    fn sealed() -> Vec<u8> {
        seal(&PERSON, &SHELF, &NONCE_3, b"log\nid", b"a private part".to_vec())
    }

    /// Computed in Python: HKDF with its hmac, the message's key by the specification's formulas, the rest with its cryptography package.
    #[test]
    fn an_independent_computation_gives_the_same_bytes() {
        assert_eq!(hex::encode(sealed()), "a845b63a9741c938c5fb20ec1c30bf77b30dffb41c9c52d444a85ca4e853");
    }

    #[test]
    fn what_is_sealed_opens_with_both_keys_in_its_place() {
        let opened = open(&PERSON, &SHELF, &NONCE_3, b"log\nid", sealed()).expect("opened");
        assert_eq!(opened.as_slice(), b"a private part");
    }

    #[test]
    fn with_anything_else_it_does_not_open() {
        let other = Key::new([9; 32]);
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
