//! Which manifests of a store belong to the active one, and who refers to whom.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::{BTreeMap, BTreeSet};

use serde_cbor::Value;

use crate::manifest::bounds::{Bounds, within};
use crate::manifest::lineage::Member;

use super::manifest::{HashedUri, Manifest, Target, base, entry};
use super::{Finding, Refused};

/// The manifests that the active one leads to.
#[derive(Debug)]
pub(super) struct Graph<'a> {
    /// All of the store, in order.
    all: &'a [Manifest<'a>],
    /// Those that belong to the active one: their places in `all`.
    reached: BTreeSet<usize>,
    active: usize,
    /// Every ingredient assertion in them.
    pub(super) ingredients: Vec<Ingredient<'a>>,
    /// The manifest and the label of all assertions that any of them redacts.
    redacted: BTreeSet<(&'a str, &'a str)>,
    pub(super) depth: usize,
}

/// An ingredient assertion.
#[derive(Debug)]
pub(super) struct Ingredient<'a> {
    /// Who says it: a place in the store.
    pub(super) from: usize,
    pub(super) label: &'a str,
    pub(super) value: Value,
    /// The manifest that it names, and whether it is there.
    pub(super) names: Option<String>,
    pub(super) to: Option<usize>,
}

impl Ingredient<'_> {
    /// `activeManifest`, as earlier versions have it too.
    pub(super) fn manifest(&self) -> Option<HashedUri<'_>> {
        entry(&self.value, "activeManifest").or_else(|| entry(&self.value, "c2pa_manifest")).and_then(HashedUri::of)
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        entry(&self.value, name).and_then(Value::as_str)
    }

    pub(super) fn is_parent(&self) -> bool {
        self.text("relationship") == Some("parentOf")
    }
}

