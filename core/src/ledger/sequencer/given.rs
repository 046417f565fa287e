//! The ids that callers gave to records which a look-up in the log may not find yet.

use std::collections::HashMap;

use uuid::Uuid;

/// So many are kept before those go that a look-up finds.
const KEPT: usize = 1 << 16;

/// The ids given to all records from some position on.
#[derive(Debug, Default)]
pub(super) struct Given {
    from: u64,
    seqs: HashMap<Uuid, u64>,
}

impl Given {
    /// Begins anew, with those of a run that begins at `from`.
    pub(super) fn begin(&mut self, from: u64, ids: HashMap<Uuid, u64>) {
        *self = Self { from, seqs: ids };
    }

    /// Whether it knows all that a look-up does not which saw the records before `from`.
    pub(super) fn continues(&self, from: u64) -> bool {
        self.from <= from
    }

    pub(super) fn has_any(&self, ids: &[Uuid]) -> bool {
        ids.iter().any(|id| self.seqs.contains_key(id))
    }

    /// Notes ids of records that stand at `seq` or behind.
    pub(super) fn add(&mut self, ids: &[Uuid], seq: u64) {
        self.seqs.extend(ids.iter().map(|id| (*id, seq)));
    }

    /// Records before `durable` are found by whoever looks from now on.
    pub(super) fn let_go(&mut self, durable: u64) {
        if self.seqs.len() > KEPT {
            self.seqs.retain(|_, seq| *seq >= durable);
            self.from = durable;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(range: std::ops::Range<u64>) -> Vec<Uuid> {
        range.map(|number| Uuid::from_u64_pair(7, number)).collect()
    }

    #[test]
    fn whoever_looked_before_the_ids_begin_has_to_look_again() {
        let mut given = Given::default();
        given.begin(10, HashMap::from([(ids(0..1)[0], 10)]));
        assert!(given.continues(10) && given.continues(11) && !given.continues(9));
        given.add(&ids(1..2), 11);
        assert!(given.has_any(&ids(0..1)) && given.has_any(&ids(1..4)) && !given.has_any(&ids(2..4)));
    }

    #[test]
    fn ids_go_when_they_are_many_and_never_one_that_a_look_up_may_miss() {
        let mut given = Given::default();
        given.begin(0, HashMap::new());
        given.add(&ids(0..10), 3);
        given.let_go(5);
        assert!(given.has_any(&ids(0..1)) && given.continues(0), "they are few");
        given.add(&ids(10..KEPT as u64 + 1), 5);
        given.let_go(5);
        assert!(!given.has_any(&ids(0..10)) && given.has_any(&ids(10..11)));
        assert!(given.continues(5) && !given.continues(4));
    }
}
