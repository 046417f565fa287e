//! The main job from end to end, as a library: pictures are recorded, signed, recorded again, released; and whoever gets them
//! can tell. Each test is something that a user would notice.
//!
//! - [`formats`], [`metadata`], [`hard`]: every type of file, what stays of it, unusual pictures;
//! - [`sidecar`], [`order`], [`meanwhile`], [`again`]: manifests beside the file, the order of the steps, what changes between them, running the
//!   job twice;
//! - [`upstream`], [`told`]: pictures that carry credentials already; what is known of their making;
//! - [`looks`]: soft bindings, which lead to a manifest and prove nothing;
//! - [`found`]: from a picture without metadata back to its record;
//! - [`broken`], [`forged`], [`certificates`], [`revoked`]: what a verifier must refuse;
//! - [`given_up`]: a thief's key of the log;
//! - [`stamped`]: signatures with a time-stamp;
//! - [`stranger`], [`documented`]: other people's readers, and a stranger with docs/ledger-link.md in hand.
#![expect(clippy::disallowed_methods, reason = "tests are an edge: they read the clock for the library")]
#![expect(clippy::case_sensitive_file_extension_comparisons, reason = "the names are those of test-images")]
#![expect(clippy::cast_possible_truncation, reason = "pictures are made by counting, over small numbers")]

mod again;
mod broken;
mod certificates;
#[path = "../common/chains.rs"]
mod chains;
mod documented;
mod faulty;
mod forged;
mod formats;
mod found;
mod given_up;
mod hard;
mod looks;
mod meanwhile;
mod metadata;
mod order;
mod parts;
#[path = "../common/responder.rs"]
mod responder;
mod revoked;
mod sidecar;
mod stamped;
mod stranger;
mod studio;
#[path = "../common/thief.rs"]
mod thief;
mod told;
#[path = "../common/tsa.rs"]
#[expect(dead_code, reason = "forged tokens are tried in tests/anchor")]
mod tsa;
mod upstream;
