//! What a record points to: nearly always one of the last, which are remembered; the others are looked up and read.

use std::collections::{BTreeSet, HashMap, VecDeque};

use jiff::Timestamp;
use uuid::Uuid;

use super::walk::Seen;
use crate::event::{Body, Kind, Record};
use crate::hash::Hash;
use crate::ledger::{Error, Reader};

/// What is remembered of a record.
#[derive(Debug, Clone)]
pub(super) struct Brief {
    pub(super) seq: u64,
    pub(super) time: Timestamp,
    pub(super) kind: Kind,
    /// Of a GEN its outputs, of an EXPORT its input.
    pub(super) pictures: Vec<Hash>,
    /// Of an attempt: the outcome that was counted.
    pub(super) outcome: Option<(u64, Kind)>,
}

impl Brief {
    fn of(record: &Record) -> Self {
        let pictures = match &record.body {
            Body::Gen(made) => made.outputs.iter().map(|output| output.hash).collect(),
            Body::Export(export) => vec![export.input],
            _ => Vec::new(),
        };
        Self { seq: record.seq, time: record.time, kind: record.kind(), pictures, outcome: None }
    }
}

/// The last records, and those older ones that the batch at hand points to.
#[derive(Debug)]
pub(super) struct Known {
    /// How many records are remembered.
    room: usize,
    recent: HashMap<Uuid, Brief>,
    order: VecDeque<Uuid>,
    older: HashMap<Uuid, Brief>,
    /// Ids of the batch at hand that an earlier record has already, with its position.
    twice: HashMap<u64, u64>,
}

impl Known {
    pub(super) fn new(room: usize) -> Self {
        Self { room, recent: HashMap::new(), order: VecDeque::new(), older: HashMap::new(), twice: HashMap::new() }
    }

    /// Learns a batch, and everything that it points to.
    pub(super) fn learn(&mut self, reader: &Reader, batch: &[Seen]) -> Result<(), Error> {
        while self.recent.len() > self.room {
            let Some(oldest) = self.order.pop_front() else { break };
            self.recent.remove(&oldest);
        }
        for Seen { record, .. } in batch {
            if let std::collections::hash_map::Entry::Vacant(entry) = self.recent.entry(record.id) {
                entry.insert(Brief::of(record));
                self.order.push_back(record.id);
            }
        }
        let wanted: BTreeSet<Uuid> = batch.iter().flat_map(|seen| pointers(&seen.record)).collect();
        let wanted: Vec<Uuid> = wanted.into_iter().filter(|id| !self.recent.contains_key(id)).collect();
        let own: Vec<(Uuid, u64)> = batch.iter().map(|seen| (seen.record.id, seen.record.seq)).collect();
        let firsts = own.iter().zip(reader.find_each_before(&own)?);
        self.twice = firsts.filter_map(|((_, seq), first)| Some((*seq, first?))).collect();
        let positions: Vec<u64> = reader.find_each(&wanted)?.into_iter().flatten().collect();
        self.older.clear();
        for seq in positions {
            let record = reader.record(seq)?;
            self.older.insert(record.id, Brief::of(&record));
        }
        Ok(())
    }

    /// What is known of a record that the batch points to; `None` where there is no such record.
    pub(super) fn get(&self, id: Uuid) -> Option<&Brief> {
        self.recent.get(&id).or_else(|| self.older.get(&id))
    }

    /// The earlier record that has this one's id too.
    pub(super) fn first_with_id_of(&self, seq: u64) -> Option<u64> {
        self.twice.get(&seq).copied()
    }

    /// Remembers which outcome of an attempt was counted.
    pub(super) fn answered(&mut self, attempt: Uuid, seq: u64, kind: Kind) {
        if let Some(brief) = self.recent.get_mut(&attempt) {
            brief.outcome = Some((seq, kind));
        }
    }
}

/// The ids that a record points to and that must be in the log.
fn pointers(record: &Record) -> Vec<Uuid> {
    match &record.body {
        Body::Gen(body) => body.attempt.into_iter().collect(),
        Body::GenDeny(body) => std::iter::once(body.attempt).chain(body.moderation).collect(),
        Body::GenError(body) => vec![body.attempt],
        Body::Moderation(body) => vec![body.subject],
        Body::Review(body) => vec![body.subject],
        Body::Access(body) => vec![body.subject],
        Body::Export(body) => std::iter::once(body.gen_record).chain(body.supersedes).collect(),
        Body::Incident(body) => body.related.clone(),
        _ => Vec::new(),
    }
}
