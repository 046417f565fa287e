//! The proof that a file brings along that its making is on record.
//!
//! It is checked with the log's keys, each for the sizes at which it is in force, and held against the log where that is at hand. Without
//! the log nobody can tell a checkpoint of earlier times from one that was signed today with a key of then.

use crate::ledger::history::History;
use crate::ledger::{Continuation, Reader};
use crate::link::{self, Broken, Generation, LedgerLink, Opened};
use crate::manifest::lineage::Member;
use crate::manifest::{self, Detail, Reading, State};
use crate::plain::plain;
use crate::tlog::checkpoint::Checkpoint;

use super::words::{LONGEST_NAME, sentence};
use super::{Error, Ledger, LedgerState, Means};

/// What tells of the making: the manifest that binds the picture. An update may be by somebody else and makes none, nor does an ingredient.
struct Told<'a> {
    store: &'a [u8],
    manifest: &'a Member,
    /// How that manifest fares by itself.
    state: State,
    /// The time that its first action names.
    when: Option<String>,
    /// Where it stands below an update: that, and whose it is.
    below: Option<String>,
}

impl<'a> Told<'a> {
    /// `None` where no manifest binds a picture that could be taken apart.
    fn of(store: &'a [u8], detail: &'a Detail<'_>) -> Option<Self> {
        let reading = detail.reading();
        let (manifest, updates) = reading.lineage.split_last().filter(|(last, _)| !last.is_update)?;
        if updates.is_empty() {
            let when = reading.claim.as_ref().and_then(|claim| claim.when.clone());
            return Some(Self { store, manifest, state: reading.state, when, below: None });
        }
        let updated = detail.updated();
        let state = updated.as_ref().map_or(State::Invalid, |updated| updated.state);
        let signer =
            updated.as_ref().and_then(|updated| updated.signer.as_deref()).unwrap_or("somebody who is not named");
        let below =
            format!("the manifest {} below the update, signed by {}", manifest.label, plain(signer, LONGEST_NAME));
        Some(Self { store, manifest, state, when: updated.and_then(|updated| updated.when), below: Some(below) })
    }

    fn assertion(&self, label: &str) -> Result<Option<&'a [u8]>, manifest::Error> {
        self.manifest.assertion(self.store, label)
    }

    /// Whether record and manifest tell the same story.
    fn agrees(&self, opened: &Opened) -> Result<(), Broken> {
        let generation = self.assertion(link::GENERATION).ok().flatten();
        let generation =
            generation.ok_or_else(|| Broken::Unreadable { problem: format!("{} is missing", link::GENERATION) })?;
        opened.agrees(&Generation::from_cbor(generation)?)?;
        opened.agrees_on_time(self.when.as_deref())
    }
}

/// Checks the pointer to a log, if there is one.
pub(super) fn check(
    detail: &Detail<'_>,
    means: &Means<'_>,
    ledger: &mut Ledger,
    findings: &mut Vec<String>,
) -> Result<(), Error> {
    let reading = detail.reading();
    let Some(store) = &reading.store else { return Ok(()) };
    let Some(told) = Told::of(store, detail) else {
        not_checked("no manifest that binds it to a picture could be read", ledger, findings);
        return Ok(());
    };
    findings.extend(of_updates(store, reading));
    let cbor = match told.assertion(link::LEDGER_LINK) {
        Ok(Some(cbor)) => cbor,
        Ok(None) => {
            // Whoever signs the one signs the other.
            if let Ok(Some(_)) = told.assertion(link::GENERATION) {
                ledger.state = LedgerState::Mismatch;
                findings.push(
                    "It tells how it was made, and the proof that a log has that on record was left out.".to_owned(),
                );
            }
            return Ok(());
        }
        Err(problem) => {
            not_checked(&problem.to_string(), ledger, findings);
            return Ok(());
        }
    };
    let proved = LedgerLink::from_cbor(cbor).and_then(|link| link.open()).and_then(|opened| {
        ledger.origin = Some(opened.origin().to_owned());
        ledger.gen_record = Some(opened.record.id.to_string());
        let keys = keys_for(&opened, told.state, means, findings);
        if keys.is_empty() {
            return Ok(None);
        }
        let checkpoint = opened.prove(&keys)?;
        told.agrees(&opened)?;
        Ok(Some((opened, checkpoint)))
    });
    let (state, finding) = match proved {
        Ok(Some((opened, checkpoint))) => held(&opened, &checkpoint, reading.state, means)?,
        Ok(None) => (LedgerState::NotChecked, None),
        Err(broken) => (LedgerState::Mismatch, Some(sentence(&broken.to_string()))),
    };
    let (state, finding) = match &told.below {
        Some(below) => below_update(state, finding, told.state > reading.state, below),
        None => (state, finding),
    };
    ledger.state = state;
    findings.extend(finding);
    Ok(())
}

