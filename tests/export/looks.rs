//! Soft bindings: they lead from a picture to a manifest that may be its own, and prove nothing. A picture that was saved again "looks like" the one that was
//! signed; one whose hard binding fits stays valid, and a soft binding that says otherwise is told.

use serde_cbor::Value;
use touchmark_core::event::Kind;
use touchmark_core::export::Options;
use touchmark_core::fingerprint::{self, Algorithm, Fingerprint};
use touchmark_core::manifest::State;
use touchmark_core::manifest::facts::{Agent, Assertion, Facts, Model};
use touchmark_core::media::{self, Limits, MediaType};
use touchmark_core::verify::{Answer, LedgerState, Looks, Verdict};

use crate::forged::says;
use crate::studio::{Judge, Studio, made, picture, pictures, request};

const MISMATCH: &str = "org.touchmark.softBinding.mismatch";

fn looks_of(file: &[u8], algorithm: Algorithm) -> Fingerprint {
    let media_type = MediaType::sniff(file).expect("a picture");
    let image = media::decode(file, media_type, &Limits::default()).expect("decoded").expect("a decoder");
    let mut all = fingerprint::compute(&image).into_iter();
    all.find(|one| one.algorithm() == algorithm).expect("the algorithm")
}

/// The same picture, saved again by somebody who knows nothing of manifests.
fn saved_again(file: &[u8]) -> Vec<u8> {
    let image = image::load_from_memory(file).expect("a picture").to_rgb8();
    let mut jpeg = Vec::new();
    image.write_with_encoder(image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 60)).expect("encoded");
    jpeg
}

fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Map(entries.into_iter().map(|(key, value)| (text(key), value)).collect())
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// One value by one algorithm, about this part of the picture.
fn binding(alg: &str, scope: Value, value: Value) -> Value {
    map([("alg", text(alg)), ("blocks", Value::Array(vec![map([("scope", scope), ("value", value)])]))])
}

fn whole(alg: &str, value: &[u8]) -> Value {
    binding(alg, map([]), Value::Bytes(value.to_vec()))
}

/// The picture, signed well by the studio with these soft bindings.
fn signed(studio: &Studio, name: &str, bindings: &[Value]) -> Vec<u8> {
    let agent = |name: &str| Agent { name: name.to_owned(), version: "1.0".to_owned() };
    let soft = |value| Assertion { label: "c2pa.soft-binding".to_owned(), value };
    let facts = Facts {
        manifest: uuid::Uuid::new_v4(),
        title: None,
        when: jiff::Timestamp::now(),
        agent: agent("sdxl"),
        generator: agent("forge"),
        model: Model { name: "sdxl 1.0".to_owned(), identifier: None },
        soft_bindings: Vec::new(),
        assertions: bindings.iter().cloned().map(soft).collect(),
    };
    let image = picture(name);
    studio.home.issuer().expect("issuer").sign(&request(&image, &facts)).expect("signed").0.into_whole()
}

fn beside(studio: &Studio, name: &str) -> Vec<u8> {
    let options = Options { sidecar: true, ..Options::default() };
    studio.one(&picture(name), made(), None, &options).expect("exported").sidecar.expect("a manifest")
}

fn stranger(studio: &Studio) -> Judge {
    Judge::trusting(&studio.anchors())
}

#[track_caller]
fn is_never_valid(verdict: &Verdict) {
    assert_eq!((verdict.verdict, verdict.c2pa.state), (Answer::NotVerified, State::Invalid), "{verdict:#?}");
    assert_eq!(verdict.c2pa.codes, ["assertion.dataHash.mismatch"]);
}

#[test]
fn our_own_pictures_look_as_their_manifests_say() {
    let studio = Studio::new();
    let mut compared = 0;
    for (name, picture) in pictures() {
        let verdict = stranger(&studio).judge(&studio.sign(&picture));
        assert_eq!(verdict.verdict, Answer::Verified, "{name}");
        assert!(matches!(verdict.c2pa.soft_binding, None | Some(Looks::Fits)), "{name}: {verdict:#?}");
        assert!(!says(&verdict, "soft binding"), "{name}: {:?}", verdict.findings);
        compared += usize::from(verdict.c2pa.soft_binding.is_some());
    }
    assert!(compared > 5, "{compared} have one");
}

