//! The standard's status codes, out of what the library found.

use c2pa::Reader;
use c2pa::validation_results::StatusCodes;
use c2pa::validation_status::ValidationStatus;

/// The code for a signer whose issuer revoked it.
pub(super) const REVOKED: &str = "signingCredential.ocsp.revoked";

/// What the library says of revocation is not taken: it asks whom a response is by less closely, and calls it a failure that an issuer does not
/// know an ingredient's signer.
pub(super) fn is_of_ocsp(code: &str) -> bool {
    code.starts_with("signingCredential.ocsp.")
}

pub(super) fn succeeded(reader: &Reader, code: &str) -> bool {
    of_success(reader).any(|found| found == code)
}

pub(super) fn of_success(reader: &Reader) -> impl Iterator<Item = &str> {
    let active = reader.validation_results().and_then(|results| results.active_manifest());
    active.into_iter().flat_map(StatusCodes::success).map(ValidationStatus::code)
}

pub(super) fn informational(reader: &Reader) -> impl Iterator<Item = &str> {
    let active = reader.validation_results().and_then(|results| results.active_manifest());
    active.into_iter().flat_map(StatusCodes::informational).map(ValidationStatus::code)
}

/// The library hashes compressed manifests as they were before, and the standard as they stand there (11.1.3.2): where that fits, it is wrong.
pub(super) fn is_excused(status: &ValidationStatus, fit: &[String]) -> bool {
    is_mismatch_of(status.code(), status.url().unwrap_or_default(), fit)
}

/// The same of the parts of a status.
pub(super) fn is_mismatch_of(code: &str, url: &str, fit: &[String]) -> bool {
    let of = url.trim_start_matches("self#jumbf=").trim_start_matches('/').trim_start_matches("c2pa/");
    code == "ingredient.manifest.mismatch" && fit.iter().any(|label| label == of)
}

pub(super) fn failures(reader: &Reader) -> Vec<&ValidationStatus> {
    let Some(results) = reader.validation_results() else { return Vec::new() };
    let active = results.active_manifest().into_iter().flat_map(StatusCodes::failure);
    let ingredients =
        results.ingredient_deltas().into_iter().flatten().flat_map(|delta| delta.validation_deltas().failure());
    active.chain(ingredients).collect()
}
