//! An export that is on record is not made anew: its file is made again, byte for byte, with the manifest that was kept.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use uuid::Uuid;

use crate::event::body;
use crate::hash::Hash;
use crate::manifest::{self, jumbf};
use crate::media::Pieces;

use super::batch::Recorded;
use super::mark::Marks;
use super::shelf::Shelf;
use super::sign::{refuse_taken, stage};
use super::stage::Staged;
use super::{Error, Exported, Exporter};

/// The manifest stores of those exports in a batch that are on record already: looked for together, when the first one is asked for.
pub(super) struct Kept<'a> {
    shelf: &'a Shelf,
    wanted: Vec<Hash>,
    stores: OnceLock<Option<BTreeMap<Hash, Vec<u8>>>>,
}

impl<'a> Kept<'a> {
    pub(super) fn of<'r>(shelf: &'a Shelf, batch: impl Iterator<Item = &'r Recorded>) -> Self {
        let wanted = batch.filter_map(|recorded| Some(recorded.before.as_ref()?.1.manifest.hash)).collect();
        Self { shelf, wanted, stores: OnceLock::new() }
    }

    fn get(&self, hash: &Hash) -> Result<Option<Vec<u8>>, Error> {
        match self.stores.get_or_init(|| self.shelf.get_each(&self.wanted).ok()) {
            Some(stores) => Ok(stores.get(hash).cloned()),
            // Whoever asks learns what is wrong.
            None => Ok(self.shelf.get(hash)?),
        }
    }
}

impl Exporter<'_> {
    /// Writes the file of an earlier export again. `None` where the bytes that it had cannot be had any more.
    pub(super) fn repeat(
        &self,
        recorded: &Recorded,
        before: &(Uuid, body::Export),
        kept: &Kept<'_>,
        target: Option<&Path>,
    ) -> Result<Option<Exported>, Error> {
        let (_, export) = before;
        if target.is_some_and(|target| stands(target, export)) {
            return Ok(Some(exported(recorded, before, None, None)));
        }
        let Some(store) = kept.get(&export.manifest.hash)? else { return Ok(None) };
        // The shelf keeps what it was given; whether that is still what was signed, the record tells.
        let Some(manifest) = jumbf::trimmed(&store).ok().filter(|store| Hash::of(store) == export.manifest.hash) else {
            return Ok(None);
        };
        let Some(file) = self.rebuilt(recorded, export, &store)? else { return Ok(None) };
        let sidecar = export.sidecar.then(|| manifest.to_vec());
        let Some(target) = target else { return Ok(Some(exported(recorded, before, Some(file), sidecar))) };
        let beside = sidecar.map(|sidecar| (target.with_extension("c2pa"), sidecar));
        let files = [(target.to_owned(), file)].into_iter().chain(beside);
        let staged = files.map(|(path, bytes)| again(&path, &bytes)).collect::<Result<Vec<_>, _>>()?;
        Staged::release_all(staged)?;
        Ok(Some(exported(recorded, before, None, None)))
    }

    /// The exported bytes from input, marks and the kept manifest store. The hash on record tells whether it worked, and with which
    /// marks.
    fn rebuilt(&self, recorded: &Recorded, export: &body::Export, store: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        let image = &recorded.image;
        if export.sidecar {
            return Ok((image.hash == export.file).then(|| image.bytes.clone()));
        }
        for (iptc, cn) in [(true, false), (false, false), (true, true), (false, true)] {
            let marked = self.marked(recorded, Marks { iptc, cn })?;
            let file = manifest::embed::restore(&marked.whole(), image.media_type, store)?;
            if Hash::of(&file) == export.file {
                return Ok(Some(file));
            }
        }
        Ok(None)
    }
}

/// Whether the file that was exported stands under this name still, with its manifest.
fn stands(target: &Path, export: &body::Export) -> bool {
    let has = |path: &Path, hash: &Hash| fs::read(path).is_ok_and(|bytes| Hash::of(&bytes) == *hash);
    has(target, &export.file) && (!export.sidecar || has(&target.with_extension("c2pa"), &export.manifest.hash))
}

fn exported(
    recorded: &Recorded,
    (record, export): &(Uuid, body::Export),
    file: Option<Vec<u8>>,
    sidecar: Option<Vec<u8>>,
) -> Exported {
    let mut notes = recorded.image.notes.clone();
    notes.push(format!("exported already ({record}): the same file with the same manifest"));
    Exported {
        file,
        sidecar,
        media_type: recorded.image.media_type,
        manifest_id: export.manifest.id.clone(),
        gen_record: export.gen_record,
        export_record: *record,
        fingerprints: export.fingerprints.clone(),
        notes,
    }
}

/// A file to be released once more. That it stands there already does no harm.
fn again(path: &Path, bytes: &[u8]) -> Result<Staged, Error> {
    refuse_taken(path, &Hash::of(bytes))?;
    stage(path, &Pieces::of(bytes))
}
