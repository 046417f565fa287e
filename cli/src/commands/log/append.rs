//! `touchmark log append`

use std::path::Path;

use serde::Serialize;
use touchmark_core::event::Event;
use touchmark_core::home::Home;
use touchmark_core::ledger::Receipt;

use crate::args::Append;
use crate::commands::writer;
use crate::edge::EDGE;
use crate::error::{Answer, Outcome};
use crate::inputs;
use crate::output::Output;

#[derive(Serialize)]
struct Appended {
    id: String,
    seq: u64,
    hash: String,
    #[serde(rename = "type")]
    kind: &'static str,
}

impl From<Receipt> for Appended {
    fn from(receipt: Receipt) -> Self {
        let Receipt { id, kind, seq, hash } = receipt;
        Self { id: id.to_string(), seq, hash: hash.to_string(), kind: kind.name() }
    }
}

pub(super) fn run(args: &Append, dir: &Path, output: &mut Output) -> Outcome {
    let home = Home::open(dir)?;
    let events: Vec<Event> = inputs::events(&args.file, None)?;
    for (number, event) in (1..).zip(&events) {
        let kind = event.body.kind();
        if kind.is_written_by_the_log() {
            return Err(format!(
                "event {number}: {kind} records are written by the log itself and cannot be handed in"
            )
            .into());
        }
    }
    let mut ledger = writer(&home)?;
    home.reader()?.refuse_known(&events)?;
    let receipts = ledger.append(&events, EDGE)?;
    for receipt in receipts {
        let line = Appended::from(receipt);
        let words = format!("{:>8}  {:<12} {}  {}", line.seq, line.kind, line.id, line.hash);
        output.answer(&line, words)?;
    }
    Ok(Answer::Yes)
}
