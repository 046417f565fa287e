//! How lines come into segment files.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::super::Error;
use super::super::segment::{self, Measure, Segment};
use super::super::store::{Batch, Commit};
use super::lock::Lock;
use super::objects::Objects;
use super::sync_dir;

/// The one writer of a directory.
#[derive(Debug)]
pub(super) struct Writer {
    dir: PathBuf,
    segment_lines: u64,
    size: u64,
    /// The last file as it was found, and how many bytes stand in it behind the last whole line. A writer that was killed may have
    /// left lines there that no sync has reached.
    found: Option<(PathBuf, u64)>,
    tail: Option<Tail>,
    /// A commit began and did not end well: what stands in the files is not known any more.
    failed: bool,
    objects: Objects,
    /// Held as long as the store is open for writing. Given back last: a segment that is let go still lists its lines.
    lock: Option<Lock>,
}

/// The segment that is being written.
#[derive(Debug)]
struct Tail {
    number: u64,
    path: PathBuf,
    lines: File,
    /// `None` after an error: the list is derived and checked on reading, and the next opening brings it up.
    offsets: Option<File>,
    /// Ends of lines that are to be listed: many at once, because a write takes as long for one as for many.
    unlisted: Vec<u64>,
    bytes: u64,
}

/// So many lines at the end may be without their place in the list. A reader walks over them.
const UNLISTED: usize = 32;

