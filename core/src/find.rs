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

use crate::causes;
use crate::event::terms::Perceptual;
use crate::event::{Body, Kind, Record, body};
use crate::fingerprint::{self, Algorithm, Fingerprint, Likeness, Look, PREVIEW, Query};
use crate::gallery::{self, Found, Gallery, Search};
use crate::hash::Hash;
use crate::ledger::{self, Reader, Selection};
use crate::media::{self, Limits, MediaType};

/// How many matches are named.
pub const MOST: usize = 5;

/// What is left without a gallery, and what to do.
const NEAR_COPIES: &str =
    "Only near copies were looked for; touchmark log reindex makes the likenesses again, as far as the log has them.";

/// A record whose picture looks like the file. Looks like: nothing more is claimed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LooksLike {
    /// Id of the EXPORT record.
    pub export_record: String,
    /// Id of the manifest.
    pub manifest_id: String,
    /// The algorithm that found it.
    pub alg: String,
    /// In how many bits the two fingerprints differ; with `pdq`, those of the part and the turn of the picture that fit best.
    pub distance: u32,
    /// Of so many bits.
    pub bits: u32,
    /// 0 to 100.
    pub similarity: u32,
    /// Hash of the manifest store that was exported.
    #[serde(skip)]
    pub manifest: Hash,
}

