//! `touchmark verify`

use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::Serialize;
use touchmark_core::home::Home;
use touchmark_core::ledger::Reader;
use touchmark_core::ledger::history::History;
use touchmark_core::manifest::Trust;
use touchmark_core::media::Limits;
use touchmark_core::verify::records::Records;
use touchmark_core::verify::{Answer as Verdicts, Means, Verdict, verify};

use super::export::read;
use super::{log_keys as log_keys_of, time, timestamps};
use crate::args::Verify;
use crate::error::{Answer, Failure, Outcome, chain};
use crate::inputs;
use crate::output::{Output, message, safe};

/// Files that are read and checked at a time.
const BATCH: usize = 64;

#[derive(Serialize)]
struct Line<'a> {
    path: &'a Path,
    #[serde(flatten)]
    verdict: Option<&'a Verdict>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

/// What is needed, and what is only there if a home is.
struct Setup {
    trust: Trust,
    log_keys: Vec<History>,
    reader: Option<Reader>,
    /// The home's own log.
    own: Option<Reader>,
    limits: Limits,
}

pub(super) fn run(args: &Verify, dir: &Path, output: &mut Output) -> Outcome {
    let images = inputs::images(&args.images)?;
    if args.manifest.is_some() && images.len() != 1 {
        return Err(
            Failure::from("--manifest goes with one image").hint("a file.c2pa beside file.jpg is found by itself")
        );
    }
    let setup = setup(args, dir)?;
    let records = setup.reader.as_ref().map(|reader| Records { reader });
    let at = args.at.as_deref().map(time).transpose()?;
    let means = Means {
        trust: &setup.trust,
        log_keys: &setup.log_keys,
        records: records.as_ref(),
        log: setup.own.as_ref(),
        at,
        limits: &setup.limits,
    };
    let mut all = true;
    let mut looked = true;
    for batch in images.chunks(BATCH) {
        let answers: Vec<(&PathBuf, Result<Verdict, String>)> =
            batch.par_iter().map(|path| (path, look(path, args.manifest.as_deref(), &means))).collect();
        for (path, answer) in answers {
            match answer {
                Ok(verdict) => {
                    all &= verdict.verdict == Verdicts::Verified;
                    let line = Line { path, verdict: Some(&verdict), error: None };
                    output.answer(&line, paragraph(path, &verdict))?;
                }
                Err(error) => {
                    looked = false;
                    if output.is_json() {
                        output.answer(&Line { path, verdict: None, error: Some(&error) }, "")?;
                    } else {
                        message(format!("{}: could not look: {}", path.display(), safe(&error)));
                    }
                }
            }
        }
    }
    match (looked, all) {
        (false, _) => Err(Failure::from("not every file could be looked at")),
        (true, true) => Ok(Answer::Yes),
        (true, false) => Ok(Answer::No),
    }
}

fn setup(args: &Verify, dir: &Path) -> Outcome<Setup> {
    // Verifying needs no home. One that is there gives its trust anchors, its limits and its log's key.
    let home = if dir.join(touchmark_core::home::CONFIG).exists() { Some(Home::open(dir)?) } else { None };
    let anchors = match (&home, args.trust.is_empty()) {
        (_, false) => {
            let read = |path: &PathBuf| {
                fs::read_to_string(path).map_err(|error| format!("could not read {}: {error}", path.display()))
            };
            args.trust.iter().map(read).collect::<Result<Vec<_>, _>>()?.join("\n")
        }
        (Some(home), true) => home.anchors()?,
        (None, true) => String::new(),
    };
    let reader = args.ledger.as_deref().map(Reader::open).transpose()?;
    let mut log_keys = args.log_key.iter().map(|keys| log_keys_of(keys)).collect::<Outcome<Vec<_>>>()?.concat();
    log_keys.extend(reader.as_ref().map(|reader| reader.history().clone()));
    let own = match home.as_ref().map(Home::reader) {
        Some(Err(error)) if !log_keys.is_empty() => {
            message(format!("note: nothing is held against the home's own log: {}", chain(&error)));
            None
        }
        other => other.transpose()?,
    };
    if let (Some(own), true) = (&own, log_keys.is_empty()) {
        log_keys.push(own.history().clone());
    }
    let limits = home.as_ref().map_or_else(Limits::default, Home::limits);
    let trust = Trust::new(&anchors)?;
    let trust = match timestamps::roots(&args.tsa_roots, home.as_ref())? {
        Some(roots) => trust.with_timestamp_roots(roots),
        None => trust,
    };
    Ok(Setup { trust, log_keys, reader, own, limits })
}

fn look(path: &Path, manifest: Option<&Path>, means: &Means<'_>) -> Result<Verdict, String> {
    let file = read(path, means.limits.max_bytes)?;
    let beside = path.with_extension("c2pa");
    let sidecar = match manifest {
        Some(manifest) => Some(read(manifest, means.limits.max_bytes)?),
        None if beside.is_file() && beside != path => Some(read(&beside, means.limits.max_bytes)?),
        None => None,
    };
    verify(&file, sidecar.as_deref(), means).map_err(|error| chain(&error))
}

fn paragraph(path: &Path, verdict: &Verdict) -> String {
    let head = match verdict.verdict {
        Verdicts::Verified => "verified",
        Verdicts::NotVerified => "NOT verified",
        Verdicts::Unknown => "unknown",
    };
    let mut text = format!("{}: {head}.", path.display());
    for finding in &verdict.findings {
        text += &format!(" {}", safe(finding));
    }
    if let Some(claim) = &verdict.claim {
        let made = claim.made_with.as_deref().map(|tool| format!(" Stated by the signer: made with {}", safe(tool)));
        if let Some(made) = made {
            text += &made;
            if let Some(when) = &claim.made_at {
                text += &format!(" on {}", safe(when));
            }
            text.push('.');
        }
    }
    text
}
