//! The manifest stores of all exports, kept beside the log under their hash: to finish an interrupted export with the same identity,
//! and to give a picture its manifest back after its metadata was stripped.
//!
//! ```text
//! manifests.pack    SHA-256 (32 bytes), length (u32, little-endian), manifest store; and so on
//! manifests.index   SHA-256 (32 bytes), offset of the store (u64, little-endian); derived
//! gallery/          what the pictures look like: [`crate::gallery`]
//! ```
//! One file and one sync for a batch: a file and a sync each would cost more than the signature.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::files;
use crate::gallery::Gallery;
use crate::hash::Hash;

const HEAD: u64 = 36;
const ENTRY: usize = 40;

/// So many entries of the index are read at once.
const AT_ONCE: u64 = 1 << 12;

/// The shelf. One writer at a time: whoever holds the log.
#[derive(Debug, Clone)]
pub struct Shelf {
    pack: PathBuf,
    index: PathBuf,
    gallery: Gallery,
}

/// The shelf could not be used.
#[derive(Debug, thiserror::Error)]
#[error("could not use {}", path.display())]
pub struct Error {
    path: PathBuf,
    source: io::Error,
}

impl Shelf {
    /// The shelf in a folder.
    pub fn new(dir: &Path) -> Self {
        let gallery = Gallery::new(&dir.join("gallery"));
        Self { pack: dir.join("manifests.pack"), index: dir.join("manifests.index"), gallery }
    }

    /// The likenesses of the pictures.
    pub fn gallery(&self) -> &Gallery {
        &self.gallery
    }

    /// Puts manifest stores on the shelf under the given hashes. They are durable on return.
    pub fn add(&self, stores: &[(Hash, &[u8])]) -> Result<(), Error> {
        if stores.is_empty() {
            return Ok(());
        }
        let known = self.known()?;
        let end = known.end;
        let mut bytes = Vec::new();
        // Behind what the index rightly says; what it lacks of the pack comes first.
        let mut entries: Vec<u8> = known.behind.iter().flat_map(to_bytes).collect();
        for (hash, store) in stores {
            let length = u32::try_from(store.len()).map_err(|_| self.error(io::ErrorKind::FileTooLarge.into()))?;
            entries.extend_from_slice(&to_bytes(&(*hash, end + bytes.len() as u64 + HEAD)));
            bytes.extend_from_slice(hash.as_bytes());
            bytes.extend_from_slice(&length.to_le_bytes());
            bytes.extend_from_slice(store);
        }
        let write = || {
            // What an interrupted write left behind the last whole entry is written over.
            let mut pack = files::behind(&self.pack, end)?;
            pack.write_all(&bytes)?;
            pack.sync_data()?;
            files::behind(&self.index, known.indexed * ENTRY as u64)?.write_all(&entries)
        };
        write().map_err(|error| self.error(error))
    }

