//! How much a manifest store may cost whoever reads it: judged by its shape alone, before anything of it is believed or built.
//!
//! A store from a stranger, and each manifest that comes out of compression, is walked once, box by box and item by item, with a stack of our own
//! that has a bound. What is malformed is not judged here, but for boxes: where those end nobody can tell.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod items;

use super::Error;
use super::jumbf::{Met, Walk};

/// Limits for one manifest store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes in it.
    pub bytes: u64,
    /// Manifests in it: the active one and those of its ingredients.
    pub manifests: u64,
    /// JUMBF boxes in it.
    pub boxes: u64,
    /// Superboxes in one another.
    pub depth: u64,
    /// Items in the CBOR of one box: keys, values, arrays, maps and tags.
    pub cbor_items: u64,
    /// Arrays, maps and tags in one another.
    pub cbor_depth: u64,
    /// Bytes that all compressed manifests of a store come to.
    pub decompressed_bytes: u64,
    /// Assertions in one manifest, and references to such in its claim: the library looks each up among all of them.
    pub assertions: u64,
    /// Redactions in a store: the library looks each up from every manifest.
    pub redactions: u64,
    /// Ingredient assertions that name a manifest: each signature is verified.
    pub ingredients: u64,
    /// Ingredients of ingredients.
    pub ingredient_depth: u64,
}

impl Default for Bounds {
    /// Ten times what real files have and more; a store at all these limits is read in seconds.
    fn default() -> Self {
        Self {
            bytes: 64 << 20,
            manifests: 500,
            boxes: 20_000,
            depth: 16,
            cbor_items: 200_000,
            cbor_depth: 32,
            decompressed_bytes: 32 << 20,
            assertions: 1000,
            redactions: 1000,
            ingredients: 1000,
            ingredient_depth: 100,
        }
    }
}

/// What is too much, as the key in `[limits]` that says how much may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the manifest store has more {what} than are looked at: at most {limit} ({key} in touchmark.toml)")]
pub struct TooMuch {
    what: &'static str,
    limit: u64,
    /// `limits.…`
    pub key: &'static str,
}

/// What was met so far of a store.
pub(super) struct Meter<'b> {
    bounds: &'b Bounds,
    boxes: u64,
    manifests: u64,
}

impl<'b> Meter<'b> {
    /// For a store of that length.
    pub(super) fn new(length: usize, bounds: &'b Bounds) -> Result<Self, TooMuch> {
        within(length as u64, bounds.bytes, "bytes", "limits.manifest_bytes")?;
        Ok(Self { bounds, boxes: 0, manifests: 0 })
    }

    /// Walks over a store.
    pub(super) fn store(&mut self, store: &[u8]) -> Result<(), Stop> {
        self.walk(store, 0)
    }

    /// Walks over what a compressed manifest of it holds.
    pub(super) fn unpacked(&mut self, manifest: &[u8]) -> Result<(), Stop> {
        self.walk(manifest, 1)
    }

    fn walk(&mut self, bytes: &[u8], above: usize) -> Result<(), Stop> {
        for met in Walk::over(bytes) {
            let Met { kind, content, level } = met?;
            let level = level.saturating_add(above);
            self.boxes = self.boxes.saturating_add(1);
            within(self.boxes, self.bounds.boxes, "boxes", "limits.manifest_boxes")?;
            match &kind {
                b"jumb" => {
                    // The store itself is the first level, and its manifests the second. What a compressed one holds is that manifest.
                    self.manifests = self.manifests.saturating_add(u64::from(level == 2 && above == 0));
                    within(self.manifests, self.bounds.manifests, "manifests", "limits.manifests")?;
                    within(level as u64, self.bounds.depth, "levels of boxes", "limits.manifest_depth")?;
                }
                b"cbor" => items::judge(content, self.bounds)?,
                _ => {}
            }
        }
        Ok(())
    }
}

