//! What the edges hand in, because the library itself looks at no clock and draws no randomness.

use jiff::Timestamp;
use rand_core::{CryptoRng, RngCore};
use serde::{Deserialize, Serialize};

/// What the kernel said of its own clock when a moment was read (Linux `adjtimex`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// Whether a time source disciplined the clock.
    pub synchronised: bool,
    /// The largest error that the kernel admits, in microseconds; absent where it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_error_us: Option<u64>,
}

/// A reading of the machine's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// UTC.
    pub time: Timestamp,
    /// How good the clock was.
    pub clock: Clock,
}

/// Clock and randomness, as arguments. Shared by the threads of one job.
#[derive(Clone, Copy)]
pub struct Edge<'a> {
    /// Reads the clock.
    pub now: &'a (dyn Fn() -> Moment + Sync),
    /// Fills the buffer from a cryptographically secure source.
    pub random: &'a (dyn Fn(&mut [u8]) + Sync),
}

impl Edge<'_> {
    /// Reads the clock.
    pub fn now(&self) -> Moment {
        (self.now)()
    }

    /// Fresh random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.random)(&mut bytes);
        bytes
    }

    /// A new UUIDv7 for something that happened at `time`.
    pub fn uuid_v7(&self, time: Timestamp) -> uuid::Uuid {
        uuid_v7(time, &self.bytes())
    }

    /// A new random UUID (version 4), as C2PA manifest labels need it.
    pub fn uuid_v4(&self) -> uuid::Uuid {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid()
    }
}

/// A UUIDv7 for something that happened at `time`, of random bytes that were drawn for it.
pub(crate) fn uuid_v7(time: Timestamp, random: &[u8; 10]) -> uuid::Uuid {
    let millis = u64::try_from(time.as_millisecond()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, random).into_uuid()
}

impl std::fmt::Debug for Edge<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Edge")
    }
}

impl RngCore for Edge<'_> {
    fn next_u32(&mut self) -> u32 {
        u32::from_le_bytes(self.bytes())
    }

    fn next_u64(&mut self) -> u64 {
        u64::from_le_bytes(self.bytes())
    }

    fn fill_bytes(&mut self, dest: &mut [u8]) {
        (self.random)(dest);
    }

    fn try_fill_bytes(&mut self, dest: &mut [u8]) -> Result<(), rand_core::Error> {
        (self.random)(dest);
        Ok(())
    }
}

impl CryptoRng for Edge<'_> {}
