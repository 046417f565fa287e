//! The graph of `ComfyUI`: a JSON object of nodes, in which a node's input is a value or a link `["node", output]`.

#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod graph;

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Generation, Tool};
use graph::Graph;

/// Inputs that lead from a sampler to the nodes that share its work.
const SAMPLING: [&str; 4] = ["noise", "guider", "sampler", "sigmas"];

/// The generation that an API graph describes; `None` when it is no graph, or has no sampler.
pub(super) fn graph(json: &str) -> Option<Generation> {
    let json = without_nan(json);
    let graph = Graph::parse(&json)?;
    let sampler = graph.sampler()?;
    let mut found = Generation::of(Tool::ComfyUi);
    let sampling = graph.walk(sampler, |name| SAMPLING.contains(&name));
    let setting = |names: &[&str]| sampling.iter().find_map(|id| graph.input(id, names));
    found.seed = setting(&["seed", "noise_seed"]);
    found.steps = setting(&["steps"]);
    found.cfg_scale = setting(&["cfg"]);
    found.sampler = setting(&["sampler_name"]);
    found.prompt = graph.prompt(&sampling, "positive");
    found.negative_prompt = graph.prompt(&sampling, "negative");
    let models = graph.walk(sampler, |name| SAMPLING.contains(&name) || name == "model");
    found.model = models.iter().find_map(|id| graph.input(id, &["ckpt_name", "unet_name", "model_name"]));
    let latents = graph.walk(sampler, |name| matches!(name, "latent_image" | "samples" | "latent"));
    let side = |name| latents.iter().find_map(|id| graph.input(id, &[name])?.parse().ok());
    (found.width, found.height) = (side("width"), side("height"));
    for name in ["scheduler", "denoise"] {
        if let Some(value) = setting(&[name]) {
            found.note(name.to_owned(), value);
        }
    }
    let loras: Vec<_> = models.iter().filter_map(|id| graph.input(id, &["lora_name"])).collect();
    if !loras.is_empty() {
        found.note("lora_name".to_owned(), loras.join(", "));
    }
    Some(found)
}

/// A workflow of the editor names no values: it says only which tool it was.
pub(super) fn workflow(json: &str) -> Option<Generation> {
    #[derive(Deserialize)]
    struct Workflow<'a> {
        #[serde(borrow)]
        nodes: Vec<&'a RawValue>,
    }
    let json = without_nan(json);
    let workflow: Workflow<'_> = serde_json::from_str(&json).ok()?;
    let mut found = Generation::of(Tool::ComfyUi);
    found.note("workflow nodes".to_owned(), workflow.nodes.len().to_string());
    Some(found)
}

/// Python writes `NaN` and `Infinity`, which JSON has not: outside of strings they become `null`.
fn without_nan(json: &str) -> Cow<'_, str> {
    const WORDS: [&str; 3] = ["NaN", "-Infinity", "Infinity"];
    if !WORDS.iter().any(|word| json.contains(word)) {
        return Cow::Borrowed(json);
    }
    let mut clean = String::with_capacity(json.len());
    let mut rest = json;
    let mut in_string = false;
    while let Some(c) = rest.chars().next() {
        let word = WORDS.iter().find(|word| !in_string && rest.starts_with(*word));
        let taken = match (word, in_string, c) {
            (Some(word), _, _) => word.len(),
            (None, true, '\\') => rest.chars().take(2).map(char::len_utf8).sum(),
            _ => c.len_utf8(),
        };
        let (part, behind) = rest.split_at(taken);
        clean.push_str(if word.is_some() { "null" } else { part });
        in_string ^= c == '"';
        rest = behind;
    }
    Cow::Owned(clean)
}
