//! A data key.

use std::sync::{Mutex, PoisonError};

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::{Zeroize as _, ZeroizeOnDrop, Zeroizing};

use crate::edge::Edge;

const INFO: &[u8] = b"touchmark private part v1";

/// A data key, 32 bytes. Zeroised on drop, never printed.
pub struct Key {
    bytes: [u8; 32],
    /// What follows from it and the key that it was used with last: whoever writes much writes it on one shelf.
    pair: Mutex<Option<Pair>>,
}

#[derive(ZeroizeOnDrop)]
struct Pair {
    with: [u8; 32],
    derived: [u8; 32],
}

impl Key {
    /// Of these bytes.
    pub(super) const fn new(bytes: [u8; 32]) -> Self {
        Self { bytes, pair: Mutex::new(None) }
    }

    /// One that no vault keeps: what is sealed under it is closed as soon as it is dropped.
    pub fn passing(edge: Edge<'_>) -> Self {
        Self::new(edge.bytes())
    }

    pub(super) const fn as_bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// HKDF-SHA256 of this key followed by another.
    pub(super) fn with(&self, other: &Self) -> Zeroizing<[u8; 32]> {
        let mut pair = self.pair.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pair) = pair.as_ref().filter(|pair| pair.with == other.bytes) {
            return Zeroizing::new(pair.derived);
        }
        let mut both = Zeroizing::new([0; 64]);
        let (first, second) = both.split_at_mut(32);
        first.copy_from_slice(&self.bytes);
        second.copy_from_slice(&other.bytes);
        let mut derived = Zeroizing::new([0; 32]);
        let expanded = Hkdf::<Sha256>::new(None, &*both).expand(INFO, &mut *derived);
        expanded.expect("32 bytes are within what HKDF-SHA256 can give");
        *pair = Some(Pair { with: other.bytes, derived: *derived });
        derived
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for Key {}

impl Drop for Key {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}
