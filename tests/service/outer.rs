//! What holds for every route: limits, one form of refusals, the `OpenAPI` document, what is logged.

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Body;
use axum::http::Request;

use crate::world::{PROMPT, SUBJECT, World, gen_event, logs, moderation, picture, post};

#[tokio::test]
async fn what_is_too_large_is_refused() {
    let world = World::with(|config| {
        assert!(config.contains("image_bytes = 1073741824"), "{config}");
        *config = config.replace("image_bytes = 1073741824", "image_bytes = 60000");
    });
    let image = picture("astronaut.jpg");
    assert!(world.verify(image.clone()).await.problem(413).contains("the limit of 60000"));
    assert!(world.export(&image).await.problem(413).contains("the limit of 60000"));
    // Found while it is read: nobody announced a length.
    let large = vec![0; (4 << 20) + 60_001];
    assert!(world.verify(large.clone()).await.problem(413).contains("limits.image_bytes"));
    assert!(world.form("/v1/verify", &[("image", &large)]).await.problem(413).contains("limits.image_bytes"));
    assert!(world.form("/v1/export", &[("image", &large)]).await.problem(413).contains("limits.image_bytes"));
    world.post("/v1/events", "application/x-ndjson", vec![b'\n'; (16 << 20) + 1]).await.problem(413);
    // Announced: refused without a byte of it.
    let mut announced = post("/v1/verify", "image/png", "", None);
    announced.headers_mut().insert("content-length", large.len().into());
    world.send(announced).await.problem(413);
    assert_eq!(world.count("GEN"), 0);
}

#[tokio::test]
async fn the_document_lists_the_routes_and_nothing_else() {
    let world = World::new();
    let document = world.get("/v1/openapi.json").await.is(200).json();
    assert!(document["openapi"].as_str().expect("version").starts_with("3.1"));
    let documented = document["paths"].as_object().expect("paths");
    let routed: BTreeSet<String> = touchmark_service::paths().into_iter().collect();
    assert_eq!(documented.keys().cloned().collect::<BTreeSet<_>>(), routed);
    for (path, operations) in documented {
        let request = Request::builder()
            .method("BREW")
            .uri(path.replace("{id}", "x").replace("{path}", "x"))
            .body(Body::empty())
            .expect("request");
        let answer = world.send(request).await;
        answer.problem(405);
        let allowed: BTreeSet<String> =
            answer.header("allow").split(',').map(str::to_lowercase).filter(|method| method != "head").collect();
        let operations: BTreeSet<String> = operations.as_object().expect("operations").keys().cloned().collect();
        assert_eq!(operations, allowed, "{path}");
    }
}

#[tokio::test]
async fn the_document_says_which_routes_need_the_token() {
    let world = World::new();
    let document = world.get("/v1/openapi.json").await.is(200).json();
    for (path, operations) in document["paths"].as_object().expect("paths") {
        for (method, operation) in operations.as_object().expect("operations") {
            let request = Request::builder()
                .method(method.to_uppercase().as_str())
                .uri(path.replace("{id}", "x").replace("{path}", "x"));
            let answer = world.send(request.body(Body::empty()).expect("request")).await;
            assert_eq!(answer.status == 401, operation.get("security").is_some(), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn every_documented_reference_leads_somewhere() {
    let document = World::new().get("/v1/openapi.json").await.is(200).json();
    let text = document.to_string();
    let mut references = BTreeMap::new();
    for part in text.split("\"#/components/schemas/").skip(1) {
        let name = part.split('"').next().expect("name");
        references.insert(name.to_owned(), document["components"]["schemas"].get(name).is_some());
    }
    assert!(references.contains_key("Problem") && references.contains_key("Verdict"), "{references:?}");
    assert!(references.values().all(|found| *found), "{references:?}");
}

#[tokio::test]
async fn every_answer_has_its_own_request_id() {
    let world = World::new();
    let mut ids = BTreeSet::new();
    for path in ["/healthz", "/v1/log/checkpoint", "/nowhere", "/v1/records/x"] {
        let mut request = Request::get(path).body(Body::empty()).expect("request");
        request.headers_mut().insert("x-request-id", "chosen-by-the-client".parse().expect("header"));
        let id = world.send(request).await.header("x-request-id").to_owned();
        assert!(id.len() == 16 && ids.insert(id.clone()), "{id}");
    }
}

#[tokio::test]
async fn what_is_confidential_is_not_logged() {
    let world = World::new();
    let event = gen_event().to_string();
    let image = picture("astronaut.jpg");
    let fields: [(&str, &[u8]); 4] =
        [("image", &image), ("event", event.as_bytes()), ("destination", b"destination-6b2f"), ("user", b"user-c1d2")];
    let signed = world.form("/v1/export", &fields).await.is(200);
    world.verify(signed.body.to_vec()).await.is(200);
    world.post("/v1/events", "application/json", moderation().to_string()).await.is(201);
    world.post("/v1/events", "application/json", event.replace("\"sdxl\"", "7")).await.problem(400);
    world.post("/v1/events", "application/json", event.replace("oidc", "none")).await.problem(422);
    world.send(post("/v1/events", "application/json", event, Some("token-guess-88e1"))).await.problem(401);
    world.get("/v1/records/path-3f77?query-3f78").await.problem(400);
    let logs = logs();
    let id = signed.header("x-request-id");
    assert!(logs.contains("path=\"/v1/export\"") && logs.contains(id), "the request's span is there");
    let confidential = [
        SUBJECT,
        PROMPT,
        world.token(),
        "secret-file-name",
        "destination-6b2f",
        "user-c1d2",
        "token-guess-88e1",
        "path-3f77",
        "query-3f78",
    ];
    for text in confidential {
        let line = logs.lines().find(|line| line.contains(text));
        assert_eq!(line, None, "{text}");
    }
}
