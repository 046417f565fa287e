//! What a log at hand says of a file: that it was exported, that something else was, or what it looks like.

use crate::event::{Body, Record, body};
use crate::hash::Hash;
use crate::manifest::{Reading, jumbf};

use super::looks::Picture;
use super::records::{LooksLike, Records, Sought};
use super::{Error, Ledger, LedgerState, Means};

pub(super) fn look_up(
    picture: &Picture<'_>,
    reading: &Reading,
    records: &Records<'_>,
    means: &Means<'_>,
    ledger: &mut Ledger,
    findings: &mut Vec<String>,
) -> Result<(), Error> {
    let Some(claim) = &reading.claim else {
        if let Some(fingerprints) = picture.fingerprints() {
            ledger.looks_like = records.looks_like(fingerprints)?;
        }
        findings.extend(ledger.looks_like.iter().map(LooksLike::sentence));
        return Ok(());
    };
    let found = records.find(&Sought::Manifest(&claim.manifest_id))?;
    let Some(record) = found.last() else {
        if ledger.state == LedgerState::Proved
            && means.log_keys.iter().any(|log| Some(log.origin()) == ledger.origin.as_deref())
        {
            findings.push("The log at hand has no record that this file was exported.".to_owned());
        }
        return Ok(());
    };
    ledger.export_record = Some(record.id.to_string());
    match contradiction(record, picture, reading.store.as_deref()) {
        Some(Contradiction { what, like }) => {
            findings.push(what);
            ledger.looks_like.extend(like);
            ledger.state = LedgerState::Mismatch;
        }
        None if matches!(ledger.state, LedgerState::Proved) => {
            findings.push(format!("Its export is on record too: record {}.", record.id));
            ledger.state = LedgerState::Recorded;
        }
        None => {}
    }
    Ok(())
}

/// What the record says otherwise, and what it is like.
struct Contradiction {
    what: String,
    like: Option<LooksLike>,
}

fn contradiction(record: &Record, picture: &Picture<'_>, store: Option<&[u8]>) -> Option<Contradiction> {
    let Body::Export(export) = &record.body else { return None };
    let is_recorded = |store| jumbf::trimmed(store).is_ok_and(|store| Hash::of(store) == export.manifest.hash);
    if !store.is_some_and(is_recorded) {
        let what = format!("The log has other Content Credentials under this id on record (record {}).", record.id);
        return Some(Contradiction { what, like: None });
    }
    (export.file != Hash::of(picture.file)).then(|| differs(record, export, picture))
}

/// The file is another one than was exported: the same picture, maybe, saved again.
fn differs(record: &Record, export: &body::Export, picture: &Picture<'_>) -> Contradiction {
    let like = LooksLike::of(record, export, picture.fingerprints().unwrap_or_default());
    let and = like
        .as_ref()
        .map(|like| format!(", and looks like it (similarity {} of 100 by {})", like.similarity, like.alg));
    let and = and.unwrap_or_default();
    let what = format!("The file differs from the one that was exported (record {}){and}.", record.id);
    Contradiction { what, like }
}
