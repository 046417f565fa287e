//! How segments stand, and which are due.

use std::path::Path;

use super::super::line::Line;
use super::super::segment::{self, Form, Segment};
use super::super::store::Store as _;
use super::{Error, Rules, Standing, Tier, Tiers};
use crate::causes::in_words;

/// All segments, in order.
pub(super) fn plan(tiers: &Tiers<'_>) -> Result<Vec<Standing>, Error> {
    let (store, covered) = (tiers.store, tiers.snapshot.size());
    let lines = store.segment_lines();
    let numbers = segment::numbers(store.dir())?;
    let last = numbers.last().copied();
    numbers
        .into_iter()
        .map(|number| {
            let first = number * lines;
            let records = lines.min(covered.saturating_sub(first));
            let may_move = records == lines && Some(number) < last;
            let standing = Standing {
                segment: number,
                first,
                records,
                tier: Tier::Hot,
                bytes: None,
                newest: None,
                goes: None,
                problem: None,
            };
            let segment = store.segment(number);
            Ok(match look(tiers, &segment, standing.clone(), may_move) {
                Ok(standing) => standing,
                Err(error) => Standing { problem: Some(in_words(&error)), ..standing },
            })
        })
        .collect()
}

/// Its tier and how many bytes its lines have.
pub(super) fn tier(segment: &Segment) -> Result<(Tier, Option<u64>), Error> {
    let length = |path: &Path| path.metadata().map(|metadata| metadata.len()).ok();
    Ok(match segment.open()? {
        Form::Plain(_) => (Tier::Hot, length(&segment.path)),
        Form::Packed(_) => (Tier::Warm, length(&segment.packed)),
        Form::Cold(pointer) => (Tier::Cold, length(&pointer.path(segment.name()))),
    })
}

fn look(tiers: &Tiers<'_>, segment: &Segment, standing: Standing, may_move: bool) -> Result<Standing, Error> {
    let (tier, bytes) = tier(segment)?;
    let standing = Standing { tier, bytes, ..standing };
    if !may_move {
        return Ok(standing);
    }
    let seq = standing.first + standing.records - 1;
    let line = tiers.store.read(seq)?.ok_or(Error::NoSuchRecord { seq, size: seq })?;
    let newest = Line::whole(seq, &line)?.1.read;
    let due = tiers.rules.tier(newest, tiers.now).max(begun(segment));
    let goes = (due > tier || is_elsewhere(tiers.rules, segment)?).then_some(due.max(tier));
    Ok(Standing { newest: Some(newest), goes, ..standing })
}

/// How far somebody came who was killed.
fn begun(segment: &Segment) -> Tier {
    if segment.pointer.exists() {
        Tier::Cold
    } else if segment.packed.exists() {
        Tier::Warm
    } else {
        Tier::Hot
    }
}

/// Whether it is in another archive than the rules name, and in that one too: somebody moved the files.
fn is_elsewhere(rules: &Rules, segment: &Segment) -> Result<bool, Error> {
    let (Some(archive), Form::Cold(pointer)) = (&rules.archive, segment.open()?) else { return Ok(false) };
    Ok(pointer.archive() != archive && archive.join(segment.name()).exists())
}
