//! A log at hand: what it says of a file.

use crate::event::Record;
use crate::find::{self, Finder, Sight};
use crate::fingerprint::Look;
use crate::gallery::Gallery;
use crate::hash::Hash;
use crate::ledger::{Error, Key, Reader};

pub use crate::find::LooksLike;

/// Look-ups in a log.
#[derive(Debug)]
pub struct Records<'a> {
    /// The log.
    pub reader: &'a Reader,
    /// The likenesses beside it. Without, near copies are all that is found.
    pub gallery: Option<&'a Gallery>,
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

    /// Records whose pictures look like this one, the most similar first; and what there is to say of the search.
    pub fn looks_like(&self, look: &Look) -> Result<Sight, find::Error> {
        Finder::new(self.reader, self.gallery)?.look_for(look)
    }

    /// Whether the picture of one EXPORT record looks like this one.
    pub fn compare(&self, look: &Look, record: &Record) -> Result<Option<LooksLike>, find::Error> {
        Ok(Finder::new(self.reader, self.gallery)?.compare(look, record))
    }
}
