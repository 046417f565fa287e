//! The gate, the limits and the decoder, on small images made here.

mod builders;
mod hostile;
mod rewriting;

use super::*;
use builders::*;

fn refusal(bytes: &[u8]) -> String {
    check(bytes, &Limits::default()).expect_err("the file should be refused").to_string()
}

#[test]
fn the_type_comes_from_the_bytes() {
    let files = [
        (jpeg(), MediaType::Jpeg),
        (png(), MediaType::Png),
        (webp(), MediaType::Webp),
        (gif(), MediaType::Gif),
        (tiff(), MediaType::Tiff),
        (dng(), MediaType::Dng),
        (ftyp(b"avif", &[b"mif1", b"miaf"]), MediaType::Avif),
        (ftyp(b"mif1", &[b"mif1", b"avif"]), MediaType::Avif),
        (ftyp(b"heic", &[b"mif1"]), MediaType::Heic),
        (ftyp(b"mif1", &[b"heix"]), MediaType::Heic),
        (ftyp(b"mif1", &[b"miaf"]), MediaType::Heif),
        (b"\xFF\x0A\x00".to_vec(), MediaType::Jxl),
        (b"\0\0\0\x0CJXL \r\n\x87\n".to_vec(), MediaType::Jxl),
        (b"%PDF-1.7\n".to_vec(), MediaType::Pdf),
        (svg(), MediaType::Svg),
        (
            b"\xEF\xBB\xBF<?xml version='1.0'?>\n<!-- <html> --><!DOCTYPE svg [<!ENTITY a '>'>]>\n<s:svg>".to_vec(),
            MediaType::Svg,
        ),
    ];
    for (bytes, expected) in files {
        assert_eq!(MediaType::sniff(&bytes), Some(expected));
    }
    for other in [&b"<html><svg/></html>"[..], b"<svgx/>", &ftyp(b"isom", &[b"mp42"]), b"RIFF\0\0\0\0WAVE", b""] {
        assert_eq!(MediaType::sniff(other), None, "{}", other.escape_ascii());
    }
}

#[test]
fn whole_files_pass_the_gate() {
    for bytes in [jpeg(), png(), png16(), palette_png(), webp(), gif(), animated_gif(), tiff(), svg()] {
        let media_type = check(&bytes, &Limits::default()).expect("a whole file");
        assert!(media_type.can_sign());
        // Bytes behind the end are allowed: cameras put second pictures there.
        let longer = [bytes.as_slice(), b"\n"].concat();
        assert_eq!(check(&longer, &Limits::default()).ok(), Some(media_type), "{media_type}");
    }
}

#[test]
fn what_is_no_image_is_named() {
    assert_eq!(refusal(b""), "the file is empty");
    assert!(refusal(b"A note that somebody named photo.png\n").ends_with("look like plain text"));
    assert!(refusal(b"<!DOCTYPE html><title>404</title>").ends_with("an HTML page"));
    assert!(refusal(b"{\"error\":\"moderation_blocked\"}").ends_with("JSON text"));
    assert!(refusal(b"PK\x03\x04......").ends_with("a ZIP archive"));
    assert!(refusal(&[0; 64]).ends_with("nothing but zero bytes"));
    assert!(refusal(&[0x91, 0x02, 0xFE, 0x80]).ends_with("binary data of an unknown kind"));
}

