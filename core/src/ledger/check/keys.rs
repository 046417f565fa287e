//! Which key must have signed a record: the log's history of keys, as the walk comes to know it.

use rayon::prelude::*;

use crate::event::Record;
use crate::keys::batch;
use crate::tlog::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::tlog::note::VerifierKey;

use super::super::history::{History, Known};
use super::super::line::{self, Line};
use super::Problem;
use super::walk::Parts;

/// Signatures that are checked together: more make none of them cheaper, and one wrong one has all of them looked at singly.
const MOST_AT_ONCE: usize = 2048;

/// The keys that the walk has met, and what was known of them before.
pub(super) struct Keys<'a> {
    known: &'a [Known<'a>],
    met: Option<History>,
}

impl<'a> Keys<'a> {
    /// For a walk from the first record on.
    pub(super) fn new(known: &'a [Known<'a>]) -> Self {
        Self { known, met: None }
    }

    /// For a walk that begins later, with the keys up to there.
    pub(super) fn from(history: History) -> Self {
        Self { known: &[], met: Some(history) }
    }

    /// Reads a KEY record, or whatever stands first. What it hands over to is in force from the next record on.
    pub(super) fn read(&mut self, seq: u64, line: &Line<'_>) -> Option<Problem> {
        if line.hash != line.computed {
            self.begin_as_known();
            return None;
        }
        let record = match Record::from_bytes(line.record) {
            Ok(record) => record,
            Err(error) => {
                self.begin_as_known();
                return Some(Problem::Unreadable(error.to_string()));
            }
        };
        if record.seq != seq {
            self.begin_as_known();
            return None;
        }
        let followed = match &mut self.met {
            Some(history) => history.follow(&record),
            None => self.begin(&record),
        };
        followed.err().map(|what| Problem::Key { what })
    }

    fn begin(&mut self, record: &Record) -> Result<(), String> {
        let begun = History::begun(record);
        let expected = self.known.iter().find_map(|known| match known {
            Known::History(history) => Some(history.first()),
            Known::Key(_) | Known::Newest(_) => None,
        });
        match (begun, expected) {
            (Ok(begun), Some(expected)) if begun.first() != expected => {
                self.begin_as_known();
                Err(format!("it names the key {}, and the log began with {expected}", begun.first()))
            }
            (Ok(begun), _) => {
                self.met = Some(begun);
                Ok(())
            }
            (Err(problem), _) => {
                self.begin_as_known();
                Err(problem)
            }
        }
    }

    /// Where the first record does not tell.
    pub(super) fn begin_as_known(&mut self) {
        if self.met.is_none() {
            self.met = self.known.first().map(|known| match known {
                Known::History(history) => History::of(history.first().clone()),
                Known::Key(key) | Known::Newest(key) => History::of((*key).clone()),
            });
        }
    }

    /// Of the lines of a block that begins at `first`, those of which one look at many tells that the key in force signed them. The
    /// others are for [`Self::signature`].
    pub(super) fn signed(&self, first: u64, parts: &[Parts<'_>]) -> Vec<bool> {
        let Some(history) = &self.met else { return vec![false; parts.len()] };
        let share = parts.len().div_ceil(rayon::current_num_threads()).clamp(batch::FEW, MOST_AT_ONCE);
        let at_once = |(number, parts): (usize, &[Parts<'_>])| {
            let start = first + (number * share) as u64;
            let mut answers = Vec::with_capacity(parts.len());
            let with_keys: Vec<_> = (start..).zip(parts).map(|(seq, parts)| (history.at(seq), parts)).collect();
            for run in with_keys.chunk_by(|(one, _), (next, _)| one == next) {
                let pairs: Vec<_> = run.iter().filter_map(|(_, parts)| signed_pair(parts)).collect();
                let are_signed = pairs.len() >= batch::FEW
                    && run.first().is_some_and(|(key, _)| batch::all_signed(key.public_key(), &pairs));
                answers.extend(run.iter().map(|(_, parts)| are_signed && signed_pair(parts).is_some()));
            }
            answers
        };
        parts.par_chunks(share).enumerate().flat_map_iter(at_once).collect()
    }

    /// Whether the key in force signed this line.
    pub(super) fn signature(&self, seq: u64, line: &Line<'_>) -> Option<Problem> {
        let Some(history) = &self.met else { return Some(Problem::Signature) };
        let message = line::signed_message(&line.hash);
        let signature = ed25519_dalek::Signature::from_bytes(&line.signature);
        let is_by = |key: &VerifierKey| key.public_key().verify_strict(&message, &signature).is_ok();
        if is_by(history.at(seq)) {
            return None;
        }
        let given_up = history.keys().map(|(_, key)| key).filter(|key| is_by(key)).find_map(|key| {
            let until = history.given_up(key).filter(|until| *until <= seq)?;
            Some(Problem::GivenUp { key: key.to_string(), until })
        });
        Some(given_up.unwrap_or(Problem::Signature))
    }

    /// The keys that the log's records name, as far as the walk went.
    pub(super) fn history(&self) -> Option<&History> {
        self.met.as_ref()
    }

    /// Reads the checkpoint over a log of `size` records. Where the log was cut off before a key took over, a later key that was known
    /// has signed it.
    pub(super) fn opened(&self, signed: &SignedCheckpoint, size: u64) -> Result<Checkpoint, String> {
        let met = self.met.as_ref().ok_or_else(|| "there is no record that names the log's key".to_owned())?;
        let is_cut = signed.unverified().size() > size;
        met.opened(signed).or_else(|problem| {
            let later = self.known.iter().filter(|_| is_cut).find_map(|known| match known {
                Known::History(history) if met.is_beginning_of(history) => history.opened(signed).ok(),
                Known::History(_) => None,
                Known::Key(key) | Known::Newest(key) => History::of((*key).clone()).opened(signed).ok(),
            });
            later.ok_or(problem)
        })
    }

    /// Which of the known keys a log of `size` records does not have.
    pub(super) fn unknown(&self, size: u64) -> Vec<Problem> {
        let Some(met) = &self.met else { return Vec::new() };
        let missing = |known: &Known<'_>| match known {
            Known::Newest(key) if met.newest() == *key => None,
            Known::Newest(key) if met.given_up(key).is_some() => {
                Some(Problem::HandedOn { key: key.to_string(), newest: met.newest().to_string() })
            }
            Known::Key(key) if met.keys().any(|(_, one)| one == *key) => None,
            Known::Key(key) | Known::Newest(key) => {
                Some(Problem::UnknownKey { key: key.to_string(), keys: listed(met) })
            }
            Known::History(history) => {
                let (from, key) = history.keys().find(|(from, key)| met.keys().all(|one| one != (*from, *key)))?;
                Some(match from.checked_sub(1) {
                    None => Problem::UnknownKey { key: key.to_string(), keys: listed(met) },
                    Some(seq) => Problem::NoHandover { key: key.to_string(), seq, size },
                })
            }
        };
        self.known.iter().filter_map(missing).collect()
    }
}

/// What was signed and its signature, of a line whose record has its hash.
fn signed_pair(parts: &Parts<'_>) -> Option<([u8; 52], [u8; 64])> {
    let line = parts.line.as_ref().ok().filter(|line| line.hash == line.computed)?;
    Some((line::signed_message(&line.hash), line.signature))
}

/// Whether this record can change which key is in force: the first, and all KEY records.
pub(super) fn concerns(seq: u64, kind: &str) -> bool {
    seq == 0 || super::super::history::concerns(kind)
}

fn listed(history: &History) -> String {
    let all: Vec<String> = history.keys().map(|(from, key)| format!("{key} (from record {from} on)")).collect();
    all.join(", ")
}
