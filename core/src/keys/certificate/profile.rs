//! The certificate profile for signing claims (C2PA 2.4, section 14.5.1), rule by rule.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::BTreeSet;

use jiff::Timestamp;
use x509_cert::certificate::Version;
use x509_cert::der::Decode;
use x509_cert::der::oid::db::{rfc5280, rfc5912, rfc8410};
use x509_cert::der::oid::{AssociatedOid, ObjectIdentifier};
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectKeyIdentifier,
};

use super::description::Key;
use super::problem::{Finding, Problem};
use super::{Chain, Link, P256_OID};

/// The purposes that a claim signer's certificate may have, one of which it needs (sections 14.4.1 and 14.5.1.2): C2PA
/// claim signing, e-mail protection, document signing, and Microsoft's document signing.
const ACCEPTED_PURPOSES: [ObjectIdentifier; 4] = [
    ObjectIdentifier::new_unwrap("1.3.6.1.4.1.62558.2.1"),
    rfc5280::ID_KP_EMAIL_PROTECTION,
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.36"),
    ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.76.59.1.9"),
];

/// Purposes that must stand alone.
const EXCLUSIVE_PURPOSES: [ObjectIdentifier; 2] = [rfc5280::ID_KP_TIME_STAMPING, rfc5280::ID_KP_OCSP_SIGNING];

const SIGNATURE_ALGORITHMS: [ObjectIdentifier; 8] = [
    rfc5912::ECDSA_WITH_SHA_256,
    rfc5912::ECDSA_WITH_SHA_384,
    rfc5912::ECDSA_WITH_SHA_512,
    rfc5912::SHA_256_WITH_RSA_ENCRYPTION,
    rfc5912::SHA_384_WITH_RSA_ENCRYPTION,
    rfc5912::SHA_512_WITH_RSA_ENCRYPTION,
    rfc5912::ID_RSASSA_PSS,
    rfc8410::ID_ED_25519,
];

/// Extensions that verifiers know, and so may be critical.
const KNOWN_EXTENSIONS: [ObjectIdentifier; 12] = [
    rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER,
    rfc5280::ID_CE_BASIC_CONSTRAINTS,
    rfc5280::ID_CE_CERTIFICATE_POLICIES,
    rfc5280::ID_CE_CRL_DISTRIBUTION_POINTS,
    rfc5280::ID_CE_EXT_KEY_USAGE,
    rfc5280::ID_CE_INHIBIT_ANY_POLICY,
    rfc5280::ID_CE_KEY_USAGE,
    rfc5280::ID_CE_NAME_CONSTRAINTS,
    rfc5280::ID_CE_POLICY_CONSTRAINTS,
    rfc5280::ID_CE_POLICY_MAPPINGS,
    rfc5280::ID_CE_SUBJECT_ALT_NAME,
    rfc5280::ID_CE_SUBJECT_KEY_IDENTIFIER,
];

pub(super) fn problems(chain: &Chain, at: Timestamp) -> Vec<Finding> {
    if let Some(leaf) = misplaced_leaf(chain) {
        // All other findings would be about the wrong certificate.
        let subject = chain.leaf.subject();
        return vec![Finding { number: 1, subject, problem: Problem::LeafNotFirst { leaf } }];
    }
    let mut findings = Vec::new();
    let mut next = chain.links().skip(1);
    for (number, link) in (1..).zip(chain.links()) {
        let mut check = Check { link, problems: Vec::new() };
        check.general(at);
        if number == 1 {
            check.signer();
        } else {
            check.authority();
        }
        if let Some(next) = next.next() {
            check.issued_by(next);
        }
        let finding = |problem| Finding { number, subject: link.subject(), problem };
        findings.extend(check.problems.into_iter().map(finding));
    }
    findings
}

/// The place of the first end-entity certificate, counted from 1, if a CA stands first.
fn misplaced_leaf(chain: &Chain) -> Option<usize> {
    let mut places = (1..).zip(chain.links());
    places.find(|(_, link)| !link.is_ca()).map(|(place, _)| place).filter(|place| *place > 1)
}

struct Check<'a> {
    link: &'a Link,
    problems: Vec<Problem>,
}

