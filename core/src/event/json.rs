//! JSON as it may come in: strict where RFC 8785 would otherwise lose something unsaid.
//!
//! Refused: duplicate keys (two readers would see two records), numbers beyond ±(2^53 − 1) (RFC 7493, section 2.2: a seed would be
//! rounded), nesting deeper than [`MAX_DEPTH`], anything after the value, more than [`MAX_BYTES`].

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::Error;

/// The most that one event may take as JSON text: 1 MiB, which leaves room for a prompt of several hundred pages.
pub const MAX_BYTES: usize = 1 << 20;

/// The most levels of objects and lists in an event, itself the first. The private digests allow no more.
pub const MAX_DEPTH: usize = 32;

/// The largest integer that every JSON reader keeps exactly and no other integer is rounded to: 2^53 − 1.
const MAX_SAFE: u64 = (1 << 53) - 1;

/// Parses one JSON object.
pub fn parse_object(text: &[u8]) -> Result<Map<String, Value>, Error> {
    parse_nested(text, MAX_DEPTH)
}

/// Parses one JSON object of at most `depth` levels.
pub(super) fn parse_nested(text: &[u8], depth: usize) -> Result<Map<String, Value>, Error> {
    if text.len() > MAX_BYTES {
        return Err(Error::TooLarge { bytes: text.len(), limit: MAX_BYTES });
    }
    if text.starts_with(b"\xef\xbb\xbf") {
        return Err(Error::Json {
            problem: "it begins with a byte order mark: save it as UTF-8 without one".to_owned(),
        });
    }
    let refuse = |problem: String| Error::Json { problem: super::form::brief(&problem) };
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value =
        Strict { path: Path::Root, depth }.deserialize(&mut reader).map_err(|error| refuse(error.to_string()))?;
    reader.end().map_err(|error| refuse(format!("{error}: one event is one object, several stand one a line")))?;
    match value {
        Value::Object(map) => Ok(map),
        other => Err(Error::Json { problem: format!("an event is a JSON object, this is {}", kind_of(&other)) }),
    }
}

/// RFC 8785 canonical JSON: the one byte form that is hashed and stored.
pub fn canonical<T: serde::Serialize>(value: &T) -> Result<Vec<u8>, Error> {
    crate::canonical::to_vec(value).map_err(|error| Error::Json { problem: error.to_string() })
}

