//! What the log promises, and what it refuses.

mod absence;
mod beside;
mod bytes;
mod copies;
mod crowd;
mod epochs;
mod faults;
mod forgery;
mod full;
mod look_ups;
mod offsets;
mod properties;
mod published;
mod recovery;
mod rotation;
mod stores;
mod tiles;
mod witnessed;
mod world;
