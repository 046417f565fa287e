//! What is wrong on purpose: an auditor that never finds anything proves nothing.

use std::collections::BTreeMap;

use serde_json::json;

use super::Error;
use super::requests::{Fate, Request, asked, event, model, policy, system};
use crate::audit::FindingKind;
use crate::edge::Edge;
use crate::hash::Hash;
use crate::ledger::Ledger;

/// Adds to the log a second outcome, an outcome of nothing, and a request to a model whose hash changed; says which findings follow.
pub(super) fn make(
    ledger: &mut Ledger,
    requests: &[Request],
    edge: Edge<'_>,
) -> Result<BTreeMap<FindingKind, u64>, Error> {
    let mut gaps = BTreeMap::new();
    let failed = |attempt| {
        event(
            &json!({"type": "GEN_ERROR", "attempt": attempt, "code": "DRY_RUN", "tenant": "dry-run", "system": system()}),
        )
    };
    if let Some(answered) = requests.iter().find(|request| request.fate != Fate::LeftOpen) {
        ledger.append(&[failed(answered.attempt)?], edge)?;
        gaps.insert(FindingKind::SecondOutcome, 1);
    }
    let nothing = json!({"type": "GEN_DENY", "attempt": edge.uuid_v7(edge.now().time), "category": "OTHER", "score": 0.5,
        "policy": policy(), "system": system()});
    ledger.append(&[event(&nothing)?], edge)?;
    gaps.insert(FindingKind::AttemptMissing, 1);
    if let Some(request) = requests.first() {
        let attempt = edge.uuid_v7(edge.now().time);
        let mut upgraded = asked(request);
        let mut weights = model();
        weights["version_hash"] = json!(Hash::of(b"other weights: a dry run"));
        upgraded["model"] = weights;
        upgraded["id"] = json!(attempt);
        ledger.append(&[event(&upgraded)?, failed(attempt)?], edge)?;
        gaps.insert(FindingKind::SilentUpgrade, 1);
    }
    Ok(gaps)
}
