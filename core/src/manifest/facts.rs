//! What a manifest says, in our own words.

use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

/// Digital source type: made by a model from nothing but its inputs.
pub const TRAINED_ALGORITHMIC_MEDIA: &str = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";

/// Everything that the claim's signer states about an image.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Becomes the manifest's label, `urn:c2pa:<uuid>`. Version 4.
    pub manifest: Uuid,
    /// `dc:title`, if any.
    pub title: Option<String>,
    /// When the image was made.
    pub when: Timestamp,
    /// The software that made it.
    pub agent: Agent,
    /// The program that writes the claim.
    pub generator: Agent,
    /// The model, for `c2pa.ai-disclosure`.
    pub model: Model,
    /// Perceptual fingerprints, for `c2pa.soft-binding`.
    pub soft_bindings: Vec<SoftBinding>,
    /// Assertions of our own.
    pub assertions: Vec<Assertion>,
}

/// A program by name and version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// The model that made the image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// A name that people know.
    pub name: String,
    /// A package URL or other URI, where there is one.
    pub identifier: Option<String>,
}

/// One algorithm's value over the whole image (spec 2.4, 18.10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoftBinding {
    /// From the C2PA soft binding algorithm list.
    pub alg: String,
    /// In the algorithm's own form.
    pub value: Vec<u8>,
}

/// An assertion under a label of our own.
#[derive(Debug, Clone)]
pub struct Assertion {
    /// Reverse domain name and a name.
    pub label: String,
    /// CBOR.
    pub value: serde_cbor::Value,
}

impl Assertion {
    /// An assertion with `value` as CBOR.
    pub fn new<T: Serialize>(label: &str, value: &T) -> Result<Self, serde_cbor::Error> {
        Ok(Self { label: label.to_owned(), value: serde_cbor::value::to_value(value)? })
    }
}
