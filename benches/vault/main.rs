//! What sealing costs, and how long it takes to forget somebody.
//!
//! ```sh
//! cargo bench --bench vault
//! ```
//! - `prepare`: an event made ready for the log, plain and sealed, in turn: the difference is what sealing adds to a record.
//! - `retention`: half of a log is closed, once; with the memory that it took. `TOUCHMARK_BENCH_RECORDS` says how long the log is.
//! - `erase`: one of a million people, with the ERASURE record. `TOUCHMARK_BENCH_PEOPLE` says how many there are.
#![expect(clippy::disallowed_methods, reason = "a bench is an edge: it reads the clock for the library")]

#[path = "../common/moderation.rs"]
mod moderation;

mod retention;

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use rand_core::{OsRng, RngCore};
use touchmark_core::edge::{Clock, Edge, Moment};
use touchmark_core::erasure::{Answer, Eraser};
use touchmark_core::event::prepare::Log;
use touchmark_core::event::terms::ErasureReason;
use touchmark_core::event::{Event, Sealer};
use touchmark_core::keys::file::Ed25519Key;
use touchmark_core::keys::mac::{EpochFile, MacRoot};
use touchmark_core::ledger::file::FileStore;
use touchmark_core::ledger::{Keys, Ledger, Reader};
use touchmark_core::privacy::Vault;
use touchmark_core::privacy::vault::file::FileVault;
use touchmark_core::privacy::vault::{Owner, RootKey};

const EDGE: Edge<'static> = Edge { now: &now, random: &random };

/// The people who ask for keys together: as in a large import.
const TOGETHER: usize = 50_000;

fn now() -> Moment {
    Moment { time: jiff::Timestamp::now(), clock: Clock { synchronised: true, max_error_us: Some(1000) } }
}

fn random(buffer: &mut [u8]) {
    OsRng.fill_bytes(buffer);
}

fn vault(dir: &Path) -> Arc<dyn Vault> {
    let root = RootKey::generate(EDGE);
    FileVault::create(dir, &root, EDGE).expect("made");
    Arc::new(FileVault::writer(dir, &root).expect("opened"))
}

fn log(vault: Option<&Arc<dyn Vault>>) -> Log {
    let sealer = vault.map(|vault| Arc::new(Sealer::new(Arc::clone(vault))));
    Log { origin: "touchmark/bench".to_owned(), publish: Vec::new(), sealer }
}

/// A GEN as docs/record.md has it, by one of `people`.
fn events(people: usize) -> Vec<Event> {
    let event = |number: usize| {
        let text = format!(
            r#"{{"type": "GEN", "actor": {{"subject": "emp-{number}", "auth": "oidc", "role": "designer"}}, "tenant": "acme",
            "session": "s-77", "network_origin": "192.0.2.7", "system": {{"name": "studio", "version": "4.2.0"}},
            "model": {{"id": "sdxl-base", "version": "1.0", "version_hash": "sha256:{}"}}, "prompt": "a lighthouse at dusk",
            "parameters": {{"seed": "18446744073709551615", "width": 1024, "height": 1024, "sampler": "euler", "steps": 30}},
            "usage": {{"input_tokens": 12, "output_tokens": 0, "cost": "0.04", "currency": "USD"}}}}"#,
            "31".repeat(32)
        );
        Event::parse(text.as_bytes()).expect("an event")
    };
    (0..people).map(event).collect()
}

/// How long `rounds` preparations take in each log, in turn, so that both meet the same neighbours. Each goes first as often as the other:
/// the second finds the event in the processor's cache.
fn in_turn(plain: &Log, sealed: &Log, events: &[Event], rounds: u64) -> (Duration, Duration) {
    let one = |event: &Event, log: &Log| {
        let begun = Instant::now();
        black_box(event.prepare(log, EDGE).expect("prepared"));
        begun.elapsed()
    };
    let (mut first, mut second) = (Duration::ZERO, Duration::ZERO);
    for (round, event) in (0..rounds).zip(events.iter().cycle()) {
        if round % 2 == 0 {
            first += one(event, plain);
            second += one(event, sealed);
        } else {
            second += one(event, sealed);
            first += one(event, plain);
        }
    }
    (first, second)
}

fn prepare(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("folder");
    let vault = vault(&folder.path().join("vault"));
    let (plain, sealed) = (log(None), log(Some(&vault)));
    for people in [1, 1000, 100_000] {
        let events = events(people);
        // Their keys are made before.
        for part in events.chunks(TOGETHER) {
            sealed.keys(part, EDGE).expect("keys");
        }
        let mut group = criterion.benchmark_group(format!("prepare, {people} people"));
        group.bench_function("plain", |bencher| {
            bencher.iter_custom(|rounds| in_turn(&plain, &sealed, &events, rounds).0);
        });
        group.bench_function("what sealing adds", |bencher| {
            bencher.iter_custom(|rounds| {
                let (plain, sealed) = in_turn(&plain, &sealed, &events, rounds);
                sealed.saturating_sub(plain).max(Duration::from_nanos(1))
            });
        });
        group.finish();
    }
}

/// Whether the words on the command line choose this part: what it needs takes long to make.
fn is_wanted(part: &str) -> bool {
    std::env::args().skip(1).filter(|word| !word.starts_with("--")).all(|word| part.contains(&word))
}

fn erase(criterion: &mut Criterion) {
    if !is_wanted("erase") {
        return;
    }
    let people = std::env::var("TOUCHMARK_BENCH_PEOPLE").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let folder = tempfile::tempdir().expect("folder");
    let vault = vault(&folder.path().join("vault"));
    let owners: Vec<Owner> = (0..people).map(|number| Owner::Person(format!("emp-{number}"))).collect();
    let begun = Instant::now();
    for part in owners.chunks(TOGETHER) {
        vault.keys(part, EDGE).expect("keys");
    }
    let made = begun.elapsed();
    let dir = folder.path().join("ledger");
    let signer = Ed25519Key::generate(&mut OsRng);
    let mac =
        EpochFile::create(folder.path().join("epoch"), MacRoot::generate(&mut OsRng).first_epoch()).expect("made");
    let (store, _) = FileStore::writer(&dir).expect("a log");
    let keys = Keys { signer: Arc::new(signer), mac };
    let mut ledger = Ledger::open_log(Arc::new(store), log(Some(&vault)), keys, EDGE).expect("a log");
    let reader = Reader::open(&dir).expect("a log");
    let mut group = criterion.benchmark_group(format!("erase, {people} people (keys made in {made:.1?})"));
    group.sample_size(20);
    let mut next = 0;
    group.bench_function("one", |bencher| {
        bencher.iter(|| {
            let mut eraser = Eraser { ledger: &mut ledger, reader: &reader, edge: EDGE };
            // Far from each other, so that none is in a file that was read for the one before.
            let subject = format!("emp-{}", next * 7919 % people);
            next += 1;
            let answer = eraser.erase(&subject, ErasureReason::SubjectRequest, None).expect("could");
            assert!(matches!(answer, Answer::Erased(_)), "{answer:?}");
        });
    });
    group.finish();
}

/// The program's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

criterion_group!(benches, prepare, erase, retention::retention);
criterion_main!(benches);
