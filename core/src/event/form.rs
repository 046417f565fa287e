//! The form of events: which fields there are, and a sentence for each value that has not the form its name promises.

use serde::de::value::Error as NoValue;
use serde::de::{DeserializeOwned, Deserializer, Visitor};
use serde_json::{Map, Value};

use super::{Body, Error, Kind, private};

/// The most characters of a problem that a message repeats: its text may come from a hostile event.
const MOST: usize = 480;

/// Serde reads a list as the fields of a struct in their order, which is nobody's documented form.
const LISTED: &str = "expected an object with named fields, found a list";

/// Reads a typed value and says where it is wrong. An empty `name` stands for the event itself.
pub(super) fn shape<T: DeserializeOwned>(kind: Kind, name: &str, value: &Value) -> Result<T, Error> {
    if value.is_array() && !names::<T>().is_empty() {
        return Err(refused(kind, name, LISTED.to_owned()));
    }
    // Nearly all are right: where one is wrong is looked for afterwards.
    if let Ok(read) = T::deserialize(value) {
        return Ok(read);
    }
    serde_path_to_error::deserialize(value).map_err(|error| {
        let inner = error.path().to_string().replace(".[", "[");
        let path = match (name, inner.as_str()) {
            ("", ".") => String::new(),
            ("", inner) => format!("{inner}: "),
            (name, ".") => format!("{name}: "),
            (name, inner) if inner.starts_with('[') => format!("{name}{inner}: "),
            (name, inner) => format!("{name}.{inner}: "),
        };
        Error::Field { kind, path: brief(&path), problem: brief(&explained(&error.inner().to_string())) }
    })
}

/// Refuses a field that events of this type do not have, and names those that they have.
pub(super) fn refuse_unknown(kind: Kind, map: &Map<String, Value>) -> Result<(), Error> {
    let known = known(kind);
    let is_known = |name: &str| known.clone().any(|known| known == name);
    let Some(unknown) = map.keys().find(|name| !is_known(name)) else { return Ok(()) };
    let problem = if unknown == "commitments" && !kind.secret_fields().is_empty() {
        let texts = kind.secret_fields().join(", ");
        format!("commitments are computed here: give the texts themselves ({texts}), they are not stored")
    } else {
        let known: Vec<&str> = known.collect();
        format!("unknown field `{}`: events of type {kind} have {}", brief(unknown), known.join(", "))
    };
    Err(Error::Field { kind, path: String::new(), problem })
}

/// The fields that a user may write in an event of this type.
fn known(kind: Kind) -> impl Iterator<Item = &'static str> + Clone {
    let public = Body::fields(kind).iter().filter(|name| **name != "commitments");
    let other = private::COMMON.iter().chain(public).chain(kind.secret_fields()).chain(kind.private_fields());
    ["type", "id", "time", "trace", "system"].iter().chain(other).copied()
}

/// Whether there is a list in a value.
pub(super) fn has_lists(value: &Value) -> bool {
    match value {
        Value::Array(_) => true,
        Value::Object(members) => members.values().any(has_lists),
        _ => false,
    }
}

