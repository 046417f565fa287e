//! What OCSP responses that came with a file say of its certificates (RFC 6960, 3.2; C2PA 2.4, 15.9.1).
//!
//! A response counts when the issuer of the certificate signed it, or the owner of a certificate that this issuer gave for just that. All
//! others are as if they were not there: a responder does not authorise itself, and where a response was found says nothing.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::cell::Cell;

use jiff::{SignedDuration, Timestamp};
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use x509_cert::Certificate;
use x509_cert::der::oid::db::{rfc5280, rfc5912};
use x509_cert::der::oid::{AssociatedOid as _, ObjectIdentifier};
use x509_cert::der::{Decode as _, Encode as _};
use x509_cert::ext::Extensions;
use x509_cert::ext::pkix::{AuthorityInfoAccessSyntax, CrlReason, ExtendedKeyUsage};
use x509_ocsp::{
    BasicOcspResponse, CertId, CertStatus, OcspGeneralizedTime, OcspResponse, OcspResponseStatus, ResponderId,
    SingleResponse,
};

use super::{Authority, Chain, Link, is_within, signature, validity};

/// The longest response that is read, in bytes.
const LONGEST_RESPONSE: usize = 64 * 1024;

/// The most certificates of a response that are looked at.
const MOST_CERTIFICATES: usize = 10;

/// The most signatures that are checked for one certificate: an honest file needs three, and a hostile one could ask for thousands.
const MOST_SIGNATURES: u32 = 64;

const SHA_1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
const AD_OCSP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1");

/// What an issuer says of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revocation {
    /// It was good when the claim was signed.
    NotRevoked,
    /// It is revoked.
    Revoked {
        /// Since then.
        since: Timestamp,
    },
    /// The issuer does not know it.
    Unknown,
}

/// The times about which somebody asks.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// When the claim was signed, if a time-stamp that counts says so.
    pub signed: Option<Timestamp>,
    /// The reader's time.
    pub now: Timestamp,
}

impl Chain {
    /// Whether the signer's own certificate names a service that can be asked about it.
    pub fn names_ocsp(&self) -> bool {
        let access = self.leaf.parsed.tbs_certificate.get::<AuthorityInfoAccessSyntax>();
        matches!(access, Ok(Some((_, access))) if access.0.iter().any(|one| one.access_method == AD_OCSP))
    }

    /// Whether a response (DER) says something of a certificate with the number of the signer's: whoever says it.
    pub fn is_spoken_of(&self, response: &[u8]) -> bool {
        let number = &self.leaf.parsed.tbs_certificate.serial_number;
        let about = |basic: BasicOcspResponse| {
            basic.tbs_response_data.responses.iter().any(|single| single.cert_id.serial_number == *number)
        };
        read(response).is_some_and(about)
    }

    /// What these responses (DER) say of the signer's own certificate; `None` where none of them counts. Its issuer may stand in the chain,
    /// be one of `anchors`, or come with the response: whose key signed the certificate is its issuer.
    pub fn revocation<'a>(
        &'a self,
        responses: &[Vec<u8>],
        anchors: impl Iterator<Item = &'a Authority>,
        asked: Asked,
    ) -> Option<Revocation> {
        if responses.is_empty() {
            return None;
        }
        revocation(&self.leaf, &self.issuers(anchors), responses, asked)
    }

    /// Whose certificate above the signer's is revoked, and since when.
    pub fn revoked_authority<'a>(
        &'a self,
        responses: &[Vec<u8>],
        anchors: impl Iterator<Item = &'a Authority>,
        asked: Asked,
    ) -> Option<(String, Timestamp)> {
        if responses.is_empty() {
            return None;
        }
        let issuers = self.issuers(anchors);
        self.above.iter().find_map(|link| match revocation(link, &issuers, responses, asked) {
            Some(Revocation::Revoked { since }) => Some((link.subject(), since)),
            _ => None,
        })
    }

    fn issuers<'a>(&'a self, anchors: impl Iterator<Item = &'a Authority>) -> Vec<&'a Certificate> {
        self.above.iter().chain(anchors.map(Authority::link)).map(|link| &link.parsed).collect()
    }
}

