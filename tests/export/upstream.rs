//! Pictures that carry credentials already: they are kept as the parent, and ours stand on top.

use std::path::{Path, PathBuf};

use touchmark_core::export::{Marks, Options};
use touchmark_core::manifest::{State, embed, jumbf};
use touchmark_core::media::{self, MediaType};
use touchmark_core::verify::{Answer, LedgerState};

use crate::studio::{Judge, ONE_OF_EACH, Studio, contains, made, picture};

fn manifests(file: &[u8]) -> Vec<String> {
    let media_type = MediaType::sniff(file).expect("a type");
    let store = embed::extract(file, media_type).expect("readable").expect("a manifest");
    jumbf::manifests(&store).expect("readable").iter().map(|manifest| manifest.label.to_owned()).collect()
}

/// A judge with the studio's log who trusts both.
fn judge_of_both(studio: &Studio, upstream: &Studio) -> Judge {
    let trust = Judge::trusting(&[upstream.anchors(), studio.anchors()].concat()).trust;
    Judge { trust, ..studio.judge() }
}

#[test]
fn an_upstream_manifest_is_kept_under_ours_and_both_hold() {
    let upstream = Studio::named("Upstream Studio");
    for marks in [Marks::default(), Marks { iptc: false, cn: false }] {
        let studio = Studio::new();
        for name in ONE_OF_EACH {
            let theirs = upstream.sign(&picture(name));
            let options = Options { marks, ..Options::default() };
            let answer = studio.one(&theirs, made(), None, &options).expect("exported");
            let ours = answer.file.expect("a file");
            let verdict = judge_of_both(&studio, &upstream).judge(&ours);
            assert_eq!(verdict.c2pa.state, State::Trusted, "{name}: {verdict:#?}");
            assert_eq!((verdict.verdict, verdict.ledger.state), (Answer::Verified, LedgerState::Recorded), "{name}");
            let claim = verdict.claim.expect("a claim");
            assert_eq!((claim.issued_by.as_deref(), claim.ingredients), (Some("Test Studio"), 1), "{name}");
            assert_eq!(
                manifests(&ours),
                [manifests(&theirs)[0].clone(), answer.manifest_id],
                "{name}: the last is active"
            );
            // We opened it; what made it, and what kind of source it is, the credential below says.
            assert_eq!((claim.made_with, claim.digital_source_type), (None, None), "{name}");
        }
    }
}

#[test]
fn an_upstream_picture_is_made_again_byte_for_byte_too() {
    let (upstream, studio) = (Studio::named("Upstream Studio"), Studio::new());
    for name in ONE_OF_EACH {
        let theirs = upstream.sign(&picture(name));
        assert!(studio.sign(&theirs) == studio.sign(&theirs), "{name}");
    }
    assert_eq!(studio.exports().len(), ONE_OF_EACH.len());
}

#[test]
fn with_a_sidecar_the_upstream_manifest_stays_in_the_file_and_ours_names_it() {
    let (upstream, studio) = (Studio::named("Upstream Studio"), Studio::new());
    for name in ONE_OF_EACH {
        let theirs = upstream.sign(&picture(name));
        let options = Options { sidecar: true, ..Options::default() };
        let answer = studio.one(&theirs, made(), None, &options).expect("exported");
        assert!(answer.file.expect("a file") == theirs, "{name}");
        let store = answer.sidecar.expect("a manifest");
        let verdict = judge_of_both(&studio, &upstream).look(&theirs, Some(&store)).expect("looked");
        assert_eq!(
            (verdict.verdict, verdict.ledger.state),
            (Answer::Verified, LedgerState::Recorded),
            "{name}: {verdict:#?}"
        );
        assert_eq!(verdict.claim.expect("a claim").ingredients, 1, "{name}");
    }
}

