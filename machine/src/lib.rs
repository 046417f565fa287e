//! What only the machine can tell or do, behind safe functions: the one room of this project with unsafe code.
//!
//! - [`clock`]: what the kernel says of its clock
//! - [`pages`]: a file as memory
//! - [`wide`]: loops compiled for what the processor has
//! - [`rgb`]: weighted sums of red, green and blue
//! - [`taps`]: weighted sums over parts of a row
//! - [`lanes`]: rows turned into columns
//! - [`bits`]: 256-bit codes that differ in few bits
//! - [`sha256`]: SHA-256 of two messages at once
//!
//! Each says why nothing safe does it.

pub mod bits;
pub mod clock;
pub mod lanes;
pub mod pages;
pub mod rgb;
pub mod sha256;
pub mod taps;
pub mod wide;
