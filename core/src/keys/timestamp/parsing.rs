//! From bytes to a [`Token`], strictly.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use cms::cert::CertificateChoices;
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use der::asn1::{ObjectIdentifier, OctetString};
use der::{Any, Decode, Encode, Tag, Tagged};
use jiff::Timestamp;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};
use x509_cert::Certificate;
use x509_cert::der::oid::db::rfc5912::{ID_SHA_256, ID_SHA_384, ID_SHA_512};
use x509_cert::ext::pkix::SubjectKeyIdentifier;

use super::form::{
    CONTENT_TYPE, MESSAGE_DIGEST, SIGNED_DATA, SIGNING_CERTIFICATE, SIGNING_CERTIFICATE_V2, SigningCertificate,
    SigningCertificateV2, TST_INFO, TimeStampToken, TstInfo,
};
use super::roots::subject;
use super::{MAX_TOKEN, Refusal, Token};

/// The most certificates that a token may carry.
const MOST_CERTIFICATES: usize = 10;

pub(super) fn token(der: &[u8]) -> Result<Token, Refusal> {
    if der.len() > MAX_TOKEN {
        return Err(Refusal::TooLong { found: der.len(), limit: MAX_TOKEN });
    }
    let outer = TimeStampToken::from_der(der).map_err(Refusal::unreadable("its frame"))?;
    if outer.content_type != SIGNED_DATA {
        return Err(Refusal::not_as_asked(format!("it holds {} in place of signed data", outer.content_type)));
    }
    let signed: SignedData = outer.content.decode_as().map_err(Refusal::unreadable("the signed data"))?;
    if signed.encap_content_info.econtent_type != TST_INFO {
        let found = signed.encap_content_info.econtent_type;
        return Err(Refusal::not_as_asked(format!("what is signed is {found} and no time-stamp")));
    }
    let content = signed.encap_content_info.econtent.as_ref();
    let content = content.ok_or_else(|| Refusal::not_as_asked("what is signed is not in it"))?;
    let content: OctetString = content.decode_as().map_err(Refusal::unreadable("what is signed"))?;
    let info = TstInfo::from_der(content.as_bytes()).map_err(Refusal::unreadable("what is stamped"))?;
    acceptable(&info)?;
    let signer = match signed.signer_infos.0.as_slice() {
        [one] => one.clone(),
        several => return Err(Refusal::Signers { found: several.len() }),
    };
    let (certificate, others) = certificates(&signed, &signer)?;
    bound(&signer, content.as_bytes(), &certificate)?;
    let time = general_time(&info.gen_time)?;
    Ok(Token { der: der.to_vec(), time, info, signer, certificate, others })
}

fn acceptable(info: &TstInfo) -> Result<(), Refusal> {
    if info.version != 1 {
        return Err(Refusal::not_as_asked(format!("it has version {}", info.version)));
    }
    let imprint = &info.message_imprint;
    let length = match imprint.hash_algorithm.oid {
        ID_SHA_256 => 32,
        ID_SHA_384 => 48,
        ID_SHA_512 => 64,
        other => return Err(Refusal::Algorithm { what: "digest of what is stamped", oid: other.to_string() }),
    };
    if imprint.hashed_message.as_bytes().len() != length {
        return Err(Refusal::not_as_asked("the digest of what is stamped has the wrong length"));
    }
    let critical = info.extensions.iter().flatten().find(|extension| extension.critical);
    critical.map_or(Ok(()), |extension| {
        Err(Refusal::not_as_asked(format!("it has a critical extension that is not known here, {}", extension.extn_id)))
    })
}

/// The signer's certificate, and the others.
fn certificates(signed: &SignedData, signer: &SignerInfo) -> Result<(Certificate, Vec<Certificate>), Refusal> {
    let carried = signed.certificates.as_ref().map(|set| set.0.as_slice()).unwrap_or_default();
    if carried.len() > MOST_CERTIFICATES {
        return Err(Refusal::not_as_asked(format!("it carries more than {MOST_CERTIFICATES} certificates")));
    }
    let (mut own, mut others) = (Vec::new(), Vec::new());
    for choice in carried {
        let CertificateChoices::Certificate(certificate) = choice else {
            return Err(Refusal::not_as_asked("it carries a certificate that is not X.509"));
        };
        if is_of(certificate, &signer.sid) { own.push(certificate.clone()) } else { others.push(certificate.clone()) }
    }
    match <[Certificate; 1]>::try_from(own) {
        Ok([certificate]) => Ok((certificate, others)),
        Err(none) if none.is_empty() => Err(Refusal::NoCertificate),
        Err(_) => Err(Refusal::not_as_asked("two of its certificates are named as the signer's")),
    }
}

fn is_of(certificate: &Certificate, signer: &SignerIdentifier) -> bool {
    let tbs = &certificate.tbs_certificate;
    match signer {
        SignerIdentifier::IssuerAndSerialNumber(named) => {
            tbs.issuer == named.issuer && tbs.serial_number == named.serial_number
        }
        SignerIdentifier::SubjectKeyIdentifier(named) => {
            matches!(tbs.get::<SubjectKeyIdentifier>(), Ok(Some((_, own))) if own == *named)
        }
    }
}

