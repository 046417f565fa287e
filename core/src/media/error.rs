//! Why a file could not be looked at, decoded or written. No text of a file is quoted: prompts are confidential.

use super::MediaType;

/// What went wrong with a file. Each is one sentence with its values.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No bytes at all.
    #[error("the file is empty")]
    Empty,
    /// More bytes than [`super::Limits::max_bytes`].
    #[error("the file has {found} bytes, more than the limit of {limit}")]
    TooManyBytes {
        /// Bytes in the file.
        found: u64,
        /// The limit, in bytes.
        limit: u64,
    },
    /// None of the known types.
    #[error("the bytes are not an image that can be handled here: they look like {looks_like}")]
    UnknownType {
        /// What the first bytes look like, with its article: `plain text`, `a ZIP archive`.
        looks_like: &'static str,
    },
    /// The header promises more pixels than [`super::Limits::max_pixels`].
    #[error("the {media_type} image has {width} x {height} pixels, more than the limit of {limit} pixels")]
    TooManyPixels {
        /// The file's type.
        media_type: MediaType,
        /// Pixels from left to right.
        width: u32,
        /// Pixels from top to bottom.
        height: u32,
        /// The limit, in pixels.
        limit: u64,
    },
    /// More parts of a kind than any picture has: reading them all would take for ever.
    #[error("the {media_type} file leads to more than {limit} {what}: no picture has so many")]
    TooManyParts {
        /// The file's type.
        media_type: MediaType,
        /// Of what, in the plural.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// A part says that it goes on beyond the end of the file.
    #[error(
        "the {media_type} file is cut off: {part} at byte {offset} needs {needs} bytes, but the file has only {left} left"
    )]
    BeyondEnd {
        /// The file's type.
        media_type: MediaType,
        /// The part: `chunk IDAT`, `segment FFE1`.
        part: String,
        /// Where the part begins, in bytes from the start of the file.
        offset: usize,
        /// Bytes that it needs from there on.
        needs: u64,
        /// Bytes that there are from there on.
        left: u64,
    },
    /// The file stops before the mark that ends its kind.
    #[error("the {media_type} file is cut off: it ends after {len} bytes without {missing}")]
    MissingEnd {
        /// The file's type.
        media_type: MediaType,
        /// What should stand at the end, with its article.
        missing: &'static str,
        /// Bytes in the file.
        len: usize,
    },
    /// The file breaks the rules of its type.
    #[error("the {media_type} file is malformed at byte {offset}: {problem}")]
    Malformed {
        /// The file's type.
        media_type: MediaType,
        /// Where, in bytes from the start of the file.
        offset: usize,
        /// Which rule.
        problem: &'static str,
    },
    /// The container is whole, but the pixels in it cannot be decoded.
    #[error("the pixels of the {media_type} file cannot be decoded")]
    Decode {
        /// The file's type.
        media_type: MediaType,
        /// What the decoder says.
        #[source]
        source: image::ImageError,
    },
    /// The type is known, but this operation has not been built for it.
    #[error("cannot {action} a {media_type} file: only JPEG, PNG and WebP are supported")]
    Unsupported {
        /// The file's type.
        media_type: MediaType,
        /// The operation: `write XMP into`.
        action: &'static str,
    },
    /// A compressed text inflates to more than is read.
    #[error("a compressed text at byte {offset} of the {media_type} file inflates to more than {limit} bytes")]
    TextTooLarge {
        /// The file's type.
        media_type: MediaType,
        /// Where the text's chunk begins, in bytes from the start of the file.
        offset: usize,
        /// The limit, in bytes.
        limit: u64,
    },
    /// The XMP packet does not fit the place that the type has for it.
    #[error("the XMP packet has {size} bytes, and the {media_type} file has room for at most {limit}")]
    XmpTooLarge {
        /// The file's type.
        media_type: MediaType,
        /// Bytes in the packet.
        size: usize,
        /// The limit, in bytes.
        limit: u64,
    },
    /// The XMP packet is not UTF-8.
    #[error("the XMP packet in the {media_type} file is not UTF-8 text")]
    XmpNotUtf8 {
        /// The file's type.
        media_type: MediaType,
    },
    /// The XMP packet is not what XML, RDF or the rules here allow.
    #[error("the XMP packet cannot be used at its byte {offset}: {problem}")]
    Xmp {
        /// Where, in bytes from the start of the packet.
        offset: usize,
        /// What is wrong.
        problem: &'static str,
    },
    /// A property to be written cannot stand in an XMP packet.
    #[error("the XMP property {name:?} cannot be written: {problem}")]
    Property {
        /// The property's name, without its prefix.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
}
