//! The audit's answer for a person.

use std::collections::BTreeMap;

use touchmark_core::audit::{Finding, FindingKind, Pending, Report};

use crate::args::Audit;
use crate::output::safe;

/// How many findings of a kind are told; the others are counted.
const TOLD: usize = 20;

/// Findings, as far as they are told.
#[derive(Default)]
pub(super) struct Told(BTreeMap<FindingKind, Vec<String>>);

impl Told {
    pub(super) fn take(&mut self, finding: &Finding) {
        let of_kind = self.0.entry(finding.kind).or_default();
        if of_kind.len() < TOLD {
            of_kind.push(safe(&finding.to_string()));
        }
    }
}

pub(super) fn report(report: &Report, told: &Told, args: &Audit) -> String {
    let found: u64 = report.findings.values().sum();
    let mut lines = vec![match found {
        0 => format!("The log {} is whole, and nothing is missing in it.", report.log),
        1 => format!("The log {} is whole. 1 finding:", report.log),
        found => format!("The log {} is whole. {found} findings:", report.log),
    }];
    for (kind, findings) in &told.0 {
        lines.extend(findings.iter().map(|finding| format!("  {finding}")));
        let more = report.findings.get(kind).map_or(0, |count| count - findings.len() as u64);
        if more > 0 {
            lines.push(format!("  and {more} more like it (--json has them all)"));
        }
    }
    lines.extend(summary(report, args));
    lines.join("\n")
}

fn summary(report: &Report, args: &Audit) -> Vec<String> {
    let totals = &report.attempts;
    let cohort = match (&args.since, &args.until) {
        (None, None) => String::new(),
        (Some(since), None) => format!(" since {since}"),
        (None, Some(until)) => format!(" before {until}"),
        (Some(since), Some(until)) => format!(" from {since} to {until}"),
    };
    let mut lines = vec![
        format!("records    {} judged of {}{cohort}", report.judged, report.records),
        format!(
            "attempts   {} = {} GEN + {} GEN_DENY + {} GEN_ERROR + {} pending ({} of them for more than {:#})",
            totals.attempts,
            totals.gen_made,
            totals.gen_deny,
            totals.gen_error,
            totals.pending,
            totals.overdue,
            args.pending_after
        ),
    ];
    lines.extend(
        report
            .pending
            .iter()
            .take(TOLD)
            .map(|Pending { seq, id, age_s }| format!("  pending: record {seq} ({id}), for {age_s} s")),
    );
    lines.push(format!("exports    {}", report.exports));
    let acts = &report.acts;
    let mut people = format!("people     answer for {} acts", acts.by_people);
    if acts.erased > 0 {
        people += &format!("; of {} more it cannot be said, the person is erased or the time is over", acts.erased);
    }
    if acts.not_readable > 0 {
        people +=
            &format!("; of {} more it cannot be said, their private part is not readable here", acts.not_readable);
    }
    lines.push(people);
    let register = if report.models.register {
        "checked against the register"
    } else {
        "no register (models.toml): only changes under one version were looked for"
    };
    lines.push(format!("models     versions in use: {}; {register}", report.models.used));
    lines
}
