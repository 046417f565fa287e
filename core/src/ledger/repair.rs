//! What can be done about damage: a torn tail is cut off, derived objects are made again, and everything else is named with the place
//! from where it can be brought back. No line is ever touched.

use serde::Serialize;

use super::check::{Finding, Problem, Report};
use super::file::SEGMENT_LINES;
use super::store::Store;
use super::{CHECKPOINT, Error};
use crate::tlog::checkpoint::SignedCheckpoint;

/// One thing that is wrong, and what helps.
#[derive(Debug, Clone, Serialize)]
pub struct Damage {
    /// What is wrong.
    #[serde(flatten)]
    pub finding: Finding,
    /// Whether opening the log for writing mends it, without a line being lost.
    pub mends: bool,
    /// What is done about it, or what somebody has to do.
    pub remedy: String,
}

/// What helps against each finding of a report. The writer's lock must be held, so that nothing is a write on its way.
pub fn diagnose(store: &dyn Store, report: &Report) -> Result<Vec<Damage>, Error> {
    let alone = report.findings.iter().all(|finding| is_derived(&finding.problem));
    report.findings.iter().map(|finding| damage(store, report, finding, alone)).collect()
}

/// Whether it is about what is no line.
const fn is_derived(problem: &Problem) -> bool {
    matches!(problem, Problem::TornTail { .. } | Problem::Checkpoint(_))
}

fn damage(store: &dyn Store, report: &Report, finding: &Finding, alone: bool) -> Result<Damage, Error> {
    let (mends, remedy) = match &finding.problem {
        Problem::TornTail { bytes } if alone => {
            (true, format!("cut off these {bytes} bytes: the line has no end, so nobody was told that it was written"))
        }
        Problem::TornTail { .. } => {
            (false, "left as it is while anything else is wrong: it may be the rest of a record".to_owned())
        }
        Problem::Checkpoint(_) => checkpoint(store, report, alone)?,
        Problem::Shortened { size, checkpoint } => {
            let last = checkpoint.saturating_sub(1);
            (false, format!("bring back records {size} to {last} from a copy of the log: they were acknowledged"))
        }
        Problem::Missing(_) | Problem::Packed { .. } => {
            (false, "bring the file back from a copy of the log".to_owned())
        }
        Problem::Malformed(_) | Problem::Hash | Problem::Unreadable(_) | Problem::Private => {
            (false, changed_line(store, finding.seq)?)
        }
        Problem::ForeignMacs { .. } => (
            false,
            "bring back the MAC keys of this log (keys/mac-root, keys/mac-epoch), or name its root with --mac-root"
                .to_owned(),
        ),
        Problem::UnknownKey { .. } | Problem::HandedOn { .. } | Problem::NoHandover { .. } => (
            false,
            "bring back this home's own log from a copy, or the key that belongs to the one that is here".to_owned(),
        ),
        _ => (
            false,
            "no crash does this: compare with a copy of the log, and bring the lines back from there".to_owned(),
        ),
    };
    Ok(Damage { finding: finding.clone(), mends, remedy })
}

/// A checkpoint is made again from the lines, unless it may be the only trace of lines that are gone.
fn checkpoint(store: &dyn Store, report: &Report, alone: bool) -> Result<(bool, String), Error> {
    let claimed = store.get(CHECKPOINT)?.and_then(|note| SignedCheckpoint::parse(&note).ok());
    let claimed = claimed.map(|signed| signed.unverified().size());
    Ok(match claimed {
        _ if !alone => (false, "bring the lines in order first: then it is made again from them".to_owned()),
        Some(size) if size > report.records => (
            false,
            format!(
                "it says that there were {size} records, and {} stand: bring back the others, or the right checkpoint, from a copy",
                report.records
            ),
        ),
        _ => (true, format!("sign a new one over the {} records, which are all in order", report.records)),
    })
}

fn changed_line(store: &dyn Store, seq: Option<u64>) -> Result<String, Error> {
    let seq = seq.unwrap_or_default();
    let (file, line) = (seq / SEGMENT_LINES, seq % SEGMENT_LINES + 1);
    let zeros = match store.read(seq) {
        Ok(line) => line.is_some_and(|line| line.contains(&0)),
        Err(Error::MissingSegment { .. } | Error::MissingLines { .. } | Error::Packed { .. }) => false,
        Err(error) => return Err(error),
    };
    let why = if zeros { "there are zeros in it, as where a disk lost a block; " } else { "" };
    Ok(format!(
        "{why}bring back line {line} of segments/{file:010}.jsonl from a copy of the log: nothing can make it again"
    ))
}
