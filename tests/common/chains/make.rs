//! How the test chains are made: good parts, to be changed before they are signed.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{DerSignature, SigningKey};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::builder::{Builder as _, CertificateBuilder, Profile};
use x509_cert::der::Encode as _;
use x509_cert::der::Tag;
use x509_cert::der::asn1::{Any, BitString, GeneralizedTime, Ia5String, SetOfVec, UintRef};
use x509_cert::der::oid::ObjectIdentifier;
use x509_cert::der::pem::{LineEnding, encode_string};
use x509_cert::ext::AsExtension;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{AccessDescription, AuthorityInfoAccessSyntax, ExtendedKeyUsage};
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use x509_cert::time::{Time, Validity};
use x509_cert::{Certificate, TbsCertificate};

use super::{CLAIM_SIGNING, EMAIL_PROTECTION, RefusedBy, TestChain};

/// Seeds of the fixed keys.
pub(super) const ROOT_KEY: u8 = 1;
pub(super) const INTERMEDIATE_KEY: u8 = 2;
pub(super) const LEAF_KEY: u8 = 3;
pub(super) const OTHER_KEY: u8 = 4;

const ROOT: &str = "CN=Touchmark test root,O=Touchmark tests";
const INTERMEDIATE: &str = "CN=Touchmark test intermediate,O=Touchmark tests";
const LEAF: &str = "CN=Touchmark test signer,O=Touchmark tests";

/// A root and an intermediate.
pub(super) struct Authority {
    now: Timestamp,
    pub(super) root: Certificate,
    pub(super) intermediate: Certificate,
}

impl Authority {
    pub(super) fn new(now: Timestamp, root_key: u8) -> Self {
        let root = tbs(Profile::Root, ROOT, validity(now, -60, 600), root_key, root_key);
        let root = sign(root, &key(root_key));
        let intermediate = intermediate_tbs(now, INTERMEDIATE_KEY, root_key);
        Self { now, root, intermediate: sign(intermediate, &key(root_key)) }
    }

    /// A chain whose leaf has been changed by `change` before it was signed.
    pub(super) fn test_chain(
        &self,
        name: &'static str,
        refused_by: impl Into<Option<RefusedBy>>,
        change: impl FnOnce(&mut TbsCertificate),
    ) -> TestChain {
        let mut leaf = leaf_tbs(self.now);
        change(&mut leaf);
        let leaf = sign(leaf, &key(INTERMEDIATE_KEY));
        let chain = vec![der(&leaf), der(&self.intermediate)];
        TestChain { name, refused_by: refused_by.into(), chain, root: der(&self.root), key: key(LEAF_KEY) }
    }
}

pub(super) fn intermediate_tbs(now: Timestamp, own_key: u8, root_key: u8) -> TbsCertificate {
    let issuer = ROOT.parse().expect("a name");
    let profile = Profile::SubCA { issuer, path_len_constraint: Some(0) };
    tbs(profile, INTERMEDIATE, validity(now, -60, 300), own_key, root_key)
}

pub(super) fn leaf_tbs(now: Timestamp) -> TbsCertificate {
    let issuer = INTERMEDIATE.parse().expect("a name");
    let profile = Profile::Leaf { issuer, enable_key_agreement: false, enable_key_encipherment: false };
    let mut leaf = tbs(profile, LEAF, validity(now, -30, 30), LEAF_KEY, INTERMEDIATE_KEY);
    replace(&mut leaf, &purpose(&[CLAIM_SIGNING, EMAIL_PROTECTION]));
    leaf
}

/// A name whose parts are this text, whatever stands in it.
pub(super) fn named(text: &str) -> Name {
    let part = |kind: &str| AttributeTypeAndValue {
        oid: oid(kind),
        value: Any::new(Tag::Utf8String, text.as_bytes()).expect("a text"),
    };
    let parts = ["2.5.4.3", "2.5.4.10"].map(part);
    RdnSequence(
        parts
            .into_iter()
            .map(|part| RelativeDistinguishedName::from(SetOfVec::from_iter([part]).expect("one part")))
            .collect(),
    )
}

/// A certificate that names the signer as its issuer: what the owner of one would forge.
pub(super) fn below_a_leaf_tbs(now: Timestamp) -> TbsCertificate {
    let issuer = LEAF.parse().expect("a name");
    let profile = Profile::Leaf { issuer, enable_key_agreement: false, enable_key_encipherment: false };
    let mut leaf = tbs(profile, "CN=Somebody famous,O=Touchmark tests", validity(now, -30, 30), OTHER_KEY, LEAF_KEY);
    replace(&mut leaf, &purpose(&[CLAIM_SIGNING, EMAIL_PROTECTION]));
    leaf
}