/// Why a walk ends before its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum Stop {
    /// Beyond a limit.
    #[error(transparent)]
    TooMuch(#[from] TooMuch),
    /// A box that cannot be read.
    #[error(transparent)]
    Broken(#[from] Error),
}

pub(super) fn within(found: u64, limit: u64, what: &'static str, key: &'static str) -> Result<(), TooMuch> {
    if found > limit { Err(TooMuch { what, limit, key }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::super::jumbf::made::{boxed, jumb as labelled};
    use super::*;

    fn jumb(content: &[u8]) -> Vec<u8> {
        labelled("label", content)
    }

    fn nested(levels: usize) -> Vec<u8> {
        (1..levels).fold(jumb(&[]), |inner, _| jumb(&inner))
    }

    fn with_cbor(cbor: &[u8]) -> Vec<u8> {
        jumb(&jumb(&boxed(*b"cbor", cbor)))
    }

    /// The key of the limit that refuses it.
    fn refused(store: &[u8], bounds: &Bounds) -> Option<&'static str> {
        match Meter::new(store.len(), bounds).map_err(Stop::from).and_then(|mut meter| meter.store(store)) {
            Err(Stop::TooMuch(too_much)) => Some(too_much.key),
            Err(Stop::Broken(_)) | Ok(()) => None,
        }
    }

    const SMALL: Bounds = Bounds {
        bytes: 2000,
        manifests: 3,
        boxes: 20,
        depth: 4,
        cbor_items: 10,
        cbor_depth: 5,
        decompressed_bytes: 0,
        assertions: 0,
        redactions: 0,
        ingredients: 0,
        ingredient_depth: 0,
    };

    #[test]
    fn each_limit_can_be_reached_and_not_passed() {
        let some = |count: usize| jumb(&jumb(&[]).repeat(count));
        let boxes = |count: usize| jumb(&boxed(*b"free", &[]).repeat(count - 2));
        let deep = |levels: usize| with_cbor(&[vec![0x81; levels], vec![0x00]].concat());
        let long = |items: u8| with_cbor(&[vec![0x80 + items - 1], vec![0x00; usize::from(items) - 1]].concat());
        let cases: [(&str, Vec<u8>, Vec<u8>); 6] = [
            ("limits.manifest_bytes", boxed(*b"free", &[0; 1992]), boxed(*b"free", &[0; 1993])),
            ("limits.manifests", some(3), some(4)),
            ("limits.manifest_boxes", boxes(20), boxes(21)),
            ("limits.manifest_depth", nested(4), nested(5)),
            ("limits.cbor_depth", deep(5), deep(6)),
            ("limits.cbor_items", long(10), long(11)),
        ];
        for (key, within, beyond) in cases {
            assert_eq!(refused(&within, &SMALL), None, "{key}: what is allowed");
            assert_eq!(refused(&beyond, &SMALL), Some(key), "{key}: one more");
        }
    }

    #[test]
    fn a_level_that_ends_counts_no_more() {
        let pairs = jumb(&[nested(3), nested(3), nested(3)].concat());
        assert_eq!(refused(&pairs, &SMALL), None);
    }

    #[test]
    fn what_only_promises_much_costs_nothing() {
        for cbor in [
            b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff".as_slice(),
            b"\xbb\x7f\xff\xff\xff\xff\xff\xff\xff\x00",
            b"\x5b\xff\xff\xff\xff\xff\xff\xff\xff",
            b"\x9a\xff\xff\xff\xff\x00\x00",
        ] {
            assert_eq!(refused(&with_cbor(cbor), &SMALL), None, "{cbor:?}: malformed, which the reader says");
        }
    }

    #[test]
    fn a_million_levels_are_refused_without_following_them() {
        let deep = [vec![0x81; 1_000_000], vec![0x00]].concat();
        assert_eq!(refused(&with_cbor(&deep), &Bounds::default()), Some("limits.cbor_depth"));
        let tags = [vec![0xc1; 1_000_000], vec![0x00]].concat();
        assert_eq!(refused(&with_cbor(&tags), &Bounds::default()), Some("limits.cbor_depth"));
        let open = vec![0x9f; 1_000_000];
        assert_eq!(refused(&with_cbor(&open), &Bounds::default()), Some("limits.cbor_depth"));
    }
}
