//! The texts in a PNG: `tEXt`, `zTXt` and `iTXt` chunks (W3C PNG, section 11.3.3), inflated up to a bound.

#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::io::Read;

use super::png::Chunk;
use super::{Error, MediaType, bytes};

/// The most bytes of one text that are read, in any form.
pub(super) const MAX_TEXT: u64 = 16 << 20;

/// The keyword in front of a text chunk.
pub(super) fn keyword(data: &[u8]) -> Option<&[u8]> {
    // Keywords have 1 to 79 bytes.
    let head = data.get(..data.len().min(80))?;
    head.get(..bytes::find_byte(head, 0)?)
}

/// The text of a chunk if it is a text chunk with this keyword, and readable.
pub(super) fn with_keyword(chunk: &Chunk<'_>, wanted: &str) -> Result<Option<String>, Error> {
    if keyword(chunk.data) != Some(wanted.as_bytes()) {
        return Ok(None);
    }
    let after = chunk.data.get(wanted.len().saturating_add(1)..).unwrap_or_default();
    match &chunk.kind {
        b"tEXt" => bounded(after, chunk.offset).map(|text| Some(lenient(text.to_vec()))),
        b"zTXt" => match after.split_first() {
            Some((0, deflated)) => inflate(deflated, chunk.offset).map(|text| Some(lenient(text))),
            _ => Ok(None),
        },
        b"iTXt" => Ok(international(chunk.data, chunk.offset)?.map(lenient)),
        _ => Ok(None),
    }
}

/// The text of an `iTXt` chunk as bytes, which should be UTF-8; `None` when it has not the form of one.
pub(super) fn international(data: &[u8], offset: usize) -> Result<Option<Vec<u8>>, Error> {
    match split(data) {
        Some((true, text)) => inflate(text, offset).map(Some),
        Some((false, text)) => bounded(text, offset).map(|text| Some(text.to_vec())),
        None => Ok(None),
    }
}

/// Whether the text is compressed, and the text as stored.
fn split(data: &[u8]) -> Option<(bool, &[u8])> {
    let keyword = keyword(data)?;
    let after = data.get(keyword.len().checked_add(1)?..)?;
    let (&[compressed, method], after) = after.split_first_chunk::<2>()?;
    let after = after.get(bytes::find_byte(after, 0)?.checked_add(1)?..)?;
    let text = after.get(bytes::find_byte(after, 0)?.checked_add(1)?..)?;
    (compressed == 0 || (compressed == 1 && method == 0)).then_some((compressed == 1, text))
}

/// `tEXt` should be Latin-1, but many tools write UTF-8 into it: what reads as UTF-8 is UTF-8.
fn lenient(text: Vec<u8>) -> String {
    String::from_utf8(text).unwrap_or_else(|error| error.as_bytes().iter().copied().map(char::from).collect())
}

fn bounded(text: &[u8], offset: usize) -> Result<&[u8], Error> {
    if bytes::count(text.len()) > MAX_TEXT {
        return Err(Error::TextTooLarge { media_type: MediaType::Png, offset, limit: MAX_TEXT });
    }
    Ok(text)
}

fn inflate(deflated: &[u8], offset: usize) -> Result<Vec<u8>, Error> {
    let mut text = Vec::new();
    let mut inflater = flate2::read::ZlibDecoder::new(deflated).take(MAX_TEXT.saturating_add(1));
    inflater.read_to_end(&mut text).map_err(|_| Error::Malformed {
        media_type: MediaType::Png,
        offset,
        problem: "a compressed text cannot be inflated",
    })?;
    bounded(&text, offset)?;
    Ok(text)
}
