//! Logs that others keep and show to nobody: this log commits to how far they went, by their checkpoints.
//!
//! - [`import`] holds a trail's newest checkpoint against the last one that is on record, and gives the event to append.
//! - [`check`] goes through all that are on record: each is signed, and continues the one before.
//!
//! What is on record of a trail is all that is known of it: there is no other memory. Its records are never here.

mod checking;

use std::ops::ControlFlow;

use crate::event::body::Trail;
use crate::event::{self, Body, Event, Kind, body};
use crate::ledger::{self, Reader, Selection};
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::consistency::Consistency;
use crate::tlog::note::VerifierKey;
use crate::tlog::{self, checkpoint::SignedCheckpoint};

pub use checking::{Finding, Report, check};

/// What is on record of a trail.
#[derive(Debug, Clone)]
pub struct Known {
    /// The newest ANCHOR that commits to it.
    pub seq: u64,
    /// The key that signed the checkpoint.
    pub key: VerifierKey,
    /// How far the trail went.
    pub checkpoint: Checkpoint,
}

/// What became of a trail's checkpoint.
#[derive(Debug)]
pub enum Import {
    /// It continues what is on record: append this.
    New(Box<Event>),
    /// It is on record, in the ANCHOR at this position.
    Before(u64),
    /// It is not to be put on record.
    Refused(Refusal),
}

/// Why a trail's checkpoint is not put on record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// A log is no trail of its own.
    #[error("this is a checkpoint of the log itself")]
    Itself,
    /// The trail is new here, and nobody says which key is its own.
    #[error("no key of {origin} is known here")]
    UnknownKey {
        /// The trail.
        origin: String,
    },
    /// The signature.
    #[error("the checkpoint is not believed: {0}")]
    NotSigned(tlog::Refusal),
    /// It has fewer records than are on record.
    #[error("the trail was set back: {known} of its records are on record here (anchor {seq}), and now it has {size}")]
    SetBack {
        /// On record.
        known: u64,
        /// Where.
        seq: u64,
        /// Now.
        size: u64,
    },
    /// The proof begins elsewhere.
    #[error("{known} records of the trail are on record here (anchor {seq}), and the proof begins at {old}")]
    OtherSize {
        /// On record.
        known: u64,
        /// Where.
        seq: u64,
        /// Where the proof begins.
        old: u64,
    },
    /// It was rewritten.
    #[error(
        "the trail was rewritten, or there are two of it: its first {known} records are not those on record here (anchor {seq})"
    )]
    Rewritten {
        /// On record.
        known: u64,
        /// Where.
        seq: u64,
    },
}

/// Why nothing could be looked at.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The log.
    #[error("could not read the log")]
    Ledger(#[from] ledger::Error),
    /// It cannot stand in a record.
    #[error("the checkpoint cannot stand in a record")]
    Event(#[from] event::Error),
    /// An ANCHOR that this library would not have written.
    #[error("anchor {seq} of the log cannot be read: {problem}; see touchmark log verify")]
    OnRecord {
        /// Which.
        seq: u64,
        /// Why.
        problem: String,
    },
}

/// The newest that is on record of the trail with this origin.
pub fn known(reader: &Reader, origin: &str) -> Result<Option<Known>, Error> {
    let (mut newest, mut failed) = (None, None);
    each(reader, &mut |seq, trail| match read(trail) {
        Ok((key, checkpoint)) if checkpoint.origin() == origin => {
            newest = Some(Known { seq, key, checkpoint });
        }
        Ok(_) => {}
        Err(problem) => failed = Some(Error::OnRecord { seq, problem }),
    })?;
    failed.map_or(Ok(newest), Err)
}

/// Holds a trail's checkpoint against what is on record. `keys` are those that somebody vouches for; the key of the last ANCHOR need not
/// be among them. Whoever appends the event holds the log's writer from before this call.
pub fn import(reader: &Reader, request: &Consistency, keys: &[VerifierKey]) -> Result<Import, Error> {
    let note = request.checkpoint();
    let (origin, size) = (note.unverified().origin(), note.unverified().size());
    if origin == reader.history().origin() {
        return Ok(Import::Refused(Refusal::Itself));
    }
    let known = known(reader, origin)?;
    let keys: Vec<VerifierKey> = known.iter().map(|known| &known.key).chain(keys).cloned().collect();
    if keys.is_empty() {
        return Ok(Import::Refused(Refusal::UnknownKey { origin: origin.to_owned() }));
    }
    let opened = match note.verify(&keys) {
        Ok(opened) => opened,
        Err(refusal) => return Ok(Import::Refused(Refusal::NotSigned(refusal))),
    };
    let key = opened.signed.first().map(|signed| signed.key.to_string()).unwrap_or_default();
    let (mut continues, mut proof) = (0, Vec::new());
    if let Some(Known { seq, checkpoint, .. }) = &known {
        let (known, seq, old) = (checkpoint.size(), *seq, request.old());
        if size < known {
            return Ok(Import::Refused(Refusal::SetBack { known, seq, size }));
        }
        if size == known {
            let same = opened.checkpoint.root() == checkpoint.root();
            return Ok(if same { Import::Before(seq) } else { Import::Refused(Refusal::Rewritten { known, seq }) });
        }
        if old != known {
            return Ok(Import::Refused(Refusal::OtherSize { known, seq, old }));
        }
        if request.verify(checkpoint, &keys).is_err() {
            return Ok(Import::Refused(Refusal::Rewritten { known, seq }));
        }
        (continues, proof) = (known, request.hashes().to_vec());
    }
    let trail = Trail { key, checkpoint: note.to_string(), continues, proof };
    let body = Body::Anchor(body::Anchor { timestamp: None, segment: None, trail: Some(trail) });
    Ok(Import::New(Box::new(Event::new(body, ledger::this_system(), None)?)))
}

/// Shows the trails that the log's ANCHORs name, in order.
fn each(reader: &Reader, visit: &mut dyn FnMut(u64, &Trail)) -> Result<(), ledger::Error> {
    let anchors = Selection { kind: Some(Kind::Anchor), ..Selection::default() };
    reader.select(&anchors, &mut |record, _| {
        if let Body::Anchor(body::Anchor { trail: Some(trail), .. }) = &record.body {
            visit(record.seq, trail);
        }
        ControlFlow::Continue(())
    })
}

/// Key and checkpoint of a trail on record, whose signature holds.
fn read(trail: &Trail) -> Result<(VerifierKey, Checkpoint), String> {
    let key: VerifierKey = trail.key.parse().map_err(|error: tlog::Error| error.to_string())?;
    let note = SignedCheckpoint::parse(trail.checkpoint.as_bytes()).map_err(|error| error.to_string())?;
    let keys = [key];
    let checkpoint = note.verify(&keys).map(|opened| opened.checkpoint).map_err(|refusal| refusal.to_string())?;
    let [key] = keys;
    Ok((key, checkpoint))
}
