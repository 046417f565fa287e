//! Answers on standard output, messages on standard error.

use std::fmt::Display;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::value::RawValue;
use touchmark_core::plain::{json, plain};

use crate::error::Outcome;

/// Where answers go.
pub(crate) struct Output {
    json: bool,
    out: io::BufWriter<io::Stdout>,
}

impl Output {
    /// JSON Lines, or words.
    pub(crate) fn new(json: bool) -> Self {
        Self { json, out: io::BufWriter::new(io::stdout()) }
    }

    /// Whether JSON Lines were asked for.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// One answer: a line of JSON, or the words for it.
    pub(crate) fn answer<T: Serialize>(&mut self, value: &T, words: impl Display) -> Outcome<()> {
        self.put(value, words)?;
        self.finish()
    }

    /// Many answers that are known by now: each as by [`answer`](Self::answer), and all written together.
    pub(crate) fn answers<T: Serialize>(&mut self, answers: impl IntoIterator<Item = (T, String)>) -> Outcome<()> {
        answers.into_iter().try_for_each(|(value, words)| self.put(&value, words))?;
        self.finish()
    }

    /// One record, of perhaps very many: a line of JSON, byte for byte as it is hashed, or the words for it. Written when there is enough of
    /// them, or at the end.
    pub(crate) fn record(&mut self, bytes: &RawValue, words: impl FnOnce() -> String) -> Outcome<()> {
        if self.json { self.line(bytes) } else { self.line(words()) }
    }

    /// One answer that is JSON in any case.
    pub(crate) fn document(&mut self, value: &serde_json::Value) -> Outcome<()> {
        self.line(json(&value.to_string()))?;
        self.finish()
    }

    /// Text as it is, for answers whose form is a standard of its own; as JSON, a string under `name`.
    pub(crate) fn text(&mut self, name: &str, text: &str) -> Outcome<()> {
        if self.json {
            self.line(json(&serde_json::json!({ name: text }).to_string()))?;
        } else {
            write!(self.out, "{text}")?;
        }
        self.finish()
    }

    /// Writes what is not written yet. Where that fails, not everything was said.
    pub(crate) fn finish(&mut self) -> Outcome<()> {
        Ok(self.out.flush()?)
    }

    fn put<T: Serialize>(&mut self, value: &T, words: impl Display) -> Outcome<()> {
        if self.json { self.line(json(&serde_json::to_string(value)?)) } else { self.line(words) }
    }

    fn line(&mut self, line: impl Display) -> Outcome<()> {
        Ok(writeln!(self.out, "{line}")?)
    }

    /// A "no" with its reason; as JSON, under `refused`.
    pub(crate) fn refusal(&mut self, reason: &str) -> Outcome<()> {
        self.answer(&serde_json::json!({ "refused": reason }), reason)
    }

    /// Words for a person only.
    pub(crate) fn words(&mut self, words: impl Display) -> Outcome<()> {
        if self.json { Ok(()) } else { self.line(words) }
    }
}

/// A message on standard error: progress, warnings.
pub(crate) fn message(words: impl Display) {
    drop(writeln!(io::stderr(), "{words}"));
}

/// Text from outside made safe for a terminal: no control characters, no overrides of writing direction, not endless.
pub(crate) fn safe(text: &str) -> String {
    const LONGEST: usize = 300;
    plain(text, LONGEST)
}
