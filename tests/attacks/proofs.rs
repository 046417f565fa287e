//! The proof that a picture's making is on record, where others have updated the manifest since, or compressed it: it is that of the manifest which binds the
//! picture. What an ingredient or an update brings along is not the file's own.

use serde_cbor::Value;
use touchmark_core::export::Options;
use touchmark_core::link;
use touchmark_core::manifest::{State, embed, jumbf};
use touchmark_core::media::{self, MediaType};
use touchmark_core::verify::{Answer, LedgerState, Verdict};

use crate::bound::data_hash;
use crate::compressed::{compressed, packed};
use crate::forge::{Assertion, Forge, Manifest, Sealed, created, map, note, store, text, with};
use crate::studio::{Judge, Studio, made, picture};

const JPEG: MediaType = MediaType::Jpeg;

/// A studio that signed a picture, and somebody else who signs what they like.
struct World {
    studio: Studio,
    forge: Forge,
    picture: Vec<u8>,
    /// Signed, with the studio's own manifest.
    file: Vec<u8>,
    own: Sealed,
}

impl World {
    fn new() -> Self {
        let studio = Studio::new();
        let picture = picture("astronaut.jpg");
        let file = studio.sign(&picture);
        let own = last(&embed::extract(&file, JPEG).expect("readable").expect("a manifest"));
        Self { studio, forge: Forge::new(), picture, file, own }
    }

    /// The signed file with this store in place of its own.
    fn with_store(&self, manifests: &[Vec<u8>]) -> Vec<u8> {
        let bare = media::remove_manifest(&self.file, JPEG).expect("removed");
        embed::restore(&bare, JPEG, &store(manifests)).expect("embedded")
    }

    /// The signed file, updated by the forge.
    fn updated(&self, assertions: Vec<Assertion>) -> Vec<u8> {
        let update = self.forge.seal(&Manifest::update(&self.own, assertions));
        self.with_store(&[self.own.whole(), update.whole()])
    }

    /// Trusts both of them to sign.
    fn of_both(&self) -> Judge {
        Judge::trusting(&format!("{}{}", self.studio.anchors(), self.forge.anchors))
    }

    /// The same, and knows the log.
    fn with_the_log_key(&self) -> Judge {
        Judge { keys: self.studio.judge().keys, ..self.of_both() }
    }
}

/// The last manifest of a store.
fn last(store: &[u8]) -> Sealed {
    let manifest = jumbf::manifests(store).expect("readable").pop().expect("a manifest");
    let signature = manifest.children().expect("boxes").into_iter().find(|one| one.label == "c2pa.signature");
    Sealed {
        label: manifest.label.to_owned(),
        inside: manifest.inside().to_vec(),
        signature: signature.expect("a signature").inside().to_vec(),
    }
}

fn assertion(store: &[u8], label: &str) -> Assertion {
    Assertion::raw(label, jumbf::active_assertion(store, label).expect("readable").expect("the assertion"))
}

#[track_caller]
fn says(verdict: &Verdict, words: &str) {
    assert!(verdict.findings.iter().any(|finding| finding.contains(words)), "{words}: {:?}", verdict.findings);
}

#[test]
fn a_proof_is_found_below_an_update_and_below_two() {
    let world = World::new();
    let first = world.forge.seal(&Manifest::update(&world.own, vec![note("one")]));
    let second = world.forge.seal(&Manifest::update(&first, vec![note("two")]));
    let twice = world.with_store(&[world.own.whole(), first.whole(), second.whole()]);
    for file in [world.updated(vec![note("more")]), twice] {
        for judge in [world.of_both(), world.with_the_log_key()] {
            let verdict = judge.judge(&file);
            assert_eq!((verdict.verdict, verdict.c2pa.state), (Answer::Verified, State::Trusted), "{verdict:#?}");
            assert_eq!(verdict.ledger.state, LedgerState::Proved, "{verdict:#?}");
            says(&verdict, "Its making was on record in the log");
            says(
                &verdict,
                &format!("that of the manifest {} below the update, signed by Test Studio", world.own.label),
            );
        }
    }
}

#[test]
fn a_proof_below_an_update_is_worth_no_more_than_its_own_signature() {
    let world = World::new();
    let file = world.updated(vec![note("more")]);
    // The update's signer is trusted, the studio is not: anybody can copy a proof into a manifest.
    for keys in [vec![], world.studio.judge().keys] {
        let verdict = Judge { keys, ..Judge::trusting(&world.forge.anchors) }.judge(&file);
        assert_eq!(verdict.c2pa.state, State::Trusted, "{verdict:#?}");
        assert_eq!(verdict.ledger.state, LedgerState::NotChecked, "{verdict:#?}");
    }
    // And the other way round.
    let verdict = Judge::trusting(&world.studio.anchors()).judge(&file);
    assert_eq!((verdict.verdict, verdict.c2pa.state), (Answer::Unknown, State::Valid), "{verdict:#?}");
    assert_eq!(verdict.ledger.state, LedgerState::Proved, "{verdict:#?}");
}

