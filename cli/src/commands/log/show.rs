//! `touchmark log show`

use std::ops::ControlFlow;
use std::path::Path;

use serde_json::value::RawValue;
use touchmark_core::event::sealed::Stored;
use touchmark_core::event::terms::HoldAction;
use touchmark_core::event::time::to_text;
use touchmark_core::event::{Body, Kind, Opened, Record};
use touchmark_core::home::Home;
use touchmark_core::ledger::line::Line;
use touchmark_core::ledger::{Reader, Selection};
use touchmark_core::plain::json;

use super::tree;
use crate::args::Show;
use crate::commands::{open_home, opener, time};
use crate::error::{Answer, Failure, Outcome};
use crate::output::{Output, message, safe};

pub(super) fn run(args: &Show, dir: &Path, output: &mut Output) -> Outcome {
    let home = open_home(dir)?;
    let reader = home.reader()?;
    let kind = args.kind.as_deref().map(|name| name.to_uppercase().parse::<Kind>()).transpose()?;
    let since = args.since.as_deref().map(time).transpose()?;
    let until = args.until.as_deref().map(time).transpose()?;
    // A tenant is sought in both forms: plain, and as the vault marks names.
    let mark = args.tenant.as_ref().and_then(|tenant| opener(&home).mark(tenant));
    let wanted = Selection { kind, since, until, tenant: args.tenant.clone(), mark };
    if args.tree {
        return tree::run(&reader, args.id, &wanted, output);
    }
    if let Some(id) = args.id {
        return one(&home, &reader, reader.find(id)?, output);
    }
    let mut failed: Option<Failure> = None;
    let mut shown = 0_u64;
    reader.select(&wanted, &mut |record, line| {
        shown += 1;
        if let Err(error) = show(record, line.record, output) {
            failed = Some(error);
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    })?;
    match failed {
        Some(failure) => Err(failure),
        None if shown == 0 => {
            output.words("No record matches.")?;
            Ok(Answer::No)
        }
        None => Ok(Answer::Yes),
    }
}

fn show(record: &Record, bytes: &[u8], output: &mut Output) -> Outcome<()> {
    output.record(&raw(bytes)?, || line(record))
}

fn one(home: &Home, reader: &Reader, seq: u64, output: &mut Output) -> Outcome {
    let line = reader.line(seq)?;
    if !output.is_json() {
        state(home, seq, &line)?;
    }
    if output.is_json() {
        output.record(&raw(&line)?, String::new)?;
    } else {
        let value: serde_json::Value = serde_json::from_slice(&line)?;
        output.words(json(&serde_json::to_string_pretty(&value)?))?;
    }
    Ok(Answer::Yes)
}

/// Says what became of a private part that is sealed.
fn state(home: &Home, seq: u64, line: &[u8]) -> Outcome<()> {
    let (parts, record) = Line::whole(seq, line)?;
    if let Stored::Sealed(_) = Stored::from_bytes(parts.private)? {
        let opened = opener(home).open(&record, parts.private)?;
        let state = if matches!(opened, Opened::Fields(_)) { "sealed".to_owned() } else { opened.to_string() };
        message(format!("note: the private part is {state}"));
    }
    Ok(())
}

/// The bytes as they stand in the log: nothing is written anew.
fn raw(bytes: &[u8]) -> Outcome<Box<RawValue>> {
    Ok(serde_json::from_slice(bytes)?)
}

/// A record on one line.
pub(super) fn line(record: &Record) -> String {
    let about = match &record.body {
        Body::GenAttempt(body) => format!("asked of {} {}", body.model.id, body.model.version),
        Body::Gen(body) => format!("made by {} {}", body.model.id, body.model.version),
        Body::GenDeny(_) => "refused".to_owned(),
        Body::GenError(_) => "failed".to_owned(),
        Body::Export(body) => format!("{} {}", body.media_type, body.manifest.id),
        Body::Key(body) => body.key.clone(),
        Body::Anchor(body) => match &body.timestamp {
            Some(stamped) => format!("stamped by {}", stamped.authority),
            None => record.system.name.clone(),
        },
        Body::Moderation(body) => {
            format!("{} {}", body.classifier.id, if body.flagged { "flagged it" } else { "let it pass" })
        }
        Body::Policy(body) => match &body.hold {
            Some(hold) if hold.action == HoldAction::Add => "a legal hold begins".to_owned(),
            Some(_) => "a legal hold ends".to_owned(),
            None => format!("{} {}", body.policy.id, body.policy.version),
        },
        Body::Erasure(body) => format!("keys destroyed: {}", body.keys.len()),
        Body::Retention(body) => format!("{} closed: {} private parts", body.class, body.removed),
        Body::Incident(body) => body.category.clone(),
        _ => record.system.name.clone(),
    };
    format!("{:>8}  {}  {:<12} {}  {}", record.seq, to_text(record.time), record.kind().name(), record.id, safe(&about))
}
