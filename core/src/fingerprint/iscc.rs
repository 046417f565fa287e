//! The ISCC Image-Code, version 0, 256 bits (ISO 24138, 5.4): trim, grey, 32 x 32, cosine transform, medians.

use std::f64::consts::PI;
use std::sync::LazyLock;

use super::bicubic::{SIDE, Thumbnail};

/// The 256 bits: four squares of 8 x 8 coefficients, each against its own median.
pub(super) fn image_code(pixels: &Thumbnail) -> [u8; 32] {
    let by_row = pixels.map(|row| cosine_transform(row.map(f64::from)));
    let by_column: [[f64; SIDE]; 16] = std::array::from_fn(|x| cosine_transform(by_row.map(|row| row[x])));
    let mut bits = [0; 32];
    for (part, (x, y)) in bits.as_chunks_mut::<8>().0.iter_mut().zip([(0, 0), (8, 0), (0, 8), (8, 8)]) {
        let square: [f64; 64] = std::array::from_fn(|i| by_column[x + i % 8][y + i / 8]);
        let median = median(square);
        for (byte, coefficients) in part.iter_mut().zip(square.as_chunks::<8>().0) {
            *byte = coefficients.iter().fold(0, |byte, value| byte << 1 | u8::from(*value > median));
        }
    }
    bits
}

/// Whether one of the four 64-bit parts has fewer than 8 ones, as `iscc-sdk` judges it: at least 26 of 64 coefficients were
/// then equal to their median, so there was nothing to see.
pub(super) fn is_featureless(bits: &[u8; 32]) -> bool {
    bits.as_chunks::<8>().0.iter().any(|part| u64::from_be_bytes(*part).count_ones() < 8)
}

fn median(mut values: [f64; 64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    f64::midpoint(values[31], values[32])
}

/// The type-II transform of 32 values by halving, unscaled. The order of the floating-point steps is part of the code:
/// another order makes other ties at the median.
fn cosine_transform(mut values: [f64; SIDE]) -> [f64; SIDE] {
    let mut spare = [0.0; SIDE];
    transform(&mut values, &mut spare);
    values
}

/// Five levels deep for 32 values.
fn transform(values: &mut [f64], spare: &mut [f64]) {
    let (len, half) = (values.len(), values.len() / 2);
    if len == 1 {
        return;
    }
    let divisors: &[f64; SIDE] = &DIVISORS;
    for i in 0..half {
        let (front, back) = (values[i], values[len - 1 - i]);
        spare[i] = front + back;
        spare[half + i] = (front - back) / divisors[half + i];
    }
    let (sums, differences) = spare.split_at_mut(half);
    transform(sums, &mut values[..half]);
    transform(differences, &mut values[half..]);
    for i in 0..half {
        values[2 * i] = sums[i];
        let next = differences.get(i + 1).copied();
        values[2 * i + 1] = next.map_or(differences[i], |next| differences[i] + next);
    }
}

/// For each length twice the cosines of its angles: those of 32 values from place 16 on, of 16 from place 8 on, and so on.
static DIVISORS: LazyLock<[f64; SIDE]> = LazyLock::new(|| {
    let mut divisors = [0.0; SIDE];
    for half in [1, 2, 4, 8, 16] {
        for i in 0..half {
            divisors[half + i] = angle(i, 2 * half).cos() * 2.0;
        }
    }
    divisors
});

#[expect(clippy::cast_precision_loss, reason = "at most 32")]
fn angle(i: usize, len: usize) -> f64 {
    (i as f64 + 0.5) * PI / len as f64
}
