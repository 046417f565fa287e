//! The models that were used are those that were declared, with the hashes that were declared.

use serde_json::{Value, json};
use touchmark_core::audit::{FindingKind, Options, Register};
use uuid::Uuid;

use crate::world::{HASH, OTHER, World, model, policy, request, with};

/// A request to this model, which was made.
fn used(world: &mut World, model: &Value) -> (Uuid, Uuid) {
    let attempt = world.add(with(request("GEN_ATTEMPT"), json!({"model": model})));
    (attempt, world.add(with(request("GEN"), json!({"attempt": attempt, "model": model}))))
}

fn register(text: &str) -> Register {
    Register::parse(&text.replace("HASH", HASH).replace("OTHER", OTHER)).unwrap_or_else(|error| panic!("{error}"))
}

/// What an audit with this register finds: kinds and sentences.
fn judged(world: &World, text: &str) -> Vec<(FindingKind, String)> {
    let register = register(text);
    let (report, findings) = world.audit_with(&Options { register: Some(&register), ..world.options() });
    assert!(report.models.register);
    findings.into_iter().map(|finding| (finding.kind, finding.sentence)).collect()
}

const DECLARED: &str = "[[model]]\nid = \"sdxl\"\nversion = \"1.0\"\nversion_hash = \"HASH\"\n";

#[test]
fn a_version_that_gets_other_weights_is_found_without_any_register() {
    let mut world = World::new();
    used(&mut world, &model("sdxl", "1.0", HASH));
    let (upgraded, _) = used(&mut world, &model("sdxl", "1.0", OTHER));
    used(&mut world, &model("sdxl", "1.0", OTHER));
    used(&mut world, &model("sdxl", "1.1", OTHER));
    world.assert_finds(FindingKind::SilentUpgrade, upgraded, "a silent upgrade: sdxl 1.0 has the hash");
    let sentence = world.finding().sentence;
    assert!(
        sentence.contains("had") && sentence.contains("(record 1)") && sentence.contains("4 records"),
        "{sentence}"
    );
    assert_eq!(world.audit().0.models.used, 3);
}

#[test]
fn a_model_that_is_declared_as_it_is_used_is_no_finding() {
    let mut world = World::new();
    used(&mut world, &model("sdxl", "1.0", HASH));
    assert_eq!(judged(&world, DECLARED), []);
}

#[test]
fn a_silent_upgrade_is_found_against_the_register_even_if_it_was_there_from_the_start() {
    let mut world = World::new();
    used(&mut world, &model("sdxl", "1.0", OTHER));
    assert_eq!(world.audit().1, [], "the log alone cannot know");
    let found = judged(&world, DECLARED);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, FindingKind::SilentUpgrade);
    assert!(found[0].1.contains(&format!("the register has {HASH}")), "{found:?}");
}

#[test]
fn a_model_and_a_version_that_nobody_declared_are_told_apart() {
    let mut world = World::new();
    used(&mut world, &model("sdxl", "2.0", HASH));
    used(&mut world, &model("flux", "1.0", HASH));
    let kinds: Vec<_> = judged(&world, DECLARED).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, [FindingKind::ModelNotDeclared, FindingKind::VersionNotDeclared]);
    assert_eq!(judged(&world, "").len(), 2, "an empty register declares nothing");
}

#[test]
fn a_hash_that_is_used_before_or_after_its_time_is_found() {
    let mut world = World::new();
    let start = world.now;
    used(&mut world, &model("sdxl", "1.0", HASH));
    for (bounds, finds) in [
        (format!("since = {start}\n"), false),
        (format!("since = \"{start}\"\nuntil = 2030-01-01T00:00:00Z\n"), false),
        (format!("until = {start}\n"), true),
        ("since = 2026-01-01T12:00:00.001Z\n".to_owned(), true),
    ] {
        let found = judged(&world, &format!("{DECLARED}{bounds}"));
        assert_eq!(!found.is_empty(), finds, "{bounds}: {found:?}");
        assert!(found.iter().all(|(kind, _)| *kind == FindingKind::ModelOutOfTime), "{found:?}");
    }
}

