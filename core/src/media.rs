//! Image files as bytes: what they are, whether they are whole, what they say about themselves.
//!
//! This room gives:
//! - [`MediaType::sniff`] and [`check`]: the type from the bytes, and the gate before signing, both without decoding;
//! - [`dimensions`] from the header and [`decode`] into pixels, under [`Limits`]; one after the other: [`Canvas`], [`Spare`];
//! - [`read_xmp`], [`write_xmp`], [`with_xmp`] and [`xmp::merge`]: the XMP packet, with every other byte of the file kept;
//! - [`has_manifest`], [`remove_manifest`], [`strip_metadata`]: where a C2PA manifest sits, and files without it;
//! - [`generator::read`]: what the tools AUTOMATIC1111 and `ComfyUI` wrote about the making of an image.
//!
//! It leaves out what a manifest says or whether it holds, and pixels of AVIF, HEIC, JPEG XL and SVG. No function here
//! trusts a length field: every read is checked against the bytes at hand, and no error text quotes a file's texts.

mod bmff;
mod bytes;
mod decode;
mod error;
mod gate;
pub mod generator;
mod gif;
mod jpeg;
mod pieces;
mod places;
mod png;
mod sniff;
mod spare;
mod svg;
mod text;
mod tiff;
mod webp;
pub mod xmp;

use std::ops::Range;

pub use decode::{Canvas, decode};
pub use error::Error;
pub use gate::{Limits, check, dimensions, recognise};
pub use pieces::Pieces;
pub use places::{Places, places};
pub use spare::Spare;

/// The file types that this project knows by their bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum MediaType {
    /// JPEG (ISO/IEC 10918-1), in any file format around it (JFIF, Exif).
    Jpeg,
    /// PNG (W3C), animated PNG too.
    Png,
    /// WebP (RFC 9649).
    Webp,
    /// GIF 87a and 89a.
    Gif,
    /// TIFF 6.0 and `BigTIFF`, without a DNG version.
    Tiff,
    /// AVIF, still or sequence.
    Avif,
    /// SVG, as uncompressed UTF-8 text.
    Svg,
    /// HEIF with HEVC pictures.
    Heic,
    /// HEIF with other pictures.
    Heif,
    /// JPEG XL, bare codestream or container.
    Jxl,
    /// Digital Negative: a TIFF whose first directory has the tag `DNGVersion`.
    Dng,
    /// PDF.
    Pdf,
}

impl MediaType {
    /// The type of these bytes, never of a name. `None` is an answer: none of the known types.
    pub fn sniff(bytes: &[u8]) -> Option<Self> {
        sniff::media_type(bytes)
    }

    /// The media type as registered with IANA, for example `image/png`.
    pub const fn mime(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
            Self::Tiff => "image/tiff",
            Self::Avif => "image/avif",
            Self::Svg => "image/svg+xml",
            Self::Heic => "image/heic",
            Self::Heif => "image/heif",
            Self::Jxl => "image/jxl",
            Self::Dng => "image/x-adobe-dng",
            Self::Pdf => "application/pdf",
        }
    }

    /// The usual file name extension, without a dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Gif => "gif",
            Self::Tiff => "tiff",
            Self::Avif => "avif",
            Self::Svg => "svg",
            Self::Heic => "heic",
            Self::Heif => "heif",
            Self::Jxl => "jxl",
            Self::Dng => "dng",
            Self::Pdf => "pdf",
        }
    }

    /// The name as people write it, for sentences.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Webp => "WebP",
            Self::Gif => "GIF",
            Self::Tiff => "TIFF",
            Self::Avif => "AVIF",
            Self::Svg => "SVG",
            Self::Heic => "HEIC",
            Self::Heif => "HEIF",
            Self::Jxl => "JPEG XL",
            Self::Dng => "DNG",
            Self::Pdf => "PDF",
        }
    }

    /// Whether this project signs files of this type. The others can still be verified.
    pub const fn can_sign(self) -> bool {
        matches!(self, Self::Jpeg | Self::Png | Self::Webp | Self::Gif | Self::Tiff | Self::Avif | Self::Svg)
    }
}

impl std::fmt::Display for MediaType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// The main XMP packet of a JPEG, PNG, WebP, TIFF or DNG file; `Ok(None)` for a file or a type without one.
///
/// Extended XMP of a JPEG (parts beyond 64 KiB) is not joined in. A compressed packet is inflated up to 16 MiB.
pub fn read_xmp(bytes: &[u8], media_type: MediaType) -> Result<Option<String>, Error> {
    match media_type {
        MediaType::Jpeg => jpeg::read_xmp(bytes),
        MediaType::Png => png::read_xmp(bytes),
        MediaType::Webp => webp::read_xmp(bytes),
        MediaType::Tiff | MediaType::Dng => tiff::read_xmp(bytes, media_type),
        _ => Ok(None),
    }
}

