//! What can be wrong with a certificate, each as a sentence.

use std::fmt;

use jiff::Timestamp;
use x509_cert::der::oid::ObjectIdentifier;

/// One problem of one certificate. As text: a sentence with the certificate's place and name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The certificate's place in the chain, counted from 1.
    pub number: usize,
    /// Its common name, or whole subject. Unverified text.
    pub subject: String,
    /// What is wrong.
    pub problem: Problem,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "certificate {} ({:?}) {}", self.number, self.subject, self.problem)
    }
}

/// What C2PA holds against a certificate as a signer of claims, or against one above it.
///
/// The parameters of RSASSA-PSS are not looked into.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// No Authority Key Identifier, and not self-signed.
    #[error("has no Authority Key Identifier")]
    AuthorityKeyIdMissing,
    /// A CA where the signer should be.
    #[error("is a certificate authority; claims are signed with an end-entity certificate")]
    CaAsSigner,
    /// An extension that must be understood and is not.
    #[error("has the critical extension {oid}, which verifiers do not know")]
    CriticalExtension {
        /// The extension.
        oid: ObjectIdentifier,
    },
    /// `keyCertSign` without being a CA.
    #[error("has the key usage keyCertSign without being a certificate authority")]
    CertSignWithoutCa,
    /// The date is past the last day.
    #[error("expired at {not_after}; get a new one from its issuer")]
    Expired {
        /// The last second of validity.
        not_after: Timestamp,
    },
    /// The RSA modulus is too short.
    #[error("has an RSA key of {bits} bits; the shortest accepted has 2048")]
    KeyTooShort {
        /// The length found.
        bits: usize,
    },
    /// A curve or algorithm that C2PA does not know.
    #[error("has a key of an algorithm that C2PA does not accept: {found}")]
    KeyUnsupported {
        /// The curve or algorithm.
        found: String,
    },
    /// No Key Usage extension.
    #[error("has no key usage")]
    KeyUsageMissing,
    /// The chain begins with a CA, and the end-entity certificate comes later.
    #[error("is a certificate authority at the start of the chain; put certificate {leaf}, the signer's own, first")]
    LeafNotFirst {
        /// The place of the certificate that should be first, counted from 1.
        leaf: usize,
    },
    /// A certificate above the leaf whose key usage lacks `keyCertSign`.
    #[error("stands above another in the chain, but its key usage lacks keyCertSign")]
    NoCertSign,
    /// The key usage lacks `digitalSignature`.
    #[error("has a key usage without digitalSignature")]
    NoDigitalSignature,
    /// A certificate above the leaf that may issue none.
    #[error("stands above another in the chain but is no certificate authority")]
    NotACa,
    /// The issuer named is not the next certificate.
    #[error("was not issued by the certificate that follows it in the chain")]
    NotIssuedByNext,
    /// The version is not v3.
    #[error("is X.509 version {version}; version 3 is needed")]
    NotV3 {
        /// 1 or 2.
        version: u8,
    },
    /// The first day is still to come.
    #[error("is not valid before {not_before}; check the clock or wait")]
    NotYetValid {
        /// The first second of validity.
        not_before: Timestamp,
    },
    /// The purpose "any".
    #[error("has the extended key usage \"any\", which C2PA forbids")]
    PurposeAny,
    /// No Extended Key Usage, or an empty one.
    #[error("has no extended key usage; C2PA claim signing (1.3.6.1.4.1.62558.2.1) is needed")]
    PurposeMissing,
    /// Time-stamping or OCSP signing together with another purpose.
    #[error("is for {purpose} and another purpose at once, which C2PA forbids")]
    PurposeNotAlone {
        /// The purpose that must stand alone.
        purpose: ObjectIdentifier,
    },
    /// None of the purposes is one for signing claims.
    #[error(
        "is not meant for signing claims: its extended key usage is {}; needed is C2PA claim signing \
         (1.3.6.1.4.1.62558.2.1), e-mail protection or document signing",
        found.join(", ")
    )]
    PurposeWrong {
        /// The purposes found, in dotted form.
        found: Vec<String>,
    },
    /// A self-signed certificate at the end of the chain.
    #[error("is a root; leave it out, verifiers bring their own")]
    RootIncluded,
    /// The signer's certificate names itself as issuer.
    #[error("is self-signed; a certificate authority must issue it")]
    SelfSigned,
    /// The algorithm with which it was signed.
    #[error("is signed with {oid}, an algorithm that C2PA does not accept")]
    SignatureUnsupported {
        /// The algorithm.
        oid: ObjectIdentifier,
    },
    /// A CA without Subject Key Identifier.
    #[error("has no Subject Key Identifier, which a certificate authority needs")]
    SubjectKeyIdMissing,
    /// The unique identifiers of X.509 v2.
    #[error("has an issuer or subject unique identifier, which C2PA forbids")]
    UniqueId,
    /// An extension is there twice or cannot be read.
    #[error("has the extension {oid} twice or unreadable")]
    UnreadableExtension {
        /// The extension.
        oid: ObjectIdentifier,
    },
}
