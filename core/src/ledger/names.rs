//! What a record's body names: asset hashes, commitments, a manifest, a sealed run. Less than a whole record, so that a long log is
//! read quickly.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::event::Kind;
use crate::event::body::Segment;
use crate::hash::Hash;
use crate::privacy::commitment::Commitment;
use crate::privacy::vault::KeyId;

use super::absence::Name;

/// As what a record names an asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// `asset` of an INGEST.
    Ingested,
    /// One of the `inputs` of a TRAIN.
    Trained,
    /// One of the `outputs` of a GEN.
    Made,
    /// `input` of an EXPORT: the picture before it was signed.
    Input,
    /// `file` of an EXPORT: the signed file.
    File,
}

/// What a body names, in the order in which it names it.
#[derive(Debug, Default)]
pub(super) struct Named {
    pub(super) assets: Vec<(Role, Hash)>,
    pub(super) commitments: Vec<Commitment>,
    /// Id of the manifest of an EXPORT.
    pub(super) manifest: Option<String>,
    /// The keys that an ERASURE says are destroyed.
    pub(super) erased: Vec<KeyId>,
    /// The run that an ANCHOR seals.
    pub(super) run: Option<Segment>,
}

#[derive(Deserialize)]
struct Asset {
    hash: Hash,
}

#[derive(Deserialize)]
struct Ingest {
    asset: Asset,
}

#[derive(Deserialize)]
struct Train {
    inputs: Vec<Hash>,
}

/// GEN and `GEN_ATTEMPT`.
#[derive(Deserialize)]
struct Gen {
    #[serde(default)]
    commitments: BTreeMap<String, Commitment>,
    #[serde(default)]
    outputs: Vec<Asset>,
}

#[derive(Deserialize)]
struct Export {
    manifest: Manifest,
    file: Hash,
    input: Hash,
}

#[derive(Deserialize)]
struct Manifest {
    id: String,
}

#[derive(Deserialize)]
struct Erasure {
    #[serde(default)]
    keys: Vec<KeyId>,
}

#[derive(Deserialize)]
struct Anchor {
    #[serde(default)]
    segment: Option<Segment>,
}

impl Named {
    /// What proofs of absence are about.
    pub(super) fn names(&self) -> impl Iterator<Item = Name> {
        let assets = self.assets.iter().map(|(_, hash)| Name::Asset(*hash));
        assets.chain(self.commitments.iter().copied().map(Name::Commitment))
    }

    /// Reads the body of a record of this type.
    pub(super) fn of(kind: Kind, body: &str) -> Result<Self, serde_json::Error> {
        Ok(match kind {
            Kind::Ingest => {
                let Ingest { asset } = serde_json::from_str(body)?;
                Self { assets: vec![(Role::Ingested, asset.hash)], ..Self::default() }
            }
            Kind::Train => {
                let Train { inputs } = serde_json::from_str(body)?;
                Self { assets: inputs.into_iter().map(|hash| (Role::Trained, hash)).collect(), ..Self::default() }
            }
            Kind::GenAttempt | Kind::Gen => {
                let Gen { commitments, outputs } = serde_json::from_str(body)?;
                let assets = outputs.into_iter().map(|output| (Role::Made, output.hash)).collect();
                Self { assets, commitments: commitments.into_values().collect(), ..Self::default() }
            }
            Kind::Export => {
                let Export { manifest, file, input } = serde_json::from_str(body)?;
                let assets = vec![(Role::Input, input), (Role::File, file)];
                Self { assets, manifest: Some(manifest.id), ..Self::default() }
            }
            Kind::Anchor => {
                let Anchor { segment } = serde_json::from_str(body)?;
                Self { run: segment, ..Self::default() }
            }
            Kind::Erasure => {
                let Erasure { keys } = serde_json::from_str(body)?;
                Self { erased: keys, ..Self::default() }
            }
            _ => Self::default(),
        })
    }
}
