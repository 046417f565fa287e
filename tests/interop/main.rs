//! Our forms and proofs against code that others wrote: what one side writes, the other reads, in both directions.

mod age;
mod log;
mod proofs;
mod tlog;
