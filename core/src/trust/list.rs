//! One list: whom somebody trusts for what, and since when.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Error, LONGEST_LIST, MOST_ANCHORS, etsi};
use crate::hash::Hash;
use crate::keys::certificate::Authority;

/// For what the authorities of a list are trusted. Who may sign may not therefore say when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum For {
    /// To issue certificates for signers of claims.
    Signers,
    /// To issue certificates for time-stamp authorities.
    Timestamps,
}

/// A list of trust anchors.
#[derive(Debug, Clone)]
pub struct List {
    /// What it calls itself, or the name under which it was given.
    pub name: String,
    /// For what.
    pub of: For,
    /// When it was issued, if it says so.
    pub issued: Option<Timestamp>,
    /// When the next one is due, if it says so.
    pub next_update: Option<Timestamp>,
    /// The authorities.
    pub anchors: Vec<Anchor>,
}

/// An authority on a list.
#[derive(Debug, Clone)]
pub struct Anchor {
    /// Its certificate.
    pub authority: Authority,
    /// Whose it is, in the list's words.
    pub entity: Option<String>,
    /// Not trusted for what was signed before.
    pub since: Option<Timestamp>,
    /// Not trusted for what was signed then or later.
    pub until: Option<Timestamp>,
    /// The status, where it is another than "trusted".
    pub status: Option<String>,
    /// The purposes (extended key usage) of the signers' certificates for which it holds; `None`: every one that signers may have.
    pub purposes: Option<Vec<String>>,
}

impl For {
    /// As in a file name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Signers => "signers",
            Self::Timestamps => "timestamps",
        }
    }
}

impl Anchor {
    /// Trusted at any time, for every purpose.
    fn of(authority: Authority) -> Self {
        Self { authority, entity: None, since: None, until: None, status: None, purposes: None }
    }

    /// Whether it counts for what was signed, or stamped, at that time.
    pub fn is_in_force(&self, time: Timestamp) -> bool {
        self.since.is_none_or(|since| since <= time) && self.until.is_none_or(|until| time < until)
    }

    /// Whether it holds for a certificate with these purposes.
    pub(super) fn is_for(&self, purposes: &[String]) -> bool {
        self.purposes.as_ref().is_none_or(|own| own.iter().any(|one| purposes.contains(one)))
    }

    /// What people call its fingerprint.
    pub fn sha256(&self) -> Hash {
        Hash::of(self.authority.as_der())
    }
}

impl List {
    /// Reads a list: JSON as in ETSI TS 119 602, or PEM. Whom a JSON list is of it says by its name, where `of` does not; a PEM list is of
    /// signers then.
    pub fn read(name: &str, text: &str, of: Option<For>) -> Result<Self, Error> {
        if text.len() > LONGEST_LIST {
            return Err(Error::broken(name, format!("it is longer than {LONGEST_LIST} bytes")));
        }
        let list = if Self::is_json(text) { etsi::read(name, text, of)? } else { Self::from_pem(name, text, of)? };
        list.checked(name)
    }

    /// Whether a text would be read as JSON.
    pub fn is_json(text: &str) -> bool {
        text.trim_start().starts_with('{')
    }

    fn from_pem(name: &str, text: &str, of: Option<For>) -> Result<Self, Error> {
        let found =
            Authority::all_from_pem(text).map_err(|error| Error::broken(name, crate::causes::in_words(&error)))?;
        let anchors = found.into_iter().map(Anchor::of).collect();
        Ok(Self { name: name.to_owned(), of: of.unwrap_or(For::Signers), issued: None, next_update: None, anchors })
    }

    fn checked(self, name: &str) -> Result<Self, Error> {
        if self.anchors.is_empty() {
            return Err(Error::broken(name, "it holds no certificate"));
        }
        if self.anchors.len() > MOST_ANCHORS {
            return Err(Error::broken(name, format!("it holds more than {MOST_ANCHORS} certificates")));
        }
        if let Some(leaf) = self.anchors.iter().find(|anchor| !anchor.authority.is_authority()) {
            let problem = format!(
                "the certificate of {:?} issues no others: it can be no anchor; a single signer belongs on a list of allowed ones",
                leaf.authority.name()
            );
            return Err(Error::broken(name, problem));
        }
        Ok(self)
    }

    /// The same list, for these purposes and this time alone, as far as its anchors say nothing themselves.
    #[must_use]
    pub fn limited(mut self, purposes: Option<&[String]>, since: Option<Timestamp>, until: Option<Timestamp>) -> Self {
        for anchor in &mut self.anchors {
            if anchor.purposes.is_none() {
                anchor.purposes = purposes.map(<[String]>::to_vec);
            }
            anchor.since = anchor.since.or(since);
            anchor.until = anchor.until.or(until);
        }
        self
    }

    /// The fingerprints of all that are on it.
    pub(super) fn fingerprints(&self) -> BTreeSet<Hash> {
        self.anchors.iter().map(Anchor::sha256).collect()
    }
}
