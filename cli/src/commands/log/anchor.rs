//! `touchmark log anchor`, and what `touchmark log verify` says of anchors.

use std::path::Path;

use serde::Serialize;
use touchmark_core::anchor::{self, Error, Means, Report, Stamped};
use touchmark_core::event::Record;
use touchmark_core::event::time::to_text;
use touchmark_core::keys::timestamp::Failed;

use crate::args::Anchor;
use crate::commands::{open_home, timestamps, writer};
use crate::edge::EDGE;
use crate::error::{Answer, Failure, Outcome, chain};
use crate::output::{Output, message, safe};

#[derive(Serialize)]
struct Line {
    anchored: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// How many records the stamped checkpoint covers.
    #[serde(skip_serializing_if = "Option::is_none")]
    records: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authority: Option<String>,
    /// Where it was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// Who was asked in vain.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failed: Vec<String>,
}

pub(super) fn run(args: &Anchor, dir: &Path, output: &mut Output) -> Outcome {
    let home = open_home(dir)?;
    let authority = timestamps::authority(&args.authorities, &home)?.ok_or_else(|| {
        Failure::from("no time-stamp authority is named")
            .hint("give --tsa URL, or name authorities in [timestamps] of touchmark.toml (docs/configuration.md)")
    })?;
    // The writer is not held while others are waited for.
    let reader = home.reader()?;
    let checkpoint = reader.checkpoint()?;
    let Stamped { event, records: covered, stamp } = match anchor::stamp(&checkpoint, authority.as_ref()) {
        Ok(stamped) => stamped,
        Err(Error::Unstamped(unstamped)) => return not_anchored(&unstamped.tried, output),
        Err(error) => return Err(error.into()),
    };
    let receipts = writer(&home)?.append(&[event], EDGE)?;
    let receipt = receipts.first().ok_or("the log gave no receipt")?;
    for failed in &stamp.passed_over {
        message(format!("note: {}", safe(&failed.to_string())));
    }
    if home.timestamp_roots()?.is_none() {
        message("note: [timestamps] names no roots, so whether this authority is one to trust was not checked");
    }
    let (time, name) = (to_text(stamp.token.time()), stamp.token.authority());
    let words =
        format!("{covered} records stamped at {time} by {}, anchor {} ({})", safe(&name), receipt.seq, receipt.id);
    let line = Line {
        anchored: true,
        seq: Some(receipt.seq),
        id: Some(receipt.id.to_string()),
        records: Some(covered),
        time: Some(time),
        authority: Some(name),
        url: Some(stamp.authority),
        failed: stamp.passed_over.iter().map(ToString::to_string).collect(),
    };
    output.answer(&line, words)?;
    Ok(Answer::Yes)
}

/// The log goes on: that nobody stamped it is an answer.
fn not_anchored(tried: &[Failed], output: &mut Output) -> Outcome {
    let failed: Vec<String> = tried.iter().map(ToString::to_string).collect();
    let mut words = "The log was not anchored, and goes on as it is: run the command again later.".to_owned();
    for reason in &failed {
        words += &format!("\n  {}", safe(reason));
    }
    let line =
        Line { anchored: false, seq: None, id: None, records: None, time: None, authority: None, url: None, failed };
    output.answer(&line, words)?;
    Ok(Answer::No)
}

/// What the log's own anchors say, and those that were kept elsewhere.
#[derive(Debug, Serialize)]
pub(super) struct Checked {
    anchors: Option<Report>,
    #[serde(skip_serializing_if = "Option::is_none")]
    anchors_unchecked: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kept_anchors: Option<Report>,
}

/// Checks a log's anchors. A log that is broken elsewhere may be so broken that they cannot be checked: its own findings say enough.
pub(super) fn check(means: &Means<'_>, kept: Option<&Path>) -> Outcome<Checked> {
    let (anchors, anchors_unchecked) = match anchor::check(means) {
        Ok(report) => (Some(report), None),
        Err(error) => (None, Some(chain(&error))),
    };
    let kept = kept.map(records).transpose()?;
    let kept_anchors = kept.map(|records| anchor::check_kept(means, &records)).transpose()?;
    Ok(Checked { anchors, anchors_unchecked, kept_anchors })
}

fn records(path: &Path) -> Outcome<Vec<Record>> {
    let text = std::fs::read(path).map_err(|error| format!("could not read {}: {error}", path.display()))?;
    let lines = (1..).zip(text.split(|byte| *byte == b'\n')).filter(|(_, line)| !line.trim_ascii().is_empty());
    let read = |(number, line): (usize, &[u8])| {
        Record::from_bytes(line.trim_ascii())
            .map_err(|error| Failure::from(format!("{}, line {number}: {}", path.display(), chain(&error))))
    };
    lines.map(read).collect()
}

impl Checked {
    /// Whether nothing speaks against the log.
    pub(super) fn is_sound(&self) -> bool {
        let reports = self.anchors.iter().chain(&self.kept_anchors);
        self.anchors_unchecked.is_none() && reports.into_iter().all(|report| report.findings.is_empty())
    }

    /// For a person, each line with a line feed before it; empty where there are no anchors. Of a log that is broken anyhow, it goes
    /// without saying that they could not be checked.
    pub(super) fn words(&self, is_broken: bool) -> String {
        let mut words = String::new();
        if let Some(why) = self.anchors_unchecked.as_ref().filter(|_| !is_broken) {
            words += &format!("\n  its time-stamps could not be checked: {}", safe(why));
        }
        for (report, whose) in [(&self.anchors, "in the log"), (&self.kept_anchors, "kept elsewhere")] {
            // Whoever names roots wants to know; to all others, none is the usual case.
            if let Some(report) = report.as_ref().filter(|report| report.stamps > 0 || report.roots_checked) {
                words += &format!("\n  {}", about(report, whose));
            }
        }
        words
    }
}

fn about(report: &Report, whose: &str) -> String {
    if report.stamps == 0 {
        return format!("time-stamps {whose}: none");
    }
    let extent = if report.roots_checked {
        "checked up to trusted roots"
    } else {
        "checked for form, imprint and signature; whether their authority is one to trust was not (--tsa-roots FILE.pem)"
    };
    let mut words = format!("time-stamps {whose}: {}, {extent}", report.stamps);
    for finding in &report.findings {
        words += &format!("\n  {finding}");
    }
    if let Some(newest) = &report.newest {
        let (records, time) = (newest.records, &newest.time);
        words += &format!(
            "\n  as they stand, its first {records} records stood at {time}, says {}",
            safe(&newest.authority)
        );
    }
    words
}
