//! Weighted sums of red, green and blue: what every grey is made of.
//!
//! Unsafe for the same reason as [`crate::wide`]. The compiler takes pixels of three bytes apart byte by byte, whatever it may use; the
//! processor has an instruction that moves sixteen at once.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{
    __m256, __m256i, _mm256_add_epi32, _mm256_loadu_si256, _mm256_loadu2_m128i, _mm256_madd_epi16, _mm256_set1_epi32,
    _mm256_shuffle_epi8, _mm256_storeu_ps,
};

/// For each colour, two weights: how the pairs (red, green) and (green, blue) are weighed.
pub type Weights = [[i16; 2]; 2];

/// Bytes that are read for eight pixels: the last four are passed over.
#[cfg(target_arch = "x86_64")]
const PIXELS: usize = 28;

/// Weighs the colours of a row of RGB pixels: `(r * w[0][0] + g * (w[0][1] + w[1][0]) + b * w[1][1]) / 1000` in single precision, where weights are
/// not negative and come to 1000 at most. As many as there are pixels and places.
pub fn weigh_by_thousandths(rgb: &[u8], weights: Weights, out: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has it, as was just asked.
        #[expect(unsafe_code, reason = "see the module's documentation")]
        unsafe {
            multiplied(rgb, weights, out);
        }
        return;
    }
    divided(rgb, weights, out);
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
        *byte = ((sum(*pixel, weights) + HALF) >> 16).to_le_bytes()[0];
    }
}

/// What is added so that cutting rounds.
const HALF: i32 = 1 << 15;

#[expect(clippy::cast_precision_loss, reason = "at most 255,000")]
fn divided(rgb: &[u8], weights: Weights, out: &mut [f32]) {
    let pixels = rgb.as_chunks().0;
    out.iter_mut().zip(pixels).for_each(|(out, pixel)| *out = sum(*pixel, weights) as f32 / 1000.0);
}

fn sum(pixel: [u8; 3], [[red, green], [more_green, blue]]: Weights) -> i32 {
    let weights = [i32::from(red), i32::from(green) + i32::from(more_green), i32::from(blue)];
    pixel.iter().zip(weights).map(|(colour, weight)| i32::from(*colour) * weight).sum()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn multiplied(rgb: &[u8], weights: Weights, out: &mut [f32]) {
    use std::arch::x86_64::{_mm256_add_ps, _mm256_cvtepi32_ps, _mm256_mul_ps, _mm256_set1_ps};

    /// In two parts, which together give of each whole number up to 255,000 what dividing gives, and quicker: the product with the first is exact.
    const THOUSANDTH: [f32; 2] = [33.0 / 32_768.0, -7.080_078_e-6];

    let kernel = Kernel::new(weights);
    let parts = THOUSANDTH.map(|part| _mm256_set1_ps(part));
    let thousandths = |pixels: &[u8; PIXELS]| {
        let sums = _mm256_cvtepi32_ps(kernel.sums(pixels));
        let [greater, rest] = parts.map(|part| _mm256_mul_ps(sums, part));
        _mm256_add_ps(greater, rest)
    };
    let mut done = 0;
    while let Some(rest) = rgb.get(3 * done..)
        && let Some(bytes) = rest.first_chunk::<{ PIXELS + 24 }>()
        && let (Some(first), Some(second)) = (bytes.first_chunk(), bytes.last_chunk())
        && let Some(out) = out.get_mut(done..).and_then(|rest| rest.first_chunk_mut::<16>())
        && let ([low, high], _) = out.as_chunks_mut::<8>()
    {
        put(thousandths(first), low);
        put(thousandths(second), high);
        done += 16;
    }
    divided(&rgb[3 * done..], weights, &mut out[done..]);
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
fn put(values: __m256, out: &mut [f32; 8]) {
    // SAFETY: eight numbers are written where eight stand.
    #[expect(unsafe_code, reason = "no safe store compiles to one instruction")]
    unsafe {
        _mm256_storeu_ps(out.as_mut_ptr(), values);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GREY: Weights = [[19_595, 19_235], [19_235, 7_471]];

    /// To single precision.
    #[expect(clippy::cast_possible_truncation, reason = "it rounds")]
    fn rounded(value: f64) -> f32 {
        value as f32
    }

    #[test]
    fn thousandths_are_what_dividing_gives_of_every_sum() {
        let (weights, most) = ([[744, 255], [0, 1]], 255_000_u32);
        let pixel = |sum: u32| {
            let red = sum.saturating_sub(256 * 255).div_ceil(744);
            let rest = sum - 744 * red;
            let green = (rest / 255).min(255);
            [red, green, rest - 255 * green].map(|colour| u8::try_from(colour).expect("a byte"))
        };
        let bytes: Vec<u8> = (0..=most).flat_map(pixel).collect();
        let mut found = vec![0.0; bytes.len() / 3];
        weigh_by_thousandths(&bytes, weights, &mut found);
        for (number, found) in (0..=most).zip(found) {
            let expected = f64::from(number) / 1000.0;
            assert_eq!(found.to_bits(), rounded(expected).to_bits(), "{number}");
        }
    }

    #[test]
    fn rows_of_any_length_are_weighed_as_one_pixel_after_the_other_would_be() {
        let bytes: Vec<u8> = (0..3 * 77_u32).map(|i| (i * i * 7 + i * 31).to_le_bytes()[0]).collect();
        for pixels in 0..=77 {
            let expected: Vec<f32> = bytes[..3 * pixels]
                .as_chunks()
                .0
                .iter()
                .map(|[r, g, b]| (299.0 * f32::from(*r) + 587.0 * f32::from(*g) + 114.0 * f32::from(*b)) / 1000.0)
                .collect();
            let mut found = vec![0.0; pixels];
            weigh_by_thousandths(&bytes[..3 * pixels], [[299, 587], [0, 114]], &mut found);
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn bytes_are_the_rounded_sums() {
        let bytes: Vec<u8> = (0..3 * 77_u32).map(|i| (i * i * 7 + i * 31).to_le_bytes()[0]).collect();
        let rounded: Vec<u8> = bytes
            .as_chunks()
            .0
            .iter()
            .map(|pixel| pixel.map(u32::from))
            .map(|[r, g, b]| (19_595 * r + 38_470 * g + 7_471 * b + 32_768) / 65_536)
            .map(|grey| u8::try_from(grey).expect("a byte"))
            .collect();
        for pixels in 0..=77 {
            for rgb in [&bytes[..], &bytes[..3 * pixels]] {
                let mut packed = vec![0; pixels];
                weigh_to_bytes(rgb, GREY, &mut packed);
                assert_eq!(packed, rounded[..pixels]);
            }
        }
        let mut white = [0; 40];
        weigh_to_bytes(&[255; 120], GREY, &mut white);
        assert_eq!(white, [255; 40]);
    }

    #[test]
    fn of_two_lengths_the_shorter_one_counts() {
        let weights = [[1000, 0], [0, 0]];
        let mut few = [7.0; 9];
        weigh_by_thousandths(&[1; 300], weights, &mut few[..8]);
        assert_eq!(few.map(f32::to_bits), [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 7.0].map(f32::to_bits));
        let mut many = [7.0; 100];
        weigh_by_thousandths(&[1; 28], weights, &mut many);
        assert_eq!(many[..10].iter().map(|value| value.to_bits()).filter(|bits| *bits == 1_f32.to_bits()).count(), 9);
    }
}
