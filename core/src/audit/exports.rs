//! Every EXPORT has its GEN.

use uuid::Uuid;

use super::known::Known;
use super::{Finding, FindingKind};
use crate::event::{Kind, Record, body};

pub(super) fn judge(record: &Record, export: &body::Export, known: &Known, found: &mut dyn FnMut(Finding)) {
    let mut find = |kind, sentence| found(Finding::about(kind, record, sentence));
    match earlier(record, export.gen_record, Kind::Gen, known) {
        Err(what) => find(FindingKind::ExportWithoutGen, format!("the picture's GEN {} {what}", export.gen_record)),
        Ok(made) if !made.is_empty() && !made.contains(&export.input) => {
            let sentence =
                format!("it exports {}, which is not among the outputs of its GEN {}", export.input, export.gen_record);
            find(FindingKind::ExportOfAnother, sentence);
        }
        Ok(_) => {}
    }
    let Some(replaced) = export.supersedes else { return };
    match earlier(record, replaced, Kind::Export, known) {
        Err(what) => find(FindingKind::SupersedesAnother, format!("the EXPORT {replaced} that it replaces {what}")),
        Ok(before) if !before.contains(&export.input) => {
            let sentence = format!("the EXPORT {replaced} that it replaces is of another picture");
            find(FindingKind::SupersedesAnother, sentence);
        }
        Ok(_) => {}
    }
}

/// The pictures of an earlier record of this type, or what is wrong with it.
fn earlier<'k>(record: &Record, id: Uuid, kind: Kind, known: &'k Known) -> Result<&'k [crate::hash::Hash], String> {
    let Some(brief) = known.get(id) else { return Err("is not in the log".to_owned()) };
    if brief.kind != kind {
        return Err(format!("is a {} (record {})", brief.kind, brief.seq));
    }
    if brief.seq >= record.seq {
        return Err(format!("stands behind it (record {})", brief.seq));
    }
    Ok(&brief.pictures)
}
