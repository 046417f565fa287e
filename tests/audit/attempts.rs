//! Every attempt has exactly one outcome, or is open.

use jiff::SignedDuration;
use serde_json::json;
use touchmark_core::audit::{FindingKind, Options, Totals};
use touchmark_core::event::Event;

use crate::world::{HASH, World, export, nowhere, request, with};

#[test]
fn a_complete_log_has_no_findings_and_its_sum_adds_up() {
    let mut world = World::new();
    for number in 0..30 {
        let attempt = world.asked();
        match number % 3 {
            0 => world.made(attempt),
            1 => world.denied(attempt),
            _ => world.failed(attempt),
        };
    }
    let (report, findings) = world.audit();
    assert_eq!(findings, []);
    let totals = Totals { attempts: 30, gen_made: 10, gen_deny: 10, gen_error: 10, pending: 0, overdue: 0 };
    assert_eq!(report.attempts, totals);
    assert_eq!((report.records, report.judged), (61, 61));
}

#[test]
fn an_open_attempt_is_told_apart_until_its_time_is_over_and_is_then_a_finding() {
    let mut world = World::new();
    let attempt = world.asked();
    world.wait(60);
    let (report, findings) = world.audit();
    assert_eq!(findings, []);
    assert_eq!((report.attempts.pending, report.attempts.overdue), (1, 0));
    assert_eq!((report.pending[0].id, report.pending[0].age_s), (attempt, 60));
    world.wait(1);
    let (report, _) = world.audit();
    assert_eq!((report.attempts.pending, report.attempts.overdue), (1, 1));
    assert_eq!(report.pending, []);
    world.assert_finds(FindingKind::Overdue, attempt, "no outcome of this GEN_ATTEMPT is on record, after 1m 1s");
    let patient = Options { pending_after: SignedDuration::from_mins(5), ..world.options() };
    assert_eq!(world.audit_with(&patient).1, []);
}

#[test]
fn an_outcome_that_comes_late_closes_its_attempt_all_the_same() {
    let mut world = World::new();
    let attempt = world.asked();
    world.wait(86_400);
    world.failed(attempt);
    assert_eq!(world.audit().1, []);
}

#[test]
fn a_second_outcome_is_found_whatever_its_type() {
    for second in [World::made, World::denied, World::failed] {
        let mut world = World::new();
        let attempt = world.asked();
        world.made(attempt);
        let second = second(&mut world, attempt);
        world.assert_finds(FindingKind::SecondOutcome, second, "has an outcome already (a GEN, record 2)");
        let (report, _) = world.audit();
        assert_eq!((report.attempts.attempts, report.attempts.gen_made), (1, 1), "only the first is counted");
    }
}

#[test]
fn an_outcome_of_an_attempt_that_nobody_recorded_is_found() {
    let mut world = World::new();
    let denied = world.denied(nowhere());
    world.assert_finds(FindingKind::AttemptMissing, denied, "which is not in the log");
    assert_eq!(world.audit().0.attempts.attempts, 0);
}

#[test]
fn a_picture_that_nobody_asked_for_is_found() {
    let mut world = World::new();
    let made = world.add(request("GEN"));
    world.assert_finds(FindingKind::NoAttempt, made, "it names no attempt");
}

#[test]
fn an_outcome_that_stands_before_its_attempt_is_found_and_closes_nothing() {
    let mut world = World::new();
    let attempt = nowhere();
    let denied = world.denied(attempt);
    world.add(with(request("GEN_ATTEMPT"), json!({"id": attempt})));
    world.assert_finds(FindingKind::OutcomeBeforeAttempt, denied, "before the attempt that it answers (record 2)");
    assert_eq!(world.audit().0.attempts.pending, 1);
}

#[test]
fn an_outcome_that_answers_something_else_than_an_attempt_is_found() {
    let mut world = World::new();
    let attempt = world.asked();
    let made = world.made(attempt);
    let denied = world.denied(made);
    world.assert_finds(FindingKind::NotAnAttempt, denied, "which is a GEN and not a GEN_ATTEMPT (record 2)");
}

