//! `touchmark init`

use std::path::Path;

use serde::Serialize;
use touchmark_core::home::Home;

use crate::args::Init;
use crate::edge::EDGE;
use crate::error::{Answer, Outcome};
use crate::output::Output;

#[derive(Serialize)]
struct Made<'a> {
    home: &'a Path,
    organisation: &'a str,
    origin: &'a str,
    log_key: String,
}

pub(super) fn run(args: &Init, dir: &Path, output: &mut Output) -> Outcome {
    let home = Home::create(dir, &args.org, EDGE)?;
    let config = home.config();
    let reader = home.reader()?;
    let made = Made {
        home: dir,
        organisation: &config.organisation,
        origin: &config.log.origin,
        log_key: reader.key().to_string(),
    };
    let words = format!(
        "Made a home in {}\n  log        {}\n  log key    {}\n  signer     {} (development certificate: for trying out, nobody else trusts it)",
        dir.display(),
        made.origin,
        made.log_key,
        made.organisation,
    );
    output.answer(&made, words)?;
    Ok(Answer::Yes)
}
