//! What the standard asks of a manifest store and the C2PA library does not look for, or not closely enough.
//!
//! ```text
//! store ──► manifest ──► graph ──► claims, signatures, redactions, ingredients, actions   (bytes of the store alone)
//!   │                      └─────► binding                                                (and where the store stands in the file)
//!   └─ what is dangerous to take apart is refused before the library sees it
//! ```
//! Each check is a few lines beside the standard's sentence. None follows input deeper than a fixed number of steps, none recurses, and
//! none can make a reading better: a [`Finding`] only ever turns it to invalid. docs/verifier.md has the table.

mod actions;
mod binding;
mod claims;
mod graph;
mod identity;
mod ingredients;
mod manifest;
mod merkle;
mod redactions;
mod signature;
mod store;

use crate::manifest::bounds::{Bounds, TooMuch};
use crate::manifest::lineage::Member;
use crate::media::{self, MediaType};

use binding::Parts;
use graph::Graph;
use manifest::Manifest;

/// Something that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    /// The standard's failure code.
    pub(super) code: &'static str,
    /// What it is about.
    pub(super) words: String,
}

impl Finding {
    fn new(code: &'static str, words: impl Into<String>) -> Self {
        Self { code, words: words.into() }
    }
}

/// Why a store is not taken apart.
#[derive(Debug)]
enum Refused {
    /// It is wrong.
    Wrong(Finding),
    /// It is more than is looked at.
    TooMuch(TooMuch),
}

impl From<Finding> for Refused {
    fn from(finding: Finding) -> Self {
        Self::Wrong(finding)
    }
}

impl From<TooMuch> for Refused {
    fn from(too_much: TooMuch) -> Self {
        Self::TooMuch(too_much)
    }
}

/// So many are enough: whoever sends more wants to keep somebody busy.
const MOST_FINDINGS: usize = 32;

/// The manifest of an ingredient, to be held against what its signer's issuer says.
#[derive(Debug)]
pub(super) struct Below {
    pub(super) label: String,
    /// What is in its box, decompressed.
    pub(super) inside: Vec<u8>,
}

/// What the checks found.
#[derive(Debug, Default)]
pub(super) struct Checked {
    /// What does not hold, the most important first.
    pub(super) findings: Vec<Finding>,
    /// Not to be handed to the library: it might not come back.
    pub(super) is_dangerous: bool,
    /// The store without the manifests that nobody refers to, where there are such.
    pub(super) pruned: Option<Vec<u8>>,
    /// How deep ingredients have ingredients.
    pub(super) depth: usize,
    /// The active manifest and those that it updates.
    pub(super) lineage: Vec<Member>,
    /// Compressed ingredients whose hash fits, though the library, which takes another one, says that it does not.
    pub(super) fit: Vec<String>,
    /// Ingredients whose signers may have been revoked.
    pub(super) below: Vec<Below>,
}

/// Looks a store over, as it stands in `file` or, if `embedded` is false, beside it. An error where it is beyond the bounds.
pub(super) fn check(
    store: Option<&[u8]>,
    file: &[u8],
    media_type: MediaType,
    embedded: bool,
    bounds: &Bounds,
) -> Result<Checked, TooMuch> {
    let places = media::places(file, media_type).unwrap_or_default();
    // Parts that are joined in another order than they stand in make another store for each reader, and of two stores none is the one
    // (15.5.2.1).
    if embedded && places.store().is_none() && !places.manifest.is_empty() {
        let words = "the parts of the manifest store are not one, one behind the other and in order";
        return Ok(refused(Finding::new("assertion.dataHash.mismatch", words)));
    }
    if embedded && has_two_stores(file, media_type) {
        let words = "two boxes hold a manifest store, and of two none is the one";
        return Ok(refused(Finding::new("assertion.bmffHash.mismatch", words)));
    }
    let Some(store) = store else { return Ok(Checked::default()) };
    match parts(&Parts { store, file, media_type, places, embedded }, bounds) {
        Ok(checked) => Ok(checked),
        Err(Refused::Wrong(finding)) => Ok(refused(finding)),
        Err(Refused::TooMuch(too_much)) => Err(too_much),
    }
}

/// Whether two boxes of one picture each say that they hold the store (A.5.3).
fn has_two_stores(file: &[u8], media_type: MediaType) -> bool {
    let boxes = media::provenance(file, media_type);
    let of = |wanted: &[&[u8]]| boxes.iter().filter(|(purpose, _)| wanted.contains(purpose)).count();
    of(&[b"manifest", b"original"]) > 1 || of(&[b"update"]) > 1
}

fn parts(file: &Parts<'_>, bounds: &Bounds) -> Result<Checked, Refused> {
    let store = file.store;
    let stored = store::read(store, bounds)?;
    let manifests = stored.iter().map(|one| Manifest::of(one, bounds)).collect::<Result<Vec<_>, _>>()?;
    let graph = Graph::of(&manifests, bounds)?;
    let mut findings = Vec::new();
    for manifest in graph.judged_whole() {
        claims::check(manifest, &graph, &mut findings);
        actions::check(manifest, &graph, &mut findings);
        signature::check(manifest, &mut findings);
    }
    redactions::check(&graph, &mut findings);
    let fit = ingredients::check(&graph, &mut findings);
    binding::check(&graph, file, &mut findings);
    let pruned = graph.without_strangers(store);
    let below = ingredients::stapled(&graph);
    let (depth, mut lineage) = (graph.depth, graph.lineage());
    drop(graph);
    drop(manifests);
    for one in stored {
        if let Some(member) = lineage.iter_mut().find(|member| member.label == one.label) {
            member.unpacked = one.decompressed;
        }
    }
    Ok(Checked { findings, is_dangerous: false, pruned, depth, lineage, fit, below })
}

fn refused(finding: Finding) -> Checked {
    Checked { findings: vec![finding], is_dangerous: true, ..Checked::default() }
}
