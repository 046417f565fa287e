//! The text of an opening.
//!
//! ```text
//! touchmark/opening@v1
//! private {"name":"tenant","others":["sha256:…","sha256:…"],"salt":"MM3CXY52LuNQ109AgVl0Bg","value":"acme"}
//!
//! c2sp.org/tlog-proof@v1
//! extra eyJib2R5Ijp7…
//! index 7
//! …
//! ```
//!
//! What is opened, in canonical JSON (RFC 8785): `private` and a [`Disclosure`], or `commitment` and
//! `{"field":"prompt","key":"…","value":"…"}`. Behind an empty line, the C2SP proof of the record as `log prove --with-record` gives it:
//! its extra data are the record's public part. Each opening has one spelling.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::event::{json, private};
use crate::privacy::{CommitmentKey, Disclosure};
use crate::tlog::Error;
use crate::tlog::proof::{MAX_PROOF, Proof};
use crate::tlog::text::{at_most, malformed, utf8};

const HEADER: &str = "touchmark/opening@v1";
const WHAT: &str = "opening";

/// The longest line with a field: a whole private part, and a digest for each of its fields.
const MAX_FIELD: usize = private::MAX_BYTES + (64 << 10);

/// The longest opening, in bytes.
pub const MAX_OPENING: usize = HEADER.len() + 1 + MAX_FIELD + 2 + MAX_PROOF;

/// One field of one record, opened. Whether it holds is for [`verify`](Self::verify). `Display` is the whole text, which is not to be
/// shown to everybody: it has the value in it.
#[derive(Debug)]
pub struct Opening {
    pub(super) field: Field,
    pub(super) proof: Proof,
    /// The field as it is written.
    line: String,
}

/// What is opened. Its Debug form leaves the value out.
pub enum Field {
    /// A field of the private part.
    Private(Disclosure),
    /// What a commitment is to.
    Commitment {
        /// The field's name.
        name: String,
        /// Its text.
        value: String,
        /// The key of this one commitment.
        key: CommitmentKey,
    },
}

/// The form of an opened commitment (docs/record.md).
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Revealed {
    field: String,
    key: String,
    value: String,
}

impl Field {
    /// The field's name.
    pub fn name(&self) -> &str {
        match self {
            Self::Private(disclosure) => &disclosure.name,
            Self::Commitment { name, .. } => name,
        }
    }

    /// Its value.
    pub fn value(&self) -> Value {
        match self {
            Self::Private(disclosure) => disclosure.value.clone(),
            Self::Commitment { value, .. } => Value::String(value.clone()),
        }
    }

    /// On one line; `None` for what has no canonical form.
    fn written(&self) -> Option<String> {
        let (word, bytes) = match self {
            Self::Private(disclosure) => ("private", json::canonical(disclosure)),
            Self::Commitment { name, value, key } => {
                let (field, key, value) = (name.clone(), key.to_text().to_string(), value.clone());
                ("commitment", json::canonical(&Revealed { field, key, value }))
            }
        };
        Some(format!("{word} {}", String::from_utf8(bytes.ok()?).ok()?))
    }

    fn parse(line: &str) -> Option<Self> {
        let (word, text) = line.split_once(' ')?;
        let field = match word {
            "private" => Self::Private(serde_json::from_str(text).ok()?),
            "commitment" => {
                let Revealed { field, key, value } = serde_json::from_str(text).ok()?;
                Self::Commitment { name: field, value, key: key.parse().ok()? }
            }
            _ => return None,
        };
        // What another reader could take otherwise (a name twice, a number that is rounded) is not written like this again.
        (field.written()? == line).then_some(field)
    }
}

impl Opening {
    /// A field, and the proof of its record with the record's public part.
    pub fn new(field: Field, proof: Proof) -> Result<Self, Error> {
        let line = field.written().ok_or_else(|| malformed("field", "a value with a canonical form", ""))?;
        at_most(MAX_FIELD, "field", line.len())?;
        Ok(Self { field, proof, line })
    }

    /// Parses the whole text. What is accepted is written again byte for byte.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let whole = utf8(MAX_OPENING, WHAT, bytes)?;
        let rest = whole.strip_prefix(HEADER).and_then(|rest| rest.strip_prefix('\n'));
        let rest = rest.ok_or_else(|| malformed(WHAT, "touchmark/opening@v1 in the first line", whole))?;
        let (line, proof) =
            rest.split_once("\n\n").ok_or_else(|| malformed(WHAT, "an empty line behind the field", ""))?;
        at_most(MAX_FIELD, "field", line.len())?;
        let field = Field::parse(line).ok_or_else(|| {
            let word = line.split(' ').next().unwrap_or_default();
            malformed("field", "private or commitment, and the field in canonical JSON", word)
        })?;
        Ok(Self { field, proof: Proof::parse(proof.as_bytes())?, line: line.to_owned() })
    }

    /// What is opened.
    pub fn field(&self) -> &Field {
        &self.field
    }

    /// The proof of its record, which can be checked by itself.
    pub fn proof(&self) -> &Proof {
        &self.proof
    }
}

impl fmt::Display for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{HEADER}\n{}\n\n{}", self.line, self.proof)
    }
}

impl fmt::Debug for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Field").field("name", &self.name()).finish_non_exhaustive()
    }
}
