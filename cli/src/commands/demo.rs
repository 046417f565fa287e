//! `touchmark demo`: the main job on real pictures, and each way to break it. Every step is a command that a person could type; it
//! is run as one, in a process of its own.

mod break_it;
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use touchmark_core::edge::Edge;
use touchmark_core::hash::Hash;

use crate::args::Demo;
use crate::edge::EDGE;
use crate::error::{Answer, Failure, Hinted, Outcome};
use crate::inputs;
use crate::output::Output;
use table::Row;

/// The folder that the demo works in.
struct Stage {
    root: PathBuf,
}

impl Stage {
    fn home(&self) -> PathBuf {
        self.root.join("home")
    }

    fn signed(&self) -> PathBuf {
        self.root.join("signed")
    }
}

pub(super) fn run(args: &Demo, output: &mut Output) -> Outcome {
    let pictures = pictures(&args.images)
        .hint("run the demo from the folder that has test-images/, or name a folder with pictures: --images DIR")?;
    let root = tempfile::Builder::new().prefix("touchmark-demo-").tempdir()?.keep();
    let stage = Stage { root };
    let mut rows = record_and_sign(&stage, args, &pictures, output)?;
    rows.push(break_it::pixel(&stage, output)?);
    rows.push(break_it::log(&stage, output)?);
    rows.push(break_it::metadata(&stage, output)?);
    let all = rows.iter().all(|row| row.as_expected);
    for row in &rows {
        if output.is_json() {
            output.answer(&row.json(), "")?;
        }
    }
    output.words(table::draw(&rows))?;
    output.words(format!("The signed files: {}", stage.signed().display()))?;
    output.words(format!("Everything else (home, log, broken copies): {}", stage.root.display()))?;
    Ok(if all { Answer::Yes } else { Answer::No })
}

fn pictures(folder: &PathBuf) -> Outcome<Vec<PathBuf>> {
    let pictures = inputs::images(std::slice::from_ref(folder))?;
    match pictures.iter().find(|picture| !picture.exists()) {
        Some(missing) => Err(format!("there is no folder {} here", missing.display()).into()),
        None => Ok(pictures),
    }
}

fn record_and_sign(stage: &Stage, args: &Demo, pictures: &[PathBuf], output: &mut Output) -> Outcome<Vec<Row>> {
    let (home, signed) = (stage.home(), stage.signed());
    touchmark(stage, output, &["init", "--org", "Demo Studio"])?;
    let events = stage.root.join("events.jsonl");
    fs::write(&events, made_up(pictures, EDGE)?)?;
    let appended = touchmark(stage, output, &["log", "append", &text(&events)])?;
    let exported =
        touchmark(stage, output, &["export", &text(&args.images), "--out", &text(&signed), "--destination", "demo"])?;
    let verified = touchmark(stage, output, &["verify", &text(&signed), "--ledger", &text(&home.join("ledger"))])?;
    let whole = touchmark(stage, output, &["log", "verify"])?;
    let good = verified
        .lines
        .iter()
        .filter(|line| line["verdict"] == "verified" && line["ledger"]["state"] == "recorded")
        .count();
    Ok(vec![
        Row {
            what: format!("{} pictures recorded and signed", pictures.len()),
            command: exported.command,
            found: format!(
                "{} records, {} signed files",
                appended.lines.len(),
                exported.lines.iter().filter(|line| line["output"].is_string()).count()
            ),
            as_expected: exported.code == 0 && appended.code == 0,
        },
        Row {
            what: "the signed files, untouched".to_owned(),
            command: verified.command,
            found: format!("{good} of {} verified, their making and export on record", verified.lines.len()),
            as_expected: verified.code == 0 && good == pictures.len(),
        },
        Row {
            what: "the log, untouched".to_owned(),
            command: whole.command,
            found: "whole".to_owned(),
            as_expected: whole.code == 0,
        },
    ])
}

/// Events as a studio would send them: an attempt and its outcome for each picture. The pictures in test-images are photographs; what
/// is recorded of their making is made up, and says so.
fn made_up(pictures: &[PathBuf], edge: Edge<'_>) -> Outcome<String> {
    let mut lines = String::new();
    for (number, picture) in (1_u32..).zip(pictures) {
        let hash = Hash::of(&fs::read(picture)?);
        let attempt = edge.uuid_v7(edge.now().time);
        let common = json!({
            "actor": {"subject": format!("designer-{number}"), "auth": "oidc", "role": "designer"}, "tenant": "demo",
            "system": {"name": "demo-studio", "version": "1.0.0"},
            "model": {"id": "demo-model", "version": "1.0", "version_hash": Hash::of(b"no weights: this is a demonstration")},
            "prompt": format!("made up for the demonstration: picture {number}"),
            "parameters": {"seed": number.to_string(), "steps": 30, "cfg_scale": 7.5},
        });
        let mut asked = common.clone();
        let mut made = common;
        merge(&mut asked, json!({"type": "GEN_ATTEMPT", "id": attempt, "input": "text"}));
        merge(
            &mut made,
            json!({"type": "GEN", "attempt": attempt, "trace": {"parent": attempt}, "outputs": [{"hash": hash}], "latency_ms": 1200}),
        );
        lines += &format!("{asked}\n{made}\n");
    }
    Ok(lines)
}

fn merge(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}

/// What a command answered.
struct Ran {
    command: String,
    lines: Vec<Value>,
    code: i32,
}

/// Runs a command of this program and reads its JSON Lines.
fn touchmark(stage: &Stage, output: &mut Output, arguments: &[&str]) -> Outcome<Ran> {
    with_home(&stage.home(), stage, output, arguments)
}

fn with_home(home: &Path, stage: &Stage, output: &mut Output, arguments: &[&str]) -> Outcome<Ran> {
    let quoted = |argument: String| if argument.contains(' ') { format!("\"{argument}\"") } else { argument };
    let shown: Vec<String> = arguments.iter().map(|argument| quoted(short(argument, stage))).collect();
    let command = format!("touchmark --home {} {}", short(&text(home), stage), shown.join(" "));
    output.words(format!("$ {command}"))?;
    let ran = Command::new(std::env::current_exe()?)
        .args(arguments)
        .args(["--json", "--home", &text(home)])
        .env_remove("TOUCHMARK_USER")
        .output()?;
    let code = ran.status.code().unwrap_or(-1);
    if code > 1 {
        let said = String::from_utf8_lossy(&ran.stderr).trim().to_owned();
        return Err(Failure::from(format!("the step `{command}` failed: {said}")));
    }
    let lines = ran.stdout.split(|b| *b == b'\n').filter(|line| !line.is_empty());
    Ok(Ran { command, lines: lines.map(serde_json::from_slice).collect::<Result<_, _>>()?, code })
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// A path as a person in the demo's folder would type it.
fn short(argument: &str, stage: &Stage) -> String {
    let root = format!("{}/", stage.root.display());
    argument.strip_prefix(&root).unwrap_or(argument).to_owned()
}
