//! `touchmark init`

use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use touchmark_core::home::{Home, KeyPlaces};

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
    let places = match &args.keys {
        Some(path) => read_places(path)?,
        None => KeyPlaces::default(),
    };
    let home = Home::create_with(dir, &args.org, places, Arc::new(touchmark_keyring::Keys), EDGE)?;
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

fn read_places(path: &Path) -> Outcome<KeyPlaces> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("could not read {}: {error}", path.display()))?;
    toml::from_str(&text).map_err(|error| format!("{} is not understood: {error}", path.display()).into())
}
