//! `touchmark key list` and `touchmark key status`

use std::path::Path;

use serde::Serialize;
use touchmark_core::home::{KeyStatus, Role};

use crate::commands::open_home;
use crate::edge::EDGE;
use crate::error::{Answer, Outcome};
use crate::output::{Output, safe};

#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    key: &'a KeyStatus,
    /// How old it is, in days.
    #[serde(skip_serializing_if = "Option::is_none")]
    days: Option<i64>,
}

/// Shows each key; with `open`, whether it can be used.
pub(super) fn run(open: bool, dir: &Path, output: &mut Output) -> Outcome {
    let now = EDGE.now().time;
    let mut answer = Answer::Yes;
    for key in open_home(dir)?.key_status(open) {
        let days = key.since.map(|since| now.duration_since(since).as_hours() / 24);
        if key.problem.is_some() {
            answer = Answer::No;
        }
        output.answer(&Line { key: &key, days }, words(&key, days))?;
    }
    Ok(answer)
}

fn words(key: &KeyStatus, days: Option<i64>) -> String {
    let mut facts = vec![safe(&key.access)];
    facts.extend(key.algorithm.map(str::to_owned));
    facts.extend(days.map(|days| if days == 1 { "1 day old".to_owned() } else { format!("{days} days old") }));
    facts.extend(key.passphrase.filter(|is_set| *is_set).map(|_| "under a passphrase".to_owned()));
    facts.retain(|fact| !fact.is_empty());
    let mut words = format!("{:<14} {}\n  {}", role(key.role), safe(&key.place), facts.join(", "));
    for line in key.id.iter().map(|id| id.as_str().to_owned()).chain(key.problem.iter().map(|problem| safe(problem))) {
        words += &format!("\n  {line}");
    }
    words
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Log => "log",
        Role::LogNext => "log, next",
        Role::Claim => "claims",
        Role::Witness => "witness",
        Role::Vault => "vault",
        Role::VaultNext => "vault, next",
        Role::MacRoot => "MAC root",
        Role::MacEpoch => "MAC epoch",
        Role::ServiceToken => "service token",
        _ => "other",
    }
}
