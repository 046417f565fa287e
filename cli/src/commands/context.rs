//! `--context NAME`: a person's own trail, on their own machine.

use std::path::{Path, PathBuf};

use touchmark_core::home::{CONFIG, Home};

use crate::args::{Args, Command, Log};
use crate::edge::EDGE;
use crate::error::{Failure, Hinted, Outcome};
use crate::output::message;

/// The folder below the account's own.
const FOLDER: &str = ".local-sessions";

/// What stands in the certificate of a trail, and in no record.
const ORGANISATION: &str = "Local trail";

/// The folder of the trail with this name. The first command that writes to it makes it.
pub(super) fn dir(name: &str, args: &Args) -> Outcome<PathBuf> {
    let home = etcetera::home_dir().hint("set HOME, or name a folder with --home")?;
    let user = user()?;
    let dir = home.join(FOLDER).join(part("TOUCHMARK_USER", &user)?).join(part("--context", name)?);
    if dir.join(CONFIG).exists() {
        return Ok(dir);
    }
    if !writes(&args.command) {
        return Err(Failure::from(format!("there is no trail in {}", dir.display()))
            .hint("touchmark log append --context NAME makes it"));
    }
    make(&dir)?;
    Ok(dir)
}

/// Whose trails these are.
pub(super) fn user() -> Outcome<String> {
    let named = ["TOUCHMARK_USER", "USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    named
        .filter(|name| !name.is_empty())
        .ok_or_else(|| Failure::from("nobody says whose trail this is").hint("set TOUCHMARK_USER to the person's id"))
}

fn make(dir: &Path) -> Outcome<()> {
    Home::create(dir, ORGANISATION, EDGE)?;
    message(format!("note: made the trail in {}", dir.display()));
    Ok(())
}

fn writes(command: &Command) -> bool {
    matches!(command, Command::Log(Log::Append(_)) | Command::Export(_))
}

/// A name that is one step of a path on every system, and no hidden one.
fn part<'a>(what: &str, name: &'a str) -> Outcome<&'a str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '@');
    if name.is_empty() || name.len() > 64 || name.starts_with('.') || !name.chars().all(is_plain) {
        let rule = "1 to 64 letters, digits, dots, hyphens, underscores and @, the first no dot";
        return Err(format!("{what}: {name:?} cannot name a folder: {rule}").into());
    }
    Ok(name)
}
