//! An event as a user writes it: one flat JSON object. Its fields go three ways: into the public body, into the private part, or
//! (prompts and references) into commitments, in which form alone they are ever written.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::form::{has_lists, one_line, refuse_lists, refuse_unknown, refused, shape};
use super::private::{self, Actor};
use super::record::{self, Body};
use super::terms::{System, Trace};
use super::{Error, Kind, json};

/// A checked event that is not in a log yet.
#[derive(Clone)]
pub struct Event {
    /// Given, or set when it is recorded.
    pub id: Option<Uuid>,
    /// When it happened; where it is not given, when it is recorded.
    pub time: Option<Timestamp>,
    /// Its place in the call tree.
    pub trace: Trace,
    /// The software that reports it.
    pub system: System,
    /// The actor's role: public.
    pub role: Option<String>,
    /// What it says in public.
    pub body: Body,
    /// What stands in the private part.
    pub private: Map<String, Value>,
    /// What is only ever committed to.
    pub(super) secrets: BTreeMap<String, String>,
}

/// What is private stays out of debug output.
impl std::fmt::Debug for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Event").field("kind", &self.body.kind()).field("id", &self.id).finish_non_exhaustive()
    }
}

impl Event {
    /// Reads and checks an event.
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        Self::parse_by(text, None)
    }

    /// Reads and checks an event; one that names no actor is by `person`.
    pub fn parse_by(text: &[u8], person: Option<&Actor>) -> Result<Self, Error> {
        let event = Self::from_map(json::parse_object(text)?, person)?;
        // Without escapes, the texts of the body stand in it letter by letter.
        if record::is_plain(text) {
            event.check_with(true)?;
        } else {
            event.check()?;
        }
        Ok(event)
    }

    /// An event that the program itself makes: no JSON, the same checks.
    pub fn new(body: Body, system: System, actor: Option<&Actor>) -> Result<Self, Error> {
        let mut event = Self {
            id: None,
            time: None,
            trace: Trace { root: None, parent: None },
            system,
            role: None,
            body,
            private: Map::new(),
            secrets: BTreeMap::new(),
        };
        if let Some(actor) = actor {
            event.set_actor(actor)?;
        }
        Ok(event)
    }

    /// Names who acted.
    pub fn set_actor(&mut self, actor: &Actor) -> Result<(), Error> {
        self.role.clone_from(&actor.role);
        let value = serde_json::to_value(actor).map_err(|error| Error::Json { problem: error.to_string() })?;
        self.private.insert("actor".to_owned(), value);
        Ok(())
    }

    /// Adds a text that is only ever committed to (`prompt`, `negative_prompt`, …).
    pub fn set_secret(&mut self, field: &str, text: impl Into<String>) {
        self.secrets.insert(field.to_owned(), text.into());
    }

    /// The same request seen one step earlier: the `GEN_ATTEMPT` for a GEN that came without one.
    pub fn attempt(&self) -> Option<Self> {
        let Body::Gen(made) = &self.body else { return None };
        let body = Body::GenAttempt(super::body::GenAttempt {
            model: made.model.clone(),
            commitments: BTreeMap::new(),
            input: None,
            policy: None,
        });
        let mut private = self.private.clone();
        private.remove("usage");
        Some(Self { id: None, body, private, ..self.clone() })
    }

    /// Checks what a record needs to be defensible. Called once more when it is recorded.
    pub fn check(&self) -> Result<(), Error> {
        let mut canonical = Vec::new();
        self.body.append_to(&mut canonical)?;
        self.check_with(record::is_plain(&canonical))
    }

    /// The same where JSON is at hand in which all texts of the body stand: whether that [is plain](record::is_plain).
    pub(super) fn check_with(&self, is_plain: bool) -> Result<(), Error> {
        let kind = self.body.kind();
        let missing = |field, why| Err(Error::Missing { kind, field, why });
        if let Some(id) = self.id
            && (id.get_version_num() != 7 || id.get_variant() != uuid::Variant::RFC4122)
        {
            let problem = format!("{id} is not a UUID of version 7: leave id out and one is made");
            return Err(refused(kind, "id", problem));
        }
        let actor = self.private.get("actor").map(|value| shape::<Actor>(kind, "actor", value)).transpose()?;
        if kind.needs_a_person() || self.body.has_override() {
            match &actor {
                None => {
                    return missing(
                        "actor",
                        "the authenticated person who answers for it, {\"subject\": …, \"auth\": …}",
                    );
                }
                Some(actor) => actor.answers_for(kind)?,
            }
        }
        if self.body.has_override() && !self.private.contains_key("reason") {
            return missing("reason", "an override without a reason cannot be defended");
        }
        if matches!(kind, Kind::Gen | Kind::GenAttempt) {
            if self.secrets.is_empty() {
                return missing(
                    "prompt",
                    "the input is committed to: prompt, negative_prompt, system_prompt, style or references",
                );
            }
            if !self.private.contains_key("parameters") {
                return missing("parameters", "what was asked of the model (an empty object if nothing was)");
            }
        }
        one_line(kind, "system.name", &self.system.name)?;
        one_line(kind, "system.version", &self.system.version)?;
        private::check_texts(kind, &self.private)?;
        self.body.check(is_plain)
    }

    /// Reads an event. It is not checked as a whole yet.
    fn from_map(mut map: Map<String, Value>, person: Option<&Actor>) -> Result<Self, Error> {
        let kind: Kind = match map.remove("type") {
            Some(Value::String(name)) => name.parse()?,
            Some(other) => return Err(Error::UnknownType { found: other.to_string().chars().take(80).collect() }),
            None => return Err(Error::NoType),
        };
        refuse_unknown(kind, &map)?;
        let id = take(kind, &mut map, "id")?;
        let time = take::<Time>(kind, &mut map, "time")?.map(|time| time.0);
        let trace = take(kind, &mut map, "trace")?.unwrap_or(Trace { root: None, parent: None });
        let Some(system) = take(kind, &mut map, "system")? else {
            return Err(Error::Missing {
                kind,
                field: "system",
                why: "the software that reports it, {\"name\": …, \"version\": …}",
            });
        };
        let private = take_private(kind, &mut map)?;
        let secrets = take_secrets(kind, &mut map)?;
        let role = private.get("actor").and_then(|actor| actor.get("role")).and_then(Value::as_str).map(str::to_owned);
        let given = Value::Object(map);
        let body = Body::from_value(kind, &given)?;
        if has_lists(&given) {
            refuse_lists(kind, "", &given, &body.to_value()?)?;
        }
        let mut event = Self { id, time, trace, system, role, body, private, secrets };
        if let Some(person) = person
            && !event.private.contains_key("actor")
        {
            event.set_actor(person)?;
        }
        Ok(event)
    }
}

