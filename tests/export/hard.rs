//! Pictures that are not everyday: transparency, 16 bits, palettes, animations, CMYK, one pixel.

use std::io::Cursor;

use image::codecs::gif::GifEncoder;
use image::{AnimationDecoder, DynamicImage, Frame, ImageBuffer, ImageFormat, Luma, LumaA, Rgb, RgbaImage};
use touchmark_core::media::MediaType;
use touchmark_core::verify::{Answer, LedgerState};

use crate::parts::{inserted, parts, riff_chunk, segment, write_png, write_webp};
use crate::studio::{Studio, made, picture};

fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    image.write_to(&mut file, format).expect("encoded");
    file.into_inner()
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("in memory");
    encoder.finish().expect("in memory")
}

fn header(width: u32, height: u32, depth: u8, colour: u8) -> Vec<u8> {
    [&width.to_be_bytes(), height.to_be_bytes().as_slice(), &[depth, colour, 0, 0, 0]].concat()
}

/// 16 by 16 pixels of 4 colours.
fn palette_png() -> Vec<u8> {
    let rows: Vec<u8> = (0..16_u8).flat_map(|y| [vec![0], vec![0b0001_1011 ^ y; 4]].concat()).collect();
    let colours = vec![0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255];
    let chunks = [
        ("IHDR", header(16, 16, 2, 3)),
        ("PLTE", colours),
        ("tRNS", vec![0, 128, 255, 255]),
        ("IDAT", deflated(&rows)),
    ];
    write_png(&[&chunks[..], &[("IEND", Vec::new())]].concat())
}

/// Two frames of 4 by 4 pixels.
fn animated_png() -> Vec<u8> {
    let frame = |grey: u8| deflated(&[[0, grey, grey, grey, grey]; 4].concat());
    let control = |number: u32| {
        let numbers = [number, 4, 4, 0, 0].map(u32::to_be_bytes).concat();
        [numbers, vec![0, 1, 0, 10, 0, 0]].concat()
    };
    write_png(&[
        ("IHDR", header(4, 4, 8, 0)),
        ("acTL", [2_u32, 0].map(u32::to_be_bytes).concat()),
        ("fcTL", control(0)),
        ("IDAT", frame(40)),
        ("fcTL", control(1)),
        ("fdAT", [2_u32.to_be_bytes().to_vec(), frame(200)].concat()),
        ("IEND", Vec::new()),
    ])
}

fn frames() -> Vec<RgbaImage> {
    [40, 120, 200].map(|grey| RgbaImage::from_pixel(24, 16, image::Rgba([grey, 0, grey, 255]))).to_vec()
}

fn animated_gif() -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = GifEncoder::new(&mut file);
    encoder.set_repeat(image::codecs::gif::Repeat::Infinite).expect("in memory");
    encoder.encode_frames(frames().into_iter().map(Frame::new)).expect("in memory");
    drop(encoder);
    file
}

fn animated_webp() -> Vec<u8> {
    let frame = |frame: RgbaImage| {
        let (kind, pixels) = parts(&encoded(&frame.into(), ImageFormat::WebP)).pop().expect("VP8L");
        let place = [&[0; 6][..], &[23, 0, 0, 15, 0, 0], &[100, 0, 0, 0]].concat();
        ("ANMF", [place, riff_chunk(&kind, &pixels)].concat())
    };
    let head = [("VP8X", vec![0b0001_0010, 0, 0, 0, 23, 0, 0, 15, 0, 0]), ("ANIM", vec![0; 6])];
    write_webp(&head.into_iter().chain(frames().into_iter().map(frame)).collect::<Vec<_>>())
}

/// 16 by 16 pixels in four inks. Each block is one bit for "no change of the mean" and one for "nothing else".
fn cmyk_jpeg() -> Vec<u8> {
    let quantisation = [vec![0], vec![1; 64]].concat();
    let frame = [&[8, 0, 16, 0, 16, 4][..], &[1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11, 0]].concat();
    let code = |table: u8| [vec![table, 1], vec![0; 15], vec![0]].concat();
    let scan = [4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0];
    let adobe = b"Adobe\0\x64\0\0\0\0\x00";
    let segments = [
        segment(0xee, adobe),
        segment(0xdb, &quantisation),
        segment(0xc0, &frame),
        segment(0xc4, &code(0x00)),
        segment(0xc4, &code(0x10)),
        segment(0xda, &scan),
    ];
    [vec![0xff, 0xd8], segments.concat(), vec![0; 4], vec![0xff, 0xd9]].concat()
}

