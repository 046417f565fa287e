//! The log fails, or is taken: nothing is released, and afterwards it goes on.

use std::fs;

use touchmark_core::{home, ledger};
use touchmark_service::Error;

use crate::world::{World, moderation, picture, second};

#[tokio::test]
async fn a_second_service_on_the_same_home_is_refused() {
    let world = World::new();
    let refused = second(&world).expect_err("one writer at a time");
    assert!(matches!(refused, Error::Home(home::Error::Ledger(ledger::Error::Busy { .. }))), "{refused:?}");
    world.post("/v1/events", "application/json", moderation().to_string()).await.is(201);
    let World { dir, service, .. } = world;
    drop(service);
    let home = home::Home::open(&dir.path().join("home")).expect("home");
    touchmark_service::App::open(home, crate::world::EDGE).expect("the first one is gone");
}

#[tokio::test]
async fn a_log_that_cannot_be_written_releases_nothing_and_recovers() {
    let world = World::new();
    // Before its first write the service has no segment open: a file where the folder was stops even root.
    let (segments, aside) = (world.ledger().join("segments"), world.ledger().join("aside"));
    fs::rename(&segments, &aside).expect("moved");
    fs::write(&segments, "").expect("file");
    // Twice: the first write fails, the second cannot even open the log.
    for _ in 0..2 {
        let answer = world.export(&picture("astronaut.jpg")).await;
        let detail = answer.problem(503);
        assert!(detail.contains("nothing is released"), "{detail}");
        assert!(
            !answer.text().contains("segments") && !answer.text().contains(&world.home().display().to_string()),
            "no inside words"
        );
        assert_eq!(answer.header("retry-after"), "5");
        assert_eq!(answer.header("touchmark-manifest-id"), "");
        let recorded = world.post("/v1/events", "application/json", moderation().to_string()).await;
        assert_eq!(recorded.json()["code"], "log_unavailable");
        recorded.problem(503);
        assert!(world.get("/healthz").await.problem(503).contains("the log cannot be used"));
    }
    fs::remove_file(&segments).expect("removed");
    fs::rename(&aside, &segments).expect("moved back");
    world.get("/healthz").await.is(200);
    let signed = world.export(&picture("astronaut.jpg")).await.is(200);
    assert_eq!(world.verify(signed.body.to_vec()).await.json()["ledger"]["state"], "recorded");
}

#[tokio::test]
async fn an_answer_that_was_lost_is_found_again_with_the_same_identity() {
    let world = World::new();
    world.post("/v1/events", "application/json", moderation().to_string()).await.is(201);
    // The records become durable, the checkpoint after them cannot be written: done, but nobody is told.
    let checkpoint = world.ledger().join("checkpoint");
    let note = fs::read(&checkpoint).expect("checkpoint");
    fs::remove_file(&checkpoint).expect("removed");
    fs::create_dir(&checkpoint).expect("folder");
    world.export(&picture("astronaut.jpg")).await.problem(503);
    assert_eq!((world.count("GEN"), world.count("EXPORT")), (1, 0), "failed between the two");
    world.get("/healthz").await.problem(503);
    fs::remove_dir(&checkpoint).expect("removed");
    fs::write(&checkpoint, note).expect("written");
    let signed = world.export(&picture("astronaut.jpg")).await.is(200);
    assert_eq!((world.count("GEN"), world.count("EXPORT")), (1, 1), "the record that was there is the one that counts");
    assert_eq!(world.verify(signed.body.to_vec()).await.json()["ledger"]["state"], "recorded");
    world.get("/healthz").await.is(200);
}

#[tokio::test]
async fn reading_goes_on_while_nothing_can_be_written() {
    let world = World::new();
    let location = world
        .post("/v1/events", "application/json", moderation().to_string())
        .await
        .is(201)
        .header("location")
        .to_owned();
    let signed = world.export(&picture("astronaut.jpg")).await.is(200).body.to_vec();
    let pack = world.home().join("manifests.pack");
    fs::remove_file(&pack).expect("removed");
    fs::create_dir(&pack).expect("folder");
    let answer = world.export(&picture("rocket.webp")).await;
    assert!(answer.problem(503).contains("nothing is released"));
    assert_eq!(world.count("EXPORT"), 1);
    world.get(&location).await.is(200);
    world.get("/v1/log/checkpoint").await.is(200);
    assert_eq!(world.verify(signed).await.is(200).json()["verdict"], "verified");
}

#[test]
fn a_home_with_a_token_that_can_be_guessed_is_not_served() {
    let world = World::new();
    let path = world.home().join("keys/service-token");
    fs::write(&path, "guess\n").expect("written");
    assert!(matches!(second(&world), Err(Error::WeakToken { bytes: 5, .. })));
    fs::write(&path, "\n").expect("written");
    assert!(second(&world).expect_err("no token").to_string().contains("keys"));
    fs::write(&path, "a token that is long enough, and that all can read\n").expect("written");
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o644)).expect("chmod");
    let Err(Error::Home(home::Error::Keys(error))) = second(&world) else { panic!("refused") };
    assert!(error.to_string().contains("is open to other users (mode 0644)"), "{error}");
}
