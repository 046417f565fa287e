//! A record as the log keeps it: its public part, in memory and in bytes.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::edge::{Clock, Moment};
use crate::hash::Hash;

use super::form::{brief, lines, names, refused, shape};
use super::terms::{HoldAction, System, Trace};
use super::{Error, Kind, body, json, time};

/// The version of the record form that this code writes.
pub const VERSION: u8 = 1;

/// The most bytes that a record's public part may have: an entry of a C2SP tile has a 16-bit length.
pub const MAX_BYTES: usize = u16::MAX as usize;

/// A record's public part.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// `UUIDv7`.
    pub id: Uuid,
    /// Position in the log, from 0.
    pub seq: u64,
    /// When it happened, UTC.
    pub time: Timestamp,
    /// When the log's machine wrote it down.
    pub read: Timestamp,
    /// How good that machine's clock was.
    pub clock: Clock,
    /// Place in the call tree.
    pub trace: Trace,
    /// The software that reported it.
    pub system: System,
    /// The actor's role.
    pub role: Option<String>,
    /// Hashes of the private part.
    pub private: Binding,
    /// Private fields that the operator's configuration made public.
    pub published: Map<String, Value>,
    /// Hash of the record before; of the first, [`genesis`].
    pub prev: Hash,
    /// What it says.
    pub body: Body,
}

/// How the public part binds the private one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Binding {
    /// SHA-256 over the salted digests of the single fields.
    pub fields: Hash,
    /// SHA-256 of the private part as stored.
    pub stored: Hash,
}

/// What stands before the first record: it binds the chain to its log.
pub fn genesis(origin: &str) -> Hash {
    Hash::of_parts(&[b"touchmark log\n", origin.as_bytes(), b"\n"])
}

macro_rules! bodies {
    ($($kind:ident => $type:path),+ $(,)?) => {
        /// What a record says, by its type.
        #[derive(Debug, Clone, PartialEq)]
        #[expect(missing_docs, reason = "each variant is its type, which is documented")]
        pub enum Body { $($kind($type),)+ }

        impl Body {
            /// The record type.
            pub const fn kind(&self) -> Kind {
                match self { $(Self::$kind(_) => Kind::$kind,)+ }
            }

            /// Reads the body of a record of type `kind`.
            pub fn from_value(kind: Kind, value: &Value) -> Result<Self, Error> {
                match kind { $(Kind::$kind => shape(kind, "", value).map(Self::$kind),)+ }
            }

            /// The names of its fields.
            pub(super) fn fields(kind: Kind) -> &'static [&'static str] {
                match kind { $(Kind::$kind => names::<$type>(),)+ }
            }

            /// Adds its canonical JSON to what stands in `bytes`.
            pub(super) fn append_to(&self, bytes: &mut Vec<u8>) -> Result<(), Error> {
                match self { $(Self::$kind(body) => json::append(bytes, body),)+ }
            }

            pub(super) fn to_value(&self) -> Result<Value, Error> {
                match self { $(Self::$kind(body) => serde_json::to_value(body),)+ }
                    .map_err(|error| Error::Json { problem: error.to_string() })
            }
        }
    };
}

bodies! {
    Ingest => body::Ingest, Train => body::Train, GenAttempt => body::GenAttempt, Gen => body::Gen, GenDeny => body::GenDeny,
    GenError => body::GenError, Moderation => body::Moderation, Review => body::Review, Export => body::Export, Key => body::Key,
    Anchor => body::Anchor, Policy => body::Policy, Access => body::Access, Erasure => body::Erasure, Retention => body::Retention,
    Incident => body::Incident,
}

/// Whether in this JSON all texts are filled in and of printable ASCII, as nearly all are. Where this cannot tell, each is looked at.
pub(super) fn is_plain(json: &[u8]) -> bool {
    let is_printable = json.iter().fold(true, |all, byte| all & (0x20..0x7f).contains(byte));
    let is_empty = |pair: &[u8]| matches!(pair, b"\"\"" | b"\" ");
    is_printable && memchr::memchr(b'\\', json).is_none() && !json.windows(2).any(is_empty)
}

impl Body {
    /// The commitments to texts that stand nowhere, of the types that have them.
    pub const fn commitments(&self) -> Option<&body::Commitments> {
        match self {
            Self::GenAttempt(body) => Some(&body.commitments),
            Self::Gen(body) => Some(&body.commitments),
            _ => None,
        }
    }

    pub(super) const fn has_override(&self) -> bool {
        match self {
            Self::GenDeny(deny) => deny.overridden.is_some(),
            Self::Moderation(moderation) => moderation.overridden.is_some(),
            _ => false,
        }
    }