impl Writer {
    pub(super) fn new(lock: Lock, dir: &Path, segment_lines: u64) -> Result<Self, Error> {
        let numbers = segment::numbers(dir)?;
        // Whoever moves segments meanwhile may have given one another name while they were listed.
        let last = numbers.last().copied().unwrap_or_default();
        if let Some(missing) = (0..last).find(|number| {
            numbers.binary_search(number).is_err() && !Segment::new(dir, *number, segment_lines).stands()
        }) {
            return Err(Error::MissingSegment { path: Segment::new(dir, missing, segment_lines).path });
        }
        let mut new = Self {
            dir: dir.to_owned(),
            segment_lines,
            size: 0,
            found: None,
            tail: None,
            failed: false,
            objects: Objects::default(),
            lock: Some(lock),
        };
        if let Some(last) = numbers.last() {
            let segment = new.segment(*last);
            let measure = segment.measure()?.without_zeros();
            new.size = last * segment_lines + measure.lines();
            // One that was packed is durable, and nothing is added to it.
            let is_open = measure.lines() + measure.torn() > 0 && segment.path.exists();
            new.found = is_open.then_some((segment.path, measure.torn()));
        }
        Ok(new)
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn torn(&self) -> u64 {
        self.found.as_ref().map_or(0, |(_, bytes)| *bytes)
    }

    /// Takes nothing more, and lets the next writer in.
    pub(super) fn let_go(&mut self) {
        self.failed = true;
        self.tail = None;
        self.lock = None;
    }

    /// Replaces a derived object.
    pub(super) fn put(&mut self, path: &Path, bytes: &[u8]) -> Result<(), Error> {
        // There may be another writer by now.
        if self.lock.is_none() {
            return Err(Error::Poisoned);
        }
        self.objects.put(path, bytes)
    }

    pub(super) fn commit(&mut self, expected: u64, batch: &Batch) -> Result<Commit, Error> {
        if self.failed {
            return Err(Error::Poisoned);
        }
        if self.size != expected {
            return Ok(Commit::Raced { size: self.size });
        }
        self.failed = true;
        self.take_over()?;
        self.add(batch)?;
        self.failed = false;
        Ok(Commit::Done)
    }

    /// Makes durable what was found, and cuts off an unfinished line. Whoever answers `Done` vouches for all lines before too.
    fn take_over(&mut self) -> Result<(), Error> {
        if let Some((path, torn)) = &self.found {
            let settle = || -> io::Result<()> {
                let file = OpenOptions::new().write(true).open(path)?;
                if *torn > 0 {
                    file.set_len(file.metadata()?.len().saturating_sub(*torn))?;
                }
                file.sync_all()
            };
            settle().map_err(Error::at(path))?;
            sync_dir(&self.dir.join("segments"))?;
            self.found = None;
        }
        Ok(())
    }

    /// Adds the batch, to as many files as it takes.
    fn add(&mut self, batch: &Batch) -> Result<(), Error> {
        let before = self.size;
        let mut bytes_before = None;
        let mut done = 0;
        while done < batch.len() {
            let written = self.tail().and_then(|(tail, room)| {
                bytes_before.get_or_insert(tail.bytes);
                let count = usize::try_from(room).unwrap_or(usize::MAX).min(batch.len() - done);
                tail.write(batch, done, count).map_err(Error::at(&tail.path))?;
                Ok(count)
            });
            match written {
                Ok(count) => {
                    done += count;
                    self.size += count as u64;
                }
                Err(error) => {
                    self.take_back(before, bytes_before);
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// The segment of the next line, and how many lines it still takes.
    fn tail(&mut self) -> Result<(&mut Tail, u64), Error> {
        let number = self.size / self.segment_lines;
        let tail = match self.tail.take() {
            Some(tail) if tail.number == number => tail,
            _full_or_none => Tail::open(self.segment(number), number, &self.dir)?,
        };
        Ok((self.tail.insert(tail), self.segment_lines - self.size % self.segment_lines))
    }

    /// Nobody was told of the lines from `size` on: takes back what stands of them, the last file first. If even that fails, the
    /// next opening finds them.
    fn take_back(&mut self, size: u64, bytes: Option<u64>) {
        self.tail = None;
        let first = size / self.segment_lines;
        for number in (first + 1..=self.size / self.segment_lines).rev() {
            drop(fs::remove_file(self.segment(number).path));
        }
        if let Some(bytes) = bytes {
            let file = OpenOptions::new().write(true).open(self.segment(first).path);
            drop(file.and_then(|file| file.set_len(bytes)));
        }
    }

    fn segment(&self, number: u64) -> Segment {
        Segment::new(&self.dir, number, self.segment_lines)
    }
}

impl Tail {
    fn open(segment: Segment, number: u64, dir: &Path) -> Result<Self, Error> {
        let file = OpenOptions::new().create(true).append(true).open(&segment.path);
        let lines = file.map_err(Error::at(&segment.path))?;
        // Whether or not it is new: whoever created it may have died before its name was durable.
        sync_dir(&dir.join("segments"))?;
        let measure: Measure = segment.measure()?;
        let offsets = segment.offsets.bring_up(&measure).ok();
        Ok(Self { number, path: segment.path, lines, offsets, unlisted: Vec::new(), bytes: measure.bytes() })
    }

    /// Writes `count` lines of the batch, from the `from`th on. The commit point: when `sync_data` has returned, they are in the log.
    fn write(&mut self, batch: &Batch, from: usize, count: usize) -> io::Result<()> {
        let start = from.checked_sub(1).map_or(0, |before| batch.ends()[before]);
        let ends = &batch.ends()[from..from + count];
        let end = ends.last().copied().unwrap_or(start);
        self.lines.write_all(&batch.bytes()[start..end])?;
        self.lines.sync_data()?;
        self.unlisted.extend(ends.iter().map(|end| self.bytes + (end - start) as u64));
        self.bytes += (end - start) as u64;
        if self.unlisted.len() >= UNLISTED {
            self.list();
        }
        Ok(())
    }

    fn list(&mut self) {
        let ends = segment::ends_as_bytes(&std::mem::take(&mut self.unlisted));
        self.offsets = self.offsets.take().and_then(|mut file| file.write_all(&ends).ok().map(|()| file));
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        if !self.unlisted.is_empty() {
            self.list();
        }
    }
}