impl<'a> Graph<'a> {
    /// Follows the ingredients of the active manifest. An error where they lead in a circle or have no end in sight.
    pub(super) fn of(all: &'a [Manifest<'a>], bounds: &Bounds) -> Result<Self, Refused> {
        let active = all.len().checked_sub(1).ok_or_else(|| Finding::new("claim.missing", "there is no manifest"))?;
        let places: BTreeMap<&str, usize> = all.iter().enumerate().map(|(place, one)| (one.label, place)).collect();
        let (reached, redacted) = (BTreeSet::from([active]), BTreeSet::new());
        let mut graph = Self { all, reached, active, ingredients: Vec::new(), redacted, depth: 0 };
        // Breadth first: who is reached, and by which assertions.
        let mut next = vec![active];
        let mut named = 0_u64;
        while let Some(from) = next.pop() {
            for ingredient in ingredients(all, from, &places) {
                named = named.saturating_add(u64::from(ingredient.names.is_some()));
                within(named, bounds.ingredients, "ingredients with a manifest", "limits.ingredients")?;
                if let Some(to) = ingredient.to
                    && graph.reached.insert(to)
                {
                    next.push(to);
                }
                graph.ingredients.push(ingredient);
            }
        }
        graph.depth = graph.deepest()?;
        let below = graph.depth.saturating_sub(1) as u64;
        within(below, bounds.ingredient_depth, "ingredients of ingredients", "limits.ingredient_depth")?;
        let redactions = graph.manifests().map(|(_, manifest)| manifest.redacted().count() as u64).sum();
        within(redactions, bounds.redactions, "redactions", "limits.redactions")?;
        let redacted = graph.manifests().flat_map(|(_, manifest)| manifest.redacted()).filter_map(Target::of);
        let redacted = redacted.filter_map(|target| Some((target.manifest?, target.path.1.unwrap_or_default())));
        graph.redacted = redacted.collect();
        Ok(graph)
    }

    /// The longest way from the active manifest down, counted from below: whoever has no ingredients, then whoever has only such, and so on.
    fn deepest(&self) -> Result<usize, Finding> {
        let mut above: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut open: BTreeMap<usize, usize> = self.reached.iter().map(|place| (*place, 0)).collect();
        for (from, to) in self.edges() {
            above.entry(to).or_default().push(from);
            open.entry(from).and_modify(|open| *open = open.saturating_add(1));
        }
        let mut done: Vec<(usize, usize)> =
            open.iter().filter(|(_, open)| **open == 0).map(|(at, _)| (*at, 1)).collect();
        let mut depths: BTreeMap<usize, usize> = done.iter().copied().collect();
        let mut counted = 0_usize;
        while let Some((place, depth)) = done.pop() {
            counted = counted.saturating_add(1);
            for from in above.get(&place).map(Vec::as_slice).unwrap_or_default() {
                let deepest = depths.entry(*from).or_default();
                *deepest = (*deepest).max(depth.saturating_add(1));
                if let Some(left) = open.get_mut(from) {
                    *left = left.saturating_sub(1);
                    if *left == 0 {
                        done.push((*from, *deepest));
                    }
                }
            }
        }
        if counted < self.reached.len() {
            return Err(Finding::new("assertion.ingredient.malformed", "a manifest is an ingredient of itself"));
        }
        Ok(depths.values().copied().max().unwrap_or_default())
    }

    fn edges(&self) -> impl Iterator<Item = (usize, usize)> {
        self.ingredients.iter().filter_map(|one| Some((one.from, one.to?)))
    }

    pub(super) fn manifest(&self, place: usize) -> Option<&'a Manifest<'a>> {
        self.all.get(place)
    }

    /// The manifests that belong to the active one, that one too.
    pub(super) fn manifests(&self) -> impl Iterator<Item = (usize, &'a Manifest<'a>)> {
        self.reached.iter().filter_map(|place| Some((*place, self.manifest(*place)?)))
    }

    /// Whether an assertion of a manifest is redacted.
    pub(super) fn is_redacted(&self, manifest: &str, label: &str) -> bool {
        self.redacted.contains(&(manifest, label))
    }

    /// Whether anything of a manifest is redacted.
    pub(super) fn has_redactions(&self, manifest: &str) -> bool {
        self.redacted.range((manifest, "")..).next().is_some_and(|(of, _)| *of == manifest)
    }

    /// From the active manifest to the one that binds the picture: the first that is no update. `None` where there is none.
    pub(super) fn binding(&self) -> Option<&'a Manifest<'a>> {
        self.chain().pop().filter(|last| !last.is_update)
    }

    /// The active manifest and, as long as these are updates, what they update.
    fn chain(&self) -> Vec<&'a Manifest<'a>> {
        let mut chain = Vec::new();
        let mut place = Some(self.active);
        while let Some((at, manifest)) = place.and_then(|at| Some((at, self.manifest(at)?))) {
            chain.push(manifest);
            let parent = self.ingredients.iter().find(|one| one.from == at && one.is_parent());
            place = parent.filter(|_| manifest.is_update && chain.len() <= self.all.len()).and_then(|one| one.to);
        }
        chain
    }

    /// The same by their names, for whoever reads on.
    pub(super) fn lineage(&self) -> Vec<Member> {
        let member = |manifest: &Manifest<'_>| Member {
            label: manifest.label.to_owned(),
            is_update: manifest.is_update,
            alg_soft: manifest.field("alg_soft").and_then(Value::as_str).map(str::to_owned),
            unpacked: None,
        };
        self.chain().into_iter().map(member).collect()
    }

    pub(super) fn is_active(&self, label: &str) -> bool {
        self.manifest(self.active).is_some_and(|active| active.label == label)
    }

    /// Whose every assertion is looked at: those that speak of this picture, and those from which something was taken out. Others are as they
    /// were when somebody took them in, because their hash says so.
    pub(super) fn judged_whole(&self) -> Vec<&'a Manifest<'a>> {
        let mut judged = self.chain();
        for (_, manifest) in self.manifests() {
            if self.has_redactions(manifest.label) && !judged.iter().any(|one| one.label == manifest.label) {
                judged.push(manifest);
            }
        }
        judged
    }

    /// The manifests below one, that one too.
    pub(super) fn below(&self, place: usize) -> BTreeSet<usize> {
        let mut under: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (from, to) in self.edges() {
            under.entry(from).or_default().push(to);
        }
        let mut found = BTreeSet::from([place]);
        let mut next = vec![place];
        while let Some(at) = next.pop() {
            let new = under.get(&at).into_iter().flatten().filter(|to| found.insert(**to));
            next.extend(new);
        }
        found
    }

    /// The place of a manifest that is in the store, whether it belongs to the active one or not.
    pub(super) fn place(&self, label: &str) -> Option<usize> {
        self.all.iter().position(|manifest| manifest.label == label)
    }

    /// The store without the manifests that nobody refers to: the standard has them ignored (15.11.3.3), and the library lets them have a say.
    /// `None` where there are none.
    pub(super) fn without_strangers(&self, store: &[u8]) -> Option<Vec<u8>> {
        if self.reached.len() == self.all.len() {
            return None;
        }
        let known: Vec<&str> = self.manifests().map(|(_, manifest)| manifest.label).collect();
        crate::manifest::jumbf::only(store, &known).ok()
    }
}

/// The ingredient assertions that a claim names. Such as hold nothing but zeros were redacted.
fn ingredients<'a>(
    all: &'a [Manifest<'a>],
    from: usize,
    places: &BTreeMap<&str, usize>,
) -> impl Iterator<Item = Ingredient<'a>> {
    let boxes = all.get(from).into_iter().flat_map(|manifest| &manifest.assertions);
    let ingredients = boxes.filter(|one| base(one.label).starts_with("c2pa.ingredient"));
    ingredients.filter_map(move |one| {
        let mut ingredient = Ingredient { from, label: one.label, value: one.value()?, names: None, to: None };
        let named = ingredient.manifest().and_then(|uri| Target::of(uri.url)).and_then(|target| target.manifest);
        ingredient.names = named.map(str::to_owned);
        ingredient.to = ingredient.names.as_deref().and_then(|label| places.get(label).copied());
        Some(ingredient)
    })
}
