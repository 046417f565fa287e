//! Killed (SIGKILL) under load, at a random moment, again and again: what was acknowledged is in the log.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Child;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use rand_core::{OsRng, RngCore};
use serde_json::Value;

use crate::program::Scratch;
use crate::serve::Service;

/// How often; `TOUCHMARK_KILLS` says otherwise.
const KILLS: u64 = 10;

const CLIENTS: usize = 8;

const EVENT: &str = r#"{"type":"INCIDENT","system":{"name":"x","version":"1"},"actor":{"subject":"ada","auth":"oidc"},"severity":"minor","category":"test","description":"none"}"#;

/// What the service acknowledged: ids, with hashes and positions.
type Acknowledged = BTreeMap<String, (u64, String)>;

#[test]
fn whatever_was_acknowledged_before_a_kill_is_in_the_log_after_it() {
    let kills = std::env::var("TOUCHMARK_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS);
    let scratch = Scratch::new();
    let token = fs::read_to_string(scratch.path("home/keys/service-token")).expect("token").trim().to_owned();
    let (mut all, mut torn) = (Acknowledged::new(), 0);
    for kill in 0..kills {
        let service = Service::start(&scratch);
        let acknowledged = until_killed(service, &token);
        // As the kill left it, before anybody mends anything.
        let left = &scratch.lines(&["log", "verify"])[0];
        let findings = left["findings"].as_array().expect("findings");
        let is_torn = left["torn_tail"].as_u64() > Some(0);
        assert!(findings.is_empty() || (is_torn && findings.len() == 1), "after kill {kill}: {left}");
        torn += u64::from(is_torn);
        let found = on_record(&scratch);
        for (id, receipt) in &acknowledged {
            assert_eq!(found.get(id), Some(receipt), "after kill {kill}, {id} was acknowledged and is not there");
        }
        all.extend(acknowledged);
    }
    assert!(scratch.run(&["log", "repair"]).status.success());
    assert!(scratch.run(&["log", "verify"]).status.success());
    let found = on_record(&scratch);
    assert!(all.iter().all(|(id, receipt)| found.get(id) == Some(receipt)), "nothing is lost later either");
    println!("{kills} kills, {} acknowledged, {} on record, {torn} torn tails", all.len(), found.len());
}

/// Lets clients send events until the service is killed: after a random number of answers, and a random while.
fn until_killed(service: Service, token: &str) -> Acknowledged {
    let answers = AtomicU64::new(0);
    let acknowledged = Mutex::new(Acknowledged::new());
    let address = service.address.clone();
    let service = Mutex::new(service);
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                // Ends with the service.
                while let Some((id, receipt)) = post(&address, token) {
                    acknowledged.lock().expect("no panic").insert(id, receipt);
                    answers.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let wanted = u64::from(OsRng.next_u32() % 40);
        while answers.load(Ordering::Relaxed) < wanted {
            std::thread::yield_now();
        }
        for _ in 0..OsRng.next_u32() % 2_000 {
            std::thread::yield_now();
        }
        kill(&mut service.lock().expect("no panic").child);
    });
    acknowledged.into_inner().expect("no panic")
}

fn kill(child: &mut Child) {
    child.kill().expect("SIGKILL");
    child.wait().expect("ended");
}

/// One event; `None` where there is no whole answer.
fn post(address: &str, token: &str) -> Option<(String, (u64, String))> {
    let mut stream = TcpStream::connect(address).ok()?;
    let request = format!(
        "POST /v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{EVENT}",
        EVENT.len()
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    if !head.starts_with("HTTP/1.1 201") {
        return None;
    }
    let receipt: Value = serde_json::from_str(body).ok()?;
    Some((receipt["id"].as_str()?.to_owned(), (receipt["seq"].as_u64()?, receipt["hash"].as_str()?.to_owned())))
}

/// All records of the log: id, position, hash.
fn on_record(scratch: &Scratch) -> Acknowledged {
    let text = fs::read_to_string(scratch.path("home/ledger/segments/0000000000.jsonl")).expect("lines");
    let lines = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    lines
        .map(|line| {
            let line: Value = serde_json::from_str(line).expect("a line of JSON");
            let record = &line["record"];
            let id = record["id"].as_str().expect("id").to_owned();
            (id, (record["seq"].as_u64().expect("seq"), line["hash"].as_str().expect("hash").to_owned()))
        })
        .collect()
}
