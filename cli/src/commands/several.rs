//! What is said of several files in all, where each is looked at by itself.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use serde::Serialize;

use crate::error::{Answer, Failure, Outcome};
use crate::output::{Output, message, safe};

#[derive(Serialize)]
struct Failed<'a> {
    path: &'a Path,
    error: &'a str,
}

/// What `look` says of one file. If it panics, that is the answer for this file, and the others go on.
pub(super) fn guarded<T>(look: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(look))
        .unwrap_or_else(|_| Err("looking at it failed, which is a fault of this program".to_owned()))
}

/// The answers so far.
pub(super) struct Several {
    all: bool,
    looked: bool,
}

impl Several {
    pub(super) const fn new() -> Self {
        Self { all: true, looked: true }
    }

    /// One more file was looked at.
    pub(super) const fn answered(&mut self, yes: bool) {
        self.all &= yes;
    }

    /// One more could not be looked at: said, and the others go on.
    pub(super) fn failed(&mut self, path: &Path, error: &str, output: &mut Output) -> Outcome<()> {
        self.looked = false;
        if output.is_json() {
            return output.answer(&Failed { path, error }, "");
        }
        message(format!("{}: could not look: {}", path.display(), safe(error)));
        Ok(())
    }

    /// Yes if all were.
    pub(super) fn outcome(self) -> Outcome {
        match (self.looked, self.all) {
            (false, _) => Err(Failure::from("not every file could be looked at")),
            (true, true) => Ok(Answer::Yes),
            (true, false) => Ok(Answer::No),
        }
    }
}
