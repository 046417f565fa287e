//! `touchmark log verify`

use std::path::Path;

use serde::Serialize;
use touchmark_core::anchor::Means;
use touchmark_core::keys::mac::{EpochKey, MacRoot};
use touchmark_core::keys::timestamp::Roots;
use touchmark_core::ledger::Reader;
use touchmark_core::ledger::check::{Checks, MacKeys, Report, Signatures, check};
use touchmark_core::ledger::history::{History, Known};
use touchmark_core::tlog::note::VerifierKey;
use touchmark_core::trail;

use super::witnesses::Newest;
use super::{anchor, published, witnesses};
use crate::args::LogVerify;
use crate::commands::{log_keys, open_home, timestamps};
use crate::error::{Answer, Outcome, chain};
use crate::output::{Output, message, safe};

/// The log, and what is known of its keys elsewhere than in its folder.
struct Setup {
    reader: Reader,
    given: Vec<History>,
    /// The key that the home signs with.
    own: Option<VerifierKey>,
    root: Option<MacRoot>,
    epoch: Option<EpochKey>,
    /// Whose time-stamps are believed.
    roots: Option<Roots>,
}

pub(super) fn run(args: &LogVerify, dir: &Path, output: &mut Output) -> Outcome {
    if let Some(folder) = &args.published {
        return published::run(folder, args.log_key.as_deref(), output);
    }
    let Looked { reader, report, origin, roots } = look(args, dir)?;
    // What the records say of the keys was checked.
    let keys = report.keys.as_ref().unwrap_or_else(|| reader.history());
    let anchors =
        anchor::check(&Means { reader: &reader, keys, roots: roots.as_ref() }, args.anchors.anchors.as_deref())?;
    let trails = trails(&reader, !report.findings.is_empty())?;
    let is_whole = report.findings.is_empty() && anchors.is_sound() && trails.findings.is_empty();
    let cosigned = witnesses::newest(args, dir, &reader)?;
    let mut words = words(&report, is_whole, &origin) + &anchors.words(!report.findings.is_empty());
    words += &about(&trails);
    words.extend(cosigned.iter().map(Newest::words));
    output.answer(&All { report, anchors, trails, cosigned }, words)?;
    Ok(if is_whole { Answer::Yes } else { Answer::No })
}

/// The log that is meant, and what its check gave.
pub(super) struct Looked {
    pub(super) reader: Reader,
    pub(super) report: Report,
    pub(super) origin: String,
    pub(super) roots: Option<Roots>,
}

/// Checks the log that is meant.
pub(super) fn look(args: &LogVerify, dir: &Path) -> Outcome<Looked> {
    let setup = setup(args, dir)?;
    let known = setup.known();
    let macs = match (&setup.root, &setup.epoch) {
        (Some(root), _) => Some(MacKeys::Root(root)),
        (None, Some(key)) => Some(MacKeys::Epoch(key)),
        (None, None) => None,
    };
    let origin = setup.given.first().unwrap_or_else(|| setup.reader.history()).origin().to_owned();
    let signatures = if args.checkpoint_only { Signatures::Handovers } else { Signatures::All };
    let checks = Checks { origin: &origin, known: &known, macs, signatures, from: args.from };
    let report = check(setup.reader.store(), &checks)?;
    Ok(Looked { reader: setup.reader, report, origin, roots: setup.roots })
}

fn setup(args: &LogVerify, dir: &Path) -> Outcome<Setup> {
    let given = args.log_key.as_deref().map(log_keys).transpose()?.unwrap_or_default();
    let mut root = args.mac_root.as_ref().map(MacRoot::load).transpose()?;
    if let Some(ledger) = &args.ledger {
        // Somebody else's log: what needs its secrets is checked where they are handed in.
        let roots = timestamps::roots(&args.anchors.roots, None)?;
        return Ok(Setup { reader: Reader::open(ledger)?, given, own: None, root, epoch: None, roots });
    }
    let home = open_home(dir)?;
    if root.is_none() {
        root = home.mac_root()?;
    }
    // Before the lines: a writer may go on to the next epoch meanwhile, and from there the way leads only forward.
    let epoch = match root {
        Some(_) => None,
        None => noted(home.epoch_key(), "MACs are not checked"),
    };
    let own = noted(home.log_key(), "the log is checked by the keys that its own folder names");
    let roots = timestamps::roots(&args.anchors.roots, Some(&home))?;
    Ok(Setup { reader: home.reader()?, given, own, root, epoch, roots })
}

/// A secret of the home that cannot be read does not keep anybody from checking what needs none.
fn noted<T>(secret: Result<T, touchmark_core::home::Error>, then: &str) -> Option<T> {
    secret.map_err(|error| message(format!("note: {}: {then}", chain(&error)))).ok()
}

impl Setup {
    fn known(&self) -> Vec<Known<'_>> {
        let own = self.own.as_ref().map(Known::Newest);
        if self.given.is_empty() {
            return std::iter::once(Known::History(self.reader.history())).chain(own).collect();
        }
        // One key by itself says nothing of its time.
        let given = self.given.iter().map(|keys| match keys.keys().count() {
            1 => Known::Key(keys.first()),
            _ => Known::History(keys),
        });
        given.chain(own).collect()
    }
}

#[derive(Serialize)]
struct All {
    #[serde(flatten)]
    report: Report,
    #[serde(flatten)]
    anchors: anchor::Checked,
    trails: trail::Report,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cosigned: Vec<Newest>,
}

/// What the log says of logs that others keep. Of a log that is broken elsewhere it may be impossible to say.
fn trails(reader: &Reader, is_broken: bool) -> Outcome<trail::Report> {
    match trail::check(reader) {
        Err(_) if is_broken => Ok(trail::Report::default()),
        checked => Ok(checked?),
    }
}

/// Each line with a line feed before it; empty where there are none.
fn about(trails: &trail::Report) -> String {
    let trail::Report { trails, commitments, findings } = trails;
    if *commitments == 0 {
        return String::new();
    }
    let mut words = format!("\n  trails of others: {trails}, committed to {commitments} times");
    for finding in findings {
        words += &format!("\n  {}", safe(&finding.to_string()));
    }
    words
}

fn words(report: &Report, is_whole: bool, origin: &str) -> String {
    let signatures = if report.signatures_checked { "signatures" } else { "the checkpoint's signature" };
    let checked = match (report.macs_checked, report.macs_from) {
        (true, _) => format!("chain, MACs, {signatures}, tree and checkpoint"),
        (false, Some(from)) => format!(
            "chain, MACs from record {from} on, {signatures}, tree and checkpoint (older MACs need the root: --mac-root)"
        ),
        (false, None) => format!("chain, {signatures}, tree and checkpoint (not MACs: their secret is not here)"),
    };
    let keys = match report.keys.as_ref().map_or(1, |keys| keys.keys().count()) {
        0 | 1 => String::new(),
        several => format!(" under {several} keys"),
    };
    if is_whole {
        return format!(
            "The log {origin} is whole: {} records{keys}, {checked} checked.\n  root {}",
            report.records, report.root
        );
    }
    let mut words = format!("The log {origin} is NOT whole ({} records{keys}, {checked} checked):", report.records);
    for finding in &report.findings {
        words += &format!("\n  {finding}");
    }
    words
}
