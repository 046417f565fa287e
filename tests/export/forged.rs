//! Manifests that are signed well and tell a story that the log does not: what a dishonest or broken signer would make.

use touchmark_core::event::time::to_text;
use touchmark_core::event::{Kind, Record};
use touchmark_core::hash::Hash;
use touchmark_core::ledger::history::History;
use touchmark_core::link::{self, Generation, LedgerLink};
use touchmark_core::manifest::facts::{Agent, Assertion, Facts, Model};
use touchmark_core::manifest::{State, embed, jumbf};
use touchmark_core::media::MediaType;
use touchmark_core::verify::{Answer, LedgerState, Verdict};

use crate::studio::{Judge, Studio, event_by, picture, request};

/// What an honest export of a picture says.
#[derive(Clone)]
pub(crate) struct Story {
    pub(crate) link: LedgerLink,
    pub(crate) generation: Option<Generation>,
    pub(crate) when: jiff::Timestamp,
    pub(crate) manifest: uuid::Uuid,
}

pub(crate) fn story(signed: &[u8]) -> Story {
    let store = embed::extract(signed, MediaType::Jpeg).expect("readable").expect("a manifest");
    let assertion = |label| jumbf::active_assertion(&store, label).expect("readable").expect("the assertion");
    let link = LedgerLink::from_cbor(assertion(link::LEDGER_LINK)).expect("a link");
    let generation = Generation::from_cbor(assertion(link::GENERATION)).expect("a generation");
    let when = link.open().expect("a link").record.time;
    let (id, _) = jumbf::active_binding(&store).expect("a binding");
    let manifest = id.trim_start_matches("urn:c2pa:").parse().expect("an id");
    Story { link, generation: Some(generation), when, manifest }
}

/// The studio's own key signs whatever story it is given.
pub(crate) fn signed_by(studio: &Studio, story: &Story) -> Vec<u8> {
    let mut assertions = vec![Assertion::new(link::LEDGER_LINK, &story.link).expect("CBOR")];
    if let Some(generation) = &story.generation {
        assertions.push(Assertion::new(link::GENERATION, generation).expect("CBOR"));
    }
    signed_with(studio, story, assertions)
}

fn signed_with(studio: &Studio, story: &Story, assertions: Vec<Assertion>) -> Vec<u8> {
    let agent = |name: &str| Agent { name: name.to_owned(), version: "1.0".to_owned() };
    let facts = Facts {
        manifest: story.manifest,
        title: None,
        when: story.when,
        agent: agent("sdxl"),
        generator: agent("touchmark"),
        model: Model { name: "sdxl 1.0".to_owned(), identifier: None },
        soft_bindings: Vec::new(),
        assertions,
    };
    let image = picture("astronaut.jpg");
    studio.home.issuer().expect("issuer").sign(&request(&image, &facts)).expect("signed").0.into_whole()
}

/// Both the owner of the log and a stranger find the contradiction.
#[track_caller]
fn contradicts(studio: &Studio, story: &Story, sentence: &str) {
    is_contradicted(studio, &signed_by(studio, story), sentence);
}

#[track_caller]
fn is_contradicted(studio: &Studio, file: &[u8], sentence: &str) {
    let owner = Judge { reader: None, ..studio.judge() };
    for (who, judge) in [("the log's owner", owner), ("a stranger", Judge::trusting(&studio.anchors()))] {
        let verdict = judge.judge(file);
        assert_eq!(verdict.c2pa.state, State::Trusted, "{who}: the signature itself is good: {verdict:#?}");
        assert_eq!((verdict.verdict, verdict.ledger.state), (Answer::NotVerified, LedgerState::Mismatch), "{who}");
        assert!(says(&verdict, sentence), "{who}: {:?}", verdict.findings);
    }
}

pub(crate) fn says(verdict: &Verdict, sentence: &str) -> bool {
    verdict.findings.iter().any(|finding| finding.contains(sentence))
}

fn studio_with_a_story() -> (Studio, Story) {
    let studio = Studio::new();
    let story = story(&studio.sign(&picture("astronaut.jpg")));
    (studio, story)
}

#[test]
fn the_honest_story_told_again_is_proved() {
    let (studio, story) = studio_with_a_story();
    let verdict = Judge::trusting(&studio.anchors()).judge(&signed_by(&studio, &story));
    assert_eq!((verdict.verdict, verdict.ledger.state), (Answer::Verified, LedgerState::Proved), "{verdict:#?}");
}

