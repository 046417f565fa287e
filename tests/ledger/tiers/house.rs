//! A log with several segments, an archive beside it, and all that can be asked of it.

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use touchmark_core::event::Kind;
use touchmark_core::ledger::absence::prove;
use touchmark_core::ledger::tiers::{Moved, Rules, Step, Steps, Tier, Tiers};
use touchmark_core::ledger::{Error, Reader, Selection};

use crate::world::{World, on_day};

pub(super) const LINES: u64 = 10;

pub(super) struct House {
    pub(super) world: World,
    pub(super) archive: TempDir,
}

/// What readers are told.
#[derive(Debug, PartialEq)]
pub(super) struct Answers {
    lines: Vec<Vec<u8>>,
    pub(super) proofs: Vec<String>,
    found: Vec<u64>,
    keys: Vec<u64>,
    report: String,
}

impl House {
    /// Four full segments and a few records, all of the first day; the key changed in the second segment.
    pub(super) fn new() -> Self {
        let world = World::with_segments_of(LINES);
        world.fill(14);
        world.rotate();
        world.fill(43);
        Self { world, archive: tempfile::tempdir().expect("a temporary folder") }
    }

    /// Two full segments of whole tiles, as in a real log, and a few records: proofs need no lines but the last ones.
    pub(super) fn of_tiles() -> Self {
        let world = World::with_segments_of(256);
        world.fill(520);
        Self { world, archive: tempfile::tempdir().expect("a temporary folder") }
    }

    pub(super) fn rules(&self) -> Rules {
        let period = |text: &str| Some(text.parse().expect("a period"));
        Rules {
            warm_after: period("90 days"),
            cold_after: period("1 year"),
            archive: Some(self.archive.path().to_owned()),
        }
    }

    pub(super) fn run(&self, day: i64) -> Vec<Moved> {
        self.run_with(day, &mut |_, _| Ok(()))
    }

    pub(super) fn run_with(&self, day: i64, steps: &mut Steps<'_>) -> Vec<Moved> {
        self.try_run(day, steps).expect("could look")
    }

    pub(super) fn try_run(&self, day: i64, steps: &mut Steps<'_>) -> Result<Vec<Moved>, Error> {
        self.run_by(&self.rules(), day, steps)
    }

    pub(super) fn run_by(&self, rules: &Rules, day: i64, steps: &mut Steps<'_>) -> Result<Vec<Moved>, Error> {
        let snapshot = self.world.reader().snapshot().expect("a checkpoint");
        let now = on_day(day, |edge| edge.now().time);
        Tiers { store: &self.world.files(), snapshot: &snapshot, rules, now }.run(steps)
    }

    /// Moves, and is killed before step number `nth`: nothing is done from there on. Answers whether it came so far.
    pub(super) fn killed(&self, day: i64, nth: usize) -> Option<Step> {
        let (mut done, mut killed) = (0, None);
        self.run_with(day, &mut |_, step| {
            if done == nth {
                killed.get_or_insert(step);
                return Err(Error::ReadOnly);
            }
            done += 1;
            Ok(())
        });
        killed
    }

    pub(super) fn size(&self) -> u64 {
        self.world.reader_store().size().expect("size")
    }

    pub(super) fn lines(&self) -> Vec<Vec<u8>> {
        let mut lines = Vec::new();
        let scanned = self.world.reader_store().scan(0, &mut |_, line| {
            lines.push(line.to_vec());
            ControlFlow::Continue(())
        });
        scanned.expect("scanned");
        lines
    }

    pub(super) fn packed(&self, number: u64) -> PathBuf {
        self.world.path(&format!("segments/{number:010}.jsonl.gz"))
    }

    pub(super) fn answers(&self) -> Answers {
        let reader = self.world.reader();
        let size = self.size();
        let lines: Vec<Vec<u8>> = (0..size).map(|seq| reader.line(seq).expect("there")).collect();
        assert_eq!(lines, self.lines());
        let ids = (0..size).map(|seq| reader.record(seq).expect("there").id);
        let absent = format!("sha256:{}", "5a".repeat(32)).parse().expect("a name");
        let absence = prove(&reader, &absent, &mut |_, _| {}).map(|proof| format!("{proof:?}"));
        Answers {
            proofs: (0..size).map(|seq| reader.prove(seq).expect("proved").to_string()).collect(),
            found: ids.map(|id| reader.find(id).expect("found")).collect(),
            keys: selected(&reader, Kind::Key),
            report: format!("{:?} {absence:?}", self.world.check()),
            lines,
        }
    }

    /// The names in a folder of the log, in order.
    pub(super) fn names(&self, folder: &str) -> Vec<String> {
        listed(&self.world.path(folder))
    }

    pub(super) fn archived(&self) -> Vec<String> {
        listed(self.archive.path())
    }
}

pub(super) fn tiers(moved: &[Moved]) -> Vec<Tier> {
    moved.iter().map(|moved| moved.tier).collect()
}

fn selected(reader: &Reader, kind: Kind) -> Vec<u64> {
    let mut seen = Vec::new();
    let wanted = Selection { kind: Some(kind), ..Selection::default() };
    let shown = reader.select(&wanted, &mut |record, _| {
        seen.push(record.seq);
        ControlFlow::Continue(())
    });
    shown.expect("selected");
    seen
}

/// Every file below a folder, by its path there.
pub(super) fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).expect("listed") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below").to_owned();
                found.insert(name, fs::read(&path).expect("read"));
            }
        }
    }
    found
}

fn listed(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("listed")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("text"))
        .collect();
    names.sort();
    names
}
