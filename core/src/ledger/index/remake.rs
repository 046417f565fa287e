//! Index files made from the lines: by the writer when a segment is full, and all of them on demand.

use std::ops::{ControlFlow, Range};

use serde::Serialize;

use super::super::Error;
use super::super::absence::Name;
use super::super::store::Store;
use super::entry::Entry;
use super::growing::Growing;
use super::{entries, kept, lines, name};

/// So many segments back, a writer that opens the log looks whether a crash left one without its index.
const LOOK_BACK: usize = 16;

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remade {
    /// Records in the log.
    pub records: u64,
    /// Segments whose index was made.
    pub segments: u64,
    /// Those whose lines cannot be indexed: look-ups say so too. Which, and why.
    pub failed: Vec<String>,
}

/// Makes the index files of all full segments anew, whatever stands there. Each takes the place of the old one when it is whole.
/// The store must be open for writing. `progress` is told how many segments are done, and of how many.
pub fn reindex(store: &dyn Store, progress: &mut dyn FnMut(u64, u64)) -> Result<Remade, Error> {
    let records = store.size()?;
    let full = records / lines(store);
    let mut remade = Remade { records, segments: 0, failed: Vec::new() };
    progress(0, full);
    for number in 0..full {
        match from_lines(store, number) {
            Ok(bytes) => {
                store.put(&name(number), &bytes)?;
                remade.segments += 1;
            }
            // What stands may be right, and cannot be made while the lines are away.
            Err(error @ Error::Archive { .. }) => remade.failed.push(format!("segment {number}: {error}")),
            Err(error) => {
                // What cannot be made anew does not stay either.
                store.put(&name(number), &[])?;
                remade.failed.push(format!("segment {number}: {error}"));
            }
        }
        progress(number + 1, full);
    }
    Ok(remade)
}

/// Makes the index files of the segments that became full when the log grew from `before` to `now` records. That one cannot be made
/// or kept is no failure of the append: whoever needs it makes it from the lines. `read` is told which records were read for one, and
/// what they name: nobody has to read them again to seal them.
pub(in super::super) fn filled(store: &dyn Store, before: u64, now: u64, mut read: impl FnMut(Range<u64>, Vec<Name>)) {
    for number in before / lines(store)..now / lines(store) {
        let mut names = Vec::new();
        if let Ok(bytes) = from_lines_with(store, number, &mut |entry| names.extend(entry.named.names())) {
            read(number * lines(store)..(number + 1) * lines(store), names);
            drop(store.put(&name(number), &bytes));
        }
    }
}

/// Makes the index files that a crash left unmade, as far as they are of the newest segments.
pub(in super::super) fn complete(store: &dyn Store, size: u64) {
    for number in (0..size / lines(store)).rev().take(LOOK_BACK) {
        if matches!(kept(store, number), Ok(Some(part)) if part.is_whole(store)) {
            break;
        }
        if let Ok(bytes) = from_lines(store, number) {
            drop(store.put(&name(number), &bytes));
        }
    }
}

/// The bytes of the index file of a full segment, from its lines.
pub(super) fn from_lines(store: &dyn Store, number: u64) -> Result<Vec<u8>, Error> {
    from_lines_with(store, number, &mut |_| {})
}

fn from_lines_with(store: &dyn Store, number: u64, seen: &mut dyn FnMut(&Entry)) -> Result<Vec<u8>, Error> {
    let count = lines(store);
    let end = (number + 1) * count;
    let mut growing = Growing::new(number * count);
    let mut failed = None;
    store.blocks(number * count, &mut |first, block| {
        for entry in entries(first, block) {
            match entry {
                Ok(entry) if entry.seq < end => {
                    seen(&entry);
                    growing.add(&entry);
                }
                Ok(_) => return ControlFlow::Break(()),
                Err(error) => {
                    failed = Some(error);
                    return ControlFlow::Break(());
                }
            }
        }
        if growing.len() < count { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    match failed {
        Some(error) => Err(error),
        None if growing.len() < count => {
            let size = number * count + growing.len();
            Err(Error::NoSuchRecord { seq: size, size })
        }
        None => Ok(growing.finish()),
    }
}
