//! Opening a log: the first record of a new one, or the end of an old one checked and taken over.

use std::sync::Arc;

use crate::edge::Edge;
use crate::event::prepare::Log;
use crate::event::record::genesis;
use crate::event::terms::KeyAction;
use crate::event::{Body, Event, body};
use crate::tlog::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::tlog::note::VerifierKey;

use super::super::history::History;
use super::super::index::remake;
use super::super::line::Line;
use super::super::store::{Batch, Commit, Store};
use super::super::tree::Tree;
use super::super::{CHECKPOINT, Error, VERIFIER_KEY, check};
use super::sealing::Sealing;
use super::{Keys, Last, Ledger, this_system, verifier_key};

impl Ledger {
    /// As [`open_log`](Self::open_log), with private parts that are plain: for trials.
    pub fn open(
        store: Arc<dyn Store>,
        origin: &str,
        publish: Vec<String>,
        keys: Keys,
        edge: Edge<'_>,
    ) -> Result<Self, Error> {
        Self::open_log(store, Log::plain(origin, publish), keys, edge)
    }

    /// Opens a log, or begins one with a KEY record where the store is empty.
    ///
    /// What stands behind the newest checkpoint was durable before a crash and may have been acknowledged: it is checked and taken
    /// over, through the same tree as any append. What stands behind the last whole line was not: it is cut off, after everything
    /// else was found in order. Tiles and a checkpoint that a crash left unreadable are made again from the lines.
    pub fn open_log(store: Arc<dyn Store>, log: Log, keys: Keys, edge: Edge<'_>) -> Result<Self, Error> {
        let size = store.size()?;
        let start = genesis(&log.origin);
        let mut ledger = Self {
            tree: Tree::default(),
            last: Last { hash: start, mac: *start.as_bytes(), epoch: 0, read: None, looked_at: 0 },
            history: History::of(verifier_key(keys.signer.as_ref(), &log.origin)?),
            log: Arc::new(log),
            checkpoint: None,
            sealing: Sealing::default(),
            spare: Batch::default(),
            poisoned: false,
            store,
            keys,
        };
        let key = ledger.history.newest().clone();
        if size == 0 {
            ledger.begin(&key, edge)?;
        } else {
            ledger.resume(&key, size)?;
        }
        Ok(ledger)
    }

    fn begin(&mut self, key: &VerifierKey, edge: Edge<'_>) -> Result<(), Error> {
        // A log that loses all its records does not begin a second time under the same name.
        match self.kept_checkpoint()? {
            Kept::None => {}
            Kept::Unreadable => {
                let problem = "it cannot be read, and there are no records: bring them back from a copy".to_owned();
                return Err(Error::Object { name: CHECKPOINT, problem });
            }
            Kept::Signed(kept) => return Err(Error::Shortened { size: 0, checkpoint: kept.unverified().size() }),
        }
        self.agree_on_epoch(0)?;
        self.history = History::of(key.clone());
        self.publish_keys()?;
        let body = Body::Key(body::Key {
            action: KeyAction::Created,
            key: key.to_string(),
            previous: None,
            endorsement: None,
            acceptance: None,
        });
        let event = Event::new(body, this_system(), None).map_err(|source| Error::Event { number: 1, source })?;
        self.append(&[event], edge).map(drop)
    }

