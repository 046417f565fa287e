//! The pieces that the text formats share, each with exactly one spelling.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Error;
use crate::hash::Hash;

/// ASCII digits without a sign or leading zeros. Rust's own parser would take `+5` and `05`.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let shortest = text == "0" || !text.starts_with('0');
    if digits && shortest { text.parse().ok() } else { None }
}

/// RFC 4648, section 4, with padding and with the unused bits zero.
pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

pub(crate) fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

pub(crate) fn append_base64(text: &mut String, bytes: &[u8]) {
    STANDARD.encode_string(bytes, text);
}

/// The 44 characters of a SHA-256 digest in base64.
pub(crate) fn hash(text: &str) -> Option<Hash> {
    if text.len() != HASH_CHARS {
        return None;
    }
    Some(Hash::from_bytes(base64(text)?.try_into().ok()?))
}

/// The number of base64 characters of a SHA-256 digest.
pub(crate) const HASH_CHARS: usize = base64_len(32);

/// The number of base64 characters of so many bytes.
pub(crate) const fn base64_len(bytes: usize) -> usize {
    bytes.div_ceil(3).saturating_mul(4)
}

pub(crate) fn malformed(what: &'static str, expected: &'static str, found: &str) -> Error {
    Error::Malformed { what, expected, found: found.chars().take(80).collect() }
}

pub(crate) fn at_most(limit: usize, what: &'static str, found: usize) -> Result<(), Error> {
    if found > limit { Err(Error::TooLong { what, found, limit }) } else { Ok(()) }
}

/// UTF-8 within a cap.
pub(crate) fn utf8<'a>(limit: usize, what: &'static str, bytes: &'a [u8]) -> Result<&'a str, Error> {
    at_most(limit, what, bytes.len())?;
    std::str::from_utf8(bytes).map_err(|_| malformed(what, "UTF-8", &String::from_utf8_lossy(bytes)))
}

/// The note format allows no ASCII control character but the newline.
pub(crate) fn no_control_characters(what: &'static str, text: &str) -> Result<(), Error> {
    if text.bytes().all(|byte| byte >= 0x20 || byte == b'\n') {
        return Ok(());
    }
    let line = text.split('\n').find(|line| line.bytes().any(|byte| byte < 0x20));
    Err(malformed(what, "no control characters", line.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_spelling() {
        assert_eq!(decimal("0"), Some(0));
        assert_eq!(decimal("18446744073709551615"), Some(u64::MAX));
        for wrong in ["", "00", "01", "+1", "-1", " 1", "1 ", "1_000", "0x1", "18446744073709551616", "１"] {
            assert_eq!(decimal(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn base64_has_one_spelling() {
        assert_eq!(base64("AQ=="), Some(vec![1]));
        for wrong in ["AQ", "AQ=", "AR==", "AQ==\n", " AQ==", "A-_=", "AQ===="] {
            assert_eq!(base64(wrong), None, "{wrong:?}");
        }
    }
}
