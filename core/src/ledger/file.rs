//! A store in a directory.
//!
//! ```text
//! segments/0000000000.jsonl    lines 0 to 65,535; the next file has the next 65,536
//! segments/0000000000.offsets  where each line ends, 8 bytes little-endian; derived
//! segments/0000000000.jsonl.gz in place of both, packed; segments/0000000000.cold in place of that, when it is in an archive (tiers)
//! segments/0000000000.index    look-ups in a full segment; derived
//! lock                         held by the one writer
//! checkpoint, log.vkey, tile/  derived objects
//! ```

mod lock;
mod objects;
mod writing;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use self::lock::{Lock, Shared};
use self::writing::Writer;
use super::Error;
use super::segment::{self, Segment};
pub use super::store::SEGMENT_LINES;
use super::store::{Batch, Commit, Store, Visit};

/// Lines and objects in a directory.
#[derive(Debug)]
pub struct FileStore {
    dir: PathBuf,
    segment_lines: u64,
    writer: Option<Mutex<Writer>>,
    /// Objects of which parts were read: a look-up asks the index of each segment, and to open one takes longer than to read a block of it.
    open: Mutex<BTreeMap<String, Arc<File>>>,
}

/// So many objects are held open at most: a process may usually have a thousand files open, and others need some too.
const MOST_OPEN: usize = 128;

/// What an interrupted write left, found on opening for writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TornTail {
    /// The last whole line is the one before this.
    pub seq: u64,
    /// How many bytes of an unfinished line stand behind it. The next commit cuts them off.
    pub bytes: u64,
}

impl FileStore {
    /// Opens the directory for reading. Nothing is written, and a writer may be at work beside it.
    pub fn reader(dir: &Path) -> Result<Self, Error> {
        Self::reader_of(dir, SEGMENT_LINES)
    }

    /// Opens the directory as its one writer, creating it where it does not exist.
    ///
    /// Lines are changed by [`Store::commit`] alone. An unfinished line at the end, which nobody was told about, still stands when
    /// this returns: whoever finds that it was no unfinished line after all can still save it.
    pub fn writer(dir: &Path) -> Result<(Self, Option<TornTail>), Error> {
        Self::writer_of(dir, SEGMENT_LINES)
    }

    /// As [`Self::reader`], with another number of lines in a segment file. Every log is opened with the number that it was begun
    /// with; for all but trials of the passage from file to file that is [`SEGMENT_LINES`].
    pub fn reader_of(dir: &Path, segment_lines: u64) -> Result<Self, Error> {
        if !dir.join("segments").is_dir() {
            return Err(Error::NoLog { dir: dir.to_owned() });
        }
        let open = Mutex::default();
        Ok(Self { dir: dir.to_owned(), segment_lines: segment_lines.max(1), writer: None, open })
    }

    /// As [`Self::writer`], with another number of lines in a segment file: see [`Self::reader_of`].
    pub fn writer_of(dir: &Path, segment_lines: u64) -> Result<(Self, Option<TornTail>), Error> {
        let segments = dir.join("segments");
        fs::create_dir_all(&segments).map_err(Error::at(&segments))?;
        sync_dir(dir)?;
        let lock = Lock::exclusive(&dir.join("lock"))?;
        let mut store = Self::reader_of(dir, segment_lines)?;
        let writer = Writer::new(lock, dir, store.segment_lines)?;
        let torn = (writer.torn() > 0).then(|| TornTail { seq: writer.size(), bytes: writer.torn() });
        store.writer = Some(Mutex::new(writer));
        Ok((store, torn))
    }

    /// The directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    pub(super) fn segment(&self, number: u64) -> Segment {
        Segment::new(&self.dir, number, self.segment_lines)
    }

    fn last(&self) -> Result<Option<u64>, Error> {
        Ok(segment::numbers(&self.dir)?.pop())
    }

    /// Where the writer's own lines end: what a crash or a failed commit left behind them is not shown. A reader is shown all whole
    /// lines.
    fn end(&self) -> u64 {
        self.writer.as_ref().map_or(u64::MAX, |writer| guard(writer).size())
    }

    /// An object, to read parts of it. One that another process replaces meanwhile stays the one it was: whole, and of the same lines.
    fn opened(&self, name: &str, path: &Path) -> io::Result<Arc<File>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = open.get(name) {
            return Ok(Arc::clone(file));
        }
        let file = Arc::new(File::open(path)?);
        if open.len() < MOST_OPEN {
            open.insert(name.to_owned(), Arc::clone(&file));
        }
        Ok(file)
    }

    fn torn_now(&self) -> Result<u64, Error> {
        self.last()?.map_or(Ok(0), |last| Ok(self.segment(last).measure()?.torn()))
    }
}

