//! Somebody's name beside the signer's: identity assertions (`cawg.identity`). What does not hold is refused, and nobody's name is shown as checked.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};
use ed25519_dalek::Signer as _;
use serde_cbor::Value;
use touchmark_core::hash::Hash;
use touchmark_core::manifest::{Reading, State};
use touchmark_core::media::MediaType;

use crate::bound::{data_hash, picture};
use crate::chains;
use crate::forge::{Assertion, Forge, Manifest, cbor, created, note, now, store, text};

const X509: &str = "cawg.x509.cose";
const AGGREGATED: &str = "cawg.identity_claims_aggregation";
const LABEL: &str = "urn:c2pa:8b6e5a10-0000-4000-8000-000000000024";
const NAME: &str = "Nobody Checked";

/// A map in just this order: what is signed is bytes.
fn ordered(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let count = 0xa0 | u8::try_from(entries.len()).expect("few");
    let entries = entries.iter().flat_map(|(key, value)| [cbor(&text(key)), value.clone()].concat());
    std::iter::once(count).chain(entries).collect()
}

fn bytes(bytes: &[u8]) -> Value {
    Value::Bytes(bytes.to_vec())
}

/// What may be wrong with an identity assertion.
struct Identity {
    /// What it is about.
    about: Vec<Assertion>,
    /// How many of them are named by their whole address.
    whole: usize,
    kind: &'static str,
    pads: [Vec<u8>; 2],
    /// Changes the signature.
    tamper: fn(&mut Vec<u8>),
}

impl Identity {
    fn new(kind: &'static str, about: &[&Assertion]) -> Self {
        let about = about.iter().copied().cloned().collect();
        Self { about, whole: 0, kind, pads: [vec![0; 8], vec![0; 3]], tamper: |_| {} }
    }

    /// Address and hash of what it is about.
    fn about(&self) -> impl Iterator<Item = (String, Vec<u8>)> {
        self.about.iter().enumerate().map(|(place, one)| {
            let before = if place < self.whole { format!("/c2pa/{LABEL}/") } else { String::new() };
            let hash = Hash::of(&one.inside()).as_bytes().to_vec();
            (format!("self#jumbf={before}c2pa.assertions/{}", one.label), hash)
        })
    }

    fn payload(&self) -> Vec<u8> {
        let count = 0x80 | u8::try_from(self.about.len()).expect("few");
        let one =
            |(url, hash): (String, Vec<u8>)| ordered(&[("url", cbor(&text(&url))), ("hash", cbor(&bytes(&hash)))]);
        let about = std::iter::once(count).chain(self.about().flat_map(one)).collect();
        ordered(&[("referenced_assertions", about), ("sig_type", cbor(&text(self.kind)))])
    }

    fn with(&self, mut signature: Vec<u8>) -> Assertion {
        (self.tamper)(&mut signature);
        let [pad1, pad2] = &self.pads;
        let parts = [
            ("signer_payload", self.payload()),
            ("signature", cbor(&bytes(&signature))),
            ("pad1", cbor(&bytes(pad1))),
            ("pad2", cbor(&bytes(pad2))),
        ];
        Assertion::raw("cawg.identity", &ordered(&parts))
    }

    /// Signed with a certificate.
    fn by(&self, forge: &Forge) -> Assertion {
        self.with(forge.cose(&self.payload()))
    }

    /// Vouched for by a key that is its own address (`did:jwk`): anybody can make one.
    fn by_oneself(&self) -> Assertion {
        let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
        let public = BASE64_URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
        let jwk = serde_json::json!({"kty": "OKP", "crv": "Ed25519", "x": public});
        let about =
            self.about().map(|(url, hash)| serde_json::json!({"url": url, "hash": BASE64_STANDARD.encode(hash)}));
        let credential = serde_json::json!({
            "@context": ["https://www.w3.org/ns/credentials/v2", "https://cawg.io/identity/1.1/ica/context/"],
            "type": ["VerifiableCredential", "IdentityClaimsAggregationCredential"],
            // The library wants it padded.
            "issuer": format!("did:jwk:{}", BASE64_URL_SAFE.encode(jwk.to_string())),
            "validFrom": "2024-01-01T00:00:00Z",
            "credentialSubject": {
                "verifiedIdentities": [{"type": "cawg.social_media", "name": NAME, "username": NAME,
                    "verifiedAt": "2024-01-01T00:00:00Z", "provider": {"id": "https://example.com", "name": "example"}}],
                "c2paAsset": {"referenced_assertions": about.collect::<Vec<_>>(), "sig_type": self.kind},
            },
        });
        let payload = bytes(credential.to_string().as_bytes());
        let headers = [(Value::Integer(1), Value::Integer(-8)), (Value::Integer(3), text("application/vc"))];
        let headers = bytes(&cbor(&Value::Map(headers.into_iter().collect())));
        let signed = [text("Signature1"), headers.clone(), bytes(&[]), payload.clone()];
        let signature = key.sign(&cbor(&Value::Array(signed.into()))).to_bytes();
        let parts = [headers, Value::Map(std::collections::BTreeMap::new()), payload, bytes(&signature)];
        self.with(cbor(&Value::Tag(18, Box::new(Value::Array(parts.into())))))
    }
}