#[test]
fn an_outcome_of_another_request_or_another_tenant_is_found() {
    let mut world = World::new();
    let (attempt, another) = (world.asked(), world.asked());
    world.failed(another);
    let made = world.add(with(request("GEN"), json!({"attempt": attempt, "trace": {"parent": another}})));
    world.assert_finds(FindingKind::OutcomeOfAnother, made, "belongs to another request");

    let mut world = World::new();
    let attempt = world.add(with(request("GEN_ATTEMPT"), json!({"tenant": "acme"})));
    let made = world.add(with(request("GEN"), json!({"attempt": attempt, "tenant": "bolt"})));
    world.assert_finds(FindingKind::OutcomeOfAnother, made, "another tenant's");
    assert!(!world.finding().sentence.contains("acme"), "a customer is named to nobody");
}

#[test]
fn a_cohort_is_closed_by_its_attempts_and_not_by_a_window_of_time() {
    let mut world = World::new();
    let before = world.asked();
    world.wait(10);
    let start = world.now;
    let (one, two) = (world.asked(), world.asked());
    world.made(before);
    world.wait(10);
    let end = world.now;
    world.made(one);
    world.denied(two);
    let after = world.asked();
    world.failed(after);
    // Within the window stand two attempts and one outcome. All the same nothing is missing.
    let options = Options { since: Some(start), until: Some(end), ..world.options() };
    let (report, findings) = world.audit_with(&options);
    assert_eq!(findings, []);
    let totals = Totals { attempts: 2, gen_made: 1, gen_deny: 1, ..Totals::default() };
    assert_eq!(report.attempts, totals);
    // Nor is what is wrong at another time reported here.
    world.denied(one);
    let later = Options { since: Some(end), ..world.options() };
    assert_eq!(world.audit_with(&later).1.len(), 1, "the second outcome is of that time");
    let earlier = Options { until: Some(start), ..world.options() };
    assert_eq!(world.audit_with(&earlier).1, []);
    let of_the_attempt = Options { since: Some(start), until: Some(end), ..world.options() };
    assert_eq!(world.audit_with(&of_the_attempt).1.len(), 1, "it belongs to an attempt of this cohort");
}

#[test]
fn an_id_that_is_given_twice_is_found() {
    let mut world = World::new();
    let attempt = world.asked();
    let event = with(request("GEN_ATTEMPT"), json!({"id": attempt}));
    world.add_unchecked(&Event::parse(event.to_string().as_bytes()).expect("an event"));
    world.made(attempt);
    world.assert_finds(FindingKind::IdTwice, attempt, "record 1 has this id already");
    assert_eq!(world.audit().0.attempts.pending, 1, "one of the two can never be answered");
}

#[test]
fn records_that_come_while_the_audit_runs_are_left_to_the_next() {
    let mut world = World::new();
    let attempt = world.asked();
    world.made(attempt);
    let options = world.options();
    world.denied(nowhere());
    let (report, findings) = world.audit_with(&options);
    assert_eq!((report.records, findings.as_slice()), (3, [].as_slice()));
}

#[test]
fn a_log_that_is_longer_than_what_is_remembered_is_judged_alike() {
    let mut world = World::new();
    let old = world.asked();
    let answered = world.asked();
    let picture = world.made(answered);
    for _ in 0..50 {
        world.other();
    }
    world.add(export(picture, HASH));
    let exported = world.add(export(old, HASH));
    world.made(old);
    let second = world.denied(answered);
    let twice = with(request("GEN_ATTEMPT"), json!({"id": old}));
    world.add_unchecked(&Event::parse(twice.to_string().as_bytes()).expect("an event"));
    let all = world.audit().1;
    let ids: Vec<_> = all.iter().map(|finding| (finding.kind, finding.id)).collect();
    assert_eq!(
        ids,
        [(FindingKind::ExportWithoutGen, exported), (FindingKind::SecondOutcome, second), (FindingKind::IdTwice, old)]
    );
    for remembered in [0, 1, 2, 10, 52, 53, 54] {
        let few = world.audit_with(&Options { remembered, ..world.options() }).1;
        assert_eq!(few.len(), all.len(), "{remembered}: {few:?}");
        for (few, all) in few.iter().zip(&all) {
            assert_eq!((few.kind, few.seq, few.id), (all.kind, all.seq, all.id), "{remembered}");
        }
    }
}
