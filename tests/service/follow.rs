//! GET /v1/log/tile, POST /v1/witness/add-checkpoint: what monitors and other logs ask for.

use std::io::Read;

use axum::body::Body;
use axum::http::Request;
use serde_json::Value;
use touchmark_core::home::Home;
use touchmark_core::ledger::Reader;
use touchmark_core::ledger::history::History;
use touchmark_core::publish::{Folder, audit};
use touchmark_core::tlog::checkpoint::SignedCheckpoint;
use touchmark_core::tlog::consistency::Consistency;
use touchmark_core::tlog::note::VerifierKey;
use touchmark_core::tlog::tile::Tile;
use touchmark_core::witness::cosigners;

use crate::world::{EDGE, SUBJECT, World, gen_event, moderation, post};

const PREFIX: &str = "/v1/log";

async fn with_records(count: usize) -> World {
    let world = World::new();
    let mut events = vec![gen_event()];
    events.resize_with(count - 1, moderation);
    let lines: Vec<String> = events.iter().map(Value::to_string).collect();
    world.post("/v1/events", "application/x-ndjson", lines.join("\n")).await.is(201);
    world
}

fn key(world: &World) -> VerifierKey {
    std::fs::read_to_string(world.ledger().join("log.vkey")).expect("key").trim().parse().expect("key")
}

#[tokio::test]
async fn a_monitor_follows_the_log_by_its_prefix_alone() {
    let world = with_records(600).await;
    let copy = tempfile::tempdir().expect("folder");
    let keep = |name: &str, bytes: &[u8]| {
        let path = copy.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("created");
        std::fs::write(path, bytes).expect("written");
    };
    let checkpoint = world.get(&format!("{PREFIX}/checkpoint")).await.is(200);
    assert_eq!(checkpoint.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(checkpoint.header("cache-control"), "no-cache");
    keep("checkpoint", &checkpoint.body);
    for tile in Tile::between(0, 600) {
        let answer = world.get(&format!("{PREFIX}/{tile}")).await.is(200);
        assert_eq!(answer.header("content-type"), "application/octet-stream");
        assert!(answer.header("cache-control").contains("immutable"), "{tile}");
        assert!(!answer.text().contains(SUBJECT), "{tile}");
        keep(&tile.to_string(), &answer.body);
    }
    let audit = audit(&Folder::open(copy.path()).expect("a copy"), &[History::of(key(&world))]).expect("could look");
    assert_eq!((audit.records, audit.findings), (600, Vec::new()));
}

#[tokio::test]
async fn a_tile_of_an_older_checkpoint_is_there_when_the_log_has_grown() {
    let world = with_records(300).await;
    let before = world.get("/v1/log/tile/entries/001.p/44").await.is(200).body;
    let more: Vec<String> = (0..300).map(|_| moderation().to_string()).collect();
    world.post("/v1/events", "application/x-ndjson", more.join("\n")).await.is(201);
    assert_eq!(world.get("/v1/log/tile/entries/001.p/44").await.is(200).body, before);
    assert_eq!(world.get("/v1/log/tile/0/001").await.is(200).body.len(), 8192);
}

#[tokio::test]
async fn entry_bundles_are_squeezed_for_those_who_take_gzip() {
    let world = with_records(300).await;
    let get = |coding: &'static str| {
        let request = Request::get("/v1/log/tile/entries/000").header("accept-encoding", coding);
        world.send(request.body(Body::empty()).expect("request"))
    };
    let (plain, squeezed) = (get("identity").await.is(200), get("gzip").await.is(200));
    assert_eq!((plain.header("content-encoding"), squeezed.header("content-encoding")), ("", "gzip"));
    assert!(squeezed.body.len() * 2 < plain.body.len());
    let mut whole = Vec::new();
    flate2::read::GzDecoder::new(squeezed.body.as_ref()).read_to_end(&mut whole).expect("gzip");
    assert_eq!(whole, plain.body);
}

#[tokio::test]
async fn what_the_log_does_not_have_is_not_found() {
    let world = with_records(3).await;
    for beyond in ["0/000.p/5", "0/000", "0/001", "1/000.p/1", "entries/000.p/5", "63/000"] {
        assert!(
            world.get(&format!("{PREFIX}/tile/{beyond}")).await.problem(404).contains("does not reach"),
            "{beyond}"
        );
    }
    for no_name in
        ["0/0", "0/000.p/0", "0/000.p/256", "64/000", "entries", "entries/..%2f..%2fkeys", "00/000", "0/x001", "-1/000"]
    {
        assert!(world.get(&format!("{PREFIX}/tile/{no_name}")).await.problem(404).contains("no tile"), "{no_name}");
    }
}

