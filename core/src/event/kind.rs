//! The record types.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Error;

/// A record type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    /// A work entered the house.
    Ingest,
    /// A model was trained.
    Train,
    /// A picture was asked for.
    GenAttempt,
    /// A picture was made.
    Gen,
    /// The request was refused.
    GenDeny,
    /// The request failed.
    GenError,
    /// A classifier judged.
    Moderation,
    /// A person judged.
    Review,
    /// A signed file left the house.
    Export,
    /// The log's key was made or changed.
    Key,
    /// A checkpoint was time-stamped elsewhere.
    Anchor,
    /// A policy came into force.
    Policy,
    /// A private part was opened.
    Access,
    /// A person's keys were destroyed.
    Erasure,
    /// Records were removed after their time.
    Retention,
    /// Something went wrong.
    Incident,
}

impl Kind {
    /// All of them, in the order of a picture's life.
    pub const ALL: [Self; 16] = [
        Self::Ingest,
        Self::Train,
        Self::GenAttempt,
        Self::Gen,
        Self::GenDeny,
        Self::GenError,
        Self::Moderation,
        Self::Review,
        Self::Export,
        Self::Key,
        Self::Anchor,
        Self::Policy,
        Self::Access,
        Self::Erasure,
        Self::Retention,
        Self::Incident,
    ];

    /// As it stands in the record's `type`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ingest => "INGEST",
            Self::Train => "TRAIN",
            Self::GenAttempt => "GEN_ATTEMPT",
            Self::Gen => "GEN",
            Self::GenDeny => "GEN_DENY",
            Self::GenError => "GEN_ERROR",
            Self::Moderation => "MODERATION",
            Self::Review => "REVIEW",
            Self::Export => "EXPORT",
            Self::Key => "KEY",
            Self::Anchor => "ANCHOR",
            Self::Policy => "POLICY",
            Self::Access => "ACCESS",
            Self::Erasure => "ERASURE",
            Self::Retention => "RETENTION",
            Self::Incident => "INCIDENT",
        }
    }

    /// All names, for a message.
    pub fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }

    /// Written by the log itself; nobody may hand one in.
    pub const fn is_written_by_the_log(self) -> bool {
        matches!(self, Self::Key | Self::Anchor | Self::Access | Self::Erasure | Self::Retention)
    }

    /// Whether a natural person must answer for the act.
    pub const fn needs_a_person(self) -> bool {
        matches!(
            self,
            Self::Ingest
                | Self::Train
                | Self::GenAttempt
                | Self::Gen
                | Self::Review
                | Self::Export
                | Self::Policy
                | Self::Access
                | Self::Incident
        )
    }

    /// Ends a `GEN_ATTEMPT`.
    pub const fn is_outcome(self) -> bool {
        matches!(self, Self::Gen | Self::GenDeny | Self::GenError)
    }

    /// Fields that stand in the private part, beside those that every type may have
    /// ([`super::private::COMMON`]).
    pub const fn private_fields(self) -> &'static [&'static str] {
        match self {
            Self::Ingest | Self::Train => &["parameters", "sources", "usage"],
            Self::GenAttempt | Self::Gen => &["parameters", "prompt_template", "sources", "usage"],
            Self::GenDeny => &["reason", "usage"],
            Self::GenError => &["message", "usage"],
            Self::Moderation | Self::Policy => &["reason"],
            Self::Review => &["diff", "reason"],
            Self::Export => &["destination", "usage"],
            Self::Incident => &["description"],
            Self::Key | Self::Anchor | Self::Access | Self::Erasure | Self::Retention => &[],
        }
    }

    /// Fields that are never written: a commitment stands for each.
    pub(super) const fn secret_fields(self) -> &'static [&'static str] {
        match self {
            Self::GenAttempt | Self::Gen => &["negative_prompt", "prompt", "references", "style", "system_prompt"],
            _ => &[],
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| Error::UnknownType { found: name.chars().take(80).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back_and_agree_with_json() {
        for kind in Kind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
            assert_eq!(serde_json::to_value(kind).expect("json"), kind.name());
        }
        assert!("gen".parse::<Kind>().expect_err("lower case").to_string().contains("GEN_ATTEMPT"));
    }
}
