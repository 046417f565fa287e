//! Where in a file its manifest store stands, and where metadata that belongs to no picture.

#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::ops::Range;

use super::{MediaType, gif, jpeg, png, webp};

/// Places of a file, as ranges of its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Places {
    /// Each part of the manifest store, with the frame that the container puts around it, in the order of the file.
    pub manifest: Vec<Range<usize>>,
    /// Whether these parts are one store, in order.
    pub in_order: bool,
    /// Each Exif, XMP, IPTC, text or comment, with its frame: nothing that changes what is seen.
    pub metadata: Vec<Range<usize>>,
}

impl Places {
    /// The one range that the manifest store takes up; `None` where there is none, or where something else stands in it.
    pub fn store(&self) -> Option<Range<usize>> {
        let (first, last) = (self.manifest.first()?, self.manifest.last()?);
        let whole = self.manifest.iter().zip(self.manifest.iter().skip(1)).all(|(part, next)| part.end == next.start);
        (self.in_order && whole).then_some(first.start..last.end)
    }
}

/// The places of a JPEG, PNG, WebP or GIF. `None` for other types, and from where on a file cannot be read any further, nothing.
pub fn places(bytes: &[u8], media_type: MediaType) -> Option<Places> {
    match media_type {
        MediaType::Jpeg => Some(jpeg::places(bytes)),
        MediaType::Png => Some(png::places(bytes)),
        MediaType::Webp => Some(webp::places(bytes)),
        MediaType::Gif => Some(gif::places(bytes)),
        _ => None,
    }
}
