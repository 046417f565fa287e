//! The rounds of SHA-256 (FIPS 180-4, section 6.2.2) in the processor's own instructions, for several messages side by side.

use std::arch::x86_64::{
    __m128i, _mm_add_epi32, _mm_alignr_epi8, _mm_cvtsi128_si64, _mm_extract_epi64, _mm_set_epi32, _mm_set_epi64x,
    _mm_sha256msg1_epu32, _mm_sha256msg2_epu32, _mm_sha256rnds2_epu32, _mm_shuffle_epi8, _mm_shuffle_epi32,
};
use std::ops::Range;

/// The eight words.
pub(super) type State = [u32; 8];

/// Before the first block.
pub(super) const FIRST: State =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// The constants of the rounds, four for each step.
#[rustfmt::skip]
const K: [[u32; 4]; 16] = [
    [0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5], [0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5],
    [0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3], [0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174],
    [0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc], [0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da],
    [0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7], [0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967],
    [0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13], [0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85],
    [0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3], [0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070],
    [0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5], [0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3],
    [0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208], [0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2],
];

/// What is hashed in one go.
pub(super) type Block = [u8; 64];

/// The blocks of a message, which stand in three places, one behind the other.
pub(super) struct Blocks<'a>(pub(super) [&'a [Block]; 3]);

impl Blocks<'_> {
    pub(super) fn len(&self) -> usize {
        self.0.iter().map(|part| part.len()).sum()
    }
}

/// Blocks by their number.
pub(super) trait Numbered {
    fn at(&self, at: usize) -> &Block;
}

impl Numbered for [Block] {
    #[inline]
    fn at(&self, at: usize) -> &Block {
        &self[at]
    }
}

impl Numbered for Blocks<'_> {
    #[inline]
    fn at(&self, at: usize) -> &Block {
        let [first, second, third] = self.0;
        let behind_first = at.wrapping_sub(first.len());
        first.get(at).or_else(|| second.get(behind_first)).unwrap_or_else(|| &third[behind_first - second.len()])
    }
}

/// Four rounds of one message. Each value has a name of its own: in an array it would go through memory, and each round waits for the one
/// before.
macro_rules! four_rounds {
    ($step:literal, $abef:ident, $cdgh:ident, $words:ident) => {
        if $step >= 4 {
            $words[$step % 4] = scheduled(&$words, $step);
        }
        let sum = _mm_add_epi32($words[$step % 4], constants($step));
        $cdgh = _mm_sha256rnds2_epu32($cdgh, $abef, sum);
        $abef = _mm_sha256rnds2_epu32($abef, $cdgh, _mm_shuffle_epi32(sum, 0x0e));
    };
}

macro_rules! all_rounds {
    ($each:ident) => {
        $each!(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
    };
}

/// Hashes these blocks of two messages.
#[target_feature(enable = "sha,ssse3,sse4.1")]
#[inline]
pub(super) fn both<B: Numbered + ?Sized>(states: &mut [State; 2], blocks: [&B; 2], range: Range<usize>) {
    let [first, second] = blocks;
    let (mut abef, mut cdgh) = packed(&states[0]);
    let (mut other_abef, mut other_cdgh) = packed(&states[1]);
    for at in range {
        let (before, other_before) = ((abef, cdgh), (other_abef, other_cdgh));
        let (mut words, mut other_words) = (words_of(first.at(at)), words_of(second.at(at)));
        macro_rules! steps {
            ($($step:literal),+) => {$(
                four_rounds!($step, abef, cdgh, words);
                four_rounds!($step, other_abef, other_cdgh, other_words);
            )+};
        }
        all_rounds!(steps);
        (abef, cdgh) = (_mm_add_epi32(abef, before.0), _mm_add_epi32(cdgh, before.1));
        other_abef = _mm_add_epi32(other_abef, other_before.0);
        other_cdgh = _mm_add_epi32(other_cdgh, other_before.1);
    }
    *states = [unpacked(abef, cdgh), unpacked(other_abef, other_cdgh)];
}

/// Hashes these blocks of one message.
#[target_feature(enable = "sha,ssse3,sse4.1")]
#[inline]
pub(super) fn alone<B: Numbered + ?Sized>(state: &mut State, blocks: &B, range: Range<usize>) {
    let (mut abef, mut cdgh) = packed(state);
    for at in range {
        let before = (abef, cdgh);
        let mut words = words_of(blocks.at(at));
        macro_rules! steps {
            ($($step:literal),+) => {$( four_rounds!($step, abef, cdgh, words); )+};
        }
        all_rounds!(steps);
        (abef, cdgh) = (_mm_add_epi32(abef, before.0), _mm_add_epi32(cdgh, before.1));
    }
    *state = unpacked(abef, cdgh);
}

/// The next four words of the message schedule, in the place of the oldest.
#[target_feature(enable = "sha,ssse3,sse4.1")]
#[inline]
fn scheduled(words: &[__m128i; 4], step: usize) -> __m128i {
    let [oldest, next, third, newest] = [0, 1, 2, 3].map(|at| words[(step + at) % 4]);
    let sum = _mm_add_epi32(_mm_sha256msg1_epu32(oldest, next), _mm_alignr_epi8(newest, third, 4));
    _mm_sha256msg2_epu32(sum, newest)
}

#[target_feature(enable = "sse2")]
#[inline]
fn constants(step: usize) -> __m128i {
    let [a, b, c, d] = K[step].map(u32::cast_signed);
    _mm_set_epi32(d, c, b, a)
}

/// A block's words, which stand in it with the highest byte first.
#[target_feature(enable = "ssse3")]
#[inline]
fn words_of(block: &[u8; 64]) -> [__m128i; 4] {
    let turn = _mm_set_epi64x(0x0c0d_0e0f_0809_0a0b, 0x0405_0607_0001_0203);
    let halves: &[[u8; 8]] = block.as_chunks().0;
    [0, 2, 4, 6].map(|at| {
        let [low, high] = [halves[at], halves[at + 1]].map(i64::from_le_bytes);
        _mm_shuffle_epi8(_mm_set_epi64x(high, low), turn)
    })
}

/// The state as the instructions take it: in each half the first word of a pair stands above the second; words 0, 1, 4 and 5, and the others.
#[target_feature(enable = "sse2")]
#[inline]
fn packed(state: &State) -> (__m128i, __m128i) {
    let pair = |at: usize| (u64::from(state[at]) << 32 | u64::from(state[at + 1])).cast_signed();
    (_mm_set_epi64x(pair(0), pair(4)), _mm_set_epi64x(pair(2), pair(6)))
}

#[target_feature(enable = "sse4.1")]
#[inline]
fn unpacked(abef: __m128i, cdgh: __m128i) -> State {
    let pairs =
        [_mm_extract_epi64(abef, 1), _mm_extract_epi64(cdgh, 1), _mm_cvtsi128_si64(abef), _mm_cvtsi128_si64(cdgh)];
    let mut state = [0; 8];
    for (words, pair) in state.as_chunks_mut::<2>().0.iter_mut().zip(pairs) {
        let bytes = pair.to_le_bytes();
        let (halves, _) = bytes.as_chunks();
        *words = [u32::from_le_bytes(halves[1]), u32::from_le_bytes(halves[0])];
    }
    state
}
