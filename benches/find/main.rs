//! What finding pictures costs: `cargo bench --bench find [-- ENTRIES…]`, without numbers 1 and 10 million entries.
//!
//! First the looking: fingerprints and likeness on top of the decoding, once a picture is in memory. Then the exact search within 31 bits
//! of 256, on disk and mapped into memory, beside a scan and beside faiss, where `TOUCHMARK_PYTHON` names a Python that has it.

#![expect(
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a bench measures time, asks where Python is, and prints"
)]

#[path = "../common/chance.rs"]
mod chance;

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use touchmark_core::fingerprint::{PREVIEW, code, look};
use touchmark_core::gallery::{Gallery, Search, tables};
use touchmark_machine::bits::{Which, nearest, plainly};

use chance::Chance;

/// The program's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const QUERIES: usize = 200;
const RADIUS: u32 = 31;

fn main() {
    let numbers: Vec<usize> = std::env::args().skip(1).filter_map(|arg| arg.parse().ok()).collect();
    looking();
    for entries in if numbers.is_empty() { vec![1_000_000, 10_000_000] } else { numbers } {
        searching(entries);
    }
}

fn looking() {
    println!("looking: fingerprints and likeness, two threads, beside the decoding; medians");
    for (width, height) in [(1024, 1024), (4000, 3000)] {
        let image = picture(width, height);
        for format in [ImageFormat::Png, ImageFormat::Jpeg] {
            let mut file = std::io::Cursor::new(Vec::new());
            image.write_to(&mut file, format).expect("a file");
            let decode = median(41, || image::load_from_memory(file.get_ref()).expect("a picture"));
            let all = median(41, || look(&image).likeness());
            let query = median(41, || look(&image).query());
            let ratio = all.as_secs_f64() / decode.as_secs_f64();
            println!(
                "  {width} x {height} {format:?}: {all:.2?} ({ratio:.2} of the decoding, {decode:.2?}); as a query {query:.2?}"
            );
        }
    }
}

/// Waves and noise: neither flat nor all noise, as a photograph.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss, reason = "bytes")]
fn picture(width: u32, height: u32) -> DynamicImage {
    let mut chance = Chance::new(9);
    RgbImage::from_fn(width, height, |x, y| {
        let (x, y) = (x as f32 / width as f32, y as f32 / height as f32);
        let wave = ((x * 23.0 + (y * 9.0).sin() * 3.0).sin() + (y * 31.0 - x * 7.0).cos()) * 50.0 + 128.0;
        let noise = (chance.next() % 17) as f32;
        Rgb([wave + noise, wave * 0.8 + noise, 200.0 - wave * 0.5 + noise].map(|value| value as u8))
    })
    .into()
}

fn searching(count: usize) {
    let dir = tempfile::tempdir().expect("folder");
    let begun = Instant::now();
    let entries = write(dir.path(), count);
    println!("\n{count} entries, made in {:.1?} (tables and all)", begun.elapsed());
    let files = std::iter::once("codes".to_owned());
    let files = files.chain((0..count / tables::FULL).map(|number| format!("tables-{number:06}")));
    let bytes: u64 = files.map(|name| fs::metadata(dir.path().join(name)).expect("file").len()).sum();
    println!(
        "  {:.1} bytes an entry (two codes and the tables; previews: {} more)",
        bytes as f64 / count as f64,
        PREVIEW + 8
    );
    let search = Gallery::new(dir.path()).search().expect("gallery");
    let mut chance = Chance::new(77);
    let queries: Vec<[u8; 32]> = (0..QUERIES)
        .map(|_| {
            let mut query = entries[usize::try_from(chance.next() % count as u64).expect("small")][0];
            (0..chance.next() % 32).for_each(|_| {
                let bit = chance.next() % 256;
                query[bit as usize / 8] ^= 1 << (bit % 8);
            });
            query
        })
        .collect();
    exact(&search, &entries, &queries);
    let ours = each(&queries, |query| search.within(&code(query), RADIUS));
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    let alone = one.install(|| each(&queries, |query| search.within(&code(query), RADIUS)));
    let few = &queries[..20];
    let scan = each(few, |query| nearest(&entries, &[code(query)], RADIUS, Which::First));
    let plain = each(few, |query| plainly(&entries, &[code(query)], RADIUS, Which::First));
    println!("  through the tables: median {ours:.3?}, on one thread {alone:.3?}");
    println!(
        "  scan on one thread: {scan:.2?}; without the instruction that counts bits {plain:.2?} ({:.1} times)",
        ratio(plain, scan)
    );
    fs::write(dir.path().join("queries"), queries.as_flattened()).expect("written");
    beside(dir.path(), count, ours);
}

