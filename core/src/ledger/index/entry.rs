//! What the index needs of a line.

use serde::Deserialize;
use uuid::Uuid;

use crate::event::{self, Kind, time};
use crate::hash::Hash;
use crate::privacy::vault::Mark;

use super::super::Error;
use super::super::header::Header;
use super::super::line::Line;
use super::super::names::Named;

/// A record, as far as it can be looked up.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) seq: u64,
    pub(super) hash: Hash,
    pub(super) id: Uuid,
    pub(super) kind: Kind,
    /// Milliseconds since 1970.
    pub(super) time: i64,
    pub(super) tenant: Option<Tenant>,
    pub(super) named: Named,
}

/// A tenant, as a private part names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tenant {
    /// Plain.
    Named(String),
    /// Sealed: as the vault marks names.
    Marked(Mark),
}

/// As much of either form as says the tenant.
#[derive(Deserialize)]
struct Private {
    #[serde(default)]
    fields: Option<Fields>,
    #[serde(default)]
    tenant: Option<Mark>,
}

#[derive(Deserialize)]
struct Fields {
    #[serde(default)]
    tenant: Option<String>,
}

/// Reads the line at `seq`. A line that was changed, or belongs elsewhere, is not believed.
pub(super) fn read(seq: u64, line: &[u8]) -> Result<Entry, Error> {
    let line = Line::parse(line).map_err(|source| Error::Damaged { seq, source })?;
    if line.computed != line.hash {
        return Err(Error::Changed { seq, part: "its public part" });
    }
    let unreadable = |problem: String| Error::Unreadable { seq, source: event::Error::Json { problem } };
    let header = Header::read(line.record).map_err(|error| unreadable(error.to_string()))?;
    if header.seq != seq {
        return Err(Error::Misplaced { seq, says: header.seq });
    }
    let kind = header.kind.parse().map_err(|source| Error::Unreadable { seq, source })?;
    let time = time::parse(&header.time).ok_or_else(|| unreadable(format!("{:?} is not a time", header.time)))?;
    let named = Named::of(kind, header.body).map_err(|error| unreadable(error.to_string()))?;
    let tenant = tenant(line.private);
    let id = header.id.parse().map_err(|error: uuid::Error| unreadable(error.to_string()))?;
    Ok(Entry { seq, hash: line.hash, id, kind, time: time.as_millisecond(), tenant, named })
}

/// The tenant, where the private part says it.
pub(super) fn tenant(private: &[u8]) -> Option<Tenant> {
    let Private { fields, tenant } = serde_json::from_slice(private).ok()?;
    tenant.map(Tenant::Marked).or_else(|| fields?.tenant.map(Tenant::Named))
}
