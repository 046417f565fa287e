//! The names of a run of records, and the sorted tree over them.

use std::ops::{ControlFlow, Range};

use rayon::prelude::*;

use crate::event;
use crate::event::body::Segment;
use crate::hash::Hash;
use crate::merkle::{self, Frontier, Levels};

use super::super::Error;
use super::super::header::Header;
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

/// What a record says of these things.
pub(in super::super) fn said(header: &Header<'_>) -> Result<Said, event::Error> {
    let unreadable = |error: serde_json::Error| event::Error::Json { problem: error.to_string() };
    let named = Named::of(header.kind.parse()?, header.body).map_err(unreadable)?;
    Ok(Said { names: named.names().collect(), seals: named.run })
}

/// The same of a record's public part.
pub(in super::super) fn said_in(record: &[u8]) -> Result<Said, event::Error> {
    said(&Header::read(record).map_err(|error| event::Error::Json { problem: error.to_string() })?)
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
    Ok(said_in(line.record).map_err(|source| Error::Unreadable { seq, source })?.names)
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
}
