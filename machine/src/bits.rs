//! 256-bit codes that differ in few bits.

#![expect(clippy::inline_always, reason = "compiled again for each kind of processor")]

use crate::wide::{Work, widely};

/// 256 bits.
pub type Code = [u64; 4];

/// The number of bits in which two codes differ.
#[must_use]
#[inline]
pub fn distance(a: &Code, b: &Code) -> u32 {
    a.iter().zip(b).map(|(a, b)| (a ^ b).count_ones()).sum()
}

/// A code as it stands in a file: little-endian words.
#[must_use]
#[inline]
pub fn from_bytes(bytes: &[u8; 32]) -> Code {
    let (words, _) = bytes.as_chunks::<8>();
    std::array::from_fn(|i| u64::from_le_bytes(words[i]))
}

/// Which of an entry's codes are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The first.
    First = 1,
    /// Both.
    Both = 2,
}

/// What [`nearest`] found of an entry: the entry, the wanted code and the entry's code that are nearest to each other, and how many bits
/// differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Near {
    /// Number of the entry.
    pub entry: usize,
    /// Number of the wanted code.
    pub wanted: usize,
    /// Number of the code in the entry.
    pub code: usize,
    /// Bits that differ.
    pub distance: u32,
}

/// Entries of two codes each, one after the other, that differ from a wanted code in at most `radius` bits: as
/// `which` says. Each entry once, with the nearest pair. Nothing is left out.
#[must_use]
pub fn nearest(entries: &[[[u8; 32]; 2]], wanted: &[Code], radius: u32, which: Which) -> Vec<Near> {
    widely(Nearest { entries, wanted, radius, which })
}

struct Nearest<'a> {
    entries: &'a [[[u8; 32]; 2]],
    wanted: &'a [Code],
    radius: u32,
    which: Which,
}

impl Work for Nearest<'_> {
    type Output = Vec<Near>;

    #[inline(always)]
    fn work(self) -> Vec<Near> {
        plainly(self.entries, self.wanted, self.radius, self.which)
    }
}

/// The same by what every processor has.
#[doc(hidden)]
#[inline(always)]
#[must_use]
pub fn plainly(entries: &[[[u8; 32]; 2]], wanted: &[Code], radius: u32, which: Which) -> Vec<Near> {
    let mut found = Vec::new();
    for (entry, codes) in entries.iter().enumerate() {
        let mut best = Near { entry, wanted: 0, code: 0, distance: u32::MAX };
        for (code, bytes) in codes[..which as usize].iter().enumerate() {
            let bits = from_bytes(bytes);
            for (wanted, other) in wanted.iter().enumerate() {
                let distance = distance(&bits, other);
                if distance < best.distance {
                    best = Near { entry, wanted, code, distance };
                }
            }
        }
        if best.distance <= radius {
            found.push(best);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_pair_of_each_entry_is_found_and_nothing_beyond_the_radius() {
        let code = |ones: u32| {
            let mut bytes = [0_u8; 32];
            (0..ones as usize).for_each(|bit| bytes[bit / 8] |= 1 << (bit % 8));
            bytes
        };
        let entries = [[code(10), code(40)], [code(200), code(256)], [code(33), code(61)]];
        let wanted = [[0; 4], from_bytes(&code(60))];
        let found = nearest(&entries, &wanted, 10, Which::Both);
        let near = |entry, wanted, code, distance| Near { entry, wanted, code, distance };
        assert_eq!(found, [near(0, 0, 0, 10), near(2, 1, 1, 1)]);
        assert_eq!(found, plainly(&entries, &wanted, 10, Which::Both));
        assert_eq!(nearest(&entries, &wanted, 10, Which::First), [near(0, 0, 0, 10)]);
        assert_eq!(nearest(&entries, &wanted, 0, Which::Both), []);
    }
}