/// Checks signatures until it has had enough; from then on none holds.
struct Patience(Cell<u32>);

impl Patience {
    fn lasts(&self) -> bool {
        let left = self.0.get();
        self.0.set(left.saturating_sub(1));
        left > 0
    }

    fn issued(&self, certificate: &Certificate, issuer: &Certificate) -> bool {
        self.lasts() && signature::issued(certificate, issuer) == Ok(true)
    }

    fn signed(&self, by: &Certificate, basic: &BasicOcspResponse) -> bool {
        let Ok(signed) = basic.tbs_response_data.to_der() else { return false };
        let Some(bytes) = basic.signature.as_bytes() else { return false };
        self.lasts() && signature::verifies(by, &basic.signature_algorithm, &signed, bytes) == Ok(true)
    }
}

fn revocation(of: &Link, issuers: &[&Certificate], responses: &[Vec<u8>], asked: Asked) -> Option<Revocation> {
    let patience = Patience(Cell::new(MOST_SIGNATURES));
    let answers = responses.iter().flat_map(|response| answers(response, of, issuers, asked, &patience));
    let said: Vec<Revocation> = answers.collect();
    let find = |wanted: &dyn Fn(&Revocation) -> bool| said.iter().copied().find(wanted);
    // What was revoked before it signed is revoked, whatever was said earlier.
    let before = |since: &Timestamp| asked.signed.is_none_or(|signed| *since <= signed);
    find(&|one| matches!(one, Revocation::Revoked { since } if before(since)))
        .or_else(|| find(&|one| *one == Revocation::NotRevoked))
        .or_else(|| find(&|one| matches!(one, Revocation::Revoked { .. })))
        .or_else(|| find(&|_| true))
}

/// The answers about a certificate in one response.
fn answers(response: &[u8], of: &Link, issuers: &[&Certificate], asked: Asked, patience: &Patience) -> Vec<Revocation> {
    let Some(basic) = read(response) else { return Vec::new() };
    let Some(produced) = time(&basic.tbs_response_data.produced_at) else { return Vec::new() };
    let tbs = &of.parsed.tbs_certificate;
    let enclosed = basic.certs.iter().flatten().take(MOST_CERTIFICATES);
    let mut named = issuers.iter().copied().chain(enclosed).filter(|one| one.tbs_certificate.subject == tbs.issuer);
    let issuer =
        named.find(|issuer| patience.issued(&of.parsed, issuer) && is_authorised(&basic, issuer, produced, patience));
    let Some(issuer) = issuer else { return Vec::new() };
    let about = basic.tbs_response_data.responses.iter().filter(|single| is_about(&single.cert_id, of, issuer));
    about.filter_map(|single| said(single, produced, asked)).collect()
}

fn read(response: &[u8]) -> Option<BasicOcspResponse> {
    if response.len() > LONGEST_RESPONSE {
        return None;
    }
    let response = OcspResponse::from_der(response).ok()?;
    let bytes = response.response_bytes.filter(|_| response.response_status == OcspResponseStatus::Successful)?;
    let basic = (bytes.response_type == BasicOcspResponse::OID).then_some(bytes.response)?;
    BasicOcspResponse::from_der(basic.as_bytes())
        .ok()
        .filter(|basic| !has_critical(basic.tbs_response_data.response_extensions.as_ref()))
}

/// Whether there is an extension that must be understood: none is, here.
fn has_critical(extensions: Option<&Extensions>) -> bool {
    extensions.into_iter().flatten().any(|extension| extension.critical)
}

