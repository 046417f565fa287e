//! Walks over a `ComfyUI` graph. Graphs come from anyone and may be cyclic, deep or wide: every walk is a queue that
//! visits each node once, and all walks over one graph share a bounded number of steps.

#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::Deserialize;
use serde_json::value::RawValue;

/// Inputs that are looked at in one graph, over all walks. Graphs that people draw need some thousands.
const MAX_STEPS: u32 = 1_000_000;

/// What text encoders call their texts.
const TEXTS: [&str; 9] = ["text", "text_g", "text_l", "clip_l", "clip_g", "t5xxl", "prompt", "string", "value"];
/// What nodes that hold a single value call it.
const VALUES: [&str; 8] = ["value", "string", "text", "int", "float", "number", "Value", "Text"];
/// Inputs that lead from a sampler to the picture that it begins with.
const LATENTS: [&str; 5] = ["latent_image", "samples", "latent", "image", "pixels"];

/// The nodes by their id.
pub(super) struct Graph<'a> {
    nodes: BTreeMap<String, Node<'a>>,
    /// Steps that are left.
    steps: Cell<u32>,
}

#[derive(Deserialize)]
struct Node<'a> {
    class_type: String,
    #[serde(borrow, default)]
    inputs: BTreeMap<String, &'a RawValue>,
}

impl<'a> Graph<'a> {
    /// The graph in a JSON object of nodes. What is no node is passed over.
    pub(super) fn parse(json: &'a str) -> Option<Self> {
        let raw: BTreeMap<String, &'a RawValue> = serde_json::from_str(json).ok()?;
        let node = |(id, json): (String, &'a RawValue)| Some((id, serde_json::from_str(json.get()).ok()?));
        let nodes = raw.into_iter().filter_map(node).collect();
        Some(Self { nodes, steps: Cell::new(MAX_STEPS) })
    }

    /// The sampler that began the image: of several, the one with no other behind its latent, by lowest id.
    pub(super) fn sampler(&self) -> Option<&str> {
        let is_sampler = |node: &Node<'_>| {
            let has = |name: &str| node.inputs.contains_key(name);
            let named = node.class_type.contains("Sampler");
            (named && (has("latent_image") || has("positive") || has("guider")))
                || (has("positive") && has("negative") && (has("seed") || has("noise_seed")))
        };
        let samplers = self.nodes.iter().filter(|(_, node)| is_sampler(node));
        let mut samplers: Vec<&str> = samplers.map(|(id, _)| id.as_str()).collect();
        samplers.sort_by_key(|id| (id.parse::<u64>().unwrap_or(u64::MAX), *id));
        let all: BTreeSet<&str> = samplers.iter().copied().collect();
        let first = |id: &&&str| {
            let behind = self.walk(id, |name| LATENTS.contains(&name));
            !behind.iter().skip(1).any(|other| all.contains(other))
        };
        samplers.iter().find(first).or_else(|| samplers.first()).copied()
    }

    /// The node and all that its inputs with an accepted name lead to, nearest first, each once.
    pub(super) fn walk(&self, from: &str, follow: impl Fn(&str) -> bool) -> Vec<&str> {
        self.visit(from, |id| {
            let followed = self.inputs(id).filter(|(name, _)| follow(name));
            followed.filter_map(|(_, input)| self.linked(input)).collect()
        })
    }

    /// The texts that reach the sampling nodes by their `positive` or `negative` input, or by their one `conditioning`.
    pub(super) fn prompt(&self, sampling: &[&str], side: &str) -> Option<String> {
        let mut starts = sampling.iter().filter_map(|id| self.nodes.get(*id)).filter_map(|node| {
            let only = || node.inputs.get("conditioning").filter(|_| side == "positive");
            self.linked(node.inputs.get(side).or_else(only)?)
        });
        let mut texts: Vec<String> = Vec::new();
        let mut seen = BTreeSet::new();
        for id in self.encoders(starts.next()?, side) {
            let found = TEXTS.iter().filter_map(|name| self.input(id, &[name]));
            texts.extend(found.filter(|text| !text.is_empty() && seen.insert(text.clone())));
        }
        (!texts.is_empty()).then(|| texts.join("\n"))
    }

    /// The first of these inputs that has a value, or leads over links to a node that has one.
    pub(super) fn input(&self, id: &str, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| {
            let input = self.nodes.get(id)?.inputs.get(*name).filter(|_| self.step())?;
            literal(input).or_else(|| self.value_behind(self.linked(input)?, name))
        })
    }

    /// The nodes from here on that no conditioning leads into: where texts become conditioning.
    fn encoders(&self, from: &str, side: &str) -> Vec<&str> {
        let mut encoders = Vec::new();
        self.visit(from, |id| {
            // The output of such a node is all zeros, whatever the text in front of it.
            if self.nodes.get(id).is_none_or(|node| node.class_type.contains("ZeroOut")) {
                return Vec::new();
            }
            let leads = |name: &str| name == side || name.starts_with("conditioning");
            let followed = self.inputs(id).filter(|(name, _)| leads(name));
            let further: Vec<_> = followed.filter_map(|(_, input)| self.linked(input)).collect();
            if further.is_empty() {
                encoders.push(id);
            }
            further
        });
        encoders
    }

    /// A value that comes from another node: by the same name there, or by the names of nodes for single values.
    fn value_behind(&self, id: &str, name: &str) -> Option<String> {
        let accepted = |input: &str| input == name || VALUES.contains(&input);
        let mut found = None;
        self.visit(id, |id| {
            if found.is_some() {
                return Vec::new();
            }
            let inputs: Vec<_> = self.inputs(id).filter(|(name, _)| accepted(name)).collect();
            let same = inputs.iter().filter(|(input, _)| *input == name);
            found = same.chain(&inputs).find_map(|(_, input)| literal(input));
            inputs.iter().filter_map(|(_, input)| self.linked(input)).collect()
        });
        found
    }

    /// Visits a node and those that `next` names, breadth first, each once.
    fn visit<'g>(&'g self, from: &str, mut next: impl FnMut(&'g str) -> Vec<&'g str>) -> Vec<&'g str> {
        let mut seen = BTreeSet::new();
        let mut order = Vec::new();
        let mut queue: VecDeque<&str> = self.nodes.get_key_value(from).map(|(id, _)| id.as_str()).into_iter().collect();
        while let Some(id) = queue.pop_front() {
            if seen.insert(id) {
                order.push(id);
                queue.extend(next(id));
            }
        }
        order
    }

    /// The inputs of a node, while there are steps left.
    fn inputs(&self, id: &str) -> impl Iterator<Item = (&str, &'a RawValue)> {
        let inputs = self.nodes.get(id).into_iter().flat_map(|node| &node.inputs);
        inputs.map(|(name, input)| (name.as_str(), *input)).take_while(|_| self.step())
    }

    fn step(&self) -> bool {
        let left = self.steps.get().checked_sub(1);
        self.steps.set(left.unwrap_or(0));
        left.is_some()
    }

    /// The node that an input links to.
    fn linked(&self, input: &RawValue) -> Option<&str> {
        let (id, _): (Cow<'_, str>, u64) = serde_json::from_str(input.get()).ok()?;
        self.nodes.get_key_value(id.as_ref()).map(|(id, _)| id.as_str())
    }
}

/// A text, or a number exactly as it was written.
fn literal(input: &RawValue) -> Option<String> {
    let text = input.get();
    match text.as_bytes().first()? {
        b'"' => serde_json::from_str(text).ok(),
        b'-' | b'0'..=b'9' => Some(text.to_owned()),
        _ => None,
    }
}
