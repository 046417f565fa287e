//! PDQ's tent filter: a box along the rows, then one down the columns, twice; sampled at the centres of 64 x 64 cells.
//!
//! Each sum is a chain of single-precision steps whose order is part of the definition. So bands of 16 rows go side by side, a block of
//! columns at a time through all of it, and nothing but the sums down the columns leaves the nearest cache.

use std::ops::Range;

use touchmark_machine::lanes::turn;
use touchmark_machine::rgb::weigh_by_thousandths;

use super::window::{Count, ahead, window};
use super::{Pixels, SAMPLES, Square, THOUSANDTHS};

/// Rows that are filtered side by side.
const LANES: usize = 16;
/// Columns that are taken through all steps before the next.
const BLOCK: usize = 64;

type Rows = [[f32; BLOCK]; LANES];
type Lanes = [[f32; LANES]; BLOCK];

/// The source row or column of each sample.
fn centres(side: usize) -> [usize; SAMPLES] {
    std::array::from_fn(|sample| (2 * sample + 1) * side / (2 * SAMPLES))
}

#[inline(always)]
pub(super) fn sample(pixels: &Pixels<'_>) -> Square {
    if (pixels.width, pixels.height) == (SAMPLES, SAMPLES) {
        let mut samples = [[0.0; SAMPLES]; SAMPLES];
        block(pixels, 0, 0, &mut samples);
        return samples;
    }
    let mut bands = Bands::new(pixels.width, pixels.height);
    for top in (0..pixels.height + ahead(pixels.height)).step_by(LANES) {
        bands.band(pixels, top);
    }
    bands.finish()
}

/// As many columns of as many rows as are filtered together, in grey; zeros stand where there is no picture.
///
/// The reference weighs in double precision and rounds once. 299, 587 and 114 thousandths of bytes add up to whole thousandths below 2^24, so
/// that one single-precision division rounds to the very same value.
#[inline(always)]
fn block<const ROWS: usize>(pixels: &Pixels<'_>, top: usize, left: usize, rows: &mut [[f32; BLOCK]; ROWS]) {
    let columns = pixels.width.saturating_sub(left).min(BLOCK);
    let inside = pixels.height.saturating_sub(top).min(ROWS);
    let bytes = |lane: usize| &pixels.row(top + lane)[left.min(pixels.width) * pixels.channels..];
    if pixels.channels == 1 {
        for (lane, row) in rows.iter_mut().enumerate().take(inside) {
            row.iter_mut().zip(bytes(lane)).for_each(|(out, value)| *out = f32::from(*value));
        }
    } else {
        for (lane, row) in rows.iter_mut().enumerate().take(inside) {
            weigh_by_thousandths(bytes(lane), THOUSANDTHS, row);
        }
    }
    rows[..inside].iter_mut().for_each(|row| row[columns..].fill(0.0));
    rows[inside..].as_flattened_mut().fill(0.0);
}

struct Bands {
    width: usize,
    height: usize,
    first: Across,
    down: Down,
    second: Across,
    /// How many values are in the sums of either filter along the rows after each step.
    counts: Vec<Count>,
    columns: [usize; SAMPLES],
    /// The second filter's means at the sampled columns, row by row.
    narrow: Vec<[f32; SAMPLES]>,
}

impl Bands {
    fn new(width: usize, height: usize) -> Self {
        let steps = (width + 2 * ahead(width)).next_multiple_of(BLOCK);
        Self {
            width,
            height,
            first: Across::new(width),
            down: Down::new(steps, height),
            second: Across::new(width),
            counts: (0..steps).map(|step| Count::held(step, width)).collect(),
            columns: centres(width),
            narrow: Vec::with_capacity(height + LANES),
        }
    }

    /// Takes the rows from `top` on; behind the last one there are zeros. As many rows of means leave as became whole.
    ///
    /// A column of means is counted by the step at which it leaves the first filter. So what leaves before and behind the picture is taken
    /// along down the columns, and is put to zero then.
    #[inline(always)]
    fn band(&mut self, pixels: &Pixels<'_>, top: usize) {
        let lag = ahead(self.width);
        let picture = lag..self.width + lag;
        self.first.begin();
        self.second.begin();
        let mut rows: Rows = [[0.0; BLOCK]; LANES];
        let mut means: Lanes = [[0.0; LANES]; BLOCK];
        let mut narrow: [[f32; LANES]; SAMPLES] = [[0.0; LANES]; SAMPLES];
        let mut samples = narrow.iter_mut().zip(self.columns).peekable();
        for left in (0..self.counts.len()).step_by(BLOCK) {
            block(pixels, top, left, &mut rows);
            self.first.enter(&rows);
            self.first.means(&self.counts[left..], &mut means);
            turn(&means, &mut rows);
            self.down.filter(top, left, &mut rows);
            if left < picture.start || left + BLOCK > picture.end {
                let outside = |x: usize| !picture.contains(&(left + x));
                for row in &mut rows {
                    (0..BLOCK).filter(|x| outside(*x)).for_each(|x| row[x] = 0.0);
                }
            }
            self.second.enter(&rows);
            let mut done = 0;
            while let Some((out, x)) = samples.next_if(|(_, x)| x + 2 * lag < left + BLOCK) {
                let step = x + 2 * lag - left;
                self.second.steps(done..step + 1);
                *out = self.counts[x + lag].means(self.second.sums);
                done = step + 1;
            }
            self.second.steps(done..BLOCK);
        }
        let lag = ahead(self.height);
        for lane in (0..LANES).filter(|lane| (lag..self.height + lag).contains(&(top + lane))) {
            self.narrow.push(narrow.each_ref().map(|lanes| lanes[lane]));
        }
    }

