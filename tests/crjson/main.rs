//! What `--crjson` prints is held against what the standard's authors published to judge it by: the schema of crJSON, and the checks of their
//! rubrics, which are formulas over it.
//!
//! - [`signed`]: our own exports of every type, and what is forged to be like none of them;
//! - [`schema`]: each document against the schema, of published files too;
//! - [`rubrics`]: each check, of our exports;
//! - [`judge`]: a validator and a formula engine that others wrote, on Node.
//!
//! Schema and rubrics are not of this project and not copied into it: `TOUCHMARK_SPEC` names the folder that has `schemas` and `rubrics`
//! (default: `../shared/spec/c2pa-2.4` beside the repository). What is not there is said aloud.
#![expect(clippy::disallowed_methods, reason = "tests are an edge: they read clock and environment for the library")]
#![expect(clippy::case_sensitive_file_extension_comparisons, reason = "the names are those of test-images")]
#![expect(clippy::cast_possible_truncation, reason = "pictures are made by counting, over small numbers")]
#![expect(clippy::single_range_in_vec_init, reason = "most bindings leave out one range")]
#![expect(clippy::trivially_copy_pass_by_ref, reason = "the names of boxes are written b\"cbor\"")]

#[path = "../attacks/bound.rs"]
#[expect(dead_code, reason = "only some forgeries are wanted here")]
mod bound;
#[path = "../common/chains.rs"]
mod chains;
#[path = "../attacks/forge.rs"]
#[expect(dead_code, reason = "only some forgeries are wanted here")]
mod forge;
#[path = "../corpus/index.rs"]
mod index;
mod judge;
mod rubrics;
mod schema;
mod signed;
#[path = "../export/studio.rs"]
#[expect(dead_code, reason = "nothing is looked up in the log here")]
mod studio;
#[path = "../common/tsa.rs"]
#[expect(dead_code, reason = "forged tokens are tried in tests/anchor")]
mod tsa;

/// The time at which forgeries are made.
pub(crate) fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}