/// The extension is there but says nothing; the problem has been noted.
struct Unreadable;

impl<'a> Check<'a> {
    /// What holds for every certificate of the chain.
    fn general(&mut self, at: Timestamp) {
        let tbs = &self.link.parsed.tbs_certificate;
        match tbs.version {
            Version::V1 => self.add(Problem::NotV3 { version: 1 }),
            Version::V2 => self.add(Problem::NotV3 { version: 2 }),
            Version::V3 => {}
        }
        if tbs.issuer_unique_id.is_some() || tbs.subject_unique_id.is_some() {
            self.add(Problem::UniqueId);
        }
        let oid = self.link.parsed.signature_algorithm.oid;
        if !SIGNATURE_ALGORITHMS.contains(&oid) {
            self.add(Problem::SignatureUnsupported { oid });
        }
        self.validity(at);
        self.key();
        self.all_extensions();
        if let Ok(None) = self.extension::<AuthorityKeyIdentifier>()
            && !self.link.is_self_issued()
        {
            self.add(Problem::AuthorityKeyIdMissing);
        }
        self.extension::<BasicConstraints>().ok();
    }

    fn validity(&mut self, at: Timestamp) {
        let (not_before, not_after) = self.link.validity();
        // Certificates know whole seconds, and the last one counts.
        if at.as_second() > not_after.as_second() {
            self.add(Problem::Expired { not_after });
        }
        if at < not_before {
            self.add(Problem::NotYetValid { not_before });
        }
    }

    fn key(&mut self) {
        match Key::of(&self.link.parsed.tbs_certificate.subject_public_key_info) {
            Key::Ed25519 | Key::Curve(P256_OID | rfc5912::SECP_384_R_1 | rfc5912::SECP_521_R_1) => {}
            Key::Rsa { bits } if bits >= 2048 => {}
            Key::Rsa { bits } => self.add(Problem::KeyTooShort { bits }),
            other => self.add(Problem::KeyUnsupported { found: other.to_string() }),
        }
    }

    fn all_extensions(&mut self) {
        let mut seen = BTreeSet::new();
        for extension in self.link.parsed.tbs_certificate.extensions.iter().flatten() {
            let oid = extension.extn_id;
            if !seen.insert(oid) {
                self.add(Problem::UnreadableExtension { oid });
            }
            if extension.critical && !KNOWN_EXTENSIONS.contains(&oid) {
                self.add(Problem::CriticalExtension { oid });
            }
        }
    }

    /// What holds for the signer's own certificate.
    fn signer(&mut self) {
        if self.link.is_ca() {
            self.add(Problem::CaAsSigner);
        } else {
            self.purposes();
        }
        if self.link.is_self_issued() {
            self.add(Problem::SelfSigned);
        }
        match self.extension::<KeyUsage>() {
            Err(Unreadable) => {}
            Ok(None) => self.add(Problem::KeyUsageMissing),
            Ok(Some(usage)) => {
                if !usage.digital_signature() {
                    self.add(Problem::NoDigitalSignature);
                }
                if usage.key_cert_sign() && !self.link.is_ca() {
                    self.add(Problem::CertSignWithoutCa);
                }
            }
        }
    }

    fn purposes(&mut self) {
        let Ok(extension) = self.extension::<ExtendedKeyUsage>() else {
            return;
        };
        let purposes = extension.map(|extension| extension.0).unwrap_or_default();
        if purposes.is_empty() {
            return self.add(Problem::PurposeMissing);
        }
        if purposes.contains(&rfc5280::ANY_EXTENDED_KEY_USAGE) {
            return self.add(Problem::PurposeAny);
        }
        if !ACCEPTED_PURPOSES.iter().any(|accepted| purposes.contains(accepted)) {
            let found = purposes.iter().map(ToString::to_string).collect();
            return self.add(Problem::PurposeWrong { found });
        }
        if let Some(purpose) = EXCLUSIVE_PURPOSES.into_iter().find(|purpose| purposes.contains(purpose)) {
            self.add(Problem::PurposeNotAlone { purpose });
        }
    }

