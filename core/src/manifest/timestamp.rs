//! The time-stamp of a claim signature (C2PA 2.4, 10.3.2.5), judged by ourselves and with roots of its own.
//!
//! ```text
//! jumb "urn:c2pa:…" ─ jumb "c2pa.signature" ─ cbor: COSE_Sign1 [ protected, {"sigTst2": {"tstTokens": [{"val": token}]}}, nil, signature ]
//! ```
//! The C2PA library has one list of anchors, by which whoever may sign claims may also say when; and see `keys::timestamp` for what it takes.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use jiff::Timestamp;
use serde_cbor::Value;

use crate::keys::timestamp::{Refusal, Roots, Token};

use super::cbor::entry;
use super::cose::{self, Cose};
use super::jumbf::Superbox;

/// A time-stamp that a claim signature carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimStamp {
    /// The time stamped.
    pub time: Timestamp,
    /// Whose certificate stamped it.
    pub authority: String,
    /// Why it does not count; `None` where it leads to a root that is trusted for time-stamps.
    pub refused: Option<Refusal>,
}

/// The time-stamp of a manifest. `None` where there is none, an error where there is one that cannot be read.
pub(super) fn of(manifest: &Superbox<'_>, roots: &Roots) -> Option<Result<ClaimStamp, Refusal>> {
    let boxes = manifest.children().ok()?;
    let child = |label: &str| boxes.iter().find(|child| child.label == label);
    let cbor = |label: &str| child(label).and_then(|found| found.cbor().ok().flatten());
    let cose = cose::signature(manifest)?;
    let cose = Cose::of(&cose)?;
    let (tokens, payload) = match (cose.header("sigTst2"), cose.header("sigTst")) {
        (Some(tokens), _) => (tokens, serde_cbor::to_vec(&Value::Bytes(cose.signature.to_vec())).ok()?),
        // As claims of version 1 have it: over the claim, and beside the token stands the answer that it came in.
        (None, Some(tokens)) => (tokens, cbor("c2pa.claim").or_else(|| cbor("c2pa.claim.v2"))?.to_vec()),
        (None, None) => return None,
    };
    Some(judged(tokens, &cose.countersigned(payload)?, roots))
}

fn judged(tokens: &Value, message: &[u8], roots: &Roots) -> Result<ClaimStamp, Refusal> {
    let found = entry(tokens, "tstTokens").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let [one] = found else {
        let problem = format!("a signature carries one, and here are {}", found.len());
        return Err(Refusal::NotAsAsked { problem });
    };
    let Some(Value::Bytes(bytes)) = entry(one, "val") else {
        return Err(Refusal::NotAsAsked { problem: "it is not a byte string".to_owned() });
    };
    let token = Token::parse(bytes).or_else(|refusal| Token::from_answer(bytes).map_err(|_| refusal))?;
    let refused = if token.covers(message) { token.verify(roots).err() } else { Some(Refusal::OtherMessage) };
    Ok(ClaimStamp { time: token.time(), authority: token.authority(), refused })
}
