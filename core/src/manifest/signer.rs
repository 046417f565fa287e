//! Our signing keys and time-stamp authorities, in the form that the C2PA library asks for.

use std::cell::RefCell;
use std::sync::Arc;

use c2pa::SigningAlg;

use crate::hash::Hash;
use crate::keys::timestamp::{Failed, TimestampAuthority, Unstamped};
use crate::keys::{Algorithm, Signer};

/// Room in the COSE structure beyond the certificates: protected header, signature, padding header.
const FRAME: usize = 1024;

/// Room for a time-stamp token, in bytes: what those of public authorities need. For a larger one it is made anew.
pub(super) const TOKEN: usize = 8 * 1024;

/// What the token stands in.
const TOKEN_FRAME: usize = 64;

/// Whether and by whom signatures are time-stamped.
#[derive(Debug, Clone)]
pub struct Timestamps {
    /// Who is asked.
    pub authority: Arc<dyn TimestampAuthority>,
    /// Nothing is signed without one.
    pub required: bool,
}

/// What became of the time-stamp of a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is there. These had been asked before, in vain.
    Stamped(Vec<Failed>),
    /// Nobody gave one.
    Unstamped(Unstamped),
    /// It needs more room than was reserved: this many bytes.
    TooLarge(usize),
}

thread_local! {
    /// The library asks for the time-stamp in the middle of signing, on the thread that signs, and hands on neither failure nor success.
    static LAST: RefCell<Option<Outcome>> = const { RefCell::new(None) };
}

/// What became of the time-stamp of the signature that this thread made last. `None` where none was asked for.
pub(super) fn outcome() -> Option<Outcome> {
    LAST.take()
}

pub(super) struct Adapter {
    pub(super) key: Arc<dyn Signer>,
    pub(super) timestamps: Option<Timestamps>,
    /// Bytes to reserve for a time-stamp token.
    pub(super) room: usize,
}

impl Adapter {
    /// The answer of an authority as it would have come from the network.
    fn stamp(&self, timestamps: &Timestamps, message: &[u8]) -> (Outcome, Option<Vec<u8>>) {
        let stamp = match timestamps.authority.stamp(&Hash::of(message)) {
            Ok(stamp) => stamp,
            Err(unstamped) => return (Outcome::Unstamped(unstamped), None),
        };
        let length = stamp.token.as_der().len();
        if length > self.room {
            return (Outcome::TooLarge(length), None);
        }
        match stamp.token.to_answer() {
            Ok(answer) if stamp.token.covers(message) => (Outcome::Stamped(stamp.passed_over), Some(answer)),
            Ok(_) | Err(_) => {
                let what = "gave a time-stamp that is about something else";
                (Outcome::Unstamped(Unstamped::by(stamp.authority, what)), None)
            }
        }
    }
}

impl c2pa::Signer for Adapter {
    fn sign(&self, data: &[u8]) -> c2pa::Result<Vec<u8>> {
        self.key.sign(data).map_err(|error| c2pa::Error::OtherError(Box::new(error)))
    }

    fn alg(&self) -> SigningAlg {
        match self.key.algorithm() {
            Algorithm::Es256 => SigningAlg::Es256,
            Algorithm::Ed25519 => SigningAlg::Ed25519,
        }
    }

    fn certs(&self) -> c2pa::Result<Vec<Vec<u8>>> {
        Ok(self.key.certificates().to_vec())
    }

    fn reserve_size(&self) -> usize {
        let certificates: usize = self.key.certificates().iter().map(Vec::len).sum();
        let token = if self.timestamps.is_some() { self.room + TOKEN_FRAME } else { 0 };
        FRAME + certificates + token
    }

    /// `None` goes on without a time-stamp, an error ends the signing.
    fn send_timestamp_request(&self, message: &[u8]) -> Option<c2pa::Result<Vec<u8>>> {
        let timestamps = self.timestamps.as_ref()?;
        let (outcome, answer) = self.stamp(timestamps, message);
        let ends = match &outcome {
            Outcome::TooLarge(_) => true,
            Outcome::Unstamped(_) => timestamps.required,
            Outcome::Stamped(_) => false,
        };
        LAST.set(Some(outcome));
        match answer {
            Some(answer) => Some(Ok(answer)),
            None => ends.then(|| Err(c2pa::Error::OtherError("no time-stamp".into()))),
        }
    }
}