/// A certificate for answers about others (RFC 6960, 4.2.2.2).
pub(super) fn responder_tbs(now: Timestamp) -> TbsCertificate {
    let issuer = INTERMEDIATE.parse().expect("a name");
    let profile = Profile::Leaf { issuer, enable_key_agreement: false, enable_key_encipherment: false };
    let subject = "CN=Touchmark test responder,O=Touchmark tests";
    let mut responder = tbs(profile, subject, validity(now, -30, 30), OTHER_KEY, INTERMEDIATE_KEY);
    replace(&mut responder, &purpose(&[super::OCSP_SIGNING]));
    responder
}

/// Where an issuer is asked (RFC 5280, 4.2.2.1).
pub(super) fn ocsp_access() -> AuthorityInfoAccessSyntax {
    let place = Ia5String::new("http://ocsp.example.org").expect("an address");
    let location = GeneralName::UniformResourceIdentifier(place);
    AuthorityInfoAccessSyntax(vec![AccessDescription {
        access_method: oid("1.3.6.1.5.5.7.48.1"),
        access_location: location,
    }])
}

fn tbs(profile: Profile, subject: &str, validity: Validity, own_key: u8, issuer_key: u8) -> TbsCertificate {
    let serial = SerialNumber::from(own_key);
    let subject = subject.parse().expect("a name");
    let info = SubjectPublicKeyInfoOwned::from_key(*key(own_key).verifying_key()).expect("a P-256 key");
    let issuer = key(issuer_key);
    let builder = CertificateBuilder::new(profile, serial, validity, subject, info, &issuer).expect("a certificate");
    builder.build::<DerSignature>().expect("a signature").tbs_certificate
}

pub(super) fn sign(tbs_certificate: TbsCertificate, issuer: &SigningKey) -> Certificate {
    let signature: DerSignature = issuer.sign(&tbs_certificate.to_der().expect("a certificate has a DER form"));
    let signature_algorithm = tbs_certificate.signature.clone();
    Certificate { tbs_certificate, signature_algorithm, signature: bits(signature.as_bytes()) }
}

/// Puts `extension` in the place of one of the same kind, or at the end.
pub(super) fn replace<E: AsExtension>(certificate: &mut TbsCertificate, extension: &E) {
    remove(certificate, E::OID);
    let extension = extension.to_extension(&certificate.subject, &[]).expect("an extension has a DER form");
    certificate.extensions.get_or_insert_default().push(extension);
}

pub(super) fn remove(certificate: &mut TbsCertificate, kind: ObjectIdentifier) {
    certificate.extensions.get_or_insert_default().retain(|extension| extension.extn_id != kind);
}

pub(super) fn purpose(purposes: &[&str]) -> ExtendedKeyUsage {
    ExtendedKeyUsage(purposes.iter().map(|purpose| oid(purpose)).collect())
}

pub(super) fn rsa_of_1024_bits() -> SubjectPublicKeyInfoOwned {
    let modulus = [0xff; 128];
    let numbers = [UintRef::new(&modulus), UintRef::new(&[1, 0, 1])].map(|number| number.expect("a number"));
    let key = numbers.to_vec().to_der().expect("two numbers have a DER form");
    let algorithm = AlgorithmIdentifierOwned { oid: oid("1.2.840.113549.1.1.1"), parameters: None };
    SubjectPublicKeyInfoOwned { algorithm, subject_public_key: bits(&key) }
}

pub(super) fn validity(now: Timestamp, from_day: i64, to_day: i64) -> Validity {
    let time = |day: i64| {
        let at = now.checked_add(SignedDuration::from_hours(day.saturating_mul(24))).expect("a date in range");
        let seconds = u64::try_from(at.as_second()).expect("a date after 1970");
        let time = GeneralizedTime::from_unix_duration(Duration::from_secs(seconds));
        Time::GeneralTime(time.expect("a date before 9999"))
    };
    Validity { not_before: time(from_day), not_after: time(to_day) }
}

pub(super) fn profile(sentence: &'static str) -> RefusedBy {
    RefusedBy::Profile(sentence)
}

pub(super) fn key(seed: u8) -> SigningKey {
    SigningKey::from_slice(&[seed; 32]).expect("a small number is a P-256 key")
}

pub(super) fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new(text).expect("an object identifier")
}

pub(super) fn bits(bytes: &[u8]) -> BitString {
    BitString::from_bytes(bytes).expect("whole bytes")
}

pub(super) fn der(certificate: &Certificate) -> Vec<u8> {
    certificate.to_der().expect("a certificate has a DER form")
}

pub(super) fn pem(der: &[u8]) -> String {
    encode_string("CERTIFICATE", LineEnding::LF, der).expect("any bytes have a PEM form")
}
