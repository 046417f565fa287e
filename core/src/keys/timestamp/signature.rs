//! Signatures of tokens and certificates, in the words of a time-stamp's refusal.

use der::Encode;
use x509_cert::Certificate;
use x509_cert::der::oid::db::rfc5912;
use x509_cert::spki::AlgorithmIdentifierOwned;

use super::super::certificate::signature::{self, Unusable};
use super::roots::subject;
use super::{Refusal, Token};

/// Whether the token's certificate made its signature.
pub(super) fn token(token: &Token) -> Result<(), Refusal> {
    let signer = &token.signer;
    // Its form was checked: there are signed attributes. In the token they stand under another tag than they are signed with.
    let attributes = signer.signed_attrs.to_der().map_err(Refusal::unreadable("the signed attributes"))?;
    let algorithm = match (signer.signature_algorithm.oid, signer.digest_alg.oid) {
        (rfc5912::RSA_ENCRYPTION, rfc5912::ID_SHA_256) => rfc5912::SHA_256_WITH_RSA_ENCRYPTION,
        (rfc5912::RSA_ENCRYPTION, rfc5912::ID_SHA_384) => rfc5912::SHA_384_WITH_RSA_ENCRYPTION,
        (rfc5912::RSA_ENCRYPTION, rfc5912::ID_SHA_512) => rfc5912::SHA_512_WITH_RSA_ENCRYPTION,
        (other, _) => other,
    };
    let algorithm = AlgorithmIdentifierOwned { oid: algorithm, parameters: None };
    let signature = signer.signature.as_bytes();
    let verifies = signature::verifies(&token.certificate, &algorithm, &attributes, signature);
    if verifies.map_err(refused(&token.certificate))? {
        Ok(())
    } else {
        Err(Refusal::Signature { subject: subject(&token.certificate) })
    }
}

/// Whether `issuer` signed `certificate`.
pub(super) fn issued(certificate: &Certificate, issuer: &Certificate) -> Result<bool, Refusal> {
    signature::issued(certificate, issuer).map_err(refused(issuer))
}

fn refused(by: &Certificate) -> impl FnOnce(Unusable) -> Refusal {
    let problem = |problem: &str| Refusal::Chain { subject: subject(by), problem: problem.to_owned() };
    move |unusable| match unusable {
        Unusable::Algorithm(oid) => Refusal::Algorithm { what: "signature", oid: oid.to_string() },
        Unusable::ShortKey => problem("its RSA key is too short"),
        Unusable::UnknownKey => problem("its key is of no kind that is known here"),
    }
}
