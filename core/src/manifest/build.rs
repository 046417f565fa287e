//! From facts to the C2PA library's builder.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::Arc;

use c2pa::validation_results::StatusCodes;
use c2pa::validation_status::ValidationStatus;
use c2pa::{Builder, Context, Ingredient};
use serde::Serialize;
use serde_json::{Value, json};

use crate::media::MediaType;

use super::Error;
use super::facts::{Agent, Facts, TRAINED_ALGORITHMIC_MEDIA};

const PARENT: &str = "parent";

/// A builder for a claim about a new image (`c2pa.created`) or about one that carries a manifest already (`c2pa.opened`), and what does not
/// hold in the manifest that it carries, as the standard's codes.
pub(super) fn builder(
    context: &Arc<Context>,
    facts: &Facts,
    media_type: MediaType,
    parent: Option<&[u8]>,
) -> Result<(Builder, Vec<String>), Error> {
    let definition = json!({
        "claim_version": 2,
        "label": format!("urn:c2pa:{}", facts.manifest),
        "instance_id": format!("xmp:iid:{}", facts.manifest),
        "title": facts.title,
        "format": media_type.mime(),
        "claim_generator_info": [{
            "name": facts.generator.name, "version": facts.generator.version, "specVersion": "2.4.0",
        }],
    });
    let mut builder =
        Builder::from_shared_context(context).with_definition(definition).map_err(Error::c2pa("define"))?;
    let mut upstream = Vec::new();
    if let Some(image) = parent {
        let ingredient = json!({"relationship": "parentOf", "label": PARENT, "format": media_type.mime()}).to_string();
        let kept = builder
            .add_ingredient_from_stream(ingredient, media_type.mime(), &mut Cursor::new(image))
            .map_err(Error::c2pa("keep the image's own manifest as an ingredient of"))?;
        upstream = failures(kept);
    }
    // The actions come first: the standard reads the inception from the first actions assertion.
    created(&mut builder, "c2pa.actions.v2", &actions(facts, parent.is_some()))?;
    created(&mut builder, "c2pa.ai-disclosure", &Disclosure::of(facts))?;
    for binding in &facts.soft_bindings {
        let whole_image = Block { scope: BTreeMap::new(), value: serde_bytes::Bytes::new(&binding.value) };
        let assertion = SoftBinding { alg: &binding.alg, blocks: [whole_image], pad: serde_bytes::Bytes::new(&[]) };
        created(&mut builder, "c2pa.soft-binding", &assertion)?;
    }
    for assertion in &facts.assertions {
        created(&mut builder, &assertion.label, &assertion.value)?;
    }
    Ok((builder, upstream))
}

/// What does not hold in an ingredient's manifest. Whom to trust is for the reader to say, so that is no failure here.
fn failures(ingredient: &Ingredient) -> Vec<String> {
    let active = ingredient.validation_results().and_then(|results| results.active_manifest());
    let codes = active.into_iter().flat_map(StatusCodes::failure).map(ValidationStatus::code);
    codes.filter(|code| *code != "signingCredential.untrusted").map(str::to_owned).collect()
}

/// Adds an assertion that is attributed to the signer.
fn created<T: Serialize>(builder: &mut Builder, label: &str, value: &T) -> Result<(), Error> {
    builder.add_assertion(label, value).map_err(Error::c2pa("add an assertion to"))?;
    if let Some(last) = builder.definition.assertions.last_mut() {
        last.created = true;
    }
    Ok(())
}

fn actions(facts: &Facts, opened: bool) -> Value {
    let agent = |agent: &Agent| json!({"name": agent.name, "version": agent.version});
    let when = crate::event::time::to_text(facts.when);
    let made = if opened {
        // An upstream credential says who made the image; what we can state is that we opened it.
        json!([{"action": "c2pa.opened", "when": when, "softwareAgent": agent(&facts.generator), "parameters": {"ingredientIds": [PARENT]}}])
    } else {
        json!([{
            "action": "c2pa.created", "when": when, "softwareAgent": agent(&facts.agent), "digitalSourceType": TRAINED_ALGORITHMIC_MEDIA,
        }])
    };
    json!({"actions": made, "allActionsIncluded": true})
}

/// `c2pa.ai-disclosure` (spec 2.4, 18.28).
#[derive(Serialize)]
struct Disclosure<'a> {
    #[serde(rename = "modelType")]
    kind: &'static str,
    #[serde(rename = "modelName")]
    name: &'a str,
    #[serde(rename = "modelIdentifier", skip_serializing_if = "Option::is_none")]
    identifier: Option<&'a str>,
}

impl<'a> Disclosure<'a> {
    fn of(facts: &'a Facts) -> Self {
        Self { kind: "c2pa.types.model", name: &facts.model.name, identifier: facts.model.identifier.as_deref() }
    }
}

/// `c2pa.soft-binding` as in the 2.4 CDDL, where values are byte strings (the library's own type writes text).
#[derive(Serialize)]
struct SoftBinding<'a> {
    alg: &'a str,
    blocks: [Block<'a>; 1],
    pad: &'a serde_bytes::Bytes,
}

#[derive(Serialize)]
struct Block<'a> {
    scope: BTreeMap<String, String>,
    value: &'a serde_bytes::Bytes,
}
