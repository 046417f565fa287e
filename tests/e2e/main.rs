//! The program as its users have it: killed in the middle, started twice, left without disk.
#![expect(clippy::cast_possible_truncation, reason = "pictures are made by counting, over small numbers")]
#![expect(clippy::single_range_in_vec_init, reason = "most bindings leave out one range")]
#![expect(clippy::trivially_copy_pass_by_ref, reason = "the names of boxes are written b\"cbor\"")]

#[path = "../attacks/bound.rs"]
#[expect(dead_code, reason = "one forgery is wanted here")]
mod bound;
#[path = "../common/chains.rs"]
mod chains;
#[path = "../attacks/forge.rs"]
#[expect(dead_code, reason = "one forgery is wanted here")]
mod forge;
#[path = "../common/place.rs"]
mod place;
#[path = "../common/server.rs"]
#[expect(dead_code, reason = "what can go wrong is tried in tests/net")]
mod server;
#[path = "../common/thief.rs"]
mod thief;
#[path = "../common/tsa.rs"]
#[expect(dead_code, reason = "forged tokens are tried in tests/anchor")]
mod tsa;

mod anchor;
mod containers;
mod disk;
mod given_up;
mod keys;
mod kill;
mod load;
mod meanwhile;
mod memory;
mod online;
mod program;
mod repair;
mod serve;
mod strangers;

/// The time at which forgeries are made.
pub(crate) fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}
