//! The names of a run of records, and the sorted tree over them.

use std::borrow::Cow;
use std::ops::{ControlFlow, Range};

use rayon::prelude::*;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::event::body::Segment;
use crate::event::{self, Kind};
use crate::hash::Hash;
use crate::merkle::{self, Frontier, Levels};

use super::super::Error;
use super::super::line::Line;
use super::super::names::Named;
use super::super::store::{Store, lines_of};
use super::{Name, Neighbour};

/// What a record says that concerns proofs of absence.
#[derive(Debug, Default)]
pub(in super::super) struct Said {
    pub(in super::super) names: Vec<Name>,
    /// The run that it seals.
    pub(in super::super) seals: Option<Segment>,
}

impl Said {
    /// Whether it names nothing and seals nothing.
    pub(in super::super) fn is_nothing(&self) -> bool {
        self.names.is_empty() && self.seals.is_none()
    }
}

#[derive(Deserialize)]
struct Header<'a> {
    #[serde(borrow)]
    body: &'a RawValue,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
}

/// Reads a record's public part. The types that name nothing are told by the bytes alone.
pub(in super::super) fn said(record: &[u8]) -> Result<Said, event::Error> {
    if says_nothing(record) {
        return Ok(Said::default());
    }
    let unreadable = |error: serde_json::Error| event::Error::Json { problem: error.to_string() };
    let header: Header<'_> = serde_json::from_slice(record).map_err(unreadable)?;
    let named = Named::of(header.kind.parse()?, header.body.get()).map_err(unreadable)?;
    Ok(Said { names: named.names().collect(), seals: named.run })
}

/// A canonical record ends with its type and its version.
fn says_nothing(record: &[u8]) -> bool {
    const SILENT: [Kind; 10] = [
        Kind::GenDeny,
        Kind::GenError,
        Kind::Moderation,
        Kind::Review,
        Kind::Key,
        Kind::Policy,
        Kind::Access,
        Kind::Erasure,
        Kind::Retention,
        Kind::Incident,
    ];
    let kind = record.strip_suffix(br#"","v":1}"#).and_then(|rest| {
        let start = memchr::memrchr(b'"', rest)?;
        rest[..=start].ends_with(br#","type":""#).then(|| &rest[start + 1..])
    });
    kind.is_some_and(|kind| SILENT.iter().any(|silent| silent.name().as_bytes() == kind))
}

/// The names of records `run`, sorted, each once. `seen` hears of each record's names with its position.
pub(in super::super) fn read(
    store: &dyn Store,
    run: Range<u64>,
    seen: &mut dyn FnMut(u64, &[Name]),
) -> Result<Vec<Name>, Error> {
    let (mut names, mut next, mut failed) = (Vec::new(), run.start, None);
    store.blocks(run.start, &mut |first, block| {
        let wanted = usize::try_from(run.end.saturating_sub(next)).unwrap_or(usize::MAX);
        let lines: Vec<&[u8]> = lines_of(block).take(wanted).collect();
        let read: Vec<Result<Vec<Name>, Error>> =
            lines.par_iter().enumerate().map(|(at, line)| of_line(first + at as u64, line)).collect();
        for (seq, of_record) in (first..).zip(read) {
            match of_record {
                Ok(of_record) => {
                    seen(seq, &of_record);
                    names.extend(of_record);
                }
                Err(error) => {
                    failed = Some(error);
                    return ControlFlow::Break(());
                }
            }
            next = seq + 1;
        }
        if next < run.end { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    match failed {
        Some(error) => Err(error),
        None if next < run.end => Err(Error::NoSuchRecord { seq: next, size: next }),
        None => Ok(sorted(names)),
    }
}

fn of_line(seq: u64, line: &[u8]) -> Result<Vec<Name>, Error> {
    let line = Line::parse(line).map_err(|source| Error::Damaged { seq, source })?;
    if line.computed != line.hash {
        return Err(Error::Changed { seq, part: "its public part" });
    }
    Ok(said(line.record).map_err(|source| Error::Unreadable { seq, source })?.names)
}

/// In order, each once.
pub(in super::super) fn sorted(mut names: Vec<Name>) -> Vec<Name> {
    names.par_sort_unstable();
    names.dedup();
    names
}

/// What an ANCHOR says of records `run`, whose names these are, sorted.
pub(in super::super) fn seal(run: &Range<u64>, names: &[Name]) -> Segment {
    Segment { first: run.start, end: run.end, leaves: names.len() as u64, root: root(names) }
}

/// The root of the tree.
fn root(names: &[Name]) -> Hash {
    let leaves: Vec<Hash> = names.par_iter().map(Name::leaf).collect();
    let mut tree = Frontier::new();
    tree.extend(&leaves);
    tree.root()
}

/// Where a name would stand.
pub(super) struct Neighbours {
    pub(super) left: Option<Neighbour>,
    pub(super) right: Option<Neighbour>,
}

/// The neighbours of a name that is not among these, with their ways to the root.
pub(super) fn neighbours(names: &[Name], name: &Name) -> Result<Neighbours, Error> {
    let leaves: Vec<Hash> = names.par_iter().map(Name::leaf).collect();
    let tree: Levels = leaves.into_iter().collect();
    let at = names.partition_point(|other| other < name);
    let neighbour = |at: usize| -> Result<Option<Neighbour>, Error> {
        let Some(name) = names.get(at) else { return Ok(None) };
        let hashes = merkle::inclusion_proof(at as u64, tree.size(), &tree);
        let hashes = hashes.map_err(|error| Error::Tree { problem: error.to_string() })?;
        Ok(Some(Neighbour { index: at as u64, name: *name, hashes }))
    };
    Ok(Neighbours { left: at.checked_sub(1).map(neighbour).transpose()?.flatten(), right: neighbour(at)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_of_many_names_is_the_one_that_is_hashed_leaf_by_leaf() {
        let names = sorted((0_u32..10_000).map(|number| Name::Asset(Hash::of(&number.to_be_bytes()))).collect());
        for count in [0, 1, 2, 255, 256, 257, 4095, 4096, 4097, 8192, 10_000] {
            let expected = merkle::root_of(names[..count].iter().map(Name::leaf));
            assert_eq!(root(&names[..count]), expected, "{count} names");
        }
    }

    #[test]
    fn a_type_inside_a_text_is_not_taken_for_the_records_own() {
        let asset = Hash::of(b"a work");
        let record =
            format!(r#"{{"body":{{"asset":{{"hash":"{asset}"}}}},"role":"\",\"type\":\"KEY","type":"INGEST","v":1}}"#);
        assert_eq!(said(record.as_bytes()).expect("read").names, [Name::Asset(asset)]);
        assert!(says_nothing(br#"{"body":{},"type":"MODERATION","v":1}"#));
        assert!(!says_nothing(br#"{"body":{},"type":"MODERATION","v":2}"#));
    }
}
