//! From a signer's certificate to a trust anchor (RFC 5280, 6; C2PA 2.4, 14.5.1.2).
//!
//! The certificates of a chain are a stranger's: none of them becomes an anchor, and each that issues another must be an authority's. Left
//! out: policies, and an authority's extended key usage, which the standard ignores; limits on names, which are refused where they are
//! critical.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use jiff::Timestamp;
use x509_cert::Certificate;
use x509_cert::der::Decode as _;
use x509_cert::der::oid::ObjectIdentifier;
use x509_cert::der::oid::db::rfc5280;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage};

use super::memo::Memo;
use super::signature::Unusable;
use super::{Chain, Description, Link, is_within, not_a_chain};
use crate::keys::Error;

/// Critical extensions that are understood, or rightly ignored, here.
const KNOWN: [ObjectIdentifier; 7] = [
    rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER,
    rfc5280::ID_CE_BASIC_CONSTRAINTS,
    rfc5280::ID_CE_CERTIFICATE_POLICIES,
    rfc5280::ID_CE_EXT_KEY_USAGE,
    rfc5280::ID_CE_KEY_USAGE,
    rfc5280::ID_CE_SUBJECT_ALT_NAME,
    rfc5280::ID_CE_SUBJECT_KEY_IDENTIFIER,
];

/// A certificate at which a chain may end.
#[derive(Clone, Debug)]
pub struct Authority(Link);

/// Why a chain leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoPath {
    /// Nobody knows the last issuer.
    #[error("its chain ends at {issuer:?}, which is on no list that is trusted here")]
    Unknown {
        /// Its name.
        issuer: String,
    },
    /// What should be a chain is none.
    #[error("its certificates cannot be read here: {problem}")]
    Unreadable {
        /// What is wrong.
        problem: String,
    },
    /// A certificate in the chain issued the next one and may not.
    #[error("in its chain, the certificate of {subject:?} {problem}")]
    Issuer {
        /// Whose it is.
        subject: String,
        /// What is wrong.
        problem: String,
    },
    /// A certificate in the chain is not valid at the time.
    #[error(
        "in its chain, the certificate of {subject:?} is valid from {not_before} to {not_after}, and not at {time}"
    )]
    OutsideValidity {
        /// Whose it is.
        subject: String,
        /// Its first second.
        not_before: Timestamp,
        /// Its last second.
        not_after: Timestamp,
        /// The time at which the chain is judged.
        time: Timestamp,
    },
}

impl Authority {
    /// Reads a certificate in DER.
    pub fn from_der(der: Vec<u8>) -> Result<Self, Error> {
        let parsed = Certificate::from_der(&der).map_err(|source| Error::Certificate { number: 1, source })?;
        Ok(Self(Link { der, parsed }))
    }

    /// Reads the CERTIFICATE blocks of a PEM text, in any number. Text around them is skipped; a block of another kind is refused.
    pub fn all_from_pem(pem: &str) -> Result<Vec<Self>, Error> {
        let mut found = Vec::new();
        for block in super::armour::blocks(pem) {
            if block.label != "CERTIFICATE" {
                return Err(not_a_chain(format!("holds {:?}, expected CERTIFICATE blocks only", block.label)));
            }
            let der = super::decode_block(block.text, found.len())?;
            let number = found.len().saturating_add(1);
            let parsed = Certificate::from_der(&der).map_err(|source| Error::Certificate { number, source })?;
            found.push(Self(Link { der, parsed }));
        }
        Ok(found)
    }

    /// What it says of itself.
    pub fn describe(&self) -> Description {
        Description::of(&self.0)
    }

    /// Its name for a person: the common name, or the whole subject.
    pub fn name(&self) -> String {
        self.0.subject()
    }

    /// In DER.
    pub fn as_der(&self) -> &[u8] {
        &self.0.der
    }

    /// Whether it says of itself that it issues certificates. A root of version 1 cannot say so and is taken for one.
    pub fn is_authority(&self) -> bool {
        let tbs = &self.0.parsed.tbs_certificate;
        tbs.extensions.is_none() || self.0.is_ca()
    }

