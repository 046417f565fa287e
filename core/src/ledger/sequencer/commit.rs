//! One commit for several callers: each gets what is theirs, all of it or a refusal.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use uuid::Uuid;

use crate::edge::Edge;
use crate::event::Prepared;

use super::super::writer::Run;
use super::super::{Error, Receipt, Snapshot};
use super::queue::Writer;

/// What one caller adds.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// Those that the caller gave; what is made here cannot be on record.
    pub(super) ids: Vec<Uuid>,
    pub(super) prepared: Vec<Prepared>,
}

/// What one caller gets.
#[derive(Debug)]
pub(super) struct Committed {
    pub(super) receipts: Vec<Receipt>,
    pub(super) snapshot: Arc<Snapshot>,
}

/// Commits all groups that are accepted. The answers stand in the order of the groups.
pub(super) fn commit(writer: &mut Writer, groups: Vec<Group>, edge: Edge<'_>) -> Vec<Result<Committed, Error>> {
    let count = groups.len();
    match try_commit(writer, groups, edge) {
        Ok(answers) => answers,
        Err(error) => {
            let error = Arc::new(error);
            (0..count).map(|_| Err(Error::Commit { source: Arc::clone(&error) })).collect()
        }
    }
}

fn try_commit(writer: &mut Writer, groups: Vec<Group>, edge: Edge<'_>) -> Result<Vec<Result<Committed, Error>>, Error> {
    let mut run = writer.ledger.run(edge)?;
    let first = run.size();
    let admitted = admit(writer, groups, &mut run)?;
    let receipts = match writer.ledger.commit(&run) {
        Ok(receipts) => receipts,
        Err(error) => {
            let error = Arc::new(error);
            let failed = |admitted| match admitted {
                Err(refusal) if !is_for_nothing(&refusal, first) => Err(refusal),
                Ok(_) | Err(_) => Err(Error::Commit { source: Arc::clone(&error) }),
            };
            return Ok(admitted.into_iter().map(failed).collect());
        }
    };
    let snapshot = Arc::new(writer.ledger.snapshot()?);
    let answer = |range: Range<usize>| {
        let receipts = receipts.get(range).unwrap_or_default().to_vec();
        Committed { receipts, snapshot: Arc::clone(&snapshot) }
    };
    Ok(admitted.into_iter().map(|admitted| admitted.map(answer)).collect())
}

/// Gives each group its places, or refuses it as if it had come alone.
fn admit(writer: &Writer, groups: Vec<Group>, run: &mut Run) -> Result<Vec<Result<Range<usize>, Error>>, Error> {
    let given: Vec<Uuid> = groups.iter().flat_map(|group| group.ids.iter().copied()).collect();
    // One look for all; none where nobody gives ids.
    let mut taken: HashMap<Uuid, u64> = if given.is_empty() {
        HashMap::new()
    } else {
        let positions = writer.reader.find_each(&given)?;
        given.into_iter().zip(positions).filter_map(|(id, seq)| Some((id, seq?))).collect()
    };
    let mut admit = |Group { ids, prepared }: Group| {
        if let Some((id, seq)) = ids.iter().find_map(|id| Some((*id, *taken.get(id)?))) {
            return Err(Error::OnRecord { id, seq });
        }
        let places = (run.size()..).zip(&prepared).map(|(seq, record)| (record.id(), seq)).collect::<Vec<_>>();
        let range = run.add(prepared)?;
        if !ids.is_empty() {
            taken.extend(places);
        }
        Ok(range)
    };
    Ok(groups.into_iter().map(&mut admit).collect())
}

/// Whether it was refused because of a record in the commit that began at `first`, and failed.
fn is_for_nothing(refusal: &Error, first: u64) -> bool {
    matches!(refusal, Error::OnRecord { seq, .. } if *seq >= first)
}
