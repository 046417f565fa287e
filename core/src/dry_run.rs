//! A forensic dry run: synthetic requests go through the real path in a scratch home, and each is then proved, with what a stranger
//! would use, to be complete and verifiable.
//!
//! - `requests`: asked, judged, refused, failed, made, exported, or left open on purpose; by the same calls as in earnest.
//! - `gaps`: what is wrong on purpose, and must be found, with nothing else.
//! - `proofs`: look-up, inclusion proof, opened commitment, disclosed field, the signed file's verdict.
//!
//! The scratch home has keys and a log of its own. Of the operator's home only its settings are taken: what is published, and the limits.

mod gaps;
mod pictures;
mod proofs;
mod requests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use serde::Serialize;

use crate::audit::{self, FindingKind, Options, Totals};
use crate::edge::Edge;
use crate::home::{self, CONFIG, Config, Home};
use crate::ledger::check::{Checks, MacKeys, Signatures, check};
use crate::{event, export, ledger, manifest, privacy, verify};

pub use proofs::Row;
use requests::Fate;

/// How a dry run is made.
#[derive(Debug, Clone, Copy)]
pub struct Plan<'a> {
    /// The scratch folder: not there yet, or empty. The home is made in it, and the signed files.
    pub dir: &'a Path,
    /// How many requests.
    pub requests: usize,
    /// The operator's configuration.
    pub config: &'a Config,
    /// Clock and randomness.
    pub edge: Edge<'a>,
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// How many requests were made.
    pub requests: usize,
    /// Records in the scratch log.
    pub records: u64,
    /// What was proved, of how many.
    pub proved: Vec<Row>,
    /// How many gaps of each kind were made on purpose.
    pub gaps_made: BTreeMap<FindingKind, u64>,
    /// How many the audit found.
    pub gaps_found: BTreeMap<FindingKind, u64>,
    /// The cohort as the audit counts it.
    pub attempts: Totals,
    /// What is not as it should be, in sentences; empty for a dry run that succeeded.
    pub problems: Vec<String>,
    /// What the audit says of this machine's clock: no fault of the path.
    pub notes: Vec<String>,
}

impl Report {
    /// Whether everything was proved, and the audit found the gaps that were made and no others.
    pub fn holds(&self) -> bool {
        self.problems.is_empty() && self.gaps_made == self.gaps_found && self.proved.iter().all(Row::holds)
    }
}

/// Why a dry run could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The scratch home.
    #[error("could not make or use the scratch home")]
    Home(#[from] home::Error),
    /// The scratch log.
    #[error("could not use the scratch log")]
    Ledger(#[from] ledger::Error),
    /// An event that should be accepted was not.
    #[error("an event of the dry run was not accepted")]
    Event(#[from] event::Error),
    /// An export that should succeed did not.
    #[error("request {number} could not be exported")]
    Export {
        /// Which request, from 1.
        number: usize,
        /// Why.
        source: export::Error,
    },
    /// A picture could not be made.
    #[error("could not make a picture")]
    Picture(#[from] image::ImageError),
    /// A signed file could not be looked at.
    #[error("could not verify a signed file")]
    Verify(#[from] verify::Error),
    /// A private part that should open did not.
    #[error("could not open a private part")]
    Open(#[from] event::opener::OpenError),
    /// The trust anchors.
    #[error("could not use the scratch home's trust anchors")]
    Trust(#[from] manifest::Error),
    /// A private part.
    #[error("could not open a private part")]
    Privacy(#[from] privacy::Error),
    /// The file system.
    #[error("could not use {}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

/// Makes the dry run. What it left stands in the scratch folder.
pub fn run(plan: &Plan<'_>) -> Result<Report, Error> {
    let home = scratch_home(plan)?;
    let signed = plan.dir.join("signed");
    std::fs::create_dir(&signed).map_err(|source| Error::Io { path: signed.clone(), source })?;
    let (mut ledger, _) = home.ledger(plan.edge)?;
    let requests = requests::make(&home, &mut ledger, &signed, plan)?;
    let mut gaps_made = gaps::make(&mut ledger, &requests, plan.edge)?;
    let left_open = requests.iter().filter(|request| request.fate == Fate::LeftOpen).count();
    gaps_made.insert(FindingKind::Overdue, left_open as u64);
    drop(ledger);
    let reader = home.reader()?;
    let mut report = Report {
        requests: plan.requests,
        records: reader.store().size()?,
        proved: proofs::prove(&home, &reader, &requests, plan.edge.now().time)?,
        gaps_made,
        gaps_found: BTreeMap::new(),
        attempts: Totals::default(),
        problems: Vec::new(),
        notes: Vec::new(),
    };
    let mac_root = home.mac_root()?;
    let macs = mac_root.as_ref().map(MacKeys::Root);
    let checks = Checks { origin: reader.key().name(), known: &[], macs, signatures: Signatures::All, from: 0 };
    let whole = check(reader.store(), &checks)?;
    report.problems.extend(whole.findings.iter().map(ToString::to_string));
    let opener = home.opener().0;
    look_for_gaps(&reader, &opener, &requests, plan, &mut report)?;
    Ok(report)
}

/// A home of its own, with the operator's settings.
fn scratch_home(plan: &Plan<'_>) -> Result<Home, Error> {
    let dir = plan.dir.join("home");
    let mut config = Home::create(&dir, &plan.config.organisation, plan.edge)?.config().clone();
    config.log.publish.clone_from(&plan.config.log.publish);
    config.limits = plan.config.limits.clone();
    let path = dir.join(CONFIG);
    let text = toml::to_string(&config)
        .map_err(|error| home::Error::Config { path: path.clone(), problem: error.to_string() })?;
    std::fs::write(&path, text).map_err(|source| Error::Io { path, source })?;
    Ok(Home::open(&dir)?)
}

/// The audit must find what is wrong on purpose, at its place, and nothing else.
fn look_for_gaps(
    reader: &ledger::Reader,
    opener: &event::Opener,
    requests: &[requests::Request],
    plan: &Plan<'_>,
    report: &mut Report,
) -> Result<(), Error> {
    let now = plan.edge.now().time.saturating_add(SignedDuration::from_secs(1)).unwrap_or(jiff::Timestamp::MAX);
    let options =
        Options { pending_after: SignedDuration::ZERO, opener: Some(opener), ..Options::all(report.records, now) };
    let open: Vec<_> =
        requests.iter().filter(|request| request.fate == Fate::LeftOpen).map(|request| request.attempt).collect();
    let (mut notes, mut problems) = (Vec::new(), Vec::new());
    let audited = audit::audit(reader, &options, &mut |finding| match finding.kind {
        FindingKind::ClockNotSynchronised | FindingKind::ClockInexact | FindingKind::TimeWentBack => {
            notes.push(finding.sentence);
        }
        FindingKind::Overdue if !open.contains(&finding.id) => problems.push(finding.to_string()),
        _ => {}
    })?;
    report.notes.extend(notes);
    report.problems.extend(problems);
    report.attempts = audited.attempts;
    report.gaps_found = audited.findings;
    for clock in [FindingKind::ClockNotSynchronised, FindingKind::ClockInexact, FindingKind::TimeWentBack] {
        report.gaps_found.remove(&clock);
    }
    for (kind, found) in &report.gaps_found {
        let made = report.gaps_made.get(kind).copied().unwrap_or(0);
        if made != *found {
            report.problems.push(format!("the audit found {found} gaps of the kind {kind:?}, {made} were made"));
        }
    }
    Ok(())
}
