//! The manifest beside the file: the picture is left alone, and only the two together verify.

use touchmark_core::export::{Error, Exported, Options, Order};
use touchmark_core::hash::Hash;
use touchmark_core::manifest::State;
use touchmark_core::verify::{Answer, LedgerState};

use crate::studio::{Studio, made, picture, pictures};

fn beside() -> Options {
    Options { sidecar: true, ..Options::default() }
}

#[test]
fn the_picture_is_byte_identical_and_verifies_with_the_file_beside_it() {
    let studio = Studio::new();
    for (name, picture) in pictures() {
        let target = studio.out(&name);
        studio.one(&picture, made(), Some(&target), &beside()).expect("exported");
        assert_eq!(std::fs::read(&target).expect("picture"), picture, "{name}");
        let store = std::fs::read(target.with_extension("c2pa")).expect("manifest");
        let verdict = studio.judge().look(&picture, Some(&store)).expect("looked");
        assert_eq!((verdict.verdict, verdict.c2pa.state), (Answer::Verified, State::Trusted), "{name}: {verdict:#?}");
        assert_eq!(verdict.ledger.state, LedgerState::Recorded, "{name}: {:?}", verdict.findings);
        let export = studio.exports().pop().expect("an EXPORT");
        assert!(export.sidecar, "{name}");
        assert_eq!((export.file, export.manifest.hash), (Hash::of(&picture), Hash::of(&store)), "{name}");
    }
}

#[test]
fn another_picture_does_not_verify_with_it() {
    let studio = Studio::new();
    for (name, other) in [
        ("astronaut.jpg", "hubble.jpg"),
        ("horse-alpha.png", "chelsea-a1111.png"),
        ("rocket.webp", "camera-lossless.webp"),
        ("clock.gif", "astronaut.jpg"),
        ("chelsea.avif", "retina.tif"),
    ] {
        let store = studio.one(&picture(name), made(), None, &beside()).expect("exported").sidecar.expect("a manifest");
        let verdict = studio.judge().look(&picture(other), Some(&store)).expect("looked");
        assert_eq!(verdict.verdict, Answer::NotVerified, "{name} with {other}: {verdict:#?}");
        assert_eq!(verdict.c2pa.state, State::Invalid, "{name} with {other}");
    }
}

#[test]
fn in_memory_the_manifest_is_the_one_on_record_the_first_time_and_the_second() {
    let studio = Studio::new();
    let run = || studio.one(&picture("astronaut.jpg"), made(), None, &beside()).expect("exported");
    let stores: [Exported; 2] = [run(), run()];
    let [first, second] = stores.map(|exported| exported.sidecar.expect("a manifest"));
    assert_eq!(first, second);
    assert_eq!(studio.exports().pop().expect("an EXPORT").manifest.hash, Hash::of(&first));
}

#[test]
fn two_pictures_that_would_share_one_manifest_file_do_not_overwrite_it() {
    let studio = Studio::new();
    let order = |name: &str, file: &str| Order { bytes: picture(name), making: made(), target: Some(studio.out(file)) };
    let orders = vec![order("astronaut.jpg", "same.jpg"), order("horse-alpha.png", "same.png")];
    let answers = studio.export(orders, &beside());
    assert!(answers[0].is_ok());
    let Err(error @ Error::Taken { .. }) = &answers[1] else { panic!("{answers:?}") };
    assert!(error.to_string().contains("same.c2pa"), "{error}");
    assert_eq!(studio.released(), ["same.c2pa", "same.jpg"]);
    assert_eq!(studio.exports().len(), 1, "what is not released is not recorded as exported");
    let store = std::fs::read(studio.out("same.c2pa")).expect("manifest");
    let verdict = studio.judge().look(&picture("astronaut.jpg"), Some(&store)).expect("looked");
    assert_eq!(verdict.verdict, Answer::Verified);
}
