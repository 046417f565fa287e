//! Opening one field of one record to somebody else: its value, what proves it, and nothing of the other fields.
//!
//! - [`Request`]: who opens which field, and what for. It is on record (ACCESS) and durable before anything is looked up or compared, so
//!   that nobody tries out texts against a commitment unseen.
//! - [`Opening`]: what is handed on: the field, and the C2SP proof of its record with the record's public part in it.
//!   [`Opening::verify`] checks it with nothing but the log's key.
//!
//! Left out: who may open what, and where the file goes.

mod file;
mod original;
mod verify;

pub use self::file::{Field, MAX_OPENING, Opening};
pub use self::original::{OriginalAnswer, OriginalRequest};
pub use self::verify::{Refusal, Shown};

use uuid::Uuid;

use crate::edge::Edge;
use crate::event::opener::OpenError;
use crate::event::private::{Actor, COMMON};
use crate::event::{self, Body, Event, Kind, Opened, Opener, Private, Record, body};
use crate::ledger::line::Line;
use crate::ledger::{self, Ledger, Reader, this_system};
use crate::originals;
use crate::privacy::{self, Commitment, Disclosure};
use crate::tlog;

/// What is to be opened, by whom, and what for.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The record.
    pub record: Uuid,
    /// The field: of the private part, or one that a commitment stands for.
    pub field: &'a str,
    /// Of a commitment, the text: the log does not have it. A line feed at its end may be one that an editor has added.
    pub text: Option<&'a str>,
    /// What for: public.
    pub purpose: &'a str,
    /// Who opens it: private.
    pub by: &'a Actor,
}

/// What became of it.
#[derive(Debug)]
pub enum Answer {
    /// It is open.
    Opened {
        /// What is handed on.
        opening: Box<Opening>,
        /// The ACCESS record.
        access: u64,
    },
    /// The private part does not open, for this reason. Nothing was looked at, and nothing put on record.
    Closed(Opened),
    /// The private part has no such field.
    NotThere {
        /// The ACCESS record.
        access: u64,
    },
    /// The commitment is to another text.
    OtherText {
        /// The ACCESS record.
        access: u64,
    },
}

