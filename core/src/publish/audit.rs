//! Checks a published folder as a stranger does, with nothing but the log's key: all of it hangs together under the checkpoint.

use std::fmt::{self, Display};

use serde::Serialize;

use crate::event::Record;
use crate::event::record::genesis;
use crate::hash::Hash;
use crate::ledger::history::{History, in_force};
use crate::merkle::{self, Frontier};
use crate::tlog::bundle;
use crate::tlog::checkpoint::SignedCheckpoint;
use crate::tlog::tile::{Content, HEIGHT, Tile, WIDTH};

use super::Error;
use super::folder::{CHECKPOINT, Folder, KEYS};

/// How many findings are listed: one wrong byte can spoil what stands behind it.
pub const MAX_FINDINGS: usize = 20;

/// What was found.
#[derive(Debug, Clone, Serialize)]
pub struct Audit {
    /// The log that the checkpoint names.
    pub origin: String,
    /// Records under the checkpoint.
    pub records: u64,
    /// Keys that the records name, one after the other.
    pub keys: usize,
    /// The root that the entries give. Absent where entries are missing.
    pub root: Option<Hash>,
    /// What is wrong, the first bad record first; empty for a sound folder.
    pub findings: Vec<Finding>,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The first record that it concerns, where it is one.
    pub seq: Option<u64>,
    /// The file, relative to the folder.
    pub file: String,
    /// A sentence.
    pub problem: String,
}

impl Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(seq) = self.seq {
            write!(f, "record {seq}, ")?;
        }
        write!(f, "{}: {}", self.file, self.problem)
    }
}

/// Reads all entry bundles and hash tiles of the folder once, and compares what the entries give with the tiles and the checkpoint.
///
/// `known` is what the caller knows from elsewhere of the log's keys: one of them must be among those that the records name, for each key
/// of a log agrees to the next one, and where it is known from which record on they are in force, the records must say the same. Where
/// nothing is given, the keys are those that the folder itself names. Who cosigned the checkpoint is for the caller to ask:
/// [`Folder::checkpoint`].
pub fn audit(folder: &Folder, known: &[History]) -> Result<Audit, Error> {
    let note = folder.checkpoint()?;
    let claimed = note.unverified().clone();
    let mut walk = Walk::new(folder, claimed.origin(), claimed.size());
    let bundles = claimed.size().div_ceil(u64::from(WIDTH));
    for index in 0..bundles {
        if walk.findings.len() >= MAX_FINDINGS {
            break;
        }
        if let Some(tile) = Tile::in_tree(Content::Entries, index, claimed.size()) {
            walk.bundle(&tile)?;
        }
    }
    let root = walk.end()?;
    if let Some(root) = root
        && root != *claimed.root()
    {
        let problem = format!("the entries give the root {root}, it says {}", claimed.root());
        walk.find(None, &CHECKPOINT, &problem);
    }
    if let Err(problem) = signed(&note, walk.history.as_ref()) {
        walk.find(None, &CHECKPOINT, &problem);
    }
    walk.known(&note, known)?;
    // A changed record is found by its hash in one file and by the record behind it in another.
    walk.findings.sort_by_key(|finding| finding.seq.unwrap_or(u64::MAX));
    let keys = walk.history.map_or(0, |history| history.keys().count());
    Ok(Audit { origin: claimed.origin().to_owned(), records: claimed.size(), keys, root, findings: walk.findings })
}

/// Whether the key signed the checkpoint that the records say is in force.
fn signed(note: &SignedCheckpoint, met: Option<&History>) -> Result<(), String> {
    met.map_or(Ok(()), |met| met.opened(note).map(drop))
}