fn not_checked(why: &str, ledger: &mut Ledger, findings: &mut Vec<String>) {
    ledger.state = LedgerState::NotChecked;
    findings.push(format!("Whether it points to a log was not checked: {why}."));
}

/// Pointers in updates, which would let whoever updates a picture have made it.
fn of_updates(store: &[u8], reading: &Reading) -> Option<String> {
    let has = |update: &Member, label: &str| !matches!(update.assertion(store, label), Ok(None));
    let mut updates = reading.lineage.iter().filter(|one| one.is_update);
    let one = updates.find(|one| has(one, link::LEDGER_LINK) || has(one, link::GENERATION))?;
    Some(format!("What the update manifest {} says of a making does not count: an update makes no picture.", one.label))
}

/// A proof is worth as much as the signature over it, and the one that was looked at last is that of the update.
fn below_update(
    state: LedgerState,
    finding: Option<String>,
    is_weaker: bool,
    below: &str,
) -> (LedgerState, Option<String>) {
    if state == LedgerState::Proved && is_weaker {
        let finding = format!(
            "It points to a log in {below}, who is not trusted here, or whose signature does not hold: that does not count."
        );
        return (LedgerState::NotChecked, Some(finding));
    }
    (
        state,
        Some(format!(
            "{}The pointer to the log is that of {below}.",
            finding.map(|words| words + " ").unwrap_or_default()
        )),
    )
}

/// Holds a proof that is good by itself against the logs at hand.
fn held(
    opened: &Opened,
    checkpoint: &Checkpoint,
    state: State,
    means: &Means<'_>,
) -> Result<(LedgerState, Option<String>), Error> {
    let mut shorter = None;
    for log in [means.records.map(|records| records.reader), means.log].into_iter().flatten().filter(of(checkpoint)) {
        let said = log.continues(checkpoint)?;
        match (&said, said.contradiction(checkpoint)) {
            (_, None) => {}
            (Continuation::Shorter { .. }, problem) => shorter = problem,
            (_, Some(problem)) => {
                return Ok((LedgerState::Mismatch, Some(sentence(&Broken::OtherLog { problem }.to_string()))));
            }
        }
    }
    if let Some(problem) = shorter {
        let finding = format!("The proof that its making is on record could not be held against the log: {problem}.");
        return Ok((LedgerState::NotChecked, Some(finding)));
    }
    // Where something does not hold, the file may be another.
    let what = if state == State::Invalid { "The making of the picture that was signed" } else { "Its making" };
    let finding = format!(
        "{what} was on record in the log {} before it was signed: record {}, at {}.",
        opened.origin(),
        opened.record.id,
        crate::event::time::to_text(opened.record.time)
    );
    Ok((LedgerState::Proved, Some(finding)))
}

fn of(checkpoint: &Checkpoint) -> impl Fn(&&Reader) -> bool {
    move |log| log.history().origin() == checkpoint.origin()
}

/// The keys under which the proof may hold. Whoever names keys means those logs: the signer's word for another log does not replace them.
fn keys_for(opened: &Opened, state: State, means: &Means<'_>, findings: &mut Vec<String>) -> Vec<History> {
    if means.log_keys.iter().any(|log| log.origin() == opened.origin()) {
        return means.log_keys.to_vec();
    }
    if means.log_keys.is_empty() && state == State::Trusted {
        findings.push(format!(
            "No log key was given: the proof is checked with the key that the signer vouches for ({}).",
            opened.key
        ));
        return vec![History::of(opened.key.clone())];
    }
    findings.push(
        "It points to a log, but no key of that log is known here (--log-key), so the proof is not checked.".to_owned(),
    );
    Vec::new()
}
