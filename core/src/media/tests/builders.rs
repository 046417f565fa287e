//! Small files for the tests.

use std::io::Cursor;

use image::codecs::gif::GifEncoder;
use image::{DynamicImage, Frame, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

pub(super) const WIDTH: u32 = 40;
pub(super) const HEIGHT: u32 = 30;

/// Noise with transparent parts, so that nothing compresses away.
pub(super) fn picture() -> DynamicImage {
    DynamicImage::ImageRgba8(RgbaImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let noise = (x.wrapping_mul(0x9E37_79B1) ^ y.wrapping_mul(0x85EB_CA77)).wrapping_mul(0xC2B2_AE3D);
        let [r, g, b, a] = noise.to_be_bytes();
        Rgba([r, g, b, a])
    }))
}

pub(super) fn jpeg() -> Vec<u8> {
    encode(&picture().into_rgb8().into(), ImageFormat::Jpeg)
}

pub(super) fn png() -> Vec<u8> {
    encode(&picture(), ImageFormat::Png)
}

pub(super) fn png16() -> Vec<u8> {
    encode(&picture().into_rgb16().into(), ImageFormat::Png)
}

/// Lossless, with alpha, in the simple format.
pub(super) fn webp() -> Vec<u8> {
    encode(&picture(), ImageFormat::WebP)
}

/// Lossless without alpha, in the simple format.
pub(super) fn opaque_webp() -> Vec<u8> {
    encode(&picture().into_rgb8().into(), ImageFormat::WebP)
}

pub(super) fn gif() -> Vec<u8> {
    encode(&picture(), ImageFormat::Gif)
}

pub(super) fn tiff() -> Vec<u8> {
    encode(&picture(), ImageFormat::Tiff)
}

pub(super) fn animated_gif() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    for colour in [[255, 0, 0, 255], [0, 0, 255, 255]] {
        let frame = Frame::new(RgbaImage::from_pixel(WIDTH, HEIGHT, Rgba(colour)));
        encoder.encode_frame(frame).expect("in memory");
    }
    drop(encoder);
    bytes
}

/// Two colours by index, one of them transparent: `image` writes no palettes.
pub(super) fn palette_png() -> Vec<u8> {
    let mut header = [8_u32.to_be_bytes(), 2_u32.to_be_bytes()].concat();
    header.extend([1, 3, 0, 0, 0]);
    let rows = deflate(&[0, 0b1010_1010, 0, 0b0101_0101]);
    let chunks = [
        png_chunk(b"IHDR", &header),
        png_chunk(b"PLTE", &[255, 0, 0, 0, 0, 255]),
        png_chunk(b"tRNS", &[0]),
        png_chunk(b"IDAT", &rows),
        png_chunk(b"IEND", b""),
    ];
    [b"\x89PNG\r\n\x1A\n".to_vec(), chunks.concat()].concat()
}

/// A still picture in the extended format, with alpha, profile, Exif and an unknown chunk of odd length.
pub(super) fn extended_webp() -> Vec<u8> {
    let simple = webp();
    let mut header = vec![0x38, 0, 0, 0];
    header.extend(&(WIDTH - 1).to_le_bytes()[..3]);
    header.extend(&(HEIGHT - 1).to_le_bytes()[..3]);
    riff(&[
        riff_chunk(b"VP8X", &header),
        riff_chunk(b"ICCP", b"profile"),
        simple[12..].to_vec(),
        riff_chunk(b"EXIF", &exif(None)),
        riff_chunk(b"ODD ", b"odd"),
    ])
}

/// Two frames of the same picture.
pub(super) fn animated_webp() -> Vec<u8> {
    let simple = webp();
    let side = |side: u32| (side - 1).to_le_bytes()[..3].to_vec();
    let header = [vec![0x12, 0, 0, 0], side(WIDTH), side(HEIGHT)].concat();
    let place = [vec![0; 6], side(WIDTH), side(HEIGHT), vec![100, 0, 0, 0]].concat();
    let frame = riff_chunk(b"ANMF", &[place, simple[12..].to_vec()].concat());
    riff(&[riff_chunk(b"VP8X", &header), riff_chunk(b"ANIM", &[0; 6]), frame.clone(), frame])
}

pub(super) fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    let body = [b"WEBP".to_vec(), chunks.concat()].concat();
    let length = u32::try_from(body.len()).expect("small");
    [b"RIFF".to_vec(), length.to_le_bytes().to_vec(), body].concat()
}

