//! The writer's MAC chain, read again with the root of its keys.

use rayon::prelude::*;

use crate::keys::mac::{EpochKey, MacRoot};

use super::super::line::{Line, Malformed};
use super::walk::Before;

/// The key of the epoch that the walk has reached: it only ever goes one epoch further, as the writer's does.
pub(super) struct Macs {
    key: Option<EpochKey>,
}

impl Macs {
    pub(super) fn new(root: Option<&MacRoot>) -> Self {
        Self { key: root.map(MacRoot::first_epoch) }
    }

    /// For each line, whether its MAC is right; `true` where MACs are not checked.
    ///
    /// A line of any other epoch than the present or the next is wrong, and no key is derived for it: a number in a forged line
    /// costs nothing.
    pub(super) fn check(&mut self, lines: &[Result<Line<'_>, Malformed>], befores: &[Option<Before>]) -> Vec<bool> {
        let Some(key) = &mut self.key else { return vec![true; lines.len()] };
        let pairs: Vec<_> = lines.iter().zip(befores).collect();
        let epoch_of = |line: &Result<Line<'_>, Malformed>| line.as_ref().ok().map(|line| line.mac.epoch);
        let mut right = Vec::with_capacity(lines.len());
        for run in pairs.chunk_by(|(a, _), (b, _)| epoch_of(a) == epoch_of(b)) {
            let epoch = run.first().and_then(|(line, _)| epoch_of(line));
            if epoch.is_some_and(|epoch| key.epoch().checked_add(1) == Some(epoch)) && key.advance().is_err() {
                self.key = None;
                break;
            }
            let present = key.epoch();
            right.par_extend(run.par_iter().map(|(line, before)| match (line, before) {
                (Ok(line), Some(before)) => {
                    line.mac.epoch == present && key.verify(&before.mac.bytes, line.record, &line.mac.bytes)
                }
                _ => true,
            }));
        }
        right.resize(lines.len(), false);
        right
    }
}
