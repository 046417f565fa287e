//! TIFF and `BigTIFF`: their first directory, and the same structure inside Exif.

#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::{Error, MediaType, bytes};

mod directories;

const WIDTH: u16 = 256;
const HEIGHT: u16 = 257;
const STRIP_OFFSETS: u16 = 273;
const STRIP_LENGTHS: u16 = 279;
const TILE_OFFSETS: u16 = 324;
const TILE_LENGTHS: u16 = 325;
const XMP: u16 = 700;
const EXIF_DIRECTORY: u16 = 34_665;
const USER_COMMENT: u16 = 37_510;
const DNG_VERSION: u16 = 50_706;
/// The tag that holds a manifest store (C2PA 2.4, appendix A.3).
const C2PA: u16 = 52_545;

/// Model and make: where `ComfyUI` writes its texts into WebP files.
pub(super) const CAMERA_TAGS: [u16; 2] = [271, 272];

/// A TIFF structure whose header has been read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tiff<'a> {
    file: &'a [u8],
    little: bool,
    big: bool,
}

/// One entry of a directory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'a> {
    tag: u16,
    kind: u16,
    /// `None` when it points outside of the file.
    value: Option<&'a [u8]>,
}

impl<'a> Tiff<'a> {
    pub(super) fn new(file: &'a [u8]) -> Option<Self> {
        let (little, big) = match bytes::array(file, 0)? {
            [b'I', b'I', 42, 0] => (true, false),
            [b'M', b'M', 0, 42] => (false, false),
            [b'I', b'I', 43, 0] => (true, true),
            [b'M', b'M', 0, 43] => (false, true),
            _ => return None,
        };
        Some(Self { file, little, big })
    }

    /// The entries of the first directory; `None` when it is not whole.
    fn first(self) -> Option<Vec<Entry<'a>>> {
        self.directory(self.first_offset()?)
    }

    fn first_offset(self) -> Option<u64> {
        if self.big { self.number(self.file, 8, 8) } else { self.number(self.file, 4, 4) }
    }

    /// The entry with this tag in the first directory.
    fn entry(self, tag: u16) -> Option<Entry<'a>> {
        self.first()?.into_iter().find(|entry| entry.tag == tag)
    }

    /// The bytes of a text or of undefined form in the first directory.
    pub(super) fn text(self, tag: u16) -> Option<&'a [u8]> {
        self.entry(tag)?.value
    }

    /// The Exif tag `UserComment` with its eight-byte character code, and whether numbers are little-endian.
    pub(super) fn user_comment(self) -> Option<(&'a [u8], bool)> {
        let directory = self.directory(self.value(self.entry(EXIF_DIRECTORY)?, 0)?)?;
        let comment = directory.into_iter().find(|entry| entry.tag == USER_COMMENT)?;
        Some((comment.value?, self.little))
    }

    fn directory(self, offset: u64) -> Option<Vec<Entry<'a>>> {
        self.directory_and_next(offset).map(|(entries, _)| entries)
    }

    /// The entries of the directory at `offset`, and where the next one stands, if one follows.
    fn directory_and_next(self, offset: u64) -> Option<(Vec<Entry<'a>>, Option<u64>)> {
        let offset = usize::try_from(offset).ok()?;
        let (count_len, entry_len, next_len) = if self.big { (8, 20, 8) } else { (2, 12, 4) };
        let count = usize::try_from(self.number(self.file, offset, count_len)?).ok()?;
        let start = offset.checked_add(count_len)?;
        let table = bytes::slice(self.file, start, count.checked_mul(entry_len)?)?;
        // The table is in the file, so its size bounds the list.
        let entries = table.chunks_exact(entry_len).map(|entry| self.read(entry)).collect::<Option<_>>()?;
        let next = self.number(self.file, start.checked_add(table.len())?, next_len);
        Some((entries, next.filter(|next| *next != 0)))
    }

    fn read(self, entry: &'a [u8]) -> Option<Entry<'a>> {
        let number = |at, len| self.number(entry, at, len);
        let tag = u16::try_from(number(0, 2)?).ok()?;
        let kind = u16::try_from(number(2, 2)?).ok()?;
        let field = if self.big { 8 } else { 4 };
        let count = number(4, field)?;
        let len = usize::try_from(count).ok().and_then(|count| count.checked_mul(size_of_kind(kind)));
        let place = field.checked_add(4)?;
        let value = match len {
            Some(len) if len <= field => bytes::slice(entry, place, len),
            Some(len) => usize::try_from(number(place, field)?).ok().and_then(|at| bytes::slice(self.file, at, len)),
            None => None,
        };
        Some(Entry { tag, kind, value })
    }

    /// The `index`th whole number of an entry.
    fn value(self, entry: Entry<'a>, index: usize) -> Option<u64> {
        let size = match entry.kind {
            1 | 3 | 4 | 13 | 16 | 18 => size_of_kind(entry.kind),
            _ => return None,
        };
        self.number(entry.value?, index.checked_mul(size)?, size)
    }

    /// The unsigned number of `len` bytes (up to 8) at `at`, in the file's byte order.
    fn number(self, from: &[u8], at: usize, len: usize) -> Option<u64> {
        let digits = bytes::slice(from, at, len)?;
        let join = |sum: u64, &digit: &u8| (sum << 8) | u64::from(digit);
        Some(if self.little { digits.iter().rev().fold(0, join) } else { digits.iter().fold(0, join) })
    }
}

