//! Where the attributes of a tag stand: the XML reader gives their names and values only.

#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::ops::Range;

/// An attribute as it stands in the packet.
#[derive(Debug)]
pub(super) struct Attribute<'a> {
    /// With the white space in front.
    pub(super) range: Range<usize>,
    pub(super) name: &'a str,
    /// Still escaped.
    pub(super) value: &'a str,
}

/// The attributes of a tag that is known to be well-formed: the XML reader does not say where they stand.
#[derive(Debug)]
pub(super) struct Attributes<'a> {
    packet: &'a str,
    at: usize,
}

impl<'a> Attributes<'a> {
    pub(super) fn of(packet: &'a str, tag: &Range<usize>) -> Self {
        let text = packet.get(tag.clone()).unwrap_or_default();
        let name = text.find(|c: char| c.is_ascii_whitespace()).unwrap_or(text.len());
        let packet = packet.get(..tag.end).unwrap_or_default();
        Self { packet, at: tag.start.saturating_add(name) }
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Attribute<'a>;

    fn next(&mut self) -> Option<Attribute<'a>> {
        let text = self.packet.get(self.at..)?;
        let (name, rest) = text.split_once('=')?;
        let rest = rest.trim_ascii_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let value = rest.get(1..)?.split(quote).next()?;
        let behind = rest.get(value.len().checked_add(2)?..)?;
        let end = self.packet.len().checked_sub(behind.len())?;
        let range = self.at..end;
        self.at = end;
        Some(Attribute { range, name: name.trim_ascii(), value })
    }
}
