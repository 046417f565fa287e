//! `touchmark log absent`

use std::io::Write;
use std::path::Path;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use touchmark_core::home::Home;
use touchmark_core::ledger::Reader;
use touchmark_core::ledger::absence::{Absent as Shown, Answer as Found, MAX_PROOF, Name, Proof, prove};

use super::notes::Known;
use super::show::line;
use crate::args::{Absent, AbsentCommand, AbsentVerify};
use crate::error::{Answer, Failure, Hinted, Outcome};
use crate::inputs;
use crate::output::{Output, message};

/// A name that is there.
#[derive(Serialize)]
struct Present<'a> {
    name: &'a Name,
    absent: bool,
    records: Vec<Record>,
}

#[derive(Serialize)]
struct Record {
    seq: u64,
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
}

/// A name that is not there, and the proof, or the file that it was written to.
#[derive(Serialize)]
struct Proved<'a> {
    absent: bool,
    #[serde(flatten)]
    shown: &'a Shown,
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    out: Option<&'a Path>,
}

#[derive(Serialize)]
struct Refused<'a> {
    name: &'a Name,
    problem: String,
}

pub(super) fn run(args: &Absent, dir: &Path, output: &mut Output) -> Outcome {
    if let Some(AbsentCommand::Verify(args)) = &args.check {
        return verify(args, dir, output);
    }
    let name: Name = args.name.as_deref().unwrap_or_default().parse()?;
    let reader = Home::open(dir)?.reader()?;
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    bar.set_style(ProgressStyle::with_template("{bar:40} {pos}/{len} records, {eta} left")?);
    let found = prove(&reader, &name, &mut |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    match found.hint("touchmark log seal seals the records that stand now")? {
        Found::Present(records) => present(&reader, &name, &records, output),
        Found::Absent(proof) => absent(&reader, args, &proof, output),
    }
}

fn present(reader: &Reader, name: &Name, records: &[u64], output: &mut Output) -> Outcome {
    let records: Vec<_> = records.iter().map(|seq| reader.record(*seq)).collect::<Result<_, _>>()?;
    let mut words = format!("{name} is named in this log:");
    for record in &records {
        words += &format!("\n{}", line(record));
    }
    let known = |record: &touchmark_core::event::Record| Record {
        seq: record.seq,
        id: record.id.to_string(),
        kind: record.kind().name(),
    };
    output.answer(&Present { name, absent: false, records: records.iter().map(known).collect() }, words)?;
    Ok(Answer::No)
}

fn absent(reader: &Reader, args: &Absent, proof: &Proof, output: &mut Output) -> Outcome {
    // A proof that does not hold is not given out.
    let shown = proof.verify(&[reader.snapshot()?.history().clone()])?;
    let text = proof.to_string();
    let mut words = words(&shown);
    if shown.open > 0 {
        words += "\n  They do not name it either: touchmark log seal, then it can be proved of them too.";
    }
    if let Some(out) = &args.out {
        write_whole(out, text.as_bytes())?;
        output.answer(&Proved { absent: true, shown: &shown, proof: None, out: Some(out) }, words)?;
    } else if output.is_json() {
        output.answer(&Proved { absent: true, shown: &shown, proof: Some(text), out: None }, words)?;
    } else {
        output.text("proof", &text)?;
        message(words);
    }
    Ok(Answer::Yes)
}

fn verify(args: &AbsentVerify, dir: &Path, output: &mut Output) -> Outcome {
    let proof = Proof::parse(&read(&args.file)?)
        .map_err(|error| Failure::from(format!("{} is not a proof of absence: {error}", args.file.display())))?;
    let known = Known::given_or_own(args.log_key.as_deref(), dir).hint("name the log's key with --log-key")?;
    let shown = match proof.verify(&known.logs) {
        Ok(shown) => known.believe(&proof.checkpoint)?.map(|_| shown),
        Err(refusal) => Err(refusal.to_string()),
    };
    match shown {
        Ok(shown) => {
            let words = words(&shown);
            output.answer(&Proved { absent: true, shown: &shown, proof: None, out: None }, words)?;
            Ok(Answer::Yes)
        }
        Err(problem) => {
            let words = format!("The proof does not show that {} is absent: {problem}", proof.name);
            output.answer(&Refused { name: &proof.name, problem }, words)?;
            Ok(Answer::No)
        }
    }
}

fn words(shown: &Shown) -> String {
    let Shown { name, origin, before, size, open } = shown;
    let how_far = match open {
        0 => format!("all {size} records up to its checkpoint"),
        open => format!(
            "records 0 to {}; of those behind them ({open} of the {size} up to its checkpoint) the proof says nothing",
            before.saturating_sub(1)
        ),
    };
    format!(
        "{name} is not in the log {origin}: not ingested, not used in training, not generated, not exported.\n  This holds for {how_far}."
    )
}

fn read(path: &Path) -> Outcome<Vec<u8>> {
    inputs::bytes(path, MAX_PROOF as u64 + 1)
        .map_err(|error| Failure::from(format!("could not read {}: {error}", path.display())))
}

/// The file is there whole or not at all.
fn write_whole(path: &Path, bytes: &[u8]) -> Outcome<()> {
    let write = || -> std::io::Result<()> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(bytes)?;
        file.persist(path)?;
        Ok(())
    };
    write().map_err(|error| format!("could not write {}: {error}", path.display()).into())
}
