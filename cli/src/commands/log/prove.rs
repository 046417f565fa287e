//! `touchmark log prove` and `touchmark log checkpoint`

use std::path::Path;

use serde::Serialize;
use touchmark_core::event::Record;
use touchmark_core::event::time::to_text;
use touchmark_core::home::Home;
use touchmark_core::ledger::line::Line;
use touchmark_core::merkle::leaf_hash;
use touchmark_core::tlog::proof::Proof;
use touchmark_core::witness::{Cosigner, cosigners};

use super::notes;
use crate::args::{Checkpoint, Prove};
use crate::commands::log_key;
use crate::error::{Answer, Failure, Outcome};
use crate::output::{Output, safe};

#[derive(Serialize)]
struct Proved<'a> {
    origin: &'a str,
    id: String,
    seq: u64,
    size: u64,
    cosigners: Vec<Cosigner>,
}

pub(super) fn run(args: &Prove, dir: &Path, output: &mut Output) -> Outcome {
    if let Some(proof) = &args.check {
        return check(args, proof, dir, output);
    }
    let id = args.id.ok_or("name a record by its id, or a proof with --check")?;
    let home = Home::open(dir)?;
    let reader = home.reader()?;
    let seq = reader.find(id)?;
    let snapshot = reader.snapshot()?;
    let mut proof = if args.cosigned {
        let Some(note) = home.cosigned().covering(seq, &notes::keys(&snapshot), &home.witnesses()?)? else {
            output.refusal(&format!("no known witness has cosigned a checkpoint that covers record {seq} yet"))?;
            return Ok(Answer::No);
        };
        snapshot.prove_under(seq, &note)?
    } else {
        snapshot.prove(seq)?
    };
    if args.with_record {
        let line = reader.line(seq)?;
        proof = proof.with_extra(Line::parse(&line)?.record.to_vec())?;
    }
    output.text("proof", &proof.to_string())?;
    Ok(Answer::Yes)
}

pub(super) fn checkpoint(args: &Checkpoint, dir: &Path, output: &mut Output) -> Outcome {
    let home = Home::open(dir)?;
    let snapshot = home.reader()?.snapshot()?;
    let note = if args.cosigned {
        let (log, witnesses) = (notes::keys(&snapshot), home.witnesses()?);
        let all = home.cosigned().all()?;
        let Some(note) = all.into_iter().find(|note| !cosigners(note, &log, &witnesses).is_empty()) else {
            output.refusal("no known witness has cosigned a checkpoint of this log yet")?;
            return Ok(Answer::No);
        };
        note
    } else {
        home.cosigned().completed(snapshot.note())?
    };
    output.text("checkpoint", &note.to_string())?;
    Ok(Answer::Yes)
}

/// What a stranger does who was handed a proof.
fn check(args: &Prove, file: &Path, dir: &Path, output: &mut Output) -> Outcome {
    let proof = Proof::parse(&notes::read(file)?);
    let proof = proof.map_err(|error| Failure::from(format!("{}: {error}", notes::name(file))))?;
    let record = match (&args.record, proof.extra()) {
        (Some(path), _) => {
            std::fs::read(path).map_err(|error| format!("could not read {}: {error}", path.display()))?
        }
        (None, Some(record)) => record.to_vec(),
        (None, None) => return Err("the proof has no record in it: name it with --record FILE".into()),
    };
    let public = public_part(&record);
    let known = notes::Known::given_or_own(args.log_key.as_deref(), dir)?;
    let witnesses = args.witness_key.iter().map(|key| log_key(key)).collect::<Outcome<Vec<_>>>()?;
    let refuse = |output: &mut Output, reason: &str| {
        output.refusal(&format!("{} does not prove the record: {}", notes::name(file), safe(reason)))?;
        Ok(Answer::No)
    };
    let log = match known.believe(proof.checkpoint())? {
        Ok(keys) => keys,
        Err(problem) => return refuse(output, &problem),
    };
    let opened = match proof.verify(&leaf_hash(public), &log) {
        Ok(opened) => opened,
        Err(refusal) => return refuse(output, &crate::error::chain(&refusal)),
    };
    let record = match Record::from_bytes(public) {
        Ok(record) if record.seq == proof.index() => record,
        Ok(record) => return refuse(output, &format!("it says that it is record {}", record.seq)),
        Err(error) => return refuse(output, &format!("what is proved is not a record: {error}")),
    };
    let cosigners = cosigners(proof.checkpoint(), &log, &witnesses);
    let origin = safe(opened.checkpoint.origin());
    let (seq, size) = (record.seq, opened.checkpoint.size());
    let mut words = format!(
        "Record {seq} ({}, {}) is in the log {origin}, under its checkpoint of {size} records.",
        record.kind(),
        record.id
    );
    for cosigner in &cosigners {
        words += &format!("\n  cosigned by {} at {}", safe(&cosigner.witness), to_text(cosigner.time));
    }
    let is_short = cosigners.len() < witnesses.len();
    if is_short {
        words += &format!(
            "\n  {} of the {} witnesses asked for did not cosign it",
            witnesses.len() - cosigners.len(),
            witnesses.len()
        );
    }
    output.answer(&Proved { origin: &origin, id: record.id.to_string(), seq, size, cosigners }, words)?;
    Ok(if is_short { Answer::No } else { Answer::Yes })
}

/// The public part as it was hashed: of a whole line of the log, or what stands there by itself.
fn public_part(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    Line::parse(bytes).map_or(bytes, |line| line.record)
}
