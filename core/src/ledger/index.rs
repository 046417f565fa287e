//! Look-ups: from an id, a manifest, a file or a picture to its records. Made from the lines, kept in memory, thrown away at will.

mod about;

use std::collections::HashMap;
use std::ops::ControlFlow;

use rayon::prelude::*;
use uuid::Uuid;

use crate::hash::Hash;

use self::about::{About, Entry};
use super::Error;
use super::store::{Store, lines_of};

/// Positions by what they are about.
#[derive(Debug, Default)]
pub struct Index {
    size: u64,
    /// Hash of the last record that was read.
    last: Option<Hash>,
    ids: HashMap<Uuid, u64>,
    manifests: HashMap<String, Vec<u64>>,
    files: HashMap<Hash, Vec<u64>>,
    inputs: HashMap<Hash, Vec<u64>>,
    outputs: HashMap<Hash, Vec<u64>>,
    exports: Vec<u64>,
}

impl Index {
    /// Reads the records that were added since the last time.
    ///
    /// Beside a writer, a reader may see records that are taken back because they did not become durable, and others in their
    /// place later. So the last record is looked at once more, and if it is another one, everything is read again.
    pub fn catch_up(&mut self, store: &dyn Store) -> Result<(), Error> {
        if !self.try_catch_up(store)? {
            *self = Self::default();
            self.try_catch_up(store)?;
        }
        Ok(())
    }

    /// The first record with this id. One that comes later and takes the same id does not take its place.
    pub fn id(&self, id: Uuid) -> Option<u64> {
        self.ids.get(&id).copied()
    }

    /// EXPORT records of a manifest, by its id.
    pub fn manifest(&self, id: &str) -> &[u64] {
        self.manifests.get(id).map_or(&[], Vec::as_slice)
    }

    /// EXPORT records of a signed file, by the hash of its bytes.
    pub fn file(&self, hash: &Hash) -> &[u64] {
        self.files.get(hash).map_or(&[], Vec::as_slice)
    }

    /// EXPORT records of a picture, by the hash of its bytes before it was signed.
    pub fn input(&self, hash: &Hash) -> &[u64] {
        self.inputs.get(hash).map_or(&[], Vec::as_slice)
    }

    /// GEN records that name a picture as their output.
    pub fn output(&self, hash: &Hash) -> &[u64] {
        self.outputs.get(hash).map_or(&[], Vec::as_slice)
    }

    /// All EXPORT records.
    pub fn exports(&self) -> &[u64] {
        &self.exports
    }

    /// `false` if the records that were read before are not there any more.
    fn try_catch_up(&mut self, store: &dyn Store) -> Result<bool, Error> {
        let mut fits = self.last.is_none();
        let mut failed = None;
        store.blocks(self.size.saturating_sub(1), &mut |first, block| {
            let lines: Vec<&[u8]> = lines_of(block).collect();
            let entries: Vec<Result<Entry, Error>> =
                lines.par_iter().enumerate().map(|(at, line)| about::read(first + at as u64, line)).collect();
            for entry in entries {
                match entry {
                    Ok(entry) if entry.seq + 1 == self.size => fits = self.last == Some(entry.hash),
                    Ok(entry) if fits => self.add(entry),
                    Ok(_) => {}
                    Err(error) => failed = Some(error),
                }
                if failed.is_some() || !fits {
                    return ControlFlow::Break(());
                }
            }
            ControlFlow::Continue(())
        })?;
        failed.map_or(Ok(fits), Err)
    }

    fn add(&mut self, entry: Entry) {
        let seq = entry.seq;
        self.ids.entry(entry.id).or_insert(seq);
        match entry.about {
            About::Gen { outputs } => {
                for output in outputs {
                    self.outputs.entry(output).or_default().push(seq);
                }
            }
            About::Export { manifest, file, input } => {
                self.manifests.entry(manifest).or_default().push(seq);
                self.files.entry(file).or_default().push(seq);
                self.inputs.entry(input).or_default().push(seq);
                self.exports.push(seq);
            }
            About::Other => {}
        }
        self.size = seq + 1;
        self.last = Some(entry.hash);
    }
}
