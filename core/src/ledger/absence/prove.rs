//! Making a proof of absence from a log's lines.

use std::ops::ControlFlow;

use crate::event::body::Segment;
use crate::event::{Body, Kind};

use super::super::line::Line;
use super::super::{Error, Reader, Selection};
use super::Name;
use super::proof::{Proof, Run};
use super::run::{self, Neighbours};

/// A run, and the ANCHOR record that seals it.
#[derive(Debug, Clone, PartialEq)]
pub struct Sealed {
    /// The position of the ANCHOR.
    pub anchor: u64,
    /// What it fixes.
    pub run: Segment,
}

/// What a log answers to the question whether it names something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It does: these records, the oldest first; at most [`MAX_NAMED`].
    Present(Vec<u64>),
    /// It does not, and here is the proof. The records behind the last sealed run do not name it either, but nothing proves that
    /// until they are sealed.
    Absent(Box<Proof>),
}

/// So many records are told where something is named.
pub const MAX_NAMED: usize = 1000;

/// The sealed runs of a log, in order.
pub fn sealed(reader: &Reader) -> Result<Vec<Sealed>, Error> {
    let mut found = Vec::new();
    let anchors = Selection { kind: Some(Kind::Anchor), ..Selection::default() };
    reader.select(&anchors, &mut |record, _| {
        if let Body::Anchor(body) = &record.body
            && let Some(run) = &body.segment
        {
            found.push(Sealed { anchor: record.seq, run: run.clone() });
        }
        ControlFlow::Continue(())
    })?;
    Ok(found)
}

/// Looks for a name in all records of a log, and proves that those under sealed runs do not have it.
///
/// The trees are made from the lines; where one does not have the root that its ANCHOR fixes, nothing is proved. `progress` is told how
/// many records were looked at, and of how many.
pub fn prove(reader: &Reader, name: &Name, progress: &mut dyn FnMut(u64, u64)) -> Result<Answer, Error> {
    let snapshot = reader.snapshot()?;
    let covered = snapshot.size();
    let size = reader.store().size()?.max(covered);
    let mut named = Vec::new();
    let mut look = |seq: u64, names: &[Name]| {
        if names.contains(name) && named.len() < MAX_NAMED {
            named.push(seq);
        }
    };
    let (mut runs, mut next) = (Vec::new(), 0);
    for Sealed { anchor, run } in sealed(reader)?.into_iter().filter(|sealed| sealed.anchor < covered) {
        if run.first != next || run.end > anchor {
            let Segment { first, end, .. } = run;
            let problem = format!(
                "the ANCHOR at {anchor} seals records {first} to {end}, and the one before ends at {next}: see touchmark log verify"
            );
            return Err(Error::Tree { problem });
        }
        let range = run.first..run.end;
        let names = run::read(reader.store(), range.clone(), &mut look)?;
        if run::seal(&range, &names) != run {
            let problem = format!(
                "records {} to {} do not name what their ANCHOR at {anchor} fixes: see touchmark log verify",
                run.first, run.end
            );
            return Err(Error::Tree { problem });
        }
        if names.binary_search(name).is_err() {
            let Neighbours { left, right } = run::neighbours(&names, name)?;
            runs.push(Run { anchor, record: String::new(), hashes: Vec::new(), left, right });
        }
        next = run.end;
        progress(next, size);
    }
    // By pieces, so that no more than a segment's names are held.
    let mut open = next;
    while open < size {
        let end = size.min(open + reader.store().segment_lines().max(1));
        run::read(reader.store(), open..end, &mut look)?;
        open = end;
        progress(open, size);
    }
    if !named.is_empty() {
        return Ok(Answer::Present(named));
    }
    if runs.is_empty() {
        return Err(Error::NothingSealed);
    }
    for run in &mut runs {
        let line = reader.line(run.anchor)?;
        let line = Line::parse(&line).map_err(|source| Error::Damaged { seq: run.anchor, source })?;
        run.record = String::from_utf8_lossy(line.record).into_owned();
        run.hashes = snapshot.prove(run.anchor)?.hashes().to_vec();
    }
    Ok(Answer::Absent(Box::new(Proof { name: *name, runs, checkpoint: snapshot.note().clone() })))
}
