//! A record's private part: who, for which tenant, in which session, at what cost, with which parameters.
//!
//! It is a map of named fields and one random seed. The seed salts the digest of each field and keys the commitments of the public
//! part, so whoever destroys the private part (or the key it is sealed with) closes those commitments for good.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::hash::Hash;
use crate::privacy::disclosure;
use crate::privacy::seed::Seed;

use super::form::{has_lists, lines, refuse_lists, refused, shape};
use super::{Error, Kind, json};

pub use super::person::{Actor, ActorKind, Person};

/// Private fields that every record type may have.
pub const COMMON: [&str; 4] = ["actor", "network_origin", "session", "tenant"];

/// Fields that no configuration can publish: they would link pictures to one person.
pub const NEVER_PUBLIC: [&str; 3] = ["actor", "network_origin", "session"];

/// The most bytes that a private part may have, as stored: 1 MiB. The longest line of a log follows from it.
pub const MAX_BYTES: usize = 1 << 20;

/// Fields whose texts stand on one line: names, addresses, identifiers.
const ONE_LINE: [&str; 7] =
    ["actor", "destination", "network_origin", "prompt_template", "session", "sources", "tenant"];

/// Fields that say something to a person who asks later.
const PROSE: [&str; 2] = ["description", "reason"];

/// The private part as it is before it is sealed ([`super::sealed`]), and as it stands in a log without a vault. Its Debug form shows the fields' names only.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Private {
    /// Name to value.
    pub fields: Map<String, Value>,
    /// How the part is stored.
    pub form: Form,
    /// Salts the fields' digests and keys the commitments.
    pub seed: Seed,
}

/// How a private part is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// Readable to whoever can read the log's file.
    Plain,
}

/// The bytes of a plain private part with these fields: see [`Private::to_bytes`].
pub(super) fn plain_bytes(fields: &Map<String, Value>, seed: &Seed) -> Result<Vec<u8>, Error> {
    #[derive(Serialize)]
    struct Lent<'a> {
        fields: &'a Map<String, Value>,
        form: Form,
        seed: &'a Seed,
    }
    within_limit(json::canonical(&Lent { fields, form: Form::Plain, seed })?)
}

fn within_limit(bytes: Vec<u8>) -> Result<Vec<u8>, Error> {
    if bytes.len() > MAX_BYTES {
        let remedy = "shorten what stands in it (parameters, diff, message, …)";
        return Err(Error::RecordTooLarge { part: "private", bytes: bytes.len(), limit: MAX_BYTES, remedy });
    }
    Ok(bytes)
}

/// The digest over the salted digests of the single fields.
pub(super) fn fields_hash(fields: &Map<String, Value>, seed: &Seed) -> Result<Hash, Error> {
    disclosure::fields_digest(seed, fields).map_err(|error| Error::Json { problem: error.to_string() })
}

impl Private {
    /// The bytes that stand in the log: canonical JSON, at most [`MAX_BYTES`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        within_limit(json::canonical(self)?)
    }

    /// Reads what [`Self::to_bytes`] wrote. That the bytes are the record's own is for the caller to check, by `private.stored`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        serde_json::from_slice(bytes).map_err(|error| Error::Unreadable { problem: error.to_string() })
    }

    /// The digest over the salted digests of the single fields.
    pub fn fields_hash(&self) -> Result<Hash, Error> {
        fields_hash(&self.fields, &self.seed)
    }
}

impl std::fmt::Debug for Private {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&String> = self.fields.keys().collect();
        f.debug_struct("Private").field("fields", &names).field("form", &self.form).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object, {\"input_tokens\": …, \"cost\": …, \"currency\": …}")]
struct Usage {
    #[serde(rename = "input_tokens")]
    _input: Option<u64>,
    #[serde(rename = "output_tokens")]
    _output: Option<u64>,
    /// A decimal as text: money is not a double.
    cost: Option<String>,
    /// ISO 4217.
    currency: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object, {\"id\": …, \"version\": …}")]
