//! `touchmark log import-proof`

use std::path::{Path, PathBuf};

use serde::Serialize;
use touchmark_core::tlog::checkpoint::SignedCheckpoint;
use touchmark_core::tlog::consistency::Consistency;
use touchmark_core::tlog::note::VerifierKey;
use touchmark_core::trail::{self, Import, Refusal};
use touchmark_core::{ledger::Reader, witness};

use super::notes;
use crate::args::ImportProof;
use crate::commands::{open_home, writer};
use crate::edge::EDGE;
use crate::error::{Answer, Failure, Outcome};
use crate::output::{Output, safe};

#[derive(Serialize)]
struct Committed<'a> {
    origin: &'a str,
    /// How many of the trail's records.
    records: u64,
    /// The ANCHOR.
    seq: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// Whether it was on record already.
    before: bool,
}

pub(super) fn run(args: &ImportProof, dir: &Path, output: &mut Output) -> Outcome {
    let home = open_home(dir)?;
    // Nobody commits to another checkpoint of the trail between the look and the record.
    let mut ledger = writer(&home)?;
    let reader = home.reader()?;
    let folder = folder(&args.log);
    let request = match &folder {
        Some(folder) => from_folder(folder, &reader)?,
        None => from_file(&args.log)?,
    };
    let note = request.checkpoint();
    let (origin, records) = (safe(note.unverified().origin()), note.unverified().size());
    let keys = keys(args, folder.as_deref(), &reader, note)?;
    match trail::import(&reader, &request, &keys)? {
        Import::New(event) => {
            let receipts = ledger.append(&[*event], EDGE)?;
            let receipt = receipts.first().ok_or("the log gave no receipt")?;
            let (seq, id) = (receipt.seq, Some(receipt.id.to_string()));
            let words = format!("{records} records of {origin} are committed to, anchor {seq} ({})", receipt.id);
            output.answer(&Committed { origin: &origin, records, seq, id, before: false }, words)?;
            Ok(Answer::Yes)
        }
        Import::Before(seq) => {
            let words = format!("{records} records of {origin} were committed to before, anchor {seq}");
            output.answer(&Committed { origin: &origin, records, seq, id: None, before: true }, words)?;
            Ok(Answer::Yes)
        }
        Import::Refused(refusal) => {
            output.refusal(&format!(
                "not committed to: {}{}",
                safe(&refusal.to_string()),
                advice(&refusal, folder.is_some())
            ))?;
            Ok(Answer::No)
        }
    }
}

/// The folder with the other log's lines: what was named, or its home.
fn folder(named: &Path) -> Option<PathBuf> {
    let of_a_home = named.join("ledger");
    if of_a_home.is_dir() { Some(of_a_home) } else { named.is_dir().then(|| named.to_owned()) }
}

fn from_folder(folder: &Path, reader: &Reader) -> Outcome<Consistency> {
    let newest = witness::request(folder, 0)?;
    match trail::known(reader, newest.checkpoint().unverified().origin())? {
        Some(known) => Ok(witness::request(folder, known.checkpoint.size())?),
        None => Ok(newest),
    }
}

fn from_file(file: &Path) -> Outcome<Consistency> {
    let bytes = notes::read(file)?;
    let request = if bytes.starts_with(b"old ") {
        Consistency::parse(&bytes)
    } else {
        SignedCheckpoint::parse(&bytes).and_then(|note| Consistency::new(0, Vec::new(), note))
    };
    request.map_err(|error| {
        Failure::from(format!("{}: {error}", notes::name(file)))
            .hint("a file holds what touchmark log checkpoint or touchmark log consistency prints")
    })
}

/// The keys that the caller vouches for, or asks to believe, or that the known one handed over to.
fn keys(
    args: &ImportProof,
    folder: Option<&Path>,
    reader: &Reader,
    note: &SignedCheckpoint,
) -> Outcome<Vec<VerifierKey>> {
    let keys = match (&args.log_key, folder) {
        (Some(text), _) => return notes::given_keys(text, note),
        (None, Some(folder)) => match trail::known(reader, note.unverified().origin())? {
            Some(known) => witness::handed_over(folder, &known.key)?,
            None if args.trust_first => witness::unverified_key(folder)?.into_iter().collect(),
            None => Vec::new(),
        },
        (None, None) if args.trust_first => return Err("a file names no key of the log: give it with --log-key".into()),
        (None, None) => Vec::new(),
    };
    notes::of_its_log(keys, note)
}

fn advice(refusal: &Refusal, is_folder: bool) -> String {
    match refusal {
        Refusal::UnknownKey { .. } if is_folder => {
            "; give it with --log-key, or believe the one in the folder with --trust-first".to_owned()
        }
        Refusal::UnknownKey { .. } => "; give it with --log-key".to_owned(),
        Refusal::NotSigned(_) => "; if the log has a new key, give that with --log-key".to_owned(),
        Refusal::OtherSize { known, .. } => {
            format!("; prove it from there: touchmark log consistency, with the checkpoint of {known} records")
        }
        _ => String::new(),
    }
}
