//! PDQ, Meta's perceptual hash (2019): a tent filter, 64 x 64 samples, 16 x 16 cosine coefficients against their median.
//!
//! Equal to the reference to the bit: single precision, in the reference's order of steps. Only what it would throw away is
//! not computed: the last pass makes just the 64 x 64 samples.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "windows and angles are far below 2^24, and single precision is the definition"
)]
#![expect(clippy::inline_always, reason = "compiled again for each kind of processor")]

mod tent;
mod window;

use std::f64::consts::PI;
use std::sync::LazyLock;

use touchmark_machine::rgb::Weights;
use touchmark_machine::wide::{Work, widely};

use super::pixels::Pixels;

/// The side of the sampled picture.
const SAMPLES: usize = 64;
/// A side below this gives no hash.
const MIN_SIDE: usize = 5;

/// Of red, green (all of it in the first pair) and blue.
const THOUSANDTHS: Weights = [[299, 587], [0, 114]];

type Square = [[f32; SAMPLES]; SAMPLES];

/// The hash and how much there was to see.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pdq {
    /// As the 64 hexadecimal digits are written.
    pub(super) bits: [u8; 32],
    /// 0 to 100; below 50 the hash should not be matched.
    pub(super) quality: u8,
}

/// At full size: the cost grows with the picture.
pub(super) fn hash(pixels: &Pixels<'_>) -> Pdq {
    if pixels.width.min(pixels.height) < MIN_SIDE {
        return Pdq { bits: [0; 32], quality: 0 };
    }
    let samples = widely(Samples(pixels));
    Pdq { bits: bits(&coefficients(&samples)), quality: quality(&samples) }
}

struct Samples<'a>(&'a Pixels<'a>);

impl Work for Samples<'_> {
    type Output = Square;

    #[inline(always)]
    fn work(self) -> Square {
        tent::sample(self.0)
    }
}

/// The sum of the noticeable steps between neighbours, in hundredths of the range, scaled as the reference does.
fn quality(samples: &Square) -> u8 {
    let step = |a: f32, b: f32| ((a - b) * 100.0 / 255.0).trunc().abs() as u32;
    let mut sum = 0;
    for (y, row) in samples.iter().enumerate() {
        sum += row.windows(2).map(|pair| step(pair[0], pair[1])).sum::<u32>();
        if let Some(below) = samples.get(y + 1) {
            sum += row.iter().zip(below).map(|(a, b)| step(*a, *b)).sum::<u32>();
        }
    }
    (sum / 90).min(100) as u8
}

/// The lowest 16 x 16 cosine coefficients without the constant ones.
pub(super) fn coefficients(samples: &Square) -> [[f32; 16]; 16] {
    static COSINES: LazyLock<[[f32; SAMPLES]; 16]> = LazyLock::new(cosines);
    let down = COSINES.map(|cosines| {
        let mut sums = [0.0_f32; SAMPLES];
        for (cosine, row) in cosines.iter().zip(samples) {
            sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += cosine * value);
        }
        sums
    });
    let dot = |a: &[f32; SAMPLES], b: &[f32; SAMPLES]| a.iter().zip(b).fold(0.0, |sum, (a, b)| sum + a * b);
    std::array::from_fn(|y| std::array::from_fn(|x| dot(&down[y], &COSINES[x])))
}

fn cosines() -> [[f32; SAMPLES]; 16] {
    let scale = f64::from((2.0 / SAMPLES as f64).sqrt() as f32);
    let angle = |wave: usize, sample: usize| PI / 2.0 / SAMPLES as f64 * (wave + 1) as f64 * (2 * sample + 1) as f64;
    std::array::from_fn(|wave| std::array::from_fn(|sample| (scale * angle(wave, sample).cos()) as f32))
}

/// One bit for each coefficient above the lower median, the last one first.
pub(super) fn bits(coefficients: &[[f32; 16]; 16]) -> [u8; 32] {
    let mut sorted = *coefficients;
    let (_, median, _) = sorted.as_flattened_mut().select_nth_unstable_by(127, f32::total_cmp);
    let mut bits = [0; 32];
    for (byte, values) in bits.iter_mut().rev().zip(coefficients.as_flattened().chunks_exact(8)) {
        *byte = values.iter().rev().fold(0, |byte, value| byte << 1 | u8::from(*value > *median));
    }
    bits
}
