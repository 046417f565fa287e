//! A claim generator that does what it is told: any boxes, any claim, any assertions, signed with a good certificate.

use std::collections::BTreeMap;

use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_cbor::Value;
use touchmark_core::hash::Hash;

use crate::chains::{self, TestChain};
pub(crate) use crate::now;

/// `c2ma`, `c2um` and so on stand in front of the same twelve bytes (C2PA 2.4, 11.1.4).
const REST: [u8; 12] = [0x00, 0x11, 0x00, 0x10, 0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71];

pub(crate) const CREATED: &str = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";

pub(crate) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

pub(crate) fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Map(entries.into_iter().map(|(key, value)| (text(key), value)).collect())
}

/// The same map with one entry more, or another value for it.
pub(crate) fn with(value: Value, key: &str, entry: Value) -> Value {
    let Value::Map(mut entries) = value else { panic!("no map") };
    entries.insert(text(key), entry);
    Value::Map(entries)
}

pub(crate) fn cbor(value: &Value) -> Vec<u8> {
    serde_cbor::to_vec(value).expect("CBOR")
}

/// A box.
pub(crate) fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len() + 8).expect("small");
    [&length.to_be_bytes(), kind.as_slice(), content].concat()
}

/// What is hashed of a superbox: all but its header.
pub(crate) fn inside(kind: [u8; 16], label: &str, content: &[u8]) -> Vec<u8> {
    let description = [kind.as_slice(), &[3], label.as_bytes(), &[0]].concat();
    [boxed(b"jumd", &description), content.to_vec()].concat()
}

pub(crate) fn superbox(kind: [u8; 16], label: &str, content: &[u8]) -> Vec<u8> {
    boxed(b"jumb", &inside(kind, label, content))
}

pub(crate) fn kind(name: &[u8; 4]) -> [u8; 16] {
    let mut kind = [0; 16];
    kind[..4].copy_from_slice(name);
    kind[4..].copy_from_slice(&REST);
    kind
}

/// A `hashed-uri-map` over the inside of a superbox.
pub(crate) fn hashed(url: &str, inside: &[u8]) -> Value {
    map([("url", text(url)), ("hash", Value::Bytes(Hash::of(inside).as_bytes().to_vec()))])
}

/// An assertion in its box.
#[derive(Clone)]
pub(crate) struct Assertion {
    pub(crate) label: String,
    pub(crate) kind: [u8; 16],
    pub(crate) content: Vec<u8>,
}

impl Assertion {
    pub(crate) fn new(label: &str, value: &Value) -> Self {
        Self::raw(label, &cbor(value))
    }

    /// Of bytes that may be CBOR.
    pub(crate) fn raw(label: &str, bytes: &[u8]) -> Self {
        Self { label: label.to_owned(), kind: kind(b"cbor"), content: boxed(b"cbor", bytes) }
    }

    pub(crate) fn inside(&self) -> Vec<u8> {
        inside(self.kind, &self.label, &self.content)
    }

    pub(crate) fn reference(&self) -> Value {
        hashed(&format!("self#jumbf=c2pa.assertions/{}", self.label), &self.inside())
    }
}

/// An assertion of an organisation's own.
pub(crate) fn note(words: &str) -> Assertion {
    Assertion::new("org.example.note", &map([("note", text(words))]))
}

/// The actions of a picture that a model made.
pub(crate) fn created() -> Assertion {
    actions(vec![map([("action", text("c2pa.created")), ("digitalSourceType", text(CREATED))])])
}

pub(crate) fn actions(actions: Vec<Value>) -> Assertion {
    Assertion::new(
        "c2pa.actions.v2",
        &map([("actions", Value::Array(actions)), ("allActionsIncluded", Value::Bool(true))]),
    )
}

/// What a manifest shall be. All its parts can be wrong.
#[derive(Clone)]
pub(crate) struct Manifest {
    pub(crate) label: String,
    pub(crate) kind: [u8; 16],
    pub(crate) claim_label: String,
    /// Stand in the store; their references in the claim.
    pub(crate) created: Vec<Assertion>,
    pub(crate) gathered: Vec<Assertion>,
    /// Stand in the store, and nobody speaks of them.
    pub(crate) undeclared: Vec<Assertion>,
    /// Are spoken of, and do not stand in the store.
    pub(crate) references: Vec<Value>,
    /// Labels of assertions that are declared and then taken out.
    pub(crate) removed: Vec<String>,
    pub(crate) redacted: Vec<String>,
    /// More of the claim, or other values.
    pub(crate) claim: BTreeMap<String, Value>,
    /// More boxes, behind the others.
    pub(crate) boxes: Vec<Vec<u8>>,
    /// The claim's own bytes, changed before they are signed.
    pub(crate) tamper: fn(Vec<u8>) -> Vec<u8>,
}

