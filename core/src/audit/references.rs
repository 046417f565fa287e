//! What a judgement, a review or a report is about is there.

use uuid::Uuid;

use super::known::Known;
use super::{Finding, FindingKind};
use crate::event::{Body, Kind, Record};

pub(super) fn judge(record: &Record, known: &Known, found: &mut dyn FnMut(Finding)) {
    let mut find = |sentence| found(Finding::about(FindingKind::DanglingReference, record, sentence));
    let mut is_about = |id: Uuid| {
        if known.get(id).is_none() {
            find(format!("this {} is about record {id}, which is not in the log", record.kind()));
        }
    };
    match &record.body {
        Body::Moderation(body) => is_about(body.subject),
        Body::Review(body) => is_about(body.subject),
        Body::Access(body) => is_about(body.subject),
        Body::Incident(body) => body.related.iter().copied().for_each(is_about),
        Body::GenDeny(body) => {
            let Some(moderation) = body.moderation else { return };
            match known.get(moderation).map(|brief| brief.kind) {
                Some(Kind::Moderation) => {}
                Some(other) => find(format!("the MODERATION {moderation} behind it is a {other}")),
                None => find(format!("the MODERATION {moderation} behind it is not in the log")),
            }
        }
        _ => {}
    }
}