/// Every entry that a scan finds is found, and nothing else.
fn exact(search: &Search, entries: &[[[u8; 32]; 2]], queries: &[[u8; 32]]) {
    let mut found = 0;
    for query in &queries[..20] {
        let scanned = nearest(entries, &[code(query)], RADIUS, Which::First);
        let scanned: Vec<(usize, u32)> = scanned.iter().map(|near| (near.entry, near.distance)).collect();
        assert_eq!(search.within(&code(query), RADIUS), scanned);
        found += scanned.len();
    }
    println!("  exact: 20 queries, {found} entries found, as the scan finds them");
}

/// Random codes, as the gallery has them; the previews are a hole.
fn write(dir: &Path, count: usize) -> Vec<[[u8; 32]; 2]> {
    let mut chance = Chance::new(5);
    let mut random = || {
        let words: [[u8; 8]; 4] = std::array::from_fn(|_| chance.next().to_le_bytes());
        words.as_flattened().try_into().expect("32 bytes")
    };
    let entries: Vec<[[u8; 32]; 2]> = (0..count).map(|_| [random(), random()]).collect();
    let mut file = BufWriter::new(File::create(dir.join("codes")).expect("file"));
    file.write_all(entries.as_flattened().as_flattened()).expect("written");
    file.flush().expect("written");
    let previews = File::create(dir.join("previews")).expect("file");
    previews.set_len((count * (PREVIEW + 8)) as u64).expect("a hole");
    for (number, full) in entries.chunks_exact(tables::FULL).enumerate() {
        fs::write(dir.join(format!("tables-{number:06}")), tables::make(full)).expect("written");
    }
    entries
}

fn beside(dir: &Path, count: usize, ours: Duration) {
    let Ok(python) = std::env::var("TOUCHMARK_PYTHON") else {
        println!("  faiss: skipped, TOUCHMARK_PYTHON names no Python that has it");
        return;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../benches/find/faiss_beside.py");
    let answer = Command::new(python).arg(script).arg(dir).arg(count.to_string()).output().expect("Python");
    if !answer.status.success() {
        println!("  faiss: skipped: {}", String::from_utf8_lossy(&answer.stderr).lines().last().unwrap_or_default());
        return;
    }
    for line in String::from_utf8_lossy(&answer.stdout).lines() {
        let Some((name, seconds)) = line.rsplit_once(' ') else { continue };
        let theirs = Duration::from_secs_f64(seconds.parse().expect("seconds"));
        println!("  {name}: median {theirs:.3?}, {:.1} times ours", ratio(theirs, ours));
    }
}

fn each<T>(queries: &[[u8; 32]], mut search: impl FnMut(&[u8; 32]) -> T) -> Duration {
    let mut times: Vec<Duration> = queries
        .iter()
        .map(|query| {
            let begun = Instant::now();
            let _found = std::hint::black_box(search(query));
            begun.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

fn median<T>(times: usize, mut run: impl FnMut() -> T) -> Duration {
    each(&vec![[0; 32]; times], |_| run())
}

fn ratio(a: Duration, b: Duration) -> f64 {
    a.as_secs_f64() / b.as_secs_f64()
}
