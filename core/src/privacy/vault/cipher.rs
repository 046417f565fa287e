//! XAES-256-GCM (C2SP): AES-256-GCM whose key and nonce follow from a key and a nonce of 24 bytes, which may be drawn at random for as
//! many messages as anybody writes.
//!
//! AES-256-GCM by itself bears 2^32 random nonces under a key; the log's own key may see more in a month.

use aes_gcm::aes::Aes256;
use aes_gcm::aes::cipher::{Array, BlockCipherEncrypt as _, consts::U16};
use aes_gcm::{AeadInOut as _, Aes256Gcm, KeyInit as _};
use zeroize::Zeroizing;

/// Bytes of a nonce.
pub const NONCE: usize = 24;

/// Bytes of a tag.
pub(super) const TAG: usize = 16;

/// A key, ready for use. Zeroised on drop.
pub(super) struct Cipher {
    aes: Aes256,
    /// CMAC's first subkey (NIST SP 800-38B, 6.1).
    subkey: Zeroizing<[u8; 16]>,
}

impl Cipher {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        let aes = Aes256::new(key.into());
        let mut block = Array::<u8, U16>::default();
        aes.encrypt_block(&mut block);
        let doubled = u128::from_be_bytes(block.0);
        let carried = if doubled >> 127 == 1 { 0x87 } else { 0 };
        Self { aes, subkey: Zeroizing::new(((doubled << 1) ^ carried).to_be_bytes()) }
    }

    /// Seals `text` in its place, bound to `data`.
    pub(super) fn seal(&self, nonce: &[u8; NONCE], data: &[u8], text: &mut [u8]) -> [u8; TAG] {
        let (cipher, nonce) = self.of(nonce);
        let sealed = cipher.encrypt_inout_detached((&nonce).into(), data, text.into());
        sealed.expect("what is sealed is shorter than 64 GiB").0
    }

    /// Opens what [`seal`](Self::seal) sealed. `false`: under another key, bound to something else, or changed; `text` is of no use then.
    #[must_use]
    pub(super) fn open(&self, nonce: &[u8; NONCE], data: &[u8], text: &mut [u8], tag: &[u8; TAG]) -> bool {
        let (cipher, nonce) = self.of(nonce);
        cipher.decrypt_inout_detached((&nonce).into(), data, text.into(), tag.into()).is_ok()
    }

    /// The message's own key and nonce.
    fn of(&self, nonce: &[u8; NONCE]) -> (Aes256Gcm, [u8; 12]) {
        let mut key = Zeroizing::new([0; 32]);
        for (half, number) in key.chunks_exact_mut(16).zip(1_u8..) {
            let mut block = Array::<u8, U16>::default();
            block[1] = number;
            block[2] = b'X';
            block[4..].copy_from_slice(&nonce[..12]);
            block.iter_mut().zip(&*self.subkey).for_each(|(byte, with)| *byte ^= with);
            self.aes.encrypt_block(&mut block);
            half.copy_from_slice(&block);
        }
        let mut rest = [0; 12];
        rest.copy_from_slice(&nonce[12..]);
        (Aes256Gcm::new((&*key).into()), rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = b"XAES-256-GCM";
    const NONCE_A: &[u8; NONCE] = b"ABCDEFGHIJKLMNOPQRSTUVWX";

    fn sealed(key: u8, data: &[u8]) -> String {
        let mut text = TEXT.to_vec();
        let tag = Cipher::new(&[key; 32]).seal(NONCE_A, data, &mut text);
        hex::encode([text, tag.to_vec()].concat())
    }

    /// The specification's own vectors; with the key of ones the subkey has no carry, with the other it has.
    #[test]
    fn the_vectors_of_the_specification_hold() {
        assert_eq!(sealed(1, b""), "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271");
        assert_eq!(sealed(3, b"c2sp.org/XAES-256-GCM"), "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d");
    }

    #[test]
    fn what_was_sealed_opens_and_nothing_else_does() {
        let cipher = Cipher::new(&[1; 32]);
        let mut text = TEXT.to_vec();
        let tag = cipher.seal(NONCE_A, b"data", &mut text);
        let open = |cipher: &Cipher, nonce: &[u8; NONCE], data: &[u8], tag: &[u8; TAG]| {
            let mut text = text.clone();
            cipher.open(nonce, data, &mut text, tag).then_some(text)
        };
        assert_eq!(open(&cipher, NONCE_A, b"data", &tag).as_deref(), Some(TEXT));
        assert_eq!(open(&Cipher::new(&[2; 32]), NONCE_A, b"data", &tag), None, "another key");
        assert_eq!(open(&cipher, NONCE_A, b"date", &tag), None, "other data");
        for at in 0..NONCE {
            let mut nonce = *NONCE_A;
            nonce[at] ^= 1;
            assert_eq!(open(&cipher, &nonce, b"data", &tag), None, "byte {at} of the nonce");
        }
        for at in 0..TAG {
            let mut tag = tag;
            tag[at] ^= 1;
            assert_eq!(open(&cipher, NONCE_A, b"data", &tag), None, "byte {at} of the tag");
        }
    }
}
