//! When the signer says that it signed (C2PA 2.4, 13.2.4, 15.8.3): its own word, which no certificate is judged by.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use jiff::Timestamp;
use serde_cbor::Value;

use crate::keys::certificate::Chain;

use super::super::cbor::{self, entry};
use super::super::cose::{self, Cose};
use super::super::jumbf::{self, Superbox};
use super::super::reading::Reading;

/// The header that holds claims of a token (RFC 9597), and the number of this one among them (RFC 8392).
const CWT_CLAIMS: Value = Value::Integer(15);
const ISSUED_AT: Value = Value::Integer(6);

/// Puts what is to be said of that time into the reading.
pub(super) fn put(reading: &mut Reading, chain: &Chain) {
    let active = reading.store.as_deref().and_then(jumbf::active);
    let Some(stated) = active.as_ref().and_then(header) else { return };
    let Some(claim) = reading.claim.as_mut() else { return };
    claim.stated = time(&stated);
    let holds = claim.stated.is_some_and(|stated| chain.is_valid_at(stated) && !claim.is_later(stated));
    let code = if holds { "timeOfSigning.insideValidity" } else { "timeOfSigning.outsideValidity" };
    reading.informational.push(code.to_owned());
}

/// What is signed as `iat`: under that name, or among the claims of a token.
fn header(manifest: &Superbox<'_>) -> Option<Value> {
    let value = cose::signature(manifest)?;
    let signed = cbor::value(Cose::of(&value)?.protected).ok()?;
    if let Some(stated) = entry(&signed, "iat") {
        return Some(stated.clone());
    }
    let Value::Map(signed) = signed else { return None };
    match signed.get(&CWT_CLAIMS)? {
        Value::Map(claims) => claims.get(&ISSUED_AT).cloned(),
        _ => None,
    }
}

/// Seconds since 1970, perhaps with a fraction.
fn time(stated: &Value) -> Option<Timestamp> {
    match stated {
        Value::Integer(seconds) => Timestamp::from_second(*seconds).ok(),
        Value::Float(seconds) => {
            let since = jiff::SignedDuration::try_from_secs_f64(*seconds).ok()?;
            Timestamp::from_duration(since).ok()
        }
        _ => None,
    }
}
