//! `touchmark log verify --published`: a published folder, as a stranger checks it.

use std::path::Path;

use touchmark_core::publish::{Audit, Folder, audit};

use crate::commands::log_keys;
use crate::error::{Answer, Outcome};
use crate::output::{Output, safe};

pub(super) fn run(dir: &Path, key: Option<&str>, output: &mut Output) -> Outcome {
    let folder = Folder::open(dir)?;
    let known = key.map(log_keys).transpose()?.unwrap_or_default();
    let audit = audit(&folder, &known)?;
    output.answer(&audit, words(&audit, key.is_some()))?;
    Ok(if audit.findings.is_empty() { Answer::Yes } else { Answer::No })
}

fn words(audit: &Audit, key_was_given: bool) -> String {
    let origin = safe(&audit.origin);
    let mut words = match audit.root {
        Some(root) if audit.findings.is_empty() => format!(
            "The published log {origin} is whole: {} records, entries, hash tiles and checkpoint checked.\n  root {root}",
            audit.records
        ),
        _ => format!("The published log {origin} is NOT whole ({} records under its checkpoint):", audit.records),
    };
    for finding in &audit.findings {
        words += &format!("\n  {}", safe(&finding.to_string()));
    }
    if !key_was_given {
        words += "\n  the key is the one that the folder itself names: give the log's own with --log-key";
    }
    words
}
