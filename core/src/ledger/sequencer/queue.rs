//! Who waits for the writer, and how it goes from hand to hand: first come, first served.
//!
//! The writer is always in one place: free, in the hands of the one who leads, or gone because the log failed. Whoever leads hands it to
//! the first who waits. So nobody is overtaken, neither one caller by many nor many by one.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::event::prepare::Log;

use super::super::{Error, Ledger, Reader};
use super::commit::{Committed, Group};

/// The log's writer, with the reader that knows its ids.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) ledger: Ledger,
    pub(super) reader: Arc<Reader>,
}

/// The line.
#[derive(Debug)]
pub(super) struct Queue {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    place: Place,
    waiting: VecDeque<Arc<Waiter>>,
    log: Arc<Log>,
}

/// Where the writer is.
#[derive(Debug)]
enum Place {
    /// Nobody waits.
    Free(Box<Writer>),
    InUse,
    /// The log failed, and the writer was dropped.
    Closed,
}

/// One who waits.
#[derive(Debug)]
pub(super) struct Waiter {
    /// What is to be committed; `None` for somebody who wants the writer alone, or when it was taken.
    group: Mutex<Option<Group>>,
    shares: bool,
    turn: Mutex<Turn>,
    called: Condvar,
}

/// What becomes of one who waits.
#[derive(Debug)]
pub(super) enum Turn {
    Waits,
    /// Has the writer and must hand it on.
    Leads(Box<Writer>),
    /// Somebody else committed for them, or nobody can.
    Answered(Result<Committed, Error>),
}

impl Queue {
    pub(super) fn new(writer: Writer) -> Self {
        let log = Arc::clone(writer.ledger.log());
        let state = State { place: Place::Free(Box::new(writer)), waiting: VecDeque::new(), log };
        Self { state: Mutex::new(state) }
    }

    pub(super) fn log(&self) -> Arc<Log> {
        Arc::clone(&self.state().log)
    }

    pub(super) fn len(&self) -> usize {
        self.state().waiting.len()
    }

    pub(super) fn is_closed(&self) -> bool {
        matches!(self.state().place, Place::Closed)
    }

    /// Gets in line, and comes back with the writer or with an answer.
    pub(super) fn join(&self, waiter: &Arc<Waiter>) -> Turn {
        let mut state = self.state();
        match std::mem::replace(&mut state.place, Place::InUse) {
            Place::Free(writer) => return Turn::Leads(writer),
            Place::InUse => state.waiting.push_back(Arc::clone(waiter)),
            Place::Closed => {
                state.place = Place::Closed;
                return Turn::Answered(Err(Error::Poisoned));
            }
        }
        drop(state);
        waiter.wait()
    }

    /// Leads a closed log back: whoever comes from now on waits. `None` where it is not closed.
    pub(super) fn reopen(&self) -> Option<Lead<'_>> {
        let mut state = self.state();
        if !matches!(state.place, Place::Closed) {
            return None;
        }
        state.place = Place::InUse;
        drop(state);
        Some(Lead::new(self, None))
    }

    fn hand_on(&self, writer: Box<Writer>) {
        let mut state = self.state();
        state.log = Arc::clone(writer.ledger.log());
        match state.waiting.pop_front() {
            Some(next) => {
                drop(state);
                next.call(Turn::Leads(writer));
            }
            None => state.place = Place::Free(writer),
        }
    }

    fn close(&self) {
        let mut state = self.state();
        state.place = Place::Closed;
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        for waiter in waiting {
            waiter.call(Turn::Answered(Err(Error::Poisoned)));
        }
    }

    /// A panic elsewhere leaves nothing half done here: each change is one assignment.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiter {
    /// Whose group may be committed with those of others.
    pub(super) fn sharing(group: Group) -> Self {
        Self { group: Mutex::new(Some(group)), shares: true, turn: Mutex::new(Turn::Waits), called: Condvar::new() }
    }

    /// Who wants the writer alone.
    pub(super) fn alone() -> Self {
        Self { group: Mutex::new(None), shares: false, turn: Mutex::new(Turn::Waits), called: Condvar::new() }
    }

    pub(super) fn wait(&self) -> Turn {
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match std::mem::replace(&mut *turn, Turn::Waits) {
                Turn::Waits => turn = self.called.wait(turn).unwrap_or_else(PoisonError::into_inner),
                called => return called,
            }
        }
    }

    fn call(&self, turn: Turn) {
        *self.turn.lock().unwrap_or_else(PoisonError::into_inner) = turn;
        self.called.notify_one();
    }

    fn take(&self) -> Group {
        self.group.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default()
    }
}

/// Whoever has the writer. However it ends, by a panic too, the writer is handed on or the log is closed, and nobody waits for ever.
#[derive(Debug)]
pub(super) struct Lead<'a> {
    queue: &'a Queue,
    writer: Option<Box<Writer>>,
    /// Those for whom this one commits.
    crowd: Vec<Arc<Waiter>>,
    is_done: bool,
}

impl<'a> Lead<'a> {
    pub(super) fn new(queue: &'a Queue, writer: Option<Box<Writer>>) -> Self {
        Self { queue, writer, crowd: Vec::new(), is_done: false }
    }

    pub(super) fn writer(&mut self) -> Option<&mut Writer> {
        self.writer.as_deref_mut()
    }

    /// The log was opened again.
    pub(super) fn take(&mut self, writer: Writer) {
        self.writer = Some(Box::new(writer));
    }

    /// What is to be committed together: our own, and what those have who wait behind each other at the head of the line.
    pub(super) fn gather(&mut self, own: &Arc<Waiter>) -> Vec<Group> {
        self.crowd.push(Arc::clone(own));
        let waiting = &mut self.queue.state().waiting;
        while let Some(next) = waiting.pop_front_if(|next| next.shares) {
            self.crowd.push(next);
        }
        self.crowd.iter().map(|waiter| waiter.take()).collect()
    }

    /// Answers those for whom it committed, in their order.
    pub(super) fn answer(mut self, answers: Vec<Result<Committed, Error>>) {
        let crowd = std::mem::take(&mut self.crowd);
        // First the writer goes on, then the news.
        self.end();
        for (waiter, answer) in crowd.into_iter().zip(answers) {
            waiter.call(Turn::Answered(answer));
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
        for waiter in self.crowd.drain(..) {
            waiter.call(Turn::Answered(Err(Error::Poisoned)));
        }
    }
}
