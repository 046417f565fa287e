//! The picture as the fingerprints see it: opaque 8-bit grey or RGB, with transparency on white.
//!
//! The arithmetic is Pillow's, to the bit, because `iscc-sdk` stands on it.

#![expect(clippy::cast_possible_truncation, reason = "means of bytes are bytes")]
#![expect(clippy::inline_always, reason = "compiled again for each kind of processor")]

use std::borrow::Cow;

use image::DynamicImage;
use touchmark_machine::rgb::{Weights, weigh_to_bytes};

/// In 16-bit fixed point; that of green is shared out.
const ITU_R_601_2: Weights = [[19_595, 19_235], [19_235, 7_471]];

/// Opaque 8-bit pixels, row by row. At least one.
#[derive(Debug)]
pub(super) struct Pixels<'a> {
    pub(super) width: usize,
    pub(super) height: usize,
    /// 1 (grey) or 3 (RGB).
    pub(super) channels: usize,
    pub(super) data: Cow<'a, [u8]>,
}

impl<'a> Pixels<'a> {
    /// Nothing for a picture without pixels.
    pub(super) fn over_white(image: &'a DynamicImage) -> Option<Self> {
        let (channels, data) = match image {
            DynamicImage::ImageLuma8(grey) => (1, Cow::Borrowed(grey.as_raw().as_slice())),
            DynamicImage::ImageRgb8(rgb) => (3, Cow::Borrowed(rgb.as_raw().as_slice())),
            DynamicImage::ImageLumaA8(grey) => (1, Cow::Owned(blend::<1, 2>(grey.as_raw()))),
            DynamicImage::ImageRgba8(rgba) => (3, Cow::Owned(blend::<3, 4>(rgba.as_raw()))),
            DynamicImage::ImageLuma16(grey) => (1, Cow::Owned(high_bytes(grey.as_raw()))),
            DynamicImage::ImageRgb16(rgb) => (3, Cow::Owned(high_bytes(rgb.as_raw()))),
            DynamicImage::ImageLumaA16(grey) => (1, Cow::Owned(blend::<1, 2>(&high_bytes(grey.as_raw())))),
            DynamicImage::ImageRgba16(rgba) => (3, Cow::Owned(blend::<3, 4>(&high_bytes(rgba.as_raw())))),
            other => (3, Cow::Owned(blend::<3, 4>(other.to_rgba8().as_raw()))),
        };
        let (width, height) = (image.width() as usize, image.height() as usize);
        (width > 0 && height > 0).then_some(Self { width, height, channels, data })
    }

    /// The bytes of one row.
    #[inline(always)]
    pub(super) fn row(&self, y: usize) -> &[u8] {
        let bytes = self.width * self.channels;
        &self.data[y * bytes..][..bytes]
    }

    /// One row in grey, as wide as the picture.
    #[inline(always)]
    pub(super) fn grey_row(&self, y: usize, grey: &mut [u8]) {
        if self.channels == 1 {
            grey.copy_from_slice(self.row(y));
            return;
        }
        weigh_to_bytes(self.row(y), ITU_R_601_2, grey);
    }

    /// The means of blocks of `factor` x `factor` pixels in grey; blocks at the right and lower edge may be smaller.
    pub(super) fn reduced(&self, factor: usize) -> Pixels<'static> {
        let (width, height) = (self.width.div_ceil(factor), self.height.div_ceil(factor));
        let mut data = vec![0; width * height];
        let (mut row, mut means) = (vec![0; self.width], Means::new(self.width, factor));
        for (band, out) in data.chunks_exact_mut(width).enumerate() {
            for y in band * factor..self.height.min((band + 1) * factor) {
                self.grey_row(y, &mut row);
                means.add(&row);
            }
            means.take(out);
        }
        Pixels { width, height, channels: 1, data: Cow::Owned(data) }
    }
}

/// Gathers rows of grey to the means of blocks.
pub(super) struct Means {
    factor: usize,
    rows: u16,
    sums: Vec<u16>,
}

impl Means {
    /// `factor` is the side of a block: 1 to 256.
    pub(super) fn new(width: usize, factor: usize) -> Self {
        Self { factor, rows: 0, sums: vec![0; width] }
    }

