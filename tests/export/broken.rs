//! Files that were changed after they were signed, and files that are none: nothing is called verified that is not.

use rayon::prelude::*;
use touchmark_core::causes::in_words as words;
use touchmark_core::hash::Hash;
use touchmark_core::manifest::{State, embed};
use touchmark_core::media::{self, MediaType};
use touchmark_core::verify::{Answer, LedgerState};

use crate::studio::{Judge, ONE_OF_EACH, Studio, picture};

fn media_type(file: &[u8]) -> MediaType {
    MediaType::sniff(file).expect("a type")
}

/// A byte of the coded picture: one from the middle of the input, wherever it stands in the signed file.
fn pixel_byte(input: &[u8], signed: &[u8]) -> usize {
    media::pixel_byte_offset(signed, media_type(signed)).unwrap_or_else(|| {
        let sample = &input[input.len() / 2..][..64];
        signed.windows(64).position(|window| window == sample).expect("the input's bytes") + 32
    })
}

#[test]
fn one_changed_pixel_byte_is_found_and_named() {
    let studio = Studio::new();
    for name in ONE_OF_EACH {
        let input = picture(name);
        let mut signed = studio.sign(&input);
        let at = pixel_byte(&input, &signed);
        signed[at] ^= 1;
        let verdict = Judge::trusting(&studio.anchors()).judge(&signed);
        assert_eq!(
            (verdict.verdict, verdict.c2pa.state),
            (Answer::NotVerified, State::Invalid),
            "{name}: {verdict:#?}"
        );
        let code = if name == "chelsea.avif" { "assertion.bmffHash.mismatch" } else { "assertion.dataHash.mismatch" };
        assert_eq!(verdict.c2pa.codes, [code], "{name}");
        let sentence = format!("The image was changed after it was signed. ({code})");
        assert_eq!(verdict.findings[0], sentence, "{name}");
        let verdict = studio.judge().judge(&signed);
        assert_eq!((verdict.verdict, verdict.ledger.state), (Answer::NotVerified, LedgerState::Mismatch), "{name}");
    }
}

/// Bytes that the standard leaves outside of hash and signature: the frame around the manifest store, and the zeros behind the signature,
/// which make room for a time-stamp, with their name `pad` in the header that is not signed (RFC 9052, section 3). In an AVIF, the list of brands too (C2PA 2.4, 18.7).
fn says_nothing(signed: &[u8], changed: &[u8], at: usize) -> bool {
    if media_type(signed) == MediaType::Svg {
        let text = String::from_utf8_lossy(signed);
        let end = text.find("</c2pa:manifest").expect("a manifest");
        // A character of base64 may have bits of a zero and of the byte before.
        let [before, after] =
            [signed, changed].map(|file| embed::extract(file, MediaType::Svg).expect("readable").expect("a manifest"));
        return (text.find("<c2pa:manifest").expect("a manifest")..end).contains(&at)
            && before.len() == after.len()
            && before
                .iter()
                .zip(&after)
                .enumerate()
                .all(|(at, (one, other))| one == other || *one == 0 || padding(&before).contains(&at));
    }
    let store = embed::extract(signed, media_type(signed)).expect("readable").expect("a manifest");
    let start = signed.windows(64).position(|window| window == &store[..64]).expect("the store");
    let is_brand = media_type(signed) == MediaType::Avif && at < 40;
    is_brand
        || (start - 12..start + 40).contains(&at)
        || ((start..start + store.len() + 16).contains(&at) && signed[at] == 0)
        || padding(signed).contains(&at)
}

/// The name of the zeros behind the signature and how many they are: CBOR, a map of one text and one string of bytes.
fn padding(bytes: &[u8]) -> std::ops::Range<usize> {
    let name = bytes.windows(6).rposition(|window| window == b"\xa1\x63pad\x59");
    name.map_or(0..0, |at| at..at + 8)
}

#[test]
fn no_changed_byte_that_says_something_is_called_verified() {
    let studio = Studio::new();
    let (stranger, with_the_log) = (Judge::trusting(&studio.anchors()), studio.judge());
    for name in ONE_OF_EACH {
        let signed = studio.sign(&picture(name));
        // Everywhere a little, and around the manifest more.
        let length = signed.len();
        let start = signed.windows(4).position(|window| window == b"jumb").unwrap_or(length / 2);
        let fine = (start.saturating_sub(40)..(start + 8000).min(length)).step_by(61);
        for at in (0..48).chain((0..length).step_by(length / 60)).chain(fine) {
            let mut changed = signed.clone();
            changed[at] ^= 4;
            let answer = |judge: &Judge| judge.look(&changed, None).map(|verdict| verdict.verdict).ok();
            assert_ne!(
                answer(&with_the_log),
                Some(Answer::Verified),
                "{name}, byte {at}: the log knows the whole file"
            );
            if answer(&stranger) == Some(Answer::Verified) {
                assert!(says_nothing(&signed, &changed, at), "{name}, byte {at} of {length}, {:#x}", signed[at]);
            }
        }
    }
}

/// Somewhere and something, the same in every run (Knuth's generator for 64 bits).
fn changes(signed: &[u8], count: usize) -> Vec<(usize, u8)> {
    let mut state = 0x5eed_u64;
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("31 bits")
    };
    let changes = std::iter::repeat_with(|| (next() % signed.len(), u8::try_from(next() % 255 + 1).expect("a byte")));
    changes.take(count).collect()
}

