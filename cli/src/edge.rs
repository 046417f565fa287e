//! Clock and randomness of this machine, for the library.

use jiff::Timestamp;
use rand_core::{OsRng, RngCore};
use touchmark_core::edge::{Clock, Edge, Moment};

/// This machine.
pub(crate) const EDGE: Edge<'static> = Edge { now: &now, random: &random };

fn now() -> Moment {
    let clock = match touchmark_machine::clock::state() {
        Some(state) => Clock { synchronised: state.synchronised, max_error_us: Some(state.max_error_us) },
        None => Clock { synchronised: false, max_error_us: None },
    };
    Moment { time: Timestamp::now(), clock }
}

fn random(buffer: &mut [u8]) {
    OsRng.fill_bytes(buffer);
}
