//! `touchmark log verify`

use std::path::Path;

use serde::Serialize;
use touchmark_core::event::time::to_text;
use touchmark_core::home::Home;
use touchmark_core::keys::mac::{EpochKey, MacRoot};
use touchmark_core::ledger::check::{Checks, MacKeys, Report, check};
use touchmark_core::ledger::history::{History, Known};
use touchmark_core::ledger::{Continuation, Reader};
use touchmark_core::tlog::note::VerifierKey;
use touchmark_core::witness::{Cosigned, Cosigner, cosigners};

use super::{notes, published};
use crate::args::LogVerify;
use crate::commands::{log_key, log_keys};
use crate::error::{Answer, Outcome, chain};
use crate::output::{Output, message};

/// The log, and what is known of its keys elsewhere than in its folder.
struct Setup {
    reader: Reader,
    given: Vec<History>,
    /// The key that the home signs with.
    own: Option<VerifierKey>,
    root: Option<MacRoot>,
    epoch: Option<EpochKey>,
}

pub(super) fn run(args: &LogVerify, dir: &Path, output: &mut Output) -> Outcome {
    if let Some(folder) = &args.published {
        return published::run(folder, args.log_key.as_deref(), output);
    }
    let (reader, report, origin) = look(args, dir)?;
    let cosigned = cosigned(args, dir, &reader)?;
    let mut words = words(&report, &origin);
    for newest in &cosigned {
        let cosigner = &newest.cosigner;
        words +=
            &format!("\n  cosigned at {} records by {} at {}", newest.size, cosigner.witness, to_text(cosigner.time));
    }
    output.answer(&Looked { report: &report, cosigned }, words)?;
    Ok(if report.findings.is_empty() { Answer::Yes } else { Answer::No })
}

/// The report, and what witnesses said.
#[derive(Serialize)]
struct Looked<'a> {
    #[serde(flatten)]
    report: &'a Report,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cosigned: Vec<Newest>,
}

/// The newest checkpoint that a witness cosigned.
#[derive(Serialize)]
struct Newest {
    size: u64,
    #[serde(flatten)]
    cosigner: Cosigner,
}

/// What the witnesses said last whose keys are given, or stand in the home's configuration. Only what the log still continues counts.
fn cosigned(args: &LogVerify, dir: &Path, reader: &Reader) -> Outcome<Vec<Newest>> {
    let witnesses = match &args.ledger {
        None if args.witness_key.is_empty() => Home::open(dir)?.witnesses()?,
        _ => args.witness_key.iter().map(|key| log_key(key)).collect::<Outcome<Vec<_>>>()?,
    };
    let ledger = args.ledger.clone().unwrap_or_else(|| dir.join("ledger"));
    if witnesses.is_empty() {
        return Ok(Vec::new());
    }
    // Of a log that cannot be read the findings tell.
    let Ok(snapshot) = reader.snapshot() else { return Ok(Vec::new()) };
    let log = notes::keys(&snapshot);
    let mut newest: Vec<Newest> = Vec::new();
    for note in Cosigned::of(&ledger).all()? {
        if !matches!(snapshot.continues(note.unverified()), Ok(Continuation::Proved(_))) {
            continue;
        }
        let size = note.unverified().size();
        for cosigner in cosigners(&note, &log, &witnesses) {
            if newest.iter().all(|known| known.cosigner.witness != cosigner.witness) {
                newest.push(Newest { size, cosigner });
            }
        }
    }
    Ok(newest)
}

/// Checks the log that is meant, and hands it over with the answer and its name.
pub(super) fn look(args: &LogVerify, dir: &Path) -> Outcome<(Reader, Report, String)> {
    let setup = setup(args, dir)?;
    let known = setup.known();
    let macs = match (&setup.root, &setup.epoch) {
        (Some(root), _) => Some(MacKeys::Root(root)),
        (None, Some(key)) => Some(MacKeys::Epoch(key)),
        (None, None) => None,
    };
    let origin = setup.given.first().unwrap_or_else(|| setup.reader.history()).origin().to_owned();
    let report = check(setup.reader.store(), &Checks { origin: &origin, known: &known, macs, from: args.from })?;
    Ok((setup.reader, report, origin))
}

fn setup(args: &LogVerify, dir: &Path) -> Outcome<Setup> {
    let given = args.log_key.as_deref().map(log_keys).transpose()?.unwrap_or_default();
    let mut root = args.mac_root.as_ref().map(MacRoot::load).transpose()?;
    if let Some(ledger) = &args.ledger {
        // Somebody else's log: what needs its secrets is checked where they are handed in.
        return Ok(Setup { reader: Reader::open(ledger)?, given, own: None, root, epoch: None });
    }
    let home = Home::open(dir)?;
    if root.is_none() {
        root = home.mac_root()?;
    }
    // Before the lines: a writer may go on to the next epoch meanwhile, and from there the way leads only forward.
    let epoch = match root {
        Some(_) => None,
        None => noted(home.epoch_key(), "MACs are not checked"),
    };
    let own = noted(home.log_key(), "the log is checked by the keys that its own folder names");
    Ok(Setup { reader: home.reader()?, given, own, root, epoch })
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

fn words(report: &Report, origin: &str) -> String {
    let checked = match (report.macs_checked, report.macs_from) {
        (true, _) => "chain, MACs, signatures, tree and checkpoint".to_owned(),
        (false, Some(from)) => format!(
            "chain, MACs from record {from} on, signatures, tree and checkpoint (older MACs need the root: --mac-root)"
        ),
        (false, None) => "chain, signatures, tree and checkpoint (not MACs: their secret is not here)".to_owned(),
    };
    let keys = match report.keys.as_ref().map_or(1, |keys| keys.keys().count()) {
        0 | 1 => String::new(),
        several => format!(" under {several} keys"),
    };
    if report.findings.is_empty() {
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