    /// The manifest store with this hash. `None` where it is not there.
    pub fn get(&self, hash: &Hash) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.get_each(&[*hash])?.remove(hash))
    }

    /// Those of several manifest stores that are there. The index is gone through once for all of them, the newest first: that is what is asked
    /// for most.
    pub fn get_each(&self, hashes: &[Hash]) -> Result<BTreeMap<Hash, Vec<u8>>, Error> {
        let wanted: BTreeSet<Hash> = hashes.iter().copied().collect();
        let known = self.known()?;
        let places = self.places(&known, wanted).map_err(|error| self.error(error))?;
        if places.is_empty() {
            return Ok(BTreeMap::new());
        }
        let mut pack = File::open(&self.pack).map_err(|error| self.error(error))?;
        let mut read = |offset: u64| -> io::Result<Vec<u8>> {
            let mut length = [0; 4];
            pack.seek(SeekFrom::Start(offset.saturating_sub(4)))?;
            pack.read_exact(&mut length)?;
            let mut store = Vec::new();
            (&pack).take(u64::from(u32::from_le_bytes(length))).read_to_end(&mut store)?;
            Ok(store)
        };
        let stores = places.into_iter().map(|(hash, offset)| Ok((hash, read(offset)?)));
        stores.collect::<io::Result<_>>().map_err(|error| self.error(error))
    }

    /// Where in the pack the stores stand.
    fn places(&self, known: &Known, mut wanted: BTreeSet<Hash>) -> io::Result<Vec<(Hash, u64)>> {
        let mut places = Vec::new();
        let mut look = |(hash, offset): (Hash, u64)| {
            if wanted.remove(&hash) {
                places.push((hash, offset));
            }
            wanted.is_empty()
        };
        if known.behind.iter().rev().copied().any(&mut look) || known.indexed == 0 {
            return Ok(places);
        }
        let (index, mut bytes) = (File::open(&self.index)?, Vec::new());
        let mut end = known.indexed;
        while end > 0 {
            let start = end.saturating_sub(AT_ONCE);
            bytes.resize(usize::try_from(end - start).unwrap_or_default() * ENTRY, 0);
            index.read_exact_at(&mut bytes, start * ENTRY as u64)?;
            if bytes.chunks_exact(ENTRY).rev().filter_map(entry).any(&mut look) {
                break;
            }
            end = start;
        }
        Ok(places)
    }

    /// How far the index goes, as far as the pack bears it out, and what the pack itself says from there on.
    fn known(&self) -> Result<Known, Error> {
        let open = |path: &Path| match File::open(path) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.error(error)),
        };
        let Some(mut pack) = open(&self.pack)? else { return Ok(Known::default()) };
        let index = open(&self.index)?;
        let read = |pack: &mut File| -> io::Result<Known> {
            let length = pack.metadata()?.len();
            let mut known = Known::default();
            if let Some((number, hash, offset)) = index.as_ref().map(last).transpose()?.flatten()
                && let Some((stands, next)) = head(pack, offset - HEAD, length)?
                && stands == hash
            {
                (known.indexed, known.end) = (number, next);
            }
            // Otherwise the index is of another pack, or was torn: the pack is read from its beginning.
            while let Some((hash, next)) = head(pack, known.end, length)? {
                known.behind.push((hash, known.end + HEAD));
                known.end = next;
            }
            Ok(known)
        };
        read(&mut pack).map_err(|error| self.error(error))
    }

    fn error(&self, source: io::Error) -> Error {
        Error { path: self.pack.clone(), source }
    }
}

/// What stands on the shelf.
#[derive(Debug, Default)]
struct Known {
    /// How many stores the index has.
    indexed: u64,
    /// Hash and offset of those behind them, the oldest first.
    behind: Vec<(Hash, u64)>,
    /// Where the last whole entry of the pack ends.
    end: u64,
}

/// The last whole entry of an index, and how many there are up to it.
fn last(index: &File) -> io::Result<Option<(u64, Hash, u64)>> {
    let number = index.metadata()?.len() / ENTRY as u64;
    let Some(before) = number.checked_sub(1) else { return Ok(None) };
    let mut bytes = [0; ENTRY];
    index.read_exact_at(&mut bytes, before * ENTRY as u64)?;
    Ok(entry(&bytes).map(|(hash, offset)| (number, hash, offset)))
}

fn to_bytes((hash, offset): &(Hash, u64)) -> [u8; ENTRY] {
    let mut bytes = [0; ENTRY];
    bytes[..32].copy_from_slice(hash.as_bytes());
    bytes[32..].copy_from_slice(&offset.to_le_bytes());
    bytes
}

fn entry(bytes: &[u8]) -> Option<(Hash, u64)> {
    let (hash, offset) = bytes.split_first_chunk::<32>()?;
    let offset = u64::from_le_bytes(offset.try_into().ok()?);
    (offset >= HEAD).then_some((Hash::from_bytes(*hash), offset))
}

