//! `touchmark serve`: the home's one writer while it runs.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Child;

use crate::program::{EVENT, Scratch};

/// A running service.
pub(crate) struct Service {
    pub(crate) child: Child,
    pub(crate) address: String,
}

impl Service {
    pub(crate) fn start(scratch: &Scratch) -> Self {
        let mut child = scratch.start(&["serve", "--listen", "127.0.0.1:0"]);
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("standard output")).read_line(&mut line).expect("a line");
        let line: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        let address = line["listening"].as_str().expect("address").trim_start_matches("http://").to_owned();
        Self { child, address }
    }

    fn ask(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("connect");
        stream.write_all(request.as_bytes()).expect("send");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("answer");
        answer
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // The test may have stopped it already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn while_it_runs_the_command_line_says_who_writes() {
    let scratch = Scratch::new();
    std::fs::write(scratch.path("event.json"), EVENT).expect("event");
    let service = Service::start(&scratch);
    let refused = scratch.run(&["log", "append", "event.json"]);
    let message = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        message.contains("another process is writing this log") && message.contains("touchmark serve"),
        "{message}"
    );
    assert!(scratch.run(&["log", "verify"]).status.success(), "reading goes on");
    drop(service);
    assert!(scratch.run(&["log", "append", "event.json"]).status.success(), "and so does writing, after it");
}

#[test]
fn while_it_runs_keys_and_repairs_wait_too() {
    let scratch = Scratch::new();
    let service = Service::start(&scratch);
    let commands: [&[&str]; 6] = [
        &["key", "rotate"],
        &["key", "escrow", "root"],
        &["key", "protect"],
        &["vault", "rewrap"],
        &["log", "repair"],
        &["log", "repair", "--dry-run"],
    ];
    for arguments in commands {
        let refused = scratch.run(arguments);
        let message = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}");
        assert!(
            message.contains("another process is writing this log") && message.contains("touchmark serve"),
            "{message}"
        );
    }
    assert!(scratch.path("home/keys/mac-root").exists() && !scratch.path("root").exists());
    drop(service);
    assert!(scratch.run(&["key", "rotate"]).status.success());
}

#[test]
fn it_answers_and_stops_gracefully_on_sigterm() {
    let scratch = Scratch::new();
    let mut service = Service::start(&scratch);
    let health = service.ask("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert!(health.starts_with("HTTP/1.1 200"), "{health}");
    let checkpoint = service.ask("GET /v1/log/checkpoint HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert!(checkpoint.contains("touchmark/test-"), "{checkpoint}");
    let pid = service.child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().expect("kill").success());
    assert!(service.child.wait().expect("wait").success());
}
