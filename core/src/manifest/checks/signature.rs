//! The form of a claim's signature: one algorithm, one chain of certificates, and nothing that must be understood and is not (C2PA 2.4, 13.2, 14.5;
//! RFC 9052, 3). The library verifies it, by whatever header it finds first, and puts the claim in the place of a payload that stands there.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;

use serde_cbor::Value;

use crate::manifest::cbor;
use crate::manifest::cose::Cose;

use super::Finding;
use super::manifest::Manifest;

/// What the standard accepts (C2PA 2.4, 13.2.1): ECDSA with SHA-256, the curve 25519, ECDSA with SHA-384 and SHA-512, RSASSA-PSS with each of the three.
const ALGORITHMS: [i64; 7] = [-7, -8, -35, -36, -37, -38, -39];

const ALG: Value = Value::Integer(1);
const CRIT: Value = Value::Integer(2);
const X5CHAIN: Value = Value::Integer(33);

type Headers = BTreeMap<Value, Value>;

pub(super) fn check(manifest: &Manifest<'_>, findings: &mut Vec<Finding>) {
    let Some(value) = &manifest.cose else { return };
    findings.extend(value.as_ref().map_err(|problem| mismatch(problem)).and_then(form).err());
}

/// What stands in a header is bytes to whoever reads the box: nobody has looked it over yet.
pub(super) fn headers(bytes: &[u8]) -> Result<Headers, Finding> {
    let malformed = |problem: &str| mismatch(&format!("the headers of the signature: {problem}"));
    if bytes.is_empty() {
        return Ok(Headers::new());
    }
    match cbor::look_over(bytes).and_then(|()| cbor::value(bytes)).map_err(malformed)? {
        // One that is there twice, written in two ways, has become one.
        Value::Map(headers)
            if cbor::head(bytes, 0)
                .is_ok_and(|(_, count, _)| count.is_some_and(|count| count != headers.len() as u64)) =>
        {
            Err(malformed("one of them is there twice"))
        }
        Value::Map(headers) => Ok(headers),
        _ => Err(malformed("they are no map")),
    }
}

fn mismatch(words: &str) -> Finding {
    Finding::new("claimSignature.mismatch", words)
}

fn form(value: &Value) -> Result<(), Finding> {
    let cose = Cose::of(value).filter(|cose| cose.is_tagged).ok_or_else(|| mismatch("it is no COSE_Sign1"))?;
    if *cose.payload != Value::Null {
        return Err(mismatch("the signature has something else in it than a signature"));
    }
    let signed = headers(cose.protected)?;
    let Value::Map(unsigned) = cose.unprotected else { return Err(mismatch("its headers are no map")) };
    if let Some(label) = signed.keys().find(|label| unsigned.contains_key(*label)) {
        return Err(mismatch(&format!("the header {label:?} stands in it twice, signed and not signed")));
    }
    critical(&signed, unsigned)?;
    certificates(&signed, unsigned, cose.protected)?;
    match signed.get(&ALG) {
        Some(Value::Integer(alg)) if ALGORITHMS.contains(alg) => Ok(()),
        Some(other) => Err(Finding::new("algorithm.unsupported", format!("it is signed with {other:?}"))),
        None => Err(Finding::new("algorithm.unsupported", "the signature names no algorithm")),
    }
}

/// Whoever does not understand a header that is called critical does not understand the signature (RFC 9052, 3.1).
fn critical(signed: &Headers, unsigned: &Headers) -> Result<(), Finding> {
    if unsigned.contains_key(&CRIT) {
        return Err(mismatch("what is critical in it is not signed"));
    }
    let Some(labels) = signed.get(&CRIT) else { return Ok(()) };
    let labels = labels.as_array().map(Vec::as_slice).unwrap_or_default();
    let is_known = |label: &Value| [ALG, X5CHAIN, old_name()].contains(label) && signed.contains_key(label);
    if labels.is_empty() || !labels.iter().all(is_known) {
        return Err(mismatch("it has a critical header that is not known here"));
    }
    Ok(())
}

/// Of two names for the certificates, the number counts (14.5), and the library takes what stands first among the signed ones.
fn certificates(signed: &Headers, unsigned: &Headers, bytes: &[u8]) -> Result<(), Finding> {
    let either = |label: &Value| signed.get(label).or_else(|| unsigned.get(label));
    let (Some(new), Some(old)) = (either(&X5CHAIN), either(&old_name())) else { return Ok(()) };
    let in_order = || serde_cbor::to_vec(&Value::Map(signed.clone())).is_ok_and(|ordered| ordered == bytes);
    if new == old || signed.contains_key(&X5CHAIN) && in_order() {
        return Ok(());
    }
    Err(mismatch("it names two chains of certificates"))
}

fn old_name() -> Value {
    Value::Text("x5chain".to_owned())
}
