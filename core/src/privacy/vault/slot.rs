//! A slot of a vault's file: one key, wrapped, or its gravestone.
//!
//! ```text
//!   0  keyed hash of the owner's name, 16 bytes
//!  16  id of the key, 16
//!  32  when it was made, milliseconds since 1970, 8; when it was destroyed, 8: little-endian
//!  48  'p' for a person's, 's' for a shelf's; version 1; 5 zeros
//!  55  nonce, 24; the wrapped key with its tag, 48: XAES-256-GCM, with bytes 0 to 39 and 48 to 54 as additional data
//! 127  0 nothing yet, 1 live, 2 destroyed: then nonce and wrapped key are zeros
//! ```
//! The state stands last: of a slot that was written halfway nothing is believed. A slot lies within a sector of the disk.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::cipher::Cipher;
use super::{Key, KeyId};

/// Bytes of a slot.
pub(super) const SLOT: usize = 128;

/// The part that is bound to the wrapped key, but for the time of its end.
const BOUND: [std::ops::Range<usize>; 2] = [0..40, 48..55];
const DESTROYED_AT: std::ops::Range<usize> = 40..48;
const NONCE: std::ops::Range<usize> = 55..79;
const WRAPPED: std::ops::Range<usize> = 79..111;
const TAG: std::ops::Range<usize> = 111..127;
const STATE: usize = 127;

const VERSION: u8 = 1;
const NOTHING: u8 = 0;
const LIVE: u8 = 1;
const DESTROYED: u8 = 2;

/// The keyed hash of an owner's name.
pub(super) type Name = [u8; 16];

/// The bytes of one slot.
#[derive(Clone, Copy)]
pub(super) struct Slot([u8; SLOT]);

/// What a slot holds, as far as it says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum State {
    Nothing,
    Live,
    Destroyed,
    /// None of ours.
    Unreadable,
}

impl Slot {
    pub(super) const fn from_bytes(bytes: [u8; SLOT]) -> Self {
        Self(bytes)
    }

    pub(super) const fn as_bytes(&self) -> &[u8; SLOT] {
        &self.0
    }

    /// A new key's.
    pub(super) fn new(
        wrap: &Cipher,
        name: &Name,
        is_shelf: bool,
        id: &KeyId,
        key: &Key,
        nonce: &[u8; 24],
        made: i64,
    ) -> Self {
        let mut bytes = [0; SLOT];
        bytes[..16].copy_from_slice(name);
        bytes[16..32].copy_from_slice(id.as_bytes());
        bytes[32..40].copy_from_slice(&made.to_le_bytes());
        bytes[48] = if is_shelf { b's' } else { b'p' };
        bytes[49] = VERSION;
        bytes[NONCE].copy_from_slice(nonce);
        let mut wrapped = Zeroizing::new(*key.as_bytes());
        let tag = wrap.seal(nonce, &bound(&bytes), &mut *wrapped);
        bytes[WRAPPED].copy_from_slice(&*wrapped);
        bytes[TAG].copy_from_slice(&tag);
        bytes[STATE] = LIVE;
        Self(bytes)
    }

    pub(super) fn name(&self) -> Name {
        let mut name = [0; 16];
        name.copy_from_slice(&self.0[..16]);
        name
    }

    pub(super) fn id(&self) -> KeyId {
        let mut id = [0; 16];
        id.copy_from_slice(&self.0[16..32]);
        KeyId::from_bytes(id)
    }

    pub(super) const fn is_shelf(&self) -> bool {
        self.0[48] == b's'
    }

    pub(super) const fn state(&self) -> State {
        match (self.0[STATE], self.0[49]) {
            (NOTHING, _) => State::Nothing,
            (LIVE, VERSION) => State::Live,
            (DESTROYED, VERSION) => State::Destroyed,
            _ => State::Unreadable,
        }
    }

    /// Whether a destroyed key left nothing behind.
    pub(super) fn is_empty(&self) -> bool {
        self.0[NONCE.start..TAG.end].iter().all(|byte| *byte == 0)
    }

    /// The key. `None` where it is not what was wrapped for this slot.
    pub(super) fn unwrap(&self, wrap: &Cipher) -> Option<Arc<Key>> {
        let mut key = Zeroizing::new([0; 32]);
        key.copy_from_slice(&self.0[WRAPPED]);
        let (mut nonce, mut tag) = ([0; 24], [0; 16]);
        nonce.copy_from_slice(&self.0[NONCE]);
        tag.copy_from_slice(&self.0[TAG]);
        wrap.open(&nonce, &bound(&self.0), &mut *key, &tag).then(|| Arc::new(Key::new(*key)))
    }

    /// The gravestone in its place.
    pub(super) fn destroyed(mut self, when: i64) -> Self {
        self.0[NONCE.start..TAG.end].fill(0);
        self.0[DESTROYED_AT].copy_from_slice(&when.to_le_bytes());
        self.0[49] = VERSION;
        self.0[STATE] = DESTROYED;
        self
    }
}

fn bound(bytes: &[u8; SLOT]) -> Vec<u8> {
    let mut data = b"touchmark vault slot v1\n".to_vec();
    for range in BOUND {
        data.extend_from_slice(&bytes[range]);
    }
    data
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrap(byte: u8) -> Cipher {
        Cipher::new(&[byte; 32])
    }

    fn slot() -> Slot {
        Slot::new(
            &wrap(1),
            &[7; 16],
            false,
            &KeyId::from_bytes([8; 16]),
            &Key::new([9; 32]),
            &[5; 24],
            1_700_000_000_000,
        )
    }

    #[test]
    fn a_key_is_unwrapped_in_its_slot_and_by_its_wrapping_key_alone() {
        assert_eq!(slot().unwrap(&wrap(1)).expect("its key").as_bytes(), &[9; 32]);
        assert!(slot().unwrap(&wrap(2)).is_none());
        for at in (0..SLOT - 1).filter(|at| !DESTROYED_AT.contains(at)) {
            let mut changed = *slot().as_bytes();
            changed[at] ^= 1;
            assert!(Slot::from_bytes(changed).unwrap(&wrap(1)).is_none(), "byte {at} changed");
        }
    }

    #[test]
    fn a_slot_that_was_written_halfway_says_nothing() {
        for end in 0..SLOT {
            let mut half = [0; SLOT];
            half[..end].copy_from_slice(&slot().as_bytes()[..end]);
            assert_eq!(Slot::from_bytes(half).state(), State::Nothing, "{end} bytes");
        }
    }

    #[test]
    fn a_gravestone_has_the_ids_and_nothing_of_the_key() {
        let grave = slot().destroyed(1);
        assert_eq!((grave.state(), grave.name(), grave.id()), (State::Destroyed, [7; 16], slot().id()));
        assert!(grave.is_empty() && grave.unwrap(&wrap(1)).is_none());
    }
}