impl Manifest {
    pub(crate) fn new(created: Vec<Assertion>) -> Self {
        Self {
            label: format!("urn:c2pa:{}", uuid::Uuid::new_v4()),
            kind: kind(b"c2ma"),
            claim_label: "c2pa.claim.v2".to_owned(),
            created,
            gathered: Vec::new(),
            undeclared: Vec::new(),
            references: Vec::new(),
            removed: Vec::new(),
            redacted: Vec::new(),
            claim: BTreeMap::new(),
            boxes: Vec::new(),
            tamper: |claim| claim,
        }
    }

    /// An update manifest of what stands in front of it in the store.
    pub(crate) fn update(parent: &Sealed, assertions: Vec<Assertion>) -> Self {
        Self { kind: kind(b"c2um"), ..Self::new([vec![parent.ingredient("parentOf")], assertions].concat()) }
    }

    pub(crate) fn url(&self) -> String {
        format!("self#jumbf=/c2pa/{}", self.label)
    }

    fn claim_bytes(&self) -> Vec<u8> {
        let references = |assertions: &[Assertion]| assertions.iter().map(Assertion::reference).collect::<Vec<_>>();
        let created = [references(&self.created), self.references.clone()].concat();
        let mut claim = map([
            ("instanceID", text("xmp:iid:f0f0f0f0-0000-4000-8000-000000000001")),
            ("claim_generator_info", map([("name", text("forge"))])),
            ("signature", text(&format!("{}/c2pa.signature", self.url()))),
            ("created_assertions", Value::Array(created)),
            ("alg", text("sha256")),
        ]);
        if !self.gathered.is_empty() {
            claim = with(claim, "gathered_assertions", Value::Array(references(&self.gathered)));
        }
        if !self.redacted.is_empty() {
            claim =
                with(claim, "redacted_assertions", Value::Array(self.redacted.iter().map(|url| text(url)).collect()));
        }
        let claim = self.claim.iter().fold(claim, |claim, (key, value)| with(claim, key, value.clone()));
        (self.tamper)(cbor(&claim))
    }
}

/// A manifest, signed.
#[derive(Clone)]
pub(crate) struct Sealed {
    pub(crate) label: String,
    /// The superbox without its header.
    pub(crate) inside: Vec<u8>,
    /// The same of the signature's box.
    pub(crate) signature: Vec<u8>,
}

impl Sealed {
    pub(crate) fn whole(&self) -> Vec<u8> {
        boxed(b"jumb", &self.inside)
    }

    pub(crate) fn url(&self) -> String {
        format!("self#jumbf=/c2pa/{}", self.label)
    }

    pub(crate) fn assertion(&self, label: &str) -> String {
        format!("{}/c2pa.assertions/{label}", self.url())
    }

    /// The same with a signature that its key did not make.
    pub(crate) fn missigned(&self) -> Self {
        let mut broken = self.clone();
        let start = memchr::memmem::find(&self.inside, &self.signature).expect("the signature");
        let last = self.signature.len() - 10;
        broken.inside[start + last] ^= 1;
        broken.signature[last] ^= 1;
        broken
    }

    /// The map of an ingredient assertion of this manifest.
    pub(crate) fn described(&self, relationship: &str) -> Value {
        let nothing = map([
            ("success", Value::Array(Vec::new())),
            ("informational", Value::Array(Vec::new())),
            ("failure", Value::Array(Vec::new())),
        ]);
        map([
            ("relationship", text(relationship)),
            ("activeManifest", hashed(&self.url(), &self.inside)),
            ("claimSignature", hashed(&format!("{}/c2pa.signature", self.url()), &self.signature)),
            ("validationResults", map([("activeManifest", nothing)])),
        ])
    }

    pub(crate) fn ingredient(&self, relationship: &str) -> Assertion {
        Assertion::new("c2pa.ingredient.v3", &self.described(relationship))
    }
}

/// A whole manifest store.
pub(crate) fn store(manifests: &[Vec<u8>]) -> Vec<u8> {
    superbox(kind(b"c2pa"), "c2pa", &manifests.concat())
}