#[test]
fn a_declared_upgrade_is_no_silent_one() {
    let mut world = World::new();
    used(&mut world, &model("sdxl", "1.0", HASH));
    world.wait(3600);
    used(&mut world, &model("sdxl", "1.0", OTHER));
    let upgrade = "\
        [[model]]\nid = \"sdxl\"\nversion = \"1.0\"\nversion_hash = \"HASH\"\nuntil = 2026-01-01T12:30:00Z\n\
        [[model]]\nid = \"sdxl\"\nversion = \"1.0\"\nversion_hash = \"OTHER\"\nsince = 2026-01-01T12:30:00Z\n";
    assert_eq!(judged(&world, upgrade), []);
    // The same a day later: now the second hash was in use before its time.
    let found = judged(&world, &upgrade.replace("2026-01-01T12:30", "2026-01-02T12:30"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, FindingKind::ModelOutOfTime);
}

#[test]
fn a_blocked_model_is_found_at_any_time() {
    let mut world = World::new();
    used(&mut world, &model("sdxl", "1.0", HASH));
    let found = judged(&world, &format!("{DECLARED}status = \"blocked\"\n"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, FindingKind::ModelBlocked);
}

#[test]
fn a_policy_whose_text_changes_under_one_version_is_found() {
    let mut world = World::new();
    let attempt = world.add(with(request("GEN_ATTEMPT"), json!({"policy": policy(OTHER)})));
    let denied = world.denied(attempt);
    world.assert_finds(FindingKind::PolicyChanged, denied, "its text was changed under the same version");
}

#[test]
fn a_register_that_is_not_meant_so_is_refused_with_the_reason() {
    for (text, reason) in [
        (format!("{DECLARED}hash = \"x\"\n"), "unknown field `hash`"),
        ("[models]\n".to_owned(), "unknown field `models`"),
        ("[[model]]\nid = \"sdxl\"\nversion = \"1\"\n".to_owned(), "missing field `version_hash`"),
        (DECLARED.replace("HASH", "31e35c"), "expected sha256: and 64 lower-case hexadecimal digits"),
        (
            format!("{DECLARED}status = \"fine\"\n"),
            "unknown variant `fine`, expected one of `active`, `retired`, `blocked`",
        ),
        (format!("{DECLARED}status = \"retired\"\n"), "is retired: say since when, as until"),
        (
            format!("{DECLARED}since = 2026-02-01T00:00:00Z\nuntil = 2026-02-01T00:00:00Z\n"),
            "until is not later than since",
        ),
        (format!("{DECLARED}since = 2026-02-01\n"), "\"2026-02-01\" is not a time with its offset"),
        (format!("{DECLARED}since = 7\n"), "expected a time with its offset"),
        (format!("{DECLARED}{DECLARED}"), "declared twice for one time"),
        (format!("{DECLARED}{}", DECLARED.replace("HASH", "OTHER")), "declared twice for one time"),
        (DECLARED.replace("\"1.0\"", "\" \""), "id and version cannot be empty"),
    ] {
        let text = text.replace("HASH", HASH).replace("OTHER", OTHER);
        let refusal = Register::parse(&text).expect_err(&text).to_string();
        assert!(refusal.contains(reason), "{refusal}\n  expected {reason}");
    }
}

#[test]
fn the_register_in_the_documentation_is_one() {
    let page = include_str!("../../docs/configuration.md");
    let (_, rest) = page.split_once("```toml register\n").expect("an example");
    let (example, _) = rest.split_once("```").expect("its end");
    let register = Register::parse(example).unwrap_or_else(|problem| panic!("{problem}"));
    assert_eq!(register.models.len(), 2);
}