/// A picture, and who signs its manifest.
struct World {
    forge: Forge,
    image: Vec<u8>,
    binding: Assertion,
}

impl World {
    fn new() -> Self {
        let image = picture(MediaType::Png);
        Self { forge: Forge::new(), binding: data_hash(&image, &[]), image }
    }

    fn store(&self, identity: Assertion) -> Vec<u8> {
        let created = vec![created(), note("x"), self.binding.clone()];
        let manifest = Manifest { label: LABEL.to_owned(), gathered: vec![identity], ..Manifest::new(created) };
        store(&[self.forge.seal(&manifest).whole()])
    }

    fn reads(&self, identity: Assertion) -> Reading {
        self.forge.judge_with(&self.image, Some(&self.store(identity)))
    }

    #[track_caller]
    fn refuses(&self, identity: Assertion, code: &str, what: &str) {
        self.forge.refuses_with(&self.image, Some(&self.store(identity)), code, what);
    }
}

#[test]
fn an_identity_that_fits_is_nobodys_checked_name_and_never_the_signers() {
    let world = World::new();
    let by_certificate = || Identity::new(X509, &[&world.binding]);
    let (untrusted, anybody) = ("cawg.x509.credential.untrusted", "cawg.ica.untrusted_issuer");
    for (what, identity, remark) in [
        ("by a certificate that may sign claims", by_certificate().by(&world.forge), untrusted),
        ("by a certificate of nobody", by_certificate().by(&Forge::of(&chains::stranger(now()))), untrusted),
        ("about more than the picture", Identity::new(X509, &[&world.binding, &note("x")]).by(&world.forge), untrusted),
        ("by oneself", Identity::new(AGGREGATED, &[&world.binding]).by_oneself(), anybody),
    ] {
        let reading = world.reads(identity);
        assert_eq!(reading.state, State::Trusted, "{what}: {:?} {:?}", reading.codes, reading.explanations);
        assert_eq!(reading.informational, [remark], "{what}");
        let called_good = |code: &String| code.starts_with("cawg.") && code != "cawg.identity.well-formed";
        assert!(!reading.successes.iter().any(called_good), "{what}: {:?}", reading.successes);
        let shown = format!("{:?}", Reading { store: None, ..reading });
        assert!(!shown.contains(NAME), "{what}: the name is in what is shown");
    }
}

/// The codes under `kind` for the active manifest of a crJSON document.
fn codes<'a>(crjson: &'a serde_json::Value, kind: &str) -> Vec<&'a str> {
    let codes = crjson["manifests"][0]["validationResults"][kind].as_array().expect("codes").iter();
    codes.map(|status| status["code"].as_str().expect("a code")).collect()
}

#[test]
fn neither_the_verdict_nor_the_tree_shows_the_name_and_crjson_shows_it_with_the_remark_that_nobody_checked_it() {
    let world = World::new();
    // Somebody whose certificate has the name, and a credential that has it by its bearer's own word.
    let named = Forge::of(&chains::called(now(), NAME, "Touchmark test intermediate"));
    for (what, identity, remark) in [
        ("a certificate", Identity::new(X509, &[&world.binding]).by(&named), "cawg.x509.credential.untrusted"),
        ("by oneself", Identity::new(AGGREGATED, &[&world.binding]).by_oneself(), "cawg.ica.untrusted_issuer"),
    ] {
        let kept = world.store(identity);
        let [verdict, tree, crjson] = world.forge.shown(&world.image, Some(&kept));
        assert!(!verdict.to_string().contains(NAME), "{what}: {verdict}");
        assert!(!tree.to_string().contains(NAME), "{what}: {tree}");
        assert_eq!(tree["signer"], verdict["claim"]["signer"], "{what}: the signer is who signed the claim");
        // As it was written it stands there, and nothing says that it is true.
        let whole = crjson.to_string();
        assert!(whole.contains("cawg.identity"), "{what}: {whole}");
        assert_eq!(codes(&crjson, "informational"), [remark], "{what}");
        let called_good = |code: &&str| code.starts_with("cawg.") && *code != "cawg.identity.well-formed";
        assert!(!codes(&crjson, "success").iter().any(called_good), "{what}: {:?}", codes(&crjson, "success"));
        let results = crjson["manifests"][0]["validationResults"].to_string();
        assert!(!results.contains(NAME), "{what}: {results}");
        assert!(!crjson["manifests"][0]["signature"].to_string().contains(NAME), "{what}: {whole}");
    }
}

