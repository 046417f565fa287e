//! Every type of file that is signed: the result verifies in all respects, and shows the same picture.

use image::{DynamicImage, ImageReader};
use touchmark_core::event::Kind;
use touchmark_core::hash::Hash;
use touchmark_core::manifest::State;
use touchmark_core::media::MediaType;
use touchmark_core::verify::{Answer, LedgerState};

use crate::studio::{Judge, Studio, pictures};

fn pixels(bytes: &[u8]) -> Option<DynamicImage> {
    let reader = ImageReader::new(std::io::Cursor::new(bytes)).with_guessed_format().expect("in memory");
    reader.decode().ok()
}

#[test]
fn every_picture_is_verified_trusted_and_on_record() {
    let studio = Studio::new();
    for (name, picture) in pictures() {
        let signed = studio.sign(&picture);
        let verdict = studio.judge().judge(&signed);
        assert_eq!(verdict.verdict, Answer::Verified, "{name}: {verdict:#?}");
        assert_eq!(verdict.c2pa.state, State::Trusted, "{name}");
        assert!(verdict.c2pa.codes.is_empty(), "{name}: {:?}", verdict.c2pa.codes);
        assert_eq!(verdict.ledger.state, LedgerState::Recorded, "{name}: {:?}", verdict.findings);
        let export = studio.records(Kind::Export).pop().expect("an EXPORT");
        assert_eq!(verdict.ledger.export_record, Some(export.id.to_string()), "{name}");
        let export = studio.exports().pop().expect("an EXPORT");
        assert_eq!((export.input, export.file), (Hash::of(&picture), Hash::of(&signed)), "{name}");
        let claim = verdict.claim.expect("a claim");
        assert_eq!(claim.manifest_id, export.manifest.id, "{name}");
        assert_eq!(claim.issued_by.as_deref(), Some("Test Studio"), "{name}");
        assert_eq!(claim.made_with.as_deref(), Some("sdxl"), "{name}");
        assert!(claim.digital_source_type.expect("a source type").ends_with("/trainedAlgorithmicMedia"), "{name}");
    }
}

#[test]
fn a_stranger_with_nothing_but_the_anchor_sees_that_the_making_was_on_record() {
    let studio = Studio::new();
    let stranger = Judge::trusting(&studio.anchors());
    for (name, picture) in pictures() {
        let verdict = stranger.judge(&studio.sign(&picture));
        assert_eq!((verdict.verdict, verdict.ledger.state), (Answer::Verified, LedgerState::Proved), "{name}");
        let vouched = "the key that the signer vouches for";
        assert!(verdict.findings.iter().any(|finding| finding.contains(vouched)), "{name}: {:?}", verdict.findings);
    }
}

#[test]
fn the_picture_that_is_seen_stays_the_same() {
    let studio = Studio::new();
    for (name, picture) in pictures() {
        let signed = studio.sign(&picture);
        assert_eq!(MediaType::sniff(&signed), MediaType::sniff(&picture), "{name}");
        assert_eq!(pixels(&signed), pixels(&picture), "{name}");
        let is_decoded = !name.ends_with(".avif") && !name.ends_with(".svg");
        assert_eq!(pixels(&signed).is_some(), is_decoded, "{name}");
    }
}

#[test]
fn pictures_of_all_types_go_through_in_one_batch() {
    let studio = Studio::new();
    let orders = pictures().into_iter().map(|(name, bytes)| touchmark_core::export::Order {
        bytes,
        making: crate::studio::made(),
        target: Some(studio.out(&name)),
    });
    let answers = studio.export(orders.collect(), &touchmark_core::export::Options::default());
    for answer in &answers {
        let exported = answer.as_ref().expect("exported");
        assert!(exported.file.is_none() && exported.sidecar.is_none(), "what has a name is not handed back");
    }
    let expected: Vec<String> = pictures().into_iter().map(|(name, _)| name).collect();
    assert_eq!(studio.released(), expected, "the finished files and nothing else");
    let judge = studio.judge();
    for name in expected {
        let verdict = judge.judge(&std::fs::read(studio.out(&name)).expect("file"));
        assert_eq!(verdict.ledger.state, LedgerState::Recorded, "{name}");
    }
    assert_eq!(studio.findings(), Vec::<String>::new(), "the log is sound");
}
