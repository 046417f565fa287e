//! The standard's status codes, out of what the library found.

use c2pa::Reader;
use c2pa::validation_results::StatusCodes;
use c2pa::validation_status::ValidationStatus;

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

pub(super) fn failures(reader: &Reader) -> Vec<&ValidationStatus> {
    let Some(results) = reader.validation_results() else { return Vec::new() };
    let active = results.active_manifest().into_iter().flat_map(StatusCodes::failure);
    let ingredients =
        results.ingredient_deltas().into_iter().flatten().flat_map(|delta| delta.validation_deltas().failure());
    active.chain(ingredients).collect()
}
