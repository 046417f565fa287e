//! What the log promises, and what it refuses.

#[path = "../common/thief.rs"]
#[expect(dead_code, reason = "whole proofs are forged in tests/export")]
mod thief;

mod absence;
mod beside;
mod bytes;
mod copies;
mod crowd;
mod disk;
mod epochs;
mod faults;
mod forgery;
mod full;
mod given_up;
mod look_ups;
mod offsets;
mod properties;
mod published;
mod recovery;
mod rotation;
mod stores;
mod tiers;
mod tiles;
mod witnessed;
mod world;
