//! How a place is written in the configuration: a path, or a table that names one kind of place and what belongs to it.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{AwsKms, Command, Http, Outside, PATIENCE, Pkcs11, Place, Secret};

/// The longest patience that can be asked for, in milliseconds.
const LONGEST: u64 = 600_000;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Table {
    #[serde(skip_serializing_if = "Option::is_none")]
    pkcs11: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pin_file: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pin_env: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    http: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bearer_file: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bearer_env: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aws_kms: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    endpoint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout_ms: Option<u64>,
}

impl Table {
    fn outside(self) -> Result<Outside, String> {
        let kind = self.kind()?;
        self.refuse_strangers(kind)?;
        let timeout = self.patience()?;
        Ok(match kind {
            "pkcs11" => Outside::Pkcs11(self.pkcs11()?),
            "command" => {
                let words = self.command.unwrap_or_default();
                if words.first().is_none_or(|program| program.trim().is_empty()) {
                    return Err(
                        "command: name a program, and its arguments one by one: [\"/usr/local/bin/sign\", \"claim\"]"
                            .to_owned(),
                    );
                }
                Outside::Command(Command { words, timeout })
            }
            "http" => {
                let bearer = one_of("bearer", self.bearer_file, self.bearer_env)?;
                Outside::Http(Http { url: self.http.unwrap_or_default(), bearer, timeout })
            }
            _ => {
                let key = self.aws_kms.unwrap_or_default();
                let Some(region) = self.region.or_else(|| region_of(&key)) else {
                    return Err(
                        "aws_kms: name the region too, or the key by its whole ARN: arn:aws:kms:eu-central-1:111122223333:key/…"
                            .to_owned(),
                    );
                };
                Outside::AwsKms(AwsKms { key, region, endpoint: self.endpoint, timeout })
            }
        })
    }

    fn kind(&self) -> Result<&'static str, String> {
        let named = [
            ("pkcs11", self.pkcs11.is_some()),
            ("command", self.command.is_some()),
            ("http", self.http.is_some()),
            ("aws_kms", self.aws_kms.is_some()),
        ];
        let named: Vec<_> = named.into_iter().filter_map(|(kind, is_named)| is_named.then_some(kind)).collect();
        match named.as_slice() {
            [kind] => Ok(kind),
            [] => Err("a key outside of the home needs one of pkcs11, command, http and aws_kms; a key in a file is written as its path alone".to_owned()),
            several => Err(format!("a key lives in one place, and here are {}", several.join(" and "))),
        }
    }

    /// Refuses what belongs to another kind of place: it would have no effect, and somebody meant one.
    fn refuse_strangers(&self, kind: &str) -> Result<(), String> {
        let fields = [
            ("token", "pkcs11", self.token.is_some()),
            ("label", "pkcs11", self.label.is_some()),
            ("id", "pkcs11", self.id.is_some()),
            ("pin_file", "pkcs11", self.pin_file.is_some()),
            ("pin_env", "pkcs11", self.pin_env.is_some()),
            ("bearer_file", "http", self.bearer_file.is_some()),
            ("bearer_env", "http", self.bearer_env.is_some()),
            ("region", "aws_kms", self.region.is_some()),
            ("endpoint", "aws_kms", self.endpoint.is_some()),
        ];
        if let Some((field, owner, _)) = fields.iter().find(|(_, owner, is_there)| *is_there && *owner != kind) {
            return Err(format!("{field} belongs to {owner} and means nothing with {kind}"));
        }
        if kind == "pkcs11" && self.timeout_ms.is_some() {
            return Err("timeout_ms means nothing with pkcs11: a token's library cannot be interrupted".to_owned());
        }
        Ok(())
    }

    fn patience(&self) -> Result<Duration, String> {
        match self.timeout_ms {
            None => Ok(PATIENCE),
            Some(ms) if (1..=LONGEST).contains(&ms) => Ok(Duration::from_millis(ms)),
            Some(ms) => Err(format!("timeout_ms: {ms} is not between 1 and {LONGEST}")),
        }
    }

    fn pkcs11(self) -> Result<Pkcs11, String> {
        let Some(token) = self.token else {
            return Err("pkcs11: name the token by its label: token = \"…\"".to_owned());
        };
        if self.label.is_none() && self.id.is_none() {
            return Err("pkcs11: name the key by its label or by its id: label = \"…\" or id = \"01\"".to_owned());
        }
        let id = match self.id {
            Some(digits) => match hex::decode(&digits) {
                Ok(id) if !id.is_empty() => Some(id),
                _ => return Err(format!("pkcs11: id: {digits:?} is not an id in hexadecimal digits")),
            },
            None => None,
        };
        let pin = one_of("pin", self.pin_file, self.pin_env)?;
        Ok(Pkcs11 { library: self.pkcs11.unwrap_or_default(), token, label: self.label, id, pin })
    }
}