#[test]
fn a_picture_that_was_saved_again_looks_like_the_one_that_was_signed_and_is_never_valid() {
    let studio = Studio::new();
    for name in ["astronaut.jpg", "rocket.webp"] {
        let store = beside(&studio, name);
        let again = saved_again(&picture(name));
        let verdict = stranger(&studio).look(&again, Some(&store)).expect("looked");
        is_never_valid(&verdict);
        assert_eq!(verdict.c2pa.soft_binding, Some(Looks::Fits), "{name}");
        assert!(says(&verdict, "It looks like the picture that was signed (similarity "), "{:?}", verdict.findings);
        assert!(says(&verdict, "the hard binding is not matched"), "{:?}", verdict.findings);
        let either = "it was changed, or the Content Credentials beside it are those of another image";
        assert!(says(&verdict, either), "nobody can tell which: {:?}", verdict.findings);
        // Whoever has the log knows the picture, and says no more than that.
        let verdict = studio.judge().look(&again, Some(&store)).expect("looked");
        is_never_valid(&verdict);
        assert_eq!(verdict.ledger.state, LedgerState::Mismatch);
        let record = studio.records(Kind::Export).pop().expect("an EXPORT").id;
        let like: Vec<&str> = verdict.ledger.looks_like.iter().map(|like| like.export_record.as_str()).collect();
        assert_eq!(like, [record.to_string()], "{name}");
        let sentence = format!("The file differs from the one that was exported (record {record}), and looks like it");
        assert!(says(&verdict, &sentence), "{:?}", verdict.findings);
    }
}

#[test]
fn a_picture_beside_a_strangers_manifest_looks_like_what_that_says_by_nobody_who_is_trusted() {
    let studio = Studio::new();
    let store = beside(&studio, "astronaut.jpg");
    let verdict = Judge::trusting("").look(&saved_again(&picture("astronaut.jpg")), Some(&store)).expect("looked");
    assert_eq!((verdict.verdict, verdict.c2pa.state), (Answer::NotVerified, State::Invalid));
    assert!(says(&verdict, "The signer's certificate is not trusted here"), "{:?}", verdict.findings);
    assert_eq!(verdict.c2pa.soft_binding, Some(Looks::Fits));
}

#[test]
fn another_picture_beside_a_manifest_is_told_by_the_soft_binding_too() {
    let studio = Studio::new();
    let store = beside(&studio, "astronaut.jpg");
    let verdict = studio.judge().look(&picture("hubble.jpg"), Some(&store)).expect("looked");
    is_never_valid(&verdict);
    assert_eq!(verdict.c2pa.soft_binding, Some(Looks::Differs));
    assert!(says(&verdict, "By its soft binding it is another picture"), "{:?}", verdict.findings);
    assert!(!says(&verdict, "looks like"), "{:?}", verdict.findings);
    assert!(verdict.ledger.looks_like.is_empty());
}

#[test]
fn a_manifest_whose_soft_binding_was_changed_to_fit_is_not_said_to_fit() {
    let studio = Studio::new();
    let mut store = beside(&studio, "astronaut.jpg");
    let other = picture("hubble.jpg");
    let [ours, theirs] = [&picture("astronaut.jpg"), &other].map(|file| looks_of(file, Algorithm::Iscc).value());
    let at = store.windows(ours.len()).position(|window| window == ours).expect("the soft binding");
    store[at..at + ours.len()].copy_from_slice(&theirs);
    let verdict = stranger(&studio).look(&other, Some(&store)).expect("looked");
    assert_eq!((verdict.verdict, verdict.c2pa.state), (Answer::NotVerified, State::Invalid));
    assert_eq!(verdict.c2pa.soft_binding, None, "no word of it counts");
    assert!(!says(&verdict, "looks like"), "{:?}", verdict.findings);
}

