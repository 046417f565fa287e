//! The manifests that speak of a file's picture itself: the active one and, as long as these are updates, what they update, down to the one that
//! binds the picture (C2PA 2.4, 11.2.3). Ingredients of another kind speak of other pictures.

use super::Error;
use super::jumbf::{self, Superbox};

/// One of them.
#[derive(Debug, Clone)]
pub struct Member {
    /// `urn:c2pa:…`
    pub label: String,
    /// Whether it updates the next.
    pub is_update: bool,
    /// The algorithm of its soft bindings that name none.
    pub(super) alg_soft: Option<String>,
    /// Its whole box as it was before compression, where it is compressed.
    pub(super) unpacked: Option<Vec<u8>>,
}

impl Member {
    /// The CBOR of its assertion with this label; `None` where it has none. `store` is the one that it stands in.
    pub fn assertion<'a>(&'a self, store: &'a [u8], label: &str) -> Result<Option<&'a [u8]>, Error> {
        match self.assertions(store)?.into_iter().find(|assertion| assertion.label == label) {
            Some(found) => found.cbor(),
            None => Ok(None),
        }
    }

    pub(super) fn assertions<'a>(&'a self, store: &'a [u8]) -> Result<Vec<Superbox<'a>>, Error> {
        let manifest = match &self.unpacked {
            Some(bytes) => jumbf::one(bytes)?,
            None => jumbf::manifests(store)?.into_iter().find(|manifest| manifest.label == self.label),
        };
        manifest.map_or_else(|| Ok(Vec::new()), |manifest| jumbf::assertions(&manifest))
    }
}
