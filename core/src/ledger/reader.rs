//! A log as everybody may read it: no key, no lock.

mod picked;

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

use crate::event::sealed::Stored;
use crate::event::sealer::Whose;
use crate::event::{Event, Record};
use crate::privacy::vault::KeyId;
use crate::tlog::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::tlog::note::VerifierKey;
use crate::tlog::proof::Proof;

use super::file::FileStore;
use super::history::History;
use super::index::{Index, Key, Picked, Selection};
use super::line::Line;
use super::snapshot::{Continuation, Snapshot};
use super::store::Store;
use super::tree::Tree;
use super::{CHECKPOINT, Error};

/// A log that is open for reading. A writer may be at work beside it: what it adds later is seen by the next look-up.
#[derive(Debug)]
pub struct Reader {
    store: Arc<dyn Store>,
    history: History,
    index: Mutex<Index>,
    /// The tree that was asked for last: at most 255 hashes a row.
    tree: Mutex<Tree>,
}

impl Reader {
    /// Opens the log in a directory.
    pub fn open(dir: &Path) -> Result<Self, Error> {
        Self::over(Arc::new(FileStore::reader(dir)?))
    }

    /// Reads a store that is open already.
    pub fn over(store: Arc<dyn Store>) -> Result<Self, Error> {
        let history = History::published(store.as_ref())?;
        Ok(Self { store, history, index: Mutex::default(), tree: Mutex::default() })
    }

    /// The newest key that the log's own folder names.
    pub fn key(&self) -> &VerifierKey {
        self.history.newest()
    }

    /// All keys that the log's own folder names, as they stood when it was opened.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The lines.
    pub fn store(&self) -> &dyn Store {
        self.store.as_ref()
    }

    /// The newest checkpoint, as text.
    pub fn checkpoint(&self) -> Result<String, Error> {
        let bad = |problem: String| Error::Object { name: CHECKPOINT, problem };
        let note = self.store.get(CHECKPOINT)?.ok_or_else(|| bad("there is none".to_owned()))?;
        String::from_utf8(note).map_err(|error| bad(error.to_string()))
    }

    /// The record at a position. A record that was changed is refused.
    pub fn record(&self, seq: u64) -> Result<Record, Error> {
        Ok(Line::whole(seq, &self.stored(seq)?)?.1)
    }

    /// The line at a position, as stored. A line that was changed is refused.
    pub fn line(&self, seq: u64) -> Result<Vec<u8>, Error> {
        let line = self.stored(seq)?;
        Line::whole(seq, &line)?;
        Ok(line)
    }

    /// The position of an id.
    pub fn find(&self, id: Uuid) -> Result<u64, Error> {
        self.first(&Key::Id(id))?.ok_or(Error::NoSuchId { id })
    }

    /// The positions of several ids, in their order; `None` for those that are not in the log.
    pub fn find_each(&self, ids: &[Uuid]) -> Result<Vec<Option<u64>>, Error> {
        self.index(|index, store| ids.iter().map(|id| index.first(store, &Key::Id(*id))).collect())
    }

    /// As [`Self::find_each`], among the first `size` records. To catch up with a log that grows takes longer than the look: whoever comes
    /// between two commits does not do it again.
    pub(super) fn find_each_among(&self, ids: &[Uuid], size: u64) -> Result<Vec<Option<u64>>, Error> {
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        if index.size(self.store()) < size {
            index.catch_up(self.store())?;
        }
        ids.iter().map(|id| index.first_before(self.store(), &Key::Id(*id), size)).collect()
    }

    /// For each id with a position, the position of the first record that has the id and stands before.
    pub fn find_each_before(&self, ids: &[(Uuid, u64)]) -> Result<Vec<Option<u64>>, Error> {
        self.index(|index, store| ids.iter().map(|(id, end)| index.first_before(store, &Key::Id(*id), *end)).collect())
    }

    /// The position of the first record that a key finds.
    pub fn first(&self, key: &Key<'_>) -> Result<Option<u64>, Error> {
        self.index(|index, store| index.first(store, key))
    }

    /// The positions of all records that a key finds, the oldest first.
    pub fn look_up(&self, key: &Key<'_>) -> Result<Vec<u64>, Error> {
        self.index(|index, store| index.all(store, key))
    }

