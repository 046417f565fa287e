//! A segment as it was written: its lines in a file, and beside it where they end.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt;

use super::super::store::Visit;
use super::super::{Error, line};
use super::{BLOCK, Measure, Segment};

/// The open file of a segment.
#[derive(Debug)]
pub(in super::super) struct Plain<'a> {
    pub(super) segment: &'a Segment,
    pub(super) file: File,
}

impl Plain<'_> {
    /// Counts whole lines: those that the offsets file knows, and behind them by looking.
    pub(super) fn measure(&self) -> Result<Measure, Error> {
        let mut file = &self.file;
        let length = file.metadata().map_err(Error::at(&self.segment.path))?.len();
        let (known, known_end) = self.last_known().unwrap_or_default();
        let mut measure = Measure { known, known_end, end: known_end, ..Measure::default() };
        file.seek(SeekFrom::Start(known_end)).map_err(Error::at(&self.segment.path))?;
        let mut buffer = vec![0; BLOCK.min(usize::try_from(length.saturating_sub(known_end)).unwrap_or(BLOCK))];
        while measure.end < length {
            let read = file.read(&mut buffer).map_err(Error::at(&self.segment.path))?;
            if read == 0 {
                break;
            }
            measure.add(&buffer[..read]);
        }
        Ok(measure)
    }

    /// Line `at` of this segment, without its line feed.
    pub(super) fn read(&self, at: u64) -> Result<Option<Vec<u8>>, Error> {
        if let Some((_, mut line)) = self.vouched(at) {
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
    pub(in super::super) fn blocks(&self, skip: u64, visit: &mut Visit<'_>) -> Result<Option<u64>, Error> {
        let mut file = &self.file;
        let (mut seq, start) = self.place(skip);
        file.seek(SeekFrom::Start(start)).map_err(Error::at(&self.segment.path))?;
        // Most reads are of a short log, or of its end: to hand out megabytes would take longer than to read them.
        let length = file.metadata().map_err(Error::at(&self.segment.path))?.len();
        let rest = usize::try_from(length.saturating_sub(start)).unwrap_or(BLOCK);
        let mut buffer = vec![0; rest.clamp(1, BLOCK)];
        let mut filled = 0;
        loop {
            let read = file.read(&mut buffer[filled..]).map_err(Error::at(&self.segment.path))?;
            filled += read;
            let Some(last) = memchr::memrchr(b'\n', &buffer[..filled]) else {
                if read == 0 {
                    return Ok(Some(seq));
                }
                if filled == BLOCK {
                    return Err(Error::LineTooLong { path: self.segment.path.clone(), seq_in_file: seq, limit: BLOCK });
                }
                if filled == buffer.len() {
                    buffer.resize((2 * filled).min(BLOCK), 0);
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
                if let ControlFlow::Break(()) = visit(self.segment.first + seq, &buffer[start..=last]) {
                    return Ok(None);
                }
                seq += lines;
            }
            buffer.copy_within(last + 1..filled, 0);
            filled -= last + 1;
        }
    }

    /// Where to begin to read so as to come to line `skip`: at itself, behind the last line that is listed, or at the beginning of the file.
    fn place(&self, skip: u64) -> (u64, u64) {
        let before = skip.checked_sub(1).and_then(|before| self.vouched(before));
        let here = before.map(|(start, line)| (skip, start + line.len() as u64));
        here.or_else(|| self.last_known().filter(|(known, _)| *known < skip)).unwrap_or_default()
    }

    /// How many lines the offsets file knows, and where the last of them ends.
    fn last_known(&self) -> Option<(u64, u64)> {
        let known = self.segment.offsets.count();
        let (start, line) = self.vouched(known.checked_sub(1)?)?;
        Some((known, start + line.len() as u64))
    }

    /// Line `at` with its line feed, and where it begins, if the offsets file knows it and it is one whole line whose record
    /// says that it stands there. A list of offsets can be old, of another file or damaged: the line itself decides.
    fn vouched(&self, at: u64) -> Option<(u64, Vec<u8>)> {
        let (start, end) = self.segment.offsets.around(at)?;
        let length = usize::try_from(end.checked_sub(start)?).ok().filter(|length| (1..=BLOCK).contains(length))?;
        // One byte more: the end of the line before.
        let lead = start.min(1);
        let mut bytes = vec![0; length + usize::from(lead == 1)];
        self.file.read_exact_at(&mut bytes, start - lead).ok()?;
        if lead == 1 && bytes.remove(0) != b'\n' {
            return None;
        }
        let text = bytes.strip_suffix(b"\n")?;
        let stands_here =
            memchr::memchr(b'\n', text).is_none() && line::position(text) == Some(self.segment.first + at);
        stands_here.then_some((start, bytes))
    }
}
