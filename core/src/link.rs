//! What an image and the log say of one another: the assertions that we put into a manifest.
//!
//! `org.touchmark.ledger-link` carries the generation record's public part, its C2SP proof and the log's verifier key, so that the
//! image alone shows that its making was on record before it was signed. `org.touchmark.generation` says the same things in
//! words that need no log. docs/ledger-link.md is the form in detail.
//!
//! Left out: whether the manifest itself is valid (`manifest`), and what follows from all of it (`verify`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::event::{Body, Record, body, terms, time};
use crate::hash::Hash;
use crate::ledger::history::{History, NotInForce, in_force};
use crate::merkle;
use crate::tlog::Refusal;
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::note::VerifierKey;
use crate::tlog::proof::Proof;

/// Label of the assertion that points to the log.
pub const LEDGER_LINK: &str = "org.touchmark.ledger-link";

/// Label of the assertion that describes the generation.
pub const GENERATION: &str = "org.touchmark.generation";

/// The most bytes that the assertion may have: a record, a proof of 64 hashes and a checkpoint with a dozen witnesses.
pub const MAX_BYTES: usize = crate::event::record::MAX_BYTES + 32 * 1024;

/// The pointer from image to log. Fields in the order of deterministic CBOR.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerLink {
    /// The log's verifier key (C2SP `name+id+key`): what the claim's signer vouches for.
    pub key: String,
    /// C2SP `tlog-proof` of the record, with the checkpoint in it.
    pub proof: String,
    /// The record's public part, as it stands in the log.
    #[serde(with = "serde_bytes")]
    pub record: Vec<u8>,
}

/// What the image says about its making, without a log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Generation {
    /// Model in its exact version.
    pub model: terms::Model,
    /// Id of the GEN record.
    pub record: String,
    /// What the operator publishes of the parameters.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub published: BTreeMap<String, serde_json::Value>,
    /// Prompt and the like as commitments.
    pub commitments: body::Commitments,
}

/// Why a link does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Broken {
    /// Not the assertion's form.
    #[error("the pointer to the log cannot be read: {problem}")]
    Unreadable {
        /// What is wrong.
        problem: String,
    },
    /// The proof does not show that the record is in the log.
    #[error("the proof that the generation is in the log does not hold: {0}")]
    Refused(Refusal),
    /// A key of the log signed, at a time that was not its own.
    #[error("the proof that the generation is in the log does not hold: {0}")]
    NotInForce(#[from] NotInForce),
    /// The log itself has other records.
    #[error("the proof that the generation is in the log does not hold: {problem}")]
    OtherLog {
        /// What the log says.
        problem: String,
    },
    /// The record and the manifest tell different stories.
    #[error("the log says {log} about {what}, the manifest says {manifest}")]
    OtherStory {
        /// Which fact.
        what: &'static str,
        /// According to the record.
        log: String,
        /// According to the manifest.
        manifest: String,
    },
}

/// A link that was taken apart. Nothing is checked yet.
#[derive(Debug)]
pub struct Opened {
    /// The record.
    pub record: Record,
    /// Hash of the record's bytes.
    pub hash: Hash,
    /// The key that the claim's signer vouches for.
    pub key: VerifierKey,
    proof: Proof,
    leaf: Hash,
}

impl LedgerLink {
    /// Reads the assertion's CBOR.
    pub fn from_cbor(cbor: &[u8]) -> Result<Self, Broken> {
        if cbor.len() > MAX_BYTES {
            return Err(unreadable(format!("it has {} bytes, the limit is {MAX_BYTES}", cbor.len())));
        }
        // No string in it is longer than all of it: else the library would make room for whatever length is claimed.
        serde_cbor::from_slice_with_limit(cbor, cbor.len()).map_err(unreadable)
    }

    /// Takes the parts apart.
    pub fn open(&self) -> Result<Opened, Broken> {
        Ok(Opened {
            record: Record::from_bytes(&self.record).map_err(unreadable)?,
            hash: Hash::of(&self.record),
            key: self.key.parse().map_err(unreadable)?,
            proof: Proof::parse(self.proof.as_bytes()).map_err(unreadable)?,
            leaf: merkle::leaf_hash(&self.record),
        })
    }
}

impl Opened {
    /// Checks that the record stands in a log whose keys are among `logs`: the checkpoint is signed by the key in force at its size.
    pub fn prove(&self, logs: &[History]) -> Result<Checkpoint, Broken> {
        if self.proof.index() != self.record.seq {
            return Err(Broken::OtherStory {
                what: "the record's position",
                log: self.record.seq.to_string(),
                manifest: self.proof.index().to_string(),
            });
        }
        let keys = in_force(logs, self.proof.checkpoint())?;
        self.proof.verify(&self.leaf, &keys).map(|opened| opened.checkpoint).map_err(Broken::Refused)
    }

    /// The log's name, as the key has it.
    pub fn origin(&self) -> &str {
        self.key.name()
    }

    /// Checks that the manifest describes the generation as the record does.
    pub fn agrees(&self, generation: &Generation) -> Result<(), Broken> {
        let Body::Gen(made) = &self.record.body else {
            return Err(unreadable(format!("it points to a {} record, not to a GEN", self.record.kind())));
        };
        let differ = |what, log: String, manifest: String| Err(Broken::OtherStory { what, log, manifest });
        if generation.record != self.record.id.to_string() {
            return differ("the record", self.record.id.to_string(), generation.record.clone());
        }
        if generation.model != made.model {
            return differ("the model", describe(&made.model), describe(&generation.model));
        }
        if generation.commitments != made.commitments {
            return differ("the prompt's commitments", "one thing".to_owned(), "another".to_owned());
        }
        if !same(&generation.published, &self.record.published) {
            return differ("the published parameters", "one thing".to_owned(), "another".to_owned());
        }
        Ok(())
    }

    /// Checks that the manifest's first action names the time of the record, if it names one.
    pub fn agrees_on_time(&self, when: Option<&str>) -> Result<(), Broken> {
        let log = time::to_text(self.record.time);
        match when {
            Some(manifest) if manifest != log => {
                Err(Broken::OtherStory { what: "the time of making", log, manifest: manifest.to_owned() })
            }
            _ => Ok(()),
        }
    }
}

impl Generation {
    /// What the record says, for the manifest.
    pub fn of(record: &Record) -> Option<Self> {
        let Body::Gen(made) = &record.body else { return None };
        Some(Self {
            model: made.model.clone(),
            record: record.id.to_string(),
            published: record.published.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
            commitments: made.commitments.clone(),
        })
    }

    /// Reads the assertion's CBOR.
    pub fn from_cbor(cbor: &[u8]) -> Result<Self, Broken> {
        if cbor.len() > MAX_BYTES {
            return Err(unreadable(format!("it has {} bytes, the limit is {MAX_BYTES}", cbor.len())));
        }
        serde_cbor::from_slice_with_limit(cbor, cbor.len()).map_err(unreadable)
    }
}

fn same(a: &BTreeMap<String, serde_json::Value>, b: &serde_json::Map<String, serde_json::Value>) -> bool {
    a.len() == b.len() && a.iter().all(|(name, value)| b.get(name) == Some(value))
}

fn describe(model: &terms::Model) -> String {
    format!("{} {} ({})", model.id, model.version, model.version_hash)
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
fn unreadable(problem: impl ToString) -> Broken {
    Broken::Unreadable { problem: problem.to_string() }
}
