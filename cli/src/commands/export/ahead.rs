//! Images are read and looked at while those before them are recorded, signed and released.
//!
//! As many threads as there are jobs take one image after the other, in order. They are never farther ahead than in the batch behind
//! the one that is being exported: two batches is what is held in memory, however many images there are.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use rayon::ThreadPool;
use touchmark_core::export::{Hashed, Looked, Order};
use touchmark_core::media::{Canvas, Limits, Spare};

use super::makings::Makings;
use super::read_into;
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
    pub(super) spare: &'a Spare,
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
        scope.spawn(|| threads.broadcast(|context| line.look(context.num_threads(), &tell.clone())));
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
    fn look(&self, threads: usize, tell: &Sender<News>) {
        // Nobody may be there any more.
        let say = |place, seen| drop(tell.send(News::Looked(place, seen)));
        let mut canvas = Canvas::default();
        while let Some(places) = self.take(threads, tell) {
            let (read, orders): (Vec<_>, Vec<_>) = places
                .filter_map(|place| match guarded(|| self.read(place)) {
                    Ok(order) => Some((place, order)),
                    Err(problem) => {
                        say(place, Err(problem));
                        None
                    }
                })
                .unzip();
            for (place, image) in read.into_iter().zip(Hashed::all(orders)) {
                say(place, guarded(|| Ok(Looked::at(image, self.work.limits, &mut canvas))));
            }
        }
    }

    fn read(&self, place: usize) -> Result<Order, String> {
        let Work { images, targets, makings, limits, spare } = self.work;
        let bytes = read_into(&images[place], limits.max_bytes, |room| spare.take(room))?;
        Ok(Order { bytes, making: makings.of(place), target: targets.get(place).cloned() })
    }

    /// The places of the next images, when their turn has come: those that are hashed together.
    fn take(&self, threads: usize, tell: &Sender<News>) -> Option<Range<usize>> {
        let mut state = self.state();
        let (images, first) = (self.work.images, state.next);
        for image in images[first..].iter().take(Hashed::at_once(images.len() - first, threads)) {
            let size = size(image);
            if state.next > first && state.is_full(size) {
                break;
            }
            state.add(size, tell);
        }
        let end = state.next;
        if end == images.len() && first < end {
            drop(tell.send(News::End(end)));
        }
        let batch = state.batch;
        while batch > state.exported + 1 && !state.ended {
            state = self.exported.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        (!state.ended && first < end).then_some(first..end)
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
    /// Puts the next image in the batch, or begins another one with it.
    fn add(&mut self, size: u64, tell: &Sender<News>) {
        if self.is_full(size) {
            drop(tell.send(News::End(self.next)));
            (self.batch, self.images, self.bytes) = (self.batch + 1, 0, 0);
        }
        self.next += 1;
        self.images += 1;
        self.bytes += size;
    }

    /// Whether an image of this size does not belong in the batch any more.
    fn is_full(&self, size: u64) -> bool {
        self.images == BATCH_IMAGES || (self.images > 0 && self.bytes + size > BATCH_BYTES)
    }
}

/// What cannot be read takes no memory.
fn size(image: &Path) -> u64 {
    fs::metadata(image).map_or(0, |metadata| metadata.len())
}
