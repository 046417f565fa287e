//! What a log's own ANCHORs say of trails, held against each other.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{each, read};
use crate::event::body::Trail;
use crate::ledger::{Error, Reader};
use crate::merkle::verify_consistency;
use crate::tlog::checkpoint::Checkpoint;

/// What is on record of trails.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// How many trails.
    pub trails: u64,
    /// How often the log committed to one.
    pub commitments: u64,
    /// What is wrong, in the order of the records.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

/// Something that is wrong with an ANCHOR that commits to a trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The ANCHOR record.
    pub seq: u64,
    /// What.
    pub problem: String,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "anchor {}: {}", self.seq, self.problem)
    }
}

/// Checks that each checkpoint of a trail is signed and continues the one before. Whether the records themselves are as they were
/// written is for the check of the log.
pub fn check(reader: &Reader) -> Result<Report, Error> {
    let mut report = Report::default();
    let mut last: BTreeMap<String, Checkpoint> = BTreeMap::new();
    each(reader, &mut |seq, trail| {
        report.commitments += 1;
        let problem = match read(trail) {
            Ok((_, checkpoint)) => {
                let before = last.insert(checkpoint.origin().to_owned(), checkpoint.clone());
                contradiction(trail, &checkpoint, before.as_ref())
            }
            Err(problem) => Some(format!("the trail's checkpoint is not believed: {problem}")),
        };
        report.findings.extend(problem.map(|problem| Finding { seq, problem }));
    })?;
    report.trails = last.len() as u64;
    Ok(report)
}

fn contradiction(trail: &Trail, checkpoint: &Checkpoint, before: Option<&Checkpoint>) -> Option<String> {
    let (origin, size, continues) = (checkpoint.origin(), checkpoint.size(), trail.continues);
    let Some(before) = before else {
        return (continues > 0).then(|| format!("the trail {origin} is new, and said to continue {continues} records"));
    };
    if continues != before.size() || size <= continues {
        return Some(format!(
            "the trail {origin} went to {size} records from {continues} on, and was at {} before",
            before.size()
        ));
    }
    let proved = verify_consistency(continues, before.root(), size, checkpoint.root(), &trail.proof);
    proved.err().map(|mismatch| format!("the trail {origin} does not continue what it was: {mismatch}"))
}