    /// What holds for a certificate that stands above another.
    fn authority(&mut self) {
        if self.link.is_self_issued() {
            self.add(Problem::RootIncluded);
        }
        if !self.link.is_ca() {
            self.add(Problem::NotACa);
        }
        if let Ok(None) = self.extension::<SubjectKeyIdentifier>() {
            self.add(Problem::SubjectKeyIdMissing);
        }
        match self.extension::<KeyUsage>() {
            Ok(None) => self.add(Problem::KeyUsageMissing),
            Ok(Some(usage)) if !usage.key_cert_sign() => self.add(Problem::NoCertSign),
            _ => {}
        }
    }

    /// By name and, where both are there, by key identifier: two authorities may have the same name.
    fn issued_by(&mut self, next: &'a Link) {
        let (tbs, issuer) = (&self.link.parsed.tbs_certificate, &next.parsed.tbs_certificate);
        let named = self.extension::<AuthorityKeyIdentifier>().ok().flatten().and_then(|id| id.key_identifier);
        let found = issuer.get::<SubjectKeyIdentifier>().ok().flatten().map(|(_, id)| id.0);
        let is_other_key = named.is_some() && found.is_some() && named != found;
        if tbs.issuer != issuer.subject || is_other_key {
            self.add(Problem::NotIssuedByNext);
        }
    }

    fn extension<T: Decode<'a> + AssociatedOid>(&mut self) -> Result<Option<T>, Unreadable> {
        self.link.parsed.tbs_certificate.get::<T>().map(|found| found.map(|(_, value)| value)).map_err(|_| {
            self.add(Problem::UnreadableExtension { oid: T::OID });
            Unreadable
        })
    }

    fn add(&mut self, problem: Problem) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::chains;
    use super::*;

    fn now() -> Timestamp {
        "2026-06-01T12:00:00Z".parse().expect("a time")
    }

    fn findings(chain: &[Vec<u8>], at: Timestamp) -> Vec<String> {
        let chain = Chain::from_der(chain.to_vec()).expect("a chain");
        chain.profile_problems(at).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn nothing_is_held_against_a_good_chain() {
        assert_eq!(findings(&chains::good(now()).chain, now()), Vec::<String>::new());
    }

    #[test]
    fn every_bad_chain_is_refused_for_its_own_reason_only() {
        for case in chains::refused(now()) {
            let findings = findings(&case.chain, now());
            match case.refused_by {
                Some(chains::RefusedBy::Profile(sentence)) => {
                    assert_eq!(findings.len(), 1, "{}: {findings:?}", case.name);
                    assert!(findings.concat().contains(sentence), "{}: {findings:?}", case.name);
                }
                // The chain itself is in order; the key or the trust list is not.
                Some(chains::RefusedBy::KeyMismatch | chains::RefusedBy::TrustList) | None => {
                    assert_eq!(findings, Vec::<String>::new(), "{}", case.name);
                }
            }
        }
    }

    #[test]
    fn the_table_of_bad_chains_is_complete() {
        let readme = include_str!("../../../../certs/README.md");
        let table = readme.split_once("must be refused by").expect("the table").1;
        let listed: BTreeSet<_> = table
            .lines()
            .filter_map(|line| line.strip_prefix("| ")?.split_once(" |"))
            .map(|(name, _)| name)
            .filter(|name| *name != "---")
            .collect();
        let cases = chains::refused(now());
        assert_eq!(listed, cases.iter().map(|case| case.name).collect());
        assert_eq!(listed.len(), cases.len(), "two cases have one name");
    }

    #[test]
    fn the_last_second_is_valid_to_its_end() {
        let good = chains::good(now());
        let description = Chain::from_der(good.chain.clone()).expect("a chain").describe().swap_remove(0);
        let almost = jiff::SignedDuration::from_millis(999);
        let last = description.not_after.checked_add(almost).expect("in range");
        assert!(findings(&good.chain, last).is_empty());
        let after = description.not_after.checked_add(jiff::SignedDuration::from_secs(1)).expect("in range");
        assert!(findings(&good.chain, after).concat().contains("expired at"));
        assert!(findings(&good.chain, description.not_before).is_empty());
    }
}
