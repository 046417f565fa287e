//! Whoever has the writer.

use std::sync::Arc;

use super::super::{Error, Snapshot};
use super::crowd::{Crowd, Outcome};
use super::group::{Committed, Writer};
use super::queue::Queue;
use super::waiter::{Turn, Waiter};

/// Whoever has the writer. However it ends, by a panic too, the writer is handed on or the log is closed, and nobody waits for ever.
#[derive(Debug)]
pub(super) struct Lead<'a> {
    queue: &'a Queue,
    writer: Option<Box<Writer>>,
    /// Those for whom this one commits.
    waiters: Vec<Arc<Waiter>>,
    crowd: Option<Arc<Crowd>>,
    is_done: bool,
}

impl<'a> Lead<'a> {
    pub(super) fn new(queue: &'a Queue, writer: Option<Box<Writer>>) -> Self {
        Self { queue, writer, waiters: Vec::new(), crowd: None, is_done: false }
    }

    pub(super) fn of(queue: &'a Queue, writer: Box<Writer>, crowd: Arc<Crowd>) -> Self {
        Self { queue, writer: Some(writer), waiters: Vec::new(), crowd: Some(crowd), is_done: false }
    }

    pub(super) fn writer(&mut self) -> Option<&mut Writer> {
        self.writer.as_deref_mut()
    }

    /// The writer, and those for whom it is to commit.
    pub(super) fn parts(&mut self) -> Option<(&'a Queue, &mut Writer, &mut Vec<Arc<Waiter>>)> {
        Some((self.queue, self.writer.as_deref_mut()?, &mut self.waiters))
    }

    /// The log was opened again.
    pub(super) fn take(&mut self, writer: Writer) {
        self.writer = Some(Box::new(writer));
    }

    /// Answers those for whom it committed, in their order.
    pub(super) fn answer(mut self, answers: Vec<Result<Committed, Error>>) {
        let waiters = std::mem::take(&mut self.waiters);
        // First the writer goes on, then the news.
        self.end();
        for (waiter, answer) in waiters.into_iter().zip(answers) {
            waiter.call(Turn::Answered(answer));
        }
    }

    /// Answers the crowd for which it committed.
    pub(super) fn tell(mut self, committed: Result<Snapshot, Error>) {
        let outcome =
            committed.map_or_else(|error| Outcome::Failed(Arc::new(error)), |now| Outcome::Committed(Arc::new(now)));
        let crowd = self.crowd.take();
        self.end();
        if let Some(crowd) = crowd {
            crowd.end(outcome);
        }
    }

    /// Hands the writer on, or closes the log if it failed.
    pub(super) fn end(mut self) {
        self.is_done = true;
    }
}

impl Drop for Lead<'_> {
    fn drop(&mut self) {
        match self.writer.take() {
            Some(writer) if self.is_done && !writer.ledger.has_failed() => self.queue.hand_on(writer),
            failed => {
                // Its lock is given back before anybody can learn that the log may be opened again.
                drop(failed);
                self.queue.close();
            }
        }
        // Only where it did not come to an answer: how far the commit went is not known.
        let broken = || Arc::new(Error::Poisoned);
        for waiter in self.waiters.drain(..) {
            waiter.call(Turn::Answered(Err(Error::Commit { source: broken() })));
        }
        if let Some(crowd) = self.crowd.take() {
            crowd.end(Outcome::Failed(broken()));
        }
    }
}