/// Bytes of one value (TIFF 6.0, section 2; 13 from Adobe's note 1, 16 to 18 from `BigTIFF`).
const fn size_of_kind(kind: u16) -> usize {
    match kind {
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16 | 17 | 18 => 8,
        _ => 1,
    }
}

pub(super) fn is_tiff(file: &[u8]) -> bool {
    Tiff::new(file).is_some()
}

pub(super) fn is_dng(file: &[u8]) -> bool {
    Tiff::new(file).and_then(|tiff| tiff.entry(DNG_VERSION)).is_some()
}

pub(super) fn has_manifest(file: &[u8]) -> bool {
    Tiff::new(file).and_then(|tiff| tiff.entry(C2PA)).is_some()
}

pub(super) fn dimensions(file: &[u8]) -> Option<(u32, u32)> {
    let tiff = Tiff::new(file)?;
    let side = |tag| tiff.value(tiff.entry(tag)?, 0).and_then(|side| u32::try_from(side).ok());
    Some((side(WIDTH)?, side(HEIGHT)?))
}

pub(super) fn read_xmp(file: &[u8], media_type: MediaType) -> Result<Option<String>, Error> {
    let Some(packet) = Tiff::new(file).and_then(|tiff| tiff.text(XMP)) else {
        return Ok(None);
    };
    let packet = std::str::from_utf8(packet).map_err(|_| Error::XmpNotUtf8 { media_type })?;
    Ok(Some(packet.to_owned()))
}

/// The file leads to no more directories than a document can have.
pub(super) fn check_directories(file: &[u8], media_type: MediaType) -> Result<(), Error> {
    Tiff::new(file).map_or(Ok(()), |tiff| directories::count(tiff, media_type))
}

/// The first directory is whole, and its strips or tiles are inside of the file.
pub(super) fn check(file: &[u8], media_type: MediaType) -> Result<(), Error> {
    let missing = "a whole first directory";
    let cut = || Error::MissingEnd { media_type, missing, len: file.len() };
    let tiff = Tiff::new(file).ok_or_else(cut)?;
    let entries = tiff.first().ok_or_else(cut)?;
    if dimensions(file).is_none_or(|(width, height)| width == 0 || height == 0) {
        let problem = "the first directory has no width and height";
        return Err(Error::Malformed { media_type, offset: 4, problem });
    }
    let entry = |tag| entries.iter().copied().find(|entry| entry.tag == tag);
    for (offsets, lengths) in [(STRIP_OFFSETS, STRIP_LENGTHS), (TILE_OFFSETS, TILE_LENGTHS)] {
        let (Some(offsets), Some(lengths)) = (entry(offsets), entry(lengths)) else {
            continue;
        };
        let mut index = 0;
        while let (Some(offset), Some(length)) = (tiff.value(offsets, index), tiff.value(lengths, index)) {
            if offset.saturating_add(length) > bytes::count(file.len()) {
                return Err(Error::BeyondEnd {
                    media_type,
                    part: format!("strip or tile {index}"),
                    offset: usize::try_from(offset).unwrap_or(usize::MAX),
                    needs: length,
                    left: bytes::count(file.len()).saturating_sub(offset),
                });
            }
            index = index.saturating_add(1);
        }
        if index == 0 {
            return Err(Error::MissingEnd { media_type, missing: "its table of strips or tiles", len: file.len() });
        }
    }
    Ok(())
}
