//! What the tools that made an image wrote into it about the making.
//!
//! Known are the text of AUTOMATIC1111 and its kin ("infotext": PNG text `parameters`, Exif `UserComment` of JPEG and
//! WebP) and the graph of `ComfyUI` (PNG texts `prompt` and `workflow`, Exif make and model of WebP). These texts are the
//! word of whoever wrote the file, and prompts are confidential: `Debug` shows only how long they are.

mod automatic1111;
mod comfyui;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use super::tiff::{self, Tiff};
use super::{Error, MediaType, jpeg, png, text, webp};

/// The tool, by the form of what it wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Tool {
    /// AUTOMATIC1111's web UI, and others that write its form.
    Automatic1111,
    /// `ComfyUI`.
    ComfyUi,
}

/// One generation as its tool wrote it down. Numbers stay the text that they were, so that no digit of a seed is lost.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Generation {
    /// Who wrote it.
    pub tool: Tool,
    /// What was asked for. Of several text encoders, each text once, on lines of their own.
    pub prompt: Option<String>,
    /// What was asked to be left out.
    pub negative_prompt: Option<String>,
    /// The model's name or file name.
    pub model: Option<String>,
    /// The model's hash as the tool wrote it: for AUTOMATIC1111 the first ten hexadecimal digits of its SHA-256.
    pub model_hash: Option<String>,
    /// The seed of the first noise.
    pub seed: Option<String>,
    /// Sampling steps.
    pub steps: Option<String>,
    /// Classifier-free guidance scale.
    pub cfg_scale: Option<String>,
    /// The sampler's name.
    pub sampler: Option<String>,
    /// Pixels from left to right as asked for; the file may have others after upscaling.
    pub width: Option<u32>,
    /// Pixels from top to bottom as asked for.
    pub height: Option<u32>,
    /// Everything else by its own name, at most 1,000 entries.
    pub others: BTreeMap<String, String>,
}

impl Generation {
    fn of(tool: Tool) -> Self {
        Self {
            tool,
            prompt: None,
            negative_prompt: None,
            model: None,
            model_hash: None,
            seed: None,
            steps: None,
            cfg_scale: None,
            sampler: None,
            width: None,
            height: None,
            others: BTreeMap::new(),
        }
    }

    fn note(&mut self, name: String, value: String) {
        const MAX_OTHERS: usize = 1000;
        if self.others.len() < MAX_OTHERS {
            self.others.insert(name, value);
        }
    }
}

impl fmt::Debug for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hidden = |text: &Option<String>| text.as_ref().map(|text| format!("<{} bytes>", text.len()));
        f.debug_struct("Generation")
            .field("tool", &self.tool)
            .field("prompt", &hidden(&self.prompt))
            .field("negative_prompt", &hidden(&self.negative_prompt))
            .field("model", &self.model)
            .field("model_hash", &self.model_hash)
            .field("seed", &self.seed)
            .field("steps", &self.steps)
            .field("cfg_scale", &self.cfg_scale)
            .field("sampler", &self.sampler)
            .field("width", &self.width)
            .field("height", &self.height)
            // Values may hold prompts of a second pass.
            .field("others", &self.others.keys().collect::<Vec<_>>())
            .finish()
    }
}

/// What the tool wrote, if it is one of the known ones: PNG, JPEG and WebP.
///
/// A graph of `ComfyUI` with a sampler in it counts before a `parameters` text beside it. Texts without the form of
/// either tool are `Ok(None)`; an error is a file that is cut off, or a compressed text that cannot be inflated within
/// 16 MiB.
pub fn read(bytes: &[u8], media_type: MediaType) -> Result<Option<Generation>, Error> {
    match media_type {
        MediaType::Png => read_png(bytes),
        MediaType::Jpeg => Ok(jpeg::read_exif(bytes).and_then(from_exif)),
        MediaType::Webp => Ok(webp::read_exif(bytes).and_then(from_exif)),
        _ => Ok(None),
    }
}

fn read_png(bytes: &[u8]) -> Result<Option<Generation>, Error> {
    let (mut parameters, mut graph, mut workflow) = (None, None, None);
    for chunk in png::Chunks::of(bytes) {
        let chunk = chunk?;
        for (name, place) in [("parameters", &mut parameters), ("prompt", &mut graph), ("workflow", &mut workflow)] {
            if place.is_none() {
                *place = text::with_keyword(&chunk, name)?;
            }
        }
    }
    Ok(graph
        .and_then(|graph| comfyui::graph(&graph))
        .or_else(|| parameters.and_then(|parameters| automatic1111::infotext(&parameters)))
        .or_else(|| workflow.and_then(|workflow| comfyui::workflow(&workflow))))
}

fn from_exif(exif: &[u8]) -> Option<Generation> {
    let tiff = Tiff::new(exif)?;
    let camera = |prefix: &str| {
        let texts = tiff::CAMERA_TAGS.iter().filter_map(|&tag| std::str::from_utf8(tiff.text(tag)?).ok());
        texts.map(|text| text.trim_end_matches('\0')).find_map(|text| text.strip_prefix(prefix))
    };
    let comment = || {
        let (comment, little) = tiff.user_comment()?;
        automatic1111::infotext(&user_comment(comment, little)?)
    };
    camera("prompt:")
        .and_then(comfyui::graph)
        .or_else(comment)
        .or_else(|| camera("workflow:").and_then(comfyui::workflow))
}

/// The text of an Exif `UserComment` (Exif 2.32, section 4.6.5).
fn user_comment(comment: &[u8], little: bool) -> Option<Cow<'_, str>> {
    let (code, text) = comment.split_first_chunk::<8>()?;
    match code {
        b"UNICODE\0" => Some(Cow::Owned(utf16(text, little))),
        b"ASCII\0\0\0" | b"\0\0\0\0\0\0\0\0" => std::str::from_utf8(text).ok().map(Cow::Borrowed),
        _ => None,
    }
}

/// The order should be that of the Exif, but `piexif` always writes big-endian: the one that gives more ASCII is right.
fn utf16(text: &[u8], little: bool) -> String {
    let zeros = |odd: usize| text.iter().skip(odd).step_by(2).filter(|&&byte| byte == 0).count();
    let little = match zeros(1).cmp(&zeros(0)) {
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => little,
    };
    let (pairs, _) = text.as_chunks::<2>();
    let units = pairs.iter().map(|&pair| if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) });
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

#[cfg(test)]
mod tests;
