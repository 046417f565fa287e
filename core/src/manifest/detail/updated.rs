//! How the manifest fares that a file's updates lead down to.

use c2pa::Reader;
use jiff::Timestamp;

use super::super::read::when;
use super::super::{Reading, State, Trust};
use super::tree;

/// The manifest that binds the picture, below updates.
#[derive(Debug, Clone)]
pub struct Updated {
    /// As good as the weakest on the way down from the active manifest, which itself does not count.
    pub state: State,
    /// Who signed it, by the certificate.
    pub signer: Option<String>,
    /// Its first action's time.
    pub when: Option<String>,
}

/// `None` where there is no update, or what it updates cannot be read.
pub(super) fn of(reader: &Reader, reading: &Reading, trust: &Trust, at: Timestamp) -> Option<Updated> {
    let (_, below) = reading.lineage.split_first().filter(|(_, below)| !below.is_empty())?;
    let mut node = tree::of(reader, reading, trust, at)?;
    let mut state = State::Trusted;
    for member in below {
        let is_next = |one: &tree::Node| {
            one.relationship == Some("parentOf") && one.manifest_id.as_deref() == Some(member.label.as_str())
        };
        node = node.ingredients.into_iter().find(is_next)?;
        state = state.max(node.state);
    }
    let when = when(reader.get_manifest(node.manifest_id.as_deref()?)?);
    Some(Updated { state, signer: node.signer, when })
}
