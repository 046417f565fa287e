//! The writer's MAC chain, read again with the root of its keys, or from the present epoch on with that epoch's key.

use rayon::prelude::*;

use crate::keys::mac::{EpochKey, MacRoot};

use super::super::line::{Line, Malformed};
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

    /// For each line, the first of which stands at `first`, whether its MAC is right; `true` where it is not checked.
    ///
    /// A line of any other epoch than the present or the next is wrong, and no key is derived for it: a number in a forged line
    /// costs nothing.
    pub(super) fn check(&mut self, first: u64, lines: &[Parts<'_>], befores: &[Option<Before>]) -> Vec<bool> {
        let Some(key) = &mut self.key else { return vec![true; lines.len()] };
        let pairs: Vec<_> = lines.iter().map(|(line, _)| line).zip(befores).collect();
        let epoch_of = |line: &Result<Line<'_>, Malformed>| line.as_ref().ok().map(|line| line.mac.epoch);
        let mut answers: Vec<Option<bool>> = Vec::with_capacity(lines.len());
        for run in pairs.chunk_by(|(a, _), (b, _)| epoch_of(a) == epoch_of(b)) {
            let epoch = run.first().and_then(|(line, _)| epoch_of(line));
            if !self.reached {
                self.reached = epoch.is_some_and(|epoch| epoch >= key.get().epoch());
                if !self.reached {
                    answers.resize(answers.len() + run.len(), None);
                    continue;
                }
            }
            if epoch.is_some_and(|epoch| key.get().epoch().checked_add(1) == Some(epoch)) {
                match key.get().following() {
                    Ok(next) => *key = Key::Own(next),
                    Err(_) => break,
                }
            }
            let (present, ready) = (key.get().epoch(), key.get().ready());
            answers.par_extend(run.par_iter().map(|(line, before)| match (line, before) {
                (Ok(line), Some(before)) => {
                    Some(line.mac.epoch == present && ready.verify(&before.mac.bytes, line.record, &line.mac.bytes))
                }
                _ => None,
            }));
        }
        answers.resize(lines.len(), Some(false));
        self.checked += answers.iter().flatten().count() as u64;
        self.right += answers.iter().flatten().filter(|right| **right).count() as u64;
        let at = answers.iter().position(Option::is_some);
        self.from = self.from.or_else(|| at.map(|at| first + at as u64));
        answers.into_iter().map(|answer| answer.unwrap_or(true)).collect()
    }
}
