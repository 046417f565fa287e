//! A certificate authority for development: one root, one signer, and the root's key forgotten at once.
//!
//! The certificates meet the profile of C2PA 2.4, section 14.5.1, so that everything works as it will later, but no one
//! trusts them who was not told to: every name says "not for production". Because the root's key is not kept, nobody can
//! issue a second certificate under it; a new signer needs a new root.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use p256::ecdsa::DerSignature;
use rand_core::CryptoRngCore;
use x509_cert::Certificate;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::builder::{self, Builder as _, CertificateBuilder, Profile};
use x509_cert::der::asn1::{GeneralizedTime, SetOfVec};
use x509_cert::der::oid::ObjectIdentifier;
use x509_cert::der::oid::db::rfc4519;
use x509_cert::der::oid::db::rfc5280::ID_KP_EMAIL_PROTECTION;
use x509_cert::der::pem::LineEnding;
use x509_cert::der::{Any, EncodePem as _, Tag};
use x509_cert::ext::pkix::ExtendedKeyUsage;
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::SubjectPublicKeyInfoOwned;
use x509_cert::time::{Time, Validity};

use super::certificate::Chain;
use super::file::{P256Key, P256Signer};
use super::{Algorithm, Error};

/// `c2pa-kp-claimSigning` (C2PA 2.4, section 14.4.1).
const CLAIM_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.62558.2.1");

/// The upper bound of both names in RFC 5280, appendix A.1, in characters.
const LONGEST_NAME: usize = 64;

/// Both certificates are valid from an hour before, for the sake of readers whose clock is slow.
const HEAD_START: SignedDuration = SignedDuration::from_hours(1);
const ROOT_LIFE: SignedDuration = SignedDuration::from_hours(24 * 3652);
const LEAF_LIFE: SignedDuration = SignedDuration::from_hours(24 * 365);

/// What a development signer needs, and what its readers need to trust it.
#[derive(Debug)]
pub struct DevelopmentCa {
    /// The root certificate, PEM: the trust anchor to hand to readers. Valid for ten years.
    pub root_pem: String,
    /// The signer's certificate, PEM: the whole chain, because the root is left out. Valid for one year.
    pub leaf_pem: String,
    /// The signer's key.
    pub leaf_key: P256Key,
}

impl DevelopmentCa {
    /// Makes a root and a signer for the organisation `org`: 1 to 64 characters, printable.
    pub fn generate(org: &str, now: Timestamp, rng: &mut impl CryptoRngCore) -> Result<Self, Error> {
        let leaf_key = P256Key::generate(rng);
        let DevelopmentCertificates { root_pem, leaf_pem } =
            DevelopmentCertificates::issue(org, leaf_key.public_key(), now, rng)?;
        Ok(Self { root_pem, leaf_pem, leaf_key })
    }

    /// The signer, ready for use. Take the PEM texts first if they are to be kept.
    pub fn into_signer(self) -> Result<P256Signer, Error> {
        self.leaf_key.with_chain(Chain::from_pem(self.leaf_pem.as_bytes())?)
    }
}

/// The certificates alone, for a key that is elsewhere.
#[derive(Debug)]
pub struct DevelopmentCertificates {
    /// The root certificate, PEM.
    pub root_pem: String,
    /// The signer's certificate, PEM.
    pub leaf_pem: String,
}

impl DevelopmentCertificates {
    /// Makes a root, and under it a certificate for a P-256 key (SEC1) of the organisation `org`: 1 to 64 characters, printable.
    pub fn issue(org: &str, key: &[u8], now: Timestamp, rng: &mut impl CryptoRngCore) -> Result<Self, Error> {
        let org = acceptable(org)?;
        let root_key = P256Key::generate(rng);
        let root = issue_root(org, &root_key, now, rng).map_err(|source| Error::Issue { what: "root", source })?;
        let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(key)
            .map_err(|_| Error::PublicKey { algorithm: Algorithm::Es256, length: key.len() })?;
        let leaf = issue_leaf(org, key, &root, &root_key, now, rng);
        let leaf = leaf.map_err(|source| Error::Issue { what: "signer certificate", source })?;
        Ok(Self { root_pem: pem(&root, "root")?, leaf_pem: pem(&leaf, "signer certificate")? })
    }
}

