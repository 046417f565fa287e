//! How fast the log is, as ratios: each thing and its floor are measured in turn, in one run. On a machine that others use too, two
//! numbers of two different minutes say nothing about each other.
//!
//! ```sh
//! cargo bench --bench log            # minutes; all of it
//! cargo bench --bench log -- verify  # what has this word in its name
//! ```
//! `TOUCHMARK_BENCH_RECORDS` says how long the log is that is read (200,000 by default; ten million take some 12 GB and an hour), and
//! `TOUCHMARK_BENCH_DIR` where it stands: a log that is there already is used again and kept.

#![expect(clippy::disallowed_methods, reason = "a bench is an edge: it reads the clock and the environment")]

#[path = "../common/moderation.rs"]
mod moderation;

mod append;
mod crowd;
mod read;
mod turns;
mod world;

use criterion::{criterion_group, criterion_main};

/// The program's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

criterion_group!(log, append::one, crowd::all, append::import, read::all);
criterion_main!(log);