#[test]
fn a_bomb_is_refused_by_its_header() {
    let mut bomb = png();
    bomb[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
    bomb[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
    assert_eq!(refusal(&bomb), "the PNG image has 60000 x 60000 pixels, more than the limit of 268435456 pixels");
    assert!(matches!(
        decode(&bomb, MediaType::Png, &Limits::default()),
        Err(Error::TooManyPixels { width: 60_000, height: 60_000, .. })
    ));
    let tight = Limits { max_bytes: 10, ..Limits::default() };
    let error = check(&png(), &tight).expect_err("too many bytes");
    assert!(error.to_string().ends_with("bytes, more than the limit of 10"));
}

#[test]
fn a_canvas_that_was_painted_on_shows_nothing_of_it_in_the_next_picture() {
    let mut canvas = Canvas::default();
    let limits = Limits::default();
    for bytes in [jpeg(), png(), png16(), webp(), gif(), tiff(), extended_webp()] {
        let media_type = MediaType::sniff(&bytes).expect("a known type");
        let alone = decode(&bytes, media_type, &limits).expect("decoded");
        for _ in 0..2 {
            canvas.take_back(image::RgbaImage::from_pixel(900, 700, image::Rgba([255; 4])).into());
            assert_eq!(canvas.decode(&bytes, media_type, &limits).expect("decoded"), alone, "{media_type}");
        }
    }
    let mut cut = png();
    cut.truncate(cut.len() / 2);
    assert!(canvas.decode(&cut, MediaType::Png, &limits).is_err());
    assert!(canvas.decode(&png(), MediaType::Png, &limits).is_ok());
}

#[test]
fn dimensions_come_from_every_header() {
    for bytes in [jpeg(), png(), png16(), webp(), gif(), tiff()] {
        let media_type = MediaType::sniff(&bytes).expect("a known type");
        assert_eq!(dimensions(&bytes, media_type), Some((WIDTH, HEIGHT)), "{media_type}");
    }
    assert_eq!(dimensions(&avif_header(640, 480), MediaType::Avif), Some((640, 480)));
    assert_eq!(dimensions(&svg(), MediaType::Svg), None);
    assert_eq!(dimensions(&extended_webp(), MediaType::Webp), Some((WIDTH, HEIGHT)));
}

#[test]
fn a_cut_off_file_is_told_with_its_values() {
    let png = png();
    let without_end = &png[..png.len() - 12];
    let expected = format!("the PNG file is cut off: it ends after {} bytes without its IEND chunk", without_end.len());
    assert_eq!(refusal(without_end), expected);
    let message = refusal(&png[..png.len() - 14]);
    assert!(message.starts_with("the PNG file is cut off: chunk IDAT at byte 33 needs "), "{message}");

    let jpeg = jpeg();
    assert!(refusal(&jpeg[..jpeg.len() - 2]).ends_with("without the end-of-image marker"));
    assert!(refusal(&jpeg[..30]).starts_with("the JPEG file is cut off: segment FF"));

    let webp = webp();
    assert!(refusal(&webp[..webp.len() - 1]).starts_with("the WebP file is cut off: the RIFF form at byte 0 needs "));
    let gif = gif();
    assert!(refusal(&gif[..gif.len() - 1]).ends_with("without its trailer"));
    let svg = svg();
    assert!(refusal(&svg[..svg.len() - 4]).contains("SVG file is"));
    let avif = avif_header(4, 4);
    assert!(refusal(&avif[..avif.len() - 1]).starts_with("the AVIF file is cut off: box meta at byte "));
}

#[test]
fn a_header_without_pixels_is_no_image() {
    let start = &png()[..33];
    let empty = [start, &png_chunk(b"IEND", b"")].concat();
    assert!(refusal(&empty).ends_with("there is no IDAT chunk, so no pixels"));
    assert!(refusal(b"\xFF\xD8\xFF\xD9").ends_with("there is no frame header"));
    let mut flat = png();
    flat[16..20].copy_from_slice(&[0; 4]);
    assert!(refusal(&flat).ends_with("the width or the height is 0"));
}

#[test]
fn pixels_come_out_as_they_went_in() {
    let decoded = |bytes: &[u8], media_type| decode(bytes, media_type, &Limits::default()).expect("a whole file");
    assert_eq!(decoded(&png(), MediaType::Png), Some(picture()));
    assert_eq!(decoded(&webp(), MediaType::Webp), Some(picture()));
    assert_eq!(decoded(&tiff(), MediaType::Tiff), Some(picture()));
    assert!(decoded(&png16(), MediaType::Png).is_some_and(|picture| picture.as_rgb16().is_some()));
    // The first frame of an animation.
    let first = decoded(&animated_gif(), MediaType::Gif).expect("a decoder").into_rgba8();
    assert_eq!(first.get_pixel(0, 0).0, [255, 0, 0, 255]);
    assert_eq!(decoded(&svg(), MediaType::Svg), None);
    assert_eq!(decoded(&avif_header(4, 4), MediaType::Avif), None);
}

#[test]
fn pixels_that_are_cut_off_or_corrupt_are_an_error() {
    for bytes in [jpeg(), png(), webp(), gif(), tiff()] {
        let media_type = MediaType::sniff(&bytes).expect("a known type");
        let cut = &bytes[..bytes.len() * 3 / 4];
        assert!(decode(cut, media_type, &Limits::default()).is_err(), "{media_type}");
    }
    let mut corrupt = png();
    let at = pixel_byte_offset(&corrupt, MediaType::Png).expect("pixels");
    corrupt[at] ^= 1;
    let error = decode(&corrupt, MediaType::Png, &Limits::default()).expect_err("a checksum is wrong");
    assert_eq!(error.to_string(), "the pixels of the PNG file cannot be decoded");
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn the_pixel_byte_is_in_the_pixels() {
    for bytes in [jpeg(), png(), webp()] {
        let media_type = MediaType::sniff(&bytes).expect("a known type");
        let at = pixel_byte_offset(&bytes, media_type).expect("pixels");
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        // The container stays whole: only the pixels are others.
        assert_eq!(check(&changed, &Limits::default()).ok(), Some(media_type));
        let pixels = |bytes: &[u8]| decode(bytes, media_type, &Limits::default()).ok().flatten();
        assert_ne!(pixels(&changed), pixels(&bytes), "{media_type}");
    }
    assert_eq!(pixel_byte_offset(&gif(), MediaType::Gif), None);
    assert_eq!(pixel_byte_offset(b"", MediaType::Jpeg), None);
}
