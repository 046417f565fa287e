//! Our files in a reader that others wrote and built: the package `c2pa-python` of the Python index.
//!
//! `TOUCHMARK_PYTHON` names a Python that has it (default: `python3`); where none has, these tests say "skipped". `.ci/run` makes one.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use touchmark_core::export::Options;

use crate::studio::{ONE_OF_EACH, Studio, made, picture};

/// A Python that can import `package`.
pub(crate) fn python(package: &str) -> Option<String> {
    let python = std::env::var("TOUCHMARK_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let asked = Command::new(&python).args(["-c", &format!("import {package}")]).output();
    if asked.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
    {
        eprintln!("skipped: {python} has no {package} (TOUCHMARK_PYTHON names a Python that has it)");
    }
    None
}

pub(crate) fn answer(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).expect("text")
}

/// What the other reader says of files, in their order.
fn read(python: &str, anchors: &Path, files: &[&Path]) -> Vec<Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/export/stranger.py");
    let output = Command::new(python).arg(script).arg(anchors).args(files).output().expect("python runs");
    answer(&output).lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

#[test]
fn every_type_of_file_is_trusted_and_a_changed_one_is_not() {
    let Some(python) = python("c2pa") else { return };
    let studio = Studio::new();
    let anchors = studio.out("anchors.pem");
    std::fs::write(&anchors, studio.anchors()).expect("written");
    for name in ONE_OF_EACH {
        let path = studio.out(name);
        let exported = studio.one(&picture(name), made(), Some(&path), &Options::default()).expect("exported");
        let changed = studio.out(&format!("changed-{name}"));
        let mut bytes = std::fs::read(&path).expect("the file");
        let end = bytes.len() - if name.ends_with("svg") { 12 } else { 24 };
        bytes[end] ^= 1;
        std::fs::write(&changed, bytes).expect("written");

        let said = read(&python, &anchors, &[&path, &changed]);
        assert_eq!(said[0]["state"], "Trusted", "{name}: {}", said[0]);
        assert_eq!(said[0]["manifest"], exported.manifest_id.as_str(), "{name}");
        let labels: Vec<&str> =
            said[0]["labels"].as_array().expect("labels").iter().filter_map(Value::as_str).collect();
        for label in ["c2pa.actions.v2", "c2pa.ai-disclosure", "org.touchmark.generation", "org.touchmark.ledger-link"]
        {
            assert!(labels.contains(&label), "{name}: {labels:?}");
        }
        assert_eq!(said[1]["state"], "Invalid", "{name}: {}", said[1]);
        let failures = said[1]["failures"].as_array().expect("failures");
        assert!(
            failures.iter().any(|code| code.as_str().is_some_and(|code| code.ends_with(".mismatch"))),
            "{failures:?}"
        );
    }
}

#[test]
fn a_picture_that_came_with_credentials_has_them_as_its_parent() {
    let Some(python) = python("c2pa") else { return };
    let (first, second) = (Studio::named("First"), Studio::named("Second"));
    let anchors = second.out("anchors.pem");
    std::fs::write(&anchors, format!("{}{}", first.anchors(), second.anchors())).expect("written");
    let path = second.out("astronaut.jpg");
    let upstream = first.sign(&picture("astronaut.jpg"));
    second.one(&upstream, made(), Some(&path), &Options::default()).expect("exported");
    let said = read(&python, &anchors, &[&path]);
    assert_eq!((&said[0]["state"], &said[0]["ingredients"][0]), (&"Trusted".into(), &"parentOf".into()), "{}", said[0]);
}
