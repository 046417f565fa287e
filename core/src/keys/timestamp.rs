//! Time-stamps by others (RFC 3161): that a digest existed at a time is attested by somebody who has no part in the log.
//!
//! - [`TimestampAuthority`]: the one interface through which a time-stamp is had. Sockets are for the edges: crate `net` has the client.
//! - [`Request`]: what is sent, and whether an answer fits it; pure functions over bytes.
//! - [`Token`]: what was stamped, when and by whom. [`Token::parse`] takes bytes from anyone; [`Token::verify`] says whether to believe
//!   them, offline, with [`Roots`] that the reader trusts.
//! - [`InOrder`], [`Checked`]: a second authority where the first fails; no token that our own roots would refuse.
//!
//! The C2PA library has such a verifier too. It takes the signature of any of several signers, a token without signed attributes, the
//! signing time in place of `genTime` and a chain through certificates that are no CA; ours refuses all four.

mod chain;
mod conformance;
mod form;
mod parsing;
mod refusal;
mod request;
mod roots;
mod several;
mod signature;
mod token;

use std::fmt;

pub use conformance::conformance;
pub use refusal::Refusal;
pub use request::{Declined, NONCE, Request};
pub use roots::Roots;
pub use several::{Checked, InOrder};
pub use token::{MAX_TOKEN, Token};

use crate::hash::Hash;

/// Whoever stamps digests with a time.
///
/// The contract, which [`conformance`] checks:
/// - The token that [`stamp`](Self::stamp) gives is about this very digest, was made for this very request (a nonce of the implementation's
///   own), and carries its signer's certificate, whose signature verifies. Whether that certificate is one to trust is the caller's question.
/// - It may block, for a time that has a bound, and try again by itself where a fault may pass: the authority is a server of somebody
///   else's, and one that does not answer must not hold up the log for ever.
/// - A failed call has no effect and may be repeated. Its error names the authority and says what it said.
/// - It learns a digest and nothing else.
pub trait TimestampAuthority: Send + Sync + fmt::Debug {
    /// Gets a time-stamp over `digest`.
    fn stamp(&self, digest: &Hash) -> Result<Stamp, Unstamped>;
}

/// A time-stamp that was had.
#[derive(Debug, Clone)]
pub struct Stamp {
    /// Who made it: where it was asked. Stands in public records, so it holds no secret.
    pub authority: String,
    /// The token.
    pub token: Token,
    /// Who had been asked before, in vain.
    pub passed_over: Vec<Failed>,
}

/// An authority that was asked in vain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// Where it was asked.
    pub authority: String,
    /// What became of it.
    pub problem: String,
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.authority, self.problem)
    }
}

/// Nobody gave a time-stamp.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", words(tried))]
pub struct Unstamped {
    /// Who was asked, in that order.
    pub tried: Vec<Failed>,
}

impl Unstamped {
    /// One authority that was asked in vain.
    pub fn by(authority: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { tried: vec![Failed { authority: authority.into(), problem: problem.into() }] }
    }
}

fn words(tried: &[Failed]) -> String {
    if tried.is_empty() {
        return "no time-stamp authority is named".to_owned();
    }
    tried.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Why roots cannot be used, or an authority not be relied on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text holds no certificates, or something else.
    #[error("the time-stamp roots {problem}")]
    Roots {
        /// A verb and what was found.
        problem: String,
    },
    /// The authority did not answer.
    #[error("no time-stamp could be had: {0}")]
    Unstamped(#[from] Unstamped),
    /// The authority does not do what [`TimestampAuthority`] promises.
    #[error("the time-stamp authority breaks its contract: {rule}")]
    Contract {
        /// What it should do and does not.
        rule: &'static str,
    },
}
