//! What a reader may want besides the verdict: the whole manifest store as crJSON, and the ingredients as a tree.

mod crjson;
mod tree;
mod updated;

use c2pa::Reader;
use jiff::Timestamp;

pub use tree::{MOST_NODES, Node};
pub use updated::Updated;

use super::reading::Reading;
use super::{Error, Trust};

/// A file that was read and validated, for closer looks.
pub struct Detail<'a> {
    pub(super) reader: Option<Reader>,
    pub(super) reading: Reading,
    pub(super) trust: &'a Trust,
    pub(super) at: Timestamp,
}

/// crJSON of a file without a manifest.
pub fn no_crjson() -> serde_json::Value {
    crjson::none()
}

impl std::fmt::Debug for Detail<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Detail").field("reading", &self.reading).finish_non_exhaustive()
    }
}

impl Detail<'_> {
    /// What was read.
    pub fn reading(&self) -> &Reading {
        &self.reading
    }

    /// With one more remark on the active manifest.
    pub fn remark(&mut self, code: &str) {
        self.reading.informational.push(code.to_owned());
    }

    /// The manifest store as crJSON (Content Credentials JSON), with our own result for the active manifest; `None` where there is none that
    /// can be read.
    pub fn crjson(&self) -> Result<Option<serde_json::Value>, Error> {
        self.reader.as_ref().map(|reader| crjson::of(reader, &self.reading, self.at)).transpose()
    }

    /// The active manifest with its ingredients, and theirs; `None` where there is none that can be read.
    pub fn tree(&self) -> Option<Node> {
        self.reader.as_ref().and_then(|reader| tree::of(reader, &self.reading, self.trust, self.at))
    }

    /// The manifest that binds the picture, where the active one updates it; `None` where there is no update, or what it updates cannot be read.
    pub fn updated(&self) -> Option<Updated> {
        self.reader.as_ref().and_then(|reader| updated::of(reader, &self.reading, self.trust, self.at))
    }
}
