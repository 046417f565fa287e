//! Signatures of tokens and certificates, checked by `x509-verify`.

use der::Encode;
use der::asn1::ObjectIdentifier;
use der::referenced::OwnedToRef;
use x509_cert::Certificate;
use x509_cert::der::oid::db::{rfc5912, rfc8410};
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_verify::{Message, Signature, VerifyInfo, VerifyingKey};

use super::roots::subject;
use super::{Refusal, Token};

/// What may sign: with SHA-2, and nothing shorter than 256 bits of it.
const ACCEPTED: [ObjectIdentifier; 7] = [
    rfc5912::SHA_256_WITH_RSA_ENCRYPTION,
    rfc5912::SHA_384_WITH_RSA_ENCRYPTION,
    rfc5912::SHA_512_WITH_RSA_ENCRYPTION,
    rfc5912::ECDSA_WITH_SHA_256,
    rfc5912::ECDSA_WITH_SHA_384,
    rfc5912::ECDSA_WITH_SHA_512,
    rfc8410::ID_ED_25519,
];

/// Shorter RSA keys than of 2048 bits have a shorter form than this, in bytes.
const LEAST_RSA_KEY: usize = 2048 / 8;

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
    if verifies(&token.certificate, &algorithm, &attributes, signature)? {
        Ok(())
    } else {
        Err(Refusal::Signature { subject: subject(&token.certificate) })
    }
}

/// Whether `issuer` signed `certificate`.
pub(super) fn issued(certificate: &Certificate, issuer: &Certificate) -> Result<bool, Refusal> {
    let signed = certificate.tbs_certificate.to_der().map_err(Refusal::unreadable("a certificate"))?;
    let Some(signature) = certificate.signature.as_bytes() else { return Ok(false) };
    verifies(issuer, &certificate.signature_algorithm, &signed, signature)
}

fn verifies(
    by: &Certificate,
    algorithm: &AlgorithmIdentifierOwned,
    message: &[u8],
    signature: &[u8],
) -> Result<bool, Refusal> {
    if !ACCEPTED.contains(&algorithm.oid) {
        return Err(Refusal::Algorithm { what: "signature", oid: algorithm.oid.to_string() });
    }
    let info = &by.tbs_certificate.subject_public_key_info;
    let is_rsa = info.algorithm.oid == rfc5912::RSA_ENCRYPTION;
    if is_rsa && info.subject_public_key.raw_bytes().len() < LEAST_RSA_KEY {
        return Err(Refusal::Chain { subject: subject(by), problem: "its RSA key is too short".to_owned() });
    }
    let Ok(key) = VerifyingKey::new(info.owned_to_ref()) else {
        return Err(Refusal::Chain {
            subject: subject(by),
            problem: "its key is of no kind that is known here".to_owned(),
        });
    };
    let signature = Signature::new(algorithm, signature);
    Ok(key.verify(VerifyInfo::new(Message::new(message), signature)).is_ok())
}
