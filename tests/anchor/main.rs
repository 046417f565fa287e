//! Time-stamps by others: which tokens are believed, and what they prove of a log.
//!
//! - [`tokens`]: real tokens by `openssl ts`, and those that somebody forged;
//! - [`chains`]: certificates that may stamp, and those that may not;
//! - [`trails`]: logs that others keep, committed to by their checkpoints;
//! - [`log`](mod@log): anchors in a log, and what becomes of whoever rewrites it.
#![expect(clippy::disallowed_methods, reason = "tests are an edge: they read the clock for the library")]

#[path = "../common/tsa.rs"]
mod tsa;

mod chains;
mod log;
mod tokens;
mod trails;
