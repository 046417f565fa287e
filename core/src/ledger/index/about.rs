//! What the index needs of a line: less than a whole record, so that a long log is read quickly.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::event::{self, Kind};
use crate::hash::Hash;

use super::super::Error;
use super::super::line::Line;

/// A record, as far as it can be looked up.
pub(super) struct Entry {
    pub(super) seq: u64,
    pub(super) hash: Hash,
    pub(super) id: Uuid,
    pub(super) about: About,
}

pub(super) enum About {
    Gen { outputs: Vec<Hash> },
    Export { manifest: String, file: Hash, input: Hash },
    Other,
}

#[derive(Deserialize)]
struct Header<'a> {
    #[serde(borrow)]
    body: &'a RawValue,
    id: Uuid,
    seq: u64,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Gen {
    #[serde(default)]
    outputs: Vec<Output>,
}

#[derive(Deserialize)]
struct Output {
    hash: Hash,
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

/// Reads the line at `seq`. A line that was changed, or belongs elsewhere, is not believed.
pub(super) fn read(seq: u64, line: &[u8]) -> Result<Entry, Error> {
    let line = Line::parse(line).map_err(|source| Error::Damaged { seq, source })?;
    if line.computed != line.hash {
        return Err(Error::Changed { seq, part: "its public part" });
    }
    let unreadable =
        |error: serde_json::Error| Error::Unreadable { seq, source: event::Error::Json { problem: error.to_string() } };
    let header: Header<'_> = serde_json::from_slice(line.record).map_err(unreadable)?;
    if header.seq != seq {
        return Err(Error::Misplaced { seq, says: header.seq });
    }
    let about = if header.kind == Kind::Gen.name() {
        let body: Gen = serde_json::from_str(header.body.get()).map_err(unreadable)?;
        About::Gen { outputs: body.outputs.into_iter().map(|output| output.hash).collect() }
    } else if header.kind == Kind::Export.name() {
        let Export { manifest, file, input } = serde_json::from_str(header.body.get()).map_err(unreadable)?;
        About::Export { manifest: manifest.id, file, input }
    } else {
        About::Other
    };
    Ok(Entry { seq, hash: line.hash, id: header.id, about })
}
