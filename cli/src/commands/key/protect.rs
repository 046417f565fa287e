//! `touchmark key protect`

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::args::Protect;
use crate::commands::open_home;
use crate::edge::EDGE;
use crate::error::{Answer, Outcome};
use crate::output::Output;

#[derive(Serialize)]
struct Changed<'a> {
    file: &'a Path,
    passphrase: bool,
}

pub(super) fn run(args: &Protect, dir: &Path, output: &mut Output) -> Outcome {
    let home = open_home(dir)?;
    // The log's lock: nobody reads or replaces a key in between.
    let (_ledger, _) = home.ledger(EDGE).map_err(crate::commands::busy)?;
    let changed: Vec<PathBuf> = if args.remove { home.unprotect_keys()? } else { home.protect_keys(EDGE)? };
    for file in &changed {
        let words = if args.remove { "without a passphrase" } else { "under the passphrase" };
        output.answer(&Changed { file, passphrase: !args.remove }, format!("{}: {words}", file.display()))?;
    }
    if changed.is_empty() {
        output.words("Nothing was to be changed.")?;
    }
    Ok(Answer::Yes)
}
