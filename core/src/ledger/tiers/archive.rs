//! From warm to cold: the packed file moves to the archive, and a pointer stays.

use std::fs::{self, File};
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::super::cold::unread_at;
use super::super::file::sync_dir;
use super::super::history;
use super::super::packed::Packed;
use super::super::segment::{self, Segment};
use super::super::snapshot::Snapshot;
use super::super::store::lines_of;
use super::pack::{Tell, confirm, settle};
use super::{Error, Pointer, Step, Tiers, files, is_ours};

/// The file by which an archive is known, with the log's name in it. An empty mount point has none.
const MARK: &str = "touchmark-archive";

/// The longest name of a log and more.
const MOST: usize = 4096;

/// The archive of the rules: it is there, and it is this log's.
#[derive(Debug)]
pub(super) struct Archive {
    folder: PathBuf,
}

impl Archive {
    /// Looks whether it is there. One that nothing points to yet is begun.
    pub(super) fn open(tiers: &Tiers<'_>) -> Result<Self, Error> {
        let folder = match &tiers.rules.archive {
            Some(folder) => folder.clone(),
            // Somebody was killed, and the rules changed since: the pointer says where to.
            None => pointed(tiers)?.into_iter().next().ok_or(Error::NoArchive)?,
        };
        let not = |problem: String| Error::NotAnArchive { folder: folder.clone(), problem };
        if !folder.is_dir() {
            return Err(not("it is no folder: mount the disk, or make it".to_owned()));
        }
        let (mark, origin) = (folder.join(MARK), tiers.snapshot.checkpoint().origin());
        match files::read(&mark, MOST).map_err(Error::at(&mark))? {
            Some(found) if found.strip_suffix(b"\n") == Some(origin.as_bytes()) => {}
            Some(found) => {
                let other = String::from_utf8_lossy(&found);
                return Err(not(format!("it is the archive of the log {:?}", other.trim_end())));
            }
            None if pointed(tiers)?.contains(&folder) => {
                return Err(not(format!("segments were moved there, and {MARK} is not in it: mount the disk")));
            }
            None => files::replace(&mark, format!("{origin}\n").as_bytes()).map_err(Error::at(&mark))?,
        }
        files::clear(&folder, is_ours).map_err(Error::at(&folder))?;
        Ok(Self { folder })
    }

    /// Moves a warm segment that ends before record `end` here.
    pub(super) fn take(
        &self,
        segment: &Segment,
        end: u64,
        snapshot: &Snapshot,
        step: &mut Tell<'_>,
    ) -> Result<(), Error> {
        let target = self.folder.join(segment.name());
        let beside = files::beside(&target);
        step(Step::Copy)?;
        let packed =
            segment.unpacking(&segment.packed, File::open(&segment.packed).map_err(Error::at(&segment.packed))?)?;
        copy(&segment.packed, &beside).map_err(Error::at(&beside))?;
        step(Step::Check)?;
        if confirm(segment, &beside, end, snapshot)? != packed.head().hash {
            let problem = "its lines do not have the hash in its head".to_owned();
            return Err(Error::Packed { path: segment.packed.clone(), seq: segment.first, problem });
        }
        step(Step::Name)?;
        fs::rename(&beside, &target).map_err(Error::at(&target))?;
        sync_dir(&self.folder)?;
        step(Step::Point)?;
        let kept = kept(segment, &packed, end)?;
        self.point(segment, &Pointer::new(self.folder.clone(), packed.head(), kept))?;
        step(Step::Remove)?;
        fs::remove_file(&segment.packed).map_err(Error::at(&segment.packed))?;
        sync_dir(segment.packed.parent().unwrap_or_else(|| Path::new(".")))
    }

    /// Somebody moved a cold segment's file here: from now on the pointer says so.
    pub(super) fn find(
        &self,
        segment: &Segment,
        pointer: &Pointer,
        end: u64,
        snapshot: &Snapshot,
        step: &mut Tell<'_>,
    ) -> Result<(), Error> {
        let moved = pointer.moved(self.folder.clone());
        step(Step::Check)?;
        moved.open(segment.name())?;
        confirm(segment, &moved.path(segment.name()), end, snapshot)?;
        step(Step::Point)?;
        self.point(segment, &moved)
    }

    fn point(&self, segment: &Segment, pointer: &Pointer) -> Result<(), Error> {
        let text = pointer.encode();
        let text = text.map_err(|problem| Error::NotAnArchive { folder: self.folder.clone(), problem })?;
        files::replace(&segment.pointer, &text).map_err(Error::at(&segment.pointer))
    }
}

/// The folders that pointers name.
fn pointed(tiers: &Tiers<'_>) -> Result<Vec<PathBuf>, Error> {
    let mut folders = Vec::new();
    for number in segment::numbers(tiers.store.dir())? {
        if let Some(pointer) = Pointer::read(&tiers.store.segment(number).pointer)? {
            folders.push(pointer.archive().to_owned());
        }
    }
    folders.dedup();
    Ok(folders)
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let mut file = File::create(to)?;
    io::copy(&mut File::open(from)?, &mut file)?;
    settle(&file)
}

/// The lines without which the log does not open: its first, those that name keys, and the segment's last two.
fn kept(segment: &Segment, packed: &Packed<File>, end: u64) -> Result<Vec<(u64, Vec<u8>)>, Error> {
    let mut kept = Vec::new();
    let read = packed.blocks(0, &mut |first, block| {
        for (seq, line) in (first..).zip(lines_of(block)) {
            if seq == 0 || seq + 2 >= end || history::names_a_key(seq, line) {
                kept.push((seq, line.to_vec()));
            }
        }
        ControlFlow::Continue(())
    });
    read.map_err(|unread| unread_at(&segment.packed, segment.first, unread))?;
    Ok(kept)
}
