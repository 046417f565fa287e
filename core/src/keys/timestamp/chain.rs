//! From an authority's certificate to a root (RFC 5280, 6), as far as time-stamps need it.
//!
//! Left out: revocation, which asks for a network; policies; name constraints, which are refused where they are critical.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use jiff::Timestamp;
use x509_cert::Certificate;
use x509_cert::der::oid::ObjectIdentifier;
use x509_cert::der::oid::db::rfc5280;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage};

use super::super::certificate::{is_within, validity};
use super::roots::subject;
use super::{Refusal, Roots, signature};

/// Critical extensions that are understood here.
const KNOWN: [ObjectIdentifier; 4] = [
    rfc5280::ID_CE_BASIC_CONSTRAINTS,
    rfc5280::ID_CE_CERTIFICATE_POLICIES,
    rfc5280::ID_CE_EXT_KEY_USAGE,
    rfc5280::ID_CE_KEY_USAGE,
];

/// Whether a certificate may sign time-stamps (RFC 3161, 2.3), at the time stamped.
pub(super) fn for_timestamps(certificate: &Certificate, time: Timestamp) -> Result<(), Refusal> {
    let refused = |problem| Err(Refusal::Purpose { subject: subject(certificate), problem });
    let tbs = &certificate.tbs_certificate;
    let Ok(purposes) = tbs.get::<ExtendedKeyUsage>() else { return refused("its extended key usage cannot be read") };
    match purposes {
        None => return refused("it has no extended key usage"),
        Some((_, purposes)) if purposes.0 != [rfc5280::ID_KP_TIME_STAMPING] => {
            return refused("its extended key usage is not timeStamping alone");
        }
        Some((false, _)) => return refused("its extended key usage is not critical"),
        Some((true, _)) => {}
    }
    match tbs.get::<KeyUsage>() {
        Ok(None) => {}
        Ok(Some((_, usage))) if usage.digital_signature() || usage.non_repudiation() => {}
        Ok(Some(_)) => return refused("its key usage does not allow signatures"),
        Err(_) => return refused("its key usage cannot be read"),
    }
    if is_ca(certificate) {
        return refused("it is a certificate authority's own");
    }
    acceptable(certificate, time)
}

/// Whether a chain through `others` leads from a certificate to one of `roots`, all of it valid at the time stamped.
pub(super) fn leads_to(
    certificate: &Certificate,
    others: &[Certificate],
    roots: &Roots,
    time: Timestamp,
) -> Result<(), Refusal> {
    let untrusted = || Refusal::Untrusted { subject: subject(certificate) };
    let mut unused: Vec<&Certificate> = others.iter().collect();
    // What stands next in a chain, and how many authorities stand below it. A certificate that led nowhere is not tried again.
    let mut open = vec![(certificate, 0_usize)];
    let mut last = None;
    while let Some((below, authorities)) = open.pop() {
        for root in &roots.roots {
            match issues(&root.certificate, below, authorities, time) {
                Ok(true) if root.is_in_force(time) => return Ok(()),
                Ok(true) => last = Some(Refusal::NotInForce { subject: subject(&root.certificate), time }),
                Ok(false) => {}
                Err(refusal) => last = Some(refusal),
            }
        }
        let mut kept = Vec::new();
        for candidate in unused {
            match issues(candidate, below, authorities, time) {
                Ok(true) => open.push((candidate, authorities.saturating_add(1))),
                Ok(false) => kept.push(candidate),
                Err(refusal) => last = Some(refusal),
            }
        }
        unused = kept;
    }
    Err(last.unwrap_or_else(untrusted))
}

/// Whether `issuer` issued `below`; an error where it did and may not.
fn issues(issuer: &Certificate, below: &Certificate, authorities: usize, time: Timestamp) -> Result<bool, Refusal> {
    if issuer.tbs_certificate.subject != below.tbs_certificate.issuer || !signature::issued(below, issuer)? {
        return Ok(false);
    }
    let refused = |problem: &str| Refusal::Chain { subject: subject(issuer), problem: problem.to_owned() };
    let tbs = &issuer.tbs_certificate;
    let Ok(Some((_, constraints))) = tbs.get::<BasicConstraints>() else {
        return Err(refused("it does not say that it is a certificate authority's"));
    };
    if !constraints.ca {
        return Err(refused("it is not a certificate authority's"));
    }
    if constraints.path_len_constraint.is_some_and(|most| authorities > usize::from(most)) {
        return Err(refused("more authorities stand below it than it allows"));
    }
    if !matches!(tbs.get::<KeyUsage>(), Ok(usage) if usage.is_none_or(|(_, usage)| usage.key_cert_sign())) {
        return Err(refused("its key usage does not allow to sign certificates"));
    }
    let purposes = tbs.get::<ExtendedKeyUsage>().map_err(|_| refused("its extended key usage cannot be read"))?;
    let allowed = [rfc5280::ID_KP_TIME_STAMPING, rfc5280::ANY_EXTENDED_KEY_USAGE];
    if purposes.is_some_and(|(_, purposes)| !purposes.0.iter().any(|purpose| allowed.contains(purpose))) {
        return Err(refused("its extended key usage leaves time-stamps out"));
    }
    acceptable(issuer, time)?;
    Ok(true)
}

/// What holds for every certificate of a chain.
fn acceptable(certificate: &Certificate, time: Timestamp) -> Result<(), Refusal> {
    let tbs = &certificate.tbs_certificate;
    let unknown = tbs.extensions.iter().flatten().find(|one| one.critical && !KNOWN.contains(&one.extn_id));
    if let Some(extension) = unknown {
        let problem = format!("it has a critical extension that is not known here, {}", extension.extn_id);
        return Err(Refusal::Chain { subject: subject(certificate), problem });
    }
    let (not_before, not_after) = validity(certificate);
    if !is_within((not_before, not_after), time) {
        return Err(Refusal::OutsideValidity { subject: subject(certificate), not_before, not_after, time });
    }
    Ok(())
}

fn is_ca(certificate: &Certificate) -> bool {
    matches!(certificate.tbs_certificate.get::<BasicConstraints>(), Ok(Some((_, constraints))) if constraints.ca)
}
