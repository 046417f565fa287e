//! Images are read and looked at while those before them are recorded, signed and released.
//!
//! As many threads as there are jobs take one image after the other, in order. They are never farther ahead than in the batch behind
//! the one that is being exported: two batches is what is held in memory, however many images there are.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use rayon::ThreadPool;
use touchmark_core::export::{Looked, Order};
use touchmark_core::media::Limits;

use super::makings::Makings;
use super::read;
use crate::commands::several::guarded;
use crate::error::Outcome;

/// A batch ends before it has more than this, in bytes of input; one image may have more.
const BATCH_BYTES: u64 = 64 << 20;

/// Images that share a commit of the log.
const BATCH_IMAGES: usize = 64;

/// What is to be exported.
pub(super) struct Work<'a> {
    pub(super) images: &'a [PathBuf],
    pub(super) targets: &'a [PathBuf],
    pub(super) makings: &'a Makings,
    pub(super) limits: &'a Limits,
}

/// Images of one batch, with their places among all.
pub(super) type Batch = Vec<(usize, Result<Looked, String>)>;

enum News {
    /// An image was looked at.
    Looked(usize, Result<Looked, String>),
    /// The batch ends before this image.
    End(usize),
}

/// How far it has come.
#[derive(Default)]
struct State {
    /// The next image to be taken.
    next: usize,
    /// The batch that it is in or begins.
    batch: usize,
    images: usize,
    bytes: u64,
    exported: usize,
    ended: bool,
}

struct Line<'a> {
    work: &'a Work<'a>,
    state: Mutex<State>,
    exported: Condvar,
}

/// Hands batch after batch to `export`, in order, and looks at the next one in `threads` meanwhile.
pub(super) fn batches(
    work: &Work<'_>,
    threads: &ThreadPool,
    mut export: impl FnMut(Batch) -> Outcome<()>,
) -> Outcome<()> {
    let line = Line { work, state: Mutex::default(), exported: Condvar::new() };
    let (tell, told) = channel();
    thread::scope(|scope| {
        // Whatever happens here, those who look must not wait for ever.
        let _end = End(&line);
        // Each thread of the pool looks, once and to the end: none may take up another's part while it waits for a piece of its own.
        scope.spawn(|| threads.broadcast(|_| line.look(&tell.clone())));
        let (mut looked, mut ends, mut begin) = (BTreeMap::new(), VecDeque::new(), 0);
        loop {
            while let Some(&end) = ends.front()
                && looked.range(begin..end).count() == end - begin
            {
                let rest = looked.split_off(&end);
                export(std::mem::replace(&mut looked, rest).into_iter().collect())?;
                ends.pop_front();
                begin = end;
                line.batch_exported();
            }
            if begin == work.images.len() {
                return Ok(());
            }
            match told.recv() {
                Ok(News::Looked(place, image)) => drop(looked.insert(place, image)),
                Ok(News::End(end)) => ends.push_back(end),
                Err(_) => return Err("those who look at images have stopped, which is a fault of this program".into()),
            }
        }
    })
}

struct End<'a>(&'a Line<'a>);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.state().ended = true;
        self.0.exported.notify_all();
    }
}

impl Line<'_> {
    fn look(&self, tell: &Sender<News>) {
        while let Some(place) = self.take(tell) {
            let seen = guarded(|| self.look_at(place));
            // Nobody may be there any more.
            drop(tell.send(News::Looked(place, seen)));
        }
    }

    fn look_at(&self, place: usize) -> Result<Looked, String> {
        let Work { images, targets, makings, limits } = self.work;
        let bytes = read(&images[place], limits.max_bytes)?;
        let order = Order { bytes, making: makings.of(place), target: targets.get(place).cloned() };
        Ok(Looked::at(order, limits))
    }

    /// The place of the next image, when its turn has come.
    fn take(&self, tell: &Sender<News>) -> Option<usize> {
        let mut state = self.state();
        let place = state.next;
        let image = self.work.images.get(place)?;
        state.next += 1;
        state.add(place, size(image), tell);
        if state.next == self.work.images.len() {
            drop(tell.send(News::End(state.next)));
        }
        let batch = state.batch;
        while batch > state.exported + 1 && !state.ended {
            state = self.exported.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        (!state.ended).then_some(place)
    }

    fn batch_exported(&self) {
        self.state().exported += 1;
        self.exported.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Puts an image in the batch, or begins the next with it.
    fn add(&mut self, place: usize, size: u64, tell: &Sender<News>) {
        if self.images == BATCH_IMAGES || (self.images > 0 && self.bytes + size > BATCH_BYTES) {
            drop(tell.send(News::End(place)));
            (self.batch, self.images, self.bytes) = (self.batch + 1, 0, 0);
        }
        self.images += 1;
        self.bytes += size;
    }
}

/// What cannot be read takes no memory.
fn size(image: &Path) -> u64 {
    fs::metadata(image).map_or(0, |metadata| metadata.len())
}
