//! The service as its clients see it: requests to the router, a real home in a temporary folder, real pictures.

#[path = "../common/server.rs"]
#[expect(dead_code, reason = "what can go wrong is tried in tests/net")]
mod server;
#[path = "../common/tsa.rs"]
#[expect(dead_code, reason = "forged tokens are tried in tests/anchor")]
mod tsa;

mod anchor;
mod events;
mod export;
mod failure;
mod find;
mod follow;
mod log;
mod outer;
mod socket;
mod verify;
mod world;
