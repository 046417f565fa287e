//! Pixels from a file, under limits.

use std::io::Cursor;

use image::error::{LimitError, LimitErrorKind};
use image::metadata::Orientation;
use image::{ColorType, DynamicImage, ImageBuffer, ImageDecoder, ImageError, ImageFormat, ImageReader, ImageResult};

use super::{Error, Limits, MediaType, gate, jpeg};

/// Memory for pixels that is used again: for whoever looks at one picture after the other, to get as much anew from the system each time takes longer
/// than to hash the file.
#[derive(Debug, Default)]
pub struct Canvas(Vec<u8>);

/// As [`Canvas::decode`], for one picture.
pub fn decode(bytes: &[u8], media_type: MediaType, limits: &Limits) -> Result<Option<DynamicImage>, Error> {
    Canvas::default().decode(bytes, media_type, limits)
}

impl Canvas {
    /// The pixels of the first frame; `Ok(None)` when there is no decoder here for this type.
    ///
    /// The header is judged by `limits` first, and the decoder may use 16 bytes for each pixel of that header and 64 MiB
    /// beside. Cut-off and corrupt pixels are an `Err` as far as the format lets a decoder see them; a JPEG whose entropy-coded
    /// bytes were changed often still decodes, to other pixels. The picture stands upright: Exif orientation is applied.
    pub fn decode(
        &mut self,
        bytes: &[u8],
        media_type: MediaType,
        limits: &Limits,
    ) -> Result<Option<DynamicImage>, Error> {
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
        let mut image = self.filled(decoder).map_err(failed)?;
        image.apply_orientation(orientation);
        Ok(Some(image))
    }

    /// Gives the memory of a picture back for the next one.
    pub fn take_back(&mut self, image: DynamicImage) {
        self.0 = image.into_bytes();
    }

    fn filled(&mut self, decoder: impl ImageDecoder) -> ImageResult<DynamicImage> {
        let form = match decoder.color_type() {
            ColorType::L8 => |w, h, bytes| ImageBuffer::from_raw(w, h, bytes).map(DynamicImage::ImageLuma8),
            ColorType::La8 => |w, h, bytes| ImageBuffer::from_raw(w, h, bytes).map(DynamicImage::ImageLumaA8),
            ColorType::Rgb8 => |w, h, bytes| ImageBuffer::from_raw(w, h, bytes).map(DynamicImage::ImageRgb8),
            ColorType::Rgba8 => |w, h, bytes| ImageBuffer::from_raw(w, h, bytes).map(DynamicImage::ImageRgba8),
            _ => return DynamicImage::from_decoder(decoder),
        };
        let ((width, height), length) = (decoder.dimensions(), usize::try_from(decoder.total_bytes()));
        let too_large = || ImageError::Limits(LimitError::from_kind(LimitErrorKind::DimensionError));
        let (length, mut bytes) = (length.map_err(|_| too_large())?, std::mem::take(&mut self.0));
        if bytes.capacity() < length {
            // The system hands it out page by page: what a header promises and no pixel fills takes nothing.
            bytes = vec![0; length];
        } else {
            // What a decoder leaves out must not show what stood there before.
            bytes.clear();
            bytes.resize(length, 0);
        }
        decoder.read_image(&mut bytes)?;
        form(width, height, bytes).ok_or_else(too_large)
    }
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
