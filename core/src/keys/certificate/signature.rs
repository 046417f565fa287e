//! Whether one certificate's key made a signature: `x509-verify` does the work, and the `rsa` crate that for RSASSA-PSS.

use rsa::pkcs1::DecodeRsaPublicKey as _;
use rsa::pss::{Signature as PssSignature, VerifyingKey as PssKey};
use rsa::signature::Verifier as _;
use sha2::{Sha256, Sha384, Sha512};
use x509_cert::Certificate;
use x509_cert::der::Encode as _;
use x509_cert::der::oid::ObjectIdentifier;
use x509_cert::der::oid::db::{rfc5912, rfc8410};
use x509_cert::der::referenced::OwnedToRef as _;
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_verify::{Message, Signature, VerifyInfo, VerifyingKey};

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

/// Why a signature was not even looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::keys) enum Unusable {
    /// The algorithm is not accepted.
    Algorithm(ObjectIdentifier),
    /// A key that is too short.
    ShortKey,
    /// A key of no kind that is known.
    UnknownKey,
}

/// Whether `issuer` signed `certificate`.
pub(in crate::keys) fn issued(certificate: &Certificate, issuer: &Certificate) -> Result<bool, Unusable> {
    let (Ok(signed), Some(signature)) = (certificate.tbs_certificate.to_der(), certificate.signature.as_bytes()) else {
        return Ok(false);
    };
    verifies(issuer, &certificate.signature_algorithm, &signed, signature)
}

/// Whether the key of `by` made `signature` over `message`.
pub(in crate::keys) fn verifies(
    by: &Certificate,
    algorithm: &AlgorithmIdentifierOwned,
    message: &[u8],
    signature: &[u8],
) -> Result<bool, Unusable> {
    let info = &by.tbs_certificate.subject_public_key_info;
    let key = info.subject_public_key.raw_bytes();
    let is_rsa = [rfc5912::RSA_ENCRYPTION, rfc5912::ID_RSASSA_PSS].contains(&info.algorithm.oid);
    if is_rsa && key.len() < LEAST_RSA_KEY {
        return Err(Unusable::ShortKey);
    }
    if algorithm.oid == rfc5912::ID_RSASSA_PSS {
        return if is_rsa { pss(key, algorithm, message, signature) } else { Ok(false) };
    }
    if !ACCEPTED.contains(&algorithm.oid) {
        return Err(Unusable::Algorithm(algorithm.oid));
    }
    let key = VerifyingKey::new(info.owned_to_ref()).map_err(|_| Unusable::UnknownKey)?;
    let signature = Signature::new(algorithm, signature);
    Ok(key.verify(VerifyInfo::new(Message::new(message), signature)).is_ok())
}

/// RSASSA-PSS with one of the three digests, and the same one in its mask (C2PA 2.4, 14.5.1.1).
fn pss(key: &[u8], algorithm: &AlgorithmIdentifierOwned, message: &[u8], signature: &[u8]) -> Result<bool, Unusable> {
    let unusable = Unusable::Algorithm(algorithm.oid);
    let (digest, salt) = pss_parameters(algorithm).ok_or(unusable)?;
    let key = rsa::RsaPublicKey::from_pkcs1_der(key).map_err(|_| Unusable::UnknownKey)?;
    let Ok(signature) = PssSignature::try_from(signature) else { return Ok(false) };
    Ok(match digest {
        rfc5912::ID_SHA_256 => PssKey::<Sha256>::new_with_salt_len(key, salt).verify(message, &signature).is_ok(),
        rfc5912::ID_SHA_384 => PssKey::<Sha384>::new_with_salt_len(key, salt).verify(message, &signature).is_ok(),
        rfc5912::ID_SHA_512 => PssKey::<Sha512>::new_with_salt_len(key, salt).verify(message, &signature).is_ok(),
        _ => return Err(unusable),
    })
}

/// `RSASSA-PSS-params` (RFC 8017, A.2.3).
#[derive(der::Sequence)]
struct PssParameters {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    hash: Option<AlgorithmIdentifierOwned>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    mask: Option<AlgorithmIdentifierOwned>,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    salt: Option<u8>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", optional = "true")]
    trailer: Option<u8>,
}

/// The digest and the length of the salt, where digest and mask are there and use the same one.
fn pss_parameters(algorithm: &AlgorithmIdentifierOwned) -> Option<(ObjectIdentifier, usize)> {
    let parameters: PssParameters = algorithm.parameters.as_ref()?.decode_as().ok()?;
    let digest = parameters.hash?.oid;
    let masked: AlgorithmIdentifierOwned = parameters.mask?.parameters?.decode_as().ok()?;
    let is_usual = parameters.trailer.is_none_or(|trailer| trailer == 1);
    (masked.oid == digest && is_usual).then_some((digest, usize::from(parameters.salt.unwrap_or(20))))
}