impl Store for FileStore {
    fn size(&self) -> Result<u64, Error> {
        if let Some(writer) = &self.writer {
            return Ok(guard(writer).size());
        }
        match self.last()? {
            None => Ok(0),
            Some(last) => Ok(last * self.segment_lines + self.segment(last).measure()?.lines()),
        }
    }

    fn torn_tail(&self) -> Result<u64, Error> {
        if let Some(writer) = &self.writer {
            return Ok(guard(writer).torn());
        }
        if self.torn_now()? == 0 {
            return Ok(0);
        }
        // Beside a writer this may be a commit on its way. Without one, nobody can begin while we look again.
        match Lock::shared(&self.dir.join("lock")) {
            Shared::Writing => Ok(0),
            Shared::Held(_) | Shared::NoLock => self.torn_now(),
        }
    }

    fn commit(&self, expected: u64, batch: &Batch) -> Result<Commit, Error> {
        let Some(writer) = &self.writer else { return Err(Error::ReadOnly) };
        guard(writer).commit(expected, batch)
    }

    fn let_go(&self) {
        if let Some(writer) = &self.writer {
            guard(writer).let_go();
        }
    }

    fn blocks(&self, from: u64, visit: &mut Visit<'_>) -> Result<(), Error> {
        let Some(last) = self.last()? else { return Ok(()) };
        let end = self.end();
        let visit: &mut Visit<'_> = &mut |first, block| up_to(end, first, block, visit);
        for number in from / self.segment_lines..=last {
            let segment = self.segment(number);
            let first = number * self.segment_lines;
            match segment.blocks(from.saturating_sub(first), visit) {
                Ok(None) => break,
                Ok(Some(lines)) if number < last && lines < self.segment_lines => {
                    return Err(Error::MissingLines { path: segment.path, seq: first + lines });
                }
                Ok(Some(_)) => {}
                Err(error) => return Err(missing(error, number < last)),
            }
        }
        Ok(())
    }

    fn read(&self, seq: u64) -> Result<Option<Vec<u8>>, Error> {
        if seq >= self.end() {
            return Ok(None);
        }
        let number = seq / self.segment_lines;
        match self.segment(number).read(seq % self.segment_lines) {
            // The other segments are looked for only where this one is not found: that takes longer the longer the log is.
            Err(Error::Io { path, source }) if source.kind() == io::ErrorKind::NotFound => match self.last()? {
                Some(last) if number <= last => Err(missing(Error::Io { path, source }, number < last)),
                _ => Ok(None),
            },
            read => read,
        }
    }

    fn segment_lines(&self) -> u64 {
        self.segment_lines
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let Some(writer) = &self.writer else { return Err(Error::ReadOnly) };
        // Two that put the same object would write to the same temporary name.
        let put = guard(writer).put(&self.dir.join(name), bytes);
        self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
        put
    }

    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        objects::get(&self.dir.join(name))
    }

    fn get_part(&self, name: &str, start: u64, length: usize) -> Result<Option<Vec<u8>>, Error> {
        let path = self.dir.join(name);
        let mut bytes = vec![0; length];
        match self.opened(name, &path).and_then(|file| file.read_exact_at(&mut bytes, start)) {
            Ok(()) => Ok(Some(bytes)),
            Err(error) if is_not_there(&error) => Ok(None),
            Err(error) => Err(Error::at(&path)(error)),
        }
    }
}

/// No file, one that ends before, or a place at which none can have anything.
fn is_not_there(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput)
}

/// Shows the lines of a block that stand before `end`.
fn up_to(end: u64, first: u64, block: &[u8], visit: &mut Visit<'_>) -> ControlFlow<()> {
    let wanted = usize::try_from(end.saturating_sub(first)).unwrap_or(usize::MAX);
    let Some(before_last) = wanted.checked_sub(1) else { return ControlFlow::Break(()) };
    if wanted > block.len() {
        return visit(first, block);
    }
    let shown = memchr::memchr_iter(b'\n', block).nth(before_last).map_or(block.len(), |at| at + 1);
    visit(first, &block[..shown])
}

/// A segment that is not there, with others behind it, is a gap in the log.
fn missing(error: Error, has_successor: bool) -> Error {
    match error {
        Error::Io { path, source } if has_successor && source.kind() == io::ErrorKind::NotFound => {
            Error::MissingSegment { path }
        }
        other => other,
    }
}

/// A panic elsewhere leaves no half of a change here: what a commit began, it notes before and after.
fn guard(writer: &Mutex<Writer>) -> MutexGuard<'_, Writer> {
    writer.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes the names in a directory durable.
pub(super) fn sync_dir(dir: &Path) -> Result<(), Error> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(Error::at(dir))
}