/// Whether the caller knows the log by one of the keys that its records name.
fn is_known(met: &History, known: &[History]) -> Result<(), String> {
    let is_met = |known: &History| {
        known.is_beginning_of(met) || known.keys().count() == 1 && met.keys().any(|(_, key)| key == known.first())
    };
    if known.iter().any(is_met) {
        return Ok(());
    }
    let next =
        known.iter().filter(|known| met.is_beginning_of(known)).find_map(|known| known.keys().nth(met.keys().count()));
    let Some((from, key)) = next else {
        let known: Vec<String> = known.iter().flat_map(History::keys).map(|(_, key)| key.to_string()).collect();
        return Err(format!(
            "the log's records name other keys than {}: it is not the log of that key",
            known.join(", ")
        ));
    };
    Err(format!(
        "it ends before record {from}, from which on {key} is in force: the folder is an older copy, or the work of whoever holds a \
         key that was given up"
    ))
}

struct Walk<'a> {
    folder: &'a Folder,
    size: u64,
    frontier: Frontier,
    /// By tile level from 1 up: the hashes of the tile that is not complete yet.
    rows: Vec<Vec<Hash>>,
    prev: Option<Hash>,
    history: Option<History>,
    is_whole: bool,
    findings: Vec<Finding>,
}

impl<'a> Walk<'a> {
    fn new(folder: &'a Folder, origin: &str, size: u64) -> Self {
        let prev = Some(genesis(origin));
        let (frontier, rows) = (Frontier::new(), Vec::new());
        Self { folder, size, frontier, rows, prev, history: None, is_whole: true, findings: Vec::new() }
    }

