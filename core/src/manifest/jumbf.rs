//! The boxes of a manifest store (ISO 19566-5; C2PA 2.4, 11.1), read without trusting them.
//!
//! ```text
//! jumb "c2pa" ─ jumb "urn:c2pa:…" ─ jumb "c2pa.assertions" ─ jumb "c2pa.hash.data" ─ cbor
//!               (the last manifest is the active one)
//! ```
//! Only these four levels are read, one after the other, and `Walk` goes over all others: depth cannot be driven by the input.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use serde::Deserialize;
use serde_cbor::Value;

use crate::hash::Hash;

use super::{Error, cbor};

/// What binds a manifest to the pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HardBinding {
    /// The assertion's label, such as `c2pa.hash.data`.
    pub label: String,
    /// The SHA-256 in it; where the assertion holds another kind of digest or several, the SHA-256 of its bytes.
    pub hash: Hash,
}

/// A JUMBF superbox.
#[derive(Debug, Clone, Copy)]
pub struct Superbox<'a> {
    /// Its label.
    pub label: &'a str,
    /// The first four letters of its type where the rest is the usual one, otherwise zeros.
    pub(super) kind: [u8; 4],
    /// All but its header: what is hashed (C2PA 2.4, 8.4.2.3).
    pub(super) inside: &'a [u8],
    content: &'a [u8],
}

/// The types of a manifest: standard, compressed, update, and standard as it was once written (C2PA 2.4, 11.2).
const MANIFESTS: [[u8; 4]; 4] = [*b"c2ma", *b"c2cm", *b"c2um", *b"c2md"];
/// What follows the four letters in a type of JUMBF or C2PA.
const TYPE_REST: [u8; 12] = [0x00, 0x11, 0x00, 0x10, 0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71];

/// The superbox alone, without padding behind it: what is hashed as "the manifest store".
pub fn trimmed(store: &[u8]) -> Result<&[u8], Error> {
    let (_, _, rest) = next_box(store)?.ok_or_else(|| bad("it is empty"))?;
    let length = store.len().saturating_sub(rest.len());
    store.get(..length).ok_or_else(|| bad("its length is wrong"))
}

/// The manifests of a store, in order. The last one is the active one. Boxes of other types are passed over, as the standard says.
pub fn manifests(store: &[u8]) -> Result<Vec<Superbox<'_>>, Error> {
    let mut manifests = root(store)?.ok_or_else(|| bad("its first box is not a c2pa superbox"))?.children()?;
    manifests.retain(|manifest| MANIFESTS.contains(&manifest.kind));
    Ok(manifests)
}

/// The last one, which is the active one.
pub(super) fn active(store: &[u8]) -> Option<Superbox<'_>> {
    manifests(store).ok()?.pop()
}

/// The superbox with this inside.
pub(super) fn with_inside(inside: &[u8]) -> Option<Superbox<'_>> {
    superbox(*b"jumb", inside).ok().flatten()
}

/// Whether these bytes begin as a manifest store does.
pub fn is_store(bytes: &[u8]) -> bool {
    matches!(root(bytes), Ok(Some(_)))
}

fn root(store: &[u8]) -> Result<Option<Superbox<'_>>, Error> {
    Ok(one(store)?.filter(|root| root.label == "c2pa" && root.kind == *b"c2pa"))
}

/// A label without the number that tells it from others of its kind.
pub(super) fn base(label: &str) -> &str {
    label.split_once("__").map_or(label, |(base, _)| base)
}

/// The store with these of its manifests alone.
pub(super) fn only(store: &[u8], labels: &[&str]) -> Result<Vec<u8>, Error> {
    let (_, inside, _) = next_box(store)?.ok_or_else(|| bad("it is empty"))?;
    let (_, _, mut rest) = next_box(inside)?.ok_or_else(|| bad("it is empty"))?;
    let head = inside.len().saturating_sub(rest.len());
    let mut kept = inside.get(..head).unwrap_or_default().to_vec();
    while let Some((kind, content, after)) = next_box(rest)? {
        let whole = rest.len().saturating_sub(after.len());
        if superbox(kind, content)?.is_some_and(|manifest| labels.contains(&manifest.label)) {
            kept.extend_from_slice(rest.get(..whole).unwrap_or_default());
        }
        rest = after;
    }
    let length = u32::try_from(kept.len().saturating_add(8)).map_err(|_| bad("it is too long"))?;
    Ok([length.to_be_bytes().as_slice(), b"jumb", &kept].concat())
}

/// The superbox that these bytes begin with.
pub(super) fn one(bytes: &[u8]) -> Result<Option<Superbox<'_>>, Error> {
    let (kind, content, _) = next_box(bytes)?.ok_or_else(|| bad("it is empty"))?;
    superbox(kind, content)
}

