//! Multi-index hashing (Norouzi, Punjani, Fleet 2012): a code of 256 bits is 16 words of 16 bits. If two codes differ in at most 31 bits, then
//! one of their words differs in at most one. So for each place of a word a table says which entries have a given word there, and a search
//! looks at those with one of 17 words in each of 16 tables: some thousand of a million.
//!
//! ```text
//! "tmtables"    8 bytes
//! 16 x 65537    u32, little-endian: where the entries of each word begin in their table, and where the last one's end
//! 16 x 2^20     entries, 20 bits each, little-endian; and 4 bytes more, so that each can be read as a u32
//! ```
//! With the two codes that makes 108 bytes an entry.
#![warn(clippy::indexing_slicing)]

use touchmark_machine::bits::{Code, distance, from_bytes};

/// Entries of a full table.
pub const FULL: usize = 1 << 20;
/// The largest radius that the tables answer, in bits.
pub const WIDEST: u32 = 31;
/// Words of a code.
const WORDS: usize = 16;
/// Values of a word.
const VALUES: usize = 1 << 16;
const MAGIC: &[u8; 8] = b"tmtables";
const STARTS: usize = MAGIC.len();
const ENTRIES: usize = STARTS + WORDS * (VALUES + 1) * 4;
/// Bytes of a file.
pub const LENGTH: usize = ENTRIES + WORDS * FULL / 2 * 5 + 4;

/// The tables of [`FULL`] entries, as they stand in a file. More entries are passed over.
pub fn make(entries: &[[[u8; 32]; 2]]) -> Vec<u8> {
    let entries = entries.get(..FULL).unwrap_or(entries);
    let mut file = vec![0; LENGTH];
    let (head, packed) = file.split_at_mut(ENTRIES);
    let (magic, starts) = head.split_at_mut(STARTS);
    magic.copy_from_slice(MAGIC);
    for (place, (starts, packed)) in
        starts.chunks_exact_mut((VALUES + 1) * 4).zip(packed.chunks_exact_mut(FULL / 2 * 5)).enumerate()
    {
        let mut ends = vec![0_u32; VALUES + 1];
        for [code, _] in entries {
            if let Some(count) = ends.get_mut(usize::from(word(code, place)) + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for (end, bytes) in ends.iter_mut().zip(starts.as_chunks_mut::<4>().0) {
            sum += *end;
            *end = sum;
            *bytes = sum.to_le_bytes();
        }
        for (entry, [code, _]) in (0_u32..).zip(entries) {
            if let Some(next) = ends.get_mut(usize::from(word(code, place))) {
                put(packed, *next as usize, entry);
                *next += 1;
            }
        }
    }
    file
}

fn word(code: &[u8; 32], place: usize) -> u16 {
    code.as_chunks::<2>().0.get(place).map_or(0, |bytes| u16::from_le_bytes(*bytes))
}

/// Two entries share five bytes.
fn put(packed: &mut [u8], at: usize, entry: u32) {
    let Some(bytes) = packed.get_mut(at / 2 * 5..).and_then(|rest| rest.first_chunk_mut::<5>()) else { return };
    let shift = if at.is_multiple_of(2) { 0 } else { 20 };
    let entry = u64::from(entry) << shift;
    bytes.iter_mut().zip(entry.to_le_bytes()).for_each(|(byte, more)| *byte |= more);
}

/// Whether these bytes are tables.
pub fn are_tables(file: &[u8]) -> bool {
    file.len() == LENGTH && file.starts_with(MAGIC)
}

/// Shows the entries whose first code differs from `wanted` in at most `radius` bits, at most [`WIDEST`]; an entry perhaps several times.
pub fn within(file: &[u8], entries: &[[[u8; 32]; 2]], wanted: &Code, radius: u32, found: &mut dyn FnMut(usize, u32)) {
    debug_assert!(radius <= WIDEST, "the tables answer no wider radius");
    // Up to 15 bits cannot be in all of 16 words: in one of the first `radius + 1` there is none.
    let (places, near) = if radius < 16 { (radius as usize + 1, 0) } else { (WORDS, 16) };
    for place in 0..places {
        let word = u16::from_le_bytes([byte(wanted, 2 * place), byte(wanted, 2 * place + 1)]);
        let others = (0..near).map(|bit| word ^ 1_u16 << bit);
        for word in std::iter::once(word).chain(others) {
            for at in bucket(file, place, word) {
                let entry = entry(file, place, at);
                let Some([code, _]) = entries.get(entry) else { continue };
                let distance = distance(&from_bytes(code), wanted);
                if distance <= radius {
                    found(entry, distance);
                }
            }
        }
    }
}

fn byte(code: &Code, at: usize) -> u8 {
    code.get(at / 8).map_or(0, |word| word.to_le_bytes().get(at % 8).copied().unwrap_or(0))
}

/// Where the entries of a word stand in their table.
fn bucket(file: &[u8], place: usize, word: u16) -> std::ops::Range<usize> {
    let at = STARTS + (place * (VALUES + 1) + usize::from(word)) * 4;
    let number =
        |at: usize| file.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |bytes| u32::from_le_bytes(*bytes));
    number(at) as usize..(number(at + 4) as usize).min(FULL)
}

fn entry(file: &[u8], place: usize, at: usize) -> usize {
    let byte = ENTRIES + place * (FULL / 2 * 5) + at * 5 / 2;
    let bits = file.get(byte..).and_then(|rest| rest.first_chunk()).map_or(0, |bytes| u32::from_le_bytes(*bytes));
    (bits >> (at % 2 * 4) & 0xf_ffff) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Codes that anybody can make again.
    fn codes(count: usize) -> Vec<[[u8; 32]; 2]> {
        let mut state = 7_u64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()
        };
        (0..count).map(|_| [(); 2].map(|()| [(); 4].map(|()| next()).as_flattened().try_into().expect("32"))).collect()
    }

    #[test]
    fn every_entry_within_the_radius_is_found_wherever_its_bits_differ() {
        let entries = codes(5000);
        let tables = make(&entries);
        assert!(are_tables(&tables));
        for radius in [0, 1, 7, 15, 16, 30, 31] {
            for (number, [code, _]) in entries.iter().enumerate().step_by(613) {
                let mut wanted = *code;
                // Spread evenly, in one place, and at the end: none of them may help or harm.
                for bit in 0..radius as usize {
                    let at = [bit * 8 + bit % 8, bit, 255 - bit][number % 3];
                    wanted[at / 8] ^= 1 << (at % 8);
                }
                let mut found = Vec::new();
                within(&tables, &entries, &from_bytes(&wanted), radius, &mut |entry, distance| {
                    found.push((entry, distance));
                });
                assert!(found.contains(&(number, radius)), "{number} at {radius}: {found:?}");
                let mut closer = Vec::new();
                if let Some(closer_radius) = radius.checked_sub(1) {
                    within(&tables, &entries, &from_bytes(&wanted), closer_radius, &mut |entry, _| closer.push(entry));
                }
                assert!(!closer.contains(&number), "{number} at {radius}");
            }
        }
    }

    #[test]
    fn tables_that_are_cut_or_changed_find_less_and_harm_nothing() {
        let entries = codes(100);
        let mut tables = make(&entries);
        assert!(!are_tables(&tables[..1000]));
        tables[STARTS..].fill(0xff);
        within(&tables, &entries, &[0; 4], 31, &mut |_, _| {});
        within(&[], &entries, &[0; 4], 31, &mut |_, _| panic!("nothing is there"));
    }
}
