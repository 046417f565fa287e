//! Commitments: the log binds itself to a value (a prompt, a reference image) without showing it.
//!
//! HMAC-SHA256 under a key of that one field. Without the key a guess cannot be tested, however short the value; with it
//! the value is proven, and nothing about any other field follows.

use std::fmt;
use std::str::FromStr;

use hmac::{Hmac, Mac as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::Error;
use super::secret::Secret;
use crate::hash::from_digits;

const PREFIX: &str = "hmac-sha256:";

/// The key of one commitment, 32 bytes: [`Seed::commitment_key`](super::Seed::commitment_key) makes it.
///
/// Handed to an auditor together with the value to open the commitment. As text: base64url without padding, 43
/// characters. Zeroised on drop, never printed.
pub struct CommitmentKey(Secret);

impl CommitmentKey {
    pub(super) fn from_secret(secret: Secret) -> Self {
        Self(secret)
    }

    /// The text form, for whoever the value is opened to.
    pub fn to_text(&self) -> Zeroizing<String> {
        self.0.to_text()
    }

    fn state(&self, value: &[u8]) -> Hmac<Sha256> {
        let mut state = Hmac::<Sha256>::new_from_slice(self.0.as_bytes()).expect("HMAC takes a key of any length");
        state.update(value);
        state
    }
}

/// Commits to `value` under `key`.
pub fn commit(key: &CommitmentKey, value: &[u8]) -> Commitment {
    Commitment(key.state(value).finalize().into_bytes().into())
}

impl FromStr for CommitmentKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Secret::parse(text, "commitment key").map(Self)
    }
}

impl fmt::Debug for CommitmentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommitmentKey").finish_non_exhaustive()
    }
}

/// A commitment to a value. As text and in JSON: `hmac-sha256:` and 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Commitment([u8; 32]);

impl Commitment {
    /// Whether this commits to `value` under `key`, in constant time.
    pub fn opens_to(&self, key: &CommitmentKey, value: &[u8]) -> bool {
        key.state(value).verify_slice(&self.0).is_ok()
    }
}

impl fmt::Display for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", hex::encode(self.0))
    }
}

impl fmt::Debug for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Commitment {
    type Err = Error;

    /// Strict: upper-case digits are refused, so that one commitment has one text.
    fn from_str(text: &str) -> Result<Self, Error> {
        let refuse = || Error::Commitment { found: text.chars().take(80).collect() };
        let digits = text.strip_prefix(PREFIX).and_then(|digits| digits.as_bytes().try_into().ok());
        digits.and_then(from_digits).map(Self).ok_or_else(refuse)
    }
}

impl Serialize for Commitment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Commitment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Seed;
    use super::*;

    fn key(field: &str) -> CommitmentKey {
        let seed: Seed = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8".parse().expect("a seed");
        seed.commitment_key("log.example/2026", "01890a5d-ac96-774b-bcce-b302099a8057", field)
    }

    /// Computed with Python's hmac.
    #[test]
    fn an_independent_computation_gives_the_same_commitment() {
        let text = "hmac-sha256:c11a35f3aa1fa32c522a6e799ede336d3729cbe1da64f4a058ea4320b84b800e";
        let commitment = commit(&key("prompt.user"), b"a lighthouse at dusk");
        assert_eq!(commitment.to_string(), text);
        assert_eq!(text.parse::<Commitment>().expect("a commitment"), commitment);
    }

    #[test]
    fn the_key_of_one_field_opens_no_other_field() {
        let commitment = commit(&key("prompt.user"), b"a lighthouse at dusk");
        assert!(commitment.opens_to(&key("prompt.user"), b"a lighthouse at dusk"));
        assert!(!commitment.opens_to(&key("prompt.negative"), b"a lighthouse at dusk"));
    }

    #[test]
    fn a_key_that_went_through_text_opens_the_same() {
        let commitment = commit(&key("prompt.user"), b"a lighthouse at dusk");
        let received: CommitmentKey = key("prompt.user").to_text().parse().expect("a key");
        assert!(commitment.opens_to(&received, b"a lighthouse at dusk"));
    }

    #[test]
    fn other_spellings_are_refused() {
        let text = commit(&key("a"), b"").to_string();
        let digits = &text[PREFIX.len()..];
        let upper = format!("{PREFIX}{}", digits.replace(|c: char| c.is_ascii_digit(), "A"));
        for wrong in [digits, &upper, &text[..75], &format!("{text}0"), &format!("sha256:{digits}")] {
            assert!(wrong.parse::<Commitment>().is_err(), "{wrong} was accepted");
        }
    }

    #[test]
    fn printing_shows_no_secret() {
        assert_eq!(format!("{:?}", key("a")), "CommitmentKey { .. }");
    }

    proptest! {
        #[test]
        fn no_other_value_opens_a_commitment(value: Vec<u8>, other: Vec<u8>) {
            let commitment = commit(&key("prompt.user"), &value);
            prop_assert!(commitment.opens_to(&key("prompt.user"), &value));
            prop_assert_eq!(commitment.opens_to(&key("prompt.user"), &other), value == other);
        }
    }
}
