//! What a hard binding leaves out of its hash: the manifest store and nothing that anybody would see (C2PA 2.4, 15.12).
//!
//! The library computes the hash; here it is asked what was not hashed. The standard lets other ranges be left out, for metadata that changes; a
//! range that is no metadata is refused.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::ops::Range;

use serde_cbor::Value;

use crate::manifest::jumbf;
use crate::media::{self, MediaType, Places};

use super::Finding;
use super::claims::is_hard_binding;
use super::graph::Graph;
use super::manifest::{Manifest, array, base, entry};
use super::merkle;

/// Boxes of ISO BMFF that may be left out: that of C2PA itself, and such as hold nothing to be seen (A.5.6).
const FREE_BOXES: [&str; 6] = ["/uuid", "/ftyp", "/mfra", "/free", "/skip", "/emsg"];

pub(super) fn check(graph: &Graph<'_>, parts: &Parts<'_>, findings: &mut Vec<Finding>) {
    let binding = graph.binding();
    let found = binding.and_then(|manifest| manifest.created().find(|one| is_hard_binding(one.label)));
    let Some(assertion) = found else {
        if binding.is_none() {
            findings.push(Finding::new("claim.hardBindings.missing", "no manifest binds the update to a picture"));
        }
        return;
    };
    let (mismatch, is_data_hash) = match base(assertion.label) {
        "c2pa.hash.data" => ("assertion.dataHash.mismatch", true),
        "c2pa.hash.boxes" => ("assertion.boxesHash.mismatch", false),
        "c2pa.hash.collection.data" => ("assertion.collectionHash.mismatch", false),
        _ => ("assertion.bmffHash.mismatch", false),
    };
    let behind = jumbf::trimmed(parts.store).ok().and_then(|trimmed| parts.store.get(trimmed.len()..));
    if behind.is_none_or(|behind| behind.iter().any(|byte| *byte != 0)) {
        findings.push(Finding::new(mismatch, "something stands behind the manifest store in its place"));
    }
    let Some(value) = assertion.value() else { return };
    if is_data_hash {
        let updated = binding.is_some_and(|binding| !graph.is_active(binding.label));
        findings.extend(exclusions(&value, parts, updated).err());
    }
    if mismatch == "assertion.bmffHash.mismatch" {
        let by_tree = entry(&value, "merkle").is_some();
        let stands = |(purpose, _): &(&[u8], &[u8])| match *purpose {
            b"manifest" | b"original" | b"update" => true,
            b"merkle" => by_tree,
            _ => false,
        };
        // Whatever else calls itself a box of C2PA would be left out too (A.5.6).
        if !media::provenance(parts.file, parts.media_type).iter().all(stands) {
            findings.push(Finding::new(
                mismatch,
                "a box that no hash covers holds neither a manifest store nor a part of a hash",
            ));
        }
        if by_tree {
            let alg = binding.and_then(Manifest::alg);
            findings.extend(merkle::check(&value, alg, parts).err());
        }
    }
    for exclusion in array(entry(&value, "exclusions")).iter().filter(|_| mismatch == "assertion.bmffHash.mismatch") {
        let path = entry(exclusion, "xpath").and_then(Value::as_str).unwrap_or_default();
        // Of an mdat that is hashed by a tree, all but its beginning is left out here.
        let by_tree = path == "/mdat" && entry(&value, "merkle").is_some();
        if !FREE_BOXES.contains(&path) && !by_tree {
            findings.push(Finding::new(mismatch, format!("it leaves out {path}, which is part of the picture")));
        }
    }
}

/// The file, and what is known of its parts.
pub(super) struct Parts<'a> {
    pub(super) store: &'a [u8],
    pub(super) file: &'a [u8],
    pub(super) media_type: MediaType,
    pub(super) places: Places,
    pub(super) embedded: bool,
}

