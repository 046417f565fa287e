//! The roots of time-stamp authorities that a reader trusts.

use std::fmt;

use der::Decode;
use jiff::Timestamp;
use x509_cert::Certificate;
use x509_cert::der::oid::db::rfc4519;
use x509_cert::der::pem;

use super::super::armour;
use super::super::certificate::{Authority, attribute};
use super::Error;

/// The longest PEM text that is read as roots, in bytes.
const LONGEST: usize = 4 << 20;

/// Longer names are cut.
const LONGEST_NAME: usize = 80;

/// Certificates that end a chain: what was issued under one of them is believed. They are for time-stamps alone: that somebody may sign
/// claims does not mean that they may say when.
#[derive(Clone, Default)]
pub struct Roots {
    pub(super) roots: Vec<Root>,
}

/// One of them.
#[derive(Clone)]
pub(super) struct Root {
    pub(super) certificate: Certificate,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl Root {
    /// Whether it counts for what was stamped at that time.
    pub(super) fn is_in_force(&self, time: Timestamp) -> bool {
        self.since.is_none_or(|since| since <= time) && self.until.is_none_or(|until| time < until)
    }
}

impl Roots {
    /// Reads the CERTIFICATE blocks of PEM texts, one after another. Text around them is skipped; a block of another kind is refused.
    pub fn from_pem(pem: &str) -> Result<Self, Error> {
        let bad = |problem: String| Error::Roots { problem };
        if pem.len() > LONGEST {
            return Err(bad(format!("are longer than {LONGEST} bytes")));
        }
        let mut roots = Vec::new();
        for (number, block) in (1..).zip(armour::blocks(pem)) {
            if block.label != "CERTIFICATE" {
                return Err(bad(format!(
                    "hold a block of {:?}, and CERTIFICATE blocks are expected only",
                    block.label
                )));
            }
            let parsed =
                pem::decode_vec(block.text.as_bytes()).ok().and_then(|(_, der)| Certificate::from_der(&der).ok());
            let certificate =
                parsed.ok_or_else(|| bad(format!("hold a certificate that cannot be read, number {number}")))?;
            roots.push(Root { certificate, since: None, until: None });
        }
        if roots.is_empty() {
            return Err(bad("hold no certificate".to_owned()));
        }
        Ok(Self { roots })
    }

    /// Those authorities, each for what was stamped from a time on and before another.
    pub fn in_force(anchors: impl Iterator<Item = (Authority, Option<Timestamp>, Option<Timestamp>)>) -> Self {
        let root = |(authority, since, until): (Authority, _, _)| {
            let certificate = authority.into_certificate();
            Root { certificate, since, until }
        };
        Self { roots: anchors.map(root).collect() }
    }

    /// All of both.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.roots.extend(other.roots);
        self
    }
}

impl fmt::Debug for Roots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.roots.iter().map(|root| subject(&root.certificate))).finish()
    }
}

/// Whose certificate it is, for a person.
pub(super) fn subject(certificate: &Certificate) -> String {
    let subject = &certificate.tbs_certificate.subject;
    let names = [rfc4519::CN, rfc4519::O].into_iter().filter_map(|kind| attribute(subject, kind));
    let name = names.into_iter().next().unwrap_or_else(|| subject.to_string());
    // It stands in sentences, and anybody can make a certificate.
    let shown = |c: char| {
        !c.is_control() && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let name: String = name.chars().map(|c| if shown(c) { c } else { '\u{fffd}' }).take(LONGEST_NAME).collect();
    if name.is_empty() { "somebody who is not named".to_owned() } else { name }
}