fn hard_cases() -> Vec<(&'static str, Vec<u8>)> {
    let deep = ImageBuffer::from_fn(40, 30, |x, y| Rgb([(x * 1600) as u16, (y * 2000) as u16, 65_535]));
    let misty = ImageBuffer::from_fn(40, 30, |x, y| LumaA([(x * 1600) as u16, (y * 2000) as u16]));
    let dot = DynamicImage::ImageLuma8(ImageBuffer::from_pixel(1, 1, Luma([9])));
    let wide = DynamicImage::ImageLuma8(ImageBuffer::from_pixel(3000, 1, Luma([9])));
    let astronaut = picture("astronaut.jpg");
    vec![
        ("PNG of 16 bits", encoded(&deep.clone().into(), ImageFormat::Png)),
        ("PNG of 16 bits with transparency", encoded(&misty.into(), ImageFormat::Png)),
        ("TIFF of 16 bits", encoded(&deep.into(), ImageFormat::Tiff)),
        ("PNG with palette and transparency", palette_png()),
        ("animated PNG", animated_png()),
        ("animated GIF", animated_gif()),
        ("animated WebP", animated_webp()),
        ("CMYK JPEG", cmyk_jpeg()),
        ("progressive JPEG, turned by EXIF", picture("coffee-turned.jpg")),
        ("JPEG with bytes after its end", [astronaut.clone(), b"trailing bytes".to_vec()].concat()),
        ("JPEG with fill bytes between segments", inserted(&astronaut, 2, &[0xff; 5])),
        ("PNG of one pixel", encoded(&dot, ImageFormat::Png)),
        ("JPEG of one pixel", encoded(&dot, ImageFormat::Jpeg)),
        ("GIF of one pixel", encoded(&dot.to_rgba8().into(), ImageFormat::Gif)),
        ("TIFF of one pixel", encoded(&dot, ImageFormat::Tiff)),
        ("PNG of one row", encoded(&wide, ImageFormat::Png)),
    ]
}

#[test]
fn unusual_pictures_are_signed_verify_and_look_the_same() {
    let studio = Studio::new();
    for (name, file) in hard_cases() {
        let answer = studio.one(&file, made(), None, &touchmark_core::export::Options::default());
        let exported = answer.unwrap_or_else(|error| panic!("{name}: {}", touchmark_core::causes::in_words(&error)));
        let signed = exported.file.expect("a file");
        let verdict = studio.judge().judge(&signed);
        assert_eq!((verdict.verdict, verdict.ledger.state), (Answer::Verified, LedgerState::Recorded), "{name}");
        let decoded = |file: &[u8]| image::load_from_memory(file).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(decoded(&signed), decoded(&file), "{name}");
    }
}

#[test]
fn an_animation_keeps_all_its_frames() {
    let studio = Studio::new();
    for (file, media_type) in [(animated_gif(), MediaType::Gif), (animated_webp(), MediaType::Webp)] {
        let signed = studio.sign(&file);
        let frames = |file: &[u8]| -> Vec<RgbaImage> {
            let file = Cursor::new(file.to_vec());
            let frames = match media_type {
                MediaType::Gif => image::codecs::gif::GifDecoder::new(file).expect("GIF").into_frames(),
                _ => image::codecs::webp::WebPDecoder::new(file).expect("WebP").into_frames(),
            };
            frames.map(|frame| frame.expect("a frame").into_buffer()).collect()
        };
        assert_eq!(frames(&file).len(), 3, "{media_type}");
        assert_eq!(frames(&signed), frames(&file), "{media_type}");
    }
}

#[test]
fn a_tiff_keeps_its_tags_and_an_avif_its_coded_picture() {
    let studio = Studio::new();
    let (tiff, avif) = (picture("retina.tif"), picture("chelsea.avif"));
    let (before, after) = (tags(&tiff), tags(&studio.sign(&tiff)));
    assert!(before.iter().all(|tag| after.contains(tag)), "{before:?}\n{after:?}");
    let at = avif.windows(4).position(|window| window == b"mdat").expect("the coded picture");
    let signed = studio.sign(&avif);
    assert!(signed.windows(avif.len() - at).any(|window| window == &avif[at..]));
}

/// Tag, type, count and the bytes of the value, of the first directory; where strips stand is left out.
fn tags(file: &[u8]) -> Vec<(u16, u16, u32, Vec<u8>)> {
    let is_little = file.starts_with(b"II");
    let u16_at = |at: usize| {
        let bytes = [file[at], file[at + 1]];
        if is_little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) }
    };
    let u32_at = |at: usize| {
        let bytes = [file[at], file[at + 1], file[at + 2], file[at + 3]];
        if is_little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) }
    };
    let directory = u32_at(4) as usize;
    let entries = (0..usize::from(u16_at(directory))).map(|entry| directory + 2 + 12 * entry);
    let read = |at: usize| {
        let (tag, kind, count) = (u16_at(at), u16_at(at + 2), u32_at(at + 4));
        let size = count as usize * [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8][usize::from(kind)];
        let from = if size <= 4 { at + 8 } else { u32_at(at + 8) as usize };
        (tag, kind, count, file[from..from + size].to_vec())
    };
    entries.map(read).filter(|(tag, ..)| *tag != 273).collect()
}
