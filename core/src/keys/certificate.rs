//! X.509 certificate chains: read, describe, and say what C2PA would hold against them.
//!
//! Judges form and dates, builds paths to trust anchors that are handed in, and takes what issuers say of revocation from responses that are handed
//! in. Whom to trust is the verifier's to say. The bytes may come from anyone.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use jiff::Timestamp;
use x509_cert::Certificate;
use x509_cert::der::oid::ObjectIdentifier;
use x509_cert::der::oid::db::{rfc4519, rfc5912};
use x509_cert::der::{Decode as _, pem};
use x509_cert::ext::pkix::BasicConstraints;

use super::{Error, armour};

mod description;
mod memo;
mod path;
mod problem;
mod profile;
mod revocation;
pub(super) mod signature;

pub use description::Description;
pub(super) use description::{attribute, curve_name, timestamp};
pub use memo::Memo;
pub use path::{Authority, NoPath};
pub use problem::{Finding, Problem};
pub use revocation::{Asked, Revocation};

/// The longest PEM text that is read as a chain, in bytes.
pub const LONGEST_CHAIN: usize = 256 * 1024;

/// The most certificates that a chain may have.
pub const MOST_CERTIFICATES: usize = 10;

pub(super) const P256_OID: ObjectIdentifier = rfc5912::SECP_256_R_1;

/// One to [`MOST_CERTIFICATES`] certificates in the order found: the signer's own should be first.
#[derive(Clone, Debug)]
pub struct Chain {
    leaf: Link,
    /// From the leaf's issuer upwards.
    above: Vec<Link>,
}

#[derive(Clone, Debug)]
struct Link {
    der: Vec<u8>,
    parsed: Certificate,
}

impl Chain {
    /// Reads a PEM file with [`from_pem`](Self::from_pem).
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let failed = |source| Error::Io { action: "read", path: path.to_owned(), source };
        let mut pem = Vec::new();
        let limit = u64::try_from(LONGEST_CHAIN).map_or(u64::MAX, |limit| limit.saturating_add(1));
        File::open(path).map_err(failed)?.take(limit).read_to_end(&mut pem).map_err(failed)?;
        Self::from_pem(&pem)
    }

    /// Reads the CERTIFICATE blocks of a PEM text. Text around them is skipped; a block of another kind is refused.
    pub fn from_pem(pem: &[u8]) -> Result<Self, Error> {
        if pem.len() > LONGEST_CHAIN {
            return Err(not_a_chain(format!("is longer than {LONGEST_CHAIN} bytes")));
        }
        let text = str::from_utf8(pem).map_err(|_| not_a_chain("is binary data (DER?) and no PEM text"))?;
        let mut certificates = Vec::new();
        for block in armour::blocks(text).take(MOST_CERTIFICATES.saturating_add(1)) {
            match block.label {
                "CERTIFICATE" => certificates.push(decode_block(block.text, certificates.len())?),
                label if label.ends_with("PRIVATE KEY") => {
                    return Err(not_a_chain("holds a private key; keep the key in a file of its own"));
                }
                label => {
                    return Err(not_a_chain(format!("holds {label:?}, expected CERTIFICATE blocks only")));
                }
            }
        }
        Self::from_der(certificates)
    }

    /// Reads certificates in DER, in the order of the `x5chain` header: the signer's own first.
    pub fn from_der(certificates: Vec<Vec<u8>>) -> Result<Self, Error> {
        if certificates.len() > MOST_CERTIFICATES {
            return Err(not_a_chain(format!("holds more than {MOST_CERTIFICATES} certificates")));
        }
        let mut links = (1..).zip(certificates).map(|(number, der)| match Certificate::from_der(&der) {
            Ok(parsed) => Ok(Link { der, parsed }),
            Err(source) => Err(Error::Certificate { number, source }),
        });
        let leaf = links.next().ok_or_else(|| not_a_chain("holds no certificate"))??;
        let above = links.collect::<Result<_, _>>()?;
        Ok(Self { leaf, above })
    }

    /// The certificates in DER, leaf first.
    pub fn into_der(self) -> Vec<Vec<u8>> {
        std::iter::once(self.leaf).chain(self.above).map(|link| link.der).collect()
    }

    /// The chain without self-issued certificates at its end. The first certificate always stays.
    #[must_use]
    pub fn without_root(mut self) -> Self {
        while self.ends_in_root() {
            self.above.pop();
        }
        self
    }

    /// Whether the last certificate, other than the first, names itself as issuer.
    pub fn ends_in_root(&self) -> bool {
        self.above.last().is_some_and(Link::is_self_issued)
    }

    /// The raw public key of the first certificate; for elliptic curves the SEC1 point as it stands there.
    pub fn leaf_public_key(&self) -> &[u8] {
        self.leaf.parsed.tbs_certificate.subject_public_key_info.subject_public_key.raw_bytes()
    }

    /// What each certificate says of itself, in order.
    pub fn describe(&self) -> Vec<Description> {
        self.links().map(Description::of).collect()
    }

    /// What the first one says of itself.
    pub fn describe_leaf(&self) -> Description {
        Description::of(&self.leaf)
    }

    /// Whether all its certificates are valid at that time.
    pub fn is_valid_at(&self, at: Timestamp) -> bool {
        self.links().all(|link| is_within(link.validity(), at))
    }

    /// What C2PA 2.4, section 14.5.1, would hold against signing claims with this chain at the time `at`; empty if
    /// nothing. See [`Problem`] for the rules.
    pub fn profile_problems(&self, at: Timestamp) -> Vec<Finding> {
        profile::problems(self, at)
    }

    /// The common name of the first certificate, or its whole subject.
    pub(super) fn leaf_subject(&self) -> String {
        self.leaf.subject()
    }

    fn links(&self) -> impl Iterator<Item = &Link> {
        std::iter::once(&self.leaf).chain(&self.above)
    }
}

