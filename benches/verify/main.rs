//! What our verdict costs beside the C2PA library's reader alone, on the same signed files in memory.
//!
//! ```sh
//! cargo bench --bench verify
//! ```
//! - `one, NAME`: the library's reader, and `verify` with the log's key (signature, binding, checks of our own, log proof), in turn.
//! - `batch, NAME`: a batch on all cores, in turn: how long the verdicts take, and how long the readings.
#![expect(clippy::disallowed_methods, reason = "a bench is an edge: it reads the clock for the library")]
#![expect(clippy::print_stdout, reason = "the ratio is what is asked for")]

use std::hint::black_box;
use std::io::Cursor;
use std::sync::Arc;
use std::time::{Duration, Instant};

use c2pa::{Context, Reader};
use criterion::{Criterion, criterion_group, criterion_main};
use image::imageops::FilterType;
use image::{DynamicImage, ImageFormat};
use rand_core::{OsRng, RngCore};
use rayon::prelude::*;
use touchmark_core::edge::{Clock, Edge, Moment};
use touchmark_core::event::Event;
use touchmark_core::export::{Exporter, Making, Options, Order};
use touchmark_core::home::Home;
use touchmark_core::ledger::history::History;
use touchmark_core::manifest::Trust;
use touchmark_core::media::Limits;
use touchmark_core::verify::{Answer, LedgerState, Means, verify};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const EDGE: Edge<'static> = Edge { now: &now, random: &random };

/// How many files a batch has.
const BATCH: usize = 64;

fn now() -> Moment {
    Moment { time: jiff::Timestamp::now(), clock: Clock { synchronised: true, max_error_us: Some(1000) } }
}

fn random(buffer: &mut [u8]) {
    OsRng.fill_bytes(buffer);
}

/// A photograph from `test-images` in another size and format.
fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let photograph = include_bytes!("../../test-images/hubble.jpg");
    let image =
        image::load_from_memory(photograph).expect("a picture").resize_exact(width, height, FilterType::Triangle);
    let mut file = Cursor::new(Vec::new());
    DynamicImage::from(image.to_rgb8()).write_to(&mut file, format).expect("written");
    file.into_inner()
}

fn signed(home: &Home, picture: Vec<u8>) -> Vec<u8> {
    let event = format!(
        r#"{{"type": "GEN", "actor": {{"subject": "emp-1", "auth": "oidc"}}, "system": {{"name": "studio", "version": "1.4"}},
        "model": {{"id": "sdxl", "version": "1.0", "version_hash": "sha256:{}"}}, "prompt": "a nebula", "parameters": {{"seed": "42"}}}}"#,
        "31".repeat(32)
    );
    let making = Making::Event(Box::new(Event::parse(event.as_bytes()).expect("an event")));
    let (mut ledger, _) = home.ledger(EDGE).expect("the log");
    let (reader, issuer) = (home.reader().expect("the log"), home.issuer().expect("an issuer"));
    let (shelf, limits) = (home.shelf(), home.limits());
    let organisation = &home.config().organisation;
    let (ledger, reader, issuer) = (&mut ledger, &reader, &issuer);
    let mut exporter = Exporter { ledger, reader, issuer, shelf: &shelf, organisation, limits: &limits, edge: EDGE };
    let order = Order { bytes: picture, making, target: None };
    let exported = exporter.export(vec![order], &Options::default()).pop().expect("an answer").expect("exported");
    exported.file.expect("the file")
}

/// Two ways to look at files.
struct Ways<'a> {
    library: Arc<Context>,
    means: Means<'a>,
    mime: &'static str,
}

impl Ways<'_> {
    fn reader_alone(&self, file: &[u8]) {
        let reader = Reader::from_shared_context(&self.library).with_stream(self.mime, Cursor::new(file));
        black_box(reader.expect("read").validation_state());
    }

    fn verdict(&self, file: &[u8]) {
        let verdict = verify(file, None, &self.means).expect("looked");
        assert_eq!((verdict.verdict, verdict.ledger.state), (Answer::Verified, LedgerState::Proved));
    }

    /// How long each way takes over `rounds` rounds, in turn, so that both meet the same neighbours.
    fn in_turn(&self, rounds: u64, files: &[&[u8]]) -> [Duration; 2] {
        let mut sums = [Duration::ZERO; 2];
        for _ in 0..rounds {
            let begun = Instant::now();
            each(files, |file| self.reader_alone(file));
            let between = Instant::now();
            each(files, |file| self.verdict(file));
            sums[1] += between.elapsed();
            sums[0] += between.duration_since(begun);
        }
        sums
    }
}

/// One where we are, several on all cores.
fn each(files: &[&[u8]], look: impl Fn(&[u8]) + Sync) {
    match files {
        [one] => look(one),
        several => several.par_iter().for_each(|file| look(file)),
    }
}

fn both(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("folder");
    let home = Home::create(&folder.path().join("home"), "Bench", EDGE).expect("a home");
    let anchors = home.anchors().expect("anchors");
    let trust = Trust::new(&anchors).expect("anchors");
    let settings = serde_json::json!({
        "trust": {"trust_anchors": anchors},
        "verify": {"verify_after_reading": true, "verify_trust": true, "verify_timestamp_trust": true,
            "remote_manifest_fetch": false, "ocsp_fetch": false},
    });
    let library = Context::new().with_settings(settings.to_string().as_str()).expect("settings").into_shared();
    let limits = Limits::default();
    let kinds = [
        ("1024 x 1024 PNG", 1024, 1024, ImageFormat::Png),
        ("1024 x 1024 JPEG", 1024, 1024, ImageFormat::Jpeg),
        ("4000 x 3000 JPEG", 4000, 3000, ImageFormat::Jpeg),
    ];
    for (name, width, height, format) in kinds {
        let file = signed(&home, picture(width, height, format));
        let log_keys: Vec<History> = vec![home.reader().expect("the log").history().clone()];
        let (trust, log_keys, limits, at) = (&trust, log_keys.as_slice(), &limits, now().time);
        let means = Means { trust, log_keys, records: None, log: None, at, limits, pixels: false };
        let ways = Ways { library: Arc::clone(&library), means, mime: format.to_mime_type() };
        let batch = vec![file.as_slice(); BATCH];
        for (kind, files) in [("one", &batch[..1]), ("batch", &batch[..])] {
            let mut group = criterion.benchmark_group(format!("{kind}, {name} ({} bytes)", file.len()));
            group.sample_size(20);
            for (at, way) in ["the library's reader alone", "verdict"].into_iter().enumerate() {
                group.bench_function(way, |bencher| {
                    bencher.iter_custom(|rounds| ways.in_turn(rounds, files)[at]);
                });
            }
            let [alone, verdict] = ways.in_turn(if files.len() == 1 { 200 } else { 5 }, files);
            println!(
                "{kind}, {name}: the reader's time is {:.2} of the verdict's",
                alone.as_secs_f64() / verdict.as_secs_f64()
            );
            group.finish();
        }
    }
}

criterion_group!(benches, both);
criterion_main!(benches);
