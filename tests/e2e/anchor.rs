//! Time-stamps through the program, by an authority behind HTTP on this machine.

use std::fs;
use std::sync::Arc;

use crate::program::{EVENT, Scratch, json_lines, test_images};
use crate::server::{Does, Server, nobody};
use crate::tsa::Authority;

/// A home that asks `urls` and believes `authority`.
fn configured(authority: &Authority, urls: &[&str]) -> Scratch {
    let scratch = Scratch::new();
    fs::write(scratch.path("home/certs/tsa.pem"), authority.root()).expect("roots");
    let config = scratch.path("home/touchmark.toml");
    let text = fs::read_to_string(&config).expect("a configuration");
    let text = text.replace("authorities = []", &format!("authorities = {urls:?}"));
    let text = text.replace("timeout_ms = 10000", "timeout_ms = 60000");
    fs::write(&config, text.replace("roots = []", "roots = [\"certs/tsa.pem\"]")).expect("a configuration");
    fs::write(scratch.path("event.json"), EVENT).expect("an event");
    scratch
}

#[test]
fn a_log_is_anchored_by_the_second_authority_and_an_auditor_checks_it_with_the_roots_alone() {
    let Some(authority) = Authority::new("Honest").map(Arc::new) else { return };
    let server = Server::new(&authority, vec![Does::Stamps]);
    let first = nobody();
    let scratch = configured(&authority, &[&first, &server.url]);
    assert!(scratch.run(&["log", "append", "event.json"]).status.success());

    let anchored = scratch.run(&["log", "anchor"]);
    assert_eq!(anchored.status.code(), Some(0), "{}", String::from_utf8_lossy(&anchored.stderr));
    let answer = &json_lines(&anchored.stdout)[0];
    assert_eq!((&answer["anchored"], &answer["records"], &answer["seq"]), (&true.into(), &2.into(), &2.into()));
    assert_eq!((&answer["authority"], &answer["url"]), (&"Honest tsa".into(), &server.url.as_str().into()));
    assert!(answer["failed"][0].as_str().expect("who failed").starts_with(&first), "{answer}");

    let checked = &scratch.lines(&["log", "verify"])[0]["anchors"];
    assert_eq!((&checked["stamps"], &checked["roots_checked"]), (&1.into(), &true.into()), "{checked}");
    let (ledger, roots) = (scratch.path("home/ledger"), authority.path("root.pem"));
    let (ledger, roots) = (ledger.to_str().expect("a path"), roots.to_str().expect("a path"));
    let auditor = ["log", "verify", "--ledger", ledger, "--tsa-roots", roots];
    assert_eq!(scratch.run(&auditor).status.code(), Some(0));
    let kept = scratch.run(&["log", "show", "--type", "ANCHOR"]).stdout;
    fs::write(scratch.path("anchors.jsonl"), kept).expect("kept");
    let with_kept = [auditor.as_slice(), &["--anchors", "anchors.jsonl"]].concat();
    assert_eq!(scratch.lines(&with_kept)[0]["kept_anchors"]["stamps"], 1);

    // Another home's log says nothing for this one's anchors.
    let other = Scratch::new();
    fs::copy(scratch.path("anchors.jsonl"), other.path("anchors.jsonl")).expect("copied");
    let foreign = other.run(&["log", "verify", "--anchors", "anchors.jsonl", "--tsa-roots", roots]);
    assert_eq!(foreign.status.code(), Some(1));
    let finding = json_lines(&foreign.stdout)[0]["kept_anchors"]["findings"][0]["problem"].to_string();
    assert!(finding.contains("what was stamped is no checkpoint of this log"), "{finding}");
}

#[test]
fn roots_that_are_not_the_authoritys_make_an_anchor_a_finding() {
    let (Some(authority), Some(other)) = (Authority::new("Honest").map(Arc::new), Authority::new("Other")) else {
        return;
    };
    let server = Server::new(&authority, vec![Does::Stamps]);
    let scratch = configured(&authority, &[&server.url]);
    assert!(scratch.run(&["log", "anchor"]).status.success());
    let roots = other.path("root.pem");
    let verified = scratch.run(&["log", "verify", "--tsa-roots", roots.to_str().expect("a path")]);
    assert_eq!(verified.status.code(), Some(1));
    let finding = json_lines(&verified.stdout)[0]["anchors"]["findings"][0]["problem"].to_string();
    assert!(finding.contains("leads to no time-stamp root that is trusted here"), "{finding}");
}

#[test]
fn an_exported_image_says_when_it_was_signed() {
    let Some(authority) = Authority::new("Honest").map(Arc::new) else { return };
    let server = Server::new(&authority, vec![Does::Stamps]);
    let scratch = configured(&authority, &[]);
    let images = ["astronaut.jpg", "horse-alpha.png", "rocket.webp"];
    let named: Vec<String> = images.iter().map(|name| test_images().join(name).display().to_string()).collect();
    let mut arguments = vec!["export", "--event", "event.json", "--out", "signed", "--tsa", &server.url];
    arguments.extend(named.iter().map(String::as_str));
    let exported = scratch.run(&arguments);
    assert_eq!(exported.status.code(), Some(0), "{}", String::from_utf8_lossy(&exported.stderr));
    assert_eq!(server.asked(), images.len(), "one request an image");
    for line in scratch.lines(&["verify", "signed"]) {
        assert_eq!(
            (&line["verdict"], &line["claim"]["stamped_by"]),
            (&"verified".into(), &"Honest tsa".into()),
            "{line}"
        );
    }
}
