//! What was taken out is gone, and may be taken out (C2PA 2.4, 6.8, 15.10.2, 15.11.3.3).

use crate::manifest::jumbf::Superbox;

use super::Finding;
use super::claims::is_hard_binding;
use super::graph::Graph;
use super::manifest::{Target, base};

/// Marks a box that was emptied (C2PA 2.4, 6.8).
const REDACTED: [u8; 16] =
    [0xca, 0xa9, 0x8e, 0xee, 0x9d, 0x4d, 0xf8, 0x0e, 0x86, 0xad, 0x4d, 0xff, 0xca, 0x26, 0x39, 0x73];

pub(super) fn check(graph: &Graph<'_>, findings: &mut Vec<Finding>) {
    let binding = graph.binding().map(|manifest| manifest.label);
    for (_, manifest) in graph.manifests() {
        for url in manifest.redacted() {
            let target = Target::of(url);
            let Some(of) = target.and_then(|target| target.manifest) else {
                findings.push(Finding::new("assertion.selfRedacted", format!("{url} is redacted, which is here")));
                continue;
            };
            let label = target.and_then(|target| target.path.1).unwrap_or_default();
            let code = match base(label) {
                _ if of == manifest.label => Some("assertion.selfRedacted"),
                "c2pa.actions" | "c2pa.actions.v2" => Some("assertion.action.redacted"),
                binding_label if is_hard_binding(binding_label) && (manifest.is_update || binding == Some(of)) => {
                    Some("assertion.hardBinding.redacted")
                }
                _ => None,
            };
            findings.extend(code.map(|code| Finding::new(code, format!("{url} may not be redacted by this claim"))));
        }
    }
    for (_, manifest) in graph.manifests().filter(|(_, manifest)| graph.has_redactions(manifest.label)) {
        for assertion in manifest.assertions.iter().filter(|one| graph.is_redacted(manifest.label, one.label)) {
            if !is_empty(assertion) {
                let words = format!("{} is said to be redacted, and is there", assertion.label);
                findings.push(Finding::new("assertion.notRedacted", words));
            }
        }
    }
}

/// Whether nothing is left in a box but zeros.
fn is_empty(assertion: &Superbox<'_>) -> bool {
    let is_zero = |bytes: &[u8]| bytes.iter().all(|byte| *byte == 0);
    let boxes = assertion.boxes();
    boxes.is_ok_and(|boxes| {
        boxes.iter().all(|(kind, content)| match (kind, content.split_first_chunk::<16>()) {
            (b"uuid", Some((id, rest))) => *id == REDACTED && is_zero(rest),
            _ => is_zero(content),
        })
    })
}
