//! The main job: records how images were made, signs them, records that they leave, and only then releases them.
//!
//! For a batch, in this order:
//! 1. read, check and decode each image; compute its fingerprints;
//! 2. append the GEN records (with their attempts), all in one commit,
//!    and keep the originals, where that was asked for;
//! 3. sign each image, with its record's proof in the manifest; write it to a file that has no name yet;
//! 4. keep the manifest stores, append the EXPORT records in one commit;
//! 5. give the files their names.
//!
//! A crash before 4 leaves GEN records without an export; after 4, an export without its file. In both cases running the
//! job again goes on from what is on record: the same GEN record, and after 4 the same manifest, so that no image gets a second
//! identity. docs/export.md tells it to users.

mod batch;
mod keep;
mod known;
mod making;
mod mark;
mod release;
mod repeat;
pub mod shelf;
mod sign;
mod stage;

use std::path::PathBuf;
use std::sync::Arc;

use uuid::Uuid;

use crate::edge::Edge;
use crate::event::private::Actor;
use crate::event::terms::Perceptual;
use crate::event::{self, Kind};
use crate::hash::Hash;
use crate::ledger::{self, Ledger, Reader};
use crate::manifest::{self, Issuer};
use crate::media::{self, Limits, MediaType, Spare};
use crate::originals::{self, Originals};

pub use making::Making;
pub use mark::Marks;
use shelf::Shelf;

/// Everything that an export works with.
#[derive(Debug)]
pub struct Exporter<'a> {
    /// The log.
    pub ledger: &'a mut Ledger,
    /// Look-ups in the same log.
    pub reader: &'a Reader,
    /// Signs manifests.
    pub issuer: &'a Issuer,
    /// Keeps manifest stores.
    pub shelf: &'a Shelf,
    /// The operator's organisation.
    pub organisation: &'a str,
    /// Limits for images.
    pub limits: &'a Limits,
    /// Clock and randomness.
    pub edge: Edge<'a>,
}

/// How a batch is exported.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Who answers for it, where the event does not say.
    pub person: Option<Actor>,
    /// Where it goes, in the operator's words. Private.
    pub destination: Option<String>,
    /// Manifest beside the file.
    pub sidecar: bool,
    /// Marks in the metadata.
    pub marks: Marks,
    /// Where the images are kept as they came in; `None`: they are not.
    pub keep_originals: Option<Originals>,
    /// Who wants the memory of the images when they are written.
    pub spare: Option<Arc<Spare>>,
}

/// One image to export.
#[derive(Debug)]
pub struct Order {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What is known of its making.
    pub making: Making,
    /// Where the signed file shall stand; `None` hands it back in memory.
    pub target: Option<PathBuf>,
}

/// An image whose bytes were hashed.
#[derive(Debug)]
pub struct Hashed {
    order: Order,
    hash: Hash,
}

/// An image that was looked at, and of which nothing is recorded yet.
pub struct Looked {
    target: Option<PathBuf>,
    making: Making,
    image: Result<known::Prepared, Error>,
}

impl std::fmt::Debug for Looked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Looked").field("target", &self.target).finish_non_exhaustive()
    }
}

/// An exported image.
#[derive(Debug)]
pub struct Exported {
    /// The signed file, where no target was given.
    pub file: Option<Vec<u8>>,
    /// The manifest store, where no target was given and a sidecar was asked for.
    pub sidecar: Option<Vec<u8>>,
    /// Its type.
    pub media_type: MediaType,
    /// `urn:c2pa:…`
    pub manifest_id: String,
    /// Id of the GEN record.
    pub gen_record: Uuid,
    /// Id of the EXPORT record.
    pub export_record: Uuid,
    /// Perceptual fingerprints.
    pub fingerprints: Vec<Perceptual>,
    /// What was done otherwise than usual, as sentences.
    pub notes: Vec<String>,
}

/// Why an image was not exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file is not an image that can be worked with.
    #[error("the image cannot be used")]
    Media(#[from] media::Error),
    /// The event is not accepted.
    #[error("the event was not accepted")]
    Event(event::Error),
    /// The log refused.
    #[error("the log could not be used, so nothing is released")]
    Ledger(#[from] ledger::Error),
    /// The manifest could not be made.
    #[error("the image could not be signed")]
    Manifest(#[from] manifest::Error),
    /// The store of manifests refused.
    #[error("the manifest could not be kept, so nothing is released")]
    Shelf(#[from] shelf::Error),
    /// The original could not be kept.
    #[error("the original could not be kept, so nothing is released")]
    Original(#[from] originals::Error),
    /// The original would be sealed under keys that are not at hand.
    #[error("the original cannot be kept: the private part of the record of its making ({record}) is {state}")]
    OriginalClosed {
        /// The GEN record.
        record: Uuid,
        /// What became of its private part.
        state: String,
    },
    /// Nothing is known of the image's making.
    #[error(
        "nothing is known about how this image was made: give --event FILE.json, --events FILE.jsonl or --gen-record ID"
    )]
    ToldNothing,
    /// Nobody answers for it.
    #[error("nobody answers for this export: give --user ID, or an actor in the event")]
    NoPerson,
    /// Whoever made it cannot be named any more.
    #[error(
        "the private part of the record of its making ({record}) is {state}: name who answers for this export with --user ID"
    )]
    PersonUnknown {
        /// The GEN record.
        record: Uuid,
        /// What became of its private part.
        state: String,
    },
    /// The vault.
    #[error("the private part of a record could not be opened")]
    Open(#[from] event::opener::OpenError),
    /// The record given is of another type.
    #[error("an export needs a GEN, this is a {kind}")]
    NotAGeneration {
        /// Its type.
        kind: Kind,
    },
    /// The record is about another picture.
    #[error("{record} names other outputs than this file ({hash}): it is not the picture that was recorded")]
    OtherOutput {
        /// Hash of the file given.
        hash: Hash,
        /// Which record.
        record: String,
    },
    /// The log tells otherwise.
    #[error(
        "this very file is on record as made by {recorded} (record {record}), the event says {claimed}: use --gen-record {record}, or correct the event"
    )]
    OtherModel {
        /// Model on record.
        recorded: String,
        /// Model in the event.
        claimed: String,
        /// The GEN record.
        record: Uuid,
    },
    /// The output name is taken by something else.
    #[error("{} exists and is not the file that this export makes: choose another --out, or move it away", path.display())]
    Taken {
        /// The file.
        path: PathBuf,
    },
    /// The output could not be written.
    #[error("could not write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The batch failed at a step that is common to all its images.
    #[error("the batch failed: {reason}")]
    Batch {
        /// The step's error, with its causes.
        reason: String,
    },
}