#[test]
fn an_upstream_picture_that_was_tampered_with_is_not_washed_clean() {
    let (upstream, studio) = (Studio::named("Upstream Studio"), Studio::new());
    let mut theirs = upstream.sign(&picture("astronaut.jpg"));
    let at = media::pixel_byte_offset(&theirs, MediaType::Jpeg).expect("pixels");
    theirs[at] ^= 1;
    let exported = studio.one(&theirs, made(), None, &Options::default()).expect("exported");
    let note = "the Content Credentials that it came with do not hold (assertion.dataHash.mismatch)";
    assert!(exported.notes.iter().any(|said| said.contains(note)), "{:?}", exported.notes);
    let ours = exported.file.expect("a file");
    assert_eq!(manifests(&ours).len(), 2, "the broken credential is kept as it is");
    let store = embed::extract(&ours, MediaType::Jpeg).expect("readable").expect("a manifest");
    assert!(contains(&store, "assertion.dataHash.mismatch"), "and what was wrong with it is signed by us");
    let sound = studio.one(&upstream.sign(&picture("coffee-comfyui.png")), made(), None, &Options::default());
    assert_eq!(sound.expect("exported").notes, Vec::<String>::new());
}

#[test]
fn an_upstream_signer_who_is_not_trusted_takes_nothing_from_ours() {
    let (upstream, studio) = (Studio::named("Upstream Studio"), Studio::new());
    let ours = studio.sign(&upstream.sign(&picture("astronaut.jpg")));
    let verdict = studio.judge().judge(&ours);
    assert_eq!((verdict.verdict, verdict.c2pa.state), (Answer::Verified, State::Trusted), "{verdict:#?}");
    assert_eq!(verdict.claim.expect("a claim").issued_by.as_deref(), Some("Test Studio"));
}

/// Where published files lie: outside of the project, because they may not be copied into it.
fn corpora() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora");
    let folder = std::env::var_os("TOUCHMARK_CORPORA").map_or(beside, PathBuf::from);
    folder.join("INDEX.tsv").exists().then_some(folder)
}

#[test]
fn published_pictures_keep_their_credentials() {
    let Some(folder) = corpora() else {
        eprintln!("skipped: no published files here (TOUCHMARK_CORPORA names a folder with INDEX.tsv)");
        return;
    };
    let studio = Studio::new();
    let anchors = std::fs::read_to_string(folder.join("trust-union.pem")).expect("anchors");
    let judge = Judge { trust: Judge::trusting(&[anchors, studio.anchors()].concat()).trust, ..studio.judge() };
    let index = std::fs::read_to_string(folder.join("INDEX.tsv")).expect("index");
    let mut kept = 0;
    for line in index.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let (name, expected, observed) = (fields[0], fields[1], fields[5]);
        let file = std::fs::read(folder.join(name)).unwrap_or_default();
        let can_sign = MediaType::sniff(&file).is_some_and(MediaType::can_sign);
        if !can_sign || expected != "valid" || !observed.starts_with("Trusted") {
            continue;
        }
        let before = manifests(&file);
        let signed = studio.sign(&file);
        let after = manifests(&signed);
        assert!(before.iter().all(|label| after.contains(label)), "{name}: {before:?} in {after:?}");
        let verdict = judge.judge(&signed);
        assert_eq!((verdict.verdict, verdict.c2pa.state), (Answer::Verified, State::Trusted), "{name}: {verdict:#?}");
        assert_eq!(verdict.ledger.state, LedgerState::Recorded, "{name}: {:?}", verdict.findings);
        kept += 1;
    }
    assert!(kept > 10, "only {kept} published pictures were found");
}

#[test]
fn a_published_picture_with_broken_credentials_is_signed_with_a_word_about_them() {
    let Some(folder) = corpora() else {
        eprintln!("skipped: no published files here (TOUCHMARK_CORPORA names a folder with INDEX.tsv)");
        return;
    };
    let studio = Studio::new();
    for (name, code) in [("XCA", "assertion.dataHash.mismatch"), ("E-sig-CA", "claimSignature.mismatch")] {
        let path = format!("c2pa-org_public-testfiles/image/jpeg/adobe-20220124-{name}.jpg");
        let file = std::fs::read(folder.join(path)).expect("a published file");
        let exported = studio.one(&file, made(), None, &Options::default()).expect("exported");
        assert!(exported.notes.iter().any(|note| note.contains(code)), "{name}: {:?}", exported.notes);
    }
}
