//! The program as its users have it: killed in the middle, started twice, left without disk.

mod disk;
mod keys;
mod kill;
mod load;
mod program;
mod repair;
mod serve;
