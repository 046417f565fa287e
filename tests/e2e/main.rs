//! The program as its users have it: killed in the middle, started twice, left without disk.

mod disk;
mod kill;
mod program;
mod serve;
