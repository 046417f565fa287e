//! Signers whom the reader knows: each is trusted by its own certificate, and can vouch for nobody (C2PA 2.4, 14.4.3).

use std::collections::BTreeSet;

use super::{Error, LONGEST_LIST};
use crate::hash::Hash;
use crate::keys::certificate::Authority;

/// Fingerprints of signers' certificates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowed {
    fingerprints: BTreeSet<Hash>,
}

impl Allowed {
    /// Reads certificates in PEM and lines with fingerprints, `sha256:…`. Empty lines and what follows a `#` do not count.
    pub fn read(name: &str, text: &str) -> Result<Self, Error> {
        if text.len() > LONGEST_LIST {
            return Err(Error::broken(name, format!("it is longer than {LONGEST_LIST} bytes")));
        }
        let certificates =
            Authority::all_from_pem(text).map_err(|error| Error::broken(name, crate::causes::in_words(&error)))?;
        let mut fingerprints: BTreeSet<Hash> = certificates.iter().map(|one| Hash::of(one.as_der())).collect();
        for line in text.lines().filter_map(|line| line.split('#').next()).map(str::trim) {
            if line.starts_with("sha256:") {
                let problem = |_| Error::broken(name, format!("{line:?} is no fingerprint"));
                fingerprints.insert(line.parse().map_err(problem)?);
            }
        }
        if fingerprints.is_empty() {
            return Err(Error::broken(name, "it holds neither a certificate nor a fingerprint (sha256:…)"));
        }
        Ok(Self { fingerprints })
    }

    /// All of both.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.fingerprints.extend(other.fingerprints);
        self
    }

    /// Whether the certificate with this fingerprint is among them.
    pub fn has(&self, fingerprint: &Hash) -> bool {
        self.fingerprints.contains(fingerprint)
    }

    /// All of them.
    pub fn fingerprints(&self) -> impl Iterator<Item = &Hash> {
        self.fingerprints.iter()
    }
}
