//! What only the machine can tell or do, behind safe functions: the one room of this project with unsafe code.
//!
//! - [`clock`]: what the kernel says of its clock
//! - [`pages`]: a file as memory
//! - [`bits`]: 256-bit codes that differ in few bits, counted with the processor's own instruction
//!
//! Each says why nothing safe does it.

pub mod bits;
pub mod clock;
pub mod pages;
