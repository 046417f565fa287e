//! What can be looked up.

use uuid::Uuid;

use crate::event::Kind;
use crate::hash::Hash;
use crate::privacy::vault::KeyId;

use super::super::names::Role;
use super::entry::{Entry, Tenant};
use super::head::Head;

/// What is looked up: records by what they are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key<'a> {
    /// The record with this id. Where a later one took the same, the first is meant.
    Id(Uuid),
    /// EXPORT records of a manifest, by its id.
    Manifest(&'a str),
    /// EXPORT records of a signed file, by the hash of its bytes.
    File(Hash),
    /// EXPORT records of a picture, by the hash of its bytes before it was signed.
    Input(Hash),
    /// GEN records that name a picture as their output.
    Output(Hash),
    /// Records of any type that name an asset: `asset` of an INGEST, `inputs` of a TRAIN, `outputs` of a GEN, `input` and `file` of
    /// an EXPORT.
    Asset(Hash),
    /// ERASURE records that name a key.
    Erased(KeyId),
}

impl Key<'_> {
    /// As it stands in an index: the first 8 bytes of a hash. All roles of an asset have one: the line says which it is.
    pub(super) fn digest(&self) -> u64 {
        match self {
            Self::Id(id) => id_digest(id),
            Self::Manifest(id) => manifest_digest(id),
            Self::File(hash) | Self::Input(hash) | Self::Output(hash) | Self::Asset(hash) => asset_digest(hash),
            Self::Erased(key) => erased_digest(key),
        }
    }

    /// Whether a segment may have such a record, by what its records have in common.
    pub(super) fn may_be_in(&self, head: &Head) -> bool {
        match self {
            Self::Id(id) => (head.ids.0..=head.ids.1).contains(id),
            Self::Manifest(_) | Self::File(_) | Self::Input(_) => head.count(Kind::Export) > 0,
            Self::Output(_) => head.count(Kind::Gen) > 0,
            Self::Erased(_) => head.count(Kind::Erasure) > 0,
            Self::Asset(_) => true,
        }
    }

    /// Whether a record is one of those that are sought.
    pub(super) fn fits(&self, entry: &Entry) -> bool {
        let has = |role: Role, hash: &Hash| entry.named.assets.contains(&(role, *hash));
        match self {
            Self::Id(id) => entry.id == *id,
            Self::Manifest(id) => entry.named.manifest.as_deref() == Some(id),
            Self::File(hash) => has(Role::File, hash),
            Self::Input(hash) => has(Role::Input, hash),
            Self::Output(hash) => has(Role::Made, hash),
            Self::Asset(hash) => entry.named.assets.iter().any(|(_, named)| named == hash),
            Self::Erased(key) => entry.named.erased.contains(key),
        }
    }
}

/// All digests under which a record is found.
pub(super) fn digests(entry: &Entry) -> impl Iterator<Item = u64> {
    let assets = entry.named.assets.iter().map(|(_, hash)| asset_digest(hash));
    let manifest = entry.named.manifest.as_deref().map(manifest_digest);
    let erased = entry.named.erased.iter().map(erased_digest);
    std::iter::once(id_digest(&entry.id)).chain(manifest).chain(assets).chain(erased)
}

/// A tenant as it stands in an index: of a name a hash, of a mark, which is a keyed hash, the first bytes.
pub(super) fn tenant_digest(tenant: &Tenant) -> u64 {
    match tenant {
        Tenant::Named(name) => digest(b"tenant\n", name.as_bytes()),
        Tenant::Marked(mark) => {
            let mut first = [0; 8];
            first.iter_mut().zip(mark.as_bytes()).for_each(|(to, from)| *to = *from);
            u64::from_be_bytes(first)
        }
    }
}

fn id_digest(id: &Uuid) -> u64 {
    digest(b"id\n", id.as_bytes())
}

fn manifest_digest(id: &str) -> u64 {
    digest(b"manifest\n", id.as_bytes())
}

fn erased_digest(key: &KeyId) -> u64 {
    digest(b"key\n", key.as_bytes())
}

fn asset_digest(hash: &Hash) -> u64 {
    digest(b"asset\n", hash.as_bytes())
}

fn digest(kind: &[u8], value: &[u8]) -> u64 {
    let hash = Hash::of_parts(&[kind, value]);
    let mut first = [0; 8];
    first.iter_mut().zip(hash.as_bytes()).for_each(|(to, from)| *to = *from);
    u64::from_be_bytes(first)
}