/// Signed by the issuer, or by the owner of a certificate that the issuer gave for OCSP alone (RFC 6960, 4.2.2.2; C2PA 2.4, 14.5.1.1).
fn is_authorised(basic: &BasicOcspResponse, issuer: &Certificate, produced: Timestamp, patience: &Patience) -> bool {
    let by = |signer: &Certificate| {
        is_named(&basic.tbs_response_data.responder_id, signer) && patience.signed(signer, basic)
    };
    let is_for_ocsp = |one: &Certificate| {
        let tbs = &one.tbs_certificate;
        let purposes = tbs.get::<ExtendedKeyUsage>();
        matches!(purposes, Ok(Some((_, purposes))) if purposes.0 == [rfc5280::ID_KP_OCSP_SIGNING])
            && is_within(validity(one), produced)
            && tbs.issuer == issuer.tbs_certificate.subject
            && patience.issued(one, issuer)
    };
    let mut enclosed = basic.certs.iter().flatten().take(MOST_CERTIFICATES);
    by(issuer) || enclosed.any(|one| is_for_ocsp(one) && by(one))
}

fn is_named(id: &ResponderId, signer: &Certificate) -> bool {
    let tbs = &signer.tbs_certificate;
    match id {
        ResponderId::ByName(name) => *name == tbs.subject,
        ResponderId::ByKey(hash) => {
            Sha1::digest(tbs.subject_public_key_info.subject_public_key.raw_bytes())[..] == *hash.as_bytes()
        }
    }
}

fn is_about(id: &CertId, certificate: &Link, issuer: &Certificate) -> bool {
    let digest = |bytes: &[u8]| match id.hash_algorithm.oid {
        SHA_1 => Some(Sha1::digest(bytes).to_vec()),
        rfc5912::ID_SHA_256 => Some(Sha256::digest(bytes).to_vec()),
        rfc5912::ID_SHA_384 => Some(Sha384::digest(bytes).to_vec()),
        rfc5912::ID_SHA_512 => Some(Sha512::digest(bytes).to_vec()),
        _ => None,
    };
    let tbs = &certificate.parsed.tbs_certificate;
    let name = tbs.issuer.to_der().ok().and_then(|name| digest(&name));
    let key = digest(issuer.tbs_certificate.subject_public_key_info.subject_public_key.raw_bytes());
    id.serial_number == tbs.serial_number
        && name.as_deref() == Some(id.issuer_name_hash.as_bytes())
        && key.as_deref() == Some(id.issuer_key_hash.as_bytes())
}

/// What one answer says of the time of signing. That a certificate is good counts where a time-stamp says when it signed; that it is revoked
/// counts always, and does not lapse.
fn said(single: &SingleResponse, produced: Timestamp, asked: Asked) -> Option<Revocation> {
    let this = time(&single.this_update)?;
    let next = match &single.next_update {
        Some(next) => time(next)?,
        None => produced.checked_add(SignedDuration::from_hours(24)).ok()?,
    };
    if asked.now < this || has_critical(single.single_extensions.as_ref()) {
        return None;
    }
    let is_of_the_time = asked.signed.is_some_and(|signed| signed < next);
    match &single.cert_status {
        CertStatus::Revoked(info) if info.revocation_reason != Some(CrlReason::RemoveFromCRL) => {
            // A certificate on hold may have been released since.
            let may_lapse = info.revocation_reason == Some(CrlReason::CertificateHold);
            let since = time(&info.revocation_time)?;
            (!may_lapse || is_of_the_time || asked.signed.is_none()).then_some(Revocation::Revoked { since })
        }
        CertStatus::Good(_) | CertStatus::Revoked(_) => is_of_the_time.then_some(Revocation::NotRevoked),
        CertStatus::Unknown(_) => Some(Revocation::Unknown),
    }
}

fn time(time: &OcspGeneralizedTime) -> Option<Timestamp> {
    let seconds = i64::try_from(time.0.to_unix_duration().as_secs()).ok()?;
    Timestamp::from_second(seconds).ok()
}

#[cfg(test)]
mod tests;
