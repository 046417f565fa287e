//! The index of a full segment: its first block in memory, the rest where it is kept.

use std::borrow::Cow;

use super::super::store::Store;
use super::block::{self, BLOCK, Broken, ROOM};
use super::growing::{ENTRY, Place};
use super::head::Head;
use super::select::{Picked, Selection};

const ENTRIES: u64 = (ROOM / ENTRY) as u64;

#[derive(Debug)]
pub(super) struct Part {
    head: Head,
    /// The checksum of the first block, which those of the others go on from.
    salt: u32,
    /// The name of the object that it is read from; `None` for one that was made here.
    name: Option<String>,
    bytes: Vec<u8>,
}

/// A block of entries, in the order of their digests.
struct Entries {
    content: Box<[u8; ROOM]>,
    count: usize,
}

/// Items of one size, from block `start` on.
struct Items {
    start: u64,
    count: u64,
    size: usize,
}

impl Part {
    /// What the object `name` has, if it is an index. Of which lines is for the caller to see.
    pub(super) fn open(store: &dyn Store, name: String) -> Option<Self> {
        let first = store.get_part(&name, 0, BLOCK).ok()??;
        Self::new(&first, Some(name), Vec::new()).ok()
    }

    /// What was made from the lines.
    pub(super) fn made(bytes: Vec<u8>) -> Result<Self, Broken> {
        let first = bytes.get(..BLOCK).ok_or(Broken)?.to_vec();
        Self::new(&first, None, bytes)
    }

    fn new(first: &[u8], name: Option<String>, bytes: Vec<u8>) -> Result<Self, Broken> {
        let (content, salt) = block::open(0, 0, first)?;
        Ok(Self { head: Head::decode(content)?, salt, name, bytes })
    }

    pub(super) fn head(&self) -> &Head {
        &self.head
    }

    /// Whether each of its blocks is there, as it was written.
    pub(super) fn is_whole(&self, store: &dyn Store) -> bool {
        (0..self.tenant_of().end()).all(|number| number == 0 || self.block(store, number).is_ok())
    }

    /// The places of the records with this digest, in order.
    pub(super) fn find(&self, store: &dyn Store, digest: u64) -> Result<Vec<Place>, Broken> {
        let entries = self.entries();
        let (mut low, mut high) = (0, entries.blocks());
        // Digests are spread evenly: the block stands where the digest stands among all numbers, or next to it.
        let mut guess = u64::try_from((u128::from(digest) * u128::from(high)) >> 64).unwrap_or(0);
        let mut steps = 0;
        while low < high {
            let found = self.entries_of(store, &entries, guess)?;
            let (first, last) = found.ends().ok_or(Broken)?;
            if (first..=last).contains(&digest) {
                return self.run(store, &entries, guess, found, digest);
            }
            let is_before = digest < first;
            if is_before {
                high = guess;
            } else {
                low = guess + 1;
            }
            steps += 1;
            guess = match steps {
                1..4 if is_before => high.saturating_sub(1),
                1..4 => low,
                _ => u64::midpoint(low, high),
            };
        }
        Ok(Vec::new())
    }

