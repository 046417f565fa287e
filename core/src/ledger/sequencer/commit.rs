//! One commit for several callers: each gets what is theirs, all of it or a refusal.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use uuid::Uuid;

use crate::edge::Edge;

use super::super::Error;
use super::super::writer::Run;
use super::group::{Committed, Group, Writer};
use super::lead::Lead;
use super::queue::Queue;
use super::waiter::Waiter;

/// Commits for all who wait behind each other, `own` first, all groups that are accepted.
pub(super) fn commit(mut lead: Lead<'_>, own: &Arc<Waiter>, edge: Edge<'_>) {
    let Some((queue, writer, waiters)) = lead.parts() else { return };
    let answers = try_commit(queue, writer, waiters, own, edge).unwrap_or_else(|error| {
        let error = Arc::new(error);
        waiters.iter().map(|_| Err(Error::Commit { source: Arc::clone(&error) })).collect()
    });
    lead.answer(answers);
}

/// The answers stand in the order of the waiters.
fn try_commit(
    queue: &Queue,
    writer: &mut Writer,
    waiters: &mut Vec<Arc<Waiter>>,
    own: &Arc<Waiter>,
    edge: Edge<'_>,
) -> Result<Vec<Result<Committed, Error>>, Error> {
    waiters.push(Arc::clone(own));
    let mut run = writer.ledger.run(edge)?;
    let first = run.size();
    let (mut admitted, mut taken) = (Vec::new(), HashMap::new());
    while let Some(groups) = waiters.get(admitted.len()..).filter(|groups| !groups.is_empty()) {
        let groups = groups.iter().map(|waiter| waiter.take()).collect();
        admitted.extend(admit(writer, groups, &mut run, &mut taken)?);
        waiters.extend(queue.more(writer, &mut run, &mut taken, edge)?);
    }
    let committed = writer.ledger.commit(&run).and_then(|()| Ok(Arc::new(writer.ledger.snapshot()?)));
    let snapshot = match committed {
        Ok(snapshot) => snapshot,
        Err(error) => {
            let error = Arc::new(error);
            let failed = |admitted| match admitted {
                Err(refusal) if !is_for_nothing(&refusal, first) => Err(refusal),
                Ok(_) | Err(_) => Err(Error::Commit { source: Arc::clone(&error) }),
            };
            return Ok(admitted.into_iter().map(failed).collect());
        }
    };
    let answer = |range| Committed { receipts: run.receipts(range), snapshot: Arc::clone(&snapshot) };
    Ok(admitted.into_iter().map(|admitted| admitted.map(answer)).collect())
}

/// Gives each group its places, or refuses it as if it had come alone.
fn admit(
    writer: &Writer,
    groups: Vec<Group>,
    run: &mut Run,
    taken: &mut HashMap<Uuid, u64>,
) -> Result<Vec<Result<Range<usize>, Error>>, Error> {
    let given: Vec<Uuid> = groups.iter().flat_map(|group| group.ids.iter().copied()).collect();
    // One look for all, among the records before the run; none where nobody gives ids.
    let durable = writer.ledger.size();
    let positions = if given.is_empty() { Vec::new() } else { writer.reader.find_each_among(&given, durable)? };
    let on_record: HashMap<Uuid, u64> =
        given.into_iter().zip(positions).filter_map(|(id, seq)| Some((id, seq?))).collect();
    let mut admit = |Group { ids, prepared }: Group| {
        if let Some((id, seq)) = ids.iter().find_map(|id| Some((*id, *on_record.get(id).or_else(|| taken.get(id))?))) {
            return Err(Error::OnRecord { id, seq });
        }
        let places: Vec<_> = (run.size()..).zip(&prepared).map(|(seq, record)| (record.id(), seq)).collect();
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
