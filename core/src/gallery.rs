//! The likenesses of all exported pictures, beside the log, and the search among them.
//!
//! ```text
//! codes           per entry: PDQ of the picture, the code of its centre                        (2 x 32 bytes)
//! previews        per entry: position of the EXPORT record in the log (u64, little-endian), 32 rows of 32 greys
//! tables-000000   where codes with the same 16 bits stand, for entries 0 to 2^20 - 1; and so on (derived: [`tables`])
//! ```
//! Entries stand in the order of the log. All of it is a convenience: it proves nothing, holds up no export and can be made again from
//! the log, but for the previews and the codes of centres, which only the pictures give.
//!
//! Searching maps the files into memory and reads what it needs. Writing only appends: one writer at a time, whoever holds the log.

mod search;
pub mod tables;

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::files;
use crate::fingerprint::{Likeness, PREVIEW};

pub use search::{Found, Search};

/// Bytes of an entry in `codes`.
const CODES: usize = 64;
/// Bytes of an entry in `previews`.
const ENTRY: usize = 8 + PREVIEW;

/// The gallery in a folder.
#[derive(Debug, Clone)]
pub struct Gallery {
    dir: PathBuf,
}

/// The gallery could not be used.
#[derive(Debug, thiserror::Error)]
#[error("could not use {}", path.display())]
pub struct Error {
    path: PathBuf,
    source: io::Error,
}

impl Error {
    fn at(path: &Path) -> impl Fn(io::Error) -> Self {
        |source| Self { path: path.to_owned(), source }
    }
}

impl Gallery {
    /// The gallery in a folder, which need not be there.
    pub fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    /// Adds the likenesses of records that stand behind all those that are there, in the order of the log. Others are passed over.
    pub fn add(&self, entries: &[(u64, Likeness)]) -> Result<(), Error> {
        fs::create_dir_all(&self.dir).map_err(Error::at(&self.dir))?;
        let before = self.entries()?;
        let (mut codes, mut previews) = (Vec::new(), Vec::new());
        let mut end = self.last()?;
        for (seq, likeness) in entries {
            if end.is_none_or(|end| *seq > end) {
                codes.extend_from_slice(likeness.codes.as_flattened());
                previews.extend_from_slice(&seq.to_le_bytes());
                previews.extend_from_slice(&likeness.preview);
                end = Some(*seq);
            }
        }
        // An entry is there when both files have it: the codes come last.
        for (path, length, bytes) in
            [(self.previews(), before * ENTRY, &previews), (self.codes(), before * CODES, &codes)]
        {
            let write = || files::behind(&path, length as u64)?.write_all(bytes);
            write().map_err(Error::at(&path))?;
        }
        let now = before + codes.len() / CODES;
        for number in before / tables::FULL..now / tables::FULL {
            self.make_table(number)?;
        }
        Ok(())
    }

    /// Puts other entries in the place of all that are there, in the order of the log. Whoever is stopped in the middle leaves the one
    /// gallery or the other.
    pub fn replace(&self, entries: &[(u64, Likeness)]) -> Result<(), Error> {
        let beside = self.dir.with_extension("new");
        let gone = |dir: &Path| match fs::remove_dir_all(dir) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::at(dir)(error)),
            _ => Ok(()),
        };
        gone(&beside)?;
        let new = Self::new(&beside);
        new.add(entries)?;
        for path in [new.codes(), new.previews()] {
            File::open(&path).and_then(|file| file.sync_all()).map_err(Error::at(&path))?;
        }
        fs::create_dir_all(&self.dir).map_err(Error::at(&self.dir))?;
        files::exchange(&beside, &self.dir).map_err(Error::at(&self.dir))?;
        gone(&beside)
    }

    /// Opens it for searching. One that is not there is empty.
    pub fn search(&self) -> Result<Search, Error> {
        Search::open(self)
    }

    /// Where the last entry's record stands in the log; `None` of an empty gallery.
    pub fn last(&self) -> Result<Option<u64>, Error> {
        self.entries()?.checked_sub(1).map(|at| self.position(at)).transpose()
    }

    /// How many whole entries there are.
    fn entries(&self) -> Result<usize, Error> {
        let whole = |path: &Path, bytes: usize| match fs::metadata(path) {
            Ok(metadata) => Ok(usize::try_from(metadata.len()).unwrap_or(usize::MAX) / bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(Error::at(path)(error)),
        };
        Ok(whole(&self.codes(), CODES)?.min(whole(&self.previews(), ENTRY)?))
    }

    /// Where an entry's record stands in the log.
    fn position(&self, entry: usize) -> Result<u64, Error> {
        let read = || {
            let mut file = File::open(self.previews())?;
            file.seek(SeekFrom::Start((entry * ENTRY) as u64))?;
            let mut position = [0; 8];
            file.read_exact(&mut position)?;
            Ok(u64::from_le_bytes(position))
        };
        read().map_err(Error::at(&self.previews()))
    }

    fn make_table(&self, number: usize) -> Result<(), Error> {
        let path = self.table(number);
        let make = || {
            let mut file = File::open(self.codes())?;
            file.seek(SeekFrom::Start((number * tables::FULL * CODES) as u64))?;
            let mut codes = vec![0; tables::FULL * CODES];
            file.read_exact(&mut codes)?;
            files::replace(&path, &tables::make(codes.as_chunks::<32>().0.as_chunks::<2>().0))
        };
        make().map_err(Error::at(&path))
    }

    fn codes(&self) -> PathBuf {
        self.dir.join("codes")
    }

    fn previews(&self) -> PathBuf {
        self.dir.join("previews")
    }

    fn table(&self, number: usize) -> PathBuf {
        self.dir.join(format!("tables-{number:06}"))
    }
}