/// Why nothing could be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A field that the record cannot have.
    #[error("record {seq} ({kind}) has no field {field:?}: what can be opened of it is {known}")]
    NoField {
        /// The record.
        seq: u64,
        /// Its type.
        kind: Kind,
        /// The field that was asked for.
        field: String,
        /// Those that there may be.
        known: String,
    },
    /// A commitment without what it is to.
    #[error("the log has no {field}, only a commitment to it: hand the text in, and it is checked")]
    NoText {
        /// The field.
        field: String,
    },
    /// A text where none is needed.
    #[error("{field} stands in the log: leave the text out")]
    NeedlessText {
        /// The field.
        field: String,
    },
    /// The private part says otherwise than the public part that binds it.
    #[error("record {seq}: its private part is not the one that its public part names; see touchmark log verify")]
    NotBound {
        /// The record.
        seq: u64,
    },
    /// The log.
    #[error("could not use the log")]
    Ledger(#[from] ledger::Error),
    /// A file that was kept.
    #[error("could not open the original")]
    Original(#[from] originals::Error),
    /// The private part.
    #[error("could not open the private part")]
    Open(#[from] OpenError),
    /// The ACCESS record.
    #[error("it could not be put on record, and nothing was opened")]
    Event(#[from] event::Error),
    /// The field's digest.
    #[error("could not open the field")]
    Field(#[from] privacy::Error),
    /// The proof.
    #[error("could not write the opening")]
    Form(#[from] tlog::Error),
}

impl Request<'_> {
    /// Whether it can be opened at all: `None`, or why not. Puts nothing on record, so it tells nothing of the fields.
    pub fn closed(&self, reader: &Reader, opener: &Opener) -> Result<Option<Opened>, Error> {
        let (record, _, part) = look(self.record, reader, opener)?;
        self.committed(&record)?;
        Ok(Some(part).filter(|part| !matches!(part, Opened::Fields(_))))
    }

    /// Puts it on record, and then opens the field.
    pub fn open(&self, ledger: &mut Ledger, reader: &Reader, edge: Edge<'_>) -> Result<Answer, Error> {
        let (record, public, part) = look(self.record, reader, &ledger.opener())?;
        let committed = self.committed(&record)?;
        let part = match part {
            Opened::Fields(part) => part,
            closed => return Ok(Answer::Closed(closed)),
        };
        let access = self.put_on_record(ledger, edge)?;
        let field = match committed {
            Some(commitment) => match self.revealed(&commitment, &part, ledger.origin()) {
                Some(field) => field,
                None => return Ok(Answer::OtherText { access }),
            },
            None => match Disclosure::of(&part.seed, &part.fields, self.field)? {
                Some(disclosure) => Field::Private(disclosure),
                None => return Ok(Answer::NotThere { access }),
            },
        };
        let snapshot = ledger.snapshot()?;
        let opening = Opening::new(field, snapshot.prove(record.seq)?.with_extra(public)?)?;
        // What does not hold is not given out.
        if opening.verify(&[snapshot.history().clone()]).is_err() {
            return Err(Error::NotBound { seq: record.seq });
        }
        Ok(Answer::Opened { opening: Box::new(opening), access })
    }

    /// The commitment that stands for the field; `None` for a field of the private part.
    fn committed(&self, record: &Record) -> Result<Option<Commitment>, Error> {
        let field = || self.field.to_owned();
        if let Some(commitment) = record.body.commitments().and_then(|all| all.get(self.field)) {
            return if self.text.is_some() { Ok(Some(*commitment)) } else { Err(Error::NoText { field: field() }) };
        }
        let (seq, kind) = (record.seq, record.kind());
        let private = || COMMON.iter().chain(kind.private_fields()).copied();
        if !private().any(|name| name == self.field) {
            let commitments = record.body.commitments().into_iter().flatten().map(|(name, _)| name.as_str());
            let known = private().chain(commitments).collect::<Vec<_>>().join(", ");
            return Err(Error::NoField { seq, kind, field: field(), known });
        }
        if self.text.is_some() { Err(Error::NeedlessText { field: field() }) } else { Ok(None) }
    }

    fn put_on_record(&self, ledger: &mut Ledger, edge: Edge<'_>) -> Result<u64, Error> {
        let (fields, purpose) = (vec![self.field.to_owned()], self.purpose.to_owned());
        let body = Body::Access(body::Access { subject: self.record, fields, purpose });
        let event = Event::new(body, this_system(), Some(self.by))?;
        // Before it is given to the log: what is not accepted is told as it is.
        event.check()?;
        let receipts = ledger.append(&[event], edge)?;
        Ok(receipts.first().ok_or(ledger::Error::Poisoned)?.seq)
    }

    /// The text that the commitment opens to: the one handed in, with or without the line feed at its end.
    fn revealed(&self, commitment: &Commitment, part: &Private, origin: &str) -> Option<Field> {
        let key = part.seed.commitment_key(origin, &self.record.to_string(), self.field);
        let given = self.text?;
        let without = given.strip_suffix('\n').map(|text| text.strip_suffix('\r').unwrap_or(text));
        let value = std::iter::once(given).chain(without).find(|text| commitment.opens_to(&key, text.as_bytes()))?;
        Some(Field::Commitment { name: self.field.to_owned(), value: value.to_owned(), key })
    }
}

/// A record, its public part as stored, and its private part as far as that opens.
fn look(id: Uuid, reader: &Reader, opener: &Opener) -> Result<(Record, Vec<u8>, Opened), Error> {
    let seq = reader.find(id)?;
    let stored = reader.line(seq)?;
    let (line, record) = Line::whole(seq, &stored)?;
    let part = opener.open(&record, line.private)?;
    Ok((record, line.record.to_vec(), part))
}
