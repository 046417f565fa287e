//! The "infotext" of AUTOMATIC1111's web UI: prompt lines, lines from `Negative prompt:` on, and a last line of settings.

#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use serde_json::value::RawValue;

use super::{Generation, Tool};

/// Fewer settings than this make no settings line, as in the tool itself.
const MIN_SETTINGS: usize = 3;
/// More than this is none, so that a hostile line costs little.
const MAX_SETTINGS: usize = 1000;
const MAX_LINE: usize = 64 << 10;
const NEGATIVE: &str = "Negative prompt:";

/// The generation that a `parameters` text describes; `None` when it has no settings line.
pub(super) fn infotext(text: &str) -> Option<Generation> {
    let text = text.trim_matches(['\0', ' ', '\t', '\r', '\n']);
    let (prompts, last) = text.rsplit_once('\n').unwrap_or(("", text));
    let settings = settings(Some(last).filter(|line| line.len() <= MAX_LINE)?);
    if settings.len() < MIN_SETTINGS {
        return None;
    }
    let mut found = Generation::of(Tool::Automatic1111);
    read_prompts(prompts, &mut found);
    for (name, value) in settings {
        apply(&mut found, name, value);
    }
    Some(found)
}

fn read_prompts(prompts: &str, found: &mut Generation) {
    let (mut prompt, mut negative) = (Vec::new(), Vec::new());
    let mut in_negative = false;
    for line in prompts.lines().map(str::trim) {
        let rest = line.strip_prefix(NEGATIVE);
        in_negative |= rest.is_some();
        if in_negative { &mut negative } else { &mut prompt }.push(rest.map_or(line, str::trim));
    }
    let joined = |lines: &[&str]| Some(lines.join("\n")).filter(|text| !text.is_empty());
    found.prompt = joined(&prompt);
    found.negative_prompt = joined(&negative);
}

fn apply(found: &mut Generation, name: &str, value: String) {
    match name {
        "Steps" => found.steps = Some(value),
        "Sampler" => found.sampler = Some(value),
        "CFG scale" => found.cfg_scale = Some(value),
        "Seed" => found.seed = Some(value),
        "Model" => found.model = Some(value),
        "Model hash" => found.model_hash = Some(value),
        "Size" => match value.split_once('x').map(|(width, height)| (width.parse(), height.parse())) {
            Some((Ok(width), Ok(height))) => {
                (found.width, found.height) = (Some(width), Some(height));
            }
            _ => found.note(name.to_owned(), value),
        },
        _ => found.note(name.to_owned(), value),
    }
}

/// The `Key: value` pairs of a line. Values that hold a comma or a colon are JSON strings; some tools write JSON lists.
fn settings(line: &str) -> Vec<(&str, String)> {
    let mut pairs = Vec::new();
    let mut rest = line;
    while let Some((name, after)) = rest.split_once(':').filter(|_| pairs.len() < MAX_SETTINGS) {
        let (value, behind) = value(after.trim_start());
        // What stands in front of a key was no setting: the text of a prompt that runs on.
        let name = name.rsplit_once(',').map_or(name, |(_, name)| name).trim();
        if is_key(name) {
            pairs.push((name, value));
        }
        rest = behind.trim_start().trim_start_matches(',');
    }
    pairs
}

fn is_key(name: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | ' ' | '-' | '/');
    name.chars().count() >= 2 && name.starts_with(|c: char| c.is_alphanumeric() || c == '_') && name.chars().all(word)
}

/// One value, and what stands behind it.
fn value(text: &str) -> (String, &str) {
    if text.starts_with(['"', '[', '{']) {
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
        if let Some(Ok(json)) = values.next() {
            let behind = text.get(values.byte_offset()..).unwrap_or_default();
            if behind.is_empty() || behind.trim_start().starts_with(',') {
                let plain = serde_json::from_str(json.get());
                return (plain.unwrap_or_else(|_| json.get().to_owned()), behind);
            }
        }
    }
    let (value, behind) = text.split_once(',').unwrap_or((text, ""));
    (value.trim().to_owned(), behind)
}
