//! Whom the reader of an image trusts, and the library's settings made of that.

pub(super) mod ingredients;
pub(super) mod judgement;
pub(super) mod revocation;
mod stated;

use std::sync::Arc;

use c2pa::Context;

use crate::keys::certificate::Memo;
use crate::keys::timestamp::Roots;
use crate::trust::{For, Lists};

use super::{Bounds, Error};

/// Certificates that the reader of an image trusts, what a stranger's manifest may cost, and the settings made of that. Shared by threads.
pub struct Trust {
    pub(super) context: Arc<Context>,
    pub(super) timestamps: Roots,
    pub(super) lists: Lists,
    pub(super) bounds: Bounds,
    pub(super) memo: Memo,
}

impl std::fmt::Debug for Trust {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Trust")
    }
}

impl Trust {
    /// Trusts chains that end in one of these certificates (PEM, any number of them), at any time; without any, nobody. They are trusted
    /// for time-stamps too, until [`with_timestamp_roots`](Self::with_timestamp_roots) names others for that.
    pub fn new(anchors: &str) -> Result<Self, Error> {
        Self::of(Lists::of_both("the certificates that are given", anchors)?, Bounds::default())
    }

    /// Trusts whom these lists name, each for what the list says, and lets a stranger's manifest cost no more than `bounds`.
    pub fn of(lists: Lists, bounds: Bounds) -> Result<Self, Error> {
        let anchors = lists.signers_in_pem();
        // The library refuses a list that is there and empty.
        let anchors = Some(anchors).filter(|anchors| !anchors.is_empty());
        // Whom we trust, our own lists say: the library's look costs as much as all of its other ones at a small file.
        let settings = serde_json::json!({
            "trust": {"trust_anchors": anchors},
            "verify": {"verify_after_reading": true, "verify_trust": false, "verify_timestamp_trust": true,
                "remote_manifest_fetch": false, "ocsp_fetch": false},
            // Our own look takes it to the byte.
            "core": {"max_decompressed_manifest_size_in_mb": bounds.decompressed_bytes.div_ceil(1 << 20).clamp(1, 1024)},
        });
        let context = Context::new()
            .with_settings(settings.to_string().as_str())
            .map_err(|source| Error::Certificate { source })?;
        Ok(Self {
            context: context.into_shared(),
            timestamps: lists.timestamp_roots(),
            lists,
            bounds,
            memo: Memo::default(),
        })
    }

    /// Time-stamps count when they lead to one of `roots`, and only then: whom we trust to sign claims is not whom we trust to say when.
    #[must_use]
    pub fn with_timestamp_roots(mut self, roots: Roots) -> Self {
        self.lists.lists.retain(|list| list.of == For::Signers);
        Self { timestamps: roots, ..self }
    }
}
