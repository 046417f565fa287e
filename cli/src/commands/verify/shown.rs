//! A verdict in words, and the tree of ingredients. Whatever is from the file is on one line, bounded, and cannot steer a terminal.

use std::path::Path;

use touchmark_core::manifest::State;
use touchmark_core::manifest::detail::Node;
use touchmark_core::plain::plain;
use touchmark_core::verify::{Answer, Verdict};

use crate::output::safe;

/// Longer findings are cut. What stands in them is bounded by itself.
const LONGEST_FINDING: usize = 1200;

/// Longer names are cut.
const LONGEST_NAME: usize = 80;

pub(in super::super) fn paragraph(path: &Path, verdict: &Verdict) -> String {
    let head = match verdict.verdict {
        Answer::Verified => "verified",
        Answer::NotVerified => "NOT verified",
        Answer::Unknown => "unknown",
    };
    let mut text = format!("{}: {head}.", path.display());
    for finding in &verdict.findings {
        text += &format!(" {}", plain(finding, LONGEST_FINDING));
    }
    if let Some(claim) = &verdict.claim {
        // What does not hold is nobody's word.
        let whose = match verdict.c2pa.state {
            State::Invalid => "The Content Credentials, which do not hold for this file, say",
            _ => "Stated by the signer",
        };
        let made = claim.made_with.as_deref().map(|tool| format!(" {whose}: made with {}", safe(tool)));
        if let Some(made) = made {
            text += &made;
            if let Some(when) = &claim.made_at {
                text += &format!(" on {}", safe(when));
            }
            text.push('.');
        }
    }
    text
}

/// One line a manifest, those of its ingredients below it.
pub(super) fn tree(node: &Node) -> String {
    let mut lines = Vec::new();
    put(node, 1, &mut lines);
    lines.join("\n")
}

fn put(node: &Node, depth: usize, lines: &mut Vec<String>) {
    let indent = "  ".repeat(depth);
    let state = match node.state {
        State::Trusted => "trusted",
        State::Valid => "valid",
        State::Invalid => "invalid",
        State::None => "no Content Credentials",
    };
    let mut line = indent.clone();
    if let Some(relationship) = node.relationship {
        line += &format!("{relationship}: ");
    }
    if let Some(title) = node.title.as_deref().filter(|title| !title.is_empty()) {
        line += &format!("{:?}, ", plain(title, LONGEST_NAME));
    }
    line += state;
    if let Some(signer) = &node.signer {
        line += &format!(", signed by {:?}", plain(signer, LONGEST_NAME));
    }
    if let Some(id) = &node.manifest_id {
        line += &format!(", {}", plain(id, LONGEST_NAME));
    }
    if !node.codes.is_empty() {
        line += &format!(" ({})", plain(&node.codes.join(", "), LONGEST_NAME * 4));
    }
    lines.push(line);
    for ingredient in &node.ingredients {
        put(ingredient, depth + 1, lines);
    }
    if let Some(why) = node.left_out {
        lines.push(format!("{indent}  … {why}"));
    }
}