#[test]
fn a_name_that_does_not_hold_is_shown_nowhere_as_if_it_did() {
    let world = World::new();
    let flipped = |signature: &mut Vec<u8>| *signature.last_mut().expect("a signature") ^= 1;
    let identity = Identity { tamper: flipped, ..Identity::new(AGGREGATED, &[&world.binding]) }.by_oneself();
    let kept = world.store(identity);
    let [verdict, tree, crjson] = world.forge.shown(&world.image, Some(&kept));
    assert_eq!((&verdict["verdict"], &tree["state"]), (&"not_verified".into(), &"invalid".into()));
    assert!(!verdict.to_string().contains(NAME) && !tree.to_string().contains(NAME), "{verdict} {tree}");
    assert!(codes(&crjson, "failure").contains(&"cawg.ica.signature_mismatch"), "{crjson}");
    assert!(!codes(&crjson, "success").iter().any(|code| code.starts_with("cawg.ica")), "{crjson}");
}

#[test]
fn an_identity_that_is_about_something_else_or_of_another_form_is_refused() {
    let world = World::new();
    let binding = &world.binding;
    let other = data_hash(&picture(MediaType::Jpeg), &[]);
    let elsewhere = Assertion { label: "org.example.elsewhere".to_owned(), ..note("elsewhere") };
    let on = |about: &[&Assertion]| Identity::new(X509, about);
    let padded = |pads: [&[u8]; 2]| Identity { pads: pads.map(<[u8]>::to_vec), ..on(&[binding]) };
    let (mismatch, duplicate) = ("cawg.identity.assertion.mismatch", "cawg.identity.assertion.duplicate");
    for (what, code, identity) in [
        ("copied from another picture", mismatch, on(&[&other])),
        ("about what the claim does not name", mismatch, on(&[binding, &elsewhere])),
        ("about nothing that is seen", "cawg.identity.hard_binding_missing", on(&[&note("x")])),
        ("about nothing", "cawg.identity.cbor.invalid", on(&[])),
        ("twice about one thing", duplicate, on(&[binding, binding])),
        ("the same by two addresses", duplicate, Identity { whole: 1, ..on(&[binding, binding]) }),
        ("with something in its first padding", "cawg.identity.pad.invalid", padded([&[0, 1], &[0]])),
        ("with something in its second padding", "cawg.identity.pad.invalid", padded([&[0], &[0, 1]])),
    ] {
        world.refuses(identity.by(&world.forge), code, what);
        world.refuses(Identity { kind: AGGREGATED, ..identity }.by_oneself(), code, what);
    }
    let mine = Identity::new("com.example.mine", &[binding]).by(&world.forge);
    world.refuses(mine, "cawg.identity.sig_type.unknown", "of a kind of its own");
}

#[test]
fn a_name_that_its_bearer_did_not_sign_is_refused() {
    let world = World::new();
    let flipped = |signature: &mut Vec<u8>| *signature.last_mut().expect("a signature") ^= 1;
    let identity = |kind, tamper| Identity { tamper, ..Identity::new(kind, &[&world.binding]) };
    let mismatch = "cawg.x509.signature.mismatch";
    world.refuses(identity(X509, flipped).by(&world.forge), mismatch, "a changed signature");
    world.refuses(identity(X509, Vec::clear).by(&world.forge), mismatch, "no signature");
    world.refuses(identity(AGGREGATED, flipped).by_oneself(), "cawg.ica.signature_mismatch", "a changed credential");
    world.refuses(identity(AGGREGATED, Vec::clear).by_oneself(), "cawg.ica.invalid_cose_sign1", "no credential");
    let elsewhere = world.forge.cose(&Identity::new(X509, &[&note("x")]).payload());
    world.refuses(Identity::new(X509, &[&world.binding]).with(elsewhere), mismatch, "a signature over something else");
}
