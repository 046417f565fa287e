//! Why a time-stamp is not believed, in words.

use jiff::Timestamp;

/// Why a time-stamp token is not believed. Like "tampered", that is an answer and no failure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// It was not looked at.
    #[error("the time-stamp has {found} bytes, and at most {limit} are read")]
    TooLong {
        /// Its length.
        found: usize,
        /// The cap.
        limit: usize,
    },
    /// The bytes are not in the form of RFC 3161.
    #[error("the time-stamp cannot be read: {what}: {problem}")]
    Unreadable {
        /// Which part.
        what: &'static str,
        /// What the parser says.
        problem: String,
    },
    /// A part is there and not what RFC 3161 asks for.
    #[error("the time-stamp is not as RFC 3161 has it: {problem}")]
    NotAsAsked {
        /// Which part, and what is wrong.
        problem: String,
    },
    /// One signer is what RFC 3161 asks for: with several, each reader may believe another.
    #[error("the time-stamp has {found} signers, and must have one")]
    Signers {
        /// How many.
        found: usize,
    },
    /// The signer's certificate is not in it.
    #[error("the time-stamp does not carry its signer's certificate")]
    NoCertificate,
    /// The certificate is not the one that the signature names.
    #[error("the time-stamp's signature is bound to another certificate than the one of {subject} that it carries")]
    OtherCertificate {
        /// Whose it is.
        subject: String,
    },
    /// An algorithm that is not accepted.
    #[error("the time-stamp uses {oid} as {what}, which is not accepted here")]
    Algorithm {
        /// For what.
        what: &'static str,
        /// Its object identifier.
        oid: String,
    },
    /// What it says was changed.
    #[error("the time-stamp was changed after it was signed")]
    Changed,
    /// The signature is somebody else's.
    #[error("the time-stamp's signature does not verify with the certificate of {subject}")]
    Signature {
        /// Whose it is.
        subject: String,
    },
    /// It stamps other bytes.
    #[error("the time-stamp is about something else")]
    OtherMessage,
    /// It answers another request.
    #[error("the time-stamp answers another request than this one (its nonce differs)")]
    OtherNonce,
    /// The certificate is not for time-stamps.
    #[error("the certificate of {subject} is not one for time-stamps: {problem}")]
    Purpose {
        /// Whose it is.
        subject: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// A certificate was not valid at the time stamped.
    #[error("the certificate of {subject} is valid from {not_before} to {not_after}, and the time-stamp says {time}")]
    OutsideValidity {
        /// Whose it is.
        subject: String,
        /// Its first second.
        not_before: Timestamp,
        /// Its last second.
        not_after: Timestamp,
        /// The time stamped.
        time: Timestamp,
    },
    /// An issuer that may not issue.
    #[error("the certificate of {subject} cannot stand in a chain: {problem}")]
    Chain {
        /// Whose it is.
        subject: String,
        /// What is wrong.
        problem: String,
    },
    /// The root to which it leads was not trusted at the time.
    #[error("its chain leads to {subject}, which the list of time-stamp roots does not trust for {time}")]
    NotInForce {
        /// Whose root.
        subject: String,
        /// The time stamped.
        time: Timestamp,
    },
    /// No root is known to which it leads.
    #[error("the certificate of {subject} leads to no time-stamp root that is trusted here")]
    Untrusted {
        /// Whose it is.
        subject: String,
    },
}

impl Refusal {
    pub(super) fn unreadable(what: &'static str) -> impl Fn(der::Error) -> Self {
        move |error| Self::Unreadable { what, problem: error.to_string() }
    }

    pub(super) fn not_as_asked(problem: impl Into<String>) -> Self {
        Self::NotAsAsked { problem: problem.into() }
    }
}