/// Adds the canonical form of a value to what stands in `bytes`.
pub(super) fn append<T: serde::Serialize>(bytes: &mut Vec<u8>, value: &T) -> Result<(), Error> {
    crate::canonical::append(bytes, value).map_err(|error| Error::Json { problem: error.to_string() })
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Where in the document we stand, as a linked list on the stack: it costs nothing until an error prints it.
#[derive(Clone, Copy)]
enum Path<'a> {
    Root,
    Key(&'a Self, &'a str),
    Index(&'a Self, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Key(Self::Root, key) => f.write_str(key),
            Self::Key(parent, key) => write!(f, "{parent}.{key}"),
            Self::Index(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

struct Strict<'a> {
    path: Path<'a>,
    /// How many levels may still open.
    depth: usize,
}

impl Strict<'_> {
    fn below<E: serde::de::Error>(&self) -> Result<usize, E> {
        let refuse = || E::custom(format!("{} is nested too deep: an event has at most {MAX_DEPTH} levels", self.path));
        self.depth.checked_sub(1).ok_or_else(refuse)
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        if value > MAX_SAFE {
            return Err(E::custom(unsafe_number(&self.path, &value)));
        }
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Value, E> {
        if value.unsigned_abs() > MAX_SAFE {
            return Err(E::custom(unsafe_number(&self.path, &value)));
        }
        Ok(Value::Number(value.into()))
    }

    #[expect(clippy::cast_precision_loss, reason = "2^53 is exact as a double")]
    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        if value.abs() > MAX_SAFE as f64 {
            return Err(E::custom(unsafe_number(&self.path, &value)));
        }
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom(unsafe_number(&self.path, &value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let depth = self.below()?;
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(Strict { path: Path::Index(&self.path, items.len()), depth })? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let depth = self.below()?;
        let mut map = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            let path = Path::Key(&self.path, &key);
            // Of a few it takes longer to hash a name than to look at all.
            let stands = if map.len() < 16 { map.keys().any(|name| *name == key) } else { map.contains_key(&key) };
            if stands {
                let twice = format!("{path} is given twice: keep one of the two");
                return Err(serde::de::Error::custom(twice));
            }
            let value = access.next_value_seed(Strict { path, depth })?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

fn unsafe_number(path: &Path<'_>, value: &dyn fmt::Display) -> String {
    format!("{path} is {value}, a number beyond 2^53 - 1 that JSON readers round: write it as a string, \"{value}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        parse_object(text.as_bytes()).expect_err(text).to_string()
    }

    #[test]
    fn what_readers_would_disagree_about_is_refused_by_name() {
        assert!(refusal(r#"{"a":{"b":1,"b":2}}"#).contains("a.b is given twice"));
        assert!(refusal(r#"{"a":1,"\u0061":2}"#).contains("a is given twice"));
        assert!(
            refusal(r#"{"parameters":{"seed":18446744073709551615}}"#)
                .contains("parameters.seed is 18446744073709551615")
        );
        assert!(refusal(r#"{"list":[0,-9007199254740993]}"#).contains("list[1] is -9007199254740993"));
        assert!(refusal(r#"{"seed":18446744073709551616}"#).contains("write it as a string"));
        assert!(refusal(r#"{"a":1e999}"#).contains("number out of range"));
        assert!(refusal(r#"{"a":NaN}"#).contains("expected value"));
        assert!(refusal(r#"{"a":1} {"b":2}"#).contains("trailing characters"));
        assert!(refusal("[1]").contains("this is an array"));
        assert!(refusal("").contains("EOF"));
        assert!(refusal(&"[".repeat(200_000)).contains("nested too deep"));
    }

    #[test]
    fn the_message_says_where_the_depth_is_and_stays_short() {
        let deep = format!(r#"{{"{}":{}"#, "k".repeat(5000), "[".repeat(40));
        let message = refusal(&deep);
        assert!(message.contains("[0][0] is nested too deep") && message.len() < 600, "{message}");
        let fits = format!(r#"{{"a":{}1{}}}"#, "[".repeat(MAX_DEPTH - 1), "]".repeat(MAX_DEPTH - 1));
        parse_object(fits.as_bytes()).expect("the last level");
        assert!(refusal("\u{feff}{}").contains("byte order mark"));
        assert!(refusal(r#"{"a":9007199254740992.0}"#).contains("write it as a string"));
    }

    #[test]
    fn exact_numbers_pass() {
        let map = parse_object(br#"{"a":9007199254740991,"b":-9007199254740991,"c":0.1,"d":"18446744073709551615"}"#)
            .expect("exact");
        assert_eq!(
            canonical(&map).expect("canonical"),
            br#"{"a":9007199254740991,"b":-9007199254740991,"c":0.1,"d":"18446744073709551615"}"#
        );
    }

    proptest::proptest! {
        #[test]
        fn canonical_form_is_a_fixed_point(text in r#"[a-z"\\\u{0}-\u{1f}é😀]{0,12}"#, number in -9_007_199_254_740_991_i64..9_007_199_254_740_992, part in -1e15_f64..1e15) {
            let value = serde_json::json!({ "z": &text, "k": [number, null_or(part)], "a": {"b": part}, &text: 1 });
            let once = canonical(&value).expect("canonical");
            let again = canonical(&parse_object(&once).expect("own output is read")).expect("canonical");
            proptest::prop_assert_eq!(once, again);
        }
    }

    fn null_or(number: f64) -> Value {
        Number::from_f64(number).map_or(Value::Null, Value::Number)
    }
}
