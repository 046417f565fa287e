//! `touchmark log append`

use std::path::Path;

use rayon::prelude::*;
use serde::Serialize;
use touchmark_core::event::Event;
use touchmark_core::event::private::Actor;
use touchmark_core::ledger::{self, Receipt, Snapshot};
use touchmark_core::tlog::proof::Proof;
use touchmark_core::tlog::tile::WIDTH;

use crate::args::Append;
use crate::commands::{open_home, writer};
use crate::edge::EDGE;
use crate::error::{Answer, Outcome};
use crate::inputs;
use crate::output::{Output, message};

/// So many records share a tile of the tree: proofs of them are quickest together.
const TILE: usize = WIDTH as usize;

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
    let receipts = ledger.append_all(events, EDGE)?;
    let snapshot = if output.is_json() { Some(ledger.snapshot()?) } else { None };
    // As many together as are proved side by side in short time, and little enough that they need not all be in memory.
    for receipts in receipts.chunks(16 * TILE) {
        let lines = receipts.par_chunks(TILE).map(|receipts| answers(receipts, snapshot.as_ref()));
        for lines in lines.collect::<Result<Vec<_>, ledger::Error>>()? {
            output.answers(lines)?;
        }
        for receipt in receipts.iter().filter(|receipt| receipt.returned) {
            message(format!(
                "note: the person of record {} was erased before: from here on they have a new key",
                receipt.seq
            ));
        }
    }
    Ok(Answer::Yes)
}

/// What is said of each.
fn answers(receipts: &[Receipt], snapshot: Option<&Snapshot>) -> Result<Vec<(Appended, String)>, ledger::Error> {
    let prover = snapshot.map(Snapshot::prover);
    let answer = |receipt: &Receipt| {
        let proof = prover.as_ref().map(|prover| prover.prove(receipt.seq)).transpose()?;
        let line = Appended::new(*receipt, proof.as_ref());
        let words = format!("{:>8}  {:<12} {}  {}", line.seq, line.kind, line.id, line.hash);
        Ok((line, words))
    };
    receipts.iter().map(answer).collect()
}
