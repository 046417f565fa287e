//! `touchmark log verify`

use std::path::Path;

use touchmark_core::home::Home;
use touchmark_core::ledger::Reader;
use touchmark_core::ledger::check::{Checks, Report, check};

use super::published;
use crate::args::LogVerify;
use crate::commands::log_key;
use crate::error::{Answer, Outcome};
use crate::output::Output;

pub(super) fn run(args: &LogVerify, dir: &Path, output: &mut Output) -> Outcome {
    if let Some(folder) = &args.published {
        return published::run(folder, args.log_key.as_deref(), output);
    }
    let (_, report, origin) = look(args, dir)?;
    output.answer(&report, words(&report, &origin))?;
    Ok(if report.findings.is_empty() { Answer::Yes } else { Answer::No })
}

/// Checks the log that is meant, and hands it over with the answer and its name.
pub(super) fn look(args: &LogVerify, dir: &Path) -> Outcome<(Reader, Report, String)> {
    let (reader, mac_root) = if let Some(ledger) = &args.ledger {
        // Somebody else's log: what needs its secrets is not checked.
        (Reader::open(ledger)?, None)
    } else {
        let home = Home::open(dir)?;
        (home.reader()?, home.mac_root()?)
    };
    let key = match &args.log_key {
        Some(key) => log_key(key)?,
        None => reader.key().clone(),
    };
    let checks = Checks { origin: key.name(), key: &key, mac_root: mac_root.as_ref(), from: args.from };
    let report = check(reader.store(), &checks)?;
    Ok((reader, report, key.name().to_owned()))
}

fn words(report: &Report, origin: &str) -> String {
    let checked = if report.macs_checked {
        "chain, MACs, signatures, tree and checkpoint"
    } else {
        "chain, signatures, tree and checkpoint (not MACs: their secret is not here)"
    };
    if report.findings.is_empty() {
        return format!(
            "The log {origin} is whole: {} records, {checked} checked.\n  root {}",
            report.records, report.root
        );
    }
    let mut words = format!("The log {origin} is NOT whole ({} records, {checked} checked):", report.records);
    for finding in &report.findings {
        words += &format!("\n  {finding}");
    }
    words
}