#[test]
fn a_signature_that_does_not_hold_vouches_for_no_log_though_the_update_says_so_itself() {
    let world = World::new();
    let broken = world.own.missigned();
    let failure =
        map([("code", text("claimSignature.mismatch")), ("url", text(&format!("{}/c2pa.signature", broken.url())))]);
    let codes = map([
        ("success", Value::Array(Vec::new())),
        ("informational", Value::Array(Vec::new())),
        ("failure", Value::Array(vec![failure])),
    ]);
    let described = with(broken.described("parentOf"), "validationResults", map([("activeManifest", codes)]));
    let update = Manifest {
        created: vec![Assertion::new("c2pa.ingredient.v3", &described)],
        ..Manifest::update(&broken, vec![])
    };
    let file = world.with_store(&[broken.whole(), world.forge.seal(&update).whole()]);
    for (judge, words) in [
        (world.of_both(), "no key of that log is known here"),
        (world.with_the_log_key(), "or whose signature does not hold: that does not count"),
    ] {
        let verdict = judge.judge(&file);
        assert_eq!(verdict.ledger.state, LedgerState::NotChecked, "{verdict:#?}");
        says(&verdict, words);
    }
}

#[test]
fn a_broken_or_stripped_pointer_is_found_below_an_update_too() {
    let world = World::new();
    let kept = embed::extract(&world.file, JPEG).expect("readable").expect("a manifest");
    let (link, generation) = (assertion(&kept, link::LEDGER_LINK), assertion(&kept, link::GENERATION));
    let mut story = link::Generation::from_cbor(&generation.content[8..]).expect("a generation");
    story.model.version = "9".to_owned();
    let other = Assertion::raw(link::GENERATION, &serde_cbor::to_vec(&story).expect("CBOR"));
    for (what, assertions, words) in [
        ("the proof left out", vec![generation], "the proof that a log has that on record was left out"),
        ("the story left out", vec![link.clone()], "org.touchmark.generation is missing"),
        ("another story", vec![link, other], "about the model"),
    ] {
        let first = Manifest::new([vec![created()], assertions, vec![data_hash(&world.picture, &[])]].concat());
        let first = world.forge.seal(&first);
        let update = world.forge.seal(&Manifest::update(&first, vec![note("more")]));
        let beside = store(&[first.whole(), update.whole()]);
        let verdict = world.with_the_log_key().look(&world.picture, Some(&beside)).expect("looked");
        assert_eq!(verdict.c2pa.state, State::Trusted, "{what}: {verdict:#?}");
        assert_eq!((verdict.verdict, verdict.ledger.state), (Answer::NotVerified, LedgerState::Mismatch), "{what}");
        says(&verdict, words);
    }
}

#[test]
fn what_an_update_brings_along_is_no_proof_of_a_making() {
    let world = World::new();
    let kept = embed::extract(&world.file, JPEG).expect("readable").expect("a manifest");
    let (link, generation) = (assertion(&kept, link::LEDGER_LINK), assertion(&kept, link::GENERATION));
    let first = world.forge.seal(&Manifest::new(vec![created(), data_hash(&world.picture, &[])]));
    let update = world.forge.seal(&Manifest::update(&first, vec![link, generation]));
    let beside = store(&[first.whole(), update.whole()]);
    let verdict = world.with_the_log_key().look(&world.picture, Some(&beside)).expect("looked");
    assert_eq!((verdict.c2pa.state, verdict.ledger.state), (State::Trusted, LedgerState::Absent), "{verdict:#?}");
    says(&verdict, "does not count: an update makes no picture");
}

#[test]
fn the_proof_of_an_ingredient_is_never_the_files_own() {
    let world = World::new();
    let image = picture("hubble.jpg");
    for relationship in ["componentOf", "inputTo", "parentOf"] {
        let active = Manifest::new(vec![created(), world.own.ingredient(relationship), data_hash(&image, &[])]);
        let beside = store(&[world.own.whole(), world.forge.seal(&active).whole()]);
        let verdict = world.with_the_log_key().look(&image, Some(&beside)).expect("looked");
        assert_eq!((verdict.c2pa.state, verdict.ledger.state), (State::Trusted, LedgerState::Absent), "{relationship}");
        assert_eq!((&verdict.ledger.origin, &verdict.ledger.gen_record), (&None, &None), "{relationship}");
    }
    // Nor is one below an update that it does not update.
    let first =
        world.forge.seal(&Manifest::new(vec![created(), world.own.ingredient("componentOf"), data_hash(&image, &[])]));
    let update = world.forge.seal(&Manifest::update(&first, vec![note("more")]));
    let beside = store(&[world.own.whole(), first.whole(), update.whole()]);
    let verdict = world.with_the_log_key().look(&image, Some(&beside)).expect("looked");
    assert_eq!((verdict.c2pa.state, verdict.ledger.state), (State::Trusted, LedgerState::Absent), "{verdict:#?}");
}

#[test]
fn a_proof_is_found_in_a_compressed_manifest_too() {
    let world = World::new();
    let options = Options { sidecar: true, ..Options::default() };
    let exported = world.studio.one(&picture("hubble.jpg"), made(), None, &options).expect("exported");
    let own = last(&exported.sidecar.expect("a manifest"));
    let small = compressed(&own.label, &packed(&own.whole()));
    let update = world.forge.seal(&Manifest::update(&own, vec![note("more")]));
    let small_update = compressed(&update.label, &packed(&update.whole()));
    for (what, beside) in [
        ("the active one", vec![small.clone()]),
        ("below an update", vec![small.clone(), update.whole()]),
        ("both", vec![small, small_update]),
    ] {
        for judge in [world.of_both(), world.with_the_log_key()] {
            let verdict = judge.look(&picture("hubble.jpg"), Some(&store(&beside))).expect("looked");
            assert_eq!(
                (verdict.verdict, verdict.c2pa.state),
                (Answer::Verified, State::Trusted),
                "{what}: {verdict:#?}"
            );
            assert_eq!(verdict.ledger.state, LedgerState::Proved, "{what}: {verdict:#?}");
        }
    }
}