    #[inline(always)]
    fn finish(mut self) -> Square {
        let lag = ahead(self.height);
        self.narrow.resize((self.height + lag).next_multiple_of(LANES), [0.0; SAMPLES]);
        let mut down = Down::new(BLOCK, self.height);
        for (band, rows) in self.narrow.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
            down.filter(band * LANES, 0, rows);
        }
        centres(self.height).map(|y| self.narrow[y + lag])
    }
}

/// The box filter along rows. The greater part of the window lies ahead; at both ends it is cut.
struct Across {
    window: usize,
    /// What is in the window, at first zeros, which change no sum; behind it the block that enters.
    values: Vec<[f32; LANES]>,
    sums: [f32; LANES],
}

impl Across {
    fn new(width: usize) -> Self {
        let window = window(width);
        Self { window, values: vec![[0.0; LANES]; window + BLOCK], sums: [0.0; LANES] }
    }

    fn begin(&mut self) {
        self.values.fill([0.0; LANES]);
        self.sums = [0.0; LANES];
    }

    #[inline(always)]
    fn enter(&mut self, rows: &Rows) {
        self.values.copy_within(BLOCK.., 0);
        if let Some(block) = self.values.last_chunk_mut::<BLOCK>() {
            turn(rows, block);
        }
    }

    /// Each step adds the entering value first and then takes the leaving one off, as the reference does.
    #[inline(always)]
    fn steps(&mut self, steps: Range<usize>) {
        let mut sums = self.sums;
        let entering = &self.values[self.window..][steps.clone()];
        for (entering, leaving) in entering.iter().zip(&self.values[steps]) {
            step(&mut sums, entering, leaving);
        }
        self.sums = sums;
    }

    /// After each step of a block.
    #[inline(always)]
    fn means(&mut self, counts: &[Count], means: &mut Lanes) {
        let mut sums = self.sums;
        let moving = self.values[self.window..].iter().zip(&self.values);
        for ((mean, count), (entering, leaving)) in means.iter_mut().zip(counts).zip(moving) {
            step(&mut sums, entering, leaving);
            *mean = count.means(sums);
        }
        self.sums = sums;
    }
}

#[inline(always)]
fn step<const N: usize>(sums: &mut [f32; N], entering: &[f32; N], leaving: &[f32; N]) {
    for (sum, (entering, leaving)) in sums.iter_mut().zip(entering.iter().zip(leaving)) {
        *sum = *sum + entering - leaving;
    }
}

/// The box filter down the columns.
struct Down {
    height: usize,
    window: usize,
    sums: Vec<[f32; BLOCK]>,
    /// For each block of columns the rows that are in its sums; at first zeros, which change no sum.
    ring: Vec<[f32; BLOCK]>,
}

impl Down {
    fn new(columns: usize, height: usize) -> Self {
        let (blocks, window) = (columns / BLOCK, window(height));
        Self { height, window, sums: vec![[0.0; BLOCK]; blocks], ring: vec![[0.0; BLOCK]; blocks * window] }
    }

    /// Makes rows from `top` on into means, each of the row that is whole when the row has entered.
    #[inline(always)]
    fn filter(&mut self, top: usize, left: usize, rows: &mut Rows) {
        let block = left / BLOCK;
        let sums = &mut self.sums[block];
        let ring = &mut self.ring[block * self.window..][..self.window];
        let mut slot = top % self.window;
        for (y, row) in (top..).zip(rows) {
            let leaving = &mut ring[slot];
            slot = if slot + 1 == self.window { 0 } else { slot + 1 };
            let count = Count::held(y, self.height);
            step(sums, row, leaving);
            *leaving = *row;
            *row = count.means(*sums);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::window::held;
    use super::*;

    /// The box filter as it is defined, one value after the other.
    fn filtered(values: &[f32]) -> Vec<f32> {
        let (side, mut sum) = (values.len(), 0.0);
        let sums = (0..side + ahead(side)).map(|step| {
            sum += values.get(step).unwrap_or(&0.0);
            sum -= step.checked_sub(window(side)).map_or(0.0, |leaving| values[leaving]);
            sum / held(step, side)
        });
        sums.collect::<Vec<_>>().split_off(ahead(side))
    }

    fn columns(rows: &[Vec<f32>]) -> Vec<Vec<f32>> {
        (0..rows[0].len()).map(|x| rows.iter().map(|row| row[x]).collect()).collect()
    }

    #[test]
    fn bands_and_blocks_give_what_one_value_after_the_other_gives() {
        for (width, height) in [(5, 5), (64, 65), (63, 64), (127, 15), (16, 129), (1000, 17), (9000, 6), (7, 9000)] {
            let data: Vec<u8> = (0..width * height).map(|i: usize| (i * i / 7 + i * 31).to_le_bytes()[0]).collect();
            let mut rows: Vec<Vec<f32>> =
                data.chunks(width).map(|row| row.iter().copied().map(f32::from).collect()).collect();
            for _ in 0..2 {
                let across: Vec<_> = rows.iter().map(|row| filtered(row)).collect();
                rows = columns(&columns(&across).iter().map(|column| filtered(column)).collect::<Vec<_>>());
            }
            let samples = sample(&Pixels { width, height, channels: 1, data: data.into() });
            for (row, y) in samples.iter().zip(centres(height)) {
                let expected = centres(width).map(|x| rows[y][x].to_bits());
                assert_eq!(row.map(f32::to_bits), expected, "row {y} of {width} x {height}");
            }
        }
    }
}
