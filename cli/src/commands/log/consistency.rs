//! `touchmark log consistency`

use std::path::Path;

use serde::Serialize;
use touchmark_core::home::Home;
use touchmark_core::ledger::Continuation;
use touchmark_core::tlog::checkpoint::SignedCheckpoint;
use touchmark_core::tlog::consistency::Consistency as Proof;

use super::notes;
use crate::args::Consistency;
use crate::commands::log_keys;
use crate::error::{Answer, Failure, Outcome};
use crate::output::{Output, safe};

#[derive(Serialize)]
struct Continued<'a> {
    origin: &'a str,
    old: u64,
    new: u64,
}

pub(super) fn run(args: &Consistency, dir: &Path, output: &mut Output) -> Outcome {
    let old = notes::checkpoint(&args.old)?;
    match &args.check {
        Some(proof) => check(args, &old, proof, dir, output),
        None => prove(args, &old, dir, output),
    }
}

fn prove(args: &Consistency, old: &SignedCheckpoint, dir: &Path, output: &mut Output) -> Outcome {
    let snapshot = Home::open(dir)?.reader()?.snapshot()?;
    let logs = match &args.log_key {
        Some(key) => log_keys(key)?,
        None => vec![snapshot.history().clone()],
    };
    let new = match &args.new {
        Some(file) => notes::checkpoint(file)?,
        None => snapshot.note().clone(),
    };
    for (note, file) in [(old, Some(&args.old)), (&new, args.new.as_ref())] {
        let Some(file) = file else { continue };
        if let Err(refusal) = notes::signed(&logs, note) {
            output.refusal(&format!("{}: not a checkpoint of this log: {refusal}", notes::name(file)))?;
            return Ok(Answer::No);
        }
        let size = note.unverified().size();
        let refused = match snapshot.continues(note.unverified())? {
            Continuation::Proved(_) => continue,
            Continuation::Shorter { size: now } => {
                format!("the log was set back: {} covers {size} records, and it has {now}", notes::name(file))
            }
            Continuation::Forked { root } => format!(
                "the log was rewritten, or there are two of it: its first {size} records give the root {root}, {} says {}",
                notes::name(file),
                note.unverified().root()
            ),
        };
        output.refusal(&refused)?;
        return Ok(Answer::No);
    }
    let (from, to) = (old.unverified().size(), new.unverified().size());
    if from > to {
        return Err(format!("the older checkpoint covers {from} records and the newer {to}: exchange the two").into());
    }
    output.text("consistency", &snapshot.consistency(from, &new)?.to_string())?;
    Ok(Answer::Yes)
}

fn check(args: &Consistency, old: &SignedCheckpoint, file: &Path, dir: &Path, output: &mut Output) -> Outcome {
    let proof = Proof::parse(&notes::read(file)?);
    let proof = proof.map_err(|error| Failure::from(format!("{}: {error}", notes::name(file))))?;
    let known = notes::Known::given_or_own(args.log_key.as_deref(), dir)?;
    let mut refuse = |reason: &str| {
        output.refusal(&format!("{} does not prove that the log continues: {}", notes::name(file), safe(reason)))?;
        Ok(Answer::No)
    };
    if let Err(problem) = known.believe(old)? {
        return refuse(&problem);
    }
    let keys = match known.believe(proof.checkpoint())? {
        Ok(keys) => keys,
        Err(problem) => return refuse(&problem),
    };
    match proof.verify(old.unverified(), &keys) {
        Ok(opened) => {
            let (from, to) = (old.unverified().size(), opened.checkpoint.size());
            let origin = safe(opened.checkpoint.origin());
            let words = format!("The log {origin} continues: its {to} records begin with the {from} that were kept.");
            output.answer(&Continued { origin: &origin, old: from, new: to }, words)?;
            Ok(Answer::Yes)
        }
        Err(refusal) => refuse(&crate::error::chain(&refusal)),
    }
}
