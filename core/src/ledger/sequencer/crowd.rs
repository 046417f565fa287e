//! Callers whose records have their places already, and who wait for one commit.

use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::super::writer::Run;
use super::super::{Error, Snapshot};
use super::group::Writer;

/// So many at once can make use of being awake.
static PROCESSORS: LazyLock<usize> = LazyLock::new(|| thread::available_parallelism().map_or(1, usize::from));

/// Those who wait.
#[derive(Debug, Default)]
pub(super) struct Crowd {
    stage: Mutex<Stage>,
    news: Condvar,
}

#[derive(Debug, Default)]
enum Stage {
    #[default]
    Waits,
    /// One of them, whoever comes first, is to commit for all.
    Leads(Box<Ready>),
    Over(Outcome),
}

/// What became of the records.
#[derive(Debug, Clone)]
pub(super) enum Outcome {
    Committed(Arc<Snapshot>),
    /// Whether they are on record is not known.
    Failed(Arc<Error>),
    /// None of them was written.
    NotBegun,
}

/// Why one of a crowd need not wait any more.
#[derive(Debug)]
pub(super) enum Called {
    Leads(Box<Ready>),
    Over(Outcome),
}

/// The records of a crowd.
#[derive(Debug)]
pub(super) struct Gathered {
    pub(super) run: Run,
    pub(super) callers: usize,
    /// Callers that have not signed their records yet.
    pub(super) unsigned: usize,
    pub(super) crowd: Arc<Crowd>,
}

/// The records of a crowd, and the writer for them.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) writer: Box<Writer>,
    pub(super) gathered: Gathered,
}

impl Crowd {
    pub(super) fn wait(&self) -> Called {
        let mut stage = self.stage();
        loop {
            match &*stage {
                Stage::Waits => stage = self.news.wait(stage).unwrap_or_else(PoisonError::into_inner),
                Stage::Over(outcome) => {
                    let outcome = outcome.clone();
                    drop(stage);
                    self.news.notify_one();
                    return Called::Over(outcome);
                }
                Stage::Leads(_) => {
                    if let Stage::Leads(ready) = std::mem::take(&mut *stage) {
                        return Called::Leads(ready);
                    }
                }
            }
        }
    }

    /// Calls one of them to commit.
    pub(super) fn lead(&self, ready: Box<Ready>) {
        *self.stage() = Stage::Leads(ready);
        self.news.notify_one();
    }

    /// Tells all of them. Each wakes the next: if all woke at once, whoever commits for the next crowd would come back from the disk and
    /// find every processor taken, and a queue before each.
    pub(super) fn end(&self, outcome: Outcome) {
        *self.stage() = Stage::Over(outcome);
        for _ in 0..*PROCESSORS {
            self.news.notify_one();
        }
    }

    /// A panic elsewhere leaves nothing half done here: each change is one assignment.
    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
