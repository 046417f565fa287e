//! What a record can name: a leaf of the sorted tree.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::hash::Hash;
use crate::merkle;
use crate::privacy::commitment::Commitment;

/// What stands before the text in a leaf. A leaf of the log itself is a record and begins with `{`.
const LEAF: &str = "touchmark/name/v1\n";

/// An asset hash or a commitment. In the order of their texts, which is the order of the tree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Name {
    /// `hmac-sha256:…`
    Commitment(Commitment),
    /// `sha256:…`
    Asset(Hash),
}

/// The text is neither a hash nor a commitment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected sha256: (an asset) or hmac-sha256: (a commitment) and 64 lower-case hexadecimal digits, found {found:?}"
)]
pub struct NotAName {
    /// The text, cut after 80 characters.
    pub found: String,
}

impl Name {
    /// Its hash as a leaf of a sorted tree.
    pub fn leaf(&self) -> Hash {
        merkle::leaf_hash(format!("{LEAF}{self}").as_bytes())
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Commitment(commitment) => commitment.fmt(f),
            Self::Asset(hash) => hash.fmt(f),
        }
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Name {
    type Err = NotAName;

    /// Strict, as hashes and commitments are: one name has one text.
    fn from_str(text: &str) -> Result<Self, NotAName> {
        let asset = text.parse().ok().map(Self::Asset);
        let name = asset.or_else(|| text.parse().ok().map(Self::Commitment));
        name.ok_or_else(|| NotAName { found: text.chars().take(80).collect() })
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn names_have_the_order_of_their_texts(bytes: [[u8; 32]; 2], kinds: [bool; 2]) {
            let name = |at: usize| {
                let asset = Hash::from_bytes(bytes[at]);
                let text = if kinds[at] { asset.to_string() } else { format!("hmac-{asset}") };
                text.parse::<Name>().expect("a name")
            };
            let (one, other) = (name(0), name(1));
            prop_assert_eq!(one.cmp(&other), one.to_string().cmp(&other.to_string()));
            prop_assert_eq!(one.leaf() == other.leaf(), one == other);
        }
    }

    #[test]
    fn other_texts_are_refused() {
        let digits = "ab".repeat(32);
        for wrong in
            [&digits, &format!("sha512:{digits}"), &format!("SHA256:{digits}"), &format!("sha256:{digits} "), ""]
        {
            let refused = wrong.parse::<Name>().expect_err("refused").to_string();
            assert!(refused.contains("sha256: (an asset)"), "{refused}");
        }
    }
}
