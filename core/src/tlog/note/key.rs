//! The keys that check notes.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::{Signature as Ed25519Signature, VerifyingKey};

use super::super::text::{at_most, base64, base64_len, malformed, no_control_characters, to_base64};
use super::super::{Error, cosignature};
use super::Signed;
use crate::hash::Hash;

/// The longest name of a key, in bytes: tlog-cosignature gives names and origins one byte for the length.
pub const MAX_NAME: usize = 255;

/// The longest verifier key: name, plus, 8 digits of the id, plus, base64 of the type byte and 32 bytes.
pub const MAX_VERIFIER_KEY: usize = MAX_NAME + 1 + 8 + 1 + base64_len(1 + 32);

/// The most verifier keys in one text: a log that changes its key each month has this many after twenty years.
pub const MAX_KEYS: usize = 256;

/// The longest text of verifier keys, one a line.
pub const MAX_KEYS_TEXT: usize = MAX_KEYS * (MAX_VERIFIER_KEY + 1);

/// Verifier keys as text, one a line.
pub fn write_keys(keys: &[VerifierKey]) -> String {
    let mut text = String::new();
    for key in keys {
        text += &format!("{key}\n");
    }
    text
}

/// Reads such a text.
pub fn read_keys(text: &str) -> Result<Vec<VerifierKey>, Error> {
    at_most(MAX_KEYS_TEXT, "verifier keys", text.len())?;
    text.lines().map(str::parse).collect()
}

/// What a key signs. The numbers are those of the signed-note specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum SignatureType {
    /// The text of the note, with Ed25519.
    Ed25519 = 0x01,
    /// The text of a checkpoint and the time, with Ed25519: see [`cosignature`].
    Cosignature = 0x04,
}

/// A public key under a name, as a verifier is configured with: `name+hex of the id+base64 of type and key`.
///
/// ```text
/// example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k
/// ```
///
/// `Display` and `FromStr` are this text.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: u32,
    signature_type: SignatureType,
    key: VerifyingKey,
}

impl VerifierKey {
    /// A public key under a name. The name is not empty and has neither spaces nor a plus; the key is not one of the
    /// weak ones under which anything verifies.
    pub fn new(name: &str, signature_type: SignatureType, key: VerifyingKey) -> Result<Self, Error> {
        check_name(name)?;
        if key.is_weak() {
            return Err(malformed("verifier key", "a public key that is not weak", name));
        }
        let parts = [name.as_bytes(), b"\n", &[signature_type as u8], key.as_bytes()];
        let [a, b, c, d, ..] = *Hash::of_parts(&parts).as_bytes();
        Ok(Self { name: name.to_owned(), id: u32::from_be_bytes([a, b, c, d]), signature_type, key })
    }

    /// The name, for the log's key the same as the origin of its checkpoints.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first four bytes of SHA-256 over name, newline, type and key: a label, not a secure digest.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// What the key signs.
    pub fn signature_type(&self) -> SignatureType {
        self.signature_type
    }

    /// The Ed25519 key itself.
    pub fn public_key(&self) -> &VerifyingKey {
        &self.key
    }

    /// Checks the bytes of a signature line (without the key id) against the text of a note. `None` is no.
    pub(super) fn check(&self, text: &str, signature: &[u8]) -> Option<Signed<'_>> {
        let (holds, time) = match self.signature_type {
            SignatureType::Ed25519 => (self.check_bytes(text.as_bytes(), signature.try_into().ok()?), None),
            SignatureType::Cosignature => {
                let (time, signature) = cosignature::decode(signature)?;
                (self.check_bytes(&cosignature::message(time, text), &signature), Some(time))
            }
        };
        holds.then_some(Signed { key: self, time })
    }

    /// Strict: neither the key nor the signature may use a point of small order.
    pub(super) fn check_bytes(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.key.verify_strict(message, &Ed25519Signature::from_bytes(signature)).is_ok()
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let material = [&[self.signature_type as u8], self.key.as_bytes().as_slice()].concat();
        write!(f, "{}+{:08x}+{}", self.name, self.id, to_base64(&material))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({self})")
    }
}

