//! Weighted sums over parts of a row of bytes: one row of a picture that is made narrower.
//!
//! Unsafe for the same reason as [`crate::wide`]. Each sum ends with adding up the lanes of a register, which the compiler does one sum after the other,
//! and which takes longer than the products; the processor adds up those of eight sums together.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{
    __m256i, _mm_loadu_si128, _mm256_add_epi32, _mm256_cvtepu8_epi16, _mm256_hadd_epi32, _mm256_loadu_si256,
    _mm256_madd_epi16, _mm256_permute2x128_si256, _mm256_setzero_si256, _mm256_slli_epi32, _mm256_storeu_si256,
};

/// Bytes that are weighed side by side.
const LANES: usize = 16;

/// Sums that are added up together.
#[cfg(target_arch = "x86_64")]
const TOGETHER: usize = 8;

/// The bytes that make one sum, and their weights. The sum of the weights' sizes must stay below 2^23: then no step overflows.
#[derive(Debug, Clone)]
pub struct Taps {
    start: usize,
    /// A weight is 2048 x `high` + `low`: two products of 16 bits are much quicker than one of 32.
    high: Vec<i16>,
    low: Vec<i16>,
}

impl Taps {
    /// Weights from a place of a row on; `length` is the row's. Weights below 2^26.
    pub fn new(start: usize, weights: &[i32], length: usize) -> Self {
        // Zeros make whole lanes of it: before it, where the row ends behind it. A row that is too short stays without.
        let whole = weights.len().next_multiple_of(LANES);
        let from = start.min(length.saturating_sub(whole));
        let front = start - from;
        let padded = (0..front).map(|_| 0).chain(weights.iter().copied());
        let (mut high, mut low): (Vec<i16>, Vec<i16>) = padded.map(split).unzip();
        if from + whole <= length {
            high.resize(whole, 0);
            low.resize(whole, 0);
        }
        Self { start: from, high, low }
    }

    /// The weight of the byte at a place of the row.
    #[must_use]
    pub fn weight(&self, place: usize) -> i32 {
        let weight = || {
            let at = place.checked_sub(self.start)?;
            Some((i32::from(*self.high.get(at)?) << 11) + i32::from(*self.low.get(at)?))
        };
        weight().unwrap_or(0)
    }

    /// The places with a weight.
    #[must_use]
    pub fn places(&self) -> std::ops::Range<usize> {
        self.start..self.start + self.high.len()
    }

    /// Whether whole lanes of the row are weighed.
    #[cfg(target_arch = "x86_64")]
    fn is_whole(&self, row: &[u8]) -> bool {
        self.high.len().is_multiple_of(LANES) && self.places().end <= row.len()
    }

    fn plainly(&self, row: &[u8]) -> i32 {
        let row = row.get(self.start..).unwrap_or_default();
        let dot = |weights: &[i16]| {
            row.iter().zip(weights).map(|(value, weight)| i32::from(*value) * i32::from(*weight)).sum::<i32>()
        };
        (dot(&self.high) << 11) + dot(&self.low)
    }
}

/// The nearest multiple of 2048, and the rest.
#[expect(clippy::cast_possible_truncation, reason = "weights are below 2^26")]
fn split(weight: i32) -> (i16, i16) {
    let high = (weight + 1024) >> 11;
    let low = weight - (high << 11);
    (high as i16, low as i16)
}

/// The weighted sums of a row, as many as there are taps and places for sums. Bytes that the row does not have count nothing.
pub fn sums(row: &[u8], taps: &[Taps], sums: &mut [i32]) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has it, as was just asked.
        #[expect(unsafe_code, reason = "see the module's documentation")]
        unsafe {
            together(row, taps, sums);
        }
        return;
    }
    one_by_one(row, taps, sums);
}

