//! POST /v1/verify

use touchmark_service::forms::{Answer, LedgerState, Verdict};

use crate::world::{World, form, picture, post};

#[tokio::test]
async fn what_was_exported_is_verified_and_found_on_record() {
    let world = World::new();
    let signed = world.export(&picture("astronaut.jpg")).await.is(200);
    let answer = world.verify(signed.body.to_vec()).await.is(200);
    assert_eq!(answer.header("cache-control"), "no-store");
    let verdict: Verdict = serde_json::from_slice(&answer.body).expect("the documented form, no field more");
    assert_eq!(verdict.verdict, Answer::Verified, "{:?}", verdict.findings);
    assert_eq!(verdict.ledger.state, LedgerState::Recorded);
    assert_eq!(verdict.ledger.export_record.as_deref(), Some(signed.header("touchmark-export-record")));
    assert_eq!(verdict.media_type, "image/jpeg");
}

#[tokio::test]
async fn a_changed_pixel_is_an_answer_and_not_an_error() {
    let world = World::new();
    let mut signed = world.export(&picture("horse-alpha.png")).await.is(200).body.to_vec();
    let at = touchmark_core::media::pixel_byte_offset(&signed, touchmark_core::media::MediaType::Png).expect("pixels");
    signed[at] ^= 1;
    let verdict: Verdict = serde_json::from_slice(&world.verify(signed).await.is(200).body).expect("verdict");
    assert_eq!(verdict.verdict, Answer::NotVerified);
    assert!(
        verdict.findings.iter().any(|finding| finding.contains("changed after it was signed")),
        "{:?}",
        verdict.findings
    );
}

#[tokio::test]
async fn a_stripped_picture_is_found_by_its_looks() {
    let world = World::new();
    let signed = world.export(&picture("astronaut.jpg")).await.is(200);
    let stripped =
        touchmark_core::media::strip_metadata(&signed.body, touchmark_core::media::MediaType::Jpeg).expect("JPEG");
    let verdict: Verdict =
        serde_json::from_slice(&world.verify(stripped).await.is(200).body).expect("the documented form");
    assert_eq!(verdict.verdict, Answer::Unknown);
    assert_eq!(verdict.ledger.looks_like[0].manifest_id, signed.header("touchmark-manifest-id"));
}

#[tokio::test]
async fn every_way_to_send_a_picture_gives_the_same_verdict() {
    let world = World::new();
    let signed = world.export(&picture("rocket.webp")).await.is(200).body;
    let (content_type, body) = form(&[("image", &signed)]);
    let raw = world.verify(signed.to_vec()).await.is(200);
    let as_image = world.send(post("/v1/verify", "image/webp", signed.clone(), None)).await.is(200);
    let wrong_name = world.send(post("/v1/verify", "image/png; x=y", signed, None)).await.is(200);
    let as_form = world.send(post("/v1/verify", &content_type, body, None)).await.is(200);
    for other in [as_image, wrong_name, as_form] {
        assert_eq!(other.json(), raw.json());
    }
}

#[tokio::test]
async fn what_is_no_picture_is_refused() {
    let world = World::new();
    let send = |content_type: &'static str, body: Vec<u8>| world.send(post("/v1/verify", content_type, body, None));
    assert!(send("text/plain", b"hello".to_vec()).await.problem(415).contains("send the image as"));
    assert!(send("image/png", b"hello, I am a text".to_vec()).await.problem(415).contains("plain text"));
    assert!(send("image/png", Vec::new()).await.problem(400).contains("empty"));
    let (content_type, body) = form(&[("manifest", b"x")]);
    assert!(
        world
            .send(post("/v1/verify", &content_type, body, None))
            .await
            .problem(400)
            .contains("the field image is missing")
    );
}

#[tokio::test]
async fn a_manifest_beyond_the_limits_is_not_looked_at() {
    let world = World::with(|config| *config = config.replace("manifest_bytes = 67108864", "manifest_bytes = 1000"));
    let (content_type, body) = form(&[("image", &picture("astronaut.jpg")), ("manifest", &[0; 1001])]);
    let problem = world.send(post("/v1/verify", &content_type, body, None)).await.problem(413);
    assert!(problem.contains("at most 1000 (limits.manifest_bytes in touchmark.toml)"), "{problem}");
}

#[tokio::test]
async fn nothing_of_it_is_kept() {
    let world = World::new();
    let signed = world.export(&picture("astronaut.jpg")).await.is(200).body.to_vec();
    let before = tree(&world.home());
    world.verify(signed).await.is(200);
    world.verify(picture("hubble.jpg")).await.is(200);
    assert_eq!(tree(&world.home()), before, "no file is new, none has grown");
}

/// Files with their sizes.
fn tree(dir: &std::path::Path) -> Vec<(std::path::PathBuf, u64)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).expect("folder") {
        let entry = entry.expect("entry");
        match entry.metadata().expect("metadata") {
            data if data.is_dir() => files.extend(tree(&entry.path())),
            data => files.push((entry.path(), data.len())),
        }
    }
    files.sort();
    files
}
