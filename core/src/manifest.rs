//! C2PA manifests: built from facts, signed, embedded, read back. The C2PA crate's types stop in this room.
//!
//! - [`facts`]: what a manifest says, in our own words.
//! - [`Issuer`]: signs facts about an image and embeds the manifest.
//! - [`read`]: what the C2PA reader says of a file, as data.
//! - [`jumbf`]: the box structure of a manifest store, read without trusting it.
//! - [`lineage`], [`soft_binding`]: the manifests that speak of a picture itself, and what they say that it looks like.
//!
//! Left out: the log. An assertion that points to it is handed in ready-made, like any other.

pub mod bounds;
mod build;
mod cbor;
mod checks;
mod cose;
mod credential;
pub mod detail;
pub mod embed;
pub mod facts;
mod identity;
pub mod jumbf;
pub mod lineage;
pub mod read;
mod reading;
mod signer;
pub mod soft_binding;
mod statuses;
mod timestamp;
pub mod trust;

pub use bounds::Bounds;
pub use detail::Detail;
pub use embed::{Issuer, Request, Signed};
pub use facts::Facts;
pub use reading::{Reading, State};
pub use signer::Timestamps;
pub use timestamp::ClaimStamp;
pub use trust::Trust;

use crate::keys::timestamp::Unstamped;
use crate::media::{self, MediaType};

/// Why a manifest could not be made or read. That a manifest is invalid is not an error but a [`Reading`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The C2PA library refused.
    #[error("could not {action} the C2PA manifest")]
    C2pa {
        /// What was tried.
        action: &'static str,
        /// What the library says.
        source: c2pa::Error,
    },
    /// The type of file cannot carry a manifest that we write.
    #[error("{} files cannot be signed", media_type.name())]
    CannotSign {
        /// The type.
        media_type: MediaType,
    },
    /// The container of the image is damaged.
    #[error("could not change the image's container")]
    Media(#[from] media::Error),
    /// A manifest store without the structure that the standard demands.
    #[error("manifest store: {problem}")]
    Store {
        /// What is wrong.
        problem: String,
    },
    /// A signing key or certificate that C2PA does not allow.
    #[error("could not use the signing certificate")]
    Certificate {
        /// What the library says.
        source: c2pa::Error,
    },
    /// A certificate that does not allow what it is used for.
    #[error("the signing certificate cannot be used: {problem}")]
    Unsuitable {
        /// Which certificate, and what is wrong with it.
        problem: String,
    },
    /// A list of whom to trust that cannot be used.
    #[error("whom to trust cannot be told")]
    Trust(#[from] crate::trust::Error),
    /// Nobody gave a time-stamp, and nothing is signed without one.
    #[error("no time-stamp could be had, and nothing is signed without one (timestamps.require_timestamp): {0}")]
    Unstamped(Unstamped),
    /// A manifest store beyond the limits.
    #[error(transparent)]
    TooMuch(bounds::TooMuch),
    /// A signed file that differs from the one on record.
    #[error("the rebuilt file differs from the one that was signed: the input, or the software, has changed since")]
    NotTheSame,
}

impl Error {
    fn c2pa(action: &'static str) -> impl FnOnce(c2pa::Error) -> Self {
        move |source| Self::C2pa { action, source }
    }
}
