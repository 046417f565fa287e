//! `touchmark log audit --dry-run`

use std::path::Path;
use std::time::Instant;

use serde_json::json;
use touchmark_core::audit::FindingKind;
use touchmark_core::dry_run::{self, Plan, Report};
use touchmark_core::home::Home;

use crate::edge::EDGE;
use crate::error::{Answer, Failure, Outcome};
use crate::output::Output;

pub(super) fn run(requests: usize, keep: Option<&Path>, home: &Home, output: &mut Output) -> Outcome {
    let scratch = match keep {
        Some(dir) if dir.exists() => {
            let taken = Failure::from(format!("{} exists already", dir.display()));
            return Err(taken.hint("name a folder with --keep that is not there yet"));
        }
        Some(dir) => {
            std::fs::create_dir_all(dir).map_err(|error| format!("could not make {}: {error}", dir.display()))?;
            None
        }
        None => Some(tempfile::Builder::new().prefix("touchmark-dry-run-").tempdir()?),
    };
    let dir = keep.or_else(|| scratch.as_ref().map(tempfile::TempDir::path)).ok_or("there is no scratch folder")?;
    let begun = Instant::now();
    let report = dry_run::run(&Plan { dir, requests, config: home.config(), edge: EDGE })?;
    let seconds = begun.elapsed().as_secs_f64();
    let line = json!({"holds": report.holds(), "dry_run": report, "kept": keep, "seconds": seconds});
    output.answer(&line, words(&report, seconds, keep))?;
    Ok(if report.holds() { Answer::Yes } else { Answer::No })
}

fn words(report: &Report, seconds: f64, keep: Option<&Path>) -> String {
    let mark = |holds: bool| if holds { "✓" } else { "✗" };
    let mut lines = vec![format!(
        "{} requests went through the path in a scratch home ({} records, {seconds:.1} s):",
        report.requests, report.records
    )];
    for row in &report.proved {
        lines.push(format!("  {} {:>6} of {:<6} {}", mark(row.holds()), row.proved, row.of, row.what));
    }
    let attempts = &report.attempts;
    lines.push(format!(
        "  {} {} attempts = {} GEN + {} GEN_DENY + {} GEN_ERROR + {} pending",
        mark(attempts.adds_up()),
        attempts.attempts,
        attempts.gen_made,
        attempts.gen_deny,
        attempts.gen_error,
        attempts.pending
    ));
    let made = report.gaps_made.iter().map(|(kind, made)| {
        let found = report.gaps_found.get(kind).copied().unwrap_or(0);
        format!("  {} {found:>6} of {made:<6} {}", mark(found == *made), gap(*kind))
    });
    lines.extend(made);
    lines.extend(report.problems.iter().map(|problem| format!("  ✗ {problem}")));
    lines.extend(report.notes.iter().map(|note| format!("note: {note}")));
    lines.push(match (report.holds(), keep) {
        (true, None) => "All of it was proved, and the scratch folder is removed (--keep DIR keeps it).".to_owned(),
        (true, Some(dir)) => format!("All of it was proved. Home, log and signed files: {}", dir.display()),
        (false, None) => "NOT all of it was proved. Run it again with --keep DIR to look at what was made.".to_owned(),
        (false, Some(dir)) => format!("NOT all of it was proved. Home, log and signed files: {}", dir.display()),
    });
    lines.join("\n")
}

fn gap(kind: FindingKind) -> String {
    let what = match kind {
        FindingKind::Overdue => "attempts left open on purpose, found by the audit",
        FindingKind::SecondOutcome => "second outcome written on purpose, found by the audit",
        FindingKind::AttemptMissing => "outcome without its attempt written on purpose, found by the audit",
        FindingKind::SilentUpgrade => "silent upgrade made on purpose, found by the audit",
        other => return format!("gaps of the kind {other:?}, found by the audit"),
    };
    what.to_owned()
}
