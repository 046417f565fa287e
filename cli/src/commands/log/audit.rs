//! `touchmark log audit`

mod dry_run;
mod words;

use std::fs;
use std::path::Path;

use serde_json::json;
use touchmark_core::audit::{self, Finding, Options, Register, Report};
use touchmark_core::home::Home;

use super::verify;
use crate::args::{Audit, LogVerify};
use crate::commands::{open_home, opener, time};
use crate::edge::EDGE;
use crate::error::{Answer, Failure, Outcome};
use crate::output::Output;
use words::Told;

/// The name of the register in a home.
const REGISTER: &str = "models.toml";

pub(super) fn run(args: &Audit, dir: &Path, output: &mut Output) -> Outcome {
    let home = open_home(dir)?;
    if let Some(requests) = args.dry_run {
        return dry_run::run(requests.get(), args.keep.as_deref(), &home, output);
    }
    let register = register(args, &home)?;
    let verify::Looked { reader, report: whole, .. } = verify::look(&LogVerify::of_the_home(), dir)?;
    if !whole.findings.is_empty() {
        return not_whole(&whole, reader.key().name(), output);
    }
    let opener = opener(&home);
    let options = Options {
        opener: Some(&opener),
        since: args.since.as_deref().map(time).transpose()?,
        until: args.until.as_deref().map(time).transpose()?,
        now: EDGE.now().time,
        pending_after: args.pending_after,
        max_clock_error: args.max_clock_error,
        register: register.as_ref(),
        remembered: audit::REMEMBERED,
        records: whole.records,
    };
    let mut told = Told::default();
    let mut failed = None;
    let report = audit::audit(&reader, &options, &mut |finding: Finding| {
        let said = if output.is_json() {
            output.answer(&finding, "")
        } else {
            told.take(&finding);
            Ok(())
        };
        if let Err(failure) = said {
            failed.get_or_insert(failure);
        }
    })?;
    match failed {
        Some(failure) => Err(failure),
        None => finish(&report, &told, args, output),
    }
}

fn finish(report: &Report, told: &Told, args: &Audit, output: &mut Output) -> Outcome {
    let summary = json!({"whole": true, "complete": report.findings.is_empty(), "summary": report});
    output.answer(&summary, words::report(report, told, args))?;
    Ok(if report.findings.is_empty() { Answer::Yes } else { Answer::No })
}

/// Completeness is judged only where nothing was changed.
fn not_whole(whole: &touchmark_core::ledger::check::Report, origin: &str, output: &mut Output) -> Outcome {
    let findings: Vec<String> = whole.findings.iter().map(ToString::to_string).collect();
    let mut words = format!("The log {origin} is NOT whole, so it was not judged whether it is complete:");
    for finding in &findings {
        words += &format!("\n  {finding}");
    }
    if output.is_json() {
        for finding in &whole.findings {
            let line = json!({"kind": "log_not_whole", "seq": finding.seq, "id": finding.id, "sentence": finding.problem.to_string()});
            output.answer(&line, "")?;
        }
    }
    output.answer(&json!({"whole": false, "complete": null, "summary": null}), words)?;
    Ok(Answer::No)
}

/// The register that was named, or the home's, if it has one.
fn register(args: &Audit, home: &Home) -> Outcome<Option<Register>> {
    let path = args.models.clone().unwrap_or_else(|| home.dir().join(REGISTER));
    if args.models.is_none() && !path.exists() {
        return Ok(None);
    }
    let text = fs::read_to_string(&path).map_err(|error| format!("could not read {}: {error}", path.display()))?;
    let register = Register::parse(&text);
    register.map(Some).map_err(|problem| {
        Failure::from(format!("{} is not understood: {problem}", path.display()))
            .hint("docs/configuration.md has the form of the register")
    })
}