    /// What the single types need beyond their form. `is_plain`: all its texts are known to be filled in and of printable ASCII.
    pub(super) fn check(&self, is_plain: bool) -> Result<(), Error> {
        let kind = self.kind();
        match self {
            Self::Train(train) if train.inputs.is_empty() => {
                Err(Error::Missing { kind, field: "inputs", why: "at least one hash of what went in" })
            }
            Self::Export(export) if export.fingerprints.iter().any(|print| print.quality.is_some_and(|q| q > 100)) => {
                Err(refused(kind, "fingerprints", "a quality lies between 0 and 100".to_owned()))
            }
            Self::Anchor(anchor) if anchor.count() != 1 => {
                Err(Error::Missing { kind, field: "timestamp", why: "or segment, or trail: one of the three" })
            }
            Self::Anchor(body::Anchor { segment: Some(segment), .. }) if segment.first >= segment.end => Err(refused(
                kind,
                "segment",
                format!("it ends at {}, before its first record {}", segment.end, segment.first),
            )),
            Self::Policy(body::Policy { hold: Some(hold), .. }) => {
                let problem = match hold.action {
                    HoldAction::Lift if hold.of.is_none() => "names no hold that it lifts: give its record in of",
                    HoldAction::Lift if !hold.keys.is_empty() => "lifts a hold as a whole: leave keys out",
                    HoldAction::Add if hold.of.is_some() => "is new, and of is for lifting one",
                    _ => return self.check_texts(is_plain),
                };
                Err(refused(kind, "hold", problem.to_owned()))
            }
            Self::Erasure(erasure) if erasure.keys.is_empty() => {
                Err(Error::Missing { kind, field: "keys", why: "at least one key that is destroyed" })
            }
            _ => self.check_texts(is_plain),
        }
    }

    /// A checkpoint is a signed note, of several lines; everything else in public fits on one.
    fn check_texts(&self, is_plain: bool) -> Result<(), Error> {
        if is_plain {
            return Ok(());
        }
        let mut value = self.to_value()?;
        for field in ["timestamp", "trail"] {
            if let (Self::Anchor(_), Some(Value::Object(fields))) = (self, value.get_mut(field)) {
                fields.remove("checkpoint");
            }
        }
        lines(self.kind(), "", &value)
    }

    pub(super) fn set_commitments(&mut self, commitments: body::Commitments) {
        match self {
            Self::GenAttempt(body) => body.commitments = commitments,
            Self::Gen(body) => body.commitments = commitments,
            _ => {}
        }
    }
}

/// The record as JSON names it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    body: Value,
    clock: WireClock,
    id: Uuid,
    prev: Hash,
    private: Binding,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    published: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    seq: u64,
    system: System,
    time: String,
    trace: Trace,
    #[serde(rename = "type")]
    kind: String,
    v: u8,
}

/// The clock's reading as JSON names it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireClock {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_error_us: Option<u64>,
    read: String,
    synchronised: bool,
}

pub(super) fn clock(moment: &Moment) -> WireClock {
    WireClock {
        max_error_us: moment.clock.max_error_us,
        read: time::to_text(moment.time),
        synchronised: moment.clock.synchronised,
    }
}

impl Record {
    /// Canonical JSON: what is hashed, chained, published and put into images.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let wire = Wire {
            body: self.body.to_value()?,
            clock: clock(&Moment { time: self.read, clock: self.clock }),
            id: self.id,
            prev: self.prev,
            private: self.private,
            published: self.published.clone(),
            role: self.role.clone(),
            seq: self.seq,
            system: self.system.clone(),
            time: time::to_text(self.time),
            trace: self.trace,
            kind: self.body.kind().name().to_owned(),
            v: VERSION,
        };
        let bytes = json::canonical(&wire)?;
        within_limit(&bytes)?;
        Ok(bytes)
    }

    /// Reads a public part. The bytes need not be trusted; nothing is said about chain or signature.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        within_limit(bytes)?;
        // What the operator published stands one level deeper here than in the event.
        let map = json::parse_nested(bytes, json::MAX_DEPTH + 1)?;
        let wire: Wire = serde_json::from_value(Value::Object(map)).map_err(unreadable)?;
        if wire.v != VERSION {
            return Err(unreadable(format!("it has version {}, this program reads {VERSION}", wire.v)));
        }
        Ok(Self {
            id: wire.id,
            seq: wire.seq,
            time: moment(&wire.time)?,
            read: moment(&wire.clock.read)?,
            clock: Clock { synchronised: wire.clock.synchronised, max_error_us: wire.clock.max_error_us },
            trace: wire.trace,
            system: wire.system,
            role: wire.role,
            private: wire.private,
            published: wire.published,
            prev: wire.prev,
            body: Body::from_value(wire.kind.parse()?, &wire.body)?,
        })
    }

    /// The record type.
    pub const fn kind(&self) -> Kind {
        self.body.kind()
    }
}

pub(super) fn within_limit(bytes: &[u8]) -> Result<(), Error> {
    if bytes.len() > MAX_BYTES {
        let remedy = "shorten its texts, publish less, or name long lists by their hash";
        return Err(Error::RecordTooLarge { part: "public", bytes: bytes.len(), limit: MAX_BYTES, remedy });
    }
    Ok(())
}

/// Only the one spelling that [`Record::to_bytes`] writes.
fn moment(text: &str) -> Result<Timestamp, Error> {
    let time = time::parse(text).filter(|time| time::to_text(*time) == text);
    time.ok_or_else(|| unreadable(format!("{text:?} is not a time of the form 2026-01-31T12:00:00.000Z")))
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
fn unreadable(problem: impl ToString) -> Error {
    Error::Unreadable { problem: brief(&problem.to_string()) }
}
