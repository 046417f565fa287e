//! POST /v1/events

use crate::world::{SUBJECT, World, gen_event, moderation, post};

#[tokio::test]
async fn an_event_is_recorded_and_its_receipt_leads_to_it() {
    let world = World::new();
    let answer = world.post("/v1/events", "application/json", moderation().to_string()).await.is(201);
    let receipt = answer.json();
    assert_eq!(receipt["type"], "MODERATION");
    world.assert_proved(receipt["proof"].as_str().expect("a proof"), &receipt["hash"]);
    assert_eq!(receipt["seq"], 1, "0 is the log's own KEY record");
    assert_eq!(answer.header("location"), format!("/v1/records/{}", receipt["id"].as_str().expect("id")));
    let record = world.get(answer.header("location")).await.is(200);
    assert_eq!(touchmark_core::hash::Hash::of(&record.body).to_string(), receipt["hash"]);
    assert_eq!(record.header("etag"), format!("\"{}\"", receipt["hash"].as_str().expect("hash")));
}

#[tokio::test]
async fn requests_side_by_side_each_get_their_own_receipts_and_a_bad_one_among_them_its_own_refusal() {
    let world = World::new();
    let good = moderation().to_string();
    let bad = good.replace("0.02", "2");
    let requests = (0..24).map(|number| {
        let text = if number == 11 { &bad } else { &good };
        let request = post("/v1/events", "application/json", text.clone(), Some(world.token()));
        tokio::spawn(tower::ServiceExt::oneshot(world.service.clone(), request))
    });
    let mut seqs = Vec::new();
    for (number, request) in requests.collect::<Vec<_>>().into_iter().enumerate() {
        let response = request.await.expect("no panic").expect("no errors of its own");
        assert_eq!(response.status(), if number == 11 { 400 } else { 201 });
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.expect("body");
        let receipt: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
        if number != 11 {
            world.assert_proved(receipt["proof"].as_str().expect("a proof"), &receipt["hash"]);
            seqs.push(receipt["seq"].as_u64().expect("a position"));
        }
    }
    seqs.sort_unstable();
    assert_eq!(seqs, (1..24).collect::<Vec<u64>>());
}

#[tokio::test]
async fn lines_are_recorded_all_together_or_not_at_all() {
    let world = World::new();
    let good = moderation().to_string();
    let answer = world.post("/v1/events", "application/x-ndjson", format!("{good}\n\n{good}\n")).await.is(201);
    assert_eq!(answer.header("content-type"), "application/x-ndjson");
    let receipts: Vec<serde_json::Value> =
        answer.text().lines().map(|line| serde_json::from_str(line).expect("receipt")).collect();
    assert_eq!(receipts.iter().map(|receipt| receipt["seq"].as_u64()).collect::<Vec<_>>(), [Some(1), Some(2)]);
    let bad = good.replace("0.02", "2");
    let refused =
        world.post("/v1/events", "application/x-ndjson; charset=utf-8", format!("{good}\n{bad}\n{good}")).await;
    let detail = refused.problem(400);
    assert!(detail.starts_with("line 2: ") && detail.contains("score"), "{detail}");
    assert_eq!(world.count("MODERATION"), 2);
}

#[tokio::test]
async fn what_is_refused_names_the_field() {
    let world = World::new();
    let mut unknown = moderation();
    unknown["classifier"]["vresion"] = "3".into();
    let mut future = moderation();
    future["time"] = "9999-01-01T00:00:00Z".into();
    let mut service = gen_event();
    service["actor"]["auth"] = "client_credentials".into();
    let cases = [
        (400, "vresion", unknown.to_string()),
        (422, "later than this machine's clock", future.to_string()),
        (422, "authenticated as a service", service.to_string()),
        (400, "unknown event type \"GENERATE\"", moderation().to_string().replace("MODERATION", "GENERATE")),
        (400, "given twice", r#"{"type":"GEN","type":"GEN"}"#.to_owned()),
        (400, "not acceptable JSON", String::new()),
        (400, "this is an array", format!("[{}]", moderation())),
        (413, "the limit is 1048576", moderation().to_string().replace("house", &"x".repeat(1 << 20))),
    ];
    for (status, words, text) in cases {
        let detail = world.post("/v1/events", "application/json", text).await.problem(status);
        assert!(detail.contains(words), "{words}: {detail}");
    }
    assert!(world.post("/v1/events", "application/x-ndjson", "\n\n").await.problem(400).contains("no event"));
    assert!(
        world
            .post("/v1/events", "text/plain", moderation().to_string())
            .await
            .problem(415)
            .contains("application/json")
    );
    assert_eq!(world.count("MODERATION") + world.count("GEN"), 0);
}

#[tokio::test]
async fn nobody_hands_in_the_logs_own_records() {
    let world = World::new();
    let erasure = serde_json::json!({
        "type": "ERASURE", "system": {"name": "x", "version": "1"}, "reason": "subject-request",
        "keys": ["AAECAwQFBgcICQoLDA0ODw"],
    });
    assert!(
        world
            .post("/v1/events", "application/json", erasure.to_string())
            .await
            .problem(422)
            .contains("written by the log itself")
    );
    assert_eq!(world.count("ERASURE"), 0);
}

#[tokio::test]
async fn an_event_with_an_id_can_be_sent_again_safely() {
    let world = World::new();
    let mut event = moderation();
    event["id"] = "019a2b3c-1111-7000-8000-000000000001".into();
    world.post("/v1/events", "application/json", event.to_string()).await.is(201);
    let again = world.post("/v1/events", "application/json", event.to_string()).await.problem(409);
    assert!(again.contains("on record already, as record 1"), "{again}");
    event["id"] = "019a2b3c-1111-7000-8000-000000000002".into();
    let twice = world.post("/v1/events", "application/x-ndjson", format!("{event}\n{event}")).await.problem(400);
    assert!(twice.contains("two events"), "{twice}");
    assert_eq!(world.count("MODERATION"), 1);
}

#[tokio::test]
async fn without_the_token_nothing_is_recorded() {
    let world = World::new();
    world.send(post("/v1/events", "application/json", moderation().to_string(), None)).await.problem(401);
    world.send(post("/v1/events", "application/json", moderation().to_string(), Some("guess"))).await.problem(401);
    assert_eq!(world.count("MODERATION"), 0);
}

#[tokio::test]
async fn a_record_shows_nothing_private() {
    let world = World::new();
    let mut event = gen_event();
    event["tenant"] = "tenant-90aa".into();
    event["session"] = "session-17bc".into();
    event["usage"] = serde_json::json!({"cost": "0.04", "currency": "EUR"});
    let answer = world.post("/v1/events", "application/json", event.to_string()).await.is(201);
    let record = world.get(answer.header("location")).await.is(200);
    assert!(record.text().contains("\"commitments\":{\"prompt\":"), "{}", record.text());
    for private in [SUBJECT, "harbour", "tenant-90aa", "session-17bc", "0.04", "seed", "fields\":{"] {
        assert!(!record.text().contains(private), "{private}: {}", record.text());
    }
}