#[test]
fn a_proof_that_was_left_out_is_missed() {
    let (studio, story) = studio_with_a_story();
    let generation = story.generation.clone().expect("a generation");
    let alone = vec![Assertion::new(link::GENERATION, &generation).expect("CBOR")];
    is_contradicted(
        &studio,
        &signed_with(&studio, &story, alone),
        "the proof that a log has that on record was left out",
    );
}

#[test]
fn a_proof_from_another_log_does_not_carry_over() {
    let (studio, honest) = studio_with_a_story();
    let other = Studio::named("Other Studio");
    let theirs = story(&other.sign(&picture("astronaut.jpg")));
    let proof = LedgerLink { proof: theirs.link.proof.clone(), ..honest.link.clone() };
    contradicts(
        &studio,
        &Story { link: proof, ..honest.clone() },
        "no key is known for the log touchmark/other-studio",
    );
    let proof_and_record = LedgerLink { key: honest.link.key.clone(), ..theirs.link };
    contradicts(&studio, &Story { link: proof_and_record, ..honest }, "no key is known for the log");
}

#[test]
fn a_log_of_the_same_name_under_another_key_is_not_that_log() {
    let (studio, honest) = studio_with_a_story();
    let other = Studio::named("Other Studio");
    let theirs = story(&other.sign(&picture("astronaut.jpg")));
    let mut judge = studio.judge();
    judge.reader = None;
    // The reader knows a key under the name that the file's log has, and it is not the key that signed.
    let name = honest.link.key.split('+').next().expect("a name").to_owned();
    let key: touchmark_core::tlog::note::VerifierKey = theirs.link.key.parse().expect("a key");
    let impostor = touchmark_core::tlog::note::VerifierKey::new(&name, key.signature_type(), *key.public_key());
    judge.keys = vec![History::of(impostor.expect("a key"))];
    let verdict = judge.judge(&signed_by(&studio, &honest));
    assert_eq!((verdict.verdict, verdict.ledger.state), (Answer::NotVerified, LedgerState::Mismatch), "{verdict:#?}");
}

#[test]
fn another_record_in_place_of_the_proved_one_is_found() {
    let (studio, honest) = studio_with_a_story();
    let other = story(&studio.sign(&picture("hubble.jpg")));
    let record = LedgerLink { record: other.link.record, ..honest.link.clone() };
    contradicts(&studio, &Story { link: record, ..honest }, "the record's position");
}

#[test]
fn a_record_changed_after_it_was_logged_is_found() {
    let (studio, honest) = studio_with_a_story();
    for (from, to) in [("sdxl", "sdxm"), ("\"version\":\"1.0\"", "\"version\":\"9.0\""), ("31313131", "31313132")] {
        let text = String::from_utf8(honest.link.record.clone()).expect("JSON");
        assert!(text.contains(from), "{text}");
        let changed = text.replace(from, to).into_bytes();
        let generation = Generation::of(&Record::from_bytes(&changed).expect("a record"));
        let link = LedgerLink { record: changed, ..honest.link.clone() };
        contradicts(&studio, &Story { link, generation, ..honest.clone() }, "proof that the generation is in the log");
    }
}

#[test]
fn a_manifest_that_describes_another_generation_is_found() {
    let (studio, honest) = studio_with_a_story();
    let generation = honest.generation.clone().expect("a generation");
    let other = Generation::of(&studio.records(Kind::Gen)[0]).expect("a generation");
    assert_eq!(other, generation);
    let mut model = generation.clone();
    model.model.version_hash = Hash::of(b"other weights");
    let mut version = generation.clone();
    version.model.version = "2.0".to_owned();
    let mut commitments = generation.clone();
    commitments.commitments.clear();
    let mut published = generation.clone();
    published.published.insert("parameters.seed".to_owned(), "7".into());
    let mut record = generation;
    record.record = uuid::Uuid::nil().to_string();
    for (generation, sentence) in [
        (model, "about the model"),
        (version, "about the model"),
        (commitments, "about the prompt's commitments"),
        (published, "about the published parameters"),
        (record, "about the record"),
    ] {
        contradicts(&studio, &Story { generation: Some(generation), ..honest.clone() }, sentence);
    }
    contradicts(&studio, &Story { generation: None, ..honest }, "org.touchmark.generation is missing");
}

