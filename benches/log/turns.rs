//! Two things measured in turn.

use std::time::{Duration, Instant};

use criterion::{Criterion, SamplingMode, Throughput};

/// How a ratio is to be read.
#[derive(Clone, Copy)]
pub(crate) struct Aim {
    /// What it is measured against.
    pub(crate) floor: &'static str,
    /// How many records one call of `work` handles.
    pub(crate) records: u64,
}

/// Lets criterion measure `work`, with a call of `floor` before each of its calls, and prints the ratio of the medians.
#[expect(clippy::print_stdout, reason = "the line is the answer")]
pub(crate) fn against(
    criterion: &mut Criterion,
    name: &str,
    aim: Aim,
    mut floor: impl FnMut() -> Duration,
    mut work: impl FnMut() -> Duration,
) {
    let (mut floors, mut works) = (Vec::new(), Vec::new());
    let mut group = criterion.benchmark_group("log");
    group.sample_size(10).sampling_mode(SamplingMode::Flat).throughput(Throughput::Elements(aim.records));
    group.bench_function(name, |bench| {
        bench.iter_custom(|times| {
            let measured = (0..times).map(|_| {
                floors.push(floor());
                let took = work();
                works.push(took);
                took
            });
            measured.sum()
        });
    });
    group.finish();
    if let (Some(floor), Some(work)) = (median(&mut floors), median(&mut works)) {
        println!(
            "log/{name}: {:.2} times {} ({work:.2?} and {floor:.2?}: {:.0} records a second; medians of {})\n",
            work.as_secs_f64() / floor.as_secs_f64(),
            aim.floor,
            f64::from(u32::try_from(aim.records).unwrap_or(u32::MAX)) / work.as_secs_f64(),
            works.len()
        );
    }
}

/// How long this takes.
pub(crate) fn time<T>(work: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    std::hint::black_box(work());
    start.elapsed()
}

fn median(times: &mut [Duration]) -> Option<Duration> {
    times.sort_unstable();
    times.get(times.len() / 2).copied()
}