struct Template {
    #[serde(rename = "id")]
    _id: String,
    #[serde(rename = "version")]
    _version: String,
}

/// Checks that a private field has the form its name promises.
pub(super) fn check(kind: Kind, name: &str, value: &Value) -> Result<(), Error> {
    match name {
        "actor" => {
            let actor = shape::<Actor>(kind, name, value)?;
            if has_lists(value) {
                refuse_lists(kind, name, value, &serde_json::to_value(actor).unwrap_or_default())?;
            }
            Ok(())
        }
        "usage" => usage(kind, value),
        "prompt_template" => shape::<Template>(kind, name, value).map(drop),
        "parameters" => shape::<Map<String, Value>>(kind, name, value).map(drop),
        "sources" => shape::<Vec<String>>(kind, name, value).map(drop),
        "diff" => diff(kind, value),
        _ => shape::<String>(kind, name, value).map(drop),
    }
}

/// Checks the texts of all private fields, wherever they come from.
pub(super) fn check_texts(kind: Kind, fields: &Map<String, Value>) -> Result<(), Error> {
    for (name, value) in fields {
        if ONE_LINE.contains(&name.as_str()) {
            lines(kind, name, value)?;
        } else if PROSE.contains(&name.as_str()) && value.as_str().is_some_and(|text| text.trim().is_empty()) {
            return Err(refused(kind, name, "is empty: say it in a sentence".to_owned()));
        }
    }
    Ok(())
}

fn usage(kind: Kind, value: &Value) -> Result<(), Error> {
    let refuse = |path: &str, problem: String| Err(refused(kind, &format!("usage.{path}"), problem));
    if let Some(Value::Number(cost)) = value.get("cost") {
        return refuse("cost", format!("money is written as text, so that it is not rounded: \"{cost}\""));
    }
    let usage = shape::<Usage>(kind, "usage", value)?;
    if let Some(cost) = &usage.cost {
        let (whole, part) = cost.split_once('.').unwrap_or((cost, "0"));
        let digits = |text: &str| !text.is_empty() && text.len() <= 18 && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(part) {
            return refuse("cost", format!("expected a decimal number as text, such as \"0.04\", found {cost:.40?}"));
        }
    }
    match &usage.currency {
        Some(code) if code.len() != 3 || !code.bytes().all(|b| b.is_ascii_uppercase()) => {
            refuse("currency", format!("expected an ISO 4217 code, such as \"EUR\", found {code:.40?}"))
        }
        None if usage.cost.is_some() => refuse("currency", "needed where a cost is given, such as \"EUR\"".to_owned()),
        _ => Ok(()),
    }
}

/// A JSON Patch (RFC 6902): each operation with the members that section 4 asks for.
fn diff(kind: Kind, value: &Value) -> Result<(), Error> {
    let operations = shape::<Vec<Map<String, Value>>>(kind, "diff", value)?;
    for (at, operation) in operations.iter().enumerate() {
        let needs: &[&str] = match operation.get("op").and_then(Value::as_str) {
            Some("add" | "replace" | "test") => &["path", "value"],
            Some("remove") => &["path"],
            Some("move" | "copy") => &["from", "path"],
            _ => {
                let problem = "expected an \"op\" of JSON Patch: add, remove, replace, move, copy or test".to_owned();
                return Err(refused(kind, &format!("diff[{at}]"), problem));
            }
        };
        for name in needs {
            let is_pointer =
                |value: &Value| value.as_str().is_some_and(|text| text.is_empty() || text.starts_with('/'));
            let problem = match operation.get(*name) {
                None => format!("this JSON Patch operation needs \"{name}\""),
                Some(found) if *name != "value" && !is_pointer(found) => {
                    format!("\"{name}\" is a JSON Pointer, such as \"/prompt\"")
                }
                Some(_) => continue,
            };
            return Err(refused(kind, &format!("diff[{at}]"), problem));
        }
    }
    Ok(())
}
