//! `touchmark retention …`

use std::path::Path;

use jiff::Timestamp;
use serde_json::json;
use touchmark_core::event::time::to_text;
use touchmark_core::home::Home;
use touchmark_core::retention::templates::TEMPLATES;
use touchmark_core::retention::{self, Done, Keeper, Plan, Shelf, State};

use super::{hold, open_home, time, writer};
use crate::args::{Retention, RetentionPlan, RetentionRun};
use crate::edge::EDGE;
use crate::error::{Answer, Outcome};
use crate::inputs;
use crate::output::Output;

pub(super) fn run(args: &Retention, dir: &Path, output: &mut Output) -> Outcome {
    match args {
        Retention::Plan(args) => plan(args, &open_home(dir)?, output),
        Retention::Run(args) => close(args, &open_home(dir)?, output),
        Retention::Templates(_) => templates(output),
    }
}

fn templates(output: &mut Output) -> Outcome {
    for template in &TEMPLATES {
        let line = json!({"name": template.name, "period": template.period, "source": template.source,
            "says": template.says, "note": "not legal advice"});
        output.answer(&line, template.to_toml())?;
    }
    Ok(Answer::Yes)
}

fn plan(args: &RetentionPlan, home: &Home, output: &mut Output) -> Outcome {
    let at = args.at.as_deref().map(time).transpose()?.unwrap_or_else(|| EDGE.now().time);
    let plan = retention::plan(&home.reader()?, home.vault()?.as_ref(), home.classes(), at)?;
    let Plan { shelves, plain, holds_over_everything } = &plan;
    if shelves.is_empty() {
        output.words("Nothing is sealed that was not closed before.")?;
    } else {
        output.words("CLASS             MONTH      PARTS  KEPT UNTIL  STATE")?;
    }
    for shelf in shelves {
        let (month, until) = (month(shelf), shelf.over.map(day));
        let line = json!({"class": shelf.class, "month": month, "parts": shelf.parts, "until": shelf.over.map(to_text),
            "state": name(shelf.state), "key": shelf.key});
        let until = until.unwrap_or_else(|| "no end".to_owned());
        let words = format!("{:<16}  {month}  {:>8}  {until:<10}  {}", shelf.class, shelf.parts, name(shelf.state));
        output.answer(&line, words)?;
    }
    if *plain > 0 {
        output.words(format!("{plain} private parts were written without a vault: no key closes them."))?;
    }
    if !holds_over_everything.is_empty() {
        output.words("A legal hold stands over everything: nothing goes before it is lifted.")?;
    }
    Ok(Answer::Yes)
}

fn close(args: &RetentionRun, home: &Home, output: &mut Output) -> Outcome {
    let by = args.by.as_deref().map(inputs::person);
    let mut ledger = writer(home)?;
    let reader = home.reader()?;
    let mut keeper = Keeper { ledger: &mut ledger, reader: &reader, classes: home.classes(), edge: EDGE };
    match keeper.run(by.as_ref())? {
        retention::Answer::Done(done) => said(&done, output),
        retention::Answer::Held(holds) => hold::forbidden("Nothing was closed", &holds, home, output),
    }
}

fn said(Done { removed, finished, held }: &Done, output: &mut Output) -> Outcome {
    for one in removed {
        let line = json!({"state": "closed", "record": one.seq, "class": one.class, "before": to_text(one.before),
            "parts": one.parts, "keys": one.keys});
        let words = format!(
            "Closed: {} private parts of {} from before {} (keys destroyed: {}; record {} says so).",
            one.parts,
            one.class,
            day(one.before),
            one.keys,
            one.seq
        );
        output.answer(&line, words)?;
    }
    for (seq, keys) in finished {
        let words = format!("Finished: keys that record {seq} names and that still lived are destroyed ({keys}).");
        output.answer(&json!({"state": "finished", "record": seq, "keys": keys}), words)?;
    }
    for shelf in held {
        let (class, month) = (&shelf.class, month(shelf));
        let words = format!("Kept: {class} of {month} has something of a person who is under a legal hold.");
        output.answer(&json!({"state": "held", "class": class, "month": month, "parts": shelf.parts}), words)?;
    }
    if removed.is_empty() && finished.is_empty() && held.is_empty() {
        output.answer(&json!({"state": "nothing"}), "Nothing is over its time.")?;
    }
    Ok(if held.is_empty() { Answer::Yes } else { Answer::No })
}

const fn name(state: State) -> &'static str {
    match state {
        State::Kept => "kept",
        State::Over => "over",
        State::Held => "held",
        State::Begun { .. } => "begun",
        State::NotHere => "not in this vault",
    }
}

fn month(shelf: &Shelf) -> String {
    to_text(shelf.written).chars().take(7).collect()
}

fn day(time: Timestamp) -> String {
    to_text(time).chars().take(10).collect()
}
