//! `touchmark log tiers …`

use std::path::Path;

use indicatif::{ProgressBar, ProgressDrawTarget};
use jiff::Timestamp;
use serde_json::{Value, json};
use touchmark_core::event::time::to_text;
use touchmark_core::home::Home;
use touchmark_core::ledger::file::FileStore;
use touchmark_core::ledger::tiers::{Moved, Standing, Tiers};

use crate::args::Tiers as Args;
use crate::commands::time;
use crate::edge::EDGE;
use crate::error::{Answer, Outcome};
use crate::output::Output;

pub(super) fn run(args: &Args, dir: &Path, output: &mut Output) -> Outcome {
    let home = Home::open(dir)?;
    match args {
        Args::Plan(args) => with(&home, args.at.as_deref(), |tiers| plan(&tiers.plan()?, output)),
        Args::Run(args) => with(&home, args.at.as_deref(), |tiers| said(&moved(tiers)?, output)),
    }
}

fn with(home: &Home, at: Option<&str>, work: impl FnOnce(&Tiers<'_>) -> Outcome) -> Outcome {
    let now = at.map(time).transpose()?.unwrap_or_else(|| EDGE.now().time);
    let (rules, store) = (home.tier_rules()?, FileStore::reader(&home.ledger_dir())?);
    let snapshot = home.reader()?.snapshot()?;
    work(&Tiers { store: &store, snapshot: &snapshot, rules: &rules, now })
}

fn plan(segments: &[Standing], output: &mut Output) -> Outcome {
    output.words("SEGMENT  FIRST RECORD  TIER        BYTES  LAST RECORD  DUE")?;
    for one in segments {
        let last = one.newest.map_or_else(|| "open".to_owned(), day);
        let due = match (&one.problem, one.goes) {
            (Some(problem), _) => problem.clone(),
            (None, Some(goes)) => goes.to_string(),
            (None, None) => "-".to_owned(),
        };
        let bytes = one.bytes.map_or_else(|| "away".to_owned(), |bytes| bytes.to_string());
        let words = format!("{:>7}  {:>12}  {:<4}  {bytes:>11}  {last:<11}  {due}", one.segment, one.first, one.tier);
        let mut line = serde_json::to_value(one)?;
        if let Value::Object(fields) = &mut line {
            fields.insert("newest".to_owned(), json!(one.newest.map(to_text)));
        }
        output.answer(&line, words)?;
    }
    Ok(if segments.iter().all(|one| one.problem.is_none()) { Answer::Yes } else { Answer::No })
}

fn moved(tiers: &Tiers<'_>) -> Outcome<Vec<Moved>> {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    let moved = tiers.run(&mut |segment, _| {
        bar.set_message(format!("segment {segment}"));
        bar.tick();
        Ok(())
    });
    bar.finish_and_clear();
    Ok(moved?)
}

fn said(moved: &[Moved], output: &mut Output) -> Outcome {
    for one in moved {
        let bytes = |bytes: Option<u64>| bytes.map_or_else(|| "?".to_owned(), |bytes| bytes.to_string());
        let last = (one.first + one.records).saturating_sub(1);
        let which = format!("Segment {} (records {} to {last})", one.segment, one.first);
        let words = match &one.problem {
            Some(problem) => format!("{which} stays {}: {problem}.", one.tier),
            None => format!("{which} is {} now: {} bytes, before {}.", one.tier, bytes(one.bytes), bytes(one.before)),
        };
        output.answer(one, words)?;
    }
    if moved.is_empty() {
        output.words("No segment is due.")?;
    }
    Ok(if moved.iter().all(|one| one.problem.is_none()) { Answer::Yes } else { Answer::No })
}

fn day(time: Timestamp) -> String {
    to_text(time).chars().take(10).collect()
}
