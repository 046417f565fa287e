//! What was read of a file's manifest: types alone.

use jiff::Timestamp;

use crate::keys::certificate::Description;
use crate::keys::timestamp::Refusal;
use crate::trust::{TrustedBy, Untrusted};

use super::ClaimStamp;
use super::lineage::Member;

/// The standard's validation states (spec 2.4, 14.3), and none. The better are the lesser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Valid, and the signer's certificate leads to a trust anchor.
    Trusted,
    /// Signature, assertions and hard binding hold; the signer is not known.
    Valid,
    /// Something does not hold.
    Invalid,
    /// The file carries no manifest.
    None,
}

/// What a file's active manifest says and how it fares.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The standard's state.
    pub state: State,
    /// The standard's failure codes, of the active manifest and of ingredients, each once.
    pub codes: Vec<String>,
    /// What the codes are about, in the library's words.
    pub explanations: Vec<String>,
    /// The standard's informational codes of the active manifest.
    pub informational: Vec<String>,
    /// The standard's success codes of the active manifest.
    pub successes: Vec<String>,
    /// The active manifest, if it could be read.
    pub claim: Option<Claim>,
    /// What we hold against manifests of ingredients. Their codes stand among `codes` too.
    pub ingredients: Vec<Held>,
    /// Manifests of compressed ingredients that are what was taken in, though the library says otherwise.
    pub fit: Vec<String>,
    /// The manifest store as it stands in the file or beside it.
    pub store: Option<Vec<u8>>,
    /// The active manifest and, as long as these are updates, what they update; empty where the store could not be taken apart.
    pub lineage: Vec<Member>,
    /// What is wrong with the file itself, where it cannot be read to its end.
    pub damaged: Option<String>,
    /// Where the file says that its manifest is. Nothing is fetched from there.
    pub elsewhere: Option<String>,
}

impl Reading {
    /// Of a file without a manifest.
    pub(super) fn none() -> Self {
        Self {
            state: State::None,
            codes: Vec::new(),
            explanations: Vec::new(),
            informational: Vec::new(),
            successes: Vec::new(),
            claim: None,
            ingredients: Vec::new(),
            fit: Vec::new(),
            store: None,
            lineage: Vec::new(),
            damaged: None,
            elsewhere: None,
        }
    }

    /// The same, of a file that says where its manifest is. Whoever does not look there says so (C2PA 2.4, 15.5.3.1).
    pub(super) fn elsewhere(mut self, url: String) -> Self {
        self.fails("manifest.inaccessible", "the manifest is not in the file, and nothing was fetched");
        self.elsewhere = Some(url);
        self
    }

    /// With one more code that speaks against it.
    pub(super) fn fails(&mut self, code: &str, explanation: &str) {
        if !self.codes.iter().any(|one| one == code) {
            self.codes.push(code.to_owned());
            self.explanations.push(explanation.to_owned());
        }
    }
}

/// Something that is held against an ingredient's manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// That manifest: `urn:c2pa:…`
    pub manifest_id: String,
    /// The standard's failure code.
    pub code: &'static str,
    /// What it is about.
    pub words: String,
    /// Whether the active manifest has none of that code itself.
    pub alone: bool,
}

/// The certificate that signed, and what we think of it.
#[derive(Debug, Clone)]
pub struct Credential {
    /// What it says of itself.
    pub description: Description,
    /// By what it is trusted, or why it is not.
    pub trusted: Result<TrustedBy, Untrusted>,
    /// The time at which it was judged: that of a time-stamp that counts, or the reader's.
    pub at: Timestamp,
}

/// The active manifest.
#[derive(Debug, Clone, Default)]
pub struct Claim {
    /// `urn:c2pa:…`
    pub manifest_id: String,
    /// The signer's organisation, from the certificate.
    pub organisation: Option<String>,
    /// The signer's common name, from the certificate.
    pub common_name: Option<String>,
    /// The signer's own certificate, and what we think of it.
    pub credential: Option<Credential>,
    /// The time-stamp of its signature, if there is one that can be read.
    pub stamp: Option<ClaimStamp>,
    /// Why the time-stamp that it carries cannot be read.
    pub stamp_unreadable: Option<Refusal>,
    /// When it was signed, by the signer's own word (the header `iat`).
    pub stated: Option<Timestamp>,
    /// The program that wrote the claim.
    pub generator: Option<String>,
    /// `dc:title`.
    pub title: Option<String>,
    /// The first action's digital source type.
    pub digital_source_type: Option<String>,
    /// The program that made it, from the first action; none where that only opened a picture.
    pub agent: Option<String>,
    /// The first action's time.
    pub when: Option<String>,
    /// The latest time of an action that the signer vouches for.
    pub latest: Option<Timestamp>,
    /// How many ingredients it has.
    pub ingredients: usize,
    /// The signer's certificate chain, PEM, leaf first.
    pub certificates: String,
}

impl Claim {
    /// When it was signed, if somebody attests it who is trusted for that.
    pub fn time(&self) -> Option<Timestamp> {
        self.stamp.as_ref().filter(|stamp| stamp.refused.is_none()).map(|stamp| stamp.time)
    }

    /// Whether a time that the signer states is later than the time-stamp: time-stamps count in whole seconds.
    pub fn is_later(&self, stated: Timestamp) -> bool {
        self.time().is_some_and(|time| stated.as_second() > time.as_second())
    }
}
