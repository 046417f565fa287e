//! The manifest stores of all exports, kept beside the log under their hash: to finish an interrupted export with the same identity,
//! and to give a picture its manifest back after its metadata was stripped.
//!
//! ```text
//! manifests.pack    SHA-256 (32 bytes), length (u32, little-endian), manifest store; and so on
//! manifests.index   SHA-256 (32 bytes), offset of the store (u64, little-endian); derived
//! ```
//! One file and one sync for a batch: a file and a sync each would cost more than the signature.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::hash::Hash;

const HEAD: u64 = 36;
const ENTRY: usize = 40;

/// The shelf. One writer at a time: whoever holds the log.
#[derive(Debug, Clone)]
pub struct Shelf {
    pack: PathBuf,
    index: PathBuf,
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
        Self { pack: dir.join("manifests.pack"), index: dir.join("manifests.index") }
    }

    /// Puts manifest stores on the shelf under the given hashes. They are durable on return.
    pub fn add(&self, stores: &[(Hash, &[u8])]) -> Result<(), Error> {
        if stores.is_empty() {
            return Ok(());
        }
        let known = self.entries()?;
        let end = self.end(&known)?;
        let mut bytes = Vec::new();
        let mut entries = Vec::new();
        for (hash, store) in stores {
            let length = u32::try_from(store.len()).map_err(|_| self.error(io::ErrorKind::FileTooLarge.into()))?;
            entries.extend_from_slice(hash.as_bytes());
            entries.extend_from_slice(&(end + bytes.len() as u64 + HEAD).to_le_bytes());
            bytes.extend_from_slice(hash.as_bytes());
            bytes.extend_from_slice(&length.to_le_bytes());
            bytes.extend_from_slice(store);
        }
        let write = || {
            let mut pack = OpenOptions::new().create(true).truncate(false).write(true).open(&self.pack)?;
            // What an interrupted write left behind the last whole entry is written over.
            pack.set_len(end)?;
            pack.seek(SeekFrom::End(0))?;
            pack.write_all(&bytes)?;
            pack.sync_data()?;
            OpenOptions::new().create(true).append(true).open(&self.index)?.write_all(&entries)
        };
        write().map_err(|error| self.error(error))
    }

    /// The manifest store with this hash. `None` where it is not there.
    pub fn get(&self, hash: &Hash) -> Result<Option<Vec<u8>>, Error> {
        let entries = self.entries()?;
        // The newest first: that is what is asked for most.
        let found = entries.iter().rev().find(|(entry, _)| entry == hash);
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

    /// The index, brought up to the pack where a crash left it behind.
    fn entries(&self) -> Result<Vec<(Hash, u64)>, Error> {
        let bytes = match std::fs::read(&self.index) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(self.error(error)),
        };
        let mut entries: Vec<(Hash, u64)> = bytes.chunks_exact(ENTRY).filter_map(entry).collect();
        let mut pack = match File::open(&self.pack) {
            Ok(pack) => pack,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(self.error(error)),
        };
        let length = pack.metadata().map_err(|error| self.error(error))?.len();
        entries.retain(|(_, offset)| *offset <= length);
        let mut at = match entries.last() {
            Some((_, offset)) => offset - HEAD,
            None => 0,
        };
        let mut is_first = !entries.is_empty();
        while let Some((hash, next)) = head(&mut pack, at, length).map_err(|error| self.error(error))? {
            if !is_first {
                entries.push((hash, at + HEAD));
            }
            is_first = false;
            at = next;
        }
        Ok(entries)
    }

    /// Where the last whole entry ends.
    fn end(&self, entries: &[(Hash, u64)]) -> Result<u64, Error> {
        let Some((_, offset)) = entries.last() else { return Ok(0) };
        let mut pack = File::open(&self.pack).map_err(|error| self.error(error))?;
        let length = pack.metadata().map_err(|error| self.error(error))?.len();
        let found = head(&mut pack, offset - HEAD, length).map_err(|error| self.error(error))?;
        Ok(found.map_or(*offset - HEAD, |(_, next)| next))
    }

    fn error(&self, source: io::Error) -> Error {
        Error { path: self.pack.clone(), source }
    }
}

fn entry(bytes: &[u8]) -> Option<(Hash, u64)> {
    let (hash, offset) = bytes.split_first_chunk::<32>()?;
    let offset = u64::from_le_bytes(offset.try_into().ok()?);
    (offset >= HEAD).then_some((Hash::from_bytes(*hash), offset))
}

/// The entry at `at`, and where the next one begins; `None` where no whole entry stands.
fn head(pack: &mut File, at: u64, length: u64) -> io::Result<Option<(Hash, u64)>> {
    if at + HEAD > length {
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
}