/// A `COSE_Sign1` before it is signed (`protected`, `payload`) and after (all else). All its parts can be wrong.
pub(crate) struct Cose {
    pub(crate) tag: u64,
    pub(crate) protected: BTreeMap<Value, Value>,
    /// Stands in place of the protected headers.
    pub(crate) raw: Option<Vec<u8>>,
    pub(crate) unprotected: BTreeMap<Value, Value>,
    pub(crate) payload: Value,
    /// Stands in place of it all.
    pub(crate) whole: Option<Vec<u8>>,
}

/// What is done with a signature that was made: the encoded protected headers, the signature and the claim are at hand.
pub(crate) type Stamping = dyn Fn(&[u8], &[u8], &[u8]) -> Vec<(Value, Value)>;

/// Who signs.
pub(crate) struct Forge {
    pub(crate) key: SigningKey,
    pub(crate) chain: Vec<Vec<u8>>,
    pub(crate) anchors: String,
    /// Changes the headers before they are signed.
    pub(crate) headers: Box<dyn Fn(&mut Cose)>,
    /// More unprotected headers, once there is a signature.
    pub(crate) stamping: Box<Stamping>,
}

impl Forge {
    pub(crate) fn new() -> Self {
        Self::of(&chains::good(now()))
    }

    /// Signs with this key and names this chain, be it good or bad.
    pub(crate) fn of(chain: &TestChain) -> Self {
        Self {
            key: chain.key.clone(),
            chain: chain.chain.clone(),
            anchors: chain.root_pem(),
            headers: Box::new(|_| {}),
            stamping: Box::new(|_, _, _| Vec::new()),
        }
    }

    /// With other headers.
    pub(crate) fn with_headers(headers: impl Fn(&mut Cose) + 'static) -> Self {
        Self { headers: Box::new(headers), ..Self::new() }
    }

    /// Signs a manifest as it is.
    pub(crate) fn seal(&self, manifest: &Manifest) -> Sealed {
        let claim = manifest.claim_bytes();
        let signature = inside(kind(b"c2cs"), "c2pa.signature", &boxed(b"cbor", &self.cose(&claim)));
        let stored = manifest.created.iter().chain(&manifest.gathered).chain(&manifest.undeclared);
        let stored = stored.filter(|assertion| !manifest.removed.contains(&assertion.label));
        let assertions: Vec<u8> = stored.flat_map(|assertion| boxed(b"jumb", &assertion.inside())).collect();
        let content = [
            superbox(kind(b"c2as"), "c2pa.assertions", &assertions),
            superbox(kind(b"c2cl"), &manifest.claim_label, &boxed(b"cbor", &claim)),
            boxed(b"jumb", &signature),
            manifest.boxes.concat(),
        ];
        let inside = inside(manifest.kind, &manifest.label, &content.concat());
        Sealed { label: manifest.label.clone(), inside, signature }
    }

    /// A `COSE_Sign1` over a detached payload (C2PA 2.4, 13.2).
    pub(crate) fn cose(&self, payload: &[u8]) -> Vec<u8> {
        let chain = self.chain.iter().map(|certificate| Value::Bytes(certificate.clone()));
        let mut cose = Cose {
            tag: 18,
            protected: BTreeMap::from([(ALG, Value::Integer(-7)), (X5CHAIN, Value::Array(chain.collect()))]),
            raw: None,
            unprotected: BTreeMap::new(),
            payload: Value::Null,
            whole: None,
        };
        (self.headers)(&mut cose);
        if let Some(whole) = cose.whole {
            return whole;
        }
        let protected = cose.raw.unwrap_or_else(|| cbor(&Value::Map(cose.protected)));
        let signed = [text("Signature1"), Value::Bytes(protected.clone()), Value::Bytes(Vec::new())];
        let signed = cbor(&Value::Array([signed.as_slice(), &[Value::Bytes(payload.to_vec())]].concat()));
        let signature: Signature = self.key.sign(&signed);
        let signature = signature.to_bytes().to_vec();
        cose.unprotected.extend((self.stamping)(&protected, &signature, payload));
        let parts = vec![Value::Bytes(protected), Value::Map(cose.unprotected), cose.payload, Value::Bytes(signature)];
        cbor(&match cose.tag {
            0 => Value::Array(parts),
            tag => Value::Tag(tag, Box::new(Value::Array(parts))),
        })
    }
}

/// The label of the algorithm.
pub(crate) const ALG: Value = Value::Integer(1);

/// The label of the certificates.
pub(crate) const X5CHAIN: Value = Value::Integer(33);
