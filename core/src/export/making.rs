//! How an image was made: from an event, from a record in the log, or from what the generator wrote into the file.

use serde_json::{Map, Value, json};

use crate::event::private::Actor;
use crate::event::terms::{Model, Output, System};
use crate::event::{Body, Event, body};
use crate::hash::Hash;
use crate::media::generator::{self, Generation, Tool};

use super::Error;
use super::known::Prepared;

/// What the caller knows about the making of an image.
#[derive(Debug, Clone)]
pub enum Making {
    /// An event: a GEN, or one that names everything a GEN needs.
    Event(Box<Event>),
    /// A GEN record that stands in the log.
    Record(uuid::Uuid),
    /// Nothing: look into the file.
    File,
}

/// The GEN event for an image: what the caller said of it, completed by what the image itself shows.
pub(super) fn event(making: &Making, image: &Prepared, person: Option<&Actor>) -> Result<Event, Error> {
    let mut event = match making {
        Making::Event(event) => event.as_ref().clone(),
        Making::File | Making::Record(_) => from_file(image, person)?,
    };
    if let Some(actor) = person
        && !event.private.contains_key("actor")
    {
        event.set_actor(actor).map_err(Error::Event)?;
    }
    let Body::Gen(made) = &mut event.body else {
        return Err(Error::NotAGeneration { kind: event.body.kind() });
    };
    if made.outputs.is_empty() {
        let (width, height) = image.dimensions.unzip();
        made.outputs.push(Output {
            hash: image.hash,
            media_type: Some(image.media_type.mime().to_owned()),
            width,
            height,
        });
    } else if !made.outputs.iter().any(|output| output.hash == image.hash) {
        return Err(Error::OtherOutput { hash: image.hash, record: "the event".to_owned() });
    }
    event.check().map_err(Error::Event)?;
    Ok(event)
}

fn from_file(image: &Prepared, person: Option<&Actor>) -> Result<Event, Error> {
    let Some(found) = generator::read(&image.bytes, image.media_type)? else { return Err(Error::ToldNothing) };
    let Some(person) = person else { return Err(Error::NoPerson) };
    let body = Body::Gen(body::Gen {
        attempt: None,
        model: model(&found),
        commitments: body::Commitments::new(),
        outputs: Vec::new(),
        latency_ms: None,
        finish_reason: None,
    });
    let mut event = Event::new(body, system(&found), Some(person)).map_err(Error::Event)?;
    event.set_secret("prompt", found.prompt.clone().unwrap_or_default());
    if let Some(negative) = &found.negative_prompt {
        event.set_secret("negative_prompt", negative.clone());
    }
    event.private.insert("parameters".to_owned(), Value::Object(parameters(&found)));
    Ok(event)
}

/// The file names the model by name and, with AUTOMATIC1111, by the first digits of its hash. The weights are not at hand, so the
/// version hash is that of the text that identifies them.
fn model(found: &Generation) -> Model {
    let name = found.model.clone().unwrap_or_else(|| "unnamed".to_owned());
    let version = found.model_hash.clone().unwrap_or_else(|| "unstated".to_owned());
    let version_hash = Hash::of(format!("{name}\n{version}\n").as_bytes());
    Model { id: name, version, version_hash, provider: None }
}

fn system(found: &Generation) -> System {
    let name = match found.tool {
        Tool::Automatic1111 => "AUTOMATIC1111",
        Tool::ComfyUi => "ComfyUI",
    };
    let version = found.others.get("Version").cloned().unwrap_or_else(|| "unstated".to_owned());
    System { name: name.to_owned(), version, build: None }
}

fn parameters(found: &Generation) -> Map<String, Value> {
    let mut parameters = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            parameters.insert(name.to_owned(), value);
        }
    };
    put("seed", found.seed.as_ref().map(|seed| json!(seed)));
    put("steps", found.steps.as_ref().map(|steps| json!(steps)));
    put("cfg_scale", found.cfg_scale.as_ref().map(|scale| json!(scale)));
    put("sampler", found.sampler.as_ref().map(|sampler| json!(sampler)));
    put("width", found.width.map(|width| json!(width)));
    put("height", found.height.map(|height| json!(height)));
    parameters
}
