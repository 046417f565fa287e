//! Pixels from a file, under limits.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader};

use super::{Error, Limits, MediaType, gate, jpeg};

/// The pixels of the first frame; `Ok(None)` when there is no decoder here for this type.
///
/// The header is judged by `limits` first, and the decoder may use 16 bytes for each pixel of that header and 64 MiB
/// beside. Cut-off and corrupt pixels are an `Err` as far as the format lets a decoder see them; a JPEG whose entropy-coded
/// bytes were changed often still decodes, to other pixels. The picture stands upright: Exif orientation is applied.
pub fn decode(bytes: &[u8], media_type: MediaType, limits: &Limits) -> Result<Option<DynamicImage>, Error> {
    let format = match media_type {
        MediaType::Jpeg => ImageFormat::Jpeg,
        MediaType::Png => ImageFormat::Png,
        MediaType::Webp => ImageFormat::WebP,
        MediaType::Gif => ImageFormat::Gif,
        MediaType::Tiff => ImageFormat::Tiff,
        _ => return Ok(None),
    };
    let Some((width, height)) = gate::check_pixels(bytes, media_type, limits)? else {
        return Err(Error::Malformed { media_type, offset: 0, problem: "the header has no width and height" });
    };
    if media_type == MediaType::Jpeg {
        // The decoder fills what is missing from a cut-off scan with grey; the end mark tells.
        jpeg::check(bytes)?;
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(decoder_limits(width, height));
    let failed = |source| Error::Decode { media_type, source };
    let mut decoder = reader.into_decoder().map_err(failed)?;
    // A file whose orientation cannot be read is shown as it lies, as viewers do.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder).map_err(failed)?;
    image.apply_orientation(orientation);
    Ok(Some(image))
}

fn decoder_limits(width: u32, height: u32) -> image::Limits {
    const BYTES_PER_PIXEL: u64 = 16;
    const WORKSPACE: u64 = 64 << 20;
    let pixels = u64::from(width).saturating_mul(u64::from(height));
    let mut limits = image::Limits::no_limits();
    limits.max_image_width = Some(width);
    limits.max_image_height = Some(height);
    limits.max_alloc = Some(pixels.saturating_mul(BYTES_PER_PIXEL).saturating_add(WORKSPACE));
    limits
}