    /// Checks that no event brings an id that is on record or given twice: look-ups by it would be ambiguous. Whoever repeats a request
    /// learns here that it had succeeded.
    pub fn refuse_known(&self, events: &[Event]) -> Result<(), Error> {
        let mut seen = BTreeSet::new();
        let ids: Vec<Uuid> = events.iter().filter_map(|event| event.id).collect();
        if let Some(id) = ids.iter().copied().find(|id| !seen.insert(*id)) {
            return Err(Error::TwiceGiven { id });
        }
        self.index(|index, store| {
            for id in ids {
                if let Some(seq) = index.first(store, &Key::Id(id))? {
                    return Err(Error::OnRecord { id, seq });
                }
            }
            Ok(())
        })
    }

    /// Reads the newest records into the index now, so that the first look-up need not.
    pub fn catch_up(&self) -> Result<(), Error> {
        self.index(|_, _| Ok(()))
    }

    /// Shows the records that are wanted, in order, with their lines. Those that need not be looked at are stepped over; one that was
    /// changed and is looked at ends it with an error.
    pub fn select(
        &self,
        wanted: &Selection,
        visit: &mut dyn FnMut(&Record, &Line<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        self.select_from(0, wanted, visit)
    }

    /// The same, from the position `from` on.
    pub fn select_from(
        &self,
        from: u64,
        wanted: &Selection,
        visit: &mut dyn FnMut(&Record, &Line<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        if wanted.is_all() {
            return self.records(from, visit);
        }
        let segments = self.index(|index, _| Ok(index.segments()))?;
        let before = from / self.store.segment_lines();
        for number in before..segments {
            let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
            let (first, mut picked) = index.pick(self.store(), number, wanted)?;
            drop(index);
            if let Picked::These(places) = &mut picked {
                places.retain(|place| first + u64::from(*place) >= from);
            }
            let mut show = |record: &Record, line: &Line<'_>| {
                if record.seq < from { ControlFlow::Continue(()) } else { visit(record, line) }
            };
            if picked::visit(self.store(), first, &picked, wanted, &mut show)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Asks the index, after it has caught up with the lines.
    fn index<T>(&self, ask: impl FnOnce(&mut Index, &dyn Store) -> Result<T, Error>) -> Result<T, Error> {
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        index.catch_up(self.store())?;
        ask(&mut index, self.store())
    }

    /// Shows the records from `from` on, with their lines. One that was changed ends it with an error.
    pub fn records(
        &self,
        from: u64,
        visit: &mut dyn FnMut(&Record, &Line<'_>) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let mut failed = None;
        self.store.scan(from, &mut |seq, bytes| {
            let shown = Line::whole(seq, bytes).map(|(line, record)| visit(&record, &line));
            shown.unwrap_or_else(|error| {
                failed = Some(error);
                ControlFlow::Break(())
            })
        })?;
        failed.map_or(Ok(()), Err)
    }

    /// The C2SP `tlog-proof` of a record, under the newest checkpoint.
    pub fn prove(&self, seq: u64) -> Result<Proof, Error> {
        self.snapshot()?.prove(seq)
    }

    /// Whether the log under its newest checkpoint continues an older one that was kept elsewhere: see [`Snapshot::continues`].
    pub fn continues(&self, kept: &Checkpoint) -> Result<Continuation, Error> {
        self.snapshot()?.continues(kept)
    }

    /// The log under its newest checkpoint.
    pub fn snapshot(&self) -> Result<Snapshot, Error> {
        let note = self.checkpoint()?;
        let (checkpoint, history) = if let Ok(checkpoint) = self.history.open_checkpoint(note.as_bytes()) {
            (checkpoint, self.history.clone())
        } else {
            // Beside a writer that has changed its key since.
            let history = History::published(self.store.as_ref())?;
            (history.open_checkpoint(note.as_bytes())?, history)
        };
        let mut tree = self.tree.lock().unwrap_or_else(PoisonError::into_inner);
        if tree.size() != checkpoint.size() || tree.root() != *checkpoint.root() {
            *tree = Tree::open(self.store.as_ref(), checkpoint.size(), checkpoint.root())?;
        }
        Ok(Snapshot::new(Arc::clone(&self.store), SignedCheckpoint::parse(note.as_bytes())?, history, tree.clone()))
    }

    fn stored(&self, seq: u64) -> Result<Vec<u8>, Error> {
        match self.store.read(seq)? {
            Some(line) => Ok(line),
            None => Err(Error::NoSuchRecord { seq, size: self.store.size()? }),
        }
    }
}

impl Whose for Reader {
    fn key_of(&self, record: Uuid) -> Option<KeyId> {
        let seq = self.find(record).ok()?;
        let line = self.stored(seq).ok()?;
        match Stored::from_bytes(Line::parse(&line).ok()?.private).ok()? {
            Stored::Sealed(part) => part.keys.first().copied(),
            Stored::Plain(_) => None,
        }
    }
}