impl FromStr for VerifierKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        const WHAT: &str = "verifier key";
        at_most(MAX_VERIFIER_KEY, WHAT, text.len())?;
        let expected = |expected| malformed(WHAT, expected, text);
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(material)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(expected("name+id+key"));
        };
        let claimed = parse_id(id).ok_or_else(|| expected("an id of 8 lower-case hexadecimal digits"))?;
        let material = base64(material).ok_or_else(|| expected("a key in base64"))?;
        let (signature_type, key) = match material.split_first() {
            Some((0x01, key)) => (SignatureType::Ed25519, key),
            Some((0x04, key)) => (SignatureType::Cosignature, key),
            _ => return Err(expected("a key of type 0x01 or 0x04")),
        };
        let key = key.try_into().ok().and_then(|bytes| VerifyingKey::from_bytes(bytes).ok());
        let key = key.ok_or_else(|| expected("an Ed25519 public key of 32 bytes"))?;

        let parsed = Self::new(name, signature_type, key)?;
        if parsed.id != claimed {
            return Err(Error::KeyId { name: parsed.name, claimed, computed: parsed.id });
        }
        Ok(parsed)
    }
}

/// Key names stand between spaces in signature lines and before a plus in verifier keys.
pub(super) fn check_name(name: &str) -> Result<(), Error> {
    const WHAT: &str = "key name";
    at_most(MAX_NAME, WHAT, name.len())?;
    no_control_characters(WHAT, name)?;
    if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c == '+') {
        return Err(malformed(WHAT, "a name without spaces and plus signs", name));
    }
    Ok(())
}

fn parse_id(digits: &str) -> Option<u32> {
    let lower_case = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if digits.len() == 8 && lower_case { u32::from_str_radix(digits, 16).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the signed-note specification.
    const KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

    #[test]
    fn the_example_of_the_specification_is_read_and_written() {
        let key: VerifierKey = KEY.parse().expect("the example");
        assert_eq!((key.name(), key.id()), ("example.com/foo", 0x530d_903a));
        assert_eq!(key.signature_type(), SignatureType::Ed25519);
        assert_eq!(key.to_string(), KEY);
    }

    #[test]
    fn one_public_key_has_another_id_under_another_name_or_type() {
        let key: VerifierKey = KEY.parse().expect("the example");
        let new = |name, signature_type| VerifierKey::new(name, signature_type, *key.public_key()).expect("a name");
        let same = new("example.com/foo", SignatureType::Ed25519);
        assert_eq!(same, key);
        assert_ne!(new("example.com/bar", SignatureType::Ed25519).id(), key.id());
        let witness = new("example.com/foo", SignatureType::Cosignature);
        assert_ne!(witness.id(), key.id());
        assert_eq!(witness.to_string().parse::<VerifierKey>().expect("own text"), witness);
    }

    #[test]
    fn keys_that_are_not_exact_are_refused() {
        let weak = to_base64(&[&[1_u8][..], &[0; 32]].concat());
        let cases = [
            (String::new(), "expected name+id+key"),
            (KEY.replace('+', " "), "expected name+id+key"),
            (KEY.replace("530d", "530D"), "8 lower-case hexadecimal digits"),
            (KEY.replace("530d903a", "30d903a"), "8 lower-case hexadecimal digits"),
            (KEY.replace("530d", "540d"), "has the id 530d903a, not 540d903a"),
            (KEY.replace("/foo", "/bar"), "has the id"),
            (KEY.replace("/foo", "/f oo"), "without spaces"),
            (KEY.replace("example.com/foo", ""), "without spaces"),
            (KEY.replace("/foo", "/f\u{a0}oo"), "without spaces"),
            (KEY.replace("/foo", "/f\noo"), "without spaces"),
            (KEY.replace("/foo", "/f\u{1}oo"), "no control characters"),
            (KEY.replace("+AekyeRrm", "+BukyeRrm"), "type 0x01 or 0x04"),
            (KEY.replace("3U2k", ""), "32 bytes"),
            (format!("{KEY}AAAA"), "32 bytes"),
            (format!("{KEY}="), "in base64"),
            (format!("{KEY} "), "in base64"),
            (format!("example.com/foo+00000000+{weak}"), "not weak"),
            (format!("{}{KEY}", "x".repeat(300)), "at most 309"),
        ];
        for (text, reason) in cases {
            let error = text.parse::<VerifierKey>().expect_err(&text).to_string();
            assert!(error.contains(reason), "{text:?}: {error}");
        }
    }
}