/// The signed attributes bind what is signed and who signs: without them, the signature could be moved to another content or another
/// certificate of the same key.
fn bound(signer: &SignerInfo, content: &[u8], certificate: &Certificate) -> Result<(), Refusal> {
    let kind: ObjectIdentifier = needed(signer, CONTENT_TYPE, "the content type")?;
    if kind != TST_INFO {
        return Err(Refusal::not_as_asked(format!("its signed content type is {kind}")));
    }
    let digest: OctetString = needed(signer, MESSAGE_DIGEST, "the message digest")?;
    let computed = match signer.digest_alg.oid {
        ID_SHA_256 => Sha256::digest(content).to_vec(),
        ID_SHA_384 => Sha384::digest(content).to_vec(),
        ID_SHA_512 => Sha512::digest(content).to_vec(),
        other => return Err(Refusal::Algorithm { what: "digest of what is signed", oid: other.to_string() }),
    };
    if digest.as_bytes() != computed {
        return Err(Refusal::Changed);
    }
    let encoded = certificate.to_der().map_err(Refusal::unreadable("the signer's certificate"))?;
    let old = attribute::<SigningCertificate>(signer, SIGNING_CERTIFICATE, "the signing certificate")?;
    let new = attribute::<SigningCertificateV2>(signer, SIGNING_CERTIFICATE_V2, "the signing certificate")?;
    if old.is_none() && new.is_none() {
        return Err(Refusal::not_as_asked("its signature is bound to no certificate"));
    }
    // The first one named is the signer's own.
    let is_old = old.is_none_or(|old| {
        old.certs.first().is_some_and(|first| first.hash.as_bytes() == Sha1::digest(&encoded).to_vec())
    });
    let is_new = new.is_none_or(|new| {
        new.certs.first().is_some_and(|first| {
            let digest = match first.algorithm.as_ref().map(|algorithm| algorithm.oid) {
                None | Some(ID_SHA_256) => Sha256::digest(&encoded).to_vec(),
                Some(ID_SHA_384) => Sha384::digest(&encoded).to_vec(),
                Some(ID_SHA_512) => Sha512::digest(&encoded).to_vec(),
                Some(_) => return false,
            };
            first.hash.as_bytes() == digest
        })
    });
    if is_old && is_new { Ok(()) } else { Err(Refusal::OtherCertificate { subject: subject(certificate) }) }
}

fn needed<T>(signer: &SignerInfo, kind: ObjectIdentifier, what: &'static str) -> Result<T, Refusal>
where
    T: for<'a> der::Choice<'a> + for<'a> der::DecodeValue<'a>,
{
    attribute(signer, kind, what)?
        .ok_or_else(|| Refusal::not_as_asked(format!("{what} is not among its signed attributes")))
}

/// A signed attribute: there once with one value, or not at all.
fn attribute<T>(signer: &SignerInfo, kind: ObjectIdentifier, what: &'static str) -> Result<Option<T>, Refusal>
where
    T: for<'a> der::Choice<'a> + for<'a> der::DecodeValue<'a>,
{
    let mut found = signer.signed_attrs.iter().flat_map(|attributes| attributes.iter()).filter(|one| one.oid == kind);
    let (Some(attribute), None) = (found.next(), found.next()) else {
        let is_there = signer.signed_attrs.iter().flat_map(|all| all.iter()).any(|one| one.oid == kind);
        return if is_there { Err(Refusal::not_as_asked(format!("{what} is signed twice"))) } else { Ok(None) };
    };
    match attribute.values.as_slice() {
        [value] => value.decode_as().map(Some).map_err(Refusal::unreadable(what)),
        _ => Err(Refusal::not_as_asked(format!("{what} has not one value"))),
    }
}

/// `YYYYMMDDhhmmss[.f…]Z`
fn general_time(value: &Any) -> Result<Timestamp, Refusal> {
    let bad = || Refusal::Unreadable {
        what: "the time",
        problem: format!("{:?} is not as in 20260131120000Z", String::from_utf8_lossy(value.value())),
    };
    let text =
        std::str::from_utf8(value.value()).ok().filter(|_| value.tag() == Tag::GeneralizedTime).ok_or_else(bad)?;
    let text = text.strip_suffix('Z').ok_or_else(bad)?;
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, fraction)| (whole, Some(fraction)));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    // A fraction does not end in a zero: one time has one text.
    if whole.len() != 14
        || !is_digits(whole)
        || fraction.is_some_and(|part| !is_digits(part) || part.len() > 9 || part.ends_with('0'))
    {
        return Err(bad());
    }
    let (date, clock) = whole.split_at_checked(8).ok_or_else(bad)?;
    let text = format!("{date}T{clock}.{}Z", fraction.unwrap_or("0"));
    text.parse().map_err(|_| bad())
}
