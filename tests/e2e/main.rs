//! The program as its users have it: killed in the middle, started twice, left without disk.

#[path = "../common/server.rs"]
#[expect(dead_code, reason = "what can go wrong is tried in tests/net")]
mod server;
#[path = "../common/thief.rs"]
mod thief;
#[path = "../common/tsa.rs"]
#[expect(dead_code, reason = "forged tokens are tried in tests/anchor")]
mod tsa;

mod anchor;
mod disk;
mod given_up;
mod keys;
mod kill;
mod load;
mod memory;
mod online;
mod program;
mod repair;
mod serve;
