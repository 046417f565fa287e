//! `touchmark hold …`

use std::path::Path;

use serde_json::json;
use touchmark_core::erasure::hold::{self, Added, Hold, Lifted, Told};
use touchmark_core::event::Opener;
use touchmark_core::event::time::to_text;
use touchmark_core::home::Home;

use super::{open_home, writer};
use crate::args::{self, HoldAdd, HoldLift};
use crate::edge::EDGE;
use crate::error::{Answer, Outcome};
use crate::inputs;
use crate::output::{Output, message, safe};

pub(super) fn run(hold: &args::Hold, dir: &Path, output: &mut Output) -> Outcome {
    let home = open_home(dir)?;
    match hold {
        args::Hold::Add(args) => add(args, &home, output),
        args::Hold::Lift(args) => lift(args, &home, output),
        args::Hold::List(_) => list(&home, output),
    }
}

fn add(args: &HoldAdd, home: &Home, output: &mut Output) -> Outcome {
    let HoldAdd { reason, by, subject } = args;
    let by = inputs::person(by);
    let Added { receipt, ahead } = hold::add(&mut writer(home)?, subject.as_deref(), reason, &by, EDGE)?;
    let over = if subject.is_some() { "one person's parts" } else { "everything" };
    let words = format!("A hold over {over} stands: {} (record {}).", receipt.id, receipt.seq);
    if ahead {
        message(
            "note: nothing is sealed for that person now: the hold covers what comes. Is that the subject that the records name?",
        );
    }
    output.answer(&json!({"hold": receipt.id, "record": receipt.seq, "covers": covers(subject.is_none())}), words)?;
    Ok(Answer::Yes)
}

fn lift(args: &HoldLift, home: &Home, output: &mut Output) -> Outcome {
    let by = inputs::person(&args.by);
    match hold::lift(&mut writer(home)?, &home.reader()?, args.id, &args.reason, &by, EDGE)? {
        Lifted::Done(receipt) => {
            let words = format!("The hold {} is lifted (record {}).", args.id, receipt.seq);
            output.answer(&json!({"lifted": args.id, "record": receipt.seq}), words)?;
            Ok(Answer::Yes)
        }
        Lifted::NotStanding => {
            output.refusal(&format!("no hold {} stands: touchmark hold list shows those that do", args.id))?;
            Ok(Answer::No)
        }
    }
}

fn list(home: &Home, output: &mut Output) -> Outcome {
    let (holds, opener) = (hold::standing(&home.reader()?)?, super::opener(home));
    if holds.is_empty() {
        output.words("No hold stands.")?;
    }
    for hold in &holds {
        let told = match hold.told(&opener)? {
            Told::By { person, reason } => json!({"by": person, "reason": reason}),
            Told::Unreadable(why) => json!({ "unreadable": why }),
        };
        let line = json!({"hold": hold.id(), "record": hold.record.seq, "since": to_text(hold.since()),
            "covers": covers(hold.keys.is_empty()), "private": told});
        output.answer(&line, words(hold, &opener)?)?;
    }
    Ok(Answer::Yes)
}

const fn covers(everything: bool) -> &'static str {
    if everything { "everything" } else { "person" }
}

/// The answer where holds forbid what was asked. `nothing` says what was not done.
pub(super) fn forbidden(nothing: &str, holds: &[Hold], home: &Home, output: &mut Output) -> Outcome {
    let opener = super::opener(home);
    let ids: Vec<String> = holds.iter().map(|hold| hold.id().to_string()).collect();
    let mut text = format!("{nothing}: a legal hold forbids it.");
    for hold in holds {
        text += &format!("\n  {}", words(hold, &opener)?);
    }
    text += "\n  touchmark hold lift ID ends one.";
    output.answer(&json!({"state": "held", "holds": ids}), text)?;
    Ok(Answer::No)
}

/// A hold on one line.
fn words(hold: &Hold, opener: &Opener) -> Outcome<String> {
    let over = if hold.keys.is_empty() { "everything" } else { "one person's parts" };
    let told = match hold.told(opener)? {
        Told::By { person, reason } => format!("by {}: {}", safe(&person), safe(&reason)),
        Told::Unreadable(why) => format!("who ordered it, and why, is {why}"),
    };
    Ok(format!("{}  since {}  over {over}, {told}", hold.id(), to_text(hold.since())))
}
