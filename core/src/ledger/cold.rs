//! What stays of a segment that is in the archive: where it is, and the few lines that opening a log needs.
//!
//! `segments/N.cold` is JSON Lines: first a line that says where the packed segment is and what stands in it, then the lines that were
//! kept, as they are.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Error;
use super::packed::{Head, Packed, Unread};
use super::store::{SEGMENT_LINES, lines_of};
use crate::files;
use crate::hash::Hash;

/// The longest that is read: the KEY records of a segment in which the key changed often, and two lines.
const MOST: usize = 64 << 20;

/// Says where a segment is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointer {
    place: Place,
    kept: Vec<Vec<u8>>,
}

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    /// The archive's folder.
    archive: PathBuf,
    first: u64,
    lines: u64,
    bytes: u64,
    hash: Hash,
    /// The positions of the lines that follow.
    kept: Vec<u64>,
}

impl Pointer {
    /// A segment in that archive, with the lines that are kept and their positions.
    pub(super) fn new(archive: PathBuf, head: &Head, kept: Vec<(u64, Vec<u8>)>) -> Self {
        let (positions, kept) = kept.into_iter().unzip();
        let (first, lines, bytes, hash) = (head.first, head.lines, head.bytes, head.hash);
        Self { place: Place { archive, first, lines, bytes, hash, kept: positions }, kept }
    }

    /// Reads its text.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        if bytes.last() != Some(&b'\n') {
            return Err("it does not end with a line".to_owned());
        }
        let mut lines = lines_of(bytes);
        let place = lines.next().unwrap_or_default();
        let place: Place = serde_json::from_slice(place).map_err(|error| error.to_string())?;
        let kept: Vec<Vec<u8>> = lines.map(<[u8]>::to_vec).collect();
        let end = place.first.saturating_add(place.lines);
        let in_order = place.kept.is_sorted_by(|one, next| one < next);
        let inside = place.kept.iter().all(|seq| (place.first..end).contains(seq));
        if !(1..=SEGMENT_LINES).contains(&place.lines) || !in_order || !inside || kept.len() != place.kept.len() {
            return Err("the lines that it keeps are not those that it names".to_owned());
        }
        Ok(Self { place, kept })
    }

    /// Its text.
    pub fn encode(&self) -> Result<Vec<u8>, String> {
        let mut text = serde_json::to_vec(&self.place).map_err(|error| error.to_string())?;
        for line in &self.kept {
            text.push(b'\n');
            text.extend_from_slice(line);
        }
        text.push(b'\n');
        Ok(text)
    }

    /// Reads the one at a path; `None` where there is none.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, Error> {
        let Some(bytes) = files::read(path, MOST).map_err(Error::at(path))? else { return Ok(None) };
        let parsed = Self::parse(&bytes);
        parsed.map(Some).map_err(|problem| Error::Pointer { path: path.to_owned(), problem })
    }

    /// The same segment in another folder.
    pub(super) fn moved(&self, archive: PathBuf) -> Self {
        Self { place: Place { archive, ..self.place.clone() }, kept: self.kept.clone() }
    }

    pub(super) fn archive(&self) -> &Path {
        &self.place.archive
    }

    /// Where the packed segment is.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.place.archive.join(name)
    }

    pub(super) fn lines(&self) -> u64 {
        self.place.lines
    }

    pub(super) fn bytes(&self) -> u64 {
        self.place.bytes
    }

    /// Whether this is what was archived.
    pub(super) fn fits(&self, head: &Head) -> bool {
        let place = &self.place;
        (place.first, place.lines, place.bytes, place.hash) == (head.first, head.lines, head.bytes, head.hash)
    }

    /// Line `at` of the segment, if it was kept.
    pub(super) fn line(&self, at: u64) -> Option<&[u8]> {
        let place = self.place.kept.binary_search(&self.place.first.checked_add(at)?).ok()?;
        self.kept.get(place).map(Vec::as_slice)
    }

    /// All lines from `skip` on with their line feeds, if they were kept.
    pub(super) fn from(&self, skip: u64) -> Option<Vec<u8>> {
        let mut lines = Vec::new();
        for at in skip..self.place.lines {
            lines.extend_from_slice(self.line(at)?);
            lines.push(b'\n');
        }
        Some(lines)
    }

    /// The first line of a block, beginning at `first`, that was kept as another one.
    pub(super) fn contradicts(&self, first: u64, block: &[u8]) -> Option<u64> {
        let kept = self.place.kept.iter().zip(&self.kept).filter(|(seq, _)| **seq >= first);
        let other = kept.filter(|(seq, kept)| {
            let place = usize::try_from(*seq - first).unwrap_or(usize::MAX);
            lines_of(block).nth(place).is_some_and(|line| line != kept.as_slice())
        });
        other.map(|(seq, _)| *seq).next()
    }

    /// Opens the packed segment in the archive.
    pub(super) fn open(&self, name: &str) -> Result<Packed<File>, Error> {
        let path = self.path(name);
        let away = |source: io::Error| Error::Archive {
            first: self.place.first,
            last: self.place.first.saturating_add(self.place.lines - 1),
            folder: self.place.archive.clone(),
            source,
        };
        let packed = Packed::open(File::open(&path).map_err(away)?);
        let packed = packed.map_err(|unread| unread_at(&path, self.place.first, unread))?;
        if self.fits(packed.head()) {
            return Ok(packed);
        }
        let problem = "it has other lines than those that were archived".to_owned();
        Err(Error::Packed { path, seq: self.place.first, problem })
    }
}

/// What a reader of the log is told.
pub(super) fn unread_at(path: &Path, first: u64, unread: Unread) -> Error {
    match unread {
        Unread::Io(error) => Error::at(path)(error),
        Unread::Damaged { line, problem } => Error::Packed { path: path.to_owned(), seq: first + line, problem },
    }
}