/// The file with `packet` as its one main XMP packet, for JPEG, PNG and WebP; every other byte is kept.
///
/// A packet that is there is replaced in its place, and further main packets are dropped so that two readers cannot see
/// two texts. Otherwise it goes after JFIF and Exif (JPEG), after `IHDR` (PNG) or after the picture and Exif (WebP; a
/// simple file becomes an extended one, RFC 9649 section 2.7). A JPEG holds at most 65,502 bytes of it.
pub fn write_xmp(bytes: &[u8], media_type: MediaType, packet: &str) -> Result<Vec<u8>, Error> {
    with_xmp(bytes, media_type, packet).map(Pieces::into_whole)
}

/// As [`write_xmp`], in pieces: a JPEG or PNG is not copied.
pub fn with_xmp<'a>(bytes: &'a [u8], media_type: MediaType, packet: &str) -> Result<Pieces<'a>, Error> {
    match media_type {
        MediaType::Jpeg => jpeg::with_xmp(bytes, packet),
        MediaType::Png => png::with_xmp(bytes, packet),
        MediaType::Webp => webp::write_xmp(bytes, packet).map(Pieces::from),
        _ => Err(Error::Unsupported { media_type, action: "write XMP into" }),
    }
}

/// What the boxes of C2PA in an AVIF, HEIC or HEIF say that they are for, and what they hold; of other types, nothing.
pub fn provenance(bytes: &[u8], media_type: MediaType) -> Vec<(&[u8], &[u8])> {
    match media_type {
        MediaType::Avif | MediaType::Heic | MediaType::Heif => bmff::provenance(bytes).collect(),
        _ => Vec::new(),
    }
}

/// The boxes of the top level of an AVIF, HEIC or HEIF: four letters each, and where it stands. `None` for other types, and where one of them cannot
/// be read.
pub fn top_boxes(bytes: &[u8], media_type: MediaType) -> Option<Vec<([u8; 4], Range<usize>)>> {
    match media_type {
        MediaType::Avif | MediaType::Heic | MediaType::Heif => bmff::top(bytes),
        _ => None,
    }
}

/// Whether the file holds something in the place of a C2PA manifest store (C2PA 2.4, appendix A.3). It may be broken.
///
/// `false` for bytes that are not whole enough to look. In a PDF this looks for the name `C2PA_Manifest` only.
pub fn has_manifest(bytes: &[u8], media_type: MediaType) -> bool {
    match media_type {
        MediaType::Jpeg => jpeg::has_manifest(bytes),
        MediaType::Png => png::has_manifest(bytes),
        MediaType::Webp => webp::has_manifest(bytes),
        MediaType::Gif => gif::has_manifest(bytes),
        MediaType::Tiff | MediaType::Dng => tiff::has_manifest(bytes),
        MediaType::Avif | MediaType::Heic | MediaType::Heif => bmff::has_manifest(bytes),
        MediaType::Jxl => bmff::has_jumbf(bytes),
        MediaType::Svg => bytes::contains(bytes, b"<c2pa:manifest"),
        MediaType::Pdf => bytes::contains(bytes, b"/C2PA_Manifest"),
    }
}

/// The file without its C2PA manifest store, for JPEG, PNG and WebP; every other byte is kept.
pub fn remove_manifest(bytes: &[u8], media_type: MediaType) -> Result<Vec<u8>, Error> {
    match media_type {
        MediaType::Jpeg => jpeg::remove_manifest(bytes),
        MediaType::Png => png::remove_manifest(bytes),
        MediaType::Webp => webp::remove_manifest(bytes),
        _ => Err(Error::Unsupported { media_type, action: "remove the manifest from" }),
    }
}

/// The file as a careless website would pass it on, for JPEG, PNG and WebP: manifest, XMP, Exif, IPTC, text chunks,
/// comments and trailing bytes are gone; colour profile and pixels stay. Exif orientation is lost with the rest.
pub fn strip_metadata(bytes: &[u8], media_type: MediaType) -> Result<Vec<u8>, Error> {
    match media_type {
        MediaType::Jpeg => jpeg::strip_metadata(bytes),
        MediaType::Png => png::strip_metadata(bytes),
        MediaType::Webp => webp::strip_metadata(bytes),
        _ => Err(Error::Unsupported { media_type, action: "strip the metadata from" }),
    }
}

/// The offset of a byte inside the compressed pixels of a JPEG, PNG or WebP, about in their middle. In a JPEG, flipping
/// its low bit makes no marker. `None` when there is none, or for another type.
pub fn pixel_byte_offset(bytes: &[u8], media_type: MediaType) -> Option<usize> {
    match media_type {
        MediaType::Jpeg => jpeg::pixel_byte_offset(bytes),
        MediaType::Png => png::pixel_byte_offset(bytes),
        MediaType::Webp => webp::pixel_byte_offset(bytes),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