    fn find(&mut self, seq: Option<u64>, file: &impl Display, problem: &impl Display) {
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(Finding { seq, file: file.to_string(), problem: problem.to_string() });
        }
    }

    /// Holds the keys that the records name against those that the caller knows, and those that the folder names.
    fn known(&mut self, note: &SignedCheckpoint, known: &[History]) -> Result<(), Error> {
        let own = match self.folder.history() {
            Err(Error::Damaged { problem, .. }) => {
                self.find(None, &KEYS, &problem);
                None
            }
            other => other?,
        };
        let Some(met) = self.history.clone() else {
            // The first records are not there: what is known of the keys is all that there is.
            let known = if known.is_empty() { own.as_slice() } else { known };
            let signed = in_force(known, note).map_err(|refusal| refusal.to_string());
            let signed = signed.and_then(|keys| note.verify(&keys).map(drop).map_err(|refusal| refusal.to_string()));
            signed.unwrap_or_else(|problem| self.find(None, &CHECKPOINT, &problem));
            return Ok(());
        };
        // Keys are written first: those of a run that was killed are ahead of the records.
        match &own {
            Some(own) if !met.is_beginning_of(own) => {
                self.find(
                    None,
                    &KEYS,
                    &"it names other keys than the records do, or says that they are in force elsewhere",
                );
            }
            None if known.is_empty() => self.find(None, &KEYS, &"it is missing, and no key of the log is known"),
            _ => {}
        }
        if !known.is_empty()
            && let Err(problem) = is_known(&met, known)
        {
            self.find(None, &CHECKPOINT, &problem);
        }
        Ok(())
    }

    /// One bundle, and the tile of leaf hashes beside it.
    fn bundle(&mut self, tile: &Tile) -> Result<(), Error> {
        let first = tile.index() * u64::from(WIDTH);
        let Some(leaves) = self.entries(tile, first)? else {
            // What stands behind a gap can still be compared with its tile, but not with the checkpoint.
            self.is_whole = false;
            self.prev = None;
            return Ok(());
        };
        if let Some(hashes) = Tile::in_tree(Content::Hashes { level: 0 }, tile.index(), self.size) {
            self.compare(&hashes, &leaves)?;
        }
        if self.is_whole {
            leaves.into_iter().try_for_each(|leaf| self.push(leaf))?;
        }
        Ok(())
    }

    /// The leaf hashes of a bundle, whose records were looked at. `None` where it cannot be read.
    fn entries(&mut self, tile: &Tile, first: u64) -> Result<Option<Vec<Hash>>, Error> {
        let Some((found, bytes)) = self.folder.tile(tile)? else {
            self.find(Some(first), tile, &"it is missing");
            return Ok(None);
        };
        let entries = match bundle::decode(&bytes, found.width()) {
            Ok(entries) => entries,
            Err(error) => {
                self.find(Some(first), &found, &error);
                return Ok(None);
            }
        };
        let entries: Vec<&[u8]> = entries.into_iter().take(usize::from(tile.width())).collect();
        for (seq, entry) in (first..).zip(&entries) {
            match Record::from_bytes(entry) {
                Err(error) => self.find(Some(seq), &found, &format!("not a record: {error}")),
                Ok(record) if record.seq != seq => {
                    self.find(Some(seq), &found, &format!("the record says that it is record {}", record.seq));
                }
                Ok(record) if self.prev.is_some_and(|prev| prev != record.prev) => {
                    self.find(Some(seq), &found, &"it does not name the record before it");
                }
                Ok(record) => {
                    if let Err(problem) = self.follow(&record) {
                        self.find(Some(seq), &found, &problem);
                    }
                }
            }
            self.prev = Some(Hash::of(entry));
        }
        Ok(Some(entries.into_iter().map(merkle::leaf_hash).collect()))
    }

    /// The keys, as the records hand them on.
    fn follow(&mut self, record: &Record) -> Result<(), String> {
        match &mut self.history {
            Some(history) => history.follow(record),
            None if record.seq == 0 => {
                self.history = Some(History::begun(record)?);
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn push(&mut self, leaf: Hash) -> Result<(), Error> {
        let mut full = Vec::new();
        let rows = &mut self.rows;
        self.frontier.push(leaf, |level, index, hash| {
            if level == 0 || level % HEIGHT != 0 {
                return;
            }
            let row = usize::from(level / HEIGHT) - 1;
            if rows.len() <= row {
                rows.resize_with(row + 1, Vec::new);
            }
            rows[row].push(hash);
            if rows[row].len() == usize::from(WIDTH) {
                full.push((level / HEIGHT, index / u64::from(WIDTH), std::mem::take(&mut rows[row])));
            }
        });
        for (level, index, hashes) in full {
            if let Some(tile) = Tile::in_tree(Content::Hashes { level }, index, self.size) {
                self.compare(&tile, &hashes)?;
            }
        }
        Ok(())
    }

    /// The partial tiles of the edge; then the root, where all entries were there.
    fn end(&mut self) -> Result<Option<Hash>, Error> {
        if !self.is_whole || self.frontier.size() != self.size {
            return Ok(None);
        }
        for (level, hashes) in (1..HEIGHT).zip(std::mem::take(&mut self.rows)) {
            let index = self.size.checked_shr(u32::from(level) * u32::from(HEIGHT)).unwrap_or(0) / u64::from(WIDTH);
            if let Some(tile) = Tile::in_tree(Content::Hashes { level }, index, self.size) {
                self.compare(&tile, &hashes)?;
            }
        }
        Ok(Some(self.frontier.root()))
    }

    /// Whether a hash tile has the hashes that the entries give.
    fn compare(&mut self, tile: &Tile, computed: &[Hash]) -> Result<(), Error> {
        let Content::Hashes { level } = tile.content() else { return Ok(()) };
        let below = 1_u64.checked_shl(u32::from(level) * u32::from(HEIGHT)).unwrap_or(u64::MAX);
        let seq = |at: usize| Some((tile.index() * u64::from(WIDTH) + at as u64).saturating_mul(below));
        match self.folder.hashes(tile) {
            Ok(found) => {
                let differs = found.hashes().iter().zip(computed).position(|(found, computed)| found != computed);
                if let Some(at) = differs {
                    self.find(seq(at), tile, &"its hash is not the one that the entries give");
                }
            }
            Err(Error::Damaged { problem, .. }) => self.find(seq(0), tile, &problem),
            Err(other) => return Err(other),
        }
        Ok(())
    }
}
