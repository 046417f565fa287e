//! Tiers: old segments are packed where they stand, and later moved to an archive. By rule, beside whoever reads and writes.
//!
//! - hot: `segments/N.jsonl`, as it was written, with a list of where each line ends
//! - warm: `segments/N.jsonl.gz`, packed ([`packed`](super::packed))
//! - cold: that file in the archive, and `segments/N.cold` in its place, which says where ([`cold`](super::cold))
//!
//! A segment moves when it is full, under the checkpoint and not the newest. The copy is durable, read back, and held against the tree
//! before it gets its name; the original goes last. So whoever is killed here is followed by one that begins that segment again.

mod archive;
mod pack;
mod plan;

use std::fmt;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::Serialize;

use self::archive::Archive;
use super::Error;
use super::cold::Pointer;
use super::file::FileStore;
use super::segment::{Form, Segment};
use super::snapshot::Snapshot;
use crate::causes;
use crate::event::classes::Period;
use crate::files::{self, Working};

/// When segments move, by the time of their last record.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// How long a segment stays hot; without end where nothing is said.
    pub warm_after: Option<Period>,
    /// When it goes to the archive.
    pub cold_after: Option<Period>,
    /// The archive's folder.
    pub archive: Option<PathBuf>,
}

/// How a segment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// As it was written.
    Hot,
    /// Packed.
    Warm,
    /// Packed, in the archive.
    Cold,
}

/// One segment, and what the rules say.
#[derive(Debug, Clone, Serialize)]
pub struct Standing {
    /// Its number.
    pub segment: u64,
    /// The position of its first record.
    pub first: u64,
    /// How many records.
    pub records: u64,
    /// How it stands.
    pub tier: Tier,
    /// Bytes of its lines as they stand; `None` where the archive is not there.
    pub bytes: Option<u64>,
    /// The time of its last record, once it is full.
    #[serde(skip)]
    pub newest: Option<Timestamp>,
    /// Where it is due, if it is to move.
    pub goes: Option<Tier>,
    /// Why it cannot be looked at.
    pub problem: Option<String>,
}

/// What became of a segment that was due.
#[derive(Debug, Clone, Serialize)]
pub struct Moved {
    /// Its number.
    pub segment: u64,
    /// The position of its first record.
    pub first: u64,
    /// How many records.
    pub records: u64,
    /// How it stood.
    pub from: Tier,
    /// How it stands now.
    pub tier: Tier,
    /// Bytes of its lines as they stood.
    pub before: Option<u64>,
    /// Bytes as they stand now.
    pub bytes: Option<u64>,
    /// Why it was left there.
    pub problem: Option<String>,
}

/// A step of a move. What it says is about to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The packed file is written under another name, and made durable.
    Pack,
    /// The packed file is copied to the archive under another name, and made durable.
    Copy,
    /// The copy is read back.
    Check,
    /// The copy gets its name.
    Name,
    /// The pointer to the archive is put beside it.
    Point,
    /// What stood there before is removed.
    Remove,
}

/// Whoever is told of each step before it is done, with the segment's number. An error keeps it from being done.
pub type Steps<'a> = dyn FnMut(u64, Step) -> Result<(), Error> + 'a;

/// A log whose segments move.
#[derive(Debug)]
pub struct Tiers<'a> {
    /// Its folder.
    pub store: &'a FileStore,
    /// It under its newest checkpoint: nothing behind that moves.
    pub snapshot: &'a Snapshot,
    /// The rules.
    pub rules: &'a Rules,
    /// The time.
    pub now: Timestamp,
}

impl Tiers<'_> {
    /// How each segment stands, and which are due.
    pub fn plan(&self) -> Result<Vec<Standing>, Error> {
        plan::plan(self)
    }

    /// Moves what is due. A segment that cannot be moved is left as it is, with the reason, and the next one is looked at.
    pub fn run(&self, steps: &mut Steps<'_>) -> Result<Vec<Moved>, Error> {
        let folder = self.store.dir().join("segments");
        let working = Working::begin(&folder).map_err(Error::at(&folder))?;
        let _alone = working.ok_or_else(|| Error::Moving { folder: folder.clone() })?;
        files::clear(&folder, is_ours).map_err(Error::at(&folder))?;
        let mut archive = None;
        let mut done = Vec::new();
        for standing in self.plan()? {
            let segment = self.store.segment(standing.segment);
            if let Some(problem) = standing.problem.clone() {
                done.push(self.moved(&standing, Some(problem)));
            } else if let Some(goes) = standing.goes {
                let result = self.advance(&segment, &standing, goes, &mut archive, steps);
                done.push(self.moved(&standing, result.err().map(|error| causes::in_words(&error))));
            }
        }
        Ok(done)
    }

    fn advance(
        &self,
        segment: &Segment,
        standing: &Standing,
        goes: Tier,
        archive: &mut Option<Archive>,
        steps: &mut Steps<'_>,
    ) -> Result<(), Error> {
        let end = standing.first + standing.records;
        let mut step = |step| steps(standing.segment, step);
        if standing.tier == Tier::Hot {
            pack::pack(segment, end, self.snapshot, &mut step)?;
        }
        if goes < Tier::Cold {
            return Ok(());
        }
        let archive = match archive {
            Some(archive) => archive,
            None => archive.insert(Archive::open(self)?),
        };
        match segment.open()? {
            Form::Cold(pointer) => archive.find(segment, &pointer, end, self.snapshot, &mut step),
            _ => archive.take(segment, end, self.snapshot, &mut step),
        }
    }

    /// How it stands now.
    fn moved(&self, before: &Standing, problem: Option<String>) -> Moved {
        let segment = self.store.segment(before.segment);
        // Damage was found before, and is in `problem`.
        let (tier, bytes) = plan::tier(&segment).unwrap_or((before.tier, before.bytes));
        let Standing { segment, first, records, tier: from, bytes: before, .. } = *before;
        Moved { segment, first, records, from, tier, before, bytes, problem }
    }
}

impl Rules {
    /// Where a segment belongs whose last record is of this time.
    fn tier(&self, newest: Timestamp, now: Timestamp) -> Tier {
        let is_over =
            |period: Option<Period>| period.and_then(|period| period.after(newest)).is_some_and(|end| end <= now);
        match (is_over(self.cold_after), is_over(self.warm_after)) {
            (true, _) => Tier::Cold,
            (false, true) => Tier::Warm,
            (false, false) => Tier::Hot,
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Hot => "hot",
            Self::Warm => "warm",
            Self::Cold => "cold",
        })
    }
}

/// The names under which moves write before they name.
fn is_ours(name: &str) -> bool {
    [".jsonl.gz", ".cold"].iter().any(|ending| name.ends_with(ending))
}
