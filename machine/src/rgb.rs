//! Weighted sums of red, green and blue: what every grey is made of.
//!
//! Unsafe for the same reason as [`crate::wide`]. The compiler takes pixels of three bytes apart byte by byte, whatever it may use; the
//! processor has an instruction that moves sixteen at once.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{__m256i, _mm256_loadu_si256, _mm256_loadu2_m128i, _mm256_storeu_si256};

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

/// The same, each sum on its way made into what is wanted.
#[inline(always)]
#[expect(clippy::inline_always, reason = "compiled again for each kind of processor")]
pub fn weigh_into<T>(rgb: &[u8], weights: Weights, out: &mut [T], to: impl Fn(i32) -> T) {
    let mut sums = [0; 512];
    for (first, out) in (0..rgb.len() / 3).step_by(sums.len()).zip(out.chunks_mut(sums.len())) {
        let rest = &rgb[3 * first..];
        weigh(rest, weights, &mut sums[..out.len()]);
        out.iter_mut().zip(&sums).take(rest.len() / 3).for_each(|(out, sum)| *out = to(*sum));
    }
}

fn plainly(rgb: &[u8], [[red, green], [more_green, blue]]: Weights, sums: &mut [i32]) {
    let weights = [i32::from(red), i32::from(green) + i32::from(more_green), i32::from(blue)];
    for (sum, pixel) in sums.iter_mut().zip(rgb.as_chunks::<3>().0) {
        *sum = pixel.iter().zip(weights).map(|(colour, weight)| i32::from(*colour) * weight).sum();
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[expect(clippy::cast_sign_loss, reason = "bits are moved, not counted")]
fn shuffled(rgb: &[u8], weights: Weights, sums: &mut [i32]) {
    use std::arch::x86_64::{_mm256_add_epi32, _mm256_madd_epi16, _mm256_set1_epi32, _mm256_shuffle_epi8};

    const RED_GREEN: [u8; 32] = pairs(0);
    const GREEN_BLUE: [u8; 32] = pairs(1);

    let [first, second] = weights.map(|[a, b]| _mm256_set1_epi32(i32::from(a as u16) | i32::from(b) << 16));
    let (red_green, green_blue) = (vector(&RED_GREEN), vector(&GREEN_BLUE));
    let mut done = 0;
    while let Some(bytes) = rgb.get(3 * done..).and_then(|rest| rest.first_chunk::<PIXELS>())
        && let Some(out) = sums.get_mut(done..).and_then(|rest| rest.first_chunk_mut::<8>())
    {
        let pixels = two_times_four_pixels(bytes);
        let one = _mm256_madd_epi16(_mm256_shuffle_epi8(pixels, red_green), first);
        let other = _mm256_madd_epi16(_mm256_shuffle_epi8(pixels, green_blue), second);
        put(_mm256_add_epi32(one, other), out);
        done += 8;
    }
    plainly(&rgb[3 * done..], weights, &mut sums[done..]);
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
    fn of_two_lengths_the_shorter_one_counts() {
        let mut few = [7; 9];
        weigh(&[1; 300], [[1, 1], [0, 1]], &mut few[..8]);
        assert_eq!(few, [3, 3, 3, 3, 3, 3, 3, 3, 7]);
        let mut many = [7; 100];
        weigh(&[1; 28], [[1, 1], [0, 1]], &mut many);
        assert_eq!(many[..10], [3, 3, 3, 3, 3, 3, 3, 3, 3, 7]);
    }
}
