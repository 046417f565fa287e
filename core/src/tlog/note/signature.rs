//! The signature lines of a note.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::fmt;

use super::super::Error;
use super::super::text::{append_base64, at_most, base64, base64_len, malformed};
use super::key::{MAX_NAME, check_name};

/// The longest signature, in bytes: 4 of the key id, 8 of a time and 5,000 of the longest post-quantum signature, with
/// room.
pub const MAX_SIGNATURE: usize = 6144;

/// The longest signature line without its newline: dash (3 bytes) and space, name, space, base64.
pub const MAX_SIGNATURE_LINE: usize = 4 + MAX_NAME + 1 + base64_len(MAX_SIGNATURE);

/// One signature line: `— name base64(key id, signature)`. `Display` is the line without its newline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    name: String,
    id: u32,
    bytes: Vec<u8>,
}

impl Signature {
    /// A signature by the key with this name and id, known to be well-formed.
    pub(in crate::tlog) fn new(name: &str, id: u32, bytes: Vec<u8>) -> Self {
        Self { name: name.to_owned(), id, bytes }
    }

    /// Parses one line without its newline.
    pub fn parse(line: &str) -> Result<Self, Error> {
        const WHAT: &str = "signature line";
        at_most(MAX_SIGNATURE_LINE, WHAT, line.len())?;
        let expected = |expected| malformed(WHAT, expected, line);
        let rest = line.strip_prefix("— ").ok_or_else(|| expected("a dash and a space"))?;
        let (name, bytes) = rest.split_once(' ').ok_or_else(|| expected("name, space, signature"))?;
        check_name(name)?;
        let bytes = base64(bytes).ok_or_else(|| expected("a signature in base64"))?;
        match bytes.split_first_chunk::<4>() {
            Some((id, rest)) if !rest.is_empty() => Ok(Self::new(name, u32::from_be_bytes(*id), rest.to_vec())),
            _ => Err(expected("a signature of more than 4 bytes")),
        }
    }

    /// The name of the key, as the line claims.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The id of the key, as the line claims.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Adds the line, without its newline.
    pub(in crate::tlog) fn append_to(&self, text: &mut String) {
        text.push_str("— ");
        text.push_str(&self.name);
        text.push(' ');
        append_base64(text, &[self.id.to_be_bytes().as_slice(), &self.bytes].concat());
    }

    /// The signature without the key id. What it is depends on the key.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = String::new();
        self.append_to(&mut line);
        f.write_str(&line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_are_not_exact_are_refused() {
        assert_eq!(Signature::parse("— a AAAAAQI=").expect("exact"), Signature::new("a", 1, vec![2]));
        let cases = [
            ("", "a dash and a space"),
            ("- a AAAAAQI=", "a dash and a space"),
            ("—a AAAAAQI=", "a dash and a space"),
            (" — a AAAAAQI=", "a dash and a space"),
            ("— a", "name, space, signature"),
            ("—  AAAAAQI=", "without spaces"),
            ("— a+b AAAAAQI=", "without spaces"),
            ("— a\u{2003}b AAAAAQI=", "without spaces"),
            ("— a  AAAAAQI=", "in base64"),
            ("— a AAAAAQI", "in base64"),
            ("— a AAAAAQI= ", "in base64"),
            ("— a AAAAAQI=\r", "in base64"),
            ("— a AAAAAQ==", "more than 4 bytes"),
            ("— a ", "more than 4 bytes"),
        ];
        for (line, reason) in cases {
            let error = Signature::parse(line).expect_err(line).to_string();
            assert!(error.contains(reason), "{line:?}: {error}");
        }
        let long = format!("— a {}", "A".repeat(MAX_SIGNATURE_LINE));
        assert!(matches!(Signature::parse(&long), Err(Error::TooLong { .. })));
    }
}
