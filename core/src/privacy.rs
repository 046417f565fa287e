//! Privacy: what the log shows of a private value, and how one value is opened without the others.
//!
//! Gives a random [`Seed`] per record, from which salts and commitment keys follow ([`seed`]); commitments to content
//! such as prompts ([`commitment`]); digests of single private fields with proofs of one ([`disclosure`]); and the keys that private
//! parts are sealed under, each of which can be destroyed ([`vault`]).
//!
//! Knows not where a seed or a record is stored, or who may open what. Erasing a seed, or a key that it is sealed under, makes every
//! commitment and digest under it unopenable.

pub mod commitment;
pub mod disclosure;
mod secret;
pub mod seed;
pub mod vault;

pub use commitment::{Commitment, CommitmentKey};
pub use disclosure::Disclosure;
pub use seed::{Salt, Seed};
pub use vault::Vault;

/// Why a text could not be read or a value not be digested.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text is no [`Commitment`].
    #[error("expected hmac-sha256: and 64 lower-case hexadecimal digits, found {found:?}")]
    Commitment {
        /// The text, cut after 80 characters.
        found: String,
    },
    /// The text is no secret or salt. It is not repeated here, because it may be nearly one.
    #[error("expected {bytes} bytes in base64url without padding for the {what}")]
    Secret {
        /// Seed, salt or commitment key.
        what: &'static str,
        /// How many bytes it has.
        bytes: usize,
    },
    /// The value has no single canonical form, or is too large to be looked at.
    #[error("the private field {name:?} {problem}")]
    Field {
        /// The field's name.
        name: String,
        /// A verb and what was found.
        problem: &'static str,
    },
    /// More fields than a record has.
    #[error("a record has at most {most} private fields, found {found}")]
    TooManyFields {
        /// How many there were.
        found: usize,
        /// The limit.
        most: usize,
    },
}