fn one_of(what: &str, file: Option<PathBuf>, variable: Option<String>) -> Result<Option<Secret>, String> {
    match (file, variable) {
        (Some(_), Some(_)) => Err(format!("name {what}_file or {what}_env, and not both")),
        (Some(file), None) => Ok(Some(Secret::File(file))),
        (None, Some(variable)) => Ok(Some(Secret::Variable(variable))),
        (None, None) => Ok(None),
    }
}

/// The region in a key's ARN.
fn region_of(key: &str) -> Option<String> {
    let mut parts = key.split(':');
    let is_arn = parts.next() == Some("arn") && parts.nth(1) == Some("kms");
    parts.next().filter(|region| is_arn && !region.is_empty()).map(str::to_owned)
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PlaceVisitor)
    }
}

struct PlaceVisitor;

impl<'de> Visitor<'de> for PlaceVisitor {
    type Value = Place;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a path, or a table that says where the key lives, as { pkcs11 = …, token = …, label = … }")
    }

    fn visit_str<E: de::Error>(self, path: &str) -> Result<Place, E> {
        if path.is_empty() { Err(E::custom("the path of a key is empty")) } else { Ok(Place::File(path.into())) }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Place, A::Error> {
        let table = Table::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Place::Outside(table.outside().map_err(de::Error::custom)?))
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::File(path) => path.serialize(serializer),
            Self::Outside(outside) => Table::from(outside).serialize(serializer),
        }
    }
}