/// The exclusions of a data hash (15.12.1.1).
fn exclusions(binding: &Value, parts: &Parts<'_>, updated: bool) -> Result<(), Finding> {
    let malformed = |words: &str| Finding::new("assertion.dataHash.malformed", words);
    let mut ranges: Vec<Range<u64>> = Vec::new();
    for exclusion in array(entry(binding, "exclusions")) {
        let number = |name: &str| match entry(exclusion, name) {
            Some(Value::Integer(number)) => u64::try_from(*number).ok(),
            _ => None,
        };
        let (Some(start), Some(length)) = (number("start"), number("length")) else {
            return Err(malformed("a range that it leaves out begins or ends nowhere"));
        };
        let end = start.checked_add(length).ok_or_else(|| malformed("a range that it leaves out has no end"))?;
        if ranges.last().is_some_and(|before| before.end > start) {
            return Err(malformed("the ranges that it leaves out overlap, or are not in order"));
        }
        ranges.push(start..end);
    }
    ranges.retain(|range| !range.is_empty());
    let mismatch = |words: &str| Finding::new("assertion.dataHash.mismatch", words);
    let store = parts.store_range();
    // With an update, the store is longer than it was when this was written, and what follows has moved by as much.
    let mut moved = 0_u64;
    for range in ranges {
        let is_store = |store: &Range<usize>| within(&range, store) || (updated && range.start == store.start as u64);
        if let Some(store) = store.as_ref().filter(|store| is_store(store)) {
            if updated && range.start == store.start as u64 {
                moved = (store.len() as u64).saturating_sub(range.end.saturating_sub(range.start));
            }
            continue;
        }
        let range = range.start.saturating_add(moved)..range.end.saturating_add(moved);
        if range.end > parts.file.len() as u64 {
            return Err(mismatch("it leaves out more than the file has"));
        }
        if !parts.is_metadata(&range) && !parts.is_count(&range) {
            return Err(mismatch("it leaves out bytes that are neither the manifest store nor metadata"));
        }
    }
    Ok(())
}

fn within(range: &Range<u64>, place: &Range<usize>) -> bool {
    range.start >= place.start as u64 && range.end <= place.end as u64
}

impl Parts<'_> {
    /// Where the store stands in the file.
    fn store_range(&self) -> Option<Range<usize>> {
        if let Some(found) = self.places.store() {
            return Some(found);
        }
        match self.media_type {
            _ if !self.embedded => None,
            MediaType::Jpeg | MediaType::Png | MediaType::Webp | MediaType::Gif => None,
            MediaType::Svg => self.as_text(),
            _ => {
                let start = memchr::memmem::find(self.file, self.store)?;
                Some(start..start.saturating_add(self.store.len()))
            }
        }
    }

    /// Where it stands as base64: so many characters, and nothing else.
    fn as_text(&self) -> Option<Range<usize>> {
        use base64::Engine as _;
        let text = base64::engine::general_purpose::STANDARD.encode(self.store);
        let start = memchr::memmem::find(self.file, text.as_bytes())?;
        Some(start..start.saturating_add(text.len()))
    }

    /// Whether a range is the count of the tag under which a TIFF has its store: it says how long that is, and nothing else.
    fn is_count(&self, range: &Range<u64>) -> bool {
        if !matches!(self.media_type, MediaType::Tiff | MediaType::Dng) {
            return false;
        }
        let number = usize::try_from(range.start).ok().zip(usize::try_from(range.end).ok());
        let number = number.and_then(|(start, end)| self.file.get(start..end)).unwrap_or_default();
        let value =
            |bytes: &mut dyn Iterator<Item = &u8>| bytes.fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
        let is_little = self.file.starts_with(b"II");
        let count = if is_little { value(&mut number.iter().rev()) } else { value(&mut number.iter()) };
        [4, 8].contains(&number.len()) && count == self.store.len() as u64
    }

    /// Whether a range lies in metadata: in one part of it, or in some that stand one behind the other.
    fn is_metadata(&self, range: &Range<u64>) -> bool {
        let mut at = range.start;
        for place in &self.places.metadata {
            if (place.start as u64..place.end as u64).contains(&at) {
                at = place.end as u64;
            }
            if at >= range.end {
                return true;
            }
        }
        false
    }
}
