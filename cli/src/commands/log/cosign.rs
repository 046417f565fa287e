//! `touchmark log cosign`

use std::path::Path;

use touchmark_core::event::time::to_text;
use touchmark_core::home::Home;
use touchmark_core::tlog::checkpoint::SignedCheckpoint;
use touchmark_core::tlog::consistency::Consistency;
use touchmark_core::tlog::note::VerifierKey;
use touchmark_core::witness::{self, Answer as Said, Refusal, Witness};

use super::notes;
use crate::args::Cosign;
use crate::commands::open_home;
use crate::edge::EDGE;
use crate::error::{Answer, Failure, Outcome};
use crate::output::{Output, message, safe};

pub(super) fn run(args: &Cosign, dir: &Path, output: &mut Output) -> Outcome {
    let home = open_home(dir)?;
    if args.key {
        output.text("witness_key", &format!("{}\n", home.witness(EDGE)?.verifier()))?;
        return Ok(Answer::Yes);
    }
    match (&args.add, &args.log) {
        (Some(file), _) => take_in(&home, file, output),
        (None, Some(log)) => cosign(args, &home.witness(EDGE)?, log, output),
        (None, None) => Err("name the log to cosign, --key or --add FILE".into()),
    }
}

fn cosign(args: &Cosign, witness: &Witness, log: &Path, output: &mut Output) -> Outcome {
    let request = if log.is_dir() { from_folder(args, witness, log)? } else { from_file(log)? };
    let note = request.checkpoint();
    let origin = note.unverified().origin().to_owned();
    let keys = keys_to_trust(args, witness, log, note)?;
    // Keys that did not sign are not remembered.
    if !keys.is_empty() {
        if let Err(refusal) = note.verify(&keys) {
            output.refusal(&format!("the checkpoint of {} is not believed: {refusal}", safe(&origin)))?;
            return Ok(Answer::No);
        }
        keys.iter().try_for_each(|key| witness.trust(key))?;
    }
    let seconds = u64::try_from(EDGE.now().time.as_second()).map_err(|_| "the clock stands before 1970")?;
    match witness.cosign(&request, seconds)? {
        Said::Cosigned(note) => {
            output.text("checkpoint", &note.to_string())?;
            Ok(Answer::Yes)
        }
        Said::Refused(refusal) => {
            let reason = refusal.to_string().replace(&origin, &safe(&origin));
            output.refusal(&format!("not cosigned: {reason}{}", advice(&refusal, log)))?;
            Ok(Answer::No)
        }
    }
}

fn from_folder(args: &Cosign, witness: &Witness, log: &Path) -> Outcome<Consistency> {
    let checkpoint = witness::request(log, 0)?;
    let origin = checkpoint.checkpoint().unverified().origin();
    // What is not known yet begins at 0, and nothing is read of a log that is not to be cosigned.
    if args.log_key.is_none() && !args.trust_first && witness.keys(origin)?.is_empty() {
        return Ok(checkpoint);
    }
    match witness.last(origin)? {
        Some(last) => Ok(witness::request(log, last.unverified().size())?),
        None => Ok(checkpoint),
    }
}

fn from_file(file: &Path) -> Outcome<Consistency> {
    let request = Consistency::parse(&notes::read(file)?);
    request.map_err(|error| {
        Failure::from(format!("{}: {error}", notes::name(file)))
            .hint("a file holds what touchmark log consistency prints; otherwise name the log's folder")
    })
}

/// The keys that the caller vouches for, or asks to believe, or that known ones handed over to.
fn keys_to_trust(args: &Cosign, witness: &Witness, log: &Path, note: &SignedCheckpoint) -> Outcome<Vec<VerifierKey>> {
    let origin = note.unverified().origin();
    if let Some(text) = &args.log_key {
        return notes::given_keys(text, note);
    }
    let known = witness.keys(origin)?;
    if let Some(newest) = known.last() {
        if !log.is_dir() || note.verify(&known).is_ok() {
            return Ok(Vec::new());
        }
        let next = witness::handed_over(log, newest)?;
        if !next.is_empty() {
            message(format!("note: {} has a new key, and the one known here agreed to it in the log", safe(origin)));
        }
        return Ok(next);
    }
    if !args.trust_first {
        return Ok(Vec::new());
    }
    if !log.is_dir() {
        return Err("a file names no key of the log: give it with --log-key".into());
    }
    let key = witness::unverified_key(log)?.ok_or("the folder names no key: give it with --log-key")?;
    notes::of_its_log(vec![key], note)
}

fn advice(refusal: &Refusal, log: &Path) -> String {
    match refusal {
        Refusal::UnknownLog { .. } if log.is_dir() => {
            "; give its key with --log-key, or believe the one in its folder with --trust-first".to_owned()
        }
        Refusal::UnknownLog { .. } => "; give its key with --log-key".to_owned(),
        Refusal::OtherSize { seen, .. } => {
            format!("; ask for a proof from there: touchmark log consistency, with the checkpoint of {seen} records")
        }
        Refusal::NotSigned { .. } => "; if the log has a new key, give that with --log-key".to_owned(),
        _ => String::new(),
    }
}

fn take_in(home: &Home, file: &Path, output: &mut Output) -> Outcome {
    let came = notes::checkpoint(file)?;
    let snapshot = home.reader()?.snapshot()?;
    match home.cosigned().take_in(&came, &snapshot, &home.witnesses()?)? {
        Ok(taken) => {
            let mut words = format!("The checkpoint of {} records is cosigned by:", taken.size);
            for cosigner in &taken.cosigners {
                words += &format!("\n  {} at {}", cosigner.witness, to_text(cosigner.time));
            }
            output.answer(&taken, words)?;
            Ok(Answer::Yes)
        }
        Err(refusal) => {
            output.refusal(&format!("{} was not taken in: {}", notes::name(file), safe(&refusal.to_string())))?;
            Ok(Answer::No)
        }
    }
}
