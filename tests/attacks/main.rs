//! What somebody would build who wants a file to read as what it is not: each case with the answer that the standard asks for. Beside each kind of
//! forgery stands the honest file that it is like, which holds.
//!
//! - [`forge`], [`bound`], [`judged`]: a claim generator that does what it is told, pictures for its manifests, what we say of them;
//! - [`bindings`], [`bmff`], [`merkle`], [`updates`]: what a hash leaves out, how parts lie in a file, pictures in blocks, manifests that update others;
//! - [`names`], [`graphs`]: two of one name, circles, chains without end;
//! - [`redactions`], [`reports`], [`revoked`]: what was taken out, what is said about ingredients, and about signers later;
//! - [`assertions`], [`actions`], [`words`]: what a claim names, what it says was done, whose word it is;
//! - [`identities`]: names beside the signer's;
//! - [`proofs`]: whose proof it is that a picture's making is on record;
//! - [`signatures`], [`stamps`]: headers, algorithms and certificates of a signature, and its time-stamps;
//! - [`bytes`], [`compressed`], [`metadata`], [`recovered`]: boxes and CBOR that lie, bombs, XMP, manifests of other pictures.
#![expect(clippy::cast_possible_truncation, reason = "pictures are made by counting, over small numbers")]
#![expect(clippy::single_range_in_vec_init, reason = "most bindings leave out one range")]
#![expect(clippy::trivially_copy_pass_by_ref, reason = "the names of boxes are written b\"cbor\"")]

#[path = "../common/chains.rs"]
mod chains;
#[expect(dead_code, reason = "other tests use other parts of it")]
#[path = "../common/tsa.rs"]
mod tsa;

mod actions;
mod alone;
mod assertions;
mod bindings;
mod bmff;
mod bound;
mod bytes;
mod compressed;
mod forge;
mod graphs;
mod identities;
mod judged;
mod merkle;
mod metadata;
mod names;
mod proofs;
mod recovered;
mod redactions;
mod reports;
#[path = "../common/responder.rs"]
mod responder;
mod revoked;
mod signatures;
mod stamps;
#[expect(
    dead_code,
    clippy::disallowed_methods,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "only some of its work is wanted here; tests/export says the rest"
)]
#[path = "../export/studio.rs"]
mod studio;
mod updates;
mod words;

/// The time at which forgeries are made.
#[expect(clippy::disallowed_methods, reason = "tests are an edge: they read the clock for the library")]
pub(crate) fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}
