//! What is private, from being written to being forgotten. Each test is something that a person, or whoever answers for their data,
//! would notice.
//!
//! - [`sealed`]: what stands in the log, who can read it, and what happens when it is moved;
//! - [`erased`]: a person is forgotten, interrupted at any step, and comes back; legal holds;
//! - [`opened`]: one field is shown to somebody else, and nothing of the others;
//! - [`originals`]: images as they came in, closed with their person;
//! - [`retention`]: what was kept long enough is closed, interrupted at any step;
//! - [`bytes`]: nothing of it is left in any file, in any form.
#![expect(clippy::disallowed_methods, reason = "tests are an edge: they read the clock for the library")]

mod bytes;
mod erased;
mod opened;
mod originals;
mod retention;
mod sealed;
mod world;
