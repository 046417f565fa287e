//! All that somebody trusts, and what it says of a signer.

use jiff::Timestamp;
use serde::Serialize;

use super::{Allowed, Anchor, For, List, purpose_name};
use crate::keys::certificate::{Authority, Chain, Memo, NoPath};
use crate::keys::timestamp::Roots;

/// Lists of signers' and of time-stamps' authorities, and single signers.
#[derive(Debug, Clone, Default)]
pub struct Lists {
    /// Each is for what it says of itself.
    pub lists: Vec<List>,
    /// Signers who are trusted by themselves.
    pub allowed: Allowed,
}

/// By what a signer is trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrustedBy {
    /// The list's name.
    pub list: String,
    /// The name of the authority on it; `None` where the signer itself is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
}

/// Why a signer is not trusted, as the end of a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Untrusted {
    /// The chain leads to nobody who is trusted.
    #[error("{0}")]
    NoPath(NoPath),
    /// It leads to an authority that was not trusted yet, or not any more.
    #[error(
        "its chain leads to {authority:?} of {list}, which is trusted for what was signed {period}, and not for what was at {time}"
    )]
    OutOfForce {
        /// The authority.
        authority: String,
        /// The list.
        list: String,
        /// From when until when.
        period: String,
        /// When it was signed, or is judged.
        time: Timestamp,
    },
    /// An authority in its chain is revoked.
    #[error("the issuer of {authority:?}, an authority in its chain, has revoked that at {since}")]
    Revoked {
        /// The authority.
        authority: String,
        /// Since when.
        since: Timestamp,
    },
    /// It leads to an authority that is trusted for something else.
    #[error(
        "its chain leads to {authority:?} of {list}, which is trusted for certificates with the purpose {}, and the purpose of this one is {found}",
        needed.join(" or ")
    )]
    Purpose {
        /// The authority.
        authority: String,
        /// The list.
        list: String,
        /// What it is trusted for.
        needed: Vec<String>,
        /// What the signer's certificate is for.
        found: String,
    },
}

impl Lists {
    /// One list of PEM certificates for signers, and the same for time-stamps: what somebody trusts who makes no difference.
    pub fn of_both(name: &str, pem: &str) -> Result<Self, super::Error> {
        if pem.trim().is_empty() {
            return Ok(Self::default());
        }
        let of = |of| List::read(name, pem, Some(of));
        Ok(Self { lists: vec![of(For::Signers)?, of(For::Timestamps)?], allowed: Allowed::default() })
    }

    /// Whether any list is for this.
    pub fn has(&self, of: For) -> bool {
        self.lists.iter().any(|list| list.of == of)
    }

    /// The anchors for one or the other, with their lists.
    fn anchors(&self, of: For) -> impl Iterator<Item = (&List, &Anchor)> + Clone {
        let lists = self.lists.iter().filter(move |list| list.of == of);
        lists.flat_map(|list| list.anchors.iter().map(move |anchor| (list, anchor)))
    }

    /// The authorities of signers.
    pub fn signers_authorities(&self) -> impl Iterator<Item = &Authority> + Clone {
        self.anchors(For::Signers).map(|(_, anchor)| &anchor.authority)
    }

    /// The certificates of signers' authorities, PEM, for a reader that has no dates.
    pub fn signers_in_pem(&self) -> String {
        let mut ders: Vec<&[u8]> = self.anchors(For::Signers).map(|(_, anchor)| anchor.authority.as_der()).collect();
        ders.sort_unstable();
        ders.dedup();
        let pem = |der: &&[u8]| pem_of(der);
        ders.iter().map(pem).collect()
    }

    /// The roots for time-stamps, each for its own time.
    pub fn timestamp_roots(&self) -> Roots {
        let anchors = self.anchors(For::Timestamps);
        Roots::in_force(anchors.map(|(_, anchor)| (anchor.authority.clone(), anchor.since, anchor.until)))
    }

    /// Whether the owner of the chain's first certificate is trusted to sign claims at `time`, and by what.
    pub fn signer(&self, chain: &Chain, time: Timestamp) -> Result<TrustedBy, Untrusted> {
        self.signer_by(chain, time, &Memo::default())
    }

    /// The same for many chains, of which many are one.
    pub fn signer_by(&self, chain: &Chain, time: Timestamp, memo: &Memo) -> Result<TrustedBy, Untrusted> {
        let leaf = chain.describe_leaf();
        if self.allowed.has(&leaf.sha256) {
            return Ok(TrustedBy { list: "the signers that are allowed here".to_owned(), authority: None });
        }
        let purposes = leaf.extended_key_usage;
        let counts = |anchor: &Anchor| anchor.is_in_force(time) && anchor.is_for(&purposes);
        let usable: Vec<(&List, &Anchor)> = self.anchors(For::Signers).filter(|(_, anchor)| counts(anchor)).collect();
        let no_path = match chain.leads_to(&authorities(&usable), time, memo) {
            Ok(place) => {
                let found = usable.get(place);
                let list = found.map(|(list, _)| list.name.clone()).unwrap_or_default();
                return Ok(TrustedBy { list, authority: found.map(|(_, anchor)| anchor.authority.name()) });
            }
            Err(no_path) => no_path,
        };
        // It may lead to one that does not count here: that says more than that it leads nowhere.
        let others: Vec<(&List, &Anchor)> = self.anchors(For::Signers).filter(|(_, anchor)| !counts(anchor)).collect();
        match chain.leads_to(&authorities(&others), time, memo) {
            Ok(place) => {
                let why = others.get(place).map(|(list, anchor)| does_not_count(list, anchor, &purposes, time));
                Err(why.unwrap_or(Untrusted::NoPath(no_path)))
            }
            Err(_) => Err(Untrusted::NoPath(no_path)),
        }
    }
}

fn authorities<'a>(anchors: &[(&List, &'a Anchor)]) -> Vec<&'a Authority> {
    anchors.iter().map(|(_, anchor)| &anchor.authority).collect()
}

fn does_not_count(list: &List, anchor: &Anchor, purposes: &[String], time: Timestamp) -> Untrusted {
    let (authority, list) = (anchor.authority.name(), list.name.clone());
    let names = |oids: &[String]| oids.iter().map(|oid| purpose_name(oid).to_owned()).collect::<Vec<_>>();
    if !anchor.is_in_force(time) {
        let period = match (anchor.since, anchor.until) {
            (Some(never), _) if never == Timestamp::MAX => "at no time".to_owned(),
            (Some(since), Some(until)) => format!("from {since} until {until}"),
            (Some(since), None) => format!("from {since} on"),
            (None, Some(until)) => format!("until {until}"),
            (None, None) => "at any time".to_owned(),
        };
        return Untrusted::OutOfForce { authority, list, period, time };
    }
    let needed = names(anchor.purposes.as_deref().unwrap_or_default());
    Untrusted::Purpose { authority, list, needed, found: names(purposes).join(", ") }
}

fn pem_of(der: &[u8]) -> String {
    use x509_cert::der::pem::{LineEnding, encode_string};
    encode_string("CERTIFICATE", LineEnding::LF, der).unwrap_or_default()
}
