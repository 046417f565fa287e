//! Resizing to 32 x 32 as Pillow does (`Image.resize` with `BICUBIC` on 8-bit grey), to the bit.
//!
//! Two passes with weights in fixed point, rounded to 8 bits in between. All sums are of integers, so their
//! order is free.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "sides are below 2^32, weights below 2^23 and values are clamped before they are cut"
)]
#![expect(clippy::inline_always, reason = "compiled again for each kind of processor")]

use touchmark_machine::taps::{Taps, sums};

use super::pixels::Pixels;
use super::trim::Area;

/// The side of the result.
pub(super) const SIDE: usize = 32;
/// Bits behind the binary point of a weight.
const PRECISION: u32 = 22;

/// A row of the result's width.
pub(super) type Line = [u8; SIDE];
/// 32 x 32 grey pixels, row by row.
pub(super) type Thumbnail = [Line; SIDE];

/// The weights for one area.
pub(super) struct Bicubic {
    across: Vec<Taps>,
    down: Vec<Taps>,
    rows_first: bool,
}

impl Bicubic {
    pub(super) fn new(area: &Area) -> Self {
        let (width, height) = (area.columns.len(), area.rows.len());
        let rows_first = height > SIDE && height + SIDE > 2 * width;
        Self { across: taps(width), down: taps(height), rows_first }
    }

    /// Pillow 13 resizes the rows first where the area is about twice as tall as wide; before, it always took the columns
    /// first. The middle result is rounded, so a few bits of such a picture's code depend on this.
    pub(super) fn rows_first(&self) -> bool {
        self.rows_first
    }

    /// Of the rows of the area, each through [`Bicubic::line`]; where the rows must be resized first, those are not needed.
    pub(super) fn thumbnail(&self, pixels: &Pixels<'_>, area: &Area, lines: &[Line]) -> Thumbnail {
        if self.rows_first { self.of_area(pixels, area) } else { self.of_lines(lines) }
    }

    /// One row of the area to its 32 pixels.
    #[inline(always)]
    pub(super) fn line(&self, row: &[u8]) -> Line {
        let mut weighed = [0; SIDE];
        sums(row, &self.across, &mut weighed);
        weighed.map(round)
    }

    /// All rows of the area, each through [`Bicubic::line`], to 32 rows.
    fn of_lines(&self, lines: &[Line]) -> Thumbnail {
        let mut sums = [[0; SIDE]; SIDE];
        for (sums, taps) in sums.iter_mut().zip(&self.down) {
            for y in taps.places() {
                add(sums, &lines[y], taps.weight(y));
            }
        }
        sums.map(|sums| sums.map(round))
    }

    /// The other order, for [`Bicubic::rows_first`].
    fn of_area(&self, pixels: &Pixels<'_>, area: &Area) -> Thumbnail {
        let mut row = vec![0; pixels.width];
        let mut sums = vec![vec![0; area.columns.len()]; SIDE];
        for (y, source) in area.rows.clone().enumerate() {
            pixels.grey_row(source, &mut row);
            for (sums, taps) in sums.iter_mut().zip(&self.down) {
                if taps.places().contains(&y) {
                    add(sums, &row[area.columns.clone()], taps.weight(y));
                }
            }
        }
        let rows = sums.into_iter().map(|sums| sums.into_iter().map(round).collect::<Vec<u8>>());
        let lines: Vec<Line> = rows.map(|row| self.line(&row)).collect();
        std::array::from_fn(|y| lines[y])
    }
}

fn add(sums: &mut [i32], row: &[u8], weight: i32) {
    sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += weight * i32::from(*value));
}

#[inline(always)]
fn round(sum: i32) -> u8 {
    ((sum + (1 << (PRECISION - 1))) >> PRECISION).clamp(0, 255) as u8
}

/// For each of the 32 target pixels along one side.
fn taps(side: usize) -> Vec<Taps> {
    let scale = side as f64 / SIDE as f64;
    let stretch = scale.max(1.0);
    let reach = 2.0 * stretch;
    let of_target = |target: usize| {
        let center = (target as f64 + 0.5) * scale;
        let start = (center - reach + 0.5).max(0.0) as usize;
        let end = ((center + reach + 0.5) as usize).min(side);
        let weigh = |source: usize| kernel((source as f64 - center + 0.5) * (1.0 / stretch));
        let weights: Vec<f64> = (start..end).map(weigh).collect();
        let total: f64 = weights.iter().sum();
        let weights: Vec<i32> = weights.iter().map(|weight| fixed(weight / total)).collect();
        Taps::new(start, &weights, side)
    };
    (0..SIDE).map(of_target).collect()
}

/// Rounded half away from zero.
fn fixed(weight: f64) -> i32 {
    let fixed = weight * f64::from(1 << PRECISION);
    (fixed + 0.5_f64.copysign(fixed)) as i32
}

/// The cubic convolution kernel with a = -1/2.
fn kernel(distance: f64) -> f64 {
    let x = distance.abs();
    if x < 1.0 {
        (1.5 * x - 2.5) * x * x + 1.0
    } else if x < 2.0 {
        (((x - 5.0) * x + 8.0) * x - 4.0) * -0.5
    } else {
        0.0
    }
}
