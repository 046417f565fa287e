//! `touchmark find`

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::Serialize;
use touchmark_core::find::{Finder, Sight};
use touchmark_core::home::{Home, LimitsConfig};
use touchmark_core::ledger::Reader;
use touchmark_core::media::Limits;

use super::export::read;
use super::home_if_there;
use super::several::Several;
use crate::args::Find;
use crate::error::{Outcome, chain};
use crate::inputs;
use crate::output::{Output, message};

/// Answers that are held until those before them are given.
const BATCH: usize = 64;

#[derive(Serialize)]
struct Line<'a> {
    path: &'a Path,
    #[serde(flatten)]
    sight: &'a Sight,
}

pub(super) fn run(args: &Find, dir: &Path, output: &mut Output) -> Outcome {
    let images = inputs::images(&args.images)?;
    let (reader, gallery, limits) = if let Some(ledger) = &args.ledger {
        // Looking in a log that is at hand needs no home. One that is there gives its limits.
        let limits = home_if_there(dir)?.map_or_else(|| LimitsConfig::default().images(), |home| home.limits());
        (Reader::open(ledger)?, Home::gallery_beside(ledger), limits)
    } else {
        let home = Home::open(dir)?;
        (home.reader()?, Some(home.shelf().gallery().clone()), home.limits())
    };
    let finder = Finder::new(&reader, gallery.as_ref())?;
    if let Some(note) = finder.note() {
        message(format!("note: {note}"));
    }
    let mut several = Several::new();
    for batch in images.chunks(BATCH) {
        let seen: Vec<(&PathBuf, Result<Sight, String>)> =
            batch.par_iter().map(|path| (path, look(path, &finder, &limits))).collect();
        for (path, sight) in seen {
            match sight {
                Ok(sight) => {
                    several.answered(!sight.looks_like.is_empty());
                    output.answer(&Line { path, sight: &sight }, words(path, &sight))?;
                }
                Err(error) => several.failed(path, &error, output)?,
            }
        }
    }
    several.outcome()
}

fn look(path: &Path, finder: &Finder<'_>, limits: &Limits) -> Result<Sight, String> {
    let file = read(path, limits.max_bytes)?;
    finder.look_for_file(&file, limits).map_err(|error| chain(&error))
}

fn words(path: &Path, sight: &Sight) -> String {
    let path = path.display();
    if !sight.matchable {
        return format!("{path}: {TOO_LITTLE}.");
    }
    if sight.looks_like.is_empty() {
        return format!("{path}: {NO_MATCH}.");
    }
    let lines: Vec<String> = sight.looks_like.iter().map(|like| format!("{path}: {}.", like.words())).collect();
    lines.join("\n")
}

/// Nothing is said of how the picture was made.
pub(super) const NO_MATCH: &str = "no match in this log";
/// It may be there nevertheless.
pub(super) const TOO_LITTLE: &str = "too little to see in it to look for it";
