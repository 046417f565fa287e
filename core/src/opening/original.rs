//! Opening an original that was kept: on record first, as any field.

use uuid::Uuid;
use zeroize::Zeroizing;

use super::{Error, Request};
use crate::edge::Edge;
use crate::event::Opened;
use crate::event::private::Actor;
use crate::hash::Hash;
use crate::ledger::{Ledger, Reader};
use crate::originals::{Original, Originals};

/// As what it stands in the ACCESS record.
const FIELD: &str = "original";

/// Which original is to be opened, by whom, and what for.
#[derive(Debug, Clone, Copy)]
pub struct OriginalRequest<'a> {
    /// The GEN record.
    pub record: Uuid,
    /// Which of several.
    pub hash: Option<Hash>,
    /// What for: public.
    pub purpose: &'a str,
    /// Who opens it: private.
    pub by: &'a Actor,
}

/// What became of it.
#[derive(Debug)]
pub enum OriginalAnswer {
    /// It is open.
    Opened {
        /// The image, as it came in.
        image: Zeroizing<Vec<u8>>,
        /// The ACCESS record.
        access: u64,
    },
    /// It does not open, for this reason. Where there is an ACCESS record, its file was looked at.
    Closed(Opened, Option<u64>),
    /// None is kept for the record, or not that one. Nothing was put on record.
    NotKept,
    /// There are several. Nothing was put on record.
    Several(Vec<Hash>),
}

impl OriginalRequest<'_> {
    /// Puts it on record, and then opens the file.
    pub fn open(
        &self,
        originals: &Originals,
        ledger: &mut Ledger,
        reader: &Reader,
        edge: Edge<'_>,
    ) -> Result<OriginalAnswer, Error> {
        let kept = originals.of(self.record)?;
        let hash = match (self.hash, kept.as_slice()) {
            (Some(hash), all) if all.contains(&hash) => hash,
            (None, [one]) => *one,
            (None, [_, ..]) => return Ok(OriginalAnswer::Several(kept)),
            (Some(_), _) | (None, []) => return Ok(OriginalAnswer::NotKept),
        };
        let Self { record, purpose, by, .. } = *self;
        let (_, _, part) = super::look(record, reader, &ledger.opener())?;
        if !matches!(part, Opened::Fields(_)) {
            return Ok(OriginalAnswer::Closed(part, None));
        }
        let access = Request { record, field: FIELD, text: None, purpose, by }.put_on_record(ledger, edge)?;
        Ok(match originals.open(record, &hash, &ledger.opener())? {
            Original::Whole(image) => OriginalAnswer::Opened { image, access },
            Original::Closed(state) => OriginalAnswer::Closed(state, Some(access)),
        })
    }
}
