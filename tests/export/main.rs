//! The main job from end to end, as a library: pictures are recorded, signed, recorded again, released; and whoever gets them
//! can tell. Each test is something that a user would notice.
//!
//! - [`formats`], [`metadata`], [`hard`]: every type of file, what stays of it, unusual pictures;
//! - [`sidecar`], [`order`], [`again`]: manifests beside the file, the order of the steps, running the job twice;
//! - [`upstream`], [`told`]: pictures that carry credentials already; what is known of their making;
//! - [`broken`], [`forged`], [`certificates`]: what a verifier must refuse;
//! - [`form`], [`stranger`]: the manifest against the standard's text and against other people's readers.

#[path = "../common/chains.rs"]
mod chains;

mod again;
mod broken;
mod certificates;
mod faulty;
mod forged;
mod formats;
mod hard;
mod metadata;
mod order;
mod parts;
mod sidecar;
mod studio;
mod told;
mod upstream;
