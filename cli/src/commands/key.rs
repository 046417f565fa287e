//! `touchmark key …`

mod protect;
mod status;

use std::path::Path;

use serde::Serialize;

use super::{busy, open_home};
use crate::args::{Escrow, Key};
use crate::edge::EDGE;
use crate::error::{Answer, Outcome};
use crate::output::Output;

#[derive(Serialize)]
struct Rotated {
    record: u64,
    previous: String,
    key: String,
}

#[derive(Serialize)]
struct Escrowed<'a> {
    record: u64,
    file: &'a Path,
}

pub(super) fn run(key: &Key, dir: &Path, output: &mut Output) -> Outcome {
    match key {
        Key::List(_) => status::run(false, dir, output),
        Key::Status(_) => status::run(true, dir, output),
        Key::Rotate(_) => rotate(dir, output),
        Key::Escrow(args) => escrow(args, dir, output),
        Key::Protect(args) => protect::run(args, dir, output),
    }
}

fn rotate(dir: &Path, output: &mut Output) -> Outcome {
    let done = open_home(dir)?.rotate_key(EDGE).map_err(busy)?;
    let rotated = Rotated { record: done.record, previous: done.previous.to_string(), key: done.key.to_string() };
    let words = format!(
        "Record {} hands the log over, signed by both keys; the old one was erased.\n  old key    {}\n  new key    {}\n  Give out ledger/log.vkey anew: it has all keys of the log.",
        rotated.record, rotated.previous, rotated.key
    );
    output.answer(&rotated, words)?;
    Ok(Answer::Yes)
}

fn escrow(args: &Escrow, dir: &Path, output: &mut Output) -> Outcome {
    let record = open_home(dir)?.escrow_mac_root(&args.file, EDGE).map_err(busy)?;
    let words = format!(
        "The root of the MAC keys stands in {} and nowhere else (record {record}).\n  Give it to an auditor: touchmark log verify --mac-root {} checks all MACs.",
        args.file.display(),
        args.file.display()
    );
    output.answer(&Escrowed { record, file: &args.file }, words)?;
    Ok(Answer::Yes)
}
