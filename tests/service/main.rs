//! The service as its clients see it: requests to the router, a real home in a temporary folder, real pictures.

mod events;
mod export;
mod failure;
mod follow;
mod log;
mod outer;
mod socket;
mod verify;
mod world;
