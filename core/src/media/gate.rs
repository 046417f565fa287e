//! The gate before signing: type, size and wholeness of a file, from its structure alone.

#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::{Error, MediaType, bmff, bytes, gif, jpeg, png, sniff, svg, tiff, webp};

/// How much one file may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes in the file.
    pub max_bytes: u64,
    /// Pixels in one frame: width times height.
    pub max_pixels: u64,
}

impl Default for Limits {
    /// 1 GiB and 268,435,456 pixels (16,384 x 16,384): above what cameras and upscalers make today, and below what one
    /// process can hold decoded (1 GiB at 8-bit RGBA).
    fn default() -> Self {
        Self { max_bytes: 1 << 30, max_pixels: 1 << 28 }
    }
}

/// The gate before signing: refuses an empty, unknown, oversized or cut-off file, without decoding pixels.
///
/// A type that cannot be signed ([`MediaType::can_sign`]) is no error here. For JPEG, PNG, WebP, GIF, TIFF, DNG, SVG and
/// the AVIF family the structure is walked to its end; for the others only the sizes are judged. Bytes after the end
/// mark are allowed. Pixels may still be corrupt: [`super::decode`] finds that.
pub fn check(bytes: &[u8], limits: &Limits) -> Result<MediaType, Error> {
    let media_type = recognise(bytes, limits)?;
    check_pixels(bytes, media_type, limits)?;
    match media_type {
        MediaType::Jpeg => jpeg::check(bytes)?,
        MediaType::Png => png::check(bytes)?,
        MediaType::Webp => webp::check(bytes)?,
        MediaType::Gif => gif::check(bytes)?,
        MediaType::Tiff | MediaType::Dng => tiff::check(bytes, media_type)?,
        MediaType::Avif | MediaType::Heic | MediaType::Heif => bmff::check(bytes, media_type)?,
        MediaType::Svg => svg::check(bytes)?,
        MediaType::Jxl | MediaType::Pdf => {}
    }
    Ok(media_type)
}

/// The gate before verifying: refuses an empty, unknown or oversized file, and a TIFF file that leads through more directories than
/// a reader could follow. A cut-off file passes: that it is damaged is then for the verdict to say.
pub fn recognise(bytes: &[u8], limits: &Limits) -> Result<MediaType, Error> {
    if bytes.is_empty() {
        return Err(Error::Empty);
    }
    let found = bytes::count(bytes.len());
    if found > limits.max_bytes {
        return Err(Error::TooManyBytes { found, limit: limits.max_bytes });
    }
    let media_type =
        MediaType::sniff(bytes).ok_or_else(|| Error::UnknownType { looks_like: sniff::looks_like(bytes) })?;
    if matches!(media_type, MediaType::Tiff | MediaType::Dng) {
        tiff::check_directories(bytes, media_type)?;
    }
    Ok(media_type)
}

/// Width and height in pixels as the header says, before any rotation; `None` when it does not say, or for SVG, JPEG XL
/// and PDF. In the AVIF family this is the largest picture in the file.
pub fn dimensions(bytes: &[u8], media_type: MediaType) -> Option<(u32, u32)> {
    match media_type {
        MediaType::Jpeg => jpeg::dimensions(bytes),
        MediaType::Png => png::dimensions(bytes),
        MediaType::Webp => webp::dimensions(bytes),
        MediaType::Gif => gif::dimensions(bytes),
        MediaType::Tiff | MediaType::Dng => tiff::dimensions(bytes),
        MediaType::Avif | MediaType::Heic | MediaType::Heif => bmff::dimensions(bytes),
        MediaType::Svg | MediaType::Jxl | MediaType::Pdf => None,
    }
}

/// The header's dimensions, if it has them and they are within the limit.
pub(super) fn check_pixels(bytes: &[u8], media_type: MediaType, limits: &Limits) -> Result<Option<(u32, u32)>, Error> {
    let Some((width, height)) = dimensions(bytes, media_type) else {
        return Ok(None);
    };
    // Two 32-bit factors cannot overflow 64 bits.
    if u64::from(width).saturating_mul(u64::from(height)) > limits.max_pixels {
        return Err(Error::TooManyPixels { media_type, width, height, limit: limits.max_pixels });
    }
    Ok(Some((width, height)))
}
