//! What makes a log incomplete, and that each of it is found: a record that is missing, or that contradicts another.

mod attempts;
mod clocks;
mod models;
mod pointers;
mod world;