/// Refuses a list where `read`, the same value written again, has an object.
pub(super) fn refuse_lists(kind: Kind, path: &str, given: &Value, read: &Value) -> Result<(), Error> {
    let mut open = vec![(path.to_owned(), given, read)];
    while let Some((path, given, read)) = open.pop() {
        match (given, read) {
            (Value::Array(_), Value::Object(_)) => return Err(refused(kind, &path, LISTED.to_owned())),
            (Value::Array(given), Value::Array(read)) => {
                let pairs = given.iter().zip(read).enumerate();
                open.extend(pairs.map(|(at, (given, read))| (format!("{path}[{at}]"), given, read)));
            }
            (Value::Object(given), Value::Object(read)) => {
                let pairs = given.iter().filter_map(|(name, given)| Some((name, given, read.get(name)?)));
                open.extend(pairs.map(|(name, given, read)| (joined(&path, name), given, read)));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Refuses texts that cannot be shown on one line: empty ones, and control characters, with which a terminal or a report would show
/// something else than what was recorded. `path` names the value.
pub(super) fn lines(kind: Kind, path: &str, value: &Value) -> Result<(), Error> {
    // Nearly all texts are good: where they stand is said only of one that is not.
    if are_lines(value) {
        return Ok(());
    }
    let mut open = vec![(path.to_owned(), value)];
    while let Some((path, value)) = open.pop() {
        match value {
            Value::String(text) => line(text).map_err(|problem| refused(kind, &path, problem))?,
            Value::Array(items) => {
                open.extend(items.iter().enumerate().map(|(at, item)| (format!("{path}[{at}]"), item)));
            }
            Value::Object(members) => open.extend(members.iter().map(|(name, item)| (joined(&path, name), item))),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    Ok(())
}

/// The same of one text.
pub(super) fn one_line(kind: Kind, path: &str, text: &str) -> Result<(), Error> {
    line(text).map_err(|problem| refused(kind, path, problem))
}

/// Events are not nested deep: see [`json`](super::json).
fn are_lines(value: &Value) -> bool {
    match value {
        Value::String(text) => line(text).is_ok(),
        Value::Array(items) => items.iter().all(are_lines),
        Value::Object(members) => members.values().all(are_lines),
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// An error about one field.
pub(super) fn refused(kind: Kind, path: &str, problem: String) -> Error {
    Error::Field { kind, path: if path.is_empty() { String::new() } else { format!("{}: ", brief(path)) }, problem }
}

/// At most [`MOST`] characters, with the middle left out.
pub(super) fn brief(text: &str) -> String {
    let length = text.chars().count();
    if length <= MOST {
        return text.to_owned();
    }
    let ends = |skip: usize| text.chars().skip(skip).take(MOST / 2).collect::<String>();
    format!("{} … {}", ends(0), ends(length - MOST / 2))
}

/// The names of a struct's fields, as its `Deserialize` asks for them.
pub(super) fn names<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut names: &'static [&'static str] = &[];
    // The answer is in `names`; that there is no value to read is known.
    drop(T::deserialize(Names(&mut names)));
    names
}

fn line(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("is empty: fill it in, or leave it out if it is optional".to_owned());
    }
    if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return Ok(());
    }
    match text.chars().find(|c| c.is_control()) {
        Some(c) => Err(format!("contains the control character U+{:04X}: write it on one line, without", u32::from(c))),
        None => Ok(()),
    }
}

/// What serde says, in words that do not ask for a knowledge of Rust, and with what is to be done.
fn explained(problem: &str) -> String {
    const TYPES: [(&str, &str); 7] = [
        ("a map", "an object"),
        ("a sequence", "a list"),
        ("a boolean", "true or false"),
        ("f64", "a number"),
        ("u64", "a whole number, 0 or more"),
        ("u32", "a whole number from 0 to 4294967295"),
        ("u8", "a whole number from 0 to 255"),
    ];
    if let Some(field) = problem.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        return hint(field).map_or_else(|| problem.to_owned(), |hint| format!("{problem}: {hint}"));
    }
    if problem.starts_with("UUID parsing failed") {
        return format!("{problem}; expected a record's id, such as 019a2b3c-1111-7000-8000-000000000001");
    }
    match problem.rsplit_once(", expected ") {
        Some((found, expected)) => {
            let expected = TYPES.iter().find(|(rust, _)| *rust == expected).map_or(expected, |(_, plain)| plain);
            format!("{found}, expected {expected}")
        }
        None => problem.to_owned(),
    }
}

/// What a field is for, where its name does not say it all.
fn hint(field: &str) -> Option<&'static str> {
    Some(match field {
        "asset" => "the work, {\"hash\": \"sha256:…\"}",
        "attempt" => "the id of the GEN_ATTEMPT record that this answers",
        "auth" => "how they were authenticated, such as oidc, saml or passkey",
        "base_model" | "model" | "output_model" => "{\"id\": …, \"version\": …, \"version_hash\": \"sha256:…\"}",
        "basis" => "by what right the work is used, such as licence or consent",
        "classifier" => "who judged, {\"id\": …, \"version\": …}",
        "gen_record" => "the id of the GEN record of the picture",
        "inputs" => "the hashes of what went in; for a large set, the hash of its list",
        "policy" => "the policy that decided, {\"id\": …, \"version\": …, \"version_hash\": \"sha256:…\"}",
        "rights" => "by what right the work is used, {\"basis\": …}",
        "score" => "a number from 0 (harmless) to 1 (certain)",
        "subject" => "the id of the record, or of the person, that this is about",
        "version_hash" => {
            "sha256:… of the weights; of a hosted model, of the snapshot name that its provider pins; of a policy, of its text"
        }
        _ => return None,
    })
}

/// A deserializer that has no value and remembers which fields it was asked for.
struct Names<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Names<'_> {
    type Error = NoValue;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, NoValue> {
        *self.0 = fields;
        Err(serde::de::Error::custom("no value"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, NoValue> {
        Err(serde::de::Error::custom("no value"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_knows_its_fields() {
        for kind in Kind::ALL {
            let known: Vec<&str> = known(kind).collect();
            assert!(known.len() > 9 && known.iter().all(|name| !name.is_empty()), "{kind}: {known:?}");
            let mut once = known.clone();
            once.sort_unstable();
            once.dedup();
            assert_eq!(once.len(), known.len(), "{kind} has a field in two places: {known:?}");
        }
        assert!(known(Kind::GenDeny).any(|name| name == "override"));
    }

    #[test]
    fn a_long_text_is_not_repeated_in_full() {
        assert_eq!(brief("short"), "short");
        let long = format!("a{}z", "é".repeat(100_000));
        let cut = brief(&long);
        assert!(cut.starts_with('a') && cut.ends_with('z') && cut.chars().count() < MOST + 4);
    }
}
