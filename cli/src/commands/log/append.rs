//! `touchmark log append`

use std::path::Path;

use serde::Serialize;
use touchmark_core::event::Event;
use touchmark_core::event::private::Actor;
use touchmark_core::ledger::Receipt;
use touchmark_core::tlog::proof::Proof;

use crate::args::Append;
use crate::commands::{open_home, writer};
use crate::edge::EDGE;
use crate::error::{Answer, Outcome};
use crate::inputs;
use crate::output::{Output, message};

#[derive(Serialize)]
struct Appended {
    id: String,
    seq: u64,
    hash: String,
    #[serde(rename = "type")]
    kind: &'static str,
    /// With the checkpoint in it. Only where it is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<String>,
    /// Whoever it belongs to was erased before, and has a new key.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    new_key_after_erasure: bool,
}

impl Appended {
    fn new(receipt: Receipt, proof: Option<&Proof>) -> Self {
        let Receipt { id, kind, seq, hash, returned } = receipt;
        let proof = proof.map(ToString::to_string);
        Self {
            id: id.to_string(),
            seq,
            hash: hash.to_string(),
            kind: kind.name(),
            proof,
            new_key_after_erasure: returned,
        }
    }
}

pub(super) fn run(args: &Append, dir: &Path, person: Option<&Actor>, output: &mut Output) -> Outcome {
    let home = open_home(dir)?;
    let events: Vec<Event> = inputs::events(&args.file, person)?;
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
    let snapshot = if output.is_json() { Some(ledger.snapshot()?) } else { None };
    for receipt in receipts {
        let proof = snapshot.as_ref().map(|snapshot| snapshot.prove(receipt.seq)).transpose()?;
        let line = Appended::new(receipt, proof.as_ref());
        let words = format!("{:>8}  {:<12} {}  {}", line.seq, line.kind, line.id, line.hash);
        output.answer(&line, words)?;
        if line.new_key_after_erasure {
            message(format!(
                "note: the person of record {} was erased before: from here on they have a new key",
                line.seq
            ));
        }
    }
    Ok(Answer::Yes)
}
