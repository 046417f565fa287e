//! One segment file: where its lines end, and how they are read.
//!
//! What counts is the file itself: line n is what stands between its line feeds n and n + 1. The offsets file beside it only
//! says where to look ([`offsets`]); what it says is believed when the line found there says the same.

mod offsets;

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use self::offsets::Offsets;
pub(super) use self::offsets::ends_as_bytes;
use super::store::Visit;
use super::{Error, line};

/// How much is read at once. Larger than any line, so that a block holds at least one.
const BLOCK: usize = 4 << 20;
const _: () = assert!(BLOCK > line::MAX_BYTES);

/// A segment by its number.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) path: PathBuf,
    pub(super) offsets: Offsets,
    /// The position of its first line in the log.
    first: u64,
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
        let digits = name.to_str().and_then(|name| name.strip_suffix(".jsonl"));
        let digits = digits.filter(|digits| digits.len() == 10 && digits.bytes().all(|b| b.is_ascii_digit()));
        numbers.extend(digits.and_then(|digits| digits.parse::<u64>().ok()));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

impl Segment {
    /// Segment `number` of a log whose segments have `lines` lines each.
    pub(super) fn new(dir: &Path, number: u64, lines: u64) -> Self {
        let folder = dir.join("segments");
        Self {
            path: folder.join(format!("{number:010}.jsonl")),
            offsets: Offsets::new(folder.join(format!("{number:010}.offsets"))),
            first: number.saturating_mul(lines),
        }
    }

    /// Counts whole lines: those that the offsets file knows, and behind them by looking.
    pub(super) fn measure(&self) -> Result<Measure, Error> {
        let mut file = self.open()?;
        let length = file.metadata().map_err(Error::at(&self.path))?.len();
        let (known, known_end) = self.last_known(&file).unwrap_or_default();
        let mut measure = Measure { known, known_end, end: known_end, ..Measure::default() };
        file.seek(SeekFrom::Start(known_end)).map_err(Error::at(&self.path))?;
        let mut buffer = vec![0; BLOCK.min(usize::try_from(length.saturating_sub(known_end)).unwrap_or(BLOCK))];
        while measure.end < length {
            let read = file.read(&mut buffer).map_err(Error::at(&self.path))?;
            if read == 0 {
                break;
            }
            measure.add(&buffer[..read]);
        }
        Ok(measure)
    }

    /// Line `at` of this segment, without its line feed.
    pub(super) fn read(&self, at: u64) -> Result<Option<Vec<u8>>, Error> {
        let file = self.open()?;
        if let Some((_, mut line)) = self.vouched(&file, at) {
            line.pop();
            return Ok(Some(line));
        }
        let mut found = None;
        let _shown = self.blocks(at, &mut |_, block| {
            found = memchr::memchr(b'\n', block).and_then(|end| block.get(..end)).map(<[u8]>::to_vec);
            ControlFlow::Break(())
        })?;
        Ok(found)
    }

    /// Shows the lines from the `skip`th on in blocks. Answers how many lines there are up to the end, unless the visitor stopped.
    pub(super) fn blocks(&self, skip: u64, visit: &mut Visit<'_>) -> Result<Option<u64>, Error> {
        let mut file = self.open()?;
        let (mut seq, start) = self.place(&file, skip);
        file.seek(SeekFrom::Start(start)).map_err(Error::at(&self.path))?;
        let mut buffer = vec![0; BLOCK];
        let mut filled = 0;
        loop {
            let read = file.read(&mut buffer[filled..]).map_err(Error::at(&self.path))?;
            filled += read;
            let Some(last) = memchr::memrchr(b'\n', &buffer[..filled]) else {
                if read == 0 {
                    return Ok(Some(seq));
                }
                if filled == buffer.len() {
                    return Err(Error::LineTooLong { path: self.path.clone(), seq_in_file: seq, limit: BLOCK });
                }
                continue;
            };
            let mut start = 0;
            // Without a usable offset we begin at the file's first line and step over those that were not asked for.
            while seq < skip
                && let Some(end) = memchr::memchr(b'\n', &buffer[start..=last])
            {
                start += end + 1;
                seq += 1;
            }
            if start <= last {
                let lines = memchr::memchr_iter(b'\n', &buffer[start..=last]).count() as u64;
                if let ControlFlow::Break(()) = visit(self.first + seq, &buffer[start..=last]) {
                    return Ok(None);
                }
                seq += lines;
            }
            buffer.copy_within(last + 1..filled, 0);
            filled -= last + 1;
        }
    }

    fn open(&self) -> Result<File, Error> {
        File::open(&self.path).map_err(Error::at(&self.path))
    }

    /// Where to begin to read so as to come to line `skip`: at itself, or at the beginning of the file.
    fn place(&self, file: &File, skip: u64) -> (u64, u64) {
        let before = skip.checked_sub(1).and_then(|before| self.vouched(file, before));
        before.map_or((0, 0), |(start, line)| (skip, start + line.len() as u64))
    }

    /// How many lines the offsets file knows, and where the last of them ends.
    fn last_known(&self, file: &File) -> Option<(u64, u64)> {
        let known = self.offsets.count();
        let (start, line) = self.vouched(file, known.checked_sub(1)?)?;
        Some((known, start + line.len() as u64))
    }

    /// Line `at` with its line feed, and where it begins, if the offsets file knows it and it is one whole line whose record
    /// says that it stands there. A list of offsets can be old, of another file or damaged: the line itself decides.
    fn vouched(&self, file: &File, at: u64) -> Option<(u64, Vec<u8>)> {
        let (start, end) = self.offsets.around(at)?;
        let length = usize::try_from(end.checked_sub(start)?).ok().filter(|length| (1..=BLOCK).contains(length))?;
        // One byte more: the end of the line before.
        let lead = start.min(1);
        let mut bytes = vec![0; length + usize::from(lead == 1)];
        file.read_exact_at(&mut bytes, start - lead).ok()?;
        if lead == 1 && bytes.remove(0) != b'\n' {
            return None;
        }
        let text = bytes.strip_suffix(b"\n")?;
        let stands_here = memchr::memchr(b'\n', text).is_none() && line::position(text) == Some(self.first + at);
        stands_here.then_some((start, bytes))
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