    /// Adds one of at most `factor` rows.
    #[inline(always)]
    pub(super) fn add(&mut self, row: &[u8]) {
        self.rows += 1;
        self.sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += u16::from(*value));
    }

    /// Writes the means of the rows so far and starts anew.
    #[inline(always)]
    pub(super) fn take(&mut self, means: &mut [u8]) {
        // The compiler takes blocks of a known width side by side.
        match self.factor {
            1 => means.iter_mut().zip(&self.sums).for_each(|(mean, sum)| *mean = *sum as u8),
            2 => self.of_blocks::<2>(means),
            3 => self.of_blocks::<3>(means),
            4 => self.of_blocks::<4>(means),
            5 => self.of_blocks::<5>(means),
            6 => self.of_blocks::<6>(means),
            7 => self.of_blocks::<7>(means),
            8 => self.of_blocks::<8>(means),
            _ => {}
        }
        let done = if self.factor <= 8 { self.sums.len() / self.factor } else { 0 };
        for (mean, block) in means.iter_mut().zip(self.sums.chunks(self.factor)).skip(done) {
            let divide = Divide::by(block.len() as u32 * u32::from(self.rows));
            *mean = divide.rounded(block.iter().map(|sum| u32::from(*sum)).sum());
        }
        self.sums.fill(0);
        self.rows = 0;
    }

    #[inline(always)]
    fn of_blocks<const N: usize>(&self, means: &mut [u8]) {
        let divide = Divide::by(N as u32 * u32::from(self.rows));
        for (mean, block) in means.iter_mut().zip(self.sums.as_chunks::<N>().0) {
            *mean = divide.rounded(block.iter().map(|sum| u32::from(*sum)).sum());
        }
    }
}

/// Division of sums below 2^24 by one area of at most 2^16 pixels, without the processor's own, which is slow.
struct Divide {
    half: u32,
    /// 2^40 divided by the area, rounded up: too much by less than 2^16 2^40ths of the sum, which changes no quotient.
    inverse: u64,
}

impl Divide {
    const fn by(area: u32) -> Self {
        Self { half: area / 2, inverse: (1_u64 << 40).div_ceil(area as u64) }
    }

    #[inline(always)]
    const fn rounded(&self, sum: u32) -> u8 {
        (((sum + self.half) as u64 * self.inverse) >> 40) as u8
    }
}

/// Puts pixels of `N` colours and one alpha (`M` = `N` + 1) on white, rounding as Pillow's `paste` does.
fn blend<const N: usize, const M: usize>(data: &[u8]) -> Vec<u8> {
    let on_white = |pixel: &[u8; M]| -> [u8; N] {
        let alpha = u32::from(pixel[N]);
        std::array::from_fn(|channel| {
            let sum = u32::from(pixel[channel]) * alpha + 255 * (255 - alpha) + 128;
            (((sum >> 8) + sum) >> 8) as u8
        })
    };
    data.as_chunks::<M>().0.iter().flat_map(on_white).collect()
}

fn high_bytes(data: &[u16]) -> Vec<u8> {
    data.iter().map(|value| (value >> 8) as u8).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_rounded_as_by_division_wherever_it_could_differ() {
        let areas = (1..=256_u32).flat_map(|side| [side, side * side, side * 256, (side * 256 - 1).max(1)]);
        for area in areas {
            let divide = Divide::by(area);
            for mean in 0..=255 {
                let edge = (mean * area).saturating_sub(area / 2);
                for sum in [edge.saturating_sub(1), edge, mean * area] {
                    let expected = u8::try_from((sum + area / 2) / area).expect("a byte");
                    assert_eq!(divide.rounded(sum), expected, "{sum} of {area}");
                }
            }
        }
    }

    #[test]
    fn blocks_of_every_width_and_the_narrow_ones_at_the_edge_become_their_means() {
        let image = DynamicImage::from(image::GrayImage::from_fn(37, 23, |x, y| {
            image::Luma([(x * 7 + y * 11).to_le_bytes()[0]])
        }));
        let pixels = Pixels::over_white(&image).expect("pixels");
        for factor in 1..=9 {
            let reduced = pixels.reduced(factor);
            for (at, mean) in reduced.data.iter().enumerate() {
                let (left, top) = (at % reduced.width * factor, at / reduced.width * factor);
                let block: Vec<u32> = (top..23.min(top + factor))
                    .flat_map(|y| &pixels.row(y)[left..37.min(left + factor)])
                    .map(|value| u32::from(*value))
                    .collect();
                let count = u32::try_from(block.len()).expect("few");
                assert_eq!(u32::from(*mean), (block.iter().sum::<u32>() + count / 2) / count, "{factor} at {at}");
            }
        }
    }
}