/// `org` without space around it, if it can stand in a certificate and be shown without harm.
fn acceptable(org: &str) -> Result<&str, Error> {
    let org = org.trim();
    let length = org.chars().count();
    let is_invisible = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let problem = if length == 0 {
        "is empty".to_owned()
    } else if length > LONGEST_NAME {
        format!("has {length} characters; a certificate takes at most {LONGEST_NAME}")
    } else if let Some(c) = org.chars().find(|c| is_invisible(*c)) {
        format!("holds the control character U+{:04X}", u32::from(c))
    } else {
        return Ok(org);
    };
    Err(Error::Organisation { problem })
}

fn issue_root(
    org: &str,
    key: &P256Key,
    now: Timestamp,
    rng: &mut impl CryptoRngCore,
) -> Result<Certificate, builder::Error> {
    let subject = name(org, "development root")?;
    let builder = CertificateBuilder::new(
        Profile::Root,
        serial(rng)?,
        validity(now, ROOT_LIFE)?,
        subject,
        SubjectPublicKeyInfoOwned::from_key(*key.as_ecdsa().verifying_key())?,
        key.as_ecdsa(),
    )?;
    builder.build::<DerSignature>()
}

fn issue_leaf(
    org: &str,
    key: p256::ecdsa::VerifyingKey,
    root: &Certificate,
    root_key: &P256Key,
    now: Timestamp,
    rng: &mut impl CryptoRngCore,
) -> Result<Certificate, builder::Error> {
    // This profile brings Key Usage (digitalSignature, nonRepudiation), Basic Constraints and both key identifiers.
    let profile = Profile::Leaf {
        issuer: root.tbs_certificate.subject.clone(),
        enable_key_agreement: false,
        enable_key_encipherment: false,
    };
    let mut builder = CertificateBuilder::new(
        profile,
        serial(rng)?,
        validity(now, LEAF_LIFE)?,
        name(org, "development signer")?,
        SubjectPublicKeyInfoOwned::from_key(key)?,
        root_key.as_ecdsa(),
    )?;
    // Readers of C2PA before 2.3 ask for e-mail protection (section 14.4.1, note).
    builder.add_extension(&ExtendedKeyUsage(vec![CLAIM_SIGNING, ID_KP_EMAIL_PROTECTION]))?;
    builder.build::<DerSignature>()
}

/// O = the organisation, CN = the organisation and its role, or the role alone where both are too long.
///
/// Built from parts and not from text, so that commas and signs in the organisation have no meaning.
fn name(org: &str, role: &str) -> Result<Name, builder::Error> {
    let both = format!("{org} {role} (not for production)");
    let common = if both.chars().count() > LONGEST_NAME { format!("{role} (not for production)") } else { both };
    let part = |oid, text: &str| -> Result<RelativeDistinguishedName, builder::Error> {
        let value = Any::new(Tag::Utf8String, text.as_bytes())?;
        let attributes = SetOfVec::try_from(vec![AttributeTypeAndValue { oid, value }])?;
        Ok(RelativeDistinguishedName(attributes))
    };
    Ok(RdnSequence(vec![part(rfc4519::O, org)?, part(rfc4519::CN, &common)?]))
}

/// 128 random bits (RFC 5280, section 4.1.2.2): never negative, never zero, always of the same length.
fn serial(rng: &mut impl CryptoRngCore) -> Result<SerialNumber, builder::Error> {
    let mut bytes = [0; 16];
    rng.fill_bytes(&mut bytes);
    bytes[0] = bytes[0] & 0x7f | 0x40;
    Ok(SerialNumber::new(&bytes)?)
}

fn validity(now: Timestamp, life: SignedDuration) -> Result<Validity, builder::Error> {
    Ok(Validity { not_before: time(now.checked_sub(HEAD_START))?, not_after: time(now.checked_add(life))? })
}

/// Fails before 1970 and after 9999, which certificates cannot express.
fn time(at: Result<Timestamp, jiff::Error>) -> Result<Time, der::Error> {
    let seconds = at.ok().and_then(|at| u64::try_from(at.as_second()).ok()).ok_or(der::ErrorKind::DateTime)?;
    Ok(Time::GeneralTime(GeneralizedTime::from_unix_duration(Duration::from_secs(seconds))?))
}

fn pem(certificate: &Certificate, what: &'static str) -> Result<String, Error> {
    certificate.to_pem(LineEnding::LF).map_err(|source| Error::Issue { what, source: source.into() })
}

#[cfg(test)]
mod tests {
    use rand_core::OsRng;

    use super::*;
    use crate::keys::certificate::Description;

    fn now() -> Timestamp {
        "2026-06-01T12:00:00Z".parse().expect("a time")
    }

