//! POST /v1/log/anchor, and time-stamps in exported images.

use std::sync::Arc;

use crate::server::{Does, Server, nobody};
use crate::tsa::Authority;
use crate::world::{World, picture};

fn world(urls: &[&str], required: bool) -> World {
    World::with(|config| {
        *config = config
            .replace("authorities = []", &format!("authorities = {urls:?}"))
            .replace("timeout_ms = 10000", "timeout_ms = 60000")
            .replace("require_timestamp = false", &format!("require_timestamp = {required}"));
    })
}

#[tokio::test]
async fn the_log_is_anchored_beside_those_who_write() {
    let Some(authority) = Authority::new("Honest").map(Arc::new) else { return };
    let server = Server::new(&authority, vec![Does::Stamps]);
    let world = world(&[&server.url], false);
    let anchored = world.post("/v1/log/anchor", "application/json", String::new()).await.is(201).json();
    assert_eq!((&anchored["seq"], &anchored["records"]), (&1.into(), &1.into()));
    assert_eq!((&anchored["authority"], &anchored["url"]), (&"Honest tsa".into(), &server.url.as_str().into()));
    let record = world.get(&format!("/v1/records/{}", anchored["id"].as_str().expect("an id"))).await.is(200).json();
    assert_eq!(record["type"], "ANCHOR");
}

#[tokio::test]
async fn where_nobody_stamps_the_log_goes_on_and_the_answer_says_who_was_asked() {
    let gone = nobody();
    let world = world(&[&gone], false);
    let refused = world.post("/v1/log/anchor", "application/json", String::new()).await.problem(503);
    assert!(refused.contains("the log was not anchored, and goes on as it is") && refused.contains(&gone), "{refused}");
    assert_eq!(world.get("/healthz").await.is(200).json()["status"], "ok");
    let none = World::new().post("/v1/log/anchor", "application/json", String::new()).await.problem(409);
    assert!(none.contains("no time-stamp authority is named"), "{none}");
}

#[tokio::test]
async fn where_time_stamps_are_required_an_image_without_one_is_not_released() {
    let gone = nobody();
    let world = world(&[&gone], true);
    let refused = world.export(&picture("astronaut.jpg")).await.problem(503);
    assert!(refused.contains("no time-stamp could be had") && refused.contains(&gone), "{refused}");
}
