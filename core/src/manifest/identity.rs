//! Identity assertions (`cawg.identity`) of the active manifest: somebody's name beside the signer's. There is no list of whom to believe about names, so none
//! is shown as verified: what the library verified is called untrusted, and what it passed over in silence does not hold.

use c2pa::validation_results::StatusCodes;
use c2pa::{Manifest, ManifestAssertion, Reader};

use super::jumbf::base;
use super::reading::{Reading, State};

/// What the library says of a signature that fits, whoever made it.
const FITS: &str = "cawg.identity.well-formed";

/// What it says of a credential by anybody at all, even one whose signature does not fit.
const BY_ANYBODY: &str = "cawg.ica.credential_valid";

/// The same reading with what is to be said of the names in it.
pub(super) fn named(mut reading: Reading, reader: &Reader) -> Reading {
    reading.successes.retain(|code| code != BY_ANYBODY);
    let identities: Vec<_> =
        reader.active_manifest().into_iter().flat_map(Manifest::assertions).filter(|one| is_identity(one)).collect();
    let by_certificate = identities.iter().filter(|one| is_by_certificate(one)).count();
    // The library gives one for each that fits, and nothing for one that does not.
    if fitting(reader) < by_certificate {
        reading.state = State::Invalid;
        reading.fails("cawg.x509.signature.mismatch", "an identity assertion is not signed by whom it names");
    } else if by_certificate > 0 {
        reading.informational.push("cawg.x509.credential.untrusted".to_owned());
    }
    if identities.len() > by_certificate {
        reading.informational.push("cawg.ica.untrusted_issuer".to_owned());
    }
    reading
}

/// How many of the active manifest's own.
fn fitting(reader: &Reader) -> usize {
    let active = reader.validation_results().and_then(|results| results.active_manifest());
    let label = reader.active_label().unwrap_or_default();
    let is_its = |url: &str| url.split('/').any(|part| part == label);
    let said = active.into_iter().flat_map(StatusCodes::success);
    said.filter(|status| status.code() == FITS && status.url().is_some_and(is_its)).count()
}

fn is_identity(assertion: &ManifestAssertion) -> bool {
    base(assertion.label()) == "cawg.identity"
}

fn is_by_certificate(assertion: &ManifestAssertion) -> bool {
    let value = assertion.value().ok();
    let kind = value.and_then(|value| value.get("signer_payload")?.get("sig_type")?.as_str());
    kind == Some("cawg.x509.cose")
}
