//! The writer's MAC chain, read again with the root of its keys, or from the present epoch on with that epoch's key.

use crate::keys::mac::{Claim, EpochKey, MacRoot, ReadyKey};

use super::super::line::Line;
use super::walk::{Before, Parts};

/// With which keys MACs are checked.
#[derive(Debug, Clone, Copy)]
pub enum MacKeys<'a> {
    /// The root: all of them.
    Root(&'a MacRoot),
    /// An epoch's key: those of this epoch and later ones.
    Epoch(&'a EpochKey),
}

/// The key of the epoch that the walk has reached: it only ever goes one epoch further, as the writer's does.
pub(super) struct Macs<'a> {
    key: Option<Key<'a>>,
    /// Whether the key's epoch is that of the line before, or one that is still to come.
    reached: bool,
    /// How many were looked at.
    pub(super) checked: u64,
    /// How many of those were right.
    pub(super) right: u64,
    /// The first that was looked at.
    pub(super) from: Option<u64>,
}

enum Key<'a> {
    Own(EpochKey),
    Lent(&'a EpochKey),
}

impl Key<'_> {
    fn get(&self) -> &EpochKey {
        match self {
            Self::Own(key) => key,
            Self::Lent(key) => key,
        }
    }
}

impl<'a> Macs<'a> {
    pub(super) fn new(keys: Option<MacKeys<'a>>) -> Self {
        let (key, reached) = match keys {
            None => (None, false),
            Some(MacKeys::Root(root)) => (Some(Key::Own(root.first_epoch())), true),
            Some(MacKeys::Epoch(key)) => (Some(Key::Lent(key)), false),
        };
        Self { key, reached, checked: 0, right: 0, from: None }
    }

    /// With which key the MAC of each line is to be looked at. Keys are derived here, one after the other; the MACs themselves can be
    /// computed side by side.
    ///
    /// A line of any other epoch than the present or the next is wrong, and no key is derived for it: a number in a forged line
    /// costs nothing.
    pub(super) fn plan(&mut self, lines: &[Parts<'_>]) -> Plan {
        let mut plan = Plan { keys: Vec::new(), tasks: Vec::with_capacity(lines.len()) };
        let Some(key) = &mut self.key else {
            plan.tasks.resize(lines.len(), Task::Skip);
            return plan;
        };
        let epoch_of = |parts: &Parts<'_>| parts.line.as_ref().ok().map(|line| line.mac.epoch);
        for run in lines.chunk_by(|one, next| epoch_of(one) == epoch_of(next)) {
            let epoch = run.first().and_then(epoch_of);
            self.reached |= epoch.is_some_and(|epoch| epoch >= key.get().epoch());
            if epoch.is_some_and(|epoch| self.reached && key.get().epoch().checked_add(1) == Some(epoch)) {
                match key.get().following() {
                    Ok(next) => *key = Key::Own(next),
                    Err(_) => break,
                }
            }
            let task = match epoch {
                Some(epoch) if self.reached && epoch == key.get().epoch() => {
                    plan.keys.push(key.get().ready());
                    Task::Verify(plan.keys.len() - 1)
                }
                Some(_) if self.reached => Task::Refuse,
                _ => Task::Skip,
            };
            plan.tasks.resize(plan.tasks.len() + run.len(), task);
        }
        plan.tasks.resize(lines.len(), Task::Refuse);
        plan
    }

    /// Counts what was found of the lines from `first` on.
    pub(super) fn count(&mut self, first: u64, answers: impl Iterator<Item = Option<bool>>) {
        for (seq, right) in (first..).zip(answers).filter_map(|(seq, answer)| Some((seq, answer?))) {
            self.checked += 1;
            self.right += u64::from(right);
            self.from = self.from.or(Some(seq));
        }
    }
}

fn claim<'a>((line, before): (&'a Line<'_>, &'a Before)) -> Claim<'a> {
    Claim { previous: &before.mac.bytes, record: line.record, mac: &line.mac.bytes }
}

/// What is to be done about the MACs of some lines.
pub(super) struct Plan {
    keys: Vec<ReadyKey>,
    tasks: Vec<Task>,
}

#[derive(Clone, Copy)]
enum Task {
    /// It is not checked.
    Skip,
    /// It cannot be right.
    Refuse,
    /// Under this key.
    Verify(usize),
}

impl Plan {
    /// Whether the MACs of line `at` and of the one behind it are right; `None` where one is not checked, or there is no such line.
    pub(super) fn answers(&self, at: usize, lines: [Option<(&Line<'_>, &Before)>; 2]) -> [Option<bool>; 2] {
        let tasks = [self.tasks.get(at).copied(), self.tasks.get(at + 1).copied()];
        if let ([Some(Task::Verify(key)), Some(Task::Verify(same))], [Some(first), Some(second)]) = (tasks, lines)
            && key == same
            && let Some(key) = self.keys.get(key)
        {
            return key.verify_two([claim(first), claim(second)]).map(Some);
        }
        [0, 1].map(|of| self.answer(tasks[of]?, lines[of]?))
    }

    fn answer(&self, task: Task, line: (&Line<'_>, &Before)) -> Option<bool> {
        match task {
            Task::Skip => None,
            Task::Refuse => Some(false),
            Task::Verify(key) => {
                let Claim { previous, record, mac } = claim(line);
                Some(self.keys.get(key)?.verify(previous, record, mac))
            }
        }
    }
}
