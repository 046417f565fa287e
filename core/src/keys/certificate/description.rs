//! What a certificate says of itself, in words and dates.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::fmt;

use jiff::Timestamp;
use x509_cert::der::asn1::{Ia5StringRef, PrintableStringRef, UintRef, Utf8StringRef};
use x509_cert::der::oid::ObjectIdentifier;
use x509_cert::der::oid::db::{rfc4519, rfc5912, rfc8410};
use x509_cert::der::{Decode as _, Reader as _, SliceReader, Tag, Tagged as _};
use x509_cert::ext::pkix::{ExtendedKeyUsage, KeyUsage, KeyUsages};
use x509_cert::name::Name;
use x509_cert::spki::SubjectPublicKeyInfoOwned;
use x509_cert::time::Time;

use super::{Link, P256_OID, is_within};
use crate::hash::Hash;

/// What a certificate says of itself. Nothing here has been verified.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Description {
    /// The first common name of the subject.
    pub common_name: Option<String>,
    /// The first organisation of the subject.
    pub organisation: Option<String>,
    /// The whole subject in the form of RFC 4514.
    pub subject: String,
    /// The whole issuer in the form of RFC 4514.
    pub issuer: String,
    /// The serial number that the issuer gave it, in hexadecimal digits.
    pub serial: String,
    /// The first second of validity.
    pub not_before: Timestamp,
    /// The last second of validity.
    pub not_after: Timestamp,
    /// Whether it may issue certificates (Basic Constraints).
    pub is_ca: bool,
    /// The names of the Key Usage bits as in RFC 5280, section 4.2.1.3. Empty if the extension is absent.
    pub key_usage: Vec<&'static str>,
    /// The Extended Key Usage: object identifiers in dotted form. Empty if the extension is absent.
    pub extended_key_usage: Vec<String>,
    /// The public key's algorithm, as in `P-256` or `RSA 2048`; an object identifier if it is another.
    pub key: String,
    /// The digest of the DER: what people call the fingerprint.
    pub sha256: Hash,
}

impl Description {
    /// Whether the certificate's dates hold at that time.
    pub fn is_valid_at(&self, time: Timestamp) -> bool {
        is_within((self.not_before, self.not_after), time)
    }

    pub(super) fn of(link: &Link) -> Self {
        let tbs = &link.parsed.tbs_certificate;
        let (not_before, not_after) = link.validity();
        Self {
            common_name: attribute(&tbs.subject, rfc4519::CN),
            organisation: attribute(&tbs.subject, rfc4519::O),
            subject: tbs.subject.to_string(),
            issuer: tbs.issuer.to_string(),
            serial: hex::encode(tbs.serial_number.as_bytes()),
            not_before,
            not_after,
            is_ca: link.is_ca(),
            key_usage: key_usage_names(tbs.get().ok().flatten().map(|(_, usage)| usage)),
            extended_key_usage: tbs
                .get::<ExtendedKeyUsage>()
                .ok()
                .flatten()
                .map(|(_, purposes)| purposes.0.iter().map(ToString::to_string).collect())
                .unwrap_or_default(),
            key: Key::of(&tbs.subject_public_key_info).to_string(),
            sha256: Hash::of(&link.der),
        }
    }
}

/// A public key, as far as the profile looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Curve(ObjectIdentifier),
    Ed25519,
    Other(ObjectIdentifier),
    Rsa { bits: usize },
    Unreadable,
}

impl Key {
    pub(super) fn of(info: &SubjectPublicKeyInfoOwned) -> Self {
        match info.algorithm.oid {
            rfc5912::ID_EC_PUBLIC_KEY => {
                let parameters = info.algorithm.parameters.as_ref();
                let curve = parameters.and_then(|parameters| parameters.decode_as().ok());
                curve.map_or(Self::Unreadable, Self::Curve)
            }
            rfc5912::RSA_ENCRYPTION | rfc5912::ID_RSASSA_PSS => {
                rsa_bits(info.subject_public_key.raw_bytes()).map_or(Self::Unreadable, |bits| Self::Rsa { bits })
            }
            rfc8410::ID_ED_25519 => Self::Ed25519,
            other => Self::Other(other),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Curve(curve) => f.write_str(&curve_name(*curve)),
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::Other(oid) => write!(f, "{oid}"),
            Self::Rsa { bits } => write!(f, "RSA {bits}"),
            Self::Unreadable => f.write_str("unreadable"),
        }
    }
}

/// The usual name of a curve, or its object identifier.
pub(in crate::keys) fn curve_name(curve: ObjectIdentifier) -> String {
    match curve {
        P256_OID => "P-256".to_owned(),
        rfc5912::SECP_384_R_1 => "P-384".to_owned(),
        rfc5912::SECP_521_R_1 => "P-521".to_owned(),
        other if other.to_string() == "1.3.132.0.10" => "secp256k1".to_owned(),
        other => format!("the curve {other}"),
    }
}

/// The length of the modulus of an `RSAPublicKey` (RFC 8017, appendix A.1.1).
fn rsa_bits(key: &[u8]) -> Option<usize> {
    let mut reader = SliceReader::new(key).ok()?;
    let modulus = reader
        .sequence(|inner| {
            let modulus = UintRef::decode(inner)?;
            UintRef::decode(inner)?;
            Ok(modulus)
        })
        .ok()?;
    let first = modulus.as_bytes().first()?;
    let bits = modulus.as_bytes().len().checked_mul(8)?;
    bits.checked_sub(usize::try_from(first.leading_zeros()).ok()?)
}

/// The first value of an attribute, if it is text.
pub(in crate::keys) fn attribute(name: &Name, kind: ObjectIdentifier) -> Option<String> {
    let value = &name.0.iter().flat_map(|part| part.0.iter()).find(|part| part.oid == kind)?.value;
    match value.tag() {
        Tag::Utf8String => value.decode_as::<Utf8StringRef<'_>>().ok().map(|text| text.as_str().to_owned()),
        Tag::PrintableString => value.decode_as::<PrintableStringRef<'_>>().ok().map(|text| text.as_str().to_owned()),
        Tag::Ia5String => value.decode_as::<Ia5StringRef<'_>>().ok().map(|text| text.as_str().to_owned()),
        _ => None,
    }
}

fn key_usage_names(usage: Option<KeyUsage>) -> Vec<&'static str> {
    let names = [
        (KeyUsages::DigitalSignature, "digitalSignature"),
        (KeyUsages::NonRepudiation, "nonRepudiation"),
        (KeyUsages::KeyEncipherment, "keyEncipherment"),
        (KeyUsages::DataEncipherment, "dataEncipherment"),
        (KeyUsages::KeyAgreement, "keyAgreement"),
        (KeyUsages::KeyCertSign, "keyCertSign"),
        (KeyUsages::CRLSign, "cRLSign"),
        (KeyUsages::EncipherOnly, "encipherOnly"),
        (KeyUsages::DecipherOnly, "decipherOnly"),
    ];
    let has = |bit| usage.is_some_and(|usage| usage.0.contains(bit));
    names.into_iter().filter(|(bit, _)| has(*bit)).map(|(_, name)| name).collect()
}

/// "No expiry" is written as the last second of the year 9999, which is a little beyond what [`Timestamp`] can hold.
pub(in crate::keys) fn timestamp(time: Time) -> Timestamp {
    let seconds = i64::try_from(time.to_unix_duration().as_secs());
    seconds.ok().and_then(|seconds| Timestamp::from_second(seconds).ok()).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_expiry_is_the_end_of_time() {
        assert_eq!(timestamp(Time::INFINITY), Timestamp::MAX);
    }
}
