//! A picture in grey on 128 x 128 cells, whatever its size and shape: what search codes and previews are made from.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "sides are far below 2^24, and cells are means of bytes"
)]
#![expect(clippy::inline_always, reason = "compiled again for each kind of processor")]

use touchmark_machine::wide::{Work, widely};

use super::super::pixels::Pixels;
use super::codes::Part;

/// Cells along a side.
pub(super) const CELLS: usize = 128;
/// The side of a preview.
pub(super) const SIDE: usize = CELLS / 4;

/// The means of the cells, row by row, 0 to 255.
#[derive(Debug, Clone)]
pub(in crate::fingerprint) struct Grid(Vec<f32>);

struct Cells<'a>(&'a Pixels<'a>);

impl Work for Cells<'_> {
    type Output = Grid;

    #[inline(always)]
    fn work(self) -> Grid {
        let Self(grey) = self;
        let has_whole = |side: usize| side.is_multiple_of(CELLS) && side <= 256 * CELLS;
        if has_whole(grey.width) && has_whole(grey.height) {
            return whole_cells(grey);
        }
        shared_cells(grey)
    }
}

impl Grid {
    /// From a grey picture: each cell is the mean of what it covers, pixels on its edge by their share.
    pub(in crate::fingerprint) fn of(grey: &Pixels<'_>) -> Self {
        debug_assert_eq!(grey.channels, 1, "a grey picture");
        widely(Cells(grey))
    }

    pub(super) fn row(&self, y: usize) -> &[f32] {
        &self.0[y * CELLS..][..CELLS]
    }

    /// Means of blocks of 4 x 4 cells, as bytes.
    pub(super) fn preview(&self) -> [u8; SIDE * SIDE] {
        std::array::from_fn(|at| {
            let (x, y) = (at % SIDE * 4, at / SIDE * 4);
            let sum: f32 = (y..y + 4).map(|y| self.row(y)[x..x + 4].iter().sum::<f32>()).sum();
            (sum / 16.0).round() as u8
        })
    }

    /// [`SIDE`] rows of as many cells over a part of the picture.
    pub(super) fn cells_of(&self, part: Part) -> [[f32; SIDE]; SIDE] {
        if part == Part::default() {
            let preview = self.preview();
            return std::array::from_fn(|y| std::array::from_fn(|x| f32::from(preview[y * SIDE + x])));
        }
        let cells = CELLS as f32;
        let edges = |before: f32, behind: f32, i: usize| {
            let at = |i: usize| cells * (before + (1.0 - before - behind) * i as f32 / SIDE as f32);
            (at(i), at(i + 1).min(cells))
        };
        std::array::from_fn(|y| {
            let (from, to) = edges(part.top, part.bottom, y);
            let mut band = [0.0_f32; CELLS];
            for y in from as usize..(to.ceil() as usize).min(CELLS) {
                let share = share(y, from, to) / (to - from);
                band.iter_mut().zip(self.row(y)).for_each(|(sum, value)| *sum += share * value);
            }
            std::array::from_fn(|x| mean(&band, edges(part.left, part.right, x)))
        })
    }

    /// Each cell becomes the mean of its neighbourhood of 3 x 3; the cells at the edge count twice there.
    pub(super) fn smoothed(&self) -> Self {
        let mut across = vec![0.0; CELLS * CELLS];
        for (sums, row) in across.chunks_exact_mut(CELLS).zip(self.0.chunks_exact(CELLS)) {
            sums[0] = row[0] + row[0] + row[1];
            sums[1..].iter_mut().zip(row.windows(3)).for_each(|(sum, near)| *sum = near[0] + near[1] + near[2]);
            sums[CELLS - 1] = row[CELLS - 2] + row[CELLS - 1] + row[CELLS - 1];
        }
        let mut cells = vec![0.0; CELLS * CELLS];
        for (y, means) in cells.chunks_exact_mut(CELLS).enumerate() {
            let [a, b, c] = [y.saturating_sub(1), y, (y + 1).min(CELLS - 1)].map(|y| &across[y * CELLS..][..CELLS]);
            let sums = a.iter().zip(b).zip(c).map(|((a, b), c)| a + b + c);
            means.iter_mut().zip(sums).for_each(|(mean, sum)| *mean = sum / 9.0);
        }
        Self(cells)
    }
}