/// The entry at `at`, and where the next one begins; `None` where no whole entry stands.
fn head(pack: &mut File, at: u64, length: u64) -> io::Result<Option<(Hash, u64)>> {
    // An index may name any place.
    if at.checked_add(HEAD).is_none_or(|end| end > length) {
        return Ok(None);
    }
    let mut head = [0; 36];
    pack.seek(SeekFrom::Start(at))?;
    pack.read_exact(&mut head)?;
    let [hash @ .., a, b, c, d] = head;
    let next = at + HEAD + u64::from(u32::from_le_bytes([a, b, c, d]));
    Ok((next <= length).then_some((Hash::from_bytes(hash), next)))
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;

    use super::*;

    #[test]
    fn what_was_shelved_is_found_and_a_torn_end_is_written_over() {
        let dir = tempfile::tempdir().expect("folder");
        let shelf = Shelf::new(dir.path());
        let (a, b, c) = (Hash::of(b"a"), Hash::of(b"b"), Hash::of(b"c"));
        shelf.add(&[(a, b"first"), (b, b"second")]).expect("add");
        let mut pack = OpenOptions::new().append(true).open(dir.path().join("manifests.pack")).expect("pack");
        pack.write_all(&[7; 50]).expect("an interrupted write");
        shelf.add(&[(c, b"third")]).expect("add");
        std::fs::remove_file(dir.path().join("manifests.index")).expect("derived");
        for (hash, store) in [(a, b"first".as_slice()), (b, b"second"), (c, b"third")] {
            assert_eq!(shelf.get(&hash).expect("read").as_deref(), Some(store));
        }
        assert_eq!(shelf.get(&Hash::of(b"d")).expect("read"), None);
    }

    #[test]
    fn several_are_found_in_one_go_wherever_in_a_long_index_they_stand_and_of_two_the_newer() {
        let dir = tempfile::tempdir().expect("folder");
        let shelf = Shelf::new(dir.path());
        let hash = |number: u32| Hash::of(&number.to_le_bytes());
        for part in (0..10_000).collect::<Vec<u32>>().chunks(3000) {
            let stores: Vec<_> = part.iter().map(|number| (hash(*number), number.to_le_bytes())).collect();
            shelf.add(&stores.iter().map(|(hash, store)| (*hash, store.as_slice())).collect::<Vec<_>>()).expect("add");
        }
        shelf.add(&[(hash(17), b"newer")]).expect("add");
        let mut all: BTreeMap<Hash, Vec<u8>> =
            (0..10_000).map(|number| (hash(number), number.to_le_bytes().to_vec())).collect();
        all.insert(hash(17), b"newer".to_vec());
        let wanted: Vec<Hash> = (0..10_005).map(hash).collect();
        assert!(shelf.get_each(&wanted).expect("read") == all, "each that is there, and no other");
        assert_eq!(shelf.get(&hash(17)).expect("read").as_deref(), Some(b"newer".as_slice()));
        assert_eq!(shelf.get_each(&[]).expect("read"), BTreeMap::new());
    }

    #[test]
    fn an_index_that_a_crash_left_behind_torn_or_of_another_pack_costs_no_store() {
        let (a, b, c) = (Hash::of(b"a"), Hash::of(b"b"), Hash::of(b"c"));
        for case in ["whole", "behind", "torn", "of another pack", "shifted"] {
            let dir = tempfile::tempdir().expect("folder");
            let (shelf, index) = (Shelf::new(dir.path()), dir.path().join("manifests.index"));
            shelf.add(&[(a, b"first"), (b, b"second")]).expect("add");
            let good = std::fs::read(&index).expect("index");
            let spoilt = match case {
                "whole" => good,
                "behind" => good[..40].to_vec(),
                "torn" => good[..67].to_vec(),
                "of another pack" => [&good[..40], &[7; 32], &[0xff; 8]].concat(),
                _ => [&[0; 3], good.as_slice()].concat(),
            };
            std::fs::write(&index, spoilt).expect("spoilt");
            shelf.add(&[(c, b"third")]).expect("add");
            for (hash, store) in [(a, b"first".as_slice()), (b, b"second"), (c, b"third")] {
                assert_eq!(shelf.get(&hash).expect("read").as_deref(), Some(store), "{case}");
            }
            assert_eq!(std::fs::read(&index).expect("index").len(), 120, "{case}: the index is whole again");
        }
    }
}