/// The active manifest's label and hard binding.
pub fn active_binding(store: &[u8]) -> Result<(String, HardBinding), Error> {
    let active = manifests(store)?.pop().ok_or_else(|| bad("it holds no manifest"))?;
    let binding = assertions(&active)?.into_iter().find(|assertion| assertion.label.starts_with("c2pa.hash."));
    let binding = binding.ok_or_else(|| bad("the active manifest has no hard binding"))?;
    let bytes = binding.cbor()?.ok_or_else(|| bad("the hard binding is not CBOR"))?;
    let hash = digest_in(bytes).unwrap_or_else(|| Hash::of(bytes));
    Ok((active.label.to_owned(), HardBinding { label: binding.label.to_owned(), hash }))
}

/// The CBOR of the active manifest's assertion with this label; `None` where it has none.
pub fn active_assertion<'a>(store: &'a [u8], label: &str) -> Result<Option<&'a [u8]>, Error> {
    let Some(active) = manifests(store)?.pop() else { return Ok(None) };
    match assertions(&active)?.into_iter().find(|assertion| assertion.label == label) {
        Some(found) => found.cbor(),
        None => Ok(None),
    }
}

/// The assertions of a manifest.
pub fn assertions<'a>(manifest: &Superbox<'a>) -> Result<Vec<Superbox<'a>>, Error> {
    match manifest.children()?.into_iter().find(|child| child.label == "c2pa.assertions") {
        Some(store) => store.children(),
        None => Ok(Vec::new()),
    }
}

impl<'a> Superbox<'a> {
    /// All but its header: what is hashed (C2PA 2.4, 8.4.2.3).
    pub fn inside(&self) -> &'a [u8] {
        self.inside
    }

    /// The superboxes directly in this one.
    pub fn children(&self) -> Result<Vec<Self>, Error> {
        let boxes = self.boxes()?.into_iter();
        boxes.filter_map(|(kind, content)| superbox(kind, content).transpose()).collect()
    }

    /// The content of its `cbor` box.
    pub fn cbor(&self) -> Result<Option<&'a [u8]>, Error> {
        Ok(self.boxes()?.into_iter().find(|(kind, _)| kind == b"cbor").map(|(_, content)| content))
    }

    /// What it says, if it is CBOR that can be read.
    pub(super) fn value(&self) -> Option<Value> {
        cbor::value(self.cbor().ok()??).ok()
    }

    /// The boxes directly in it, each with its four letters: as many as `bounds` let pass.
    pub(super) fn boxes(&self) -> Result<Vec<Content<'a>>, Error> {
        let mut boxes = Vec::new();
        let mut rest = self.content;
        while let Some((kind, content, after)) = next_box(rest)? {
            boxes.push((kind, content));
            rest = after;
        }
        Ok(boxes)
    }
}

#[derive(Deserialize)]
struct Digest {
    #[serde(with = "serde_bytes")]
    hash: Vec<u8>,
}

fn digest_in(cbor: &[u8]) -> Option<Hash> {
    let digest: Digest = serde_cbor::from_slice_with_limit(cbor, cbor.len()).ok()?;
    digest.hash.try_into().ok().map(Hash::from_bytes)
}

/// Four letters, and what a box holds.
pub(super) type Content<'a> = ([u8; 4], &'a [u8]);

/// Kind, content and what follows.
type Next<'a> = ([u8; 4], &'a [u8], &'a [u8]);

/// The next box. `None` at the end; zeros at the end are padding.
fn next_box(bytes: &[u8]) -> Result<Option<Next<'_>>, Error> {
    if bytes.iter().take(8).all(|b| *b == 0) {
        return Ok(None);
    }
    let (header, rest) = bytes.split_first_chunk::<8>().ok_or_else(|| bad("a box header is cut off"))?;
    let [a, b, c, d, kind @ ..] = *header;
    let (length, header, body) = match u32::from_be_bytes([a, b, c, d]) {
        0 => (bytes.len() as u64, 8_u64, rest),
        1 => {
            let (long, body) = rest.split_first_chunk::<8>().ok_or_else(|| bad("a box header is cut off"))?;
            (u64::from_be_bytes(*long), 16, body)
        }
        length => (u64::from(length), 8, rest),
    };
    let content = length.checked_sub(header).and_then(|length| usize::try_from(length).ok());
    let (content, rest) = content
        .and_then(|length| body.split_at_checked(length))
        .ok_or_else(|| bad("a box is longer than what holds it"))?;
    Ok(Some((kind, content, rest)))
}

/// Goes over all boxes, however deep they stand, without recursion: those in a superbox behind it, and before those that follow it. A box that
/// cannot be read ends the superbox that it stands in.
pub(super) struct Walk<'a> {
    /// What is still to be walked of each open box.
    open: Vec<&'a [u8]>,
}

/// A box on the way.
pub(super) struct Met<'a> {
    pub(super) kind: [u8; 4],
    pub(super) content: &'a [u8],
    /// 1: the store itself.
    pub(super) level: usize,
}

impl<'a> Walk<'a> {
    pub(super) fn over(bytes: &'a [u8]) -> Self {
        Self { open: vec![bytes] }
    }
}

