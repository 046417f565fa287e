//! A manifest store taken apart, compressed manifests too: every length is checked, nothing is read twice, and no part of it is trusted.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::io::Read as _;

use crate::manifest::Error;
use crate::manifest::bounds::{Bounds, Meter, Stop};
use crate::manifest::jumbf::{self, Superbox};

use super::{Finding, Refused};

/// A manifest as it stands in the store.
#[derive(Debug)]
pub(super) struct Stored<'a> {
    pub(super) label: &'a str,
    /// What is hashed of it, compressed where it is.
    pub(super) inside: &'a [u8],
    /// The whole box of a compressed manifest, after decompression; otherwise nothing.
    pub(super) decompressed: Option<Vec<u8>>,
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
pub(super) fn read<'a>(store: &'a [u8], bounds: &Bounds) -> Result<Vec<Stored<'a>>, Refused> {
    let broken = |error: Error| Finding::new("general.error", error.to_string());
    let mut meter = Meter::new(store.len(), bounds)?;
    meter.store(jumbf::trimmed(store).map_err(broken)?).map_err(|stop| stopped(stop, "general.error"))?;
    let mut room = bounds.decompressed_bytes;
    let mut manifests: Vec<Stored<'_>> = Vec::new();
    for plain in jumbf::manifests(store).map_err(broken)? {
        if manifests.iter().any(|other| other.label == plain.label) {
            return Err(Finding::new("general.error", format!("two manifests are named {}", plain.label)).into());
        }
        let mut decompressed = None;
        if plain.kind == *b"c2cm" {
            let bytes = decompress(&plain, &mut room, bounds).map_err(|problem| Finding::new(COMPRESSED, problem))?;
            meter.unpacked(&bytes).map_err(|stop| stopped(stop, COMPRESSED))?;
            is_of(&plain, &bytes).map_err(|problem| Finding::new(COMPRESSED, problem))?;
            decompressed = Some(bytes);
        }
        manifests.push(Stored { label: plain.label, inside: plain.inside, decompressed, plain });
    }
    Ok(manifests)
}

const COMPRESSED: &str = "manifest.compressed.invalid";

fn stopped(stop: Stop, code: &'static str) -> Refused {
    match stop {
        Stop::TooMuch(too_much) => too_much.into(),
        Stop::Broken(error) => Finding::new(code, error.to_string()).into(),
    }
}

/// What a compressed manifest holds.
fn decompress(manifest: &Superbox<'_>, room: &mut u64, bounds: &Bounds) -> Result<Vec<u8>, String> {
    let boxes = manifest.boxes().map_err(|error| error.to_string())?;
    let [(kind, packed)] = boxes.as_slice() else { return Err("it holds more than one box".to_owned()) };
    if kind != b"brob" {
        return Err("it holds no compressed box".to_owned());
    }
    let mut bytes = Vec::new();
    let mut unpacked = brotli_decompressor::Decompressor::new(*packed, 4096).take(room.saturating_add(1));
    unpacked.read_to_end(&mut bytes).map_err(|_| "it cannot be decompressed".to_owned())?;
    let most = bounds.decompressed_bytes;
    let left = room.checked_sub(bytes.len() as u64);
    *room =
        left.ok_or_else(|| format!("it is larger than {most} bytes (limits.decompressed_bytes in touchmark.toml)"))?;
    Ok(bytes)
}

/// Whether the decompressed bytes are the manifest that they are named after.
fn is_of(manifest: &Superbox<'_>, bytes: &[u8]) -> Result<(), &'static str> {
    match jumbf::one(bytes) {
        Ok(Some(inner)) if inner.label == manifest.label && [b"c2ma", b"c2um", b"c2md"].contains(&&inner.kind) => {
            Ok(())
        }
        _ => Err("what it holds is not the manifest that it is named after"),
    }
}