#[test]
fn a_soft_binding_of_another_picture_is_told_and_the_hard_one_decides() {
    let studio = Studio::new();
    for algorithm in Algorithm::ALL {
        let [own, other] = ["astronaut.jpg", "hubble.jpg"].map(|name| looks_of(&picture(name), algorithm).value());
        let alg = algorithm.name();
        let verdict = stranger(&studio).judge(&signed(&studio, "astronaut.jpg", &[whole(alg, &own)]));
        assert_eq!((verdict.verdict, verdict.c2pa.soft_binding), (Answer::Verified, Some(Looks::Fits)), "{alg}");
        // The honest one beside it makes it no better: a search by looks finds either.
        for bindings in [vec![whole(alg, &other)], vec![whole(alg, &own), whole(alg, &other)]] {
            let file = signed(&studio, "astronaut.jpg", &bindings);
            let verdict = stranger(&studio).judge(&file);
            assert_eq!(
                (verdict.verdict, verdict.c2pa.state),
                (Answer::Verified, State::Trusted),
                "{alg}: {verdict:#?}"
            );
            assert_eq!(verdict.c2pa.soft_binding, Some(Looks::Differs), "{alg}");
            assert_eq!(verdict.c2pa.informational, [MISMATCH], "{alg}");
            assert!(says(&verdict, "Its soft binding does not fit the picture"), "{alg}: {:?}", verdict.findings);
            let quick = Judge { pixels: false, ..stranger(&studio) }.judge(&file);
            assert_eq!((quick.verdict, quick.c2pa.soft_binding), (Answer::Verified, Some(Looks::NotChecked)), "{alg}");
            assert!(quick.c2pa.informational.is_empty() && !says(&quick, "soft binding"), "{alg}: {quick:#?}");
        }
    }
}

#[test]
fn what_cannot_be_compared_is_said_not_to_be_looked_at() {
    let studio = Studio::new();
    let value = looks_of(&picture("astronaut.jpg"), Algorithm::Iscc).value();
    let bytes = || Value::Bytes(value.clone());
    let region = map([("region", map([("region", Value::Array(vec![]))]))]);
    let Value::Map(mut with_parameters) = whole("io.iscc.v0", &value) else { panic!("a map") };
    with_parameters.insert(text("alg-params"), Value::Bytes(vec![1]));
    let unnamed = map([("blocks", Value::Array(vec![map([("scope", map([])), ("value", bytes())])]))]);
    let long = "x".repeat(10_000);
    for (binding, why) in [
        (whole("com.adobe.trustmark.Q", b"2*0101"), "the algorithm com.adobe.trustmark.Q is not known here"),
        (whole(&long, b"1"), "the algorithm xxxxxxxx"),
        (binding("io.iscc.v0", region, bytes()), "it is about a part of the picture"),
        (Value::Map(with_parameters), "or has parameters of its own"),
        (unnamed, "it names no algorithm"),
        (binding("io.iscc.v0", map([]), Value::Integer(7)), "it has no value that can be read"),
        (map([("alg", text("io.iscc.v0"))]), "it has no value that can be read"),
        (whole("io.iscc.v0", &value[..20]), "its value cannot be read (not a sequence of ISCC units"),
        (whole("pdq", &[7; 9]), "its value cannot be read (a pdq fingerprint has 32 bytes, found 9)"),
    ] {
        let verdict = stranger(&studio).judge(&signed(&studio, "astronaut.jpg", &[binding]));
        assert_eq!((verdict.verdict, verdict.c2pa.soft_binding), (Answer::Verified, Some(Looks::NotChecked)), "{why}");
        let said = verdict.findings.iter().find(|finding| finding.starts_with("A soft binding was not looked at: "));
        assert!(said.is_some_and(|said| said.contains(why) && said.len() < 300), "{why}: {:?}", verdict.findings);
    }
    let verdict = stranger(&studio).judge(&signed(&studio, "chelsea.avif", &[whole("io.iscc.v0", &value)]));
    assert_eq!((verdict.verdict, verdict.c2pa.soft_binding), (Answer::Verified, Some(Looks::NotChecked)));
    assert!(says(&verdict, "the pixels of this AVIF file cannot be had here"), "{:?}", verdict.findings);
}

#[test]
fn a_value_that_is_written_as_text_is_read_as_base64() {
    use base64::Engine as _;
    let studio = Studio::new();
    let value = looks_of(&picture("hubble.jpg"), Algorithm::Iscc).value();
    let written = text(&base64::engine::general_purpose::STANDARD.encode(value));
    let file = signed(&studio, "astronaut.jpg", &[binding("io.iscc.v0", map([]), written)]);
    assert_eq!(stranger(&studio).judge(&file).c2pa.soft_binding, Some(Looks::Differs));
}
