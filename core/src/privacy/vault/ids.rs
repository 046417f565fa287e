//! Whose key, which key: names that go in, ids that come out.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::super::Error;
use super::super::secret::parse_into;

/// Whose key. Its Debug form names no one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// A person, by the identity provider's subject; the empty one is the log itself.
    Person(String),
    /// A time: what is written in one month for one tenant, and kept as long as its class says.
    Shelf {
        /// The retention class.
        class: String,
        /// Whose business it is.
        tenant: Option<String>,
        /// The month of writing, UTC: `2026-11`.
        month: String,
    },
}

impl Owner {
    /// Shows the name that is hashed, piece by piece. No two owners have the same one: each part has its length in front.
    pub(super) fn name(&self, mut show: impl FnMut(&[u8])) {
        let parts = match self {
            Self::Person(subject) => [Some("person"), Some(subject.as_str()), None, None],
            Self::Shelf { class, tenant, month } => [Some("shelf"), Some(class), Some(month), tenant.as_deref()],
        };
        for part in parts.into_iter().flatten() {
            show(&(part.len() as u64).to_be_bytes());
            show(part.as_bytes());
        }
    }

    /// Whether it is a time, and no person.
    pub(super) const fn is_shelf(&self) -> bool {
        matches!(self, Self::Shelf { .. })
    }
}

impl fmt::Debug for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(_) => f.debug_struct("Person").finish_non_exhaustive(),
            Self::Shelf { month, .. } => f.debug_struct("Shelf").field("month", month).finish_non_exhaustive(),
        }
    }
}

macro_rules! sixteen_bytes {
    ($name:ident, $what:literal) => {
        impl $name {
            /// From its bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// Its text in bytes.
            pub(crate) fn text(&self) -> [u8; 22] {
                let mut text = [0; 22];
                URL_SAFE_NO_PAD.encode_slice(self.0, &mut text).expect("16 bytes are 22 characters");
                text
            }

            /// Its bytes.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(str::from_utf8(&self.text()).expect("base64 is ASCII"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                let mut bytes = [0; 16];
                parse_into(text, &mut bytes, $what)?;
                Ok(Self(bytes))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

/// The id of a key: random, so it says which parts were sealed under one key, and not whose. As text: base64url, 22 characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; 16]);

/// A name as only the vault can hash it. As text: base64url, 22 characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark([u8; 16]);

sixteen_bytes!(KeyId, "id of a key");
sixteen_bytes!(Mark, "mark of a name");

/// A map over ids, marks or hashed names.
pub(super) type ById<K, V> = HashMap<K, V, BuildHasherDefault<Itself>>;

/// Takes the last eight of 16 bytes for their hash: nobody outside chooses them, and hashing them again is what a look-up would cost.
#[derive(Default)]
pub(super) struct Itself(u64);

impl Hasher for Itself {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.last_chunk().map_or(self.0, |last| u64::from_le_bytes(*last));
    }

    fn write_usize(&mut self, _length: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_owners_have_one_name() {
        let shelf = |class: &str, tenant: Option<&str>, month: &str| Owner::Shelf {
            class: class.to_owned(),
            tenant: tenant.map(str::to_owned),
            month: month.to_owned(),
        };
        let owners = [
            Owner::Person(String::new()),
            Owner::Person("emp-7".to_owned()),
            Owner::Person("default2026-11".to_owned()),
            shelf("default", None, "2026-11"),
            shelf("default", Some(""), "2026-11"),
            shelf("default", Some("acme"), "2026-11"),
            shelf("acme", Some("default"), "2026-11"),
            shelf("defaul", Some("acme"), "t2026-11"),
        ];
        let name = |owner: &Owner| {
            let mut name = Vec::new();
            owner.name(|part| name.extend_from_slice(part));
            name
        };
        let names: std::collections::BTreeSet<Vec<u8>> = owners.iter().map(name).collect();
        assert_eq!(names.len(), owners.len());
        assert!(!format!("{owners:?}").contains("emp-7"));
    }

    #[test]
    fn an_id_has_one_text() {
        let id = KeyId::from_bytes([0xff; 16]);
        let text = id.to_string();
        assert_eq!(text.parse::<KeyId>().expect("an id"), id);
        for wrong in ["", &text[1..], &format!("{text}="), &text.replace('w', "x")] {
            assert!(wrong.parse::<KeyId>().is_err(), "{wrong}");
        }
    }
}