    /// The places of the records that a selection may mean.
    pub(super) fn pick(&self, store: &dyn Store, selection: &Selection) -> Result<Picked, Broken> {
        let kinds = match selection.kind {
            Some(kind) if self.head.count(kind) > 0 => self.read(store, &self.kinds())?,
            _ => Vec::new(),
        };
        let tenant = match selection.tenant_digests() {
            None => None,
            Some(digests) => {
                let bytes = self.read(store, &self.tenants())?;
                let known = (1..).zip(bytes.as_chunks::<8>().0);
                let is_one = |digest: &[u8; 8]| digests.contains(&u64::from_le_bytes(*digest));
                let numbers = known.filter(|(_, digest)| is_one(digest)).map(|(number, _)| number).collect();
                let bytes = self.read(store, &self.tenant_of())?;
                let of: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|number| u16::from_le_bytes(*number)).collect();
                Some((numbers, || of))
            }
        };
        Ok(selection.pick(&self.head, || kinds, tenant))
    }

    /// All places with a digest, of which some stand in block `at`: the same may stand in those beside it.
    fn run(
        &self,
        store: &dyn Store,
        entries: &Items,
        at: u64,
        mut found: Entries,
        digest: u64,
    ) -> Result<Vec<Place>, Broken> {
        let mut start = at;
        while start > 0 && found.ends().is_some_and(|(first, _)| first == digest) {
            let before = self.entries_of(store, entries, start - 1)?;
            if before.ends().is_none_or(|(_, last)| last != digest) {
                break;
            }
            (start, found) = (start - 1, before);
        }
        let mut places = Vec::new();
        loop {
            places.extend(found.places(digest));
            start += 1;
            if start >= entries.blocks() || found.ends().is_none_or(|(_, last)| last != digest) {
                return Ok(places);
            }
            found = self.entries_of(store, entries, start)?;
        }
    }

    fn entries_of(&self, store: &dyn Store, entries: &Items, number: u64) -> Result<Entries, Broken> {
        let content = self.block(store, entries.start + number)?;
        let count = entries.count.saturating_sub(number * ENTRIES).min(ENTRIES);
        Ok(Entries { content, count: usize::try_from(count).unwrap_or(0) })
    }

    /// All items of a kind.
    fn read(&self, store: &dyn Store, items: &Items) -> Result<Vec<u8>, Broken> {
        let mut bytes = Vec::new();
        for number in 0..items.blocks() {
            let content = self.block(store, items.start + number)?;
            bytes.extend_from_slice(&content[..ROOM / items.size * items.size]);
        }
        bytes.truncate(usize::try_from(items.count).unwrap_or(usize::MAX).saturating_mul(items.size));
        Ok(bytes)
    }

    fn block(&self, store: &dyn Store, number: u64) -> Result<Box<[u8; ROOM]>, Broken> {
        let start = number * BLOCK as u64;
        let bytes: Cow<'_, [u8]> = if let Some(name) = &self.name {
            Cow::Owned(store.get_part(name, start, BLOCK).ok().flatten().ok_or(Broken)?)
        } else {
            let rest = usize::try_from(start).ok().and_then(|start| self.bytes.get(start..)).ok_or(Broken)?;
            Cow::Borrowed(rest.get(..BLOCK).ok_or(Broken)?)
        };
        Ok(Box::new(*block::open(self.salt, number, &bytes)?.0))
    }

    fn entries(&self) -> Items {
        Items { start: 1, count: self.head.entries.into(), size: ENTRY }
    }

    fn kinds(&self) -> Items {
        Items { start: self.entries().end(), count: self.head.lines.into(), size: 1 }
    }

    fn tenants(&self) -> Items {
        Items { start: self.kinds().end(), count: self.head.tenants.into(), size: 8 }
    }

    fn tenant_of(&self) -> Items {
        let count = if self.head.tenants == 0 { 0 } else { self.head.lines.into() };
        Items { start: self.tenants().end(), count, size: 2 }
    }
}

impl Entries {
    fn all(&self) -> &[[u8; ENTRY]] {
        let all = self.content.as_chunks().0;
        all.get(..self.count).unwrap_or(all)
    }

    /// The first and the last digest.
    fn ends(&self) -> Option<(u64, u64)> {
        Some((digest_of(self.all().first()?), digest_of(self.all().last()?)))
    }

    /// The places of a digest, in order.
    fn places(&self, digest: u64) -> impl Iterator<Item = Place> {
        let all = self.all();
        let from = all.partition_point(|entry| digest_of(entry) < digest);
        let those = all.iter().skip(from).take_while(move |entry| digest_of(entry) == digest);
        those.map(|[.., high, low]| Place::from_be_bytes([*high, *low]))
    }
}

fn digest_of([digest @ .., _, _]: &[u8; ENTRY]) -> u64 {
    u64::from_be_bytes(*digest)
}

impl Items {
    fn blocks(&self) -> u64 {
        self.count.div_ceil((ROOM / self.size) as u64)
    }

    fn end(&self) -> u64 {
        self.start + self.blocks()
    }
}
