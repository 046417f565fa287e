//! The walk over the RIFF chunks of a WebP.

#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::media::{Error, MediaType, bytes};

/// One chunk, with its place in the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chunk<'a> {
    pub(super) offset: usize,
    pub(super) kind: [u8; 4],
    pub(super) data: &'a [u8],
    /// Behind its padding byte.
    pub(super) end: usize,
}

/// The chunks of the RIFF form. A form or a chunk beyond its end is an error.
#[derive(Debug)]
pub(super) struct Chunks<'a> {
    /// The file up to the end of the form.
    form: &'a [u8],
    at: usize,
    failed: Option<Error>,
}

impl<'a> Chunks<'a> {
    pub(super) fn of(file: &'a [u8]) -> Self {
        match form(file) {
            Ok(form) => Self { form, at: 12, failed: None },
            Err(error) => Self { form: &[], at: 0, failed: Some(error) },
        }
    }

    fn read(&self) -> Result<Chunk<'a>, Error> {
        let offset = self.at;
        let left = self.form.len().saturating_sub(offset);
        let beyond = |part, needs| Error::BeyondEnd {
            media_type: MediaType::Webp,
            part,
            offset,
            needs,
            left: bytes::count(left),
        };
        let header = bytes::array(self.form, offset).zip(bytes::le32(self.form, offset.saturating_add(4)));
        let (kind, length): ([u8; 4], u32) = header.ok_or_else(|| beyond("a chunk header".to_owned(), 8))?;
        let data = bytes::slice(self.form, offset.saturating_add(8), bytes::index(length))
            .ok_or_else(|| beyond(format!("chunk {}", kind.escape_ascii()), u64::from(length).saturating_add(8)))?;
        let padding = data.len() % 2;
        let end = offset.saturating_add(8).saturating_add(data.len()).saturating_add(padding);
        // Some writers leave out the last padding byte.
        Ok(Chunk { offset, kind, data, end: end.min(self.form.len()) })
    }
}

impl<'a> Iterator for Chunks<'a> {
    type Item = Result<Chunk<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.failed.take() {
            return Some(Err(error));
        }
        if self.at >= self.form.len() {
            return None;
        }
        let chunk = self.read();
        self.at = chunk.as_ref().map_or(self.form.len(), |chunk| chunk.end);
        Some(chunk)
    }
}

/// The file up to the end of its RIFF form.
pub(super) fn form(file: &[u8]) -> Result<&[u8], Error> {
    let left = bytes::count(file.len());
    let beyond = |needs| Error::BeyondEnd {
        media_type: MediaType::Webp,
        part: "the RIFF form".to_owned(),
        offset: 0,
        needs,
        left,
    };
    let length = bytes::le32(file, 4).ok_or_else(|| beyond(12))?;
    let needs = u64::from(length).saturating_add(8);
    usize::try_from(needs).ok().and_then(|end| file.get(..end)).ok_or_else(|| beyond(needs))
}
