//! What can happen to a picture, and how it is written down.
//!
//! - [`Event`]: what a user writes, checked as it comes in ([`json`] refuses what JSON readers would disagree about); [`lines`]: many of them.
//! - [`Record`]: what the log keeps. Its public part says what happened; its private part ([`private`]) says who, for whom, with
//!   which parameters, and is bound to the public one by two hashes, so that it can be sealed, opened or erased alone.
//! - [`sealer`], [`sealed`]: under whose keys a private part is sealed, and how it stands in the log; [`opener`]: the way back.
//! - [`seal`]: the step from the one to the other; [`prepare`]: as much of it as needs no place in a log.
//! - [`body`]: one struct a record type; [`terms`]: the words they are made of; [`kind`]: the types themselves; [`person`]: who
//!   can answer for an act; [`classes`]: how long private parts are kept.
//!
//! docs/record.md describes the form for readers, with an example of each type.
//!
//! Left out: where records stand and how they are chained (`ledger`), keys (`keys`), what a commitment is (`privacy`).

pub mod body;
pub mod classes;
mod form;
pub mod input;
pub mod json;
pub mod kind;
pub mod lines;
pub mod opener;
pub mod person;
pub mod prepare;
pub mod private;
pub mod record;
pub mod seal;
pub mod sealed;
pub mod sealer;
pub mod terms;
pub mod time;

pub use classes::Classes;
pub use input::Event;
pub use kind::Kind;
pub use opener::{Opened, Opener};
pub use prepare::Prepared;
pub use private::Private;
pub use record::{Body, Record};
pub use seal::{Place, Sealed};
pub use sealer::Sealer;

/// Why an event was not accepted, or a record not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Not JSON, or JSON that readers would not agree about.
    #[error("not acceptable JSON: {problem}")]
    Json {
        /// What and where.
        problem: String,
    },
    /// More text than an event may have.
    #[error("the event has {bytes} bytes, the limit is {limit}: name large inputs by their hash, in references")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit, in bytes.
        limit: usize,
    },
    /// No `type`.
    #[error("the event has no type: add \"type\", one of {}", Kind::names())]
    NoType,
    /// A `type` that does not exist.
    #[error("unknown event type {found:?}: expected one of {}", Kind::names())]
    UnknownType {
        /// What was given.
        found: String,
    },
    /// A field that a defensible record cannot do without.
    #[error("{kind} needs {field}: {why}")]
    Missing {
        /// The record type.
        kind: Kind,
        /// The field's name.
        field: &'static str,
        /// What it is for.
        why: &'static str,
    },
    /// A field with the wrong name or form.
    #[error("{kind} event: {path}{problem}")]
    Field {
        /// The record type.
        kind: Kind,
        /// Where, followed by `: `; empty where the problem names it.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Nobody answers for the act.
    #[error("{kind} by {subject:?} ({why}): name the responsible person in actor.on_behalf_of {{subject, auth}}")]
    NotAPerson {
        /// The record type.
        kind: Kind,
        /// The account.
        subject: String,
        /// Why it is not taken for a person.
        why: &'static str,
    },
    /// An event from the future.
    #[error(
        "time {time} is later than this machine's clock, {now}, by more than five minutes: set right the clock that is wrong, \
         or leave time out"
    )]
    Future {
        /// The event's time.
        time: String,
        /// The clock.
        now: String,
    },
    /// A part of the record would not fit into a log entry.
    #[error("the {part} part of the record has {bytes} bytes, the limit is {limit}: {remedy}")]
    RecordTooLarge {
        /// `public` or `private`.
        part: &'static str,
        /// Its size.
        bytes: usize,
        /// The limit, in bytes.
        limit: usize,
        /// What to do.
        remedy: &'static str,
    },
    /// No keys to seal the private part under.
    #[error("the private part cannot be sealed: {problem}")]
    Vault {
        /// What the vault says.
        problem: String,
    },
    /// Bytes that are not a record, or not one of this version.
    #[error("not a record of the form that this program reads: {problem}")]
    Unreadable {
        /// What and where.
        problem: String,
    },
}
