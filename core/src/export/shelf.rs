//! The manifest stores of all exports, kept beside the log under their hash: to finish an interrupted export with the same identity,
//! and to give a picture its manifest back after its metadata was stripped.
//!
//! ```text
//! manifests.pack    SHA-256 (32 bytes), length (u32, little-endian), manifest store; and so on
//! manifests.index   SHA-256 (32 bytes), offset of the store (u64, little-endian); derived
//! gallery/          what the pictures look like: [`crate::gallery`]
//! ```
//! One file and one sync for a batch: a file and a sync each would cost more than the signature.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::files;
use crate::gallery::Gallery;
use crate::hash::Hash;

const HEAD: u64 = 36;
const ENTRY: usize = 40;

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
        let known = self.contents()?;
        let end = known.end;
        let mut bytes = Vec::new();
        // Behind what the index rightly says; what it lacks of the pack comes first.
        let mut entries: Vec<u8> = known.entries.iter().skip(known.indexed).flat_map(to_bytes).collect();
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
            files::behind(&self.index, (known.indexed * ENTRY) as u64)?.write_all(&entries)
        };
        write().map_err(|error| self.error(error))
    }

    /// The manifest store with this hash. `None` where it is not there.
    pub fn get(&self, hash: &Hash) -> Result<Option<Vec<u8>>, Error> {
        let known = self.contents()?;
        // The newest first: that is what is asked for most.
        let found = known.entries.iter().rev().find(|(entry, _)| entry == hash);
        let Some((_, offset)) = found else { return Ok(None) };
        let mut pack = File::open(&self.pack).map_err(|error| self.error(error))?;
        let read = |pack: &mut File| -> io::Result<Vec<u8>> {
            let mut length = [0; 4];
            pack.seek(SeekFrom::Start(offset.saturating_sub(4)))?;
            pack.read_exact(&mut length)?;
            let mut store = Vec::new();
            pack.take(u64::from(u32::from_le_bytes(length))).read_to_end(&mut store)?;
            Ok(store)
        };
        read(&mut pack).map(Some).map_err(|error| self.error(error))
    }

    /// What stands in the pack: as the index says, as far as the pack bears it out, and from there on as the pack says itself.
    fn contents(&self) -> Result<Contents, Error> {
        let mut pack = match File::open(&self.pack) {
            Ok(pack) => pack,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Contents::default()),
            Err(error) => return Err(self.error(error)),
        };
        let bytes = match std::fs::read(&self.index) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(self.error(error)),
        };
        let read = |pack: &mut File| -> io::Result<Contents> {
            let length = pack.metadata()?.len();
            let mut entries: Vec<(Hash, u64)> = bytes.chunks_exact(ENTRY).map_while(entry).collect();
            let mut at = 0;
            if let Some((hash, offset)) = entries.last() {
                match head(pack, offset - HEAD, length)? {
                    Some((stands, next)) if stands == *hash => at = next,
                    // The index is of another pack, or was torn.
                    _ => entries.clear(),
                }
            }
            let indexed = entries.len();
            while let Some((hash, next)) = head(pack, at, length)? {
                entries.push((hash, at + HEAD));
                at = next;
            }
            Ok(Contents { entries, indexed, end: at })
        };
        read(&mut pack).map_err(|error| self.error(error))
    }

    fn error(&self, source: io::Error) -> Error {
        Error { path: self.pack.clone(), source }
    }
}

/// What stands on the shelf.
#[derive(Debug, Default)]
struct Contents {
    /// Hash and offset of each store, the oldest first.
    entries: Vec<(Hash, u64)>,
    /// How many of them the index has.
    indexed: usize,
    /// Where the last whole entry of the pack ends.
    end: u64,
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
