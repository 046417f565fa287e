//! A log at hand: what it says of a file.

use std::ops::ControlFlow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::event::{Body, Kind, Record, body};
use crate::fingerprint::{self, Fingerprint};
use crate::hash::Hash;
use crate::ledger::{Error, Key, Reader, Selection};

/// How many look-alikes are named.
const MAX_LIKE: usize = 5;

/// Look-ups in a log.
#[derive(Debug)]
pub struct Records<'a> {
    /// The log.
    pub reader: &'a Reader,
}

/// What is sought.
#[derive(Debug)]
pub enum Sought<'a> {
    /// EXPORT records of a manifest.
    Manifest(&'a str),
    /// EXPORT records of a file.
    File(Hash),
}

/// A record whose picture looks like the file. Looks like: nothing more is claimed.
#[derive(Debug, Clone, Serialize)]
pub struct LooksLike {
    /// Id of the EXPORT record.
    pub export_record: String,
    /// Id of the manifest.
    pub manifest_id: String,
    /// The algorithm that found it.
    pub alg: String,
    /// 0 to 100.
    pub similarity: u32,
}

impl LooksLike {
    /// Whether a picture with these fingerprints looks like the one that was exported.
    pub(super) fn of(record: &Record, export: &body::Export, fingerprints: &[Fingerprint]) -> Option<Self> {
        let near = export.fingerprints.iter().filter_map(|kept| nearest(kept, fingerprints)).max();
        near.map(|(similarity, alg)| Self {
            export_record: record.id.to_string(),
            manifest_id: export.manifest.id.clone(),
            alg,
            similarity,
        })
    }

    /// For a person.
    pub fn sentence(&self) -> String {
        format!(
            "It looks like the picture of record {} (similarity {} of 100 by {}); its manifest there is {}.",
            self.export_record, self.similarity, self.alg, self.manifest_id
        )
    }
}

impl Records<'_> {
    /// The EXPORT records that are sought, the oldest first.
    pub fn find(&self, sought: &Sought<'_>) -> Result<Vec<Record>, Error> {
        let positions = self.reader.look_up(&match sought {
            Sought::Manifest(id) => Key::Manifest(id),
            Sought::File(hash) => Key::File(*hash),
        })?;
        positions.into_iter().map(|seq| self.reader.record(seq)).collect()
    }

    /// Records whose fingerprints are near, the nearest first.
    pub fn looks_like(&self, fingerprints: &[Fingerprint]) -> Result<Vec<LooksLike>, Error> {
        let mut found = Vec::new();
        let exports = Selection { kind: Some(Kind::Export), ..Selection::default() };
        self.reader.select(&exports, &mut |record, _| {
            let Body::Export(export) = &record.body else { return ControlFlow::Continue(()) };
            found.extend(LooksLike::of(record, export, fingerprints));
            ControlFlow::Continue(())
        })?;
        found.sort_by_key(|like| std::cmp::Reverse(like.similarity));
        found.truncate(MAX_LIKE);
        Ok(found)
    }
}

fn nearest(kept: &crate::event::terms::Perceptual, fingerprints: &[Fingerprint]) -> Option<(u32, String)> {
    let bits = STANDARD.decode(&kept.value).ok()?;
    let kept = Fingerprint::from_value(kept.alg.parse().ok()?, &bits, kept.quality).ok()?;
    let near = fingerprints.iter().filter(|one| fingerprint::looks_like(one, &kept));
    near.filter_map(|one| one.similarity(&kept))
        .max()
        .map(|similarity| (similarity, kept.algorithm().name().to_owned()))
}
