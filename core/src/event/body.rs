//! What the single record types say, in public. One struct a type; docs/record.md has an example of each.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::hash::Hash;
use crate::privacy::commitment::Commitment;
use crate::privacy::vault::KeyId;

use super::terms::{
    Asset, Classifier, GenError as Code, HardBinding, Input, ManifestRef, Model, Output, Override, Perceptual,
    PolicyRef, Rights, Score,
};

/// Commitments by field name (`prompt`, `negative_prompt`, …): HMAC-SHA256, openable one at a time.
pub type Commitments = BTreeMap<String, Commitment>;

/// A work entered the house: what it is, and by what right.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ingest {
    /// The work.
    pub asset: Asset,
    /// The basis on which it may be used.
    pub rights: Rights,
}

/// A model was trained or tuned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Train {
    /// `pretrain`, `finetune`, `lora`, `rlhf` or `other`.
    pub training: super::terms::Training,
    /// Hashes of the assets that went in; for a large set, the hash of its list alone.
    pub inputs: Vec<Hash>,
    /// The model it started from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_model: Option<Model>,
    /// The model that came out.
    pub output_model: Model,
}

/// Somebody asked for a picture. Ends in exactly one of GEN, `GEN_DENY`, `GEN_ERROR`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenAttempt {
    /// The model that was asked.
    pub model: Model,
    /// Prompt, negative prompt, … as commitments.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub commitments: Commitments,
    /// What kind of input the request had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Input>,
    /// The policy in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicyRef>,
}

/// A picture was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gen {
    /// The `GEN_ATTEMPT` that this answers. Absent only in an event that `export` completes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<Uuid>,
    /// The model that answered: with a routed or aliased model, another one than was asked.
    pub model: Model,
    /// Prompt, negative prompt, … as commitments.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub commitments: Commitments,
    /// The pictures as they left the model. Empty where EXPORT names them (by its `input`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<Output>,
    /// From request to last byte, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<u64>,
    /// Why it stopped, in the upstream's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish_reason: Option<String>,
}

/// The request was refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenDeny {
    /// The `GEN_ATTEMPT` that this answers.
    pub attempt: Uuid,
    /// Why, in a closed list.
    pub category: super::terms::RiskCategory,
    /// How sure the classifier was.
    pub score: Score,
    /// The policy that decided.
    pub policy: PolicyRef,
    /// The MODERATION record behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moderation: Option<Uuid>,
    /// A person decided otherwise than the classifier.
    #[serde(default, rename = "override", skip_serializing_if = "Option::is_none")]
    pub overridden: Option<Override>,
}

/// The request failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenError {
    /// The `GEN_ATTEMPT` that this answers.
    pub attempt: Uuid,
    /// The upstream's code.
    pub code: Code,
    /// Whether the same request may be sent again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retryable: Option<bool>,
}

/// A classifier looked at an input or an output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moderation {
    /// The record that was judged.
    pub subject: Uuid,
    /// `input` or `output`.
    pub stage: super::terms::Stage,
    /// Who judged.
    pub classifier: Classifier,
    /// 0 harmless to 1 certain.
    pub score: Score,
    /// Whether the score passed the threshold.
    pub flagged: bool,
    /// The policy and its exact text.
    pub policy: PolicyRef,
    /// A person decided otherwise than the classifier.
    #[serde(default, rename = "override", skip_serializing_if = "Option::is_none")]
    pub overridden: Option<Override>,
}

/// A person looked. Their reason and their changes (JSON Patch, RFC 6902) are private.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// The record that was reviewed.
    pub subject: Uuid,
    /// `approve`, `reject`, `edit` or `escalate`.
    pub decision: super::terms::Decision,
}

/// A signed file left the house.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Export {
    /// The GEN record of the picture.
    pub gen_record: Uuid,
    /// SHA-256 of the file as it came in.
    pub input: Hash,
    /// SHA-256 of the file as it went out.
    pub file: Hash,
    /// The C2PA manifest.
    pub manifest: ManifestRef,
    /// The hash that binds manifest and pixels.
    pub hard_binding: HardBinding,
    /// MIME type.
    pub media_type: String,
    /// The manifest stands beside the file (`.c2pa`), not in it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sidecar: bool,
    /// Perceptual fingerprints, to find the picture again when its metadata is gone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fingerprints: Vec<Perceptual>,
    /// An earlier EXPORT of the same picture that this one replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<Uuid>,
}

