//! `touchmark log …`

mod append;
mod audit;
mod publish;
mod published;
mod show;
mod tree;
mod verify;

use std::path::Path;

use touchmark_core::home::Home;

use crate::args::{Log, Prove};
use crate::error::{Answer, Outcome};
use crate::output::Output;

pub(super) fn run(log: &Log, dir: &Path, output: &mut Output) -> Outcome {
    match log {
        Log::Append(args) => append::run(args, dir, output),
        Log::Show(args) => show::run(args, dir, output),
        Log::Verify(args) => verify::run(args, dir, output),
        Log::Audit(args) => audit::run(args, dir, output),
        Log::Prove(args) => prove(args, dir, output),
        Log::Publish(args) => publish::run(args, dir, output),
        Log::Checkpoint(_) => checkpoint(dir, output),
    }
}

fn prove(args: &Prove, dir: &Path, output: &mut Output) -> Outcome {
    let reader = Home::open(dir)?.reader()?;
    let proof = reader.prove(reader.find(args.id)?)?;
    output.text("proof", &proof.to_string())?;
    Ok(Answer::Yes)
}

fn checkpoint(dir: &Path, output: &mut Output) -> Outcome {
    let checkpoint = Home::open(dir)?.reader()?.checkpoint()?;
    output.text("checkpoint", &checkpoint)?;
    Ok(Answer::Yes)
}
