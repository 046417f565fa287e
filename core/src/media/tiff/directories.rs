//! How many directories a TIFF file leads to. Each names others, the same one again as well: a file of some kilobytes can lead a
//! reader through millions, so they are counted before anybody reads them.

#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::super::{Error, MediaType};
use super::Tiff;

/// Directories within the main ones (Adobe's TIFF technical note 1).
const SUB_DIRECTORIES: u16 = 330;

/// The most directories: pages, thumbnails and masks of a large document come to some thousands.
pub(super) const MOST: usize = 10_000;

/// The most entries in all of them.
const MOST_ENTRIES: usize = 1_000_000;

/// Counts as a reader goes that follows every pointer and remembers none.
pub(super) fn count(tiff: Tiff<'_>, media_type: MediaType) -> Result<(), Error> {
    let refuse = |what, limit| Err(Error::TooManyParts { media_type, what, limit });
    let mut waiting: Vec<u64> = tiff.first_offset().into_iter().collect();
    let (mut directories, mut entries) = (0_usize, 0_usize);
    while let Some(offset) = waiting.pop() {
        let Some((found, next)) = tiff.directory_and_next(offset) else { continue };
        directories = directories.saturating_add(1);
        entries = entries.saturating_add(found.len());
        waiting.extend(next);
        for entry in found.iter().filter(|entry| entry.tag == SUB_DIRECTORIES) {
            waiting.extend((0..=MOST).map_while(|index| tiff.value(*entry, index)));
        }
        if directories.saturating_add(waiting.len()) > MOST {
            return refuse("directories", MOST);
        }
        if entries > MOST_ENTRIES {
            return refuse("directory entries", MOST_ENTRIES);
        }
    }
    Ok(())
}
