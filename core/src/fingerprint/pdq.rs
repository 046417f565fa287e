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

use std::f64::consts::PI;
use std::sync::LazyLock;

use touchmark_machine::rgb::{Weights, weigh_into};
use touchmark_machine::wide::{Work, widely};

use super::pixels::Pixels;

/// The side of the sampled picture.
const SAMPLES: usize = 64;
/// A side below this gives no hash.
const MIN_SIDE: usize = 5;
/// Rows that are filtered side by side.
const LANES: usize = 8;

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
        sample(self.0)
    }
}

/// Two tent passes (a box along the rows, then one down the columns, twice), sampled at the centres of 64 x 64 cells.
/// The rows flow through a few at a time, so that they stay in the cache.
#[inline(always)]
fn sample(pixels: &Pixels<'_>) -> Square {
    let (width, height) = (pixels.width, pixels.height);
    let mut samples = [[0.0; SAMPLES]; SAMPLES];
    if (width, height) == (SAMPLES, SAMPLES) {
        samples.iter_mut().enumerate().for_each(|(y, row)| read(pixels, y, row));
        return samples;
    }
    let mut across = Across::new(width);
    let mut down = Down::new(width, height);
    let mut second = Sampled::new(width, height);
    let mut row = vec![0.0; width];
    for top in (0..height).step_by(LANES) {
        let lanes = 0..LANES.min(height - top);
        for lane in lanes.clone() {
            read(pixels, top + lane, &mut row);
            across.load(lane, &row);
        }
        across.filter();
        for lane in lanes {
            across.store(lane, &mut row);
            down.push(&row).into_iter().for_each(|means| second.push(means));
        }
    }
    row.fill(0.0);
    while let Some(means) = down.push(&row) {
        second.push(means);
    }
    second.finish(&mut samples);
    samples
}

/// The reference weighs in double precision and rounds once. 299, 587 and 114 thousandths of bytes add up to whole
/// thousandths below 2^24, so that one single-precision division rounds to the very same value.
#[inline(always)]
fn read(pixels: &Pixels<'_>, y: usize, out: &mut [f32]) {
    let row = pixels.row(y);
    if pixels.channels == 1 {
        out.iter_mut().zip(row).for_each(|(out, value)| *out = f32::from(*value));
    } else {
        weigh_into(row, THOUSANDTHS, out, |sum| sum as f32 / 1000.0);
    }
}

/// The window over a side: 1/128 of it, rounded up.
const fn window(side: usize) -> usize {
    side.div_ceil(2 * SAMPLES)
}

/// How many values are in the running sum after the `step`th of `side` has entered (or, from `side` on, none has).
fn held(step: usize, side: usize) -> f32 {
    ((step + 1).min(side) - (step + 1).saturating_sub(window(side))) as f32
}

/// The source row or column of each sample.
fn centres(side: usize) -> [usize; SAMPLES] {
    std::array::from_fn(|sample| (2 * sample + 1) * side / (2 * SAMPLES))
}

/// The box filter along rows, some rows side by side. The greater part of the window lies ahead; at both ends it is cut.
struct Across {
    /// Zeros, which change no sum, stand before the rows and behind them, as many as the window is wide.
    padded: Vec<[f32; LANES]>,
    means: Vec<[f32; LANES]>,
}

impl Across {
    fn new(width: usize) -> Self {
        Self { padded: vec![[0.0; LANES]; width + 2 * window(width)], means: vec![[0.0; LANES]; width] }
    }

    #[inline(always)]
    fn load(&mut self, lane: usize, row: &[f32]) {
        let inner = &mut self.padded[window(row.len())..];
        inner.iter_mut().zip(row).for_each(|(values, value)| values[lane % LANES] = *value);
    }

    #[inline(always)]
    fn store(&self, lane: usize, row: &mut [f32]) {
        row.iter_mut().zip(&self.means).for_each(|(value, values)| *value = values[lane % LANES]);
    }

    /// Each step adds the entering value first and then takes the leaving one off, as the reference does.
    #[inline(always)]
    fn filter(&mut self) {
        let width = self.means.len();
        let ahead = window(width) / 2;
        let mut sums = [0.0_f32; LANES];
        for (step, (entering, leaving)) in self.padded[window(width)..].iter().zip(&self.padded).enumerate() {
            for (sum, (entering, leaving)) in sums.iter_mut().zip(entering.iter().zip(leaving)) {
                *sum = *sum + entering - leaving;
            }
            if let Some(means) = step.checked_sub(ahead).and_then(|x| self.means.get_mut(x)) {
                let count = held(step, width);
                *means = sums.map(|sum| sum / count);
            }
        }
    }
}

/// The box filter down the columns, row by row.
struct Down {
    height: usize,
    step: usize,
    sums: Vec<f32>,
    means: Vec<f32>,
    /// The rows that are in the sums; at first zeros, which change no sum.
    ring: Vec<f32>,
}

impl Down {
    fn new(width: usize, height: usize) -> Self {
        let ring = vec![0.0; width * window(height)];
        Self { height, step: 0, sums: vec![0.0; width], means: vec![0.0; width], ring }
    }

    /// Takes the next row, or zeros when there is none left. Gives the means of the next row that is whole.
    #[inline(always)]
    fn push(&mut self, row: &[f32]) -> Option<&[f32]> {
        let (step, window) = (self.step, window(self.height));
        self.step += 1;
        let place = step.checked_sub(window / 2);
        if place.is_some_and(|place| place >= self.height) {
            return None;
        }
        let leaving = &mut self.ring[step % window * row.len()..];
        for (sum, (entering, leaving)) in self.sums.iter_mut().zip(row.iter().zip(leaving)) {
            *sum = *sum + entering - *leaving;
            *leaving = *entering;
        }
        place?;
        let count = held(step, self.height);
        self.means.iter_mut().zip(&self.sums).for_each(|(mean, sum)| *mean = sum / count);
        Some(&self.means)
    }
}

/// The second pass, of which only the samples are wanted.
struct Sampled {
    across: Across,
    loaded: usize,
    columns: [usize; SAMPLES],
    narrow: Vec<[f32; SAMPLES]>,
}

impl Sampled {
    fn new(width: usize, height: usize) -> Self {
        let narrow = Vec::with_capacity(height);
        Self { across: Across::new(width), loaded: 0, columns: centres(width), narrow }
    }

    #[inline(always)]
    fn push(&mut self, row: &[f32]) {
        self.across.load(self.loaded, row);
        self.loaded += 1;
        if self.loaded == LANES {
            self.flush();
        }
    }

    #[inline(always)]
    fn flush(&mut self) {
        self.across.filter();
        for lane in 0..self.loaded {
            self.narrow.push(self.columns.map(|x| self.across.means[x][lane]));
        }
        self.loaded = 0;
    }

    #[inline(always)]
    fn finish(mut self, samples: &mut Square) {
        self.flush();
        let height = self.narrow.len();
        let mut down = Down::new(SAMPLES, height);
        let rows = self.narrow.iter().chain(std::iter::repeat(&[0.0; SAMPLES]));
        let mut means = Vec::with_capacity(height);
        for row in rows.take(height + window(height) / 2) {
            means.extend(down.push(row).into_iter().flatten());
        }
        for (sample, y) in samples.iter_mut().zip(centres(height)) {
            sample.copy_from_slice(&means[y * SAMPLES..][..SAMPLES]);
        }
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