    fn issued(org: &str) -> (DevelopmentCa, Chain) {
        let ca = DevelopmentCa::generate(org, now(), &mut OsRng).expect("issued");
        let chain = Chain::from_pem([ca.leaf_pem.as_str(), &ca.root_pem].concat().as_bytes()).expect("a chain");
        (ca, chain)
    }

    fn descriptions(org: &str) -> [Description; 2] {
        issued(org).1.describe().try_into().expect("leaf and root")
    }

    #[test]
    fn the_signer_meets_the_profile_from_the_first_second_to_a_year_later() {
        let (_, chain) = issued("North Gallery");
        let chain = chain.without_root();
        for days in [0, 364] {
            let at = now().checked_add(SignedDuration::from_hours(24 * days)).expect("in range");
            assert_eq!(chain.profile_problems(at), [], "after {days} days");
        }
        let slow = now().checked_sub(SignedDuration::from_mins(59)).expect("in range");
        assert_eq!(chain.profile_problems(slow), [], "for a reader whose clock is slow");
    }

    #[test]
    fn the_certificates_say_what_they_are_for() {
        let [leaf, root] = descriptions("North Gallery");
        assert_eq!(leaf.common_name.as_deref(), Some("North Gallery development signer (not for production)"));
        assert_eq!(leaf.organisation.as_deref(), Some("North Gallery"));
        assert_eq!(leaf.key_usage, ["digitalSignature", "nonRepudiation"]);
        assert_eq!(leaf.extended_key_usage, ["1.3.6.1.4.1.62558.2.1", "1.3.6.1.5.5.7.3.4"]);
        assert!(!leaf.is_ca && root.is_ca);
        assert!(root.key_usage.contains(&"keyCertSign"));
        let days = |description: &Description| (description.not_after - description.not_before).get_seconds() / 86_400;
        assert_eq!((days(&leaf), days(&root)), (365, 3652));
    }

    #[test]
    fn two_runs_share_neither_key_nor_serial_number() {
        let (first, second) = (issued("North").0, issued("North").0);
        assert_ne!(first.leaf_key.public_key(), second.leaf_key.public_key());
        assert_ne!(first.root_pem, second.root_pem);
    }

    #[test]
    fn signs_and_foreign_letters_in_a_name_have_no_meaning() {
        for org in ["A, B + C = \"D\" \\ #", "CN=Adobe,O=Adobe", "Łódź 写真館", "  padded  "] {
            let [leaf, _] = descriptions(org);
            assert_eq!(leaf.organisation.as_deref(), Some(org.trim()));
            let signer = format!("{} development signer (not for production)", org.trim());
            assert_eq!(leaf.common_name, Some(signer));
        }
    }

    #[test]
    fn a_name_too_long_for_both_parts_still_says_not_for_production() {
        let [leaf, root] = descriptions(&"n".repeat(64));
        assert_eq!(leaf.common_name.as_deref(), Some("development signer (not for production)"));
        assert_eq!(root.common_name.as_deref(), Some("development root (not for production)"));
    }

    #[test]
    fn names_that_cannot_be_shown_are_refused() {
        let refused = |org: &str| DevelopmentCa::generate(org, now(), &mut OsRng).expect_err("refused").to_string();
        assert_eq!(refused(" \t"), "the organisation name is empty");
        assert_eq!(refused(&"n".repeat(65)), "the organisation name has 65 characters; a certificate takes at most 64");
        assert_eq!(refused("a\nb"), "the organisation name holds the control character U+000A");
        assert_eq!(refused("a\u{202e}b"), "the organisation name holds the control character U+202E");
    }

    #[test]
    fn a_date_that_certificates_cannot_express_is_refused() {
        for now in [Timestamp::MAX, Timestamp::MIN, Timestamp::UNIX_EPOCH] {
            let error = DevelopmentCa::generate("North", now, &mut OsRng).expect_err("refused");
            assert_eq!(error.to_string(), "cannot make the development root");
        }
    }

    #[test]
    fn a_root_that_lives_beyond_2049_is_still_a_certificate() {
        let late = "2045-01-01T00:00:00Z".parse().expect("a time");
        let ca = DevelopmentCa::generate("North", late, &mut OsRng).expect("issued");
        let root = Chain::from_pem(ca.root_pem.as_bytes()).expect("a chain").describe().swap_remove(0);
        assert_eq!(root.not_after.to_string(), "2055-01-01T00:00:00Z");
    }
}
