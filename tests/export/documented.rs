//! docs/ledger-link.md: its example holds, and so does what it tells a stranger to do with it.

use std::path::Path;
use std::process::Command;

use touchmark_core::event::Kind;
use touchmark_core::ledger::history::History;
use touchmark_core::link::{Broken, LedgerLink};

use crate::stranger::{answer, python};

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/ledger-link.md");
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The one block with this opening line.
fn block<'a>(page: &'a str, mark: &str) -> &'a str {
    let (_, rest) = page.split_once(&format!("\n```{mark}\n")).unwrap_or_else(|| panic!("no block {mark}"));
    rest.split_once("\n```").expect("an end").0
}

fn example(page: &str) -> LedgerLink {
    LedgerLink {
        key: block(page, "text key").to_owned(),
        proof: format!("{}\n", block(page, "text proof")),
        record: block(page, "json record").as_bytes().to_vec(),
    }
}

#[test]
fn the_example_is_a_generation_that_stands_in_its_log() {
    let opened = example(&page()).open().expect("readable");
    assert_eq!(opened.record.kind(), Kind::Gen);
    opened.prove(&[History::of(opened.key.clone())]).expect("proved");
}

#[test]
fn the_example_with_another_time_stands_in_no_log() {
    let mut link = example(&page());
    let text = String::from_utf8(link.record).expect("text");
    let (before, after) = text.rsplit_once("\"time\":\"20").expect("a time");
    link.record = format!("{before}\"time\":\"21{after}").into_bytes();
    let opened = link.open().expect("readable");
    let refused = opened.prove(&[History::of(opened.key.clone())]).expect_err("changed");
    assert!(matches!(refused, Broken::Refused(_)), "{refused}");
}

#[test]
fn the_script_on_the_page_agrees_and_refuses_a_changed_record() {
    let Some(python) = python("cryptography") else { return };
    let page = page();
    let link = example(&page);
    let dir = tempfile::tempdir().expect("folder");
    let write = |name: &str, bytes: &[u8]| std::fs::write(dir.path().join(name), bytes).expect("written");
    write("check.py", block(&page, "python").as_bytes());
    write("key", link.key.as_bytes());
    write("proof", link.proof.as_bytes());
    write("record", &link.record);
    write("changed", &[link.record.as_slice(), b" "].concat());
    let check = |record: &str| {
        Command::new(&python).current_dir(dir.path()).args(["check.py", "key", record, "proof"]).output().expect("runs")
    };
    let said = answer(&check("record"));
    assert!(said.contains("stands in touchmark/"), "{said}");
    let refused = check("changed");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("the record is not in the tree"), "{refused:?}");
}
