//! Reading the records of a segment that an index picked.

use std::ops::ControlFlow;

use crate::event::Record;

use super::super::Error;
use super::super::index::{Picked, Selection};
use super::super::line::Line;
use super::super::store::Store;

/// One record in so many: where fewer are picked, each is read by itself, else the whole segment is read and the others skipped.
const SPARSE: u64 = 32;

/// What a visitor of records is.
type Visit<'a> = dyn FnMut(&Record, &Line<'_>) -> ControlFlow<()> + 'a;

/// Shows those of the records picked from `first` on that are wanted. Answers whether the visitor stopped.
pub(super) fn visit(
    store: &dyn Store,
    first: u64,
    picked: &Picked,
    wanted: &Selection,
    visit: &mut Visit<'_>,
) -> Result<ControlFlow<()>, Error> {
    let end = first + store.segment_lines();
    match picked {
        Picked::All => scan(store, first..end, &mut |_| true, wanted, visit),
        Picked::These(places) if places.len() as u64 * SPARSE < store.segment_lines() => {
            for place in places {
                let seq = first + u64::from(*place);
                // One that was taken back meanwhile is not there.
                let Some(line) = store.read(seq)? else { continue };
                if show(seq, &line, wanted, visit)?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            Ok(ControlFlow::Continue(()))
        }
        Picked::These(places) => {
            let mut places = places.iter().map(|place| first + u64::from(*place)).peekable();
            scan(store, first..end, &mut |seq| places.next_if_eq(&seq).is_some(), wanted, visit)
        }
    }
}

fn scan(
    store: &dyn Store,
    range: std::ops::Range<u64>,
    is_picked: &mut dyn FnMut(u64) -> bool,
    wanted: &Selection,
    visit: &mut Visit<'_>,
) -> Result<ControlFlow<()>, Error> {
    let mut shown = Ok(ControlFlow::Continue(()));
    store.scan(range.start, &mut |seq, line| {
        if seq >= range.end {
            return ControlFlow::Break(());
        }
        if is_picked(seq) {
            shown = show(seq, line, wanted, visit);
        }
        if matches!(shown, Ok(ControlFlow::Continue(()))) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    shown
}

fn show(seq: u64, line: &[u8], wanted: &Selection, visit: &mut Visit<'_>) -> Result<ControlFlow<()>, Error> {
    let (line, record) = Line::whole(seq, line)?;
    Ok(if wanted.fits(&record, &line) { visit(&record, &line) } else { ControlFlow::Continue(()) })
}