#[derive(serde::Deserialize)]
struct Time(#[serde(with = "super::time")] Timestamp);

fn take<T: serde::de::DeserializeOwned>(
    kind: Kind,
    map: &mut Map<String, Value>,
    name: &str,
) -> Result<Option<T>, Error> {
    map.remove(name).map(|value| shape(kind, name, &value)).transpose()
}

fn take_private(kind: Kind, map: &mut Map<String, Value>) -> Result<Map<String, Value>, Error> {
    let mut fields = Map::new();
    for name in private::COMMON.iter().chain(kind.private_fields()) {
        if let Some((name, value)) = map.remove_entry(*name) {
            private::check(kind, &name, &value)?;
            fields.insert(name, value);
        }
    }
    Ok(fields)
}

/// References are committed to as their list, one hash a line; texts as they are.
fn take_secrets(kind: Kind, map: &mut Map<String, Value>) -> Result<BTreeMap<String, String>, Error> {
    let mut secrets = BTreeMap::new();
    for name in kind.secret_fields() {
        let text = match map.remove(*name) {
            None => continue,
            Some(value) if *name == "references" => {
                let hashes = shape::<Vec<crate::hash::Hash>>(kind, name, &value)?;
                if hashes.is_empty() {
                    return Err(refused(
                        kind,
                        name,
                        "is empty: name what the request referred to, or leave it out".to_owned(),
                    ));
                }
                hashes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
            }
            Some(Value::String(text)) => text,
            Some(_) => return Err(refused(kind, name, "expected a text".to_owned())),
        };
        secrets.insert((*name).to_owned(), text);
    }
    Ok(secrets)
}