    fn resume(&mut self, key: &VerifierKey, size: u64) -> Result<(), Error> {
        let store = Arc::clone(&self.store);
        let (kept, history) = match self.kept_checkpoint()? {
            Kept::Signed(signed) => {
                let (history, checkpoint) = self.keys_at(&signed)?;
                (Some((*signed, checkpoint)), Some(history))
            }
            // Lost in a crash before it reached the disk: everything is checked.
            Kept::None | Kept::Unreadable => (None, None),
        };
        let known = kept.as_ref().map_or(0, |(_, checkpoint)| checkpoint.size());
        if known > size {
            return Err(Error::Shortened { size, checkpoint: known });
        }
        let (findings, history) = check::tail(store.as_ref(), &self.log.origin, history, known.saturating_sub(1))?;
        if let Some(finding) = findings.first() {
            return Err(Error::BadEnd { problem: finding.to_string() });
        }
        let line = store.read(size - 1)?.ok_or(Error::NoSuchRecord { seq: size - 1, size })?;
        let (line, record) = Line::whole(size - 1, &line)?;
        self.agree_on_epoch(line.mac.epoch)?;
        self.made(&line, size - 1)?;
        let (hash, mac, epoch) = (line.hash, line.mac.bytes, line.mac.epoch);
        self.last = Last { hash, mac, epoch, read: Some(record.read), looked_at: size - 1 };
        self.history = in_force(history, key)?;
        self.publish_keys()?;
        if let Some((note, checkpoint)) = kept {
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

    fn kept_checkpoint(&self) -> Result<Kept, Error> {
        let Some(note) = self.store.get(CHECKPOINT)? else { return Ok(Kept::None) };
        // Checkpoints are not synced: a crash may leave an empty or half one. Whoever could write one of those on purpose could as
        // well remove it. One that can be read and is not signed by the log's key is refused.
        Ok(SignedCheckpoint::parse(&note).map_or(Kept::Unreadable, |signed| Kept::Signed(Box::new(signed))))
    }

    /// The log's keys, and the checkpoint that one of them signed. Where what is published of them is lost or too old, all records are
    /// read for it.
    fn keys_at(&self, signed: &SignedCheckpoint) -> Result<(History, Checkpoint), Error> {
        let store = self.store.as_ref();
        let published = History::published(store).ok().filter(|history| history.confirm(store).is_ok());
        if let Some(history) = published
            && let Ok(checkpoint) = history.opened(signed)
        {
            return Ok((history, checkpoint));
        }
        let bad = |problem: String| Error::Object { name: CHECKPOINT, problem };
        let history = History::walked(store)?;
        let checkpoint = history.opened(signed).map_err(bad)?;
        Ok((history, checkpoint))
    }

    /// The writer's MAC key is of the epoch `last` or the one behind it.
    fn agree_on_epoch(&self, last: u64) -> Result<(), Error> {
        self.keys.mac.agree(last)?;
        let key = self.keys.mac.key().epoch();
        if key > last.saturating_add(1) { Err(Error::LostEpochs { last, key }) } else { Ok(()) }
    }

    /// The writer's MAC key made the last MAC, where they are of one epoch. Of an epoch that begins nothing shows it.
    fn made(&self, last: &Line<'_>, seq: u64) -> Result<(), Error> {
        let key = self.keys.mac.key();
        if key.epoch() != last.mac.epoch {
            return Ok(());
        }
        let before = match seq.checked_sub(1) {
            None => *genesis(&self.log.origin).as_bytes(),
            Some(before) => {
                let line = self.store.read(before)?.ok_or(Error::NoSuchRecord { seq: before, size: seq })?;
                Line::parse(&line).map_err(|source| Error::Damaged { seq: before, source })?.mac.bytes
            }
        };
        if key.verify(&before, last.record, &last.mac.bytes) {
            Ok(())
        } else {
            Err(Error::ForeignMacKey { seq, epoch: key.epoch() })
        }
    }

    /// Writes down the log's keys for readers, where they are not written yet. Others than the log's own are not written over: readers
    /// may have trusted them.
    pub(super) fn publish_keys(&self) -> Result<(), Error> {
        let stands = self.store.get(VERIFIER_KEY)?;
        let named: Option<History> =
            stands.and_then(|text| String::from_utf8(text).ok()).and_then(|text| text.parse().ok());
        match named {
            Some(named) if named == self.history => Ok(()),
            Some(named) if !named.is_beginning_of(&self.history) => {
                let problem = format!(
                    "the log names the key {}, and its writer has {}: remove the file if you did not put it there",
                    named.newest(),
                    self.history.newest()
                );
                Err(Error::Object { name: VERIFIER_KEY, problem })
            }
            _ => self.store.put(VERIFIER_KEY, self.history.to_string().as_bytes()),
        }
    }
}

/// The log's keys, if the writer's is the one in force.
fn in_force(history: Option<History>, key: &VerifierKey) -> Result<History, Error> {
    let history = history.ok_or(Error::NoSuchRecord { seq: 0, size: 0 })?;
    let newest = history.newest();
    if newest == key {
        return Ok(history);
    }
    let (key_text, newest) = (key.to_string(), newest.to_string());
    Err(match history.given_up(key) {
        Some(until) => Error::GivenUpKey { key: key_text, until, newest },
        None => Error::ForeignKey { key: key_text, newest },
    })
}

/// The checkpoint that stands in the store.
enum Kept {
    None,
    Unreadable,
    Signed(Box<SignedCheckpoint>),
}
