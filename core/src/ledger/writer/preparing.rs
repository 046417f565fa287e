//! Events to records, as far as that can be done before their places are known.

use rayon::prelude::*;

use crate::edge::Edge;
use crate::event::prepare::Log;
use crate::event::sealer::SealingKeys;
use crate::event::{self, Event, Prepared};

use super::super::Error;
use super::super::line;
use super::framing::FEW;

/// Does with events what can be done before their places are known.
pub(in super::super) fn prepare(events: &[Event], log: &Log, edge: Edge<'_>) -> Result<Vec<Prepared>, Error> {
    prepare_behind(0, events, log, edge)
}

/// The same where so many others were given before them.
pub(super) fn prepare_behind(
    before: usize,
    events: &[Event],
    log: &Log,
    edge: Edge<'_>,
) -> Result<Vec<Prepared>, Error> {
    let (keys, now) = (log.keys(events, edge)?, edge.now().time);
    let prepare = |(at, (event, keys)): (usize, (&Event, &Option<SealingKeys>))| {
        let prepared = event.prepare_with(log, keys.as_ref(), now, edge).map_err(|source| (at, source))?;
        // A longer line could be written, but never read again.
        let bytes = prepared.private_len();
        if bytes > line::MAX_PRIVATE {
            return Err((at, event::Error::TooLarge { bytes, limit: line::MAX_PRIVATE }));
        }
        Ok(prepared)
    };
    let prepared: Result<Vec<Prepared>, (usize, event::Error)> = if events.len() < FEW {
        events.iter().zip(&keys).enumerate().map(prepare).collect()
    } else {
        // All answers, then the first refusal: whichever thread comes first, the same event is named.
        let all: Vec<_> = events.par_iter().zip(&keys).enumerate().map(prepare).collect();
        all.into_iter().collect()
    };
    prepared.map_err(|(at, source)| Error::Event { number: before + at + 1, source })
}