fn one_by_one(row: &[u8], taps: &[Taps], sums: &mut [i32]) {
    sums.iter_mut().zip(taps).for_each(|(sum, taps)| *sum = taps.plainly(row));
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn together(row: &[u8], taps: &[Taps], sums: &mut [i32]) {
    for (taps, out) in taps.chunks(TOGETHER).zip(sums.chunks_mut(TOGETHER)) {
        match (taps.first_chunk::<TOGETHER>(), out.first_chunk_mut::<TOGETHER>()) {
            (Some(taps), Some(out)) if taps.iter().all(|taps| taps.is_whole(row)) => {
                put(added_up(taps.each_ref().map(|taps| lanes(&row[taps.places()], taps))), out);
            }
            _ => one_by_one(row, taps, out),
        }
    }
}

/// The products of one sum, in eight parts.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
fn lanes(row: &[u8], taps: &Taps) -> __m256i {
    let (mut high, mut low) = (_mm256_setzero_si256(), _mm256_setzero_si256());
    let weights = taps.high.as_chunks().0.iter().zip(taps.low.as_chunks().0);
    for (bytes, (more, rest)) in row.as_chunks().0.iter().zip(weights) {
        let values = wide(bytes);
        high = _mm256_add_epi32(high, _mm256_madd_epi16(values, vector(more)));
        low = _mm256_add_epi32(low, _mm256_madd_epi16(values, vector(rest)));
    }
    _mm256_add_epi32(_mm256_slli_epi32::<11>(high), low)
}

/// Eight sums of eight parts each.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
fn added_up(parts: [__m256i; TOGETHER]) -> __m256i {
    let two = |at: usize| _mm256_hadd_epi32(parts[at], parts[at + 1]);
    let four = |at: usize| _mm256_hadd_epi32(two(at), two(at + 2));
    let (first, last) = (four(0), four(4));
    _mm256_add_epi32(_mm256_permute2x128_si256::<0x20>(first, last), _mm256_permute2x128_si256::<0x31>(first, last))
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
fn wide(bytes: &[u8; LANES]) -> __m256i {
    // SAFETY: 16 bytes are read where 16 stand.
    #[expect(unsafe_code, reason = "no safe load compiles to one instruction")]
    unsafe {
        _mm256_cvtepu8_epi16(_mm_loadu_si128(bytes.as_ptr().cast()))
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
fn vector(weights: &[i16; LANES]) -> __m256i {
    // SAFETY: 16 numbers are read where 16 stand.
    #[expect(unsafe_code, reason = "no safe load compiles to one instruction")]
    unsafe {
        _mm256_loadu_si256(weights.as_ptr().cast())
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
fn put(sums: __m256i, out: &mut [i32; TOGETHER]) {
    // SAFETY: eight numbers are written where eight stand.
    #[expect(unsafe_code, reason = "no safe store compiles to one instruction")]
    unsafe {
        _mm256_storeu_si256(out.as_mut_ptr().cast(), sums);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(length: usize) -> Vec<u8> {
        (0..length).map(|i| (i * i * 7 + i * 31).to_le_bytes()[0]).collect()
    }

    /// Weights of both signs whose sizes add up to less than 2^23, and which use all their bits.
    fn weights(count: usize) -> Vec<i32> {
        let most = (1 << 23) / i32::try_from(count).expect("few") - 1;
        let weight = |i: i32| (i * 48_271 + 11) % most * if i % 3 == 0 { -1 } else { 1 };
        (0..).map(weight).take(count).collect()
    }

    fn one_after_the_other(row: &[u8], start: usize, weights: &[i32]) -> i32 {
        row[start..].iter().zip(weights).map(|(value, weight)| i32::from(*value) * weight).sum()
    }

    #[test]
    fn sums_are_those_of_one_byte_after_the_other_wherever_they_begin_and_however_short_the_row_is() {
        for length in [1, 5, 15, 16, 17, 40, 100, 333] {
            let row = row(length);
            for count in [1, 2, 7, 15, 16, 17, 33, 100] {
                let starts: Vec<usize> = (0..=length.saturating_sub(count)).filter(|_| count <= length).collect();
                let weights = weights(count);
                let taps: Vec<Taps> = starts.iter().map(|start| Taps::new(*start, &weights, length)).collect();
                let mut found = vec![0; taps.len()];
                sums(&row, &taps, &mut found);
                let expected: Vec<i32> =
                    starts.iter().map(|start| one_after_the_other(&row, *start, &weights)).collect();
                assert_eq!(found, expected, "{count} of {length}");
                let mut plainly = vec![0; taps.len()];
                one_by_one(&row, &taps, &mut plainly);
                assert_eq!(plainly, expected, "{count} of {length}");
            }
        }
    }

    #[test]
    fn a_weight_is_found_at_its_place_and_is_zero_elsewhere() {
        let given = [5, -70_000, 4_000_000, -1];
        for (start, length) in [(0, 4), (3, 7), (3, 40), (35, 40)] {
            let taps = Taps::new(start, &given, length);
            let found: Vec<i32> = (0..length + 3).map(|place| taps.weight(place)).collect();
            let mut expected = vec![0; length + 3];
            expected[start..start + 4].copy_from_slice(&given);
            assert_eq!(found, expected, "from {start} of {length}");
            assert!(taps.places().contains(&start) && taps.places().end <= length.max(start + 4));
        }
    }

    #[test]
    fn of_a_row_that_is_shorter_than_was_said_what_is_there_is_weighed() {
        let taps: Vec<Taps> = (0..8).map(|start| Taps::new(start, &[3; 20], 64)).collect();
        let mut found = [7; 9];
        sums(&[1; 16], &taps, &mut found);
        assert_eq!(found, [48, 45, 42, 39, 36, 33, 30, 27, 7]);
    }
}
