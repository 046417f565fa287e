//! Weighted sums of red, green and blue: what every grey is made of.
//!
//! Unsafe for the same reason as [`crate::wide`]. The compiler takes pixels of three bytes apart byte by byte, whatever it may use; the
//! processor has an instruction that moves sixteen at once.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{
    __m256i, _mm256_add_epi32, _mm256_loadu_si256, _mm256_loadu2_m128i, _mm256_madd_epi16, _mm256_set1_epi32,
    _mm256_shuffle_epi8, _mm256_storeu_si256,
};

/// For each colour, two weights: how the pairs (red, green) and (green, blue) are weighed.
pub type Weights = [[i16; 2]; 2];

/// Bytes that are read for eight pixels: the last four are passed over.
const PIXELS: usize = 28;

/// Adds up the weighed colours of a row of RGB pixels: `r * w[0][0] + g * (w[0][1] + w[1][0]) + b * w[1][1]`. As many as there are pixels and
/// places for sums.
pub fn weigh(rgb: &[u8], weights: Weights, sums: &mut [i32]) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has it, as was just asked.
        #[expect(unsafe_code, reason = "see the module's documentation")]
        unsafe {
            shuffled(rgb, weights, sums);
        }
        return;
    }
    plainly(rgb, weights, sums);
}

/// The same with weights that are 65,536ths, of which all are shared out: sums rounded to bytes.
pub fn weigh_to_bytes(rgb: &[u8], weights: Weights, bytes: &mut [u8]) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has it, as was just asked.
        #[expect(unsafe_code, reason = "see the module's documentation")]
        unsafe {
            packed(rgb, weights, bytes);
        }
        return;
    }
    one_by_one(rgb, weights, bytes);
}

fn one_by_one(rgb: &[u8], weights: Weights, bytes: &mut [u8]) {
    for (byte, pixel) in bytes.iter_mut().zip(rgb.as_chunks::<3>().0) {
        let mut sum = [0];
        plainly(pixel, weights, &mut sum);
        *byte = ((sum[0] + HALF) >> 16).to_le_bytes()[0];
    }
}

/// What is added so that cutting rounds.
const HALF: i32 = 1 << 15;

