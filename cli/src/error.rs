//! What went wrong, and the way out. Errors are printed here and nowhere else.

use std::error::Error as StdError;
use std::io::{self, Write};
use std::process::ExitCode;

pub(crate) use touchmark_core::causes::in_words as chain;

/// How a command ended that was carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Yes, or done.
    Yes,
    /// No, or not everything was done.
    No,
}

/// A command that could not be carried out.
#[derive(Debug)]
pub(crate) struct Failure {
    what: Box<dyn StdError + Send + Sync>,
    hint: Option<String>,
}

/// What a command returns.
pub(crate) type Outcome<T = Answer> = Result<T, Failure>;

impl<E: Into<Box<dyn StdError + Send + Sync>>> From<E> for Failure {
    fn from(what: E) -> Self {
        Self { what: what.into(), hint: None }
    }
}

impl Failure {
    /// Adds what to do about it.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Adds what to do to an error.
pub(crate) trait Hinted<T> {
    /// Adds what to do.
    fn hint(self, hint: impl Into<String>) -> Outcome<T>;
}

impl<T, E: Into<Failure>> Hinted<T> for Result<T, E> {
    fn hint(self, hint: impl Into<String>) -> Outcome<T> {
        self.map_err(|error| error.into().hint(hint))
    }
}

/// Exit code 0 for yes, 1 for no, 2 for "could not". A closed pipe is no failure.
pub(crate) fn finish(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(Answer::Yes) => ExitCode::SUCCESS,
        Ok(Answer::No) => ExitCode::from(1),
        Err(failure) if is_broken_pipe(failure.what.as_ref()) => ExitCode::SUCCESS,
        Err(failure) => {
            let mut err = io::stderr().lock();
            // Nowhere is left to report that standard error is closed.
            drop(writeln!(err, "error: {}", chain(failure.what.as_ref())));
            if let Some(hint) = failure.hint {
                drop(writeln!(err, "hint: {hint}"));
            }
            ExitCode::from(2)
        }
    }
}

fn is_broken_pipe(error: &(dyn StdError + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
