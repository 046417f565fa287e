//! What is known of a picture's making: from the file itself, from an event, or nothing.

use touchmark_core::event::private::Actor;
use touchmark_core::event::{Body, Kind};
use touchmark_core::export::{Error, Making, Options};
use touchmark_core::manifest::embed;
use touchmark_core::media::{self, MediaType};
use touchmark_core::verify::{Answer, LedgerState};

use crate::studio::{PROMPT, Studio, contains, made, picture, pictures};

const BY_A_GENERATOR: [&str; 2] = ["chelsea-a1111.png", "coffee-comfyui.png"];

fn by_a_person() -> Options {
    Options { person: Some(Actor::person("emp-1042", "command-line")), ..Options::default() }
}

/// Prompt and negative prompt as the generator wrote them.
fn prompts(name: &str) -> Vec<String> {
    let told = media::generator::read(&picture(name), MediaType::Png).expect("readable").expect("a generator");
    let prompts: Vec<String> = [told.prompt, told.negative_prompt].into_iter().flatten().collect();
    assert!(prompts.iter().all(|prompt| prompt.len() > 8), "{prompts:?} are too short to look for");
    prompts
}

#[test]
fn a_generators_picture_needs_no_event_but_a_person() {
    let studio = Studio::new();
    for name in BY_A_GENERATOR {
        let answer = studio.one(&picture(name), Making::File, None, &Options::default());
        let Err(error @ Error::NoPerson) = answer else { panic!("{name}: {answer:?}") };
        assert!(error.to_string().contains("--user"), "{error}");
        let exported = studio.one(&picture(name), Making::File, None, &by_a_person()).expect("exported");
        let verdict = studio.judge().judge(&exported.file.expect("a file"));
        assert_eq!((verdict.verdict, verdict.ledger.state), (Answer::Verified, LedgerState::Recorded), "{name}");
        let Some(Body::Gen(made)) = studio.records(Kind::Gen).pop().map(|record| record.body) else { panic!("a GEN") };
        assert_eq!(made.commitments.len(), prompts(name).len(), "{name}: each prompt is committed to");
    }
}

#[test]
fn the_prompt_stands_nowhere_but_in_the_input_file_s_own_chunk() {
    let studio = Studio::new();
    for name in BY_A_GENERATOR {
        let exported = studio.one(&picture(name), Making::File, None, &by_a_person()).expect("exported");
        let signed = exported.file.as_deref().expect("a file");
        let store = embed::extract(signed, MediaType::Png).expect("readable").expect("a manifest");
        let xmp = media::read_xmp(signed, MediaType::Png).expect("readable").expect("XMP");
        for prompt in prompts(name) {
            assert!(!contains(&store, &prompt), "{name}: in the manifest");
            assert!(!xmp.contains(&prompt), "{name}: in the XMP");
            assert!(!format!("{exported:?}").contains(&prompt), "{name}: in the answer");
            for (path, bytes) in studio.kept() {
                assert!(!contains(&bytes, &prompt), "{name}: in {}", path.display());
            }
            assert!(!contains(&media::strip_metadata(signed, MediaType::Png).expect("stripped"), &prompt), "{name}");
        }
        // AUTOMATIC1111 writes the text as it is, ComfyUI as a JSON string: either way it was the user's file, and stays.
        let told = media::generator::read(signed, MediaType::Png).expect("readable").expect("the generator's chunk");
        assert_eq!(told.prompt, prompts(name).first().cloned());
    }
}

#[test]
fn an_event_s_prompt_and_person_stand_in_no_public_place() {
    let studio = Studio::new();
    for (name, picture) in pictures() {
        let signed = studio.sign(&picture);
        assert!(!contains(&signed, PROMPT), "{name}: the prompt is in the file");
        assert!(!contains(&signed, "emp-1042"), "{name}: the person is in the file");
    }
    for (path, bytes) in studio.kept() {
        assert!(!contains(&bytes, PROMPT), "the prompt is in {}", path.display());
    }
}

#[test]
fn a_picture_that_nothing_is_known_of_is_not_signed() {
    let studio = Studio::new();
    for (name, picture) in pictures().into_iter().filter(|(name, _)| !BY_A_GENERATOR.contains(&name.as_str())) {
        let answer = studio.one(&picture, Making::File, None, &by_a_person());
        let Err(error @ Error::ToldNothing) = answer else { panic!("{name}: {answer:?}") };
        let sentence = error.to_string();
        for flag in ["--event ", "--events ", "--gen-record "] {
            assert!(sentence.contains(flag), "{name}: {sentence}");
        }
    }
    assert_eq!(studio.records(Kind::Gen).len() + studio.records(Kind::GenAttempt).len(), 0);
}

#[test]
fn an_event_about_other_bytes_is_refused() {
    let studio = Studio::new();
    let mut event = crate::studio::event();
    let Body::Gen(made) = &mut event.body else { panic!("a GEN") };
    let hash = touchmark_core::hash::Hash::of(b"another picture");
    made.outputs.push(touchmark_core::event::terms::Output { hash, media_type: None, width: None, height: None });
    let answer = studio.one(&picture("clock.gif"), Making::Event(Box::new(event)), None, &Options::default());
    assert!(matches!(answer, Err(Error::OtherOutput { .. })), "{answer:?}");
    assert_eq!(studio.records(Kind::Gen).len(), 0, "refused before anything is recorded");
}

#[test]
fn what_is_no_picture_is_refused_with_a_sentence() {
    let studio = Studio::new();
    let huge = crate::parts::write_png(&[
        ("IHDR", [&60_000_u32.to_be_bytes(), 60_000_u32.to_be_bytes().as_slice(), &[8, 2, 0, 0, 0]].concat()),
        ("IDAT", Vec::new()),
        ("IEND", Vec::new()),
    ]);
    let astronaut = picture("astronaut.jpg");
    for (what, bytes) in [
        ("is empty", Vec::new()),
        ("text", b"just a text in a file named picture.png".to_vec()),
        ("60000", huge),
        ("JPEG", astronaut[..astronaut.len() / 2].to_vec()),
        ("PDF", b"%PDF-1.7\n%%EOF".to_vec()),
    ] {
        let error = studio.one(&bytes, made(), None, &Options::default()).expect_err(what);
        let sentence = touchmark_core::causes::in_words(&error);
        assert!(sentence.contains(what), "{what}: {sentence}");
    }
    assert_eq!(studio.ledger().size(), 1, "nothing but the key is on record");
}
