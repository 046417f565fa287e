//! Opening a log: the first record of a new one, or the end of an old one checked and taken over.

use std::sync::Arc;

use crate::edge::Edge;
use crate::event::record::genesis;
use crate::event::terms::KeyAction;
use crate::event::{Body, Event, body};
use crate::tlog::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::tlog::note::VerifierKey;

use super::super::index::remake;
use super::super::line::Line;
use super::super::store::{Batch, Commit, Store};
use super::super::tree::Tree;
use super::super::{CHECKPOINT, Error, VERIFIER_KEY, check};
use super::sealing::Sealing;
use super::{Keys, Last, Ledger, this_system};

impl Ledger {
    /// Opens a log, or begins one with a KEY record where the store is empty.
    ///
    /// What stands behind the newest checkpoint was durable before a crash and may have been acknowledged: it is checked and taken
    /// over, through the same tree as any append. What stands behind the last whole line was not: it is cut off, after everything
    /// else was found in order. Tiles and a checkpoint that a crash left unreadable are made again from the lines.
    pub fn open(
        store: Arc<dyn Store>,
        origin: &str,
        publish: Vec<String>,
        keys: Keys,
        edge: Edge<'_>,
    ) -> Result<Self, Error> {
        let size = store.size()?;
        let start = genesis(origin);
        let mut ledger = Self {
            tree: Tree::default(),
            last: Last { hash: start, mac: *start.as_bytes(), epoch: 0, read: None, looked_at: 0 },
            origin: origin.to_owned(),
            checkpoint: None,
            sealing: Sealing::default(),
            poisoned: false,
            store,
            publish,
            keys,
        };
        let key = ledger.verifier_key()?;
        if size == 0 {
            ledger.begin(&key, edge)?;
        } else {
            ledger.resume(&key, size)?;
        }
        Ok(ledger)
    }

    fn begin(&mut self, key: &VerifierKey, edge: Edge<'_>) -> Result<(), Error> {
        // A log that loses all its records does not begin a second time under the same name.
        match self.kept_checkpoint(key)? {
            Kept::None => {}
            Kept::Unreadable => {
                let problem = "it cannot be read, and there are no records: bring them back from a copy".to_owned();
                return Err(Error::Object { name: CHECKPOINT, problem });
            }
            Kept::Signed(kept) => return Err(Error::Shortened { size: 0, checkpoint: kept.1.size() }),
        }
        self.agree_on_epoch(0)?;
        self.name_key(key)?;
        let body = Body::Key(body::Key {
            action: KeyAction::Created,
            key: key.to_string(),
            previous: None,
            endorsement: None,
        });
        let event = Event::new(body, this_system(), None).map_err(|source| Error::Event { number: 1, source })?;
        self.append(&[event], edge).map(drop)
    }

    fn resume(&mut self, key: &VerifierKey, size: u64) -> Result<(), Error> {
        let kept = self.kept_checkpoint(key)?;
        let known = match &kept {
            Kept::Signed(kept) => kept.1.size(),
            // Lost in a crash before it reached the disk: everything is checked.
            Kept::None | Kept::Unreadable => 0,
        };
        if known > size {
            return Err(Error::Shortened { size, checkpoint: known });
        }
        let store = Arc::clone(&self.store);
        let findings = check::tail(store.as_ref(), &self.origin, key, known.saturating_sub(1))?;
        if let Some(finding) = findings.first() {
            return Err(Error::BadEnd { problem: finding.to_string() });
        }
        let line = store.read(size - 1)?.ok_or(Error::NoSuchRecord { seq: size - 1, size })?;
        let (line, record) = Line::whole(size - 1, &line)?;
        self.agree_on_epoch(line.mac.epoch)?;
        let (hash, mac, epoch) = (line.hash, line.mac.bytes, line.mac.epoch);
        self.last = Last { hash, mac, epoch, read: Some(record.read), looked_at: size - 1 };
        self.name_key(key)?;
        if let Kept::Signed(kept) = kept {
            let (note, checkpoint) = *kept;
            self.tree = Tree::open(store.as_ref(), known, checkpoint.root())?;
            self.checkpoint = Some(note);
        }
        // Everything checks: now the end may be cleared of what was never acknowledged.
        if let Commit::Raced { size } = store.commit(size, &Batch::default())? {
            return Err(Error::Raced { size });
        }
        if known < size {
            self.tree.extend(store.as_ref(), size)?;
            self.sign_checkpoint()?;
        }
        remake::complete(store.as_ref(), size);
        Ok(())
    }

    fn kept_checkpoint(&self, key: &VerifierKey) -> Result<Kept, Error> {
        let Some(note) = self.store.get(CHECKPOINT)? else { return Ok(Kept::None) };
        // Checkpoints are not synced: a crash may leave an empty or half one. Whoever could write one of those on purpose could as
        // well remove it. One that can be read and is not signed by this key is refused.
        let Ok(signed) = SignedCheckpoint::parse(&note) else { return Ok(Kept::Unreadable) };
        let checkpoint = check::open_checkpoint(&note, std::slice::from_ref(key))?;
        Ok(Kept::Signed(Box::new((signed, checkpoint))))
    }

    /// The writer's MAC key is of the epoch `last` or the one behind it.
    fn agree_on_epoch(&self, last: u64) -> Result<(), Error> {
        self.keys.mac.agree(last)?;
        let key = self.keys.mac.key().epoch();
        if key > last.saturating_add(1) { Err(Error::LostEpochs { last, key }) } else { Ok(()) }
    }

    /// Writes down the log's key for readers, where it is not written yet.
    fn name_key(&self, key: &VerifierKey) -> Result<(), Error> {
        let stands = self.store.get(VERIFIER_KEY)?;
        let named = stands.and_then(|text| String::from_utf8(text).ok()).and_then(|text| text.trim_end().parse().ok());
        match named {
            Some(named) if VerifierKey::eq(&named, key) => Ok(()),
            Some(named) => {
                let problem = format!("the log names the key {named}, and its writer has {key}");
                Err(Error::Object { name: VERIFIER_KEY, problem })
            }
            None => self.store.put(VERIFIER_KEY, format!("{key}\n").as_bytes()),
        }
    }
}

/// The checkpoint that stands in the store.
enum Kept {
    None,
    Unreadable,
    Signed(Box<(SignedCheckpoint, Checkpoint)>),
}
