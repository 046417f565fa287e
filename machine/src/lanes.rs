//! Rows turned into columns, so that what must go step by step along a row is done for many rows side by side.
//!
//! Unsafe for the same reason as [`crate::wide`]. The compiler moves a block of numbers one by one; the processor has
//! instructions that move eight rows of eight in registers.

/// Turns a block: what stood in row `y` at `x` stands in row `x` at `y`.
///
/// Both sides must be multiples of eight, or it is not compiled.
pub fn turn<const X: usize, const Y: usize>(block: &[[f32; X]; Y], turned: &mut [[f32; Y]; X]) {
    const { assert!(X.is_multiple_of(8) && Y.is_multiple_of(8), "blocks are turned in squares of 8 x 8") }
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx") {
        // SAFETY: the processor has it, as was just asked.
        #[expect(unsafe_code, reason = "see the module's documentation")]
        unsafe {
            in_squares(block, turned);
        }
        return;
    }
    plainly(block, turned);
}

fn plainly<const X: usize, const Y: usize>(block: &[[f32; X]; Y], turned: &mut [[f32; Y]; X]) {
    for (y, row) in block.iter().enumerate() {
        for (column, value) in turned.iter_mut().zip(row) {
            column[y] = *value;
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx")]
fn in_squares<const X: usize, const Y: usize>(block: &[[f32; X]; Y], turned: &mut [[f32; Y]; X]) {
    use std::arch::x86_64::{_mm256_loadu_ps, _mm256_storeu_ps};

    for (band, rows) in block.as_chunks::<8>().0.iter().enumerate() {
        for (square, columns) in turned.as_chunks_mut::<8>().0.iter_mut().enumerate() {
            let rows = rows.each_ref().map(|row| {
                let eight = &row.as_chunks::<8>().0[square];
                // SAFETY: eight numbers are read where eight stand.
                #[expect(unsafe_code, reason = "no safe load compiles to one instruction")]
                unsafe {
                    _mm256_loadu_ps(eight.as_ptr())
                }
            });
            for (column, eight) in columns.iter_mut().zip(square_turned(rows)) {
                let place = &mut column.as_chunks_mut::<8>().0[band];
                // SAFETY: eight numbers are written where eight stand.
                #[expect(unsafe_code, reason = "no safe store compiles to one instruction")]
                unsafe {
                    _mm256_storeu_ps(place.as_mut_ptr(), eight);
                }
            }
        }
    }
}

/// Neighbouring rows are mixed number by number, then pairs by pairs, then halves by halves.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx")]
#[inline]
fn square_turned(rows: [std::arch::x86_64::__m256; 8]) -> [std::arch::x86_64::__m256; 8] {
    use std::arch::x86_64::{_mm256_permute2f128_ps, _mm256_shuffle_ps, _mm256_unpackhi_ps, _mm256_unpacklo_ps};

    let four = |from: usize| {
        let [first, second, third, last] = [0, 1, 2, 3].map(|i| rows[from + i]);
        let (low, high) = (_mm256_unpacklo_ps(first, second), _mm256_unpackhi_ps(first, second));
        let (more_low, more_high) = (_mm256_unpacklo_ps(third, last), _mm256_unpackhi_ps(third, last));
        [
            _mm256_shuffle_ps::<0b01_00_01_00>(low, more_low),
            _mm256_shuffle_ps::<0b11_10_11_10>(low, more_low),
            _mm256_shuffle_ps::<0b01_00_01_00>(high, more_high),
            _mm256_shuffle_ps::<0b11_10_11_10>(high, more_high),
        ]
    };
    let (upper, lower) = (four(0), four(4));
    let left = |i: usize| _mm256_permute2f128_ps::<0x20>(upper[i], lower[i]);
    let right = |i: usize| _mm256_permute2f128_ps::<0x31>(upper[i], lower[i]);
    [left(0), left(1), left(2), left(3), right(0), right(1), right(2), right(3)]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All different, and none that rounding would hide.
    fn block<const X: usize, const Y: usize>() -> [[f32; X]; Y] {
        let mut next = 0_u16;
        [[(); X]; Y].map(|row| {
            row.map(|()| {
                next += 1;
                f32::from(next) / 3.0
            })
        })
    }

    fn bits<const X: usize, const Y: usize>(block: &[[f32; X]; Y]) -> [[u32; X]; Y] {
        block.map(|row| row.map(f32::to_bits))
    }

    #[test]
    fn rows_become_columns_and_columns_rows() {
        let block = block::<24, 16>();
        let mut turned = [[0.0; 16]; 24];
        turn(&block, &mut turned);
        for (x, column) in bits(&turned).iter().enumerate() {
            assert_eq!(*column, bits(&block).map(|row| row[x]), "column {x}");
        }
        let mut back = [[0.0; 24]; 16];
        turn(&turned, &mut back);
        assert_eq!(bits(&back), bits(&block));
    }

    #[test]
    fn every_processor_turns_them_alike() {
        let block = block::<16, 8>();
        let (mut one, mut other) = ([[0.0; 8]; 16], [[0.0; 8]; 16]);
        turn(&block, &mut one);
        plainly(&block, &mut other);
        assert_eq!(bits(&one), bits(&other));
    }
}
