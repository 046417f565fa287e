//! The `touchmark` command.
//!
//! `args` is what can be typed, `commands` has one file a verb, `error` is the only place that prints errors, `output` the only one that
//! prints answers, `edge` reads clock and randomness for the library.

mod args;
mod commands;
mod edge;
mod error;
mod hardening;
mod inputs;
mod output;

use std::process::ExitCode;

/// Batches are prepared on all cores, with many small pieces of memory that pass from thread to thread.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    hardening::no_memory_images();
    let args = args::Args::typed();
    let mut output = output::Output::new(args.json);
    let answer = commands::run(&args, &mut output);
    error::finish(answer.and_then(|answer| output.finish().map(|()| answer)))
}
