//! The first block of an index file: of which segment it is, and what is in it.

use uuid::Uuid;

use crate::event::Kind;
use crate::hash::Hash;

use super::block::{Broken, ROOM};
use super::entry::Entry;

const MAGIC: &[u8; 16] = b"touchmark index\n";
const VERSION: u32 = 1;

/// What a segment's records have in common, and where the rest of its index stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    /// The position of its first record.
    pub(super) first: u64,
    /// How many records.
    pub(super) lines: u32,
    /// Entries in all, and tenants in all.
    pub(super) entries: u32,
    pub(super) tenants: u32,
    /// The hash of its last record. By the chain it stands for all records before it.
    pub(super) last: Hash,
    /// The earliest and the latest time of a record, in milliseconds since 1970.
    pub(super) times: (i64, i64),
    /// The smallest and the largest id.
    pub(super) ids: (Uuid, Uuid),
    /// Where the last run ends that an ANCHOR in it seals; 0 where none does.
    pub(super) sealed: u64,
    /// How many records of each type, in the order of [`Kind::ALL`].
    pub(super) kinds: [u32; Kind::ALL.len()],
}

impl Head {
    /// Of a segment that begins at `first` and has no records yet.
    pub(super) fn new(first: u64) -> Self {
        Self {
            first,
            lines: 0,
            entries: 0,
            tenants: 0,
            last: Hash::from_bytes([0; 32]),
            times: (i64::MAX, i64::MIN),
            ids: (Uuid::max(), Uuid::nil()),
            sealed: 0,
            kinds: [0; Kind::ALL.len()],
        }
    }

    pub(super) fn add(&mut self, entry: &Entry) {
        self.lines += 1;
        self.last = entry.hash;
        self.times = (self.times.0.min(entry.time), self.times.1.max(entry.time));
        self.ids = (self.ids.0.min(entry.id), self.ids.1.max(entry.id));
        self.sealed = self.sealed.max(entry.named.run.as_ref().map_or(0, |run| run.end));
        self.kinds[number(entry.kind) as usize] += 1;
    }

    /// Records of one type.
    pub(super) fn count(&self, kind: Kind) -> u32 {
        self.kinds[number(kind) as usize]
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        for number in [VERSION, self.lines, self.entries, self.tenants] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        for number in [self.first, self.sealed, self.times.0.cast_unsigned(), self.times.1.cast_unsigned()] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out.extend_from_slice(self.last.as_bytes());
        out.extend_from_slice(self.ids.0.as_bytes());
        out.extend_from_slice(self.ids.1.as_bytes());
        self.kinds.iter().for_each(|count| out.extend_from_slice(&count.to_le_bytes()));
        out
    }

    pub(super) fn decode(content: &[u8; ROOM]) -> Result<Self, Broken> {
        let mut rest = Rest(content);
        if rest.take::<16>()? != MAGIC || rest.number()? != VERSION {
            return Err(Broken);
        }
        let [lines, entries, tenants] = [rest.number()?, rest.number()?, rest.number()?];
        let [first, sealed, earliest, latest] = [rest.long()?, rest.long()?, rest.long()?, rest.long()?];
        let times = (earliest.cast_signed(), latest.cast_signed());
        let last = Hash::from_bytes(*rest.take()?);
        let ids = (Uuid::from_bytes(*rest.take()?), Uuid::from_bytes(*rest.take()?));
        let mut kinds = [0; Kind::ALL.len()];
        for count in &mut kinds {
            *count = rest.number()?;
        }
        Ok(Self { first, lines, entries, tenants, last, times, ids, sealed, kinds })
    }
}

/// A type as one byte.
pub(super) fn number(kind: Kind) -> u8 {
    let at = Kind::ALL.iter().position(|one| *one == kind);
    at.and_then(|at| u8::try_from(at).ok()).unwrap_or_default()
}

struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take<const N: usize>(&mut self) -> Result<&'a [u8; N], Broken> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(Broken)?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u32, Broken> {
        self.take().map(|bytes| u32::from_le_bytes(*bytes))
    }

    fn long(&mut self) -> Result<u64, Broken> {
        self.take().map(|bytes| u64::from_le_bytes(*bytes))
    }
}
