//! One who waits for the writer.

use std::sync::{Condvar, Mutex, PoisonError};

use super::super::Error;
use super::group::{Committed, Group, Writer};

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

impl Waiter {
    /// Whose group may be committed with those of others.
    pub(super) fn sharing(group: Group) -> Self {
        Self { group: Mutex::new(Some(group)), shares: true, turn: Mutex::new(Turn::Waits), called: Condvar::new() }
    }

    /// Who wants the writer alone.
    pub(super) fn alone() -> Self {
        Self { group: Mutex::new(None), shares: false, turn: Mutex::new(Turn::Waits), called: Condvar::new() }
    }

    pub(super) fn shares(&self) -> bool {
        self.shares
    }

    /// What comes of this turn.
    pub(super) fn wait_unless(&self, turn: Turn) -> Turn {
        if matches!(turn, Turn::Waits) { self.wait() } else { turn }
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

    pub(super) fn call(&self, turn: Turn) {
        *self.turn.lock().unwrap_or_else(PoisonError::into_inner) = turn;
        self.called.notify_one();
    }

    pub(super) fn take(&self) -> Group {
        self.group.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default()
    }
}
