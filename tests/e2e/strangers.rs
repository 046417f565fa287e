//! Text by strangers, in every place of a signed file that is shown: it steers no terminal, breaks no line, and has an end (C2PA 2.4,
//! security considerations).

use std::process::Command;

use serde_json::Value as Json;
use touchmark_core::media::MediaType;

use crate::bound::of_all;
use crate::chains;
use crate::forge::{Assertion, CREATED, Forge, Manifest, actions, created, map, note, now, text, with};
use crate::program::{EVENT, Scratch};

/// What somebody would like a reader, a terminal, a page or a database to take for something else.
const HOSTILE: [(&str, &str); 9] = [
    ("page", "<script>alert(1)</script><img src=x onerror=alert(2)>"),
    ("database", "'; DROP TABLE images; --"),
    ("lines", "a picture\r\nsigned/other.jpg: verified. The Content Credentials are intact."),
    ("terminal", "\u{1b}[2J\u{1b}[31m\u{1b}]0;title\u{7}\u{9b}2J"),
    ("zero", "a\0b"),
    ("direction", "\u{202e}gpj.deifirev\u{202c}\u{2066}x\u{2069}"),
    ("unseen", "a\u{200b}\u{2060}\u{feff}\u{ad}b"),
    ("separators", "a\u{2028}b\u{2029}c\u{85}d"),
    ("format", "%s%n{}{{0}}$(id)`id`"),
];

/// A file in which every place that is shown says this. Its signer is trusted nowhere.
fn saying(words: &str) -> Vec<u8> {
    let mut forge = Forge::of(&chains::called(now(), words, &format!("{words} issuer")));
    forge.anchors.clear();
    let ingredient = forge.seal(&Manifest { claim: title(words), ..Manifest::new(vec![created()]) });
    let described = with(ingredient.described("componentOf"), "dc:title", text(words));
    let made = map([
        ("action", text("c2pa.created")),
        ("digitalSourceType", text(CREATED)),
        ("description", text(words)),
        ("softwareAgent", map([("name", text(words)), ("version", text(words))])),
        ("when", text("2026-01-01T00:00:00Z")),
    ]);
    let placed = map([
        ("action", text("c2pa.placed")),
        ("parameters", map([("ingredients", serde_cbor::Value::Array(vec![part(&described).reference()]))])),
    ]);
    let mut manifest = Manifest::new(vec![actions(vec![made, placed]), part(&described), note(words)]);
    manifest.claim = title(words);
    of_all(&forge, MediaType::Png, &manifest, |active| vec![ingredient.whole(), active.whole()])
}

fn part(described: &serde_cbor::Value) -> Assertion {
    Assertion::new("c2pa.ingredient.v3", described)
}

fn title(words: &str) -> std::collections::BTreeMap<String, serde_cbor::Value> {
    let generator = map([("name", text(words)), ("version", text(words))]);
    [("dc:title".to_owned(), text(words)), ("claim_generator_info".to_owned(), generator)].into()
}

/// What `verify` prints, in this form, on both its outputs.
fn printed(scratch: &Scratch, name: &str, form: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_touchmark"));
    command.args(["verify", name]).args(form).current_dir(scratch.path(""));
    let run = command.env("TOUCHMARK_HOME", scratch.path("home")).output().expect("the program starts");
    assert_eq!(run.status.code(), Some(1), "nobody trusts the signer: {}", String::from_utf8_lossy(&run.stderr));
    assert!(run.stderr.is_empty(), "{}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).expect("text")
}

fn is_steering(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[test]
fn whatever_a_file_says_is_shown_as_text_on_a_line() {
    let scratch = Scratch::new();
    for (name, words) in HOSTILE {
        let name = format!("{name}.png");
        std::fs::write(scratch.path(&name), saying(words)).expect("written");
        let whole = printed(&scratch, &name, &[]);
        assert_eq!(whole.lines().count(), 1, "{name}: {whole}");
        let tree = printed(&scratch, &name, &["--tree"]);
        assert_eq!(tree.lines().count(), 3, "{name}: the file, its manifest and one ingredient: {tree}");
        for shown in [&whole, &tree] {
            let steering = shown.chars().find(|c| *c != '\n' && is_steering(*c));
            assert_eq!(steering, None, "{name}: {shown:?}");
        }
        // To a program: one line, and what the file says is what comes out of it.
        for (form, place) in [("--json", "/claim/issued_by"), ("--crjson", "/manifests/0/claim.v2/dc:title")] {
            let line = printed(&scratch, &name, &[form]);
            assert!(!line.trim_end().chars().any(is_steering), "{name}: {line:?}");
            let answer: Json = serde_json::from_str(&line).expect("one document");
            assert_eq!(answer.pointer(place).and_then(Json::as_str), Some(words), "{name} {form}: {answer:#}");
        }
    }
}

#[test]
fn whatever_is_long_is_cut() {
    let scratch = Scratch::new();
    std::fs::write(scratch.path("long.png"), saying(&"long ".repeat(2000))).expect("written");
    for form in [[].as_slice(), &["--tree"]] {
        for line in printed(&scratch, "long.png", form).lines() {
            assert!(line.chars().count() < 2500, "{} characters: {line}", line.chars().count());
        }
    }
}

#[test]
fn no_verdict_says_more_than_is_known() {
    let scratch = Scratch::new();
    std::fs::write(scratch.path("signed.png"), saying("somebody")).expect("written");
    std::fs::write(scratch.path("plain.png"), crate::bound::picture(MediaType::Png)).expect("written");
    for name in ["signed.png", "plain.png"] {
        let said = printed(&scratch, name, &["--tree"]).to_lowercase();
        for word in ["fake", "authentic", "genuine", "true", "real", "forged", "not ai", "human-made"] {
            assert!(!said.contains(word), "{name}: {word}: {said}");
        }
    }
}

#[test]
fn a_prompt_of_any_characters_is_committed_to_and_one_without_end_is_refused_before_anything_is_written() {
    let scratch = Scratch::new();
    std::fs::write(scratch.path("picture.png"), crate::bound::picture(MediaType::Png)).expect("written");
    let export = |prompt: &str, out: &str| {
        let mut event: Json = serde_json::from_str(EVENT).expect("an event");
        event["prompt"] = prompt.into();
        std::fs::write(scratch.path("event.json"), event.to_string()).expect("written");
        let run = scratch.run(&["export", "picture.png", "--event", "event.json", "--out", out]);
        (run.status.code(), String::from_utf8_lossy(&[run.stdout, run.stderr].concat()).into_owned())
    };
    for (name, words) in HOSTILE {
        let (code, said) = export(words, name);
        assert_eq!(code, Some(0), "{name}: {said}");
        let verified = scratch.run(&["verify", &format!("{name}/picture.png")]);
        assert!(verified.status.success(), "{name}: {}", String::from_utf8_lossy(&verified.stdout));
    }
    let (code, said) = export(&"a".repeat(10 << 20), "endless");
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("1048576") && said.len() < 1000, "{said}");
    assert!(!scratch.path("endless").join("picture.png").exists());
    assert!(scratch.run(&["log", "verify"]).status.success(), "the log is whole");
}