pub(super) fn riff_chunk(kind: &[u8], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).expect("small");
    let padding = vec![0; data.len() % 2];
    [kind.to_vec(), length.to_le_bytes().to_vec(), data.to_vec(), padding].concat()
}

pub(super) fn png_chunk(kind: &[u8], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).expect("small");
    let mut crc = flate2::Crc::new();
    crc.update(kind);
    crc.update(data);
    [&length.to_be_bytes(), kind, data, &crc.sum().to_be_bytes()].concat()
}

/// The PNG with more chunks behind its header.
pub(super) fn png_with(chunks: &[Vec<u8>]) -> Vec<u8> {
    let png = png();
    [&png[..33], &chunks.concat(), &png[33..]].concat()
}

pub(super) fn segment(marker: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len() + 2).expect("small");
    [&[0xFF, marker], length.to_be_bytes().as_slice(), payload].concat()
}

/// The JPEG with more segments behind its JFIF header.
pub(super) fn jpeg_with(segments: &[Vec<u8>]) -> Vec<u8> {
    let jpeg = jpeg();
    let head = 4 + usize::from(jpeg[5]);
    [&jpeg[..head], &segments.concat(), &jpeg[head..]].concat()
}

/// A TIFF structure with an Exif directory, and in it a `UserComment` if one is given.
pub(super) fn exif(comment: Option<&[u8]>) -> Vec<u8> {
    let comment = comment.unwrap_or(b"ASCII\0\0\0none");
    let mut tiff = b"MM\0\x2A\0\0\0\x08".to_vec();
    tiff.extend([0, 1, 0x87, 0x69, 0, 4, 0, 0, 0, 1, 0, 0, 0, 26, 0, 0, 0, 0]);
    tiff.extend([0, 1, 0x92, 0x86, 0, 7]);
    tiff.extend(u32::try_from(comment.len()).expect("small").to_be_bytes());
    tiff.extend([0, 0, 0, 44, 0, 0, 0, 0]);
    tiff.extend(comment);
    tiff
}

pub(super) fn dng() -> Vec<u8> {
    let mut tiff = b"II\x2A\0\x08\0\0\0".to_vec();
    tiff.extend([1, 0, 0x12, 0xC6, 1, 0, 4, 0, 0, 0, 1, 4, 0, 0, 0, 0, 0, 0]);
    tiff
}

pub(super) fn ftyp(major: &[u8], compatible: &[&[u8; 4]]) -> Vec<u8> {
    let brands: Vec<u8> = compatible.iter().flat_map(|brand| brand.iter().copied()).collect();
    part(b"ftyp", &[major, &[0; 4], &brands].concat())
}

/// An AVIF with a header and no pixels.
pub(super) fn avif_header(width: u32, height: u32) -> Vec<u8> {
    let extents =
        |width: u32, height: u32| part(b"ispe", &[[0; 4], width.to_be_bytes(), height.to_be_bytes()].concat());
    let tiles = [extents(width / 2, height), extents(width, height)].concat();
    let properties = part(b"iprp", &part(b"ipco", &tiles));
    let meta = part(b"meta", &[vec![0; 4], properties].concat());
    [ftyp(b"avif", &[b"mif1"]), meta].concat()
}

pub(super) fn part(kind: &[u8], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len() + 8).expect("small");
    [length.to_be_bytes().as_slice(), kind, content].concat()
}

pub(super) fn svg() -> Vec<u8> {
    b"<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"><path d=\"M0 0\"/></svg>".to_vec()
}

pub(super) fn deflate(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("in memory");
    encoder.finish().expect("in memory")
}

/// A four-component Adobe JPEG with a stuffed byte, a restart and a fill byte in its scan: enough for all but decoding.
pub(super) fn cmyk_jpeg() -> Vec<u8> {
    let frame = [8, 0, 16, 0, 16, 4, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11, 0];
    let scan = [4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0];
    let adobe = b"Adobe\0\x64\0\0\0\0\x02";
    let parts = [segment(0xEE, adobe), segment(0xC0, &frame), segment(0xDA, &scan)];
    [b"\xFF\xD8".to_vec(), parts.concat(), b"\x12\x34\xFF\x00\x56\xFF\xD0\x78\xFF\xFF\xD9".to_vec()].concat()
}

fn encode(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).expect("in memory");
    bytes.into_inner()
}

/// Grey, and one pixel: the smallest JPEG that decodes.
pub(super) fn dot_jpeg() -> Vec<u8> {
    encode(&RgbImage::from_pixel(1, 1, Rgb([128; 3])).into(), ImageFormat::Jpeg)
}
