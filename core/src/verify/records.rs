//! A log at hand: what it says of a file.

use std::ops::ControlFlow;

use crate::event::{Body, Kind, Record};
use crate::find::MOST;
use crate::fingerprint::Fingerprint;
use crate::hash::Hash;
use crate::ledger::{Error, Key, Reader, Selection};

pub use crate::find::LooksLike;

/// Look-ups in a log.
#[derive(Debug)]
pub struct Records<'a> {
    /// The log.
    pub reader: &'a Reader,
}

/// What is sought.
#[derive(Debug)]
pub enum Sought<'a> {
    /// EXPORT records of a manifest.
    Manifest(&'a str),
    /// EXPORT records of a file.
    File(Hash),
}

impl Records<'_> {
    /// The EXPORT records that are sought, the oldest first.
    pub fn find(&self, sought: &Sought<'_>) -> Result<Vec<Record>, Error> {
        let positions = self.reader.look_up(&match sought {
            Sought::Manifest(id) => Key::Manifest(id),
            Sought::File(hash) => Key::File(*hash),
        })?;
        positions.into_iter().map(|seq| self.reader.record(seq)).collect()
    }

    /// Records whose fingerprints are near, the nearest first.
    pub fn looks_like(&self, fingerprints: &[Fingerprint]) -> Result<Vec<LooksLike>, Error> {
        let mut found = Vec::new();
        let exports = Selection { kind: Some(Kind::Export), ..Selection::default() };
        self.reader.select(&exports, &mut |record, _| {
            let Body::Export(export) = &record.body else { return ControlFlow::Continue(()) };
            found.extend(LooksLike::of(record, export, fingerprints));
            ControlFlow::Continue(())
        })?;
        found.sort_by_key(|like| std::cmp::Reverse(like.similarity));
        found.truncate(MOST);
        Ok(found)
    }
}
