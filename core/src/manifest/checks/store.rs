//! A manifest store taken apart, compressed manifests too: every length is checked, nothing is read twice, and no part of it is trusted.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::io::Read as _;

use crate::manifest::Error;
use crate::manifest::jumbf::{self, Superbox, Walk};

use super::Finding;

/// The most bytes that all compressed manifests of a store may come to: what the library takes for one.
const MAX_DECOMPRESSED: u64 = 32 << 20;

/// How deep boxes may stand in boxes: store, manifest, assertion store and assertion are four.
const MAX_NESTING: usize = 8;

/// A manifest as it stands in the store.
#[derive(Debug)]
pub(super) struct Stored<'a> {
    pub(super) label: &'a str,
    /// What is hashed of it, compressed where it is.
    pub(super) inside: &'a [u8],
    /// The whole box of a compressed manifest, after decompression; otherwise nothing.
    decompressed: Option<Vec<u8>>,
    plain: Superbox<'a>,
}

impl Stored<'_> {
    /// The box itself, decompressed.
    pub(super) fn superbox(&self) -> Superbox<'_> {
        let decompressed = self.decompressed.as_deref().and_then(|bytes| jumbf::one(bytes).ok().flatten());
        decompressed.unwrap_or(self.plain)
    }
}

/// All manifests of a store. An error says why it is not to be handed to anybody who takes it apart without such care.
pub(super) fn read(store: &[u8]) -> Result<Vec<Stored<'_>>, Finding> {
    let broken = |error: Error| Finding::new("general.error", error.to_string());
    nesting(store).map_err(broken)?;
    let mut room = MAX_DECOMPRESSED;
    let mut manifests: Vec<Stored<'_>> = Vec::new();
    for plain in jumbf::manifests(store).map_err(broken)? {
        if manifests.iter().any(|other| other.label == plain.label) {
            return Err(Finding::new("general.error", format!("two manifests are named {}", plain.label)));
        }
        let decompressed = (plain.kind == *b"c2cm").then(|| decompress(&plain, &mut room)).transpose();
        let decompressed = decompressed.map_err(|problem| Finding::new("manifest.compressed.invalid", problem))?;
        manifests.push(Stored { label: plain.label, inside: plain.inside, decompressed, plain });
    }
    Ok(manifests)
}

/// The manifest box that a compressed one holds.
fn decompress(manifest: &Superbox<'_>, room: &mut u64) -> Result<Vec<u8>, String> {
    let boxes = manifest.boxes().map_err(|error| error.to_string())?;
    let [(kind, packed)] = boxes.as_slice() else { return Err("it holds more than one box".to_owned()) };
    if kind != b"brob" {
        return Err("it holds no compressed box".to_owned());
    }
    let mut bytes = Vec::new();
    let mut unpacked = brotli_decompressor::Decompressor::new(*packed, 4096).take(room.saturating_add(1));
    unpacked.read_to_end(&mut bytes).map_err(|_| "it cannot be decompressed".to_owned())?;
    let length = bytes.len() as u64;
    *room = room.checked_sub(length).ok_or_else(|| format!("it is larger than {MAX_DECOMPRESSED} bytes"))?;
    nesting(&bytes).map_err(|error| error.to_string())?;
    match jumbf::one(&bytes) {
        Ok(Some(inner)) if inner.label == manifest.label && [b"c2ma", b"c2um", b"c2md"].contains(&&inner.kind) => {}
        _ => return Err("what it holds is not the manifest that it is named after".to_owned()),
    }
    Ok(bytes)
}

/// Goes over all boxes, however deep they stand, without recursion.
fn nesting(bytes: &[u8]) -> Result<(), Error> {
    let bad = |problem: &str| Error::Store { problem: problem.to_owned() };
    for (seen, met) in Walk::over(jumbf::trimmed(bytes)?).enumerate() {
        let met = met?;
        if seen >= jumbf::MAX_BOXES {
            return Err(bad("it has too many boxes"));
        }
        if met.kind == *b"jumb" && met.level >= MAX_NESTING {
            return Err(bad("boxes stand too deep in boxes"));
        }
    }
    Ok(())
}
