//! `touchmark log seal`

use std::path::Path;

use touchmark_core::event::body::Segment;

use crate::commands::{open_home, writer};
use crate::edge::EDGE;
use crate::error::{Answer, Outcome};
use crate::output::Output;

pub(super) fn run(dir: &Path, output: &mut Output) -> Outcome {
    let sealed = writer(&open_home(dir)?)?.seal_names(EDGE)?;
    if sealed.is_empty() {
        output.words("Everything is sealed already.")?;
    }
    for run in sealed {
        let Segment { first, end, leaves, root } = &run;
        let last = end.saturating_sub(1);
        output.answer(
            &run,
            format!("Sealed records {first} to {last}: they name {leaves} hashes and commitments.\n  root {root}"),
        )?;
    }
    Ok(Answer::Yes)
}
