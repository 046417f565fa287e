//! One random seed per record: everything private about the record hangs on it.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand_core::CryptoRngCore;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use super::Error;
use super::commitment::CommitmentKey;
use super::secret::{Secret, Source, parse_into};

/// The random secret of one record, 32 bytes. Lies in the record's private part, sealed and erased with it.
///
/// As text: base64url without padding, 43 characters. Zeroised on drop, never printed.
pub struct Seed(Secret);

impl Seed {
    /// A new seed. A record never shares its seed with another.
    pub fn generate(rng: &mut impl CryptoRngCore) -> Self {
        Self(Secret::generate(rng))
    }

    /// A seed of random bytes that were drawn for it.
    pub(crate) fn new(bytes: &[u8; 32]) -> Self {
        Self(Secret::new(bytes))
    }

    /// The text form, for the record's private part and nowhere else.
    pub fn to_text(&self) -> Zeroizing<String> {
        self.0.to_text()
    }

    /// The salt of the private field `name`: HKDF-SHA256 with the domain `touchmark field salt v1`.
    pub fn salt(&self, name: &str) -> Salt {
        self.salts()(name)
    }

    /// The salts of several fields.
    pub(super) fn salts(&self) -> impl Fn(&str) -> Salt {
        let source = Source::of(&self.0);
        move |name| {
            let mut salt = [0; 16];
            source.derive(&[b"touchmark field salt v1", name.as_bytes()], &mut salt);
            Salt(salt)
        }
    }

    /// The key that commits to one field of one record of one log: HKDF-SHA256 with the domain `touchmark commitment v1`.
    ///
    /// `origin` is the log's name, `record` the record's id, `field` the field's name, such as `prompt.user`.
    pub fn commitment_key(&self, origin: &str, record: &str, field: &str) -> CommitmentKey {
        let parts = [b"touchmark commitment v1".as_slice(), origin.as_bytes(), record.as_bytes(), field.as_bytes()];
        CommitmentKey::from_secret(self.0.derive_secret(&parts))
    }
}

impl FromStr for Seed {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Secret::parse(text, "seed").map(Self)
    }
}

/// In JSON as its text form. Only the record's private part may hold a seed.
impl Serialize for Seed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_text())
    }
}

impl<'de> Deserialize<'de> for Seed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parse_json(deserializer)
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seed").finish_non_exhaustive()
    }
}

/// The salt of one private field, 16 bytes. Shown to whoever the field is opened to, and to nobody else.
///
/// As text: base64url without padding, 22 characters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Salt([u8; 16]);

impl Salt {
    /// The 16 bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The text form.
    pub fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

impl FromStr for Salt {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut salt = [0; 16];
        parse_into(text, &mut salt, "salt")?;
        Ok(Self(salt))
    }
}

impl Serialize for Salt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_text())
    }
}

impl<'de> Deserialize<'de> for Salt {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parse_json(deserializer)
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Salt").finish_non_exhaustive()
    }
}

/// An owned text that may be secret does not outlive its reading.
fn parse_json<'de, D: Deserializer<'de>, T: FromStr<Err = Error>>(deserializer: D) -> Result<T, D::Error> {
    let text = Zeroizing::new(String::deserialize(deserializer)?);
    text.parse().map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use rand_core::OsRng;

    use super::*;

    /// Bytes 0 to 31.
    const COUNTING: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

    fn counting() -> Seed {
        COUNTING.parse().expect("a seed")
    }

    /// Computed with Python's hmac and hashlib.
    #[test]
    fn an_independent_computation_gives_the_same_salt_and_key() {
        let salt = counting().salt("actor");
        assert_eq!(hex::encode(salt.as_bytes()), "0affe27cc1164a0e3b30144f6b65b579");
        let record = "01890a5d-ac96-774b-bcce-b302099a8057";
        let key = counting().commitment_key("log.example/2026", record, "prompt.user");
        let expected = "a9123de166894163db1beffaaa35bce078ed9eb2e5dce71858910cc29f7016a3";
        assert_eq!(hex::encode(URL_SAFE_NO_PAD.decode(key.to_text().as_bytes()).expect("base64url")), expected);
    }

    #[test]
    fn a_letter_that_moves_from_one_name_to_the_next_makes_another_key() {
        let key = |origin, record, field| counting().commitment_key(origin, record, field).to_text();
        assert_ne!(key("log", "ab", "c"), key("log", "a", "bc"));
        assert_ne!(key("loga", "b", "c"), key("log", "ab", "c"));
    }

    #[test]
    fn each_field_and_each_seed_has_its_own_salt() {
        let other = Seed::generate(&mut OsRng);
        assert_ne!(counting().salt("actor"), counting().salt("tenant"));
        assert_ne!(counting().salt("actor"), other.salt("actor"));
    }

    #[test]
    fn the_text_form_comes_back_and_other_spellings_are_refused() {
        assert_eq!(*counting().to_text(), COUNTING);
        let last_bits_set = format!("{}9", &COUNTING[..42]);
        let padded = format!("{COUNTING}=");
        let long = COUNTING.repeat(100);
        for text in ["", "AAEC", &padded, &last_bits_set, &long, &COUNTING.replace('A', "+")] {
            let error = text.parse::<Seed>().expect_err(text).to_string();
            assert_eq!(error, "expected 32 bytes in base64url without padding for the seed");
        }
        assert_eq!(counting().salt("a").to_text().parse::<Salt>().expect("a salt"), counting().salt("a"));
    }

    #[test]
    fn printing_shows_no_secret() {
        assert_eq!(format!("{:?} {:?}", counting(), counting().salt("a")), "Seed { .. } Salt { .. }");
    }
}