#[test]
fn a_manifest_that_names_another_time_is_found() {
    let (studio, honest) = studio_with_a_story();
    let later = honest.when + jiff::SignedDuration::from_hours(24);
    contradicts(&studio, &Story { when: later, ..honest.clone() }, &format!("The log says {}", to_text(honest.when)));
}

#[test]
fn a_record_that_is_no_generation_is_found() {
    let (studio, honest) = studio_with_a_story();
    let mut ledger = studio.ledger();
    let attempt = studio.records(Kind::GenAttempt)[0].clone();
    let proof = ledger.prove(attempt.seq).expect("a proof").to_string();
    let link = LedgerLink { proof, record: attempt.to_bytes().expect("bytes"), ..honest.link.clone() };
    ledger.append(&[event_by("another")], crate::studio::EDGE).expect("the log goes on");
    contradicts(&studio, &Story { link, when: attempt.time, ..honest }, "it points to a GEN_ATTEMPT record");
}

#[test]
fn other_credentials_under_a_recorded_id_are_found_by_the_log() {
    let (studio, honest) = studio_with_a_story();
    let again = signed_by(&studio, &honest);
    let verdict = studio.judge().judge(&again);
    assert_eq!((verdict.verdict, verdict.ledger.state), (Answer::NotVerified, LedgerState::Mismatch), "{verdict:#?}");
    assert!(says(&verdict, "The log has other Content Credentials under this id on record"), "{:?}", verdict.findings);
}

#[test]
fn a_file_that_left_without_an_export_record_is_named() {
    let (studio, honest) = studio_with_a_story();
    let behind_its_back = Story { manifest: uuid::Uuid::new_v4(), ..honest };
    let verdict = studio.judge().judge(&signed_by(&studio, &behind_its_back));
    assert_eq!(verdict.ledger.state, LedgerState::Proved, "the making is on record, the export is not");
    assert!(says(&verdict, "The log at hand has no record that this file was exported."), "{:?}", verdict.findings);
}

#[test]
fn another_studio_s_log_is_not_held_against_its_pictures() {
    let (studio, other) = (Studio::new(), Studio::named("Other Studio"));
    let signed = other.sign(&picture("astronaut.jpg"));
    // An operator who trusts the other studio and knows only their own log's key.
    let judge = Judge { keys: studio.judge().keys, ..Judge::trusting(&other.anchors()) };
    let verdict = judge.judge(&signed);
    assert_eq!((verdict.verdict, verdict.ledger.state), (Answer::Verified, LedgerState::NotChecked), "{verdict:#?}");
    assert!(says(&verdict, "no key of that log is known here (--log-key)"), "{:?}", verdict.findings);
}

#[test]
fn a_signer_who_is_not_trusted_cannot_vouch_for_a_log() {
    let (studio, other) = (Studio::new(), Studio::named("Other Studio"));
    let signed = other.sign(&picture("astronaut.jpg"));
    let verdict = Judge::trusting(&studio.anchors()).judge(&signed);
    assert_eq!((verdict.verdict, verdict.c2pa.state), (Answer::Unknown, State::Valid));
    assert_eq!(verdict.ledger.state, LedgerState::NotChecked);
    let with_their_key = Judge { keys: other.judge().keys, ..Judge::trusting(&studio.anchors()) };
    let verdict = with_their_key.judge(&signed);
    assert_eq!((verdict.verdict, verdict.ledger.state), (Answer::Unknown, LedgerState::Proved));
    let nobody = Judge::trusting("").judge(&signed);
    assert_eq!((nobody.verdict, nobody.ledger.state), (Answer::Unknown, LedgerState::NotChecked));
}

#[test]
fn a_link_in_no_readable_form_is_a_contradiction_and_no_crash() {
    let (studio, honest) = studio_with_a_story();
    let long = "x".repeat(link::MAX_BYTES);
    for link in [
        LedgerLink { key: String::new(), ..honest.link.clone() },
        LedgerLink { proof: "c2sp.org/tlog-proof@v1\n".to_owned(), ..honest.link.clone() },
        LedgerLink { record: b"{}".to_vec(), ..honest.link.clone() },
        LedgerLink { proof: long, ..honest.link.clone() },
    ] {
        contradicts(&studio, &Story { link, ..honest.clone() }, "The pointer to the log cannot be read");
    }
}
