//! Closing half of a log: how long it takes, and that memory does not grow with the log.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use criterion::Criterion;
use rand_core::OsRng;
use touchmark_core::edge::{Clock, Edge, Moment};
use touchmark_core::event::classes::Class;
use touchmark_core::event::prepare::Log;
use touchmark_core::event::{Classes, Sealer};
use touchmark_core::keys::file::Ed25519Key;
use touchmark_core::keys::mac::{EpochFile, MacRoot};
use touchmark_core::ledger::file::FileStore;
use touchmark_core::ledger::{Keys, Ledger, Reader};
use touchmark_core::privacy::Vault;
use touchmark_core::retention::{Answer, Keeper};

use crate::moderation::event;
use crate::{EDGE, is_wanted, vault};

/// Half is of January, half of June; in August the first half is over.
const TIMES: [&str; 2] = ["2020-01-15T12:00:00Z", "2020-06-15T12:00:00Z"];
const LATER: &str = "2020-08-15T12:00:00Z";

/// So many records are appended together.
const TOGETHER: usize = 1 << 15;

fn classes() -> Classes {
    let class = r#"{"name": "six-months", "period": "6 months"}"#;
    let class: Class = serde_json::from_str(class).expect("a class");
    Classes::new(vec![class]).expect("classes")
}

fn at<T>(time: &str, work: impl FnOnce(Edge<'_>) -> T) -> T {
    let time = time.parse().expect("a time");
    let clock = Clock { synchronised: true, max_error_us: Some(1000) };
    work(Edge { now: &|| Moment { time, clock }, random: EDGE.random })
}

fn open(dir: &Path, vault: &Arc<dyn Vault>, edge: Edge<'_>) -> Ledger {
    let (signer, mac) = (dir.join("log.pem"), dir.join("epoch"));
    if !signer.exists() {
        Ed25519Key::generate(&mut OsRng).save(&signer).expect("saved");
        EpochFile::create(&mac, MacRoot::generate(&mut OsRng).first_epoch()).expect("created");
    }
    let keys = Keys {
        signer: Arc::new(Ed25519Key::load(&signer).expect("loaded")),
        mac: EpochFile::open(&mac).expect("opened"),
    };
    let sealer = Arc::new(Sealer::new(Arc::clone(vault)).with_classes(classes()));
    let log = Log { origin: "touchmark/bench".to_owned(), publish: Vec::new(), sealer: Some(sealer) };
    let store = Arc::new(FileStore::writer(&dir.join("ledger")).expect("a log").0);
    Ledger::open_log(store, log, keys, edge).expect("a log")
}

/// Measured once: what is closed is closed. `TOUCHMARK_BENCH_RECORDS` says how long the log is.
#[expect(clippy::print_stdout, reason = "the lines are the answer")]
pub(crate) fn retention(_: &mut Criterion) {
    if !is_wanted("retention") {
        return;
    }
    let records = std::env::var("TOUCHMARK_BENCH_RECORDS").ok().and_then(|text| text.parse().ok()).unwrap_or(200_000);
    let folder = tempfile::tempdir().expect("folder");
    let dir = folder.path();
    let vault = vault(&dir.join("vault"));
    let begun = Instant::now();
    for (half, time) in (1..).zip(TIMES) {
        at(time, |edge| {
            let mut ledger = open(dir, &vault, edge);
            let events = vec![event(); TOGETHER];
            while ledger.size() < records * half / 2 {
                let left = usize::try_from(records * half / 2 - ledger.size()).unwrap_or(usize::MAX);
                ledger.append(&events[..left.min(TOGETHER)], edge).expect("appended");
            }
        });
    }
    println!("retention, {records} sealed records: written in {:.1?}", begun.elapsed());
    let before = size(&dir.join("ledger/segments"));
    // Of what it took to write them, the peak says nothing.
    fs::write("/proc/self/clear_refs", "5").expect("the peak is forgotten");
    let begun = Instant::now();
    at(LATER, |edge| {
        let mut ledger = open(dir, &vault, edge);
        let reader = Reader::open(&dir.join("ledger")).expect("a log");
        let mut keeper = Keeper { ledger: &mut ledger, reader: &reader, classes: &classes(), edge };
        let Answer::Done(done) = keeper.run(None).expect("could") else { panic!("nothing forbids it") };
        let parts: u64 = done.removed.iter().map(|removed| removed.parts).sum();
        println!("retention, {records} sealed records: {parts} closed in {:.1?}", begun.elapsed());
    });
    let grown = size(&dir.join("ledger/segments")) - before;
    println!("retention, {records} sealed records: memory at most {}, log grown by {grown} bytes\n", peak());
}

fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).expect("listed");
    let lines = entries
        .map(|entry| entry.expect("an entry"))
        .filter(|entry| entry.path().extension() == Some("jsonl".as_ref()));
    lines.map(|entry| entry.metadata().expect("metadata").len()).sum()
}

fn peak() -> String {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map(|rest| rest.trim().to_owned()).unwrap_or_default()
}
