//! One segment: where its lines stand, and how they are read.
//!
//! A segment passes through up to three forms, in this order: its lines as they were written ([`plain`]), packed beside them, packed in an
//! archive with a pointer in their place. Whoever moves it makes the next form whole before the one before goes, and a reader looks for
//! them in this order: so one of them is always found. Where two stand, the earlier one counts.

mod offsets;
mod plain;

use std::fs::{self, File};
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use self::offsets::Offsets;
pub(super) use self::offsets::ends_as_bytes;
use self::plain::Plain;
use super::cold::{Pointer, unread_at};
use super::packed::Packed;
use super::store::Visit;
use super::{Error, line};

/// How much is read at once. Larger than any line, so that a block holds at least one.
const BLOCK: usize = 4 << 20;
const _: () = assert!(BLOCK > line::MAX_BYTES);

/// What the names of segment files end with, in the order in which a segment passes through them.
const FORMS: [&str; 3] = [".jsonl", ".jsonl.gz", ".cold"];

/// A segment by its number.
#[derive(Debug)]
pub(super) struct Segment {
    /// Its lines as they were written.
    pub(super) path: PathBuf,
    pub(super) offsets: Offsets,
    /// Its lines packed.
    pub(super) packed: PathBuf,
    /// Where they are in an archive.
    pub(super) pointer: PathBuf,
    /// The position of its first line in the log.
    pub(super) first: u64,
    /// How many lines it has when it is full.
    lines: u64,
}

/// In which form it stands.
#[derive(Debug)]
pub(super) enum Form<'a> {
    Plain(Plain<'a>),
    Packed(Packed<File>),
    Cold(Pointer),
}

/// What stands in a segment.
#[derive(Debug, Default)]
pub(super) struct Measure {
    /// How many lines the offsets file knows.
    known: u64,
    /// Where the last of them ends.
    known_end: u64,
    /// Where the lines behind those end.
    missing: Vec<u64>,
    /// Where the first zero byte behind those stands.
    zero: Option<u64>,
    /// Bytes in all.
    end: u64,
}

/// The numbers of the segments in `dir`, in order. Other files are not looked at.
pub(super) fn numbers(dir: &Path) -> Result<Vec<u64>, Error> {
    let folder = dir.join("segments");
    let mut numbers = Vec::new();
    for entry in fs::read_dir(&folder).map_err(Error::at(&folder))? {
        let name = entry.map_err(Error::at(&folder))?.file_name();
        let digits = name.to_str().and_then(|name| FORMS.iter().find_map(|form| name.strip_suffix(form)));
        let digits = digits.filter(|digits| digits.len() == 10 && digits.bytes().all(|b| b.is_ascii_digit()));
        numbers.extend(digits.and_then(|digits| digits.parse::<u64>().ok()));
    }
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}

impl Segment {
    /// Segment `number` of a log whose segments have `lines` lines each.
    pub(super) fn new(dir: &Path, number: u64, lines: u64) -> Self {
        let folder = dir.join("segments");
        let path = |ending: &str| folder.join(format!("{number:010}{ending}"));
        let [plain, packed, pointer] = FORMS.map(path);
        let offsets = Offsets::new(path(".offsets"));
        Self { path: plain, offsets, packed, pointer, first: number.saturating_mul(lines), lines }
    }