#[tokio::test]
async fn a_record_that_was_changed_on_disk_is_not_given_out() {
    let world = with_records(300).await;
    let path = world.ledger().join("segments/0000000000.jsonl");
    let text = std::fs::read_to_string(&path).expect("log");
    std::fs::write(&path, text.replacen("\"score\":0.02", "\"score\":0.03", 1)).expect("written");
    assert!(world.get("/v1/log/tile/entries/000").await.problem(503).contains("log cannot be used"));
    world.get("/v1/log/tile/0/000").await.is(200);
}

/// Asks `witness` to cosign the newest checkpoint of `log`.
async fn ask(witness: &World, log: &World, old: u64) -> crate::world::Answer {
    let snapshot = Reader::open(&log.ledger()).expect("a log").snapshot().expect("a checkpoint");
    let request = snapshot.consistency(old, snapshot.note()).expect("proved");
    submit(witness, &request.to_string()).await
}

async fn submit(witness: &World, request: &str) -> crate::world::Answer {
    witness.send(post("/v1/witness/add-checkpoint", "text/plain", request.to_owned(), None)).await
}

fn tell(witness: &World, key: &VerifierKey) -> VerifierKey {
    let witness = Home::open(&witness.home()).expect("home").witness(EDGE).expect("witness");
    witness.trust(key).expect("kept");
    witness.verifier().clone()
}

#[tokio::test]
async fn another_log_is_cosigned_as_the_standard_has_it() {
    let (witness, log) = (World::new(), with_records(3).await);
    assert!(ask(&witness, &log, 0).await.problem(404).contains("witnesses no other log"));
    let witness_key = tell(&witness, &key(&log));
    let line = ask(&witness, &log, 0).await.is(200);
    assert_eq!(line.header("content-type"), "text/plain; charset=utf-8");
    let note = Reader::open(&log.ledger()).expect("a log").checkpoint().expect("there") + &line.text();
    let note = SignedCheckpoint::parse(note.as_bytes()).expect("the standard's way: the answer behind the checkpoint");
    assert_eq!(cosigners(&note, &[key(&log)], &[witness_key]).len(), 1);

    log.post("/v1/events", "application/json", moderation().to_string()).await.is(201);
    let conflict = ask(&witness, &log, 0).await.is(409);
    assert_eq!((conflict.header("content-type"), conflict.text().as_str()), ("text/x.tlog.size", "3\n"));
    ask(&witness, &log, 3).await.is(200);
    ask(&witness, &log, 4).await.is(200);
}

#[tokio::test]
async fn what_is_not_consistent_is_not_cosigned() {
    let (witness, log, other) = (World::new(), with_records(3).await, with_records(3).await);
    tell(&witness, &key(&log));
    ask(&witness, &log, 0).await.is(200);
    ask(&witness, &other, 0).await.problem(404);
    // A proof that was cut, and one that was changed.
    log.post("/v1/events", "application/json", moderation().to_string()).await.is(201);
    let snapshot = Reader::open(&log.ledger()).expect("a log").snapshot().expect("a checkpoint");
    let whole = snapshot.consistency(3, snapshot.note()).expect("proved");
    let cut = Consistency::new(3, whole.hashes()[1..].to_vec(), whole.checkpoint().clone()).expect("a request");
    submit(&witness, &cut.to_string()).await.problem(422);
    // A key that signs for nobody.
    let text = whole.to_string();
    let signature = text.lines().last().expect("a line");
    let unsigned = text.replace(signature, &signature.replacen(&signature[signature.len() - 20..], &"A".repeat(20), 1));
    submit(&witness, &unsigned).await.problem(403);
    // The sizes the wrong way round, and no request at all.
    submit(&witness, &text.replacen("old 3", "old 5", 1)).await.problem(400);
    submit(&witness, "old 4\n").await.problem(400);
    submit(&witness, &"A".repeat(1 << 20)).await.problem(413);
    ask(&witness, &log, 3).await.is(200);
}
