//! `models.toml`: which models the operator declares, in which exact version, and for when.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

use super::FindingKind;
use crate::event::terms::Model;
use crate::event::time;
use crate::hash::Hash;

/// The declared models.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// One entry a version.
    #[serde(default, rename = "model")]
    pub models: Vec<Declared>,
}

/// A model in an exact version.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declared {
    /// Which model.
    pub id: String,
    /// The version, in the maker's word.
    pub version: String,
    /// What stands behind that word (docs/record.md, `model.version_hash`).
    pub version_hash: Hash,
    /// From when on it may be used; without it, since ever.
    #[serde(default, deserialize_with = "moment")]
    pub since: Option<Timestamp>,
    /// Until when (that moment not included); without it, for ever.
    #[serde(default, deserialize_with = "moment")]
    pub until: Option<Timestamp>,
    /// Whether it may be used at all.
    #[serde(default)]
    pub status: Status,
}

/// Whether a model may be used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It may.
    #[default]
    Active,
    /// It may not any more: `until` says since when.
    Retired,
    /// It must never have been.
    Blocked,
}

/// Why a register is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Problem(String);

impl Register {
    /// Reads a register.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let register: Self = toml::from_str(text).map_err(|error| Problem(error.to_string().trim_end().to_owned()))?;
        register.check()?;
        Ok(register)
    }

    fn check(&self) -> Result<(), Problem> {
        let mut versions: BTreeMap<(&str, &str), Vec<&Declared>> = BTreeMap::new();
        for model in &self.models {
            let name = format!("model {:?} {:?}", model.id, model.version);
            if model.id.trim().is_empty() || model.version.trim().is_empty() {
                return Err(Problem(format!("{name}: id and version cannot be empty")));
            }
            if let (Some(since), Some(until)) = (model.since, model.until)
                && until <= since
            {
                return Err(Problem(format!("{name}: until is not later than since")));
            }
            if model.status == Status::Retired && model.until.is_none() {
                return Err(Problem(format!("{name} is retired: say since when, as until")));
            }
            let others = versions.entry((&model.id, &model.version)).or_default();
            if others.iter().any(|other| other.overlaps(model)) {
                let problem = "is declared twice for one time: give the entries times that do not overlap, or keep one";
                return Err(Problem(format!("{name} {problem}")));
            }
            others.push(model);
        }
        Ok(())
    }

    /// What the register has against a use at `time`.
    pub(super) fn judge(&self, used: &Model, time: Timestamp) -> Option<(FindingKind, String)> {
        let Model { id, version, version_hash, .. } = used;
        let mut named = self.models.iter().filter(|model| model.id == *id).peekable();
        if named.peek().is_none() {
            return Some((FindingKind::ModelNotDeclared, format!("the model {id} ({version}) is not in the register")));
        }
        let versions: Vec<&Declared> = named.filter(|model| model.version == *version).collect();
        let Some(declared) = versions.first() else {
            let sentence = format!("the register has {id}, but not its version {version}");
            return Some((FindingKind::VersionNotDeclared, sentence));
        };
        let mut same = versions.iter().filter(|model| model.version_hash == *version_hash).peekable();
        let Some(first) = same.peek() else {
            let sentence = format!(
                "a silent upgrade: {id} {version} has the hash {version_hash} here, the register has {}",
                declared.version_hash
            );
            return Some((FindingKind::SilentUpgrade, sentence));
        };
        if first.status == Status::Blocked {
            return Some((FindingKind::ModelBlocked, format!("{id} {version} was used, which the register blocks")));
        }
        let first = **first;
        if same.any(|model| model.is_of(time)) {
            return None;
        }
        let bounds = [("from", first.since), ("until", first.until)];
        let bounds = bounds.iter().filter_map(|(word, at)| at.map(|at| format!("{word} {}", time::to_text(at))));
        let sentence = format!(
            "{id} {version} with the hash {version_hash} was used outside its time: the register has it {}",
            bounds.collect::<Vec<_>>().join(" ")
        );
        Some((FindingKind::ModelOutOfTime, sentence))
    }
}

impl Declared {
    fn is_of(&self, time: Timestamp) -> bool {
        self.since.is_none_or(|since| time >= since) && self.until.is_none_or(|until| time < until)
    }

    fn overlaps(&self, other: &Self) -> bool {
        let before = |end: Option<Timestamp>, start: Option<Timestamp>| matches!((end, start), (Some(end), Some(start)) if end <= start);
        !before(self.until, other.since) && !before(other.until, self.since)
    }
}

/// A time as TOML has it, or as text.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a time with its offset, such as 2026-01-31T12:00:00Z")]
enum Moment {
    Toml(toml::value::Datetime),
    Text(String),
}

fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let text = match Moment::deserialize(deserializer)? {
        Moment::Toml(time) => time.to_string(),
        Moment::Text(text) => text,
    };
    time::parse(&text).map(Some).ok_or_else(|| {
        let found: String = text.chars().take(80).collect();
        serde::de::Error::custom(format!("{found:?} is not a time with its offset, such as 2026-01-31T12:00:00Z"))
    })
}
