//! From hot to warm: a segment is packed beside itself.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::ops::ControlFlow;
use std::path::Path;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::super::cold::unread_at;
use super::super::file::sync_dir;
use super::super::line::Line;
use super::super::packed::Packer;
use super::super::segment::{Form, Segment};
use super::super::snapshot::Snapshot;
use super::super::store::lines_of;
use super::{Error, Step};
use crate::files::beside;
use crate::hash::Hash;
use crate::merkle;

/// Whoever is told of each step.
pub(super) type Tell<'a> = dyn FnMut(Step) -> Result<(), Error> + 'a;

/// Packs a hot segment that ends before record `end`, and removes its lines as they were written.
pub(super) fn pack(segment: &Segment, end: u64, snapshot: &Snapshot, step: &mut Tell<'_>) -> Result<(), Error> {
    let folder = segment.path.parent().unwrap_or_else(|| Path::new("."));
    let beside = beside(&segment.packed);
    step(Step::Pack)?;
    let written = write(segment, &beside, end)?;
    step(Step::Check)?;
    let read = confirm(segment, &beside, end, snapshot)?;
    if read != written {
        let problem = format!("its lines should have the hash {written} and have {read}");
        return Err(Error::Packed { path: beside, seq: segment.first, problem });
    }
    step(Step::Name)?;
    fs::rename(&beside, &segment.packed).map_err(Error::at(&segment.packed))?;
    sync_dir(folder)?;
    step(Step::Remove)?;
    fs::remove_file(&segment.path).map_err(Error::at(&segment.path))?;
    segment.offsets.remove();
    sync_dir(folder)
}

/// Writes the packed lines to a file that is durable then. Answers their hash.
fn write(segment: &Segment, path: &Path, end: u64) -> Result<Hash, Error> {
    let Form::Plain(plain) = segment.open()? else {
        return Err(Error::at(&segment.path)(io::ErrorKind::NotFound.into()));
    };
    let file = File::create(path).map_err(Error::at(path))?;
    let mut packer = Packer::new(BufWriter::new(&file), segment.first);
    let mut failed = None;
    plain.blocks(0, &mut |first, block| {
        let ends = first + memchr::memchr_iter(b'\n', block).count() as u64 == end;
        match packer.add(block, ends) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        }
    })?;
    failed.map_or(Ok(()), Err).map_err(Error::at(path))?;
    let (found, lines) = (packer.lines(), end - segment.first);
    if found != lines {
        let problem = format!("it has {found} lines, and its segment has {lines}");
        return Err(Error::Packed { path: segment.path.clone(), seq: segment.first + found.min(lines), problem });
    }
    let (out, hash) = packer.finish().map_err(Error::at(path))?;
    drop(out);
    settle(&file).map_err(Error::at(path))?;
    Ok(hash)
}

/// Makes a file durable, and lets the system forget what it has of it in memory: what is read then is what the disk has.
pub(super) fn settle(file: &File) -> io::Result<()> {
    file.sync_all()?;
    // Not all systems forget: then it is read from memory.
    let _asked = rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed);
    Ok(())
}

/// Reads a packed file back: each record is the one in the tree. Answers the hash of all lines.
pub(super) fn confirm(segment: &Segment, path: &Path, end: u64, snapshot: &Snapshot) -> Result<Hash, Error> {
    let leaves = snapshot.leaves(segment.first, end)?;
    let packed = segment.unpacking(path, File::open(path).map_err(Error::at(path))?)?;
    let (mut hash, mut failed, mut next) = (Sha256::new(), None, segment.first);
    let read = packed.blocks(0, &mut |first, block| {
        hash.update(block);
        let lines: Vec<&[u8]> = lines_of(block).collect();
        let from = usize::try_from(first - segment.first).unwrap_or(usize::MAX);
        let wrong = lines.par_iter().enumerate().find_map_first(|(at, line)| {
            let seq = first + at as u64;
            match Line::parse(line) {
                Err(source) => Some(Error::Damaged { seq, source }),
                Ok(line) if leaves.get(from + at) == Some(&merkle::leaf_hash(line.record)) => None,
                Ok(_) => Some(Error::Changed { seq, part: "its public part" }),
            }
        });
        next = first + lines.len() as u64;
        failed = wrong;
        if failed.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    if let Some(failed) = failed {
        return Err(failed);
    }
    read.map_err(|unread| unread_at(path, segment.first, unread))?;
    if next != end {
        return Err(Error::MissingLines { path: path.to_owned(), seq: next });
    }
    Ok(Hash::from_bytes(hash.finalize().into()))
}