impl From<&Outside> for Table {
    fn from(outside: &Outside) -> Self {
        let ms = |timeout: &Duration| Some(u64::try_from(timeout.as_millis()).unwrap_or(LONGEST));
        let mut table = Self::default();
        let (file, variable) = match outside {
            Outside::Pkcs11(Pkcs11 { pin: secret, .. }) | Outside::Http(Http { bearer: secret, .. }) => match secret {
                Some(Secret::File(path)) => (Some(path.clone()), None),
                Some(Secret::Variable(name)) => (None, Some(name.clone())),
                None => (None, None),
            },
            Outside::Command(_) | Outside::AwsKms(_) => (None, None),
        };
        match outside {
            Outside::Pkcs11(place) => {
                table.pkcs11 = Some(place.library.clone());
                table.token = Some(place.token.clone());
                table.label.clone_from(&place.label);
                table.id = place.id.as_ref().map(hex::encode);
                (table.pin_file, table.pin_env) = (file, variable);
            }
            Outside::Command(place) => {
                table.command = Some(place.words.clone());
                table.timeout_ms = ms(&place.timeout);
            }
            Outside::Http(place) => {
                table.http = Some(place.url.clone());
                (table.bearer_file, table.bearer_env) = (file, variable);
                table.timeout_ms = ms(&place.timeout);
            }
            Outside::AwsKms(place) => {
                table.aws_kms = Some(place.key.clone());
                table.region = Some(place.region.clone());
                table.endpoint.clone_from(&place.endpoint);
                table.timeout_ms = ms(&place.timeout);
            }
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Section {
        key: Place,
    }

    fn read(text: &str) -> Result<Place, String> {
        toml::from_str::<Section>(text).map(|section| section.key).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        for text in [
            r#"key = "keys/claim.pem""#,
            r#"key = { pkcs11 = "/usr/lib/lib.so", token = "studio", label = "claim", pin_file = "/run/pin" }"#,
            r#"key = { pkcs11 = "/usr/lib/lib.so", token = "studio", id = "01ff", pin_env = "PIN" }"#,
            r#"key = { command = ["/usr/local/bin/sign", "claim"], timeout_ms = 500 }"#,
            r#"key = { http = "https://keys.example/claim", bearer_env = "TOKEN" }"#,
            r#"key = { aws_kms = "alias/claim", region = "eu-central-1", endpoint = "http://127.0.0.1:5000" }"#,
        ] {
            let place = read(text).expect(text);
            let written = toml::to_string(&Section { key: place.clone() }).expect("written");
            assert_eq!(read(&written), Ok(place), "{written}");
        }
    }

    #[test]
    fn the_region_of_an_aws_key_is_in_its_arn() {
        let place = read(r#"key = { aws_kms = "arn:aws:kms:eu-west-3:111122223333:key/ab" }"#).expect("a place");
        let Place::Outside(Outside::AwsKms(AwsKms { region, .. })) = place else { panic!("{place:?}") };
        assert_eq!(region, "eu-west-3");
    }

    #[test]
    fn each_mistake_has_a_sentence_of_its_own() {
        for (text, says) in [
            ("key = 7", "a path, or a table that says where the key lives"),
            (r#"key = """#, "the path of a key is empty"),
            ("key = {}", "needs one of pkcs11, command, http and aws_kms"),
            (r#"key = { file = "keys/claim.pem" }"#, "unknown field `file`"),
            (r#"key = { pkcs11 = "a.so", http = "http://b" }"#, "here are pkcs11 and http"),
            (r#"key = { pkcs11 = "a.so", label = "claim" }"#, "name the token by its label"),
            (r#"key = { pkcs11 = "a.so", token = "t" }"#, "name the key by its label or by its id"),
            (r#"key = { pkcs11 = "a.so", token = "t", id = "xyz" }"#, "is not an id in hexadecimal digits"),
            (r#"key = { pkcs11 = "a.so", token = "t", label = "l", pin = "1234" }"#, "unknown field `pin`"),
            (r#"key = { pkcs11 = "a.so", token = "t", label = "l", pin_env = "A", pin_file = "b" }"#, "and not both"),
            (r#"key = { pkcs11 = "a.so", token = "t", label = "l", timeout_ms = 9 }"#, "cannot be interrupted"),
            ("key = { command = [] }", "name a program"),
            (r#"key = { command = ["sign"], token = "t" }"#, "token belongs to pkcs11 and means nothing with command"),
            (r#"key = { http = "http://b", timeout_ms = 0 }"#, "is not between 1 and 600000"),
            (r#"key = { aws_kms = "alias/claim" }"#, "name the region too"),
        ] {
            let problem = read(text).expect_err(text);
            assert!(problem.contains(says), "{text}: {problem}");
        }
    }

    #[test]
    fn what_is_shown_of_a_place_is_without_arguments_and_queries() {
        let shown = |text: &str| read(text).expect("a place").to_string();
        assert_eq!(shown(r#"key = { command = ["sign", "--password", "geheim"] }"#), "command sign");
        assert_eq!(
            shown(r#"key = { http = "https://keys.example/a?key=geheim" }"#),
            "key service https://keys.example/a"
        );
        assert_eq!(
            shown(r#"key = { pkcs11 = "a.so", token = "studio", label = "claim" }"#),
            r#"PKCS#11 token "studio", key "claim""#
        );
    }
}
