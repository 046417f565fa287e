//! The type of a file from its first bytes.

#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::{MediaType, bmff, bytes, svg, tiff};

/// The type, or `None` when it is none of the known ones.
pub(super) fn media_type(file: &[u8]) -> Option<MediaType> {
    if file.starts_with(&[0xFF, 0xD8, 0xFF]) {
        Some(MediaType::Jpeg)
    } else if file.starts_with(super::png::SIGNATURE) {
        Some(MediaType::Png)
    } else if file.starts_with(b"RIFF") && bytes::slice(file, 8, 4) == Some(b"WEBP") {
        Some(MediaType::Webp)
    } else if file.starts_with(b"GIF87a") || file.starts_with(b"GIF89a") {
        Some(MediaType::Gif)
    } else if file.starts_with(&[0xFF, 0x0A]) || file.starts_with(JXL_CONTAINER) {
        Some(MediaType::Jxl)
    } else if file.starts_with(b"%PDF-") {
        Some(MediaType::Pdf)
    } else if tiff::is_tiff(file) {
        Some(if tiff::is_dng(file) { MediaType::Dng } else { MediaType::Tiff })
    } else if let Some(found) = bmff::brand(file) {
        Some(found)
    } else if svg::is_svg(file) {
        Some(MediaType::Svg)
    } else {
        None
    }
}

/// What bytes of no known type look like, with an article where it needs one.
pub(super) fn looks_like(file: &[u8]) -> &'static str {
    const MAGIC: [(&[u8], &str); 16] = [
        (b"BM", "a BMP image"),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"PK\x05\x06", "an empty ZIP archive"),
        (&[0x1F, 0x8B], "gzip data"),
        (&[0x28, 0xB5, 0x2F, 0xFD], "Zstandard data"),
        (b"8BPS", "a Photoshop document"),
        (b"v/1\x01", "an OpenEXR image"),
        (b"qoif", "a QOI image"),
        (&[0, 0, 1, 0], "a Windows icon"),
        (b"ID3", "an MP3 file"),
        (b"RIFF", "a RIFF file that is not WebP"),
        (b"\x7FELF", "a program"),
        (b"MZ", "a program"),
        (b"version https://git-lfs", "a Git LFS pointer in place of the file"),
        (b"\x89PNG", "a PNG whose line ends were changed in transfer"),
        (&[0xFF, 0xD8], "a JPEG that is cut off after its first bytes"),
    ];
    if let Some((_, name)) = MAGIC.iter().find(|(magic, _)| file.starts_with(magic)) {
        return name;
    }
    if bytes::slice(file, 4, 4) == Some(b"ftyp") {
        return "a video, or another file of the MP4 family";
    }
    if file.iter().all(|&byte| byte == 0) {
        return "nothing but zero bytes";
    }
    text_like(file).unwrap_or("binary data of an unknown kind")
}

const JXL_CONTAINER: &[u8] = b"\0\0\0\x0CJXL \r\n\x87\n";

fn text_like(file: &[u8]) -> Option<&'static str> {
    let head = file.get(..file.len().min(4096))?;
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // A character may be cut in two at the end of the head.
        Err(error) if error.error_len().is_none() => std::str::from_utf8(head.get(..error.valid_up_to())?).ok()?,
        Err(_) => return None,
    };
    if text.contains(|c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\x0C')) {
        return None;
    }
    let start = text.trim_start_matches('\u{FEFF}').trim_start().to_ascii_lowercase();
    Some(match start.as_str() {
        s if s.starts_with("<!doctype html") || s.starts_with("<html") => "an HTML page",
        s if s.starts_with("<?xml") => "XML that is not SVG",
        s if s.starts_with('{') || s.starts_with('[') => "JSON text",
        s if s.starts_with("data:image/") => "a data: URL in place of the image",
        _ => "plain text",
    })
}