    pub(super) fn link(&self) -> &Link {
        &self.0
    }

    pub(in crate::keys) fn into_certificate(self) -> Certificate {
        self.0.parsed
    }
}

impl Chain {
    /// Whether the chain leads to one of `anchors`, with every certificate in it valid at `time`; and to which, by its place.
    pub fn leads_to(&self, anchors: &[&Authority], time: Timestamp, memo: &Memo) -> Result<usize, NoPath> {
        in_time(&self.leaf, time)?;
        let mut unused: Vec<&Link> = self.above.iter().collect();
        // What stands next in the chain, and how many authorities stand below it. A certificate that led nowhere is not tried again.
        let mut open = vec![(&self.leaf, 0_usize)];
        let (mut problem, mut last) = (None, &self.leaf);
        while let Some((below, authorities)) = open.pop() {
            last = below;
            for (place, anchor) in anchors.iter().enumerate() {
                match issues(&anchor.0, below, authorities, time, memo) {
                    Ok(true) => return Ok(place),
                    Ok(false) => {}
                    Err(no_path) => problem = Some(no_path),
                }
            }
            let mut kept = Vec::new();
            for candidate in unused {
                match issues(candidate, below, authorities, time, memo) {
                    Ok(true) => open.push((candidate, authorities.saturating_add(1))),
                    Ok(false) => kept.push(candidate),
                    Err(no_path) => problem = Some(no_path),
                }
            }
            unused = kept;
        }
        Err(problem.unwrap_or_else(|| NoPath::Unknown { issuer: issuer_of(last) }))
    }
}

/// Whether `issuer` issued `below`; an error where it did and may not.
fn issues(issuer: &Link, below: &Link, authorities: usize, time: Timestamp, memo: &Memo) -> Result<bool, NoPath> {
    let tbs = &issuer.parsed.tbs_certificate;
    if tbs.subject != below.parsed.tbs_certificate.issuer || issuer.der == below.der {
        return Ok(false);
    }
    let refused = |problem: &str| NoPath::Issuer { subject: issuer.subject(), problem: problem.to_owned() };
    match memo.issued(below, issuer) {
        Ok(true) => {}
        Ok(false) => return Ok(false),
        Err(Unusable::Algorithm(oid)) => {
            let problem = format!("signed the one below it with {oid}, which is not accepted");
            return Err(refused(&problem));
        }
        Err(Unusable::ShortKey) => return Err(refused("has an RSA key that is too short")),
        Err(Unusable::UnknownKey) => return Err(refused("has a key of no kind that is known here")),
    }
    if tbs.extensions.is_some() {
        let Ok(Some((_, constraints))) = tbs.get::<BasicConstraints>() else {
            return Err(refused("does not say that it is an authority's, and issued another"));
        };
        if !constraints.ca {
            return Err(refused("is no authority's, and issued another"));
        }
        if constraints.path_len_constraint.is_some_and(|most| authorities > usize::from(most)) {
            return Err(refused("allows fewer authorities below it than there are"));
        }
        if !matches!(tbs.get::<KeyUsage>(), Ok(usage) if usage.is_none_or(|(_, usage)| usage.key_cert_sign())) {
            return Err(refused("has a key usage that does not allow to sign certificates"));
        }
        let unknown = tbs.extensions.iter().flatten().find(|one| one.critical && !KNOWN.contains(&one.extn_id));
        if let Some(extension) = unknown {
            return Err(refused(&format!("has the critical extension {}, which is not known here", extension.extn_id)));
        }
    }
    in_time(issuer, time)?;
    Ok(true)
}

fn in_time(link: &Link, time: Timestamp) -> Result<(), NoPath> {
    let (not_before, not_after) = link.validity();
    if !is_within((not_before, not_after), time) {
        return Err(NoPath::OutsideValidity { subject: link.subject(), not_before, not_after, time });
    }
    Ok(())
}

/// The name of whoever issued a certificate, for a person.
fn issuer_of(link: &Link) -> String {
    let issuer = &link.parsed.tbs_certificate.issuer;
    super::attribute(issuer, super::rfc4519::CN).unwrap_or_else(|| issuer.to_string())
}
