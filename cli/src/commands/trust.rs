//! `touchmark trust`

use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;
use touchmark_core::hash::Hash;
use touchmark_core::home::Home;
use touchmark_core::trust::kept::Change;
use touchmark_core::trust::{Allowed, Anchor, For, List, Lists, purpose_name, text};

use super::open_home;
use crate::args::{Trust, TrustUpdate, TsaRoots, Verify, What};
use crate::edge::EDGE;
use crate::error::{Answer, Outcome};
use crate::output::{Output, message, safe};

/// An anchor, as an answer.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<&'static str>,
    #[serde(rename = "for")]
    of: For,
    list: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    entity: Option<&'a str>,
    subject: String,
    sha256: Hash,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    purposes: Vec<&'a str>,
    not_after: String,
}

pub(super) fn run(args: &Trust, dir: &Path, output: &mut Output) -> Outcome {
    let home = open_home(dir)?;
    match args {
        Trust::Update(args) => update(args, &home, output),
        Trust::List => list(&home, output),
    }
}

fn update(args: &TrustUpdate, home: &Home, output: &mut Output) -> Outcome {
    let of = args.of.map(|what| match what {
        What::Signers => For::Signers,
        What::Timestamps => For::Timestamps,
    });
    let name = args.file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let change = home.update_trust(&name, &text(&args.file)?, of)?;
    let list = &change.list;
    for (what, anchors) in [("new", &change.new), ("gone", &change.gone), ("changed", &change.changed)] {
        for anchor in anchors {
            output.answer(&line(Some(what), list, anchor), format!("{what}: {}", words(anchor)))?;
        }
    }
    output.words(summary(&change))?;
    overdue(list);
    Ok(Answer::Yes)
}

fn summary(change: &Change) -> String {
    let (list, anchors) = (&change.list, change.list.anchors.len());
    let dated = list.issued.map(|issued| format!(" of {issued}")).unwrap_or_default();
    let kept = if change.same { "is the one that is kept already" } else { "is kept" };
    format!(
        "{}{dated}, for {}, {kept}: {anchors} authorities, {} of them new, {} gone, {} changed",
        safe(&list.name),
        list.of.as_str(),
        change.new.len(),
        change.gone.len(),
        change.changed.len()
    )
}

fn list(home: &Home, output: &mut Output) -> Outcome {
    let lists = home.trust_lists()?;
    for list in &lists.lists {
        let dated = list.issued.map(|issued| format!(", issued {issued}")).unwrap_or_default();
        let due = list.next_update.map(|next| format!(", the next one due {next}")).unwrap_or_default();
        output.words(format!("for {}: {}{dated}{due}", list.of.as_str(), safe(&list.name)))?;
        for anchor in &list.anchors {
            output.answer(&line(None, list, anchor), format!("  {}", words(anchor)))?;
        }
        overdue(list);
    }
    for fingerprint in lists.allowed.fingerprints() {
        let answer = serde_json::json!({"for": "signers", "list": "allowed", "sha256": fingerprint});
        output.answer(&answer, format!("for itself alone: the signer with the certificate {fingerprint}"))?;
    }
    if lists.lists.is_empty() && lists.allowed == Allowed::default() {
        output.words("nobody is trusted")?;
    }
    Ok(Answer::Yes)
}

fn overdue(list: &List) {
    if let Some(next) = list.next_update.filter(|next| *next < EDGE.now().time) {
        message(format!("note: a newer list than {} was due at {next}: see whether there is one", safe(&list.name)));
    }
}

fn line<'a>(change: Option<&'static str>, list: &'a List, anchor: &'a Anchor) -> Line<'a> {
    let described = anchor.authority.describe();
    Line {
        change,
        of: list.of,
        list: &list.name,
        entity: anchor.entity.as_deref(),
        subject: described.subject,
        sha256: described.sha256,
        since: anchor.since.filter(|since| *since != Timestamp::MAX).map(|since| since.to_string()),
        until: anchor.until.map(|until| until.to_string()),
        status: anchor.status.as_deref(),
        purposes: anchor.purposes.iter().flatten().map(|oid| purpose_name(oid)).collect(),
        not_after: described.not_after.to_string(),
    }
}

/// One anchor in a line.
fn words(anchor: &Anchor) -> String {
    let described = anchor.authority.describe();
    let mut words = safe(&anchor.authority.name());
    if let Some(entity) = &anchor.entity {
        words += &format!(" ({})", safe(entity));
    }
    match (anchor.since, anchor.until) {
        (Some(never), _) if never == Timestamp::MAX => words += ", not trusted",
        (since, until) => {
            words += &since.map(|since| format!(", since {since}")).unwrap_or_default();
            words += &until.map(|until| format!(", until {until}")).unwrap_or_default();
        }
    }
    if let Some(status) = &anchor.status {
        words += &format!(", status {}", safe(status));
    }
    if let Some(purposes) = &anchor.purposes {
        let names: Vec<&str> = purposes.iter().map(|oid| purpose_name(oid)).collect();
        words += &format!(", for {}", names.join(" and "));
    }
    words + &format!(", expires {}, {}", described.not_after, described.sha256)
}

/// Whom a verifier trusts: those that were typed in place of those of the home.
pub(super) fn lists(args: &Verify, home: Option<&Home>) -> Outcome<Lists> {
    let mut lists = home.map(Home::trust_lists).transpose()?.unwrap_or_default();
    if !args.trust.is_empty() || !args.allow.is_empty() {
        lists.lists.retain(|list| list.of == For::Timestamps && home.is_some_and(names_timestamps));
        lists.allowed = Allowed::default();
    }
    for path in &args.allow {
        lists.allowed = lists.allowed.and(Allowed::read(&path.display().to_string(), &text(path)?)?);
    }
    let mut given = Vec::new();
    for path in &args.trust {
        let (name, text) = (path.display().to_string(), text(path)?);
        given.push(List::read(&name, &text, None)?);
        // Who makes no difference between signers and time-stamps, here or in the home, trusts for both.
        if !List::is_json(&text) && !lists.has(For::Timestamps) {
            given.push(List::read(&name, &text, Some(For::Timestamps))?);
        }
    }
    if given.iter().any(|list| list.of == For::Timestamps && list.issued.is_some()) {
        given.retain(|list| list.of == For::Signers || list.issued.is_some());
        lists.lists.retain(|list| list.of == For::Signers);
    }
    lists.lists.extend(given);
    timestamps(&args.tsa_roots, lists)
}

/// Whether the home says itself who may say when.
fn names_timestamps(home: &Home) -> bool {
    !home.config().timestamps.roots.is_empty()
        || home.kept_lists().is_ok_and(|kept| kept.iter().any(|kept| kept.list.of == For::Timestamps))
}

fn timestamps(args: &TsaRoots, mut lists: Lists) -> Outcome<Lists> {
    if !args.tsa_roots.is_empty() {
        lists.lists.retain(|list| list.of == For::Signers);
        for path in &args.tsa_roots {
            lists.lists.push(List::read(&path.display().to_string(), &text(path)?, Some(For::Timestamps))?);
        }
    }
    Ok(lists)
}
