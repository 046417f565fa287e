//! What a log at hand says of a file: that it was exported, that something else was, or what it looks like.

use crate::event::{Body, Record};
use crate::find::Sight;
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
        if let Some(look) = picture.look() {
            let Sight { looks_like, note, .. } = records.looks_like(look)?;
            findings.extend(looks_like.iter().map(LooksLike::sentence));
            findings.extend(note);
            ledger.looks_like = looks_like;
        }
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
    match contradiction(record, records, picture, reading.store.as_deref())? {
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

fn contradiction(
    record: &Record,
    records: &Records<'_>,
    picture: &Picture<'_>,
    store: Option<&[u8]>,
) -> Result<Option<Contradiction>, Error> {
    let Body::Export(export) = &record.body else { return Ok(None) };
    let is_recorded = |store| jumbf::trimmed(store).is_ok_and(|store| Hash::of(store) == export.manifest.hash);
    if !store.is_some_and(is_recorded) {
        let what = format!("The log has other Content Credentials under this id on record (record {}).", record.id);
        return Ok(Some(Contradiction { what, like: None }));
    }
    if export.file == Hash::of(picture.file) {
        return Ok(None);
    }
    // The file is another one than was exported: the same picture, maybe, saved again.
    let like = picture.look().map(|look| records.compare(look, record)).transpose()?.flatten();
    let and = like
        .as_ref()
        .map(|like| format!(", and looks like it (similarity {} of 100 by {})", like.similarity, like.alg));
    let and = and.unwrap_or_default();
    let what = format!("The file differs from the one that was exported (record {}){and}.", record.id);
    Ok(Some(Contradiction { what, like }))
}
