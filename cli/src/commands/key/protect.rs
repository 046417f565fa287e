//! `touchmark key protect`

use std::path::{Path, PathBuf};

use serde::Serialize;
use touchmark_core::keys::file::read_line;

use crate::args::Protect;
use crate::commands::{busy, open_home};
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
    let (changed, words): (Vec<PathBuf>, _) = match &args.change {
        Some(file) => {
            let new = read_line(file)?;
            (home.change_passphrase(&new, EDGE).map_err(busy)?, "under the new passphrase")
        }
        None if args.remove => (home.unprotect_keys().map_err(busy)?, "without a passphrase"),
        None => (home.protect_keys(EDGE).map_err(busy)?, "under the passphrase"),
    };
    for file in &changed {
        output.answer(&Changed { file, passphrase: !args.remove }, format!("{}: {words}", file.display()))?;
    }
    if changed.is_empty() {
        output.words("Nothing was to be changed.")?;
    }
    Ok(Answer::Yes)
}