/// Wherever cells begin and end.
#[inline(always)]
fn shared_cells(grey: &Pixels<'_>) -> Grid {
    let mut cells = Vec::with_capacity(CELLS * CELLS);
    let mut band = vec![0.0_f32; grey.width];
    for cell in 0..CELLS {
        band.fill(0.0);
        let (from, to) = edges(cell, grey.height);
        for y in from as usize..(to.ceil() as usize).min(grey.height) {
            let share = share(y, from, to);
            band.iter_mut().zip(grey.row(y)).for_each(|(sum, value)| *sum += share * f32::from(*value));
        }
        let height = to - from;
        cells.extend((0..CELLS).map(|cell| mean(&band, edges(cell, grey.width)) / height));
    }
    Grid(cells)
}

/// Where cells are of whole pixels: their sums are whole numbers of at most 24 bits, of which single precision keeps each, in whatever order.
#[inline(always)]
fn whole_cells(grey: &Pixels<'_>) -> Grid {
    let (width, height) = (grey.width / CELLS, grey.height / CELLS);
    let mut cells = Vec::with_capacity(CELLS * CELLS);
    let mut band = vec![0_u16; grey.width];
    for cell in 0..CELLS {
        band.fill(0);
        for y in cell * height..(cell + 1) * height {
            band.iter_mut().zip(grey.row(y)).for_each(|(sum, value)| *sum += u16::from(*value));
        }
        let mean =
            |block: &[u16]| block.iter().map(|sum| u32::from(*sum)).sum::<u32>() as f32 / width as f32 / height as f32;
        cells.extend(band.chunks_exact(width).map(mean));
    }
    Grid(cells)
}

/// Where a cell begins and ends along a side, in pixels.
#[inline(always)]
fn edges(cell: usize, side: usize) -> (f32, f32) {
    let at = |cell: usize| cell as f32 * side as f32 / CELLS as f32;
    (at(cell), at(cell + 1))
}

/// How much of a pixel lies between two places.
#[inline(always)]
fn share(pixel: usize, from: f32, to: f32) -> f32 {
    let pixel = pixel as f32;
    (to.min(pixel + 1.0) - from.max(pixel)).max(0.0)
}

/// What lies between the first and the last pixel lies there as a whole.
#[inline(always)]
fn mean(row: &[f32], (from, to): (f32, f32)) -> f32 {
    let first = from as usize;
    let last = (to.ceil() as usize).min(row.len());
    let part = |at: usize, value: f32| value * share(at, from, to);
    let sum = match &row[first..last] {
        [] => 0.0,
        [one] => part(first, *one),
        [left, whole @ .., right] => {
            whole.iter().fold(part(first, *left), |sum, value| sum + value) + part(last - 1, *right)
        }
    };
    sum / (to - from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(width: usize, height: usize) -> Pixels<'static> {
        let data: Vec<u8> = (0..width * height).map(|i: usize| (i * i / 7 + i * 31).to_le_bytes()[0]).collect();
        Pixels { width, height, channels: 1, data: data.into() }
    }

    fn bits(grid: &Grid) -> Vec<u32> {
        grid.0.iter().map(|cell| cell.to_bits()).collect()
    }

    #[test]
    fn cells_of_whole_pixels_are_what_they_are_by_shares() {
        for (width, height) in [(128, 128), (256, 128), (128, 384), (1024, 1024), (1152, 640)] {
            let grey = grey(width, height);
            assert_eq!(bits(&whole_cells(&grey)), bits(&shared_cells(&grey)), "{width} x {height}");
        }
    }

    #[test]
    fn only_cells_of_whole_pixels_are_taken_as_such() {
        for (width, height) in [(1024, 1024), (192, 128), (128, 320), (5, 7), (128, 40_000)] {
            let grey = grey(width, height);
            assert_eq!(bits(&Grid::of(&grey)), bits(&shared_cells(&grey)), "{width} x {height}");
        }
    }
}
