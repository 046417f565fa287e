//! The proof that a file brings along that its making is on record.
//!
//! It is checked with the log's keys, each for the sizes at which it is in force, and held against the log where that is at hand. Without
//! the log nobody can tell a checkpoint of earlier times from one that was signed today with a key of then.

use crate::ledger::history::History;
use crate::ledger::{Continuation, Reader};
use crate::link::{self, Broken, Generation, LedgerLink, Opened};
use crate::manifest::{Reading, State, jumbf};
use crate::tlog::checkpoint::Checkpoint;

use super::words::sentence;
use super::{Error, Ledger, LedgerState, Means};

/// Checks the pointer to a log, if there is one.
pub(super) fn check(
    store: &[u8],
    reading: &Reading,
    means: &Means<'_>,
    ledger: &mut Ledger,
    findings: &mut Vec<String>,
) -> Result<(), Error> {
    let cbor = match jumbf::active_assertion(store, link::LEDGER_LINK) {
        Ok(Some(cbor)) => cbor,
        Ok(None) => {
            // Whoever signs the one signs the other.
            if let Ok(Some(_)) = jumbf::active_assertion(store, link::GENERATION) {
                ledger.state = LedgerState::Mismatch;
                findings.push(
                    "It tells how it was made, and the proof that a log has that on record was left out.".to_owned(),
                );
            }
            return Ok(());
        }
        Err(problem) => {
            ledger.state = LedgerState::NotChecked;
            findings.push(format!("Whether it points to a log was not checked: {problem}."));
            return Ok(());
        }
    };
    let proved = LedgerLink::from_cbor(cbor).and_then(|link| link.open()).and_then(|opened| {
        ledger.origin = Some(opened.origin().to_owned());
        ledger.gen_record = Some(opened.record.id.to_string());
        let keys = keys_for(&opened, reading.state, means, findings);
        if keys.is_empty() {
            return Ok(None);
        }
        let checkpoint = opened.prove(&keys)?;
        agrees(&opened, store, reading)?;
        Ok(Some((opened, checkpoint)))
    });
    let (state, finding) = match proved {
        Ok(Some((opened, checkpoint))) => held(&opened, &checkpoint, reading.state, means)?,
        Ok(None) => (LedgerState::NotChecked, None),
        Err(broken) => (LedgerState::Mismatch, Some(sentence(&broken.to_string()))),
    };
    ledger.state = state;
    findings.extend(finding);
    Ok(())
}

/// Whether record and manifest tell the same story.
fn agrees(opened: &Opened, store: &[u8], reading: &Reading) -> Result<(), Broken> {
    let generation = jumbf::active_assertion(store, link::GENERATION).ok().flatten();
    let generation =
        generation.ok_or_else(|| Broken::Unreadable { problem: format!("{} is missing", link::GENERATION) })?;
    opened.agrees(&Generation::from_cbor(generation)?)?;
    opened.agrees_on_time(reading.claim.as_ref().and_then(|claim| claim.when.as_deref()))
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