/// What was found of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sight {
    /// Whether there is enough to see in the picture to look for it.
    pub matchable: bool,
    /// Records whose pictures look like it, the most similar first, at most [`MOST`].
    pub looks_like: Vec<LooksLike>,
    /// Why less may have been found than there is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A picture could not be looked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The log.
    #[error("the log cannot be searched")]
    Ledger(#[from] ledger::Error),
    /// The file.
    #[error("the file cannot be looked at")]
    Media(#[from] media::Error),
    /// Its pixels are needed.
    #[error("the pixels of this {media_type} file cannot be had here")]
    NoPixels {
        /// Its type.
        media_type: MediaType,
    },
}

/// Looks for pictures in a log.
#[derive(Debug)]
pub struct Finder<'a> {
    reader: &'a Reader,
    /// The gallery, if it is there and of this log.
    search: Option<Search>,
    note: Option<String>,
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
            bits: alg.bits(),
            similarity,
        }
    }

    /// For a person: what looks like which record's picture, and how sure that is.
    pub fn words(&self) -> String {
        let Self { export_record, manifest_id, alg, distance, bits, similarity, .. } = self;
        format!(
            "looks like the picture of record {export_record} (similarity {similarity} of 100 by {alg}, {distance} of {bits} bits differ); its manifest there is {manifest_id}"
        )
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
    /// Opens the gallery beside a log. One that cannot be used costs all but near copies, and is said ([`Self::note`]).
    pub fn new(reader: &'a Reader, gallery: Option<&Gallery>) -> Result<Self, Error> {
        let mut finder = Self { reader, search: None, note: None };
        match gallery.map(Gallery::search) {
            None => {}
            Some(Ok(search)) if search.is_empty() && finder.log_has_pictures()? => {
                finder.note = Some(format!("There are no likenesses beside the log. {NEAR_COPIES}"));
            }
            Some(Ok(search)) if finder.is_of_this_log(&search)? => finder.search = Some(search),
            Some(Ok(_)) => {
                finder.note =
                    Some(format!("The likenesses beside the log are not those of its pictures. {NEAR_COPIES}"));
            }
            Some(Err(error)) => {
                finder.note =
                    Some(format!("The likenesses beside the log: {}. {NEAR_COPIES}", causes::in_words(&error)));
            }
        }
        Ok(finder)
    }

    /// Why less may be found than there is.
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// Looks at a file's picture and for it: what `find` answers. A file with Content Credentials is sought in the same way.
    pub fn look_for_file(&self, file: &[u8], limits: &Limits) -> Result<Sight, Error> {
        self.look_for(&look(file, limits)?)
    }

    /// The same of a picture that was looked at.
    pub fn look_for(&self, look: &Look) -> Result<Sight, Error> {
        let query = look.query();
        let looks_like = query.as_ref().map(|query| self.sought(look, query)).transpose()?;
        let matchable = query.is_some();
        Ok(Sight { matchable, looks_like: looks_like.unwrap_or_default(), note: self.note.clone() })
    }

    /// Records whose pictures look like this one, the most similar first, at most [`MOST`].
    fn sought(&self, look: &Look, query: &Query) -> Result<Vec<LooksLike>, Error> {
        let mut found = Vec::new();
        for one in self.search.iter().flat_map(|search| search.look_for(query)) {
            found.extend(self.told(&one)?);
        }
        // The gallery may begin later than the log and end sooner.
        let known = self.search.as_ref().and_then(|search| Some((search.first()?, search.last()?)));
        let (first, next) = known.map_or((0, 0), |(first, last)| (first, last + 1));
        let mut visit = |record: &Record| {
            if let Body::Export(export) = &record.body {
                found.extend(LooksLike::of(record, export, look.fingerprints()));
            }
        };
        if first > 0 {
            self.reader.select(&exports(), &mut |record, _| {
                if record.seq >= first {
                    return ControlFlow::Break(());
                }
                visit(record);
                ControlFlow::Continue(())
            })?;
        }
        self.reader.select_from(next, &exports(), &mut |record, _| {
            visit(record);
            ControlFlow::Continue(())
        })?;
        found.sort_by_key(|like| (std::cmp::Reverse(like.similarity), like.distance));
        found.truncate(MOST);
        Ok(found)
    }

    /// Whether the picture of one EXPORT record looks like this one.
    pub fn compare(&self, look: &Look, record: &Record) -> Option<LooksLike> {
        let Body::Export(export) = &record.body else { return None };
        let query = look.query()?;
        let seen = self.search.as_ref().filter(|search| shows(search, record.seq, export));
        let found = seen.and_then(|search| search.look_at(&query, record.seq));
        let told = found.map(|one| LooksLike::new(record, export, Algorithm::Pdq, one.distance, one.similarity));
        told.or_else(|| LooksLike::of(record, export, look.fingerprints()))
    }

    fn log_has_pictures(&self) -> Result<bool, Error> {
        let mut has = false;
        self.reader.select(&exports(), &mut |record, _| {
            has = near_copy(record).is_some();
            if has { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        Ok(has)
    }

    /// The record of an entry, if it is the entry's.
    fn told(&self, one: &Found) -> Result<Option<LooksLike>, Error> {
        let record = self.reader.record(one.seq)?;
        let Body::Export(export) = &record.body else { return Ok(None) };
        let is_its = self.search.as_ref().is_some_and(|search| shows(search, one.seq, export));
        Ok(is_its.then(|| LooksLike::new(&record, export, Algorithm::Pdq, one.distance, one.similarity)))
    }

    /// Whether the first and the last entry are those of records in this log.
    fn is_of_this_log(&self, search: &Search) -> Result<bool, Error> {
        for seq in [search.first(), search.last()].into_iter().flatten() {
            let record = match self.reader.record(seq) {
                Err(ledger::Error::NoSuchRecord { .. }) => return Ok(false),
                other => other?,
            };
            let is_its = matches!(&record.body, Body::Export(export) if shows(search, seq, export));
            if !is_its {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Looks at a file's picture, within limits.
pub fn look(file: &[u8], limits: &Limits) -> Result<Look, Error> {
    let media_type = media::recognise(file, limits)?;
    let image = media::decode(file, media_type, limits)?.ok_or(Error::NoPixels { media_type })?;
    Ok(fingerprint::look(&image))
}

/// Adds what the gallery lacks between its last entry and the record at `end`, which an export left out that was stopped: as near copies.
pub fn fill_up(reader: &Reader, gallery: &Gallery, end: u64) -> Result<(), RebuildError> {
    let Some(last) = gallery.last()? else { return Ok(()) };
    let mut missed = Vec::new();
    reader.select_from(last + 1, &exports(), &mut |record, _| {
        if record.seq >= end {
            return ControlFlow::Break(());
        }
        missed.extend(near_copy(record));
        ControlFlow::Continue(())
    })?;
    if missed.is_empty() { Ok(()) } else { Ok(gallery.add(&missed)?) }
}

/// What the gallery has after it was made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Rebuilt {
    /// Pictures that are found by their near copies at least.
    pub pictures: usize,
    /// Those of which there is a preview, and which are found cropped, framed and turned too.
    pub previews: usize,
}

/// The gallery could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RebuildError {
    /// The log.
    #[error("the log cannot be searched")]
    Ledger(#[from] ledger::Error),
    /// The gallery.
    #[error("the likenesses beside the log cannot be kept")]
    Gallery(#[from] gallery::Error),
}

/// Makes the gallery again from the log, and says how many pictures it has. Previews, which are nowhere else, are taken over from the one
/// that is there; without, near copies are found, and not more. Holds the gallery in memory: about a kilobyte a picture.
pub fn rebuild(reader: &Reader, gallery: &Gallery) -> Result<Rebuilt, RebuildError> {
    let before = gallery.search()?;
    let mut entries = Vec::new();
    let mut previews = 0;
    reader.select(&exports(), &mut |record, _| {
        if let Some((seq, new)) = near_copy(record) {
            let known = before.get(seq).filter(|known| known.codes[0] == new.codes[0]);
            previews += usize::from(known.as_ref().is_some_and(|known| known.preview != new.preview));
            entries.push((seq, known.unwrap_or(new)));
        }
        ControlFlow::Continue(())
    })?;
    drop(before);
    gallery.replace(&entries)?;
    Ok(Rebuilt { pictures: entries.len(), previews })
}

/// What a record alone gives the gallery: near copies are found by it.
fn near_copy(record: &Record) -> Option<(u64, Likeness)> {
    let Body::Export(export) = &record.body else { return None };
    let bits = pdq(export).filter(Fingerprint::is_matchable)?.bits().try_into().ok()?;
    Some((record.seq, Likeness { codes: [bits, [0; 32]], preview: [0; PREVIEW] }))
}

/// Whether the entry for a position is of the picture that the record there is about.
fn shows(search: &Search, seq: u64, export: &body::Export) -> bool {
    search.get(seq).is_some_and(|likeness| pdq(export).is_some_and(|pdq| likeness.codes[0] == pdq.bits()))
}

fn pdq(export: &body::Export) -> Option<Fingerprint> {
    export.fingerprints.iter().filter_map(kept).find(|one| one.algorithm() == Algorithm::Pdq)
}

fn exports() -> Selection {
    Selection { kind: Some(Kind::Export), ..Selection::default() }
}

fn kept(kept: &Perceptual) -> Option<Fingerprint> {
    let bits = STANDARD.decode(&kept.value).ok()?;
    Fingerprint::from_value(kept.alg.parse().ok()?, &bits, kept.quality).ok()
}
