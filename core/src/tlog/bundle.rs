//! The entries behind one full or partial tile, in one file (<https://c2sp.org/tlog-tiles>, "Log entries").
//!
//! ```text
//! 00 05  68 65 6c 6c 6f      the length, 2 bytes big-endian, and the entry: "hello"
//! 00 00                      an empty entry
//! ```
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::Error;
use super::text::{at_most, malformed};
use super::tile::WIDTH;

/// The longest entry, in bytes: what two bytes of length can say.
pub const MAX_ENTRY: usize = 0xffff;

/// The longest bundle, in bytes: 256 of the longest entries with their lengths (16 MiB and 256 bytes).
pub const MAX_BUNDLE: usize = WIDTH as usize * (2 + MAX_ENTRY);

/// Adds one entry to the bytes of a bundle. The caller counts them: a full bundle has 256.
pub fn append(bundle: &mut Vec<u8>, entry: &[u8]) -> Result<(), Error> {
    let length = u16::try_from(entry.len());
    let length = length.map_err(|_| Error::TooLong { what: "bundle entry", found: entry.len(), limit: MAX_ENTRY })?;
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
    Ok(())
}

/// The entries of a bundle that must have exactly `width` of them and nothing after.
pub fn decode(bytes: &[u8], width: u16) -> Result<Vec<&[u8]>, Error> {
    const WHAT: &str = "entry bundle";
    at_most(MAX_BUNDLE, WHAT, bytes.len())?;
    if width == 0 || width > WIDTH {
        return Err(malformed(WHAT, "a width of 1 to 256", &width.to_string()));
    }
    let mut entries = Vec::with_capacity(usize::from(width));
    let mut rest = bytes;
    for _ in 0..width {
        let (entry, after) = split_entry(rest)
            .ok_or_else(|| malformed(WHAT, "as many whole entries as the width", &format!("{} only", entries.len())))?;
        entries.push(entry);
        rest = after;
    }
    if rest.is_empty() {
        Ok(entries)
    } else {
        Err(malformed(WHAT, "nothing after the last entry", &format!("{} bytes more", rest.len())))
    }
}

fn split_entry(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_module() {
        let mut bundle = Vec::new();
        append(&mut bundle, b"hello").expect("short");
        append(&mut bundle, b"").expect("short");
        assert_eq!(bundle, b"\x00\x05hello\x00\x00");
        assert_eq!(decode(&bundle, 2).expect("own bytes"), [b"hello".as_slice(), b""]);
    }

    #[test]
    fn bundles_that_are_not_exact_are_refused() {
        let cases: [(&[u8], u16, &str); 9] = [
            (b"", 0, "a width of 1 to 256"),
            (b"", 257, "a width of 1 to 256"),
            (b"", 1, "whole entries"),
            (b"\x00", 1, "whole entries"),
            (b"\x00\x05hell", 1, "whole entries"),
            (b"\xff\xff", 1, "whole entries"),
            (b"\x00\x05hello", 2, "whole entries"),
            (b"\x00\x05hello\x00", 1, "nothing after"),
            (b"\x00\x05hello\x00\x00", 1, "nothing after"),
        ];
        for (bytes, width, reason) in cases {
            let error = decode(bytes, width).expect_err("not exact").to_string();
            assert!(error.contains(reason), "{bytes:?}: {error}");
        }
        assert!(matches!(append(&mut Vec::new(), &vec![0; MAX_ENTRY + 1]), Err(Error::TooLong { .. })));
        assert!(append(&mut Vec::new(), &vec![0; MAX_ENTRY]).is_ok());
    }
}