impl Link {
    fn subject(&self) -> String {
        let subject = &self.parsed.tbs_certificate.subject;
        attribute(subject, rfc4519::CN).unwrap_or_else(|| subject.to_string())
    }

    fn is_self_issued(&self) -> bool {
        self.parsed.tbs_certificate.issuer == self.parsed.tbs_certificate.subject
    }

    /// An unreadable extension counts as "no CA" here; the profile reports it.
    fn is_ca(&self) -> bool {
        matches!(self.parsed.tbs_certificate.get::<BasicConstraints>(), Ok(Some((_, constraints))) if constraints.ca)
    }

    fn validity(&self) -> (Timestamp, Timestamp) {
        validity(&self.parsed)
    }
}

/// The dates of a certificate.
pub(super) fn validity(certificate: &Certificate) -> (Timestamp, Timestamp) {
    let validity = &certificate.tbs_certificate.validity;
    (timestamp(validity.not_before), timestamp(validity.not_after))
}

/// Whether a certificate of these dates is valid at that time: certificates know whole seconds, and the last one counts.
pub(super) fn is_within((not_before, not_after): (Timestamp, Timestamp), time: Timestamp) -> bool {
    not_before <= time && time.as_second() <= not_after.as_second()
}

fn decode_block(text: &str, before: usize) -> Result<Vec<u8>, Error> {
    let number = before.saturating_add(1);
    pem::decode_vec(text.as_bytes())
        .map(|(_, der)| der)
        .map_err(|source| Error::Certificate { number, source: source.into() })
}

fn not_a_chain(problem: impl Into<String>) -> Error {
    Error::NotAChain { problem: problem.into() }
}

#[cfg(test)]
#[path = "../../../tests/common/chains.rs"]
mod chains;

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-06-01T12:00:00Z".parse().expect("a time")
    }

    fn says(pem: &[u8]) -> String {
        Chain::from_pem(pem).expect_err("refused").to_string()
    }

    #[test]
    fn a_good_chain_describes_itself() {
        let good = chains::good(now());
        let chain = Chain::from_pem(good.chain_pem().as_bytes()).expect("a chain");
        let [leaf, intermediate] = <[_; 2]>::try_from(chain.describe()).expect("two certificates");
        assert_eq!(leaf.common_name.as_deref(), Some("Touchmark test signer"));
        assert_eq!(leaf.organisation.as_deref(), Some("Touchmark tests"));
        assert_eq!((leaf.is_ca, intermediate.is_ca), (false, true));
        assert_eq!(leaf.key, "P-256");
        assert_eq!(leaf.key_usage, ["digitalSignature", "nonRepudiation"]);
        assert_eq!(leaf.extended_key_usage, ["1.3.6.1.4.1.62558.2.1", "1.3.6.1.5.5.7.3.4"]);
        assert!(leaf.not_before < now() && now() < leaf.not_after);
    }

    #[test]
    fn text_around_the_certificates_is_skipped() {
        let good = chains::good(now()).chain_pem();
        let text = format!("subject=CN = Someone\n{good}\n# end of chain\n");
        assert_eq!(Chain::from_pem(text.as_bytes()).expect("a chain").describe().len(), 2);
    }

    #[test]
    fn what_is_no_chain_is_refused_by_what_it_is() {
        let good = chains::good(now()).chain_pem();
        let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        assert_eq!(says(b""), "the certificate chain holds no certificate");
        assert_eq!(says(b"\x30\x82\xff"), "the certificate chain is binary data (DER?) and no PEM text");
        assert_eq!(says(&vec![b' '; LONGEST_CHAIN + 1]), "the certificate chain is longer than 262144 bytes");
        assert_eq!(says(good.repeat(6).as_bytes()), "the certificate chain holds more than 10 certificates");
        assert!(says(format!("{good}{key}").as_bytes()).contains("private key"));
        let damaged = good.replacen("MII", "MIJ", 1);
        assert_eq!(says(damaged.as_bytes()), "certificate 1 of the chain cannot be read as X.509");
    }

    #[test]
    fn any_bytes_give_an_answer() {
        let good = chains::good(now());
        let leaf = good.chain.first().expect("a leaf");
        for position in 0..leaf.len() {
            for bit in [1, 0x80] {
                let mut damaged = leaf.clone();
                if let Some(byte) = damaged.get_mut(position) {
                    *byte ^= bit;
                }
                if let Ok(chain) = Chain::from_der(vec![damaged]) {
                    chain.describe();
                    chain.profile_problems(now());
                }
            }
        }
    }
}
