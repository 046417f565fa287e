//! The index of a segment while it is made: from records, one after the other, into the bytes of an index file.

use std::collections::HashMap;

use rayon::prelude::*;

use super::block::Writer;
use super::entry::Entry;
use super::head::{Head, number};
use super::key::{digests, tenant_digest};
use super::select::{Picked, Selection};

/// Bytes of an entry: 8 of its digest, so that they sort as bytes, and 2 of the record's place in the segment.
pub(super) const ENTRY: usize = 10;

/// The place of a record in its segment.
pub(super) type Place = u16;

/// Tenants are numbered from 1; 0 is none. More than these cannot be told apart: the line says which it is.
pub(super) const NO_TENANT: u16 = 0;
pub(super) const SOME_TENANT: u16 = u16::MAX;

/// So many entries that are not in order yet are looked through one by one.
const UNSORTED: usize = 256;

#[derive(Debug)]
pub(super) struct Growing {
    head: Head,
    /// By digest and place up to `sorted`; behind it as they came.
    entries: Vec<(u64, Place)>,
    sorted: usize,
    kinds: Vec<u8>,
    tenants: Vec<u64>,
    tenant_numbers: HashMap<u64, u16>,
    tenant_of: Vec<u16>,
}

impl Growing {
    /// Of a segment that begins at `first`.
    pub(super) fn new(first: u64) -> Self {
        Self {
            head: Head::new(first),
            entries: Vec::new(),
            sorted: 0,
            kinds: Vec::new(),
            tenants: Vec::new(),
            tenant_numbers: HashMap::new(),
            tenant_of: Vec::new(),
        }
    }

    pub(super) fn head(&self) -> &Head {
        &self.head
    }

    /// How many records.
    pub(super) fn len(&self) -> u64 {
        self.kinds.len() as u64
    }

    /// Adds the next record. A segment has at most 65,536.
    pub(super) fn add(&mut self, entry: &Entry) {
        let Ok(place) = Place::try_from(self.kinds.len()) else { return };
        self.entries.extend(digests(entry).map(|digest| (digest, place)));
        self.kinds.push(number(entry.kind));
        let tenant = entry.tenant.as_ref().map_or(NO_TENANT, |tenant| self.tenant(tenant_digest(tenant)));
        self.tenant_of.push(tenant);
        self.head.add(entry);
    }

    /// Puts the entries in order, if so many are not that looking through them would take long.
    pub(super) fn settle(&mut self) {
        if self.entries.len() - self.sorted > UNSORTED {
            self.entries.sort_unstable();
            self.sorted = self.entries.len();
        }
    }

    /// The places of the records with this digest, in order.
    pub(super) fn find(&self, digest: u64) -> Vec<Place> {
        let (sorted, rest) = self.entries.split_at(self.sorted);
        let start = sorted.partition_point(|(other, _)| *other < digest);
        let before = sorted[start..].iter().take_while(|(other, _)| *other == digest);
        let mut found: Vec<Place> =
            before.chain(rest.iter().filter(|(other, _)| *other == digest)).map(|(_, at)| *at).collect();
        found.dedup();
        found
    }

    /// The places of the records that a selection may mean.
    pub(super) fn pick(&self, selection: &Selection) -> Picked {
        let number_of = |digest: &u64| self.tenant_numbers.get(digest).copied();
        let tenant = selection.tenant_digests().map(|digests| digests.iter().filter_map(number_of).collect());
        selection.pick(&self.head, || self.kinds.clone(), tenant.map(|numbers| (numbers, || self.tenant_of.clone())))
    }

    /// The bytes of the index file.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.entries.par_sort_unstable();
        self.entries.dedup();
        let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        self.head.entries = count(self.entries.len());
        self.head.tenants = count(self.tenants.len());
        let entries = self.entries.iter().flat_map(|(digest, place)| {
            let mut entry = [0; ENTRY];
            entry[..8].copy_from_slice(&digest.to_be_bytes());
            entry[8..].copy_from_slice(&place.to_be_bytes());
            entry
        });
        let mut writer = Writer::default();
        let head = self.head.encode();
        writer.items(head.len(), &head);
        writer.items(ENTRY, &entries.collect::<Vec<u8>>());
        writer.items(1, &self.kinds);
        if !self.tenants.is_empty() {
            let bytes = |digests: &[u64]| digests.iter().flat_map(|digest| digest.to_le_bytes()).collect::<Vec<u8>>();
            writer.items(8, &bytes(&self.tenants));
            writer.items(2, &self.tenant_of.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>());
        }
        writer.finish()
    }

    fn tenant(&mut self, digest: u64) -> u16 {
        if let Some(number) = self.tenant_numbers.get(&digest) {
            return *number;
        }
        match u16::try_from(self.tenants.len() + 1) {
            Ok(number) if number < SOME_TENANT => {
                self.tenants.push(digest);
                self.tenant_numbers.insert(digest, number);
                number
            }
            _ => SOME_TENANT,
        }
    }
}
