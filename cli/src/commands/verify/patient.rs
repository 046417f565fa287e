//! Files are looked at side by side, none for longer than the patience for one, and the answers come in the order of the files.
//!
//! A thread cannot be stopped. One that takes too long is left to itself, another goes on in its place, and what it says in the end nobody hears.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::commands::several::guarded;

/// So many files may be looked at before the one whose answer is waited for: their answers are kept in memory until then.
const AHEAD: usize = 256;

/// The answers about `count` files, in order: what `look` says of each, given its number.
pub(super) struct Answers<T> {
    line: Arc<Line<T>>,
    told: Receiver<(usize, Result<T, String>)>,
    early: BTreeMap<usize, Result<T, String>>,
    patience: Duration,
}

struct Line<T> {
    look: Box<dyn Fn(usize) -> Result<T, String> + Send + Sync>,
    count: usize,
    tell: Sender<(usize, Result<T, String>)>,
    state: Mutex<State>,
    answered: Condvar,
}

#[derive(Default)]
struct State {
    /// The next file to be looked at.
    next: usize,
    /// How many answers were given.
    answered: usize,
    /// What is being looked at, and since when.
    begun: BTreeMap<usize, Instant>,
}

impl<T: Send + 'static> Answers<T> {
    pub(super) fn new(
        count: usize,
        patience: Duration,
        look: impl Fn(usize) -> Result<T, String> + Send + Sync + 'static,
    ) -> Result<Self, String> {
        let (tell, told) = channel();
        let (state, answered) = (Mutex::default(), Condvar::new());
        let line = Arc::new(Line { look: Box::new(look), count, tell, state, answered });
        let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        (0..threads.min(count)).try_for_each(|_| begin(&line))?;
        Ok(Self { line, told, early: BTreeMap::new(), patience })
    }

    /// The next answer, from whichever thread it comes.
    fn wait(&mut self) -> Result<(), String> {
        let first = self.line.state().begun.values().min().copied();
        let rest = first.map_or(self.patience, |begun| self.patience.saturating_sub(begun.elapsed()));
        match self.told.recv_timeout(rest) {
            Ok((place, answer)) => drop(self.early.insert(place, answer)),
            Err(RecvTimeoutError::Timeout) => {
                for place in self.line.give_up(self.patience) {
                    let limit = self.patience.as_secs();
                    let words =
                        format!("it takes longer than {limit} seconds (limits.verify_seconds in touchmark.toml)");
                    self.early.insert(place, Err(words));
                    begin(&self.line)?;
                }
            }
            Err(RecvTimeoutError::Disconnected) => return Err("those who look at files have stopped".to_owned()),
        }
        Ok(())
    }
}

impl<T: Send + 'static> Iterator for Answers<T> {
    type Item = Result<T, String>;

    fn next(&mut self) -> Option<Self::Item> {
        let place = self.line.state().answered;
        if place == self.line.count {
            return None;
        }
        let answer = loop {
            if let Some(answer) = self.early.remove(&place) {
                break answer;
            }
            if let Err(problem) = self.wait() {
                break Err(problem);
            }
        };
        self.line.state().answered += 1;
        self.line.answered.notify_all();
        Some(answer)
    }
}

fn begin<T: Send + 'static>(line: &Arc<Line<T>>) -> Result<(), String> {
    let line = Arc::clone(line);
    let begun = thread::Builder::new().spawn(move || line.work());
    begun.map(drop).map_err(|error| format!("no thread could be started: {error}"))
}

impl<T> Line<T> {
    fn work(&self) {
        while let Some(place) = self.take() {
            let answer = guarded(|| (self.look)(place));
            // Whoever was given up has been replaced.
            if self.state().begun.remove(&place).is_none() || self.tell.send((place, answer)).is_err() {
                return;
            }
        }
    }

    fn take(&self) -> Option<usize> {
        let mut state = self.state();
        let place = state.next;
        if place == self.count {
            return None;
        }
        state.next += 1;
        while place >= state.answered + AHEAD {
            state = self.answered.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.begun.insert(place, Instant::now());
        Some(place)
    }

    /// The files that have been looked at for too long.
    fn give_up(&self, patience: Duration) -> Vec<usize> {
        let mut state = self.state();
        let late: Vec<usize> =
            state.begun.iter().filter(|(_, begun)| begun.elapsed() >= patience).map(|(place, _)| *place).collect();
        for place in &late {
            state.begun.remove(place);
        }
        late
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_in_order_and_a_file_that_takes_too_long_or_fails_holds_up_no_other() {
        let look = |number: usize| match number {
            7 => {
                thread::sleep(Duration::from_hours(1));
                Ok(0)
            }
            9 => panic!("on purpose"),
            number => Ok(number),
        };
        let answers: Vec<_> = Answers::new(600, Duration::from_secs(3), look).expect("threads").collect();
        assert_eq!(answers.len(), 600);
        for (number, answer) in answers.into_iter().enumerate() {
            match number {
                7 => assert!(answer.expect_err("too long").contains("takes longer")),
                9 => assert!(answer.expect_err("failed").contains("a fault of this program")),
                number => assert_eq!(answer, Ok(number)),
            }
        }
        assert_eq!(Answers::new(0, Duration::ZERO, Ok::<usize, String>).expect("none").count(), 0);
    }
}
