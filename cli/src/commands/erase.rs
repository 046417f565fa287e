//! `touchmark erase`

use std::path::Path;

use serde_json::json;
use touchmark_core::erasure::{self, Erased, Eraser};
use touchmark_core::event::terms::ErasureReason;

use super::{hold, open_home, writer};
use crate::args::Erase;
use crate::edge::EDGE;
use crate::error::{Answer, Failure, Outcome};
use crate::inputs;
use crate::output::{Output, safe};

pub(super) fn run(args: &Erase, dir: &Path, output: &mut Output) -> Outcome {
    let home = open_home(dir)?;
    let reason = args.reason.as_deref().map(reason).transpose()?;
    let mut ledger = writer(&home)?;
    let reader = home.reader()?;
    let mut eraser = Eraser { ledger: &mut ledger, reader: &reader, edge: EDGE };
    let (Some(subject), Some(reason)) = (&args.subject, reason) else {
        return finish(&mut eraser, output);
    };
    let by = args.by.as_deref().map(inputs::person);
    match eraser.erase(subject, reason, by.as_ref())? {
        erasure::Answer::Erased(erased) => {
            let words = if erased.begun_before {
                format!(
                    "Erased: the key that record {} names is destroyed. An earlier run was interrupted.",
                    erased.seq
                )
            } else {
                format!(
                    "Erased: the person's key is destroyed, and record {} says so.\n  What was sealed under it can never be opened again; the log is whole, and its proofs hold.",
                    erased.seq
                )
            };
            output.answer(&line("erased", &erased), words)?;
            Ok(Answer::Yes)
        }
        erasure::Answer::Before { seq } => {
            let by = seq.map_or_else(|| "no record says when".to_owned(), |seq| format!("record {seq} says so"));
            let line = json!({"state": "erased-before", "record": seq});
            output.answer(&line, format!("Erased before: {by}. Nothing is sealed for that person since."))?;
            Ok(Answer::Yes)
        }
        erasure::Answer::Unknown => {
            let words = format!(
                "Nothing in this log was ever sealed for {}: is that the subject that the records name?",
                safe(subject)
            );
            output.answer(&json!({"state": "unknown"}), words)?;
            Ok(Answer::No)
        }
        erasure::Answer::Held(holds) => hold::forbidden("Nothing was erased", &holds, &home, output),
    }
}

fn finish(eraser: &mut Eraser<'_>, output: &mut Output) -> Outcome {
    let finished = eraser.finish()?;
    if finished.is_empty() {
        output.answer(&json!({"state": "finished"}), "Every key that an ERASURE record names is destroyed.")?;
    }
    for erased in &finished {
        let words = format!("Destroyed {} that record {} names.", keys(erased.keys.len()), erased.seq);
        output.answer(&line("finished", erased), words)?;
    }
    Ok(Answer::Yes)
}

fn keys(count: usize) -> String {
    if count == 1 { "a key".to_owned() } else { format!("{count} keys") }
}

fn line(state: &str, erased: &Erased) -> serde_json::Value {
    json!({"state": state, "record": erased.seq, "keys": erased.keys, "begun_before": erased.begun_before})
}

fn reason(text: &str) -> Outcome<ErasureReason> {
    serde_json::from_value(text.into()).map_err(|_| {
        Failure::from(format!("{text:?} is not a reason to erase somebody"))
            .hint("--reason subject-request, retention-expired or legal-order")
    })
}