/// In three formats together; `TOUCHMARK_CHANGES` asks for another number in each.
#[test]
fn of_two_thousand_changed_bytes_each_is_noticed() {
    let count = std::env::var("TOUCHMARK_CHANGES").ok().and_then(|text| text.parse().ok()).unwrap_or(700);
    let studio = Studio::new();
    let stranger = Judge::trusting(&studio.anchors());
    for name in ["horse-alpha.png", "coffee-turned.jpg", "rocket.webp"] {
        let signed = studio.sign(&picture(name));
        let outside = changes(&signed, 2 * count).into_iter().filter(|(at, with)| {
            let mut changed = signed.clone();
            changed[*at] ^= with;
            !says_nothing(&signed, &changed, *at)
        });
        let changes: Vec<(usize, u8)> = outside.take(count).collect();
        assert_eq!(changes.len(), count, "{name}: not most of it is padding");
        changes.par_iter().for_each(|(at, with)| {
            let mut changed = signed.clone();
            changed[*at] ^= with;
            let state = stranger.look(&changed, None).map(|verdict| verdict.c2pa.state).ok();
            let noticed = !matches!(state, Some(State::Trusted | State::Valid));
            assert!(noticed, "{name}, byte {at} of {} changed by {with:#x}: {state:?}", signed.len());
        });
    }
}

#[test]
fn a_file_cut_anywhere_is_not_verified() {
    let studio = Studio::new();
    let judge = studio.judge();
    for name in ONE_OF_EACH {
        let signed = studio.sign(&picture(name));
        for part in 0..40 {
            let cut = &signed[..signed.len() * part / 40];
            if let Ok(verdict) = judge.look(cut, None) {
                assert_ne!(verdict.verdict, Answer::Verified, "{name}, cut at {}", cut.len());
            }
        }
        let verdict = judge.look(&signed[..signed.len() - 1], None);
        assert!(verdict.is_err() || verdict.is_ok_and(|verdict| verdict.verdict != Answer::Verified), "{name}");
    }
}

#[test]
fn without_its_metadata_it_is_unknown_and_the_log_knows_what_it_looks_like() {
    let studio = Studio::new();
    for name in ["astronaut.jpg", "chelsea-a1111.png", "rocket.webp"] {
        let signed = studio.sign(&picture(name));
        let export = studio.exports().pop().expect("an EXPORT");
        let stripped = media::strip_metadata(&signed, media_type(&signed)).expect("stripped");
        let verdict = studio.judge().judge(&stripped);
        assert_eq!((verdict.verdict, verdict.c2pa.state), (Answer::Unknown, State::None), "{name}");
        let like = verdict.ledger.looks_like.first().unwrap_or_else(|| panic!("{name}: {verdict:#?}"));
        assert_eq!(like.manifest_id, export.manifest.id, "{name}");
        assert!(like.similarity >= 95, "{name}: {like:?}");
        assert!(verdict.findings.iter().any(|finding| finding.starts_with("It looks like")), "{name}");
        let stranger = Judge::trusting(&studio.anchors()).judge(&stripped);
        assert_eq!((stranger.verdict, stranger.ledger.state), (Answer::Unknown, LedgerState::Absent), "{name}");
    }
}

#[test]
fn a_manifest_moved_to_another_picture_does_not_hold() {
    let studio = Studio::new();
    for (from, to) in [("astronaut.jpg", "hubble.jpg"), ("horse-alpha.png", "chelsea-a1111.png")] {
        let signed = studio.sign(&picture(from));
        let store = embed::extract(&signed, media_type(&signed)).expect("readable").expect("a manifest");
        let moved = embed::restore(&picture(to), media_type(&signed), &store).expect("restored");
        let verdict = Judge::trusting(&studio.anchors()).judge(&moved);
        assert_eq!(verdict.verdict, Answer::NotVerified, "{from} to {to}");
        assert_eq!(verdict.c2pa.codes, ["assertion.dataHash.mismatch"], "{from} to {to}");
    }
}

#[test]
fn a_byte_that_the_standard_leaves_free_is_found_by_whoever_has_the_log() {
    let studio = Studio::new();
    let mut signed = studio.sign(&picture("chelsea.avif"));
    let brand = signed.windows(4).position(|window| window == b"MA1A" || window == b"miaf").expect("a brand");
    signed[brand] ^= 4;
    let stranger = Judge::trusting(&studio.anchors()).judge(&signed);
    assert_eq!(stranger.verdict, Answer::Verified, "{stranger:#?}");
    let verdict = studio.judge().judge(&signed);
    assert_eq!((verdict.verdict, verdict.ledger.state), (Answer::NotVerified, LedgerState::Mismatch));
    let sentence = "The file differs from the one that was exported";
    assert!(verdict.findings.iter().any(|finding| finding.starts_with(sentence)), "{:?}", verdict.findings);
    assert_ne!(studio.exports()[0].file, Hash::of(&signed));
}

#[test]
fn what_is_no_picture_cannot_be_looked_at_and_a_sentence_says_why() {
    let judge = Studio::new().judge();
    for (what, bytes) in [("is empty", b"".to_vec()), ("text", b"a text in a file named picture.png".to_vec())] {
        let error = judge.look(&bytes, None).expect_err(what);
        assert!(words(&error).contains(what), "{what}: {}", words(&error));
    }
}

#[test]
fn a_header_that_promises_60_000_by_60_000_pixels_costs_nothing() {
    let header = [&60_000_u32.to_be_bytes(), 60_000_u32.to_be_bytes().as_slice(), &[8, 2, 0, 0, 0]].concat();
    let huge = crate::parts::write_png(&[("IHDR", header), ("IDAT", vec![0; 8]), ("IEND", Vec::new())]);
    let verdict = Studio::new().judge().judge(&huge);
    assert_eq!((verdict.verdict, verdict.c2pa.state), (Answer::Unknown, State::None));
    assert!(verdict.ledger.looks_like.is_empty());
}
