//! Whom a reader trusts: lists of authorities for signers and, apart from them, for time-stamps; and signers whom the reader knows.
//!
//! - [`List`]: authorities, each with the time in which it is trusted and the purposes for which; read from PEM or from the JSON form of
//!   ETSI TS 119 602 in which C2PA publishes its lists.
//! - [`Lists`]: all that somebody trusts, and the judgement of a signer's chain by it (C2PA 2.4, 14.4 and 14.5.1.2).
//! - [`Allowed`]: single signers (the standard's private credential store).
//! - [`kept`]: the lists in a folder, and what a newer one changes.
//!
//! Knows certificates and dates; no manifests, no network.

mod allowed;
mod etsi;
pub mod kept;
mod list;
mod lists;
mod purposes;
pub mod when;

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

pub use allowed::Allowed;
pub use list::{Anchor, For, List};
pub use lists::{Lists, TrustedBy, Untrusted};
pub use purposes::{ACCEPTED, CLAIM_SIGNING, name as purpose_name, of_name as purpose_of_name};

/// The longest text that is read as a list, in bytes.
pub const LONGEST_LIST: usize = 4 << 20;

/// The most anchors in one list.
pub const MOST_ANCHORS: usize = 2000;

/// Why a list cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Not a list, or a broken one.
    #[error("{name}: not a trust list that can be used: {problem}")]
    Broken {
        /// Where it is from.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// Older than what is kept, or of unknown age.
    #[error("{name}: not taken in place of the list that is kept: {problem}")]
    NotNewer {
        /// Where it is from.
        name: String,
        /// Both dates.
        problem: String,
    },
    /// A file of the folder with lists could not be read or written.
    #[error("could not {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

/// The text of a file with a list, for whoever reads it to judge: of one that is too long, a little more than the longest.
pub fn text(path: &Path) -> Result<String, Error> {
    let failed = |source| Error::Io { action: "read", path: path.to_owned(), source };
    let mut text = String::new();
    let file = File::open(path).map_err(failed)?;
    file.take(LONGEST_LIST as u64 + 1).read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}

impl Error {
    fn broken(name: &str, problem: impl Into<String>) -> Self {
        Self::Broken { name: name.to_owned(), problem: problem.into() }
    }
}