impl<'a> Iterator for Walk<'a> {
    type Item = Result<Met<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (kind, content, after) = match next_box(self.open.pop()?) {
                Ok(Some(next)) => next,
                Ok(None) => continue,
                Err(error) => return Some(Err(error)),
            };
            // Even where nothing comes after it: so the list is as long as the boxes are deep.
            self.open.push(after);
            let level = self.open.len();
            if kind == *b"jumb" {
                self.open.push(content);
            }
            return Some(Ok(Met { kind, content, level }));
        }
    }
}

fn superbox(kind: [u8; 4], inside: &[u8]) -> Result<Option<Superbox<'_>>, Error> {
    if kind != *b"jumb" {
        return Ok(None);
    }
    let (kind, description, content) = next_box(inside)?.ok_or_else(|| bad("a superbox is empty"))?;
    if kind != *b"jumd" {
        return Err(bad("a superbox does not begin with its description"));
    }
    // UUID (16), toggles (1), label up to NUL.
    let (kind, rest) = description.split_first_chunk::<4>().ok_or_else(|| bad("a box description is cut off"))?;
    let kind = if rest.starts_with(&TYPE_REST) { *kind } else { [0; 4] };
    let label = description.get(17..).unwrap_or_default();
    let end = label.iter().position(|b| *b == 0).ok_or_else(|| bad("a box label does not end"))?;
    let label = label
        .get(..end)
        .and_then(|label| std::str::from_utf8(label).ok())
        .ok_or_else(|| bad("a box label is not text"))?;
    Ok(Some(Superbox { label, kind, inside, content }))
}

fn bad(problem: &str) -> Error {
    Error::Store { problem: problem.to_owned() }
}

/// Boxes, for tests.
#[cfg(test)]
pub(super) mod made {
    use super::TYPE_REST;

    pub(in crate::manifest) fn boxed(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(content.len().saturating_add(8)).expect("small");
        [&length.to_be_bytes(), kind.as_slice(), content].concat()
    }

    pub(in crate::manifest) fn jumb(label: &str, content: &[u8]) -> Vec<u8> {
        let kind = match label {
            "c2pa" => *b"c2pa",
            urn if urn.starts_with("urn:") => *b"c2ma",
            _ => *b"cbor",
        };
        superbox(kind, label, content)
    }

    pub(in crate::manifest) fn superbox(kind: [u8; 4], label: &str, content: &[u8]) -> Vec<u8> {
        let description = [kind.as_slice(), &TYPE_REST, [3].as_slice(), label.as_bytes(), &[0]].concat();
        boxed(*b"jumb", &[boxed(*b"jumd", &description), content.to_vec()].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::made::{boxed, jumb};
    use super::*;

    fn store(hash: &[u8]) -> Vec<u8> {
        let cbor = serde_cbor::to_vec(&std::collections::BTreeMap::from([("hash", serde_bytes::Bytes::new(hash))]))
            .expect("cbor");
        let binding = jumb("c2pa.hash.data", &boxed(*b"cbor", &cbor));
        let own = jumb("org.example.own", &boxed(*b"cbor", b"\xf6"));
        let assertions = jumb("c2pa.assertions", &[binding, own].concat());
        jumb("c2pa", &[jumb("urn:c2pa:old", &[]), jumb("urn:c2pa:new", &assertions)].concat())
    }

    #[test]
    fn the_last_manifest_is_the_active_one() {
        let store = store(&[7; 32]);
        let (id, binding) = active_binding(&store).expect("binding");
        assert_eq!(id, "urn:c2pa:new");
        assert_eq!(binding, HardBinding { label: "c2pa.hash.data".to_owned(), hash: Hash::from_bytes([7; 32]) });
        assert_eq!(active_assertion(&store, "org.example.own").expect("store"), Some(b"\xf6".as_slice()));
        assert_eq!(active_assertion(&store, "org.example.other").expect("store"), None);
    }

    #[test]
    fn a_box_that_is_no_manifest_is_not_the_active_one() {
        let mut store = store(&[7; 32]);
        let stranger =
            boxed(*b"jumb", &boxed(*b"jumd", &[b"c2xx".as_slice(), &TYPE_REST, b"\x03urn:c2pa:last\0"].concat()));
        let length = u32::try_from(store.len() + stranger.len()).expect("small");
        store.extend(stranger);
        store[..4].copy_from_slice(&length.to_be_bytes());
        assert_eq!(active_binding(&store).expect("binding").0, "urn:c2pa:new");
    }

    #[test]
    fn padding_is_not_part_of_the_store() {
        let mut padded = store(&[7; 32]);
        let length = padded.len();
        padded.resize(length + 100, 0);
        assert_eq!(trimmed(&padded).expect("store").len(), length);
        assert_eq!(active_binding(&padded).expect("binding").0, "urn:c2pa:new");
    }

    #[test]
    fn every_truncation_is_refused_and_no_change_panics() {
        let store = store(&[7; 32]);
        for end in 0..store.len() {
            assert!(active_binding(&store[..end]).is_err(), "cut at {end}");
        }
        for at in 0..store.len() {
            for bit in 0..8 {
                let mut changed = store.clone();
                changed[at] ^= 1 << bit;
                drop(active_binding(&changed));
            }
        }
    }
}
