//! The parts of a `COSE_Sign1` (RFC 9052, 4.2), which a claim's signature is (C2PA 2.4, 13.2).
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use serde_cbor::Value;

use super::cbor::entry;
use super::jumbf::Superbox;

/// What stands in the box of a manifest's signature.
pub(super) fn signature(manifest: &Superbox<'_>) -> Option<Value> {
    manifest.children().ok()?.into_iter().find(|child| child.label == "c2pa.signature")?.value()
}

/// A signature, taken apart.
pub(super) struct Cose<'a> {
    /// The headers that are signed, as bytes.
    pub(super) protected: &'a [u8],
    /// Those that are not: a map.
    pub(super) unprotected: &'a Value,
    pub(super) payload: &'a Value,
    pub(super) signature: &'a [u8],
    pub(super) is_tagged: bool,
}

impl<'a> Cose<'a> {
    pub(super) fn of(value: &'a Value) -> Option<Self> {
        let (bare, is_tagged) = match value {
            Value::Tag(18, bare) => (bare.as_ref(), true),
            other => (other, false),
        };
        let [Value::Bytes(protected), unprotected, payload, Value::Bytes(signature)] = bare.as_array()?.as_slice()
        else {
            return None;
        };
        Some(Self { protected, unprotected, payload, signature, is_tagged })
    }

    pub(super) fn header(&self, name: &str) -> Option<&'a Value> {
        entry(self.unprotected, name)
    }

    /// What is stamped: the `Sig_structure` of a countersignature (RFC 8152, 4.4) over `payload`.
    pub(super) fn countersigned(&self, payload: Vec<u8>) -> Option<Vec<u8>> {
        let parts = [
            Value::Text("CounterSignature".to_owned()),
            Value::Bytes(self.protected.to_vec()),
            Value::Bytes(Vec::new()),
            Value::Bytes(payload),
        ];
        serde_cbor::to_vec(&Value::Array(parts.into())).ok()
    }
}