    /// Opens it in the form in which it stands.
    pub(super) fn open(&self) -> Result<Form<'_>, Error> {
        if let Some(file) = open(&self.path)? {
            return Ok(Form::Plain(Plain { segment: self, file }));
        }
        if let Some(file) = open(&self.packed)? {
            return Ok(Form::Packed(self.unpacking(&self.packed, file)?));
        }
        match Pointer::read(&self.pointer)? {
            Some(pointer) => Ok(Form::Cold(pointer)),
            None => Err(Error::at(&self.path)(io::ErrorKind::NotFound.into())),
        }
    }

    /// Reads the head of a packed file that should hold this segment.
    pub(super) fn unpacking(&self, path: &Path, file: File) -> Result<Packed<File>, Error> {
        let packed = Packed::open(file).map_err(|unread| unread_at(path, self.first, unread))?;
        let (first, lines) = (packed.head().first, packed.head().lines);
        if (first, lines) == (self.first, self.lines) {
            return Ok(packed);
        }
        let problem = format!("it has {lines} records from {first} on");
        Err(Error::Packed { path: path.to_owned(), seq: self.first, problem })
    }

    /// Counts whole lines.
    pub(super) fn measure(&self) -> Result<Measure, Error> {
        let whole = |lines, bytes| Measure { known: lines, known_end: bytes, end: bytes, ..Measure::default() };
        Ok(match self.open()? {
            Form::Plain(plain) => plain.measure()?,
            Form::Packed(packed) => whole(packed.head().lines, packed.head().bytes),
            Form::Cold(pointer) => whole(pointer.lines(), pointer.bytes()),
        })
    }

    /// Line `at` of this segment, without its line feed.
    pub(super) fn read(&self, at: u64) -> Result<Option<Vec<u8>>, Error> {
        match self.open()? {
            Form::Plain(plain) => plain.read(at),
            Form::Packed(packed) => packed.read(at).map_err(|unread| unread_at(&self.packed, self.first, unread)),
            Form::Cold(pointer) => {
                if let Some(line) = pointer.line(at) {
                    return Ok(Some(line.to_vec()));
                }
                let name = self.name();
                let read = pointer.open(name)?.read(at);
                read.map_err(|unread| unread_at(&pointer.path(name), self.first, unread))
            }
        }
    }

    /// Shows the lines from the `skip`th on in blocks. Answers how many lines there are up to the end, unless the visitor stopped.
    pub(super) fn blocks(&self, skip: u64, visit: &mut Visit<'_>) -> Result<Option<u64>, Error> {
        match self.open()? {
            Form::Plain(plain) => plain.blocks(skip, visit),
            Form::Packed(packed) => {
                packed.blocks(skip, visit).map_err(|unread| unread_at(&self.packed, self.first, unread))
            }
            Form::Cold(pointer) => self.cold(&pointer, skip, visit),
        }
    }

    fn cold(&self, pointer: &Pointer, skip: u64, visit: &mut Visit<'_>) -> Result<Option<u64>, Error> {
        if let Some(lines) = pointer.from(skip) {
            let stopped = !lines.is_empty() && visit(self.first + skip, &lines).is_break();
            return Ok((!stopped).then_some(pointer.lines()));
        }
        let (name, mut other) = (self.name(), None);
        let shown = pointer.open(name)?.blocks(skip, &mut |first, block| {
            other = pointer.contradicts(first, block);
            if other.is_some() { ControlFlow::Break(()) } else { visit(first, block) }
        });
        match other {
            Some(seq) => {
                let problem = format!("record {seq} stands in it, and it is another one in the archive");
                Err(Error::Pointer { path: self.pointer.clone(), problem })
            }
            None => shown.map_err(|unread| unread_at(&pointer.path(name), self.first, unread)),
        }
    }

    /// The name of its packed file, here and in an archive.
    pub(super) fn name(&self) -> &str {
        self.packed.file_name().and_then(|name| name.to_str()).unwrap_or_default()
    }

    /// Whether it stands in any form.
    pub(super) fn stands(&self) -> bool {
        [&self.path, &self.packed, &self.pointer].into_iter().any(|path| path.exists())
    }
}

/// `None` where there is no such file.
fn open(path: &Path) -> Result<Option<File>, Error> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::at(path)(error)),
    }
}

impl Measure {
    /// Whole lines.
    pub(super) fn lines(&self) -> u64 {
        self.known + self.missing.len() as u64
    }

    /// Their bytes.
    pub(super) fn bytes(&self) -> u64 {
        self.missing.last().copied().unwrap_or(self.known_end)
    }

    /// Bytes behind them.
    pub(super) fn torn(&self) -> u64 {
        self.end - self.bytes()
    }

    /// Leaves out the line with the first zero byte and all behind it. In the form of a line there are no zero bytes: they stand where
    /// the pages of an interrupted write reached the disk in another order than they were written in.
    pub(super) fn without_zeros(mut self) -> Self {
        if let Some(zero) = self.zero {
            self.missing.retain(|line_end| *line_end <= zero);
        }
        self
    }

    fn add(&mut self, bytes: &[u8]) {
        let at = |found: usize| self.end + found as u64;
        self.zero = self.zero.or_else(|| memchr::memchr(0, bytes).map(at));
        self.missing.extend(memchr::memchr_iter(b'\n', bytes).map(|found| at(found) + 1));
        self.end += bytes.len() as u64;
    }
}
