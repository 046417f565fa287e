//! Small pictures, each another one, in three formats.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};

/// Pixels on a side.
const SIDE: u32 = 96;

/// A picture that no other number has: stripes and a disc in the colours that `salt` and the number give. With its file's ending.
pub(super) fn make(number: usize, salt: [u8; 8]) -> Result<(Vec<u8>, &'static str), image::ImageError> {
    let (format, ending) = match number % 3 {
        0 => (ImageFormat::Png, "png"),
        1 => (ImageFormat::Jpeg, "jpg"),
        _ => (ImageFormat::WebP, "webp"),
    };
    let seed = u64::from_le_bytes(salt) ^ (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let [red, green, blue, width, x, y, size, ..] = seed.to_le_bytes();
    let (width, size) = (u32::from(width % 24) + 3, u32::from(size % 32) + 8);
    let (x, y) = (u32::from(x) % SIDE, u32::from(y) % SIDE);
    let picture = RgbImage::from_fn(SIDE, SIDE, |at_x, at_y| {
        let is_disc = at_x.abs_diff(x).pow(2) + at_y.abs_diff(y).pow(2) < size.pow(2);
        let is_stripe = (at_x / width) % 2 == 0;
        let shade = u8::try_from(at_y * 2).unwrap_or(u8::MAX);
        match (is_disc, is_stripe) {
            (true, _) => Rgb([blue, shade, red]),
            (false, true) => Rgb([red, green, shade]),
            (false, false) => Rgb([shade, blue, green]),
        }
    });
    let mut bytes = Vec::new();
    picture.write_to(&mut Cursor::new(&mut bytes), format)?;
    Ok((bytes, ending))
}
