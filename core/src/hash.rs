//! The one digest of this project: SHA-256, written `sha256:` and 64 lower-case hexadecimal digits.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use touchmark_machine::sha256::{self, Message};

/// A SHA-256 digest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

/// The text is not `sha256:` and 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected sha256: and 64 lower-case hexadecimal digits, found {found:?}")]
pub struct ParseError {
    /// The text, cut after 80 characters.
    pub found: String,
}

impl Hash {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The digest of the concatenation of `parts`.
    pub fn of_parts(parts: &[&[u8]]) -> Self {
        let mut digest = Sha256::new();
        for part in parts {
            digest.update(part);
        }
        Self(digest.finalize().into())
    }

    /// The digests of two messages, each of two parts, in hardly more time than one takes alone, where the processor can. The first part is
    /// to be shorter than 64 bytes.
    pub fn of_two(messages: [[&[u8]; 2]; 2]) -> [Self; 2] {
        sha256::two(messages.map(|[head, body]| Message { start: None, head, body })).map(Self)
    }

    /// The digests of two messages, each the concatenation of its parts, likewise.
    pub fn of_two_in_parts(messages: [&[&[u8]]; 2]) -> [Self; 2] {
        sha256::two_of_parts(messages).map(Self)
    }

    /// A digest that was computed elsewhere.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The 64 digits without the `sha256:` in front: for file names.
    pub fn to_hex(&self) -> String {
        hex::encode(self.0)
    }
}

impl Hash {
    /// Its text in bytes.
    pub(crate) fn text(&self) -> [u8; 71] {
        let mut text = [0; 71];
        text[..7].copy_from_slice(b"sha256:");
        text[7..].copy_from_slice(&to_digits(&self.0));
        text
    }

    /// Its text, handed to whoever needs it without being kept.
    fn with_text<T>(&self, take: impl FnOnce(&str) -> T) -> T {
        take(str::from_utf8(&self.text()).expect("digits are ASCII"))
    }
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_text(|text| f.write_str(text))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Hash {
    type Err = ParseError;

    /// Strict: the prefix is needed, and upper-case digits are refused, so that one digest has one text.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let refuse = || ParseError { found: text.chars().take(80).collect() };
        let digits = text.strip_prefix("sha256:").ok_or_else(refuse)?;
        digits.as_bytes().try_into().ok().and_then(from_digits).map(Self).ok_or_else(refuse)
    }
}

/// 32 bytes as lower-case hexadecimal digits.
pub(crate) fn to_digits(bytes: &[u8; 32]) -> [u8; 64] {
    let mut digits = [0; 64];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(bytes) {
        pair.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
    digits
}

/// 32 bytes from lower-case hexadecimal digits. A log is full of them: a table for both digits at once costs a tenth of looking at each.
pub(crate) fn from_digits(digits: &[u8; 64]) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    let mut seen = 0;
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let (high, low) = (VALUE[usize::from(pair[0])], VALUE[usize::from(pair[1])]);
        seen |= high | low;
        *byte = high << 4 | low;
    }
    (seen & NO_DIGIT == 0).then_some(bytes)
}

/// No digit has this bit in its value.
const NO_DIGIT: u8 = 0x80;

/// What a byte is worth as a lower-case hexadecimal digit.
const VALUE: [u8; 256] = {
    let mut values = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 16 {
        values[DIGITS[value as usize] as usize] = value;
        value += 1;
    }
    values
};

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.with_text(|text| serializer.serialize_str(text))
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_digest_has_one_text() {
        let text = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Hash::of(b"").to_string(), text);
        assert_eq!(text.parse(), Ok(Hash::of(b"")));
        assert_eq!(Hash::of_parts(&[b"a", b"bc"]), Hash::of(b"abc"));
        assert_eq!(Hash::of_two([[b"a", b"bc"], [b"", b""]]), [Hash::of(b"abc"), Hash::of(b"")]);
    }

    #[test]
    fn other_spellings_are_refused() {
        let digits = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let wrong = [
            digits.to_owned(),
            format!("sha256:{}", digits.to_uppercase()),
            format!("sha512:{digits}"),
            format!("sha256:{}", &digits[1..]),
            format!("sha256:{digits}0"),
            format!("sha256: {}", &digits[1..]),
        ];
        for text in wrong {
            assert!(text.parse::<Hash>().is_err(), "{text} was accepted");
        }
    }
}
