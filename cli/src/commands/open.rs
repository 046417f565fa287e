//! `touchmark open`

mod original;

use std::io::Write;
use std::path::Path;

use serde_json::json;
use tempfile::NamedTempFile;
use touchmark_core::event::json::MAX_BYTES;
use touchmark_core::event::time::to_text;
use touchmark_core::opening::{self, MAX_OPENING, Opening, Request, Shown};

use super::log::Known;
use super::{open_home, writer};
use crate::args::{Open, OpenCommand, OpenVerify};
use crate::edge::EDGE;
use crate::error::{Answer, Failure, Hinted, Outcome, chain};
use crate::inputs;
use crate::output::{Output, safe};

pub(super) fn run(args: &Open, dir: &Path, output: &mut Output) -> Outcome {
    if let Some(OpenCommand::Verify(args)) = &args.check {
        return verify(args, dir, output);
    }
    if let Some(hash) = &args.original {
        return original::run(args, hash, dir, output);
    }
    let (Some(record), Some(field), Some(purpose), Some(by), Some(out)) =
        (args.record, &args.field, &args.purpose, &args.by, &args.out)
    else {
        return Err("name the record, --field, --purpose, --by and --out".into());
    };
    let home = open_home(dir)?;
    let text = args.text.as_deref().map(text).transpose()?;
    let by = inputs::person(by);
    let request = Request { record, field, text: text.as_deref(), purpose, by: &by };
    let reader = home.reader()?;
    if let Some(closed) = request.closed(&reader, &super::opener(&home)).map_err(hinted)? {
        return no(&format!("the private part of {record} is {closed}"), None, output);
    }
    // Where nothing can be written, nothing is opened.
    let file = beside(out)?;
    match request.open(&mut writer(&home)?, &reader, EDGE)? {
        opening::Answer::Opened { opening, access } => {
            keep(file, out, opening.to_string().as_bytes())?;
            let words = format!(
                "Opened {} of {record} in {}: record {access} says who did, and what for.\n  Whoever gets the file can check it with touchmark open verify and the log's key.",
                safe(field),
                out.display()
            );
            output.answer(&json!({"opened": field, "id": record, "out": out, "access": access}), words)?;
            Ok(Answer::Yes)
        }
        opening::Answer::Closed(closed) => no(&format!("the private part of {record} is {closed}"), None, output),
        opening::Answer::NotThere { access } => no(&format!("{record} has no {}", safe(field)), Some(access), output),
        opening::Answer::OtherText { access } => {
            no(&format!("{record} is committed to another {} than this text", safe(field)), Some(access), output)
        }
    }
}

fn no(reason: &str, access: Option<u64>, output: &mut Output) -> Outcome {
    let seen = access.map(|seq| format!(" (record {seq} says that it was asked)")).unwrap_or_default();
    let line = json!({"refused": reason, "access": access});
    output.answer(&line, format!("Nothing was opened: {reason}{seen}."))?;
    Ok(Answer::No)
}

fn hinted(error: opening::Error) -> Failure {
    let is_without_text = matches!(error, opening::Error::NoText { .. });
    let failure = Failure::from(error);
    if is_without_text { failure.hint("--text FILE, or --text - for standard input") } else { failure }
}

fn verify(args: &OpenVerify, dir: &Path, output: &mut Output) -> Outcome {
    let name = args.file.display();
    let bytes = read(&args.file, MAX_OPENING)?;
    let opening =
        Opening::parse(&bytes).map_err(|error| Failure::from(format!("{name} is not an opening: {error}")))?;
    let known = Known::given_or_own(args.log_key.as_deref(), dir).hint("name the log's key with --log-key")?;
    let shown = match opening.verify(&known.logs) {
        Ok(shown) => known.believe(opening.proof().checkpoint())?.map(|_| shown),
        Err(refusal) => Err(chain(&refusal)),
    };
    match shown {
        Ok(shown) => {
            tell(&shown, output)?;
            Ok(Answer::Yes)
        }
        Err(problem) => {
            output.refusal(&format!("{name} proves nothing: {}", safe(&problem)))?;
            Ok(Answer::No)
        }
    }
}

fn tell(shown: &Shown<'_>, output: &mut Output) -> Outcome<()> {
    let Shown { field, record, origin, size } = shown;
    let (id, seq, kind) = (record.id, record.seq, record.kind());
    let value = field.value();
    let origin = safe(origin);
    let words = format!(
        "Record {seq} ({kind}, {id}) of the log {origin} has {} {}.\n  It was written at {}, and is in the log under its checkpoint of {size} records.",
        safe(field.name()),
        // As JSON, so that it stands on one line and its ends are seen.
        safe(&value.to_string()),
        to_text(record.read),
    );
    let line = json!({"origin": origin, "id": id, "seq": seq, "type": kind.name(), "read": to_text(record.read),
        "size": size, "field": field.name(), "value": value});
    output.answer(&line, words)
}

fn text(path: &Path) -> Outcome<String> {
    let text = String::from_utf8(read(path, MAX_BYTES)?);
    text.map_err(|_| format!("{}: not a text in UTF-8, so no record is committed to it", path.display()).into())
}

fn read(path: &Path, limit: usize) -> Outcome<Vec<u8>> {
    let bytes = inputs::bytes(path, limit as u64 + 1)
        .map_err(|error| Failure::from(format!("could not read {}: {error}", path.display())))?;
    if bytes.len() > limit {
        return Err(format!("{}: longer than {limit} bytes", path.display()).into());
    }
    Ok(bytes)
}

/// A file beside the place where it will be, readable to its owner alone.
fn beside(out: &Path) -> Outcome<NamedTempFile> {
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    if out.is_dir() {
        return Err(format!("{} is a folder: name a file in it with --out", out.display()).into());
    }
    if !folder.is_dir() {
        return Err(format!("{}: there is no folder {}", out.display(), folder.display()).into());
    }
    NamedTempFile::new_in(folder).map_err(|error| format!("could not write {}: {error}", out.display()).into())
}

/// The file is there whole or not at all.
fn keep(mut file: NamedTempFile, out: &Path, bytes: &[u8]) -> Outcome<()> {
    let write = || -> std::io::Result<()> {
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(out)?;
        Ok(())
    };
    write().map_err(|error| format!("could not write {}: {error}", out.display()).into())
}