/// The log's signing key came, went, or changed hands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// `created`, `rotated` or `escrowed`.
    pub action: super::terms::KeyAction,
    /// The key in force from here on, as a C2SP verifier key (`name+id+key`).
    pub key: String,
    /// The key before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
    /// With a rotation: the previous key's Ed25519 signature over the change ([`rotation_message`]), base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endorsement: Option<String>,
    /// With a rotation: the new key's signature over the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acceptance: Option<String>,
}

/// What both keys sign when `key` takes the place of `previous` behind the record with the hash `prev`: a name for this use of the keys,
/// and the three, a line each. The predecessor binds all that was recorded until then, so neither signature fits another history.
pub fn rotation_message(previous: &str, key: &str, prev: &Hash) -> Vec<u8> {
    format!("touchmark/key-rotation/v1\n{previous}\n{key}\n{prev}\n").into_bytes()
}

/// The log was tied to something outside of a record: one of the fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// A checkpoint was time-stamped by somebody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<Stamped>,
    /// What a run of records names: the root that proofs of absence lead to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<Segment>,
    /// How far a log went that somebody keeps elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trail: Option<Trail>,
}

impl Anchor {
    /// How many of the fields there are.
    pub(super) fn count(&self) -> usize {
        [self.timestamp.is_some(), self.segment.is_some(), self.trail.is_some()].into_iter().filter(|is| *is).count()
    }
}

/// A checkpoint of another log, none of whose records are here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trail {
    /// The key that signed it, a C2SP verifier key.
    pub key: String,
    /// The checkpoint, a C2SP signed note.
    pub checkpoint: String,
    /// How many records the last checkpoint of that log covers that is on record here; 0 for the first.
    pub continues: u64,
    /// The proof of RFC 6962 from there.
    pub proof: Vec<Hash>,
}

/// A checkpoint with a time-stamp.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stamped {
    /// The checkpoint, a C2SP signed note.
    pub checkpoint: String,
    /// Who stamped it: where it was asked.
    pub authority: String,
    /// The RFC 3161 token, base64 of DER.
    pub token: String,
}

/// The sorted Merkle tree over all asset hashes and commitments that the records `first..end` name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    /// The first record of the run.
    pub first: u64,
    /// The record behind its last.
    pub end: u64,
    /// How many different hashes the tree has.
    pub leaves: u64,
    /// Its root.
    pub root: Hash,
}

/// A policy came into force, or a legal hold, or the end of one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Which, in which version, with which text.
    pub policy: PolicyRef,
    /// From when on.
    #[serde(with = "super::time")]
    pub effective: Timestamp,
    /// A legal hold that begins or ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
}

/// A legal hold: while it stands, nothing that it covers is erased. Why, and who ordered it, is private.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "an object, {\"action\": \"add\"} or {\"action\": \"lift\", \"of\": \"id of a record\"}"
)]
pub struct Hold {
    /// `add` or `lift`.
    pub action: super::terms::HoldAction,
    /// The people's keys that it covers; none where it covers everything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<KeyId>,
    /// The record that added the hold which is lifted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<Uuid>,
}

/// Somebody opened a private part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Access {
    /// The record that was opened.
    pub subject: Uuid,
    /// Which of its fields.
    pub fields: Vec<String>,
    /// What for.
    pub purpose: String,
}

/// A person's keys are destroyed: from here on nothing that is sealed under them can be opened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erasure {
    /// `subject-request`, `retention-expired` or `legal-order`.
    pub reason: super::terms::ErasureReason,
    /// The keys' ids, as they stand in what is sealed under them. Whose they were is not said.
    pub keys: Vec<KeyId>,
}

/// The time of private parts is over: the keys that they are sealed under are destroyed, and nothing else is changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// The retention class.
    pub class: String,
    /// What was written before this.
    #[serde(with = "super::time")]
    pub before: Timestamp,
    /// How many private parts.
    pub removed: u64,
    /// Merkle root over the SHA-256 of each, as stored (`private.stored`), in the order of the log.
    pub root: Hash,
    /// The shelves' keys, by their ids as they stand in what was sealed under them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<KeyId>,
}

/// Something went wrong that a regulator or a user should be able to find.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Incident {
    /// `info`, `minor`, `major` or `critical`.
    pub severity: super::terms::Severity,
    /// In the operator's own terms.
    pub category: String,
    /// Records it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<Uuid>,
}