fn plainly(rgb: &[u8], [[red, green], [more_green, blue]]: Weights, sums: &mut [i32]) {
    let weights = [i32::from(red), i32::from(green) + i32::from(more_green), i32::from(blue)];
    for (sum, pixel) in sums.iter_mut().zip(rgb.as_chunks::<3>().0) {
        *sum = pixel.iter().zip(weights).map(|(colour, weight)| i32::from(*colour) * weight).sum();
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn shuffled(rgb: &[u8], weights: Weights, sums: &mut [i32]) {
    let kernel = Kernel::new(weights);
    let mut done = 0;
    while let Some(bytes) = rgb.get(3 * done..).and_then(|rest| rest.first_chunk::<PIXELS>())
        && let Some(out) = sums.get_mut(done..).and_then(|rest| rest.first_chunk_mut::<8>())
    {
        put(kernel.sums(bytes), out);
        done += 8;
    }
    plainly(&rgb[3 * done..], weights, &mut sums[done..]);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn packed(rgb: &[u8], weights: Weights, bytes: &mut [u8]) {
    use std::arch::x86_64::{
        _mm256_extract_epi64, _mm256_packus_epi16, _mm256_packus_epi32, _mm256_permute4x64_epi64, _mm256_srai_epi32,
    };

    let (kernel, half) = (Kernel::new(weights), _mm256_set1_epi32(HALF));
    let rounded = |pixels: &[u8; PIXELS]| _mm256_srai_epi32::<16>(_mm256_add_epi32(kernel.sums(pixels), half));
    let mut done = 0;
    while let Some(rest) = rgb.get(3 * done..)
        && let (Some(first), Some(second)) = (rest.first_chunk(), rest.get(24..).and_then(|rest| rest.first_chunk()))
        && let Some(out) = bytes.get_mut(done..).and_then(|rest| rest.first_chunk_mut::<16>())
    {
        // Packing goes by halves, so the quarters come as 0, 2, 1, 3.
        let words = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_packus_epi32(rounded(first), rounded(second)));
        let packed = _mm256_packus_epi16(words, words);
        out[..8].copy_from_slice(&_mm256_extract_epi64::<0>(packed).to_le_bytes());
        out[8..].copy_from_slice(&_mm256_extract_epi64::<2>(packed).to_le_bytes());
        done += 16;
    }
    one_by_one(&rgb[3 * done..], weights, &mut bytes[done..]);
}

/// The weights as the instructions take them.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
struct Kernel {
    pairs: [__m256i; 2],
    weights: [__m256i; 2],
}

#[cfg(target_arch = "x86_64")]
impl Kernel {
    #[target_feature(enable = "avx2")]
    #[inline]
    #[expect(clippy::cast_sign_loss, reason = "bits are moved, not counted")]
    fn new(weights: Weights) -> Self {
        const RED_GREEN: [u8; 32] = pairs(0);
        const GREEN_BLUE: [u8; 32] = pairs(1);
        let both = |[a, b]: [i16; 2]| _mm256_set1_epi32(i32::from(a as u16) | i32::from(b) << 16);
        Self { pairs: [vector(&RED_GREEN), vector(&GREEN_BLUE)], weights: weights.map(both) }
    }

    /// The weighed colours of eight pixels.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn sums(self, bytes: &[u8; PIXELS]) -> __m256i {
        let pixels = two_times_four_pixels(bytes);
        let [one, other] =
            [0, 1].map(|at| _mm256_madd_epi16(_mm256_shuffle_epi8(pixels, self.pairs[at]), self.weights[at]));
        _mm256_add_epi32(one, other)
    }
}

/// In each half two bytes of each of its four pixels become numbers of 16 bits; 0xff makes a zero.
#[cfg(target_arch = "x86_64")]
const fn pairs(from: u8) -> [u8; 32] {
    let mut moves = [0xff; 32];
    let mut to = 0;
    while to < 16 {
        moves[2 * to as usize] = 3 * (to / 2 % 4) + from + to % 2;
        to += 1_u8;
    }
    moves
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn vector(bytes: &[u8; 32]) -> __m256i {
    // SAFETY: 32 bytes are read where 32 stand.
    #[expect(unsafe_code, reason = "no safe load compiles to one instruction")]
    unsafe {
        _mm256_loadu_si256(bytes.as_ptr().cast())
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn two_times_four_pixels(bytes: &[u8; PIXELS]) -> __m256i {
    // SAFETY: bytes 0 to 15 and 12 to 27 are read of 28.
    #[expect(unsafe_code, reason = "no safe load compiles to one instruction")]
    unsafe {
        _mm256_loadu2_m128i(bytes.as_ptr().add(12).cast(), bytes.as_ptr().cast())
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn put(sums: __m256i, out: &mut [i32; 8]) {
    // SAFETY: eight numbers are written where eight stand.
    #[expect(unsafe_code, reason = "no safe store compiles to one instruction")]
    unsafe {
        _mm256_storeu_si256(out.as_mut_ptr().cast(), sums);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_any_length_are_weighed_as_one_pixel_after_the_other_would_be() {
        let bytes: Vec<u8> = (0..3 * 77_u32).map(|i| (i * i * 7 + i * 31).to_le_bytes()[0]).collect();
        for weights in [[[19_595, 19_235], [19_235, 7_471]], [[299, 587], [0, 114]], [[-3, 32_767], [-32_768, 1]]] {
            for pixels in 0..=77 {
                let one_by_one: Vec<i32> = bytes[..3 * pixels]
                    .chunks(3)
                    .map(|pixel| {
                        let [r, g, b] = [0, 1, 2].map(|i| i32::from(pixel[i]));
                        let [[red, green], [more_green, blue]] = weights.map(|pair| pair.map(i32::from));
                        r * red + g * (green + more_green) + b * blue
                    })
                    .collect();
                let mut sums = vec![0; pixels];
                weigh(&bytes[..3 * pixels], weights, &mut sums);
                assert_eq!(sums, one_by_one);
            }
        }
    }

    #[test]
    fn bytes_are_the_rounded_sums() {
        let bytes: Vec<u8> = (0..3 * 77_u32).map(|i| (i * i * 7 + i * 31).to_le_bytes()[0]).collect();
        let weights = [[19_595, 19_235], [19_235, 7_471]];
        for pixels in 0..=77 {
            let mut sums = vec![0; pixels];
            weigh(&bytes, weights, &mut sums);
            let rounded: Vec<u8> =
                sums.iter().map(|sum| u8::try_from((sum + HALF) / 65_536).expect("a byte")).collect();
            for rgb in [&bytes[..], &bytes[..3 * pixels]] {
                let mut packed = vec![0; pixels];
                weigh_to_bytes(rgb, weights, &mut packed);
                assert_eq!(packed, rounded);
            }
        }
        let mut white = [0; 40];
        weigh_to_bytes(&[255; 120], weights, &mut white);
        assert_eq!(white, [255; 40]);
    }

    #[test]
    fn of_two_lengths_the_shorter_one_counts() {
        let mut few = [7; 9];
        weigh(&[1; 300], [[1, 1], [0, 1]], &mut few[..8]);
        assert_eq!(few, [3, 3, 3, 3, 3, 3, 3, 3, 7]);
        let mut many = [7; 100];
        weigh(&[1; 28], [[1, 1], [0, 1]], &mut many);
        assert_eq!(many[..10], [3, 3, 3, 3, 3, 3, 3, 3, 3, 7]);
    }
}
