//! What makes a log incomplete, and that each of it is found: a record that is missing, or that contradicts another.

#![expect(clippy::disallowed_methods, reason = "tests are an edge: they read the clock for the library")]

mod attempts;
mod clocks;
mod dry_run;
mod models;
mod pointers;
mod world;
