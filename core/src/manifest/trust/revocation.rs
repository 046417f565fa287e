//! What the OCSP responses in a manifest store say of the active manifest's signer, in the standard's codes (C2PA 2.4, 15.9).
//!
//! They stand in the signature's header `rVals`, and in assertions `c2pa.certificate-status` of any manifest. Nobody is asked for others.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use serde_cbor::Value;

use crate::keys::certificate::{Asked, Chain, Revocation};
use crate::trust::{TrustedBy, Untrusted};

use super::super::cbor::entry;
use super::super::cose::{self, Cose};
use super::super::jumbf::{self, Superbox, base};
use super::super::reading::Reading;
use super::super::statuses::{REVOKED, is_of_ocsp};
use super::Trust;

/// The most responses that are looked at.
pub(super) const MOST: usize = 32;

/// The responses (DER) in a store about the active manifest's signer.
pub(super) fn responses(store: &[u8]) -> Vec<Vec<u8>> {
    let stapled = jumbf::active(store).and_then(|active| in_signature(&active)).unwrap_or_default();
    stapled.into_iter().chain(said_later(store)).take(MOST).collect()
}

/// Those that were added later, about anybody.
pub(super) fn said_later(store: &[u8]) -> Vec<Vec<u8>> {
    let manifests = jumbf::manifests(store).unwrap_or_default();
    let assertions = manifests.iter().flat_map(|manifest| jumbf::assertions(manifest).unwrap_or_default());
    let later = assertions.filter(|assertion| base(assertion.label) == "c2pa.certificate-status");
    later.filter_map(|assertion| assertion.value()).flat_map(|status| listed(&status)).take(MOST).collect()
}

pub(super) fn in_signature(manifest: &Superbox<'_>) -> Option<Vec<Vec<u8>>> {
    Cose::of(&cose::signature(manifest)?)?.header("rVals").map(listed)
}

fn listed(status: &Value) -> Vec<Vec<u8>> {
    let values = entry(status, "ocspVals").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let bytes = |value: &Value| if let Value::Bytes(bytes) = value { Some(bytes.clone()) } else { None };
    values.iter().take(MOST).filter_map(bytes).collect()
}

/// Nobody is trusted by way of an authority that is revoked.
pub(super) fn through(
    trusted: TrustedBy,
    chain: &Chain,
    responses: &[Vec<u8>],
    trust: &Trust,
    asked: Asked,
) -> Result<TrustedBy, Untrusted> {
    let by_an_authority = trusted.authority.is_some();
    match chain.revoked_authority(responses, trust.lists.signers_authorities(), asked) {
        Some((authority, since)) if by_an_authority => Err(Untrusted::Revoked { authority, since }),
        _ => Ok(trusted),
    }
}

/// Puts what is said of the signer's own certificate into the reading, and nothing else about that.
pub(super) fn put(reading: &mut Reading, chain: &Chain, responses: &[Vec<u8>], trust: &Trust, asked: Asked) {
    for codes in [&mut reading.successes, &mut reading.informational] {
        codes.retain(|code| !is_of_ocsp(code));
    }
    let said = chain.revocation(responses, trust.lists.signers_authorities(), asked);
    match said {
        Some(Revocation::Revoked { since }) => {
            reading.fails(REVOKED, &format!("the issuer has revoked the signer's certificate at {since}"));
        }
        Some(Revocation::NotRevoked) => reading.successes.push("signingCredential.ocsp.notRevoked".to_owned()),
        Some(Revocation::Unknown) => reading.informational.push("signingCredential.ocsp.unknown".to_owned()),
        None => {}
    }
    // Where an issuer can be asked and nothing settles it.
    if matches!(said, None | Some(Revocation::Unknown)) && chain.names_ocsp() {
        reading.informational.push("signingCredential.ocsp.skipped".to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::jumbf::made::{boxed, superbox};
    use super::*;

    fn status(response: &[u8]) -> Vec<u8> {
        let values = Value::Array(vec![Value::Bytes(response.to_vec())]);
        let status = Value::Map([(Value::Text("ocspVals".to_owned()), values)].into_iter().collect());
        boxed(*b"cbor", &serde_cbor::to_vec(&status).expect("written"))
    }

    #[test]
    fn what_later_manifests_say_of_a_certificate_is_found() {
        let manifest = |kind: [u8; 4], name: &str, response: &[u8]| {
            let found = superbox(*b"cbor", name, &status(response));
            let other = superbox(*b"cbor", "org.example.note", &status(b"no"));
            superbox(kind, "urn:c2pa:one", &superbox(*b"c2as", "c2pa.assertions", &[other, found].concat()))
        };
        let manifests = [
            manifest(*b"c2ma", "c2pa.certificate-status", b"first"),
            manifest(*b"c2um", "c2pa.certificate-status__2", b"second"),
        ];
        let store = superbox(*b"c2pa", "c2pa", &manifests.concat());
        assert_eq!(responses(&store), [b"first".to_vec(), b"second".to_vec()]);
        assert_eq!(responses(b"no store"), Vec::<Vec<u8>>::new());
    }
}
