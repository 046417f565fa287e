//! Every attempt ends in exactly one of GEN, `GEN_DENY`, `GEN_ERROR`, or is open.
//!
//! The attempts of a time are a closed cohort: each is followed by its id to its outcome, wherever that stands. Numbers within a
//! window of time are never compared, because they differ at its ends without anything being wrong.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::known::Known;
use super::report::{Pending, Totals};
use super::walk::Seen;
use super::{Finding, FindingKind, Options};
use crate::event::{Body, Kind, Record};
use crate::hash::Hash;

/// An attempt without an outcome so far.
struct Open {
    seq: u64,
    time: Timestamp,
    root: Option<Uuid>,
    tenant: Option<Hash>,
}

/// The attempts that are open, and the numbers of those that are not.
#[derive(Default)]
pub(super) struct Cohort {
    open: HashMap<Uuid, Open>,
    totals: Totals,
}

impl Cohort {
    /// Takes a record, of any type and any time.
    pub(super) fn take(
        &mut self,
        seen: &Seen,
        known: &mut Known,
        options: &Options<'_>,
        found: &mut dyn FnMut(Finding),
    ) {
        let record = &seen.record;
        let attempt = match &record.body {
            Body::GenAttempt(_) => return self.opened(seen, options),
            Body::Gen(body) => body.attempt,
            Body::GenDeny(body) => Some(body.attempt),
            Body::GenError(body) => Some(body.attempt),
            _ => return,
        };
        let Some(attempt) = attempt else {
            if options.has(record.time) {
                let sentence = "it names no attempt: that somebody asked for it is not on record".to_owned();
                found(Finding::about(FindingKind::NoAttempt, record, sentence));
            }
            return;
        };
        match self.open.remove(&attempt) {
            Some(open) => {
                known.answered(attempt, record.seq, record.kind());
                if options.has(open.time) {
                    self.count(record.kind());
                    if let Some(sentence) = open.contradiction(seen, attempt) {
                        found(Finding::about(FindingKind::OutcomeOfAnother, record, sentence));
                    }
                }
            }
            None => unmatched(record, attempt, known, options, found),
        }
    }

    fn opened(&mut self, seen: &Seen, options: &Options<'_>) {
        let Record { id, seq, time, trace, .. } = &seen.record;
        if options.has(*time) {
            self.totals.attempts += 1;
        }
        let open = Open { seq: *seq, time: *time, root: trace.root, tenant: seen.tenant };
        self.open.entry(*id).or_insert(open);
    }

    fn count(&mut self, outcome: Kind) {
        match outcome {
            Kind::Gen => self.totals.gen_made += 1,
            Kind::GenDeny => self.totals.gen_deny += 1,
            _ => self.totals.gen_error += 1,
        }
    }

    /// The numbers, and the attempts that may still get their outcome. The others are findings.
    pub(super) fn finish(mut self, options: &Options<'_>, found: &mut dyn FnMut(Finding)) -> (Totals, Vec<Pending>) {
        let mut open: Vec<(Uuid, Open)> = self.open.into_iter().filter(|(_, open)| options.has(open.time)).collect();
        open.sort_by_key(|(_, open)| open.seq);
        // One that has another's id is open too: it can never be answered.
        self.totals.pending =
            self.totals.attempts - self.totals.gen_made - self.totals.gen_deny - self.totals.gen_error;
        let mut pending = Vec::new();
        for (id, Open { seq, time, .. }) in open {
            let age = options.now.duration_since(time);
            if age > options.pending_after {
                self.totals.overdue += 1;
                let whole = SignedDuration::from_secs(age.as_secs());
                let sentence = format!("no outcome of this GEN_ATTEMPT is on record, after {whole:#}");
                found(Finding { kind: FindingKind::Overdue, seq, id, sentence });
            } else {
                pending.push(Pending { seq, id, age_s: age.as_secs() });
            }
        }
        (self.totals, pending)
    }
}

impl Open {
    /// Why the outcome is not this attempt's, as far as one can tell.
    fn contradiction(&self, seen: &Seen, attempt: Uuid) -> Option<String> {
        let trace = &seen.record.trace;
        // A record that was told of no call tree is the root of its own.
        let is_told = trace.parent.is_some() || trace.root != Some(seen.record.id);
        if is_told && trace.root != self.root {
            return Some(format!("it answers attempt {attempt}, which belongs to another request (trace.root)"));
        }
        match (self.tenant, seen.tenant) {
            (Some(asked), Some(answered)) if asked != answered => {
                Some(format!("it answers attempt {attempt}, which is another tenant's"))
            }
            _ => None,
        }
    }
}

/// An outcome whose attempt is not open.
fn unmatched(record: &Record, attempt: Uuid, known: &Known, options: &Options<'_>, found: &mut dyn FnMut(Finding)) {
    let kind = record.kind();
    let Some(brief) = known.get(attempt) else {
        if options.has(record.time) {
            let sentence = format!("it answers attempt {attempt}, which is not in the log");
            found(Finding::about(FindingKind::AttemptMissing, record, sentence));
        }
        return;
    };
    if !options.has(brief.time) && !options.has(record.time) {
        return;
    }
    let (what, sentence) = if brief.kind != Kind::GenAttempt {
        let sentence =
            format!("it answers {attempt}, which is a {} and not a GEN_ATTEMPT (record {})", brief.kind, brief.seq);
        (FindingKind::NotAnAttempt, sentence)
    } else if brief.seq > record.seq {
        let sentence = format!("it stands before the attempt that it answers (record {}), which stays open", brief.seq);
        (FindingKind::OutcomeBeforeAttempt, sentence)
    } else {
        let first = match brief.outcome {
            Some((seq, first)) => format!("a {first}, record {seq}"),
            None => "before this one".to_owned(),
        };
        let sentence = format!("attempt {attempt} has an outcome already ({first}): this {kind} is one too many");
        (FindingKind::SecondOutcome, sentence)
    };
    found(Finding::about(what, record, sentence));
}
