//! The picture as the fingerprints see it: opaque 8-bit grey or RGB, with transparency on white.
//!
//! The arithmetic is Pillow's, to the bit, because `iscc-sdk` stands on it.

#![expect(clippy::cast_possible_truncation, reason = "weighted means of bytes are bytes")]

use std::borrow::Cow;

use image::DynamicImage;

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
    pub(super) fn row(&self, y: usize) -> &[u8] {
        let bytes = self.width * self.channels;
        &self.data[y * bytes..][..bytes]
    }

    /// One row in grey, as wide as the picture. The weights are ITU-R 601-2 in 16-bit fixed point.
    pub(super) fn grey_row(&self, y: usize, grey: &mut [u8]) {
        if self.channels == 1 {
            grey.copy_from_slice(self.row(y));
            return;
        }
        for (grey, rgb) in grey.iter_mut().zip(self.row(y).as_chunks::<3>().0) {
            let [r, g, b] = rgb.map(u32::from);
            *grey = ((r * 19_595 + g * 38_470 + b * 7_471 + 0x8000) >> 16) as u8;
        }
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
    pub(super) fn add(&mut self, row: &[u8]) {
        self.rows += 1;
        self.sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += u16::from(*value));
    }

    /// Writes the means of the rows so far and starts anew.
    pub(super) fn take(&mut self, means: &mut [u8]) {
        if self.factor == 1 {
            means.iter_mut().zip(&self.sums).for_each(|(mean, sum)| *mean = *sum as u8);
        } else {
            for (mean, block) in means.iter_mut().zip(self.sums.chunks(self.factor)) {
                let area = block.len() as u32 * u32::from(self.rows);
                let sum: u32 = block.iter().map(|sum| u32::from(*sum)).sum();
                *mean = ((sum + area / 2) / area) as u8;
            }
        }
        self.sums.fill(0);
        self.rows = 0;
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
