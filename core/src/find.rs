//! From a picture whose metadata is gone back to the record of its export.
//!
//! The gallery has the likenesses of what was exported here. Records that it does not have, since they came from elsewhere or the gallery
//! is gone, are looked at one after the other: their fingerprints alone lead to near copies.
//!
//! A match says "looks like", never "is": whether a picture is the one that was signed is for the hard binding to say.

use std::ops::ControlFlow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::event::terms::Perceptual;
use crate::event::{Body, Kind, Record, body};
use crate::fingerprint::{self, Algorithm, Fingerprint, Likeness, Look, PREVIEW};
use crate::gallery::{self, Gallery, Search};
use crate::hash::Hash;
use crate::ledger::{self, Reader, Selection};

/// How many matches are named.
pub const MOST: usize = 5;

/// A record whose picture looks like the file. Looks like: nothing more is claimed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LooksLike {
    /// Id of the EXPORT record.
    pub export_record: String,
    /// Id of the manifest.
    pub manifest_id: String,
    /// The algorithm that found it.
    pub alg: String,
    /// In how many bits the two fingerprints differ. With `pdq` of 256, and of the part and the turn of the picture that fit best.
    pub distance: u32,
    /// 0 to 100.
    pub similarity: u32,
    /// Hash of the manifest store that was exported.
    #[serde(skip)]
    pub manifest: Hash,
}

/// The log could not be searched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The log.
    #[error("the log cannot be searched")]
    Ledger(#[from] ledger::Error),
    /// The likenesses beside it.
    #[error("the likenesses beside the log cannot be searched; touchmark log reindex makes them again")]
    Gallery(#[from] gallery::Error),
}

/// Looks for pictures in a log.
#[derive(Debug)]
pub struct Finder<'a> {
    reader: &'a Reader,
    search: Search,
}

impl LooksLike {
    /// Whether a picture with these fingerprints is a near copy of the one that was exported.
    pub fn of(record: &Record, export: &body::Export, fingerprints: &[Fingerprint]) -> Option<Self> {
        let kept = export.fingerprints.iter().filter_map(kept);
        let pairs = kept.flat_map(|kept| fingerprints.iter().map(move |one| (kept, one)));
        let near = pairs.filter(|(kept, one)| fingerprint::looks_like(one, kept));
        let near =
            near.filter_map(|(kept, one)| Some((one.similarity(&kept)?, one.distance(&kept)?, kept.algorithm())));
        let (similarity, distance, alg) = near.max_by_key(|(similarity, ..)| *similarity)?;
        Some(Self::new(record, export, alg, distance, similarity))
    }

    fn new(record: &Record, export: &body::Export, alg: Algorithm, distance: u32, similarity: u32) -> Self {
        Self {
            export_record: record.id.to_string(),
            manifest_id: export.manifest.id.clone(),
            manifest: export.manifest.hash,
            alg: alg.name().to_owned(),
            distance,
            similarity,
        }
    }

    /// For a person.
    pub fn sentence(&self) -> String {
        format!(
            "It looks like the picture of record {} (similarity {} of 100 by {}); its manifest there is {}.",
            self.export_record, self.similarity, self.alg, self.manifest_id
        )
    }
}

impl<'a> Finder<'a> {
    /// Opens the gallery beside a log.
    pub fn new(reader: &'a Reader, gallery: &Gallery) -> Result<Self, Error> {
        Ok(Self { reader, search: gallery.search()? })
    }

    /// Records whose pictures look like this one, the most similar first, at most [`MOST`]. None of a picture in which there is too little
    /// to see: see [`Look::query`].
    pub fn look_for(&self, look: &Look) -> Result<Vec<LooksLike>, Error> {
        let Some(query) = look.query() else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for one in self.search.look_for(&query) {
            let record = self.reader.record(one.seq)?;
            // A gallery may be of another log.
            if let Body::Export(export) = &record.body {
                found.push(LooksLike::new(&record, export, Algorithm::Pdq, one.distance, one.similarity));
            }
        }
        let mut visit = |record: &Record| {
            if let Body::Export(export) = &record.body {
                found.extend(LooksLike::of(record, export, look.fingerprints()));
            }
            ControlFlow::Continue(())
        };
        match self.search.last() {
            None => self.reader.select(&exports(), &mut |record, _| visit(record))?,
            Some(last) => self.reader.records(last + 1, &mut |record, _| visit(record))?,
        }
        found.sort_by_key(|like| std::cmp::Reverse(like.similarity));
        found.truncate(MOST);
        Ok(found)
    }
}

/// Makes the gallery again from the log, and says how many pictures it has. Previews, which are nowhere else, are taken over from the one
/// that is there; without, near copies are found, and not more. Holds the gallery in memory: about a kilobyte a picture.
pub fn rebuild(reader: &Reader, gallery: &Gallery) -> Result<usize, Error> {
    let before = gallery.search()?;
    let mut entries = Vec::new();
    reader.select(&exports(), &mut |record, _| {
        if let Body::Export(export) = &record.body
            && let Some(pdq) = export.fingerprints.iter().filter_map(kept).find(|one| one.algorithm() == Algorithm::Pdq)
            && pdq.is_matchable()
            && let Ok(bits) = <[u8; 32]>::try_from(pdq.bits())
        {
            let known = before.get(record.seq).filter(|likeness| likeness.codes[0] == bits);
            let new = || Likeness { codes: [bits, [0; 32]], preview: [0; PREVIEW] };
            entries.push((record.seq, known.unwrap_or_else(new)));
        }
        ControlFlow::Continue(())
    })?;
    drop(before);
    gallery.replace(&entries)?;
    Ok(entries.len())
}

fn exports() -> Selection {
    Selection { kind: Some(Kind::Export), ..Selection::default() }
}

fn kept(kept: &Perceptual) -> Option<Fingerprint> {
    let bits = STANDARD.decode(&kept.value).ok()?;
    Fingerprint::from_value(kept.alg.parse().ok()?, &bits, kept.quality).ok()
}
