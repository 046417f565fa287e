//! GET /v1/records, /v1/log/checkpoint, /v1/log/proof

use touchmark_core::merkle;
use touchmark_core::tlog::note::VerifierKey;
use touchmark_core::tlog::proof::Proof;

use crate::world::{World, moderation};

#[tokio::test]
async fn a_stranger_checks_a_record_with_what_the_service_gives_out() {
    let world = World::new();
    let location = world
        .post("/v1/events", "application/json", moderation().to_string())
        .await
        .is(201)
        .header("location")
        .to_owned();
    world.post("/v1/events", "application/json", moderation().to_string()).await.is(201);
    let record = world.get(&location).await.is(200);
    let proof = world.get(&location.replace("records", "log/proof")).await.is(200);
    assert_eq!(proof.header("content-type"), "text/plain; charset=utf-8");
    let key: VerifierKey =
        std::fs::read_to_string(world.ledger().join("log.vkey")).expect("key").trim().parse().expect("key");
    let proof_text = proof.text();
    let proof = Proof::parse(proof_text.as_bytes()).expect("a tlog-proof");
    proof.verify(&merkle::leaf_hash(&record.body), std::slice::from_ref(&key)).expect("the record is in the log");
    let checkpoint = world.get("/v1/log/checkpoint").await.is(200);
    assert_eq!(checkpoint.header("content-type"), "text/plain; charset=utf-8");
    assert!(proof_text.ends_with(&checkpoint.text()), "proved under the newest checkpoint");
    assert_eq!(checkpoint.text().lines().nth(1), Some("3"));
}

#[tokio::test]
async fn what_is_not_in_the_log_is_not_found() {
    let world = World::new();
    for path in ["/v1/records/", "/v1/log/proof/"] {
        let unknown = world.get(&format!("{path}019a2b3c-0000-7000-8000-000000000000")).await;
        assert!(unknown.problem(404).contains("no record with the id 019a2b3c-0000-7000-8000-000000000000"));
        for garbage in ["latest", "0", "%2e%2e%2fkeys", &"9".repeat(3000)] {
            let detail = world.get(&format!("{path}{garbage}")).await.problem(400);
            assert!(detail.contains("not a record's id") && detail.len() < 200, "{detail}");
        }
    }
    assert!(world.get("/v1/records").await.problem(404).contains("/v1/openapi.json"));
}
