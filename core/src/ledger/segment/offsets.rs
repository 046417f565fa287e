//! The list of where a segment's lines end: 8 bytes little-endian for each. Derived from the lines, never synced, perhaps wrong.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use super::super::Error;
use super::Measure;

/// An offsets file. That it cannot be read means only that it knows nothing.
#[derive(Debug)]
pub(in super::super) struct Offsets {
    path: PathBuf,
}

impl Offsets {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Removes the file. Nobody misses it, and one that stays says nothing.
    pub(in super::super) fn remove(&self) {
        drop(std::fs::remove_file(&self.path));
    }

    /// How many lines it lists.
    pub(super) fn count(&self) -> u64 {
        std::fs::metadata(&self.path).map_or(0, |metadata| metadata.len() / 8)
    }

    /// Where line `at` begins and ends, if it says so.
    pub(super) fn around(&self, at: u64) -> Option<(u64, u64)> {
        let file = File::open(&self.path).ok()?;
        let mut ends = [[0; 8]; 2];
        match at.checked_sub(1) {
            None => file.read_exact_at(&mut ends[1], 0),
            Some(before) => file.read_exact_at(ends.as_flattened_mut(), before.checked_mul(8)?),
        }
        .ok()?;
        let [start, end] = ends.map(u64::from_le_bytes);
        Some((start, end))
    }

    /// Brings the file up to what was measured, and opens it for adding more.
    pub(in super::super) fn bring_up(&self, measure: &Measure) -> Result<File, Error> {
        let write = || -> io::Result<File> {
            let mut file = OpenOptions::new().create(true).truncate(false).write(true).open(&self.path)?;
            file.set_len(measure.known * 8)?;
            file.seek(SeekFrom::End(0))?;
            file.write_all(&ends_as_bytes(&measure.missing))?;
            Ok(file)
        };
        write().map_err(Error::at(&self.path))
    }
}

/// Ends of lines as the file lists them.
pub(in super::super) fn ends_as_bytes(ends: &[u64]) -> Vec<u8> {
    ends.iter().flat_map(|end| end.to_le_bytes()).collect()
}
