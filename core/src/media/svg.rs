//! SVG as text: is it one, and does its root element end.

#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use quick_xml::Reader;
use quick_xml::events::Event;

use super::{Error, MediaType, bytes};

/// The root must begin within this many bytes.
const MAX_PROLOG: usize = 64 << 10;

/// Whether the first element is `svg`, with or without a namespace prefix.
pub(super) fn is_svg(file: &[u8]) -> bool {
    let head = file.get(..file.len().min(MAX_PROLOG)).unwrap_or_default();
    root_name(head).is_some_and(|name| name == b"svg" || name.ends_with(b":svg"))
}

/// The text is UTF-8, and well-formed from its first to its last element.
pub(super) fn check(file: &[u8]) -> Result<(), Error> {
    let malformed = |offset, problem| Error::Malformed { media_type: MediaType::Svg, offset, problem };
    let text = std::str::from_utf8(file).map_err(|error| malformed(error.valid_up_to(), "the text is not UTF-8"))?;
    let mut reader = Reader::from_str(text);
    let mut depth = 0_u64;
    let mut closed = false;
    loop {
        let event = reader.read_event();
        let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        match event.map_err(|_| malformed(at, "the text is not well-formed XML"))? {
            Event::Start(_) => depth = depth.saturating_add(1),
            Event::End(_) => {
                depth = depth.saturating_sub(1);
                closed = depth == 0;
            }
            Event::Empty(_) => closed |= depth == 0,
            Event::Eof => break,
            _ => {}
        }
    }
    if closed && depth == 0 {
        return Ok(());
    }
    Err(Error::MissingEnd { media_type: MediaType::Svg, missing: "the end of its svg element", len: file.len() })
}

fn root_name(head: &[u8]) -> Option<&[u8]> {
    let mut rest = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    loop {
        rest = rest.trim_ascii_start();
        rest = if rest.starts_with(b"<?") {
            behind(rest, b"?>")?
        } else if rest.starts_with(b"<!--") {
            behind(rest, b"-->")?
        } else if rest.starts_with(b"<!") {
            behind_doctype(rest)?
        } else {
            break;
        };
    }
    let name = rest.strip_prefix(b"<")?;
    let end = name.iter().position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/'))?;
    name.get(..end)
}

fn behind<'a>(text: &'a [u8], end: &[u8]) -> Option<&'a [u8]> {
    text.get(bytes::find(text, end)?.checked_add(end.len())?..)
}

/// Behind a document type declaration, whose internal subset may hold `>` between brackets.
fn behind_doctype(text: &[u8]) -> Option<&[u8]> {
    let mark = text.iter().position(|&byte| matches!(byte, b'[' | b'>'))?;
    let rest = text.get(mark..)?;
    let rest = if rest.starts_with(b"[") { behind(rest, b"]")? } else { rest };
    behind(rest, b">")
}
