//! The search, in two stages: near copies through the tables, then everything that may be the picture; each candidate is looked at twice.

use std::fs::File;
use std::io;
use std::path::Path;

use rayon::prelude::*;
use touchmark_machine::bits::{Code, Near, Which, nearest};
use touchmark_machine::pages::Pages;

use super::{CODES, ENTRY, Error, Gallery, tables};
use crate::fingerprint::{LEAST, Likeness, PREVIEW, Query, RADIUS};

/// Entries that a thread scans at a time.
const PIECE: usize = 1 << 13;
/// How many pictures are named at most.
const MOST: usize = 20;

/// The entries that stood there when it was opened.
#[derive(Debug)]
pub struct Search {
    codes: Pages,
    previews: Pages,
    /// Those of full tables; an empty one is not there, and its entries are scanned.
    tables: Vec<Pages>,
}

/// A picture that looks like the one that is sought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Where its EXPORT record stands in the log.
    pub seq: u64,
    /// How sure, 0 to 100.
    pub similarity: u32,
    /// Bits in which the nearest search codes differ, of 256.
    pub distance: u32,
}

impl Search {
    pub(super) fn open(gallery: &Gallery) -> Result<Self, Error> {
        let entries = gallery.entries()?;
        let map = |path: &Path, length: usize| match File::open(path) {
            Ok(file) => Pages::of(&file, length),
            Err(error) if error.kind() == io::ErrorKind::NotFound && length == 0 => Ok(Pages::none()),
            Err(error) => Err(error),
        };
        let [codes, previews] = [(gallery.codes(), CODES), (gallery.previews(), ENTRY)]
            .map(|(path, bytes)| map(&path, entries * bytes).map_err(Error::at(&path)));
        let table = |number: usize| match map(&gallery.table(number), tables::LENGTH) {
            Ok(pages) if tables::are_tables(&pages) => pages,
            _ => Pages::none(),
        };
        Ok(Self { codes: codes?, previews: previews?, tables: (0..entries / tables::FULL).map(table).collect() })
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// Where the last entry's record stands in the log.
    pub fn last(&self) -> Option<u64> {
        self.len().checked_sub(1).map(|entry| self.entry(entry).0)
    }

    /// Where the first entry's record stands in the log.
    pub fn first(&self) -> Option<u64> {
        (!self.is_empty()).then(|| self.entry(0).0)
    }

    /// The likeness of the record at a position.
    pub fn get(&self, seq: u64) -> Option<Likeness> {
        let entry = self.entry_of(seq)?;
        Some(Likeness { codes: *self.entries().get(entry)?, preview: *self.entry(entry).1 })
    }

    /// Whether the picture of the record at a position looks like the one that is sought.
    pub fn look_at(&self, query: &Query, seq: u64) -> Option<Found> {
        let entry = self.entry_of(seq)?;
        let near = nearest(self.entries().get(entry..=entry)?, query.codes(), RADIUS, Which::Both).pop()?;
        self.judge(query, &Near { entry, ..near })
    }

    /// The number of the entry of the record at a position.
    fn entry_of(&self, seq: u64) -> Option<usize> {
        let mut entries = 0..self.len();
        while !entries.is_empty() {
            let middle = entries.start.midpoint(entries.end);
            match self.entry(middle).0.cmp(&seq) {
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Less => entries.start = middle + 1,
                std::cmp::Ordering::Greater => entries.end = middle,
            }
        }
        None
    }

    /// Entries whose PDQ differs from `wanted` in at most `radius` bits, with the distance: all of them, in the order of the log. Through the
    /// tables up to [`tables::WIDEST`], by a scan beyond.
    pub fn within(&self, wanted: &Code, radius: u32) -> Vec<(usize, u32)> {
        let segments = self.entries().par_chunks(tables::FULL).enumerate();
        let of_segment = |(number, entries): (usize, &[_])| match self.tables.get(number) {
            Some(table) if radius <= tables::WIDEST && !table.is_empty() => {
                let mut found = Vec::new();
                tables::within(table, entries, wanted, radius, &mut |entry, distance| found.push((entry, distance)));
                in_log_order(number * tables::FULL, found)
            }
            _ => in_log_order(number * tables::FULL, scan(entries, wanted, radius)),
        };
        segments.flat_map_iter(of_segment).collect()
    }

    /// Pictures that look like the one that is sought, the most similar first. Where there is a near copy, nothing farther is looked for.
    pub fn look_for(&self, query: &Query) -> Vec<Found> {
        let mut found = self.near_copies(query);
        if found.is_empty() {
            found = self.wide(query);
        }
        found.sort_by_key(|found| (std::cmp::Reverse(found.similarity), found.distance, found.seq));
        found.truncate(MOST);
        found
    }

    fn near_copies(&self, query: &Query) -> Vec<Found> {
        let mut near: Vec<(usize, u32, usize)> = Vec::new();
        for (wanted, code) in query.whole().iter().enumerate() {
            near.extend(
                self.within(code, tables::WIDEST).into_iter().map(|(entry, distance)| (entry, distance, wanted)),
            );
        }
        near.sort_unstable();
        near.dedup_by_key(|(entry, ..)| *entry);
        near.into_par_iter()
            .filter_map(|(entry, distance, wanted)| self.judge(query, &Near { entry, wanted, code: 0, distance }))
            .collect()
    }

    fn wide(&self, query: &Query) -> Vec<Found> {
        let pieces = self.entries().par_chunks(PIECE).enumerate();
        let judge = |(number, piece): (usize, &[[[u8; 32]; 2]])| {
            let near = nearest(piece, query.codes(), RADIUS, Which::Both).into_iter();
            near.filter_map(|near| self.judge(query, &Near { entry: number * PIECE + near.entry, ..near }))
                .collect::<Vec<_>>()
        };
        pieces.flat_map_iter(judge).collect()
    }

    /// Looks twice. Of an entry whose picture was never seen here, near copies are all that can be told.
    fn judge(&self, query: &Query, near: &Near) -> Option<Found> {
        let (seq, preview) = self.entry(near.entry);
        let similarity = if preview.iter().any(|grey| *grey != 0) {
            query.similarity(near.wanted, near.code, near.distance, preview)
        } else if near.distance <= tables::WIDEST && near.code == 0 {
            100_u32.saturating_sub(near.distance)
        } else {
            0
        };
        (similarity >= LEAST).then_some(Found { seq, similarity, distance: near.distance })
    }

    fn entries(&self) -> &[[[u8; 32]; 2]] {
        self.codes.as_chunks::<32>().0.as_chunks::<2>().0
    }

    /// An entry's position in the log, and its preview.
    fn entry(&self, number: usize) -> (u64, &[u8; PREVIEW]) {
        let entries = self.previews.as_chunks::<ENTRY>().0;
        match entries.get(number).and_then(|entry| entry.split_first_chunk::<8>()) {
            Some((seq, preview)) => (u64::from_le_bytes(*seq), preview.try_into().unwrap_or(&[0; PREVIEW])),
            None => (0, &[0; PREVIEW]),
        }
    }
}

/// Those of a segment that begins at `first`, each once.
fn in_log_order(first: usize, mut found: Vec<(usize, u32)>) -> Vec<(usize, u32)> {
    found.sort_unstable();
    found.dedup();
    for (entry, _) in &mut found {
        *entry += first;
    }
    found
}

fn scan(entries: &[[[u8; 32]; 2]], wanted: &Code, radius: u32) -> Vec<(usize, u32)> {
    let of_piece = |(number, piece): (usize, &[_])| {
        let near = nearest(piece, &[*wanted], radius, Which::First).into_iter();
        near.map(move |near| (number * PIECE + near.entry, near.distance))
    };
    entries.par_chunks(PIECE).enumerate().flat_map_iter(of_piece).collect()
}
