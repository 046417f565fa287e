//! Times can be believed, or it is said why not.

use serde_json::json;
use touchmark_core::audit::FindingKind;
use touchmark_core::edge::Clock;

use crate::world::{GOOD, World, request, with};

#[test]
fn records_of_a_clock_that_nothing_disciplined_are_counted_with_the_first_and_the_last() {
    let mut world = World::new();
    world.other();
    world.clock = Clock { synchronised: false, max_error_us: Some(1000) };
    let first = world.other();
    world.wait(5);
    world.other();
    world.clock = GOOD;
    world.other();
    world.assert_finds(
        FindingKind::ClockNotSynchronised,
        first,
        "(2 records, the first at 2026-01-01T12:00:00.000Z, the last (record 3) at 2026-01-01T12:00:05.000Z)",
    );
}

#[test]
fn a_clock_that_admits_a_large_error_is_found() {
    let mut world = World::new();
    world.clock.max_error_us = Some(1_000_000);
    world.other();
    assert_eq!(world.audit().1, []);
    world.clock.max_error_us = Some(1_000_001);
    let id = world.other();
    world.assert_finds(FindingKind::ClockInexact, id, "more than 1s (1 record, at 2026-01-01T12:00:00.000Z)");
}

#[test]
fn a_clock_that_was_set_back_is_found_unless_its_own_error_explains_it() {
    for (seconds, finds) in [(-1, true), (0, false), (1, false)] {
        let mut world = World::new();
        world.other();
        world.wait(seconds);
        world.other();
        assert_eq!(!world.audit().1.is_empty(), finds, "by {seconds} s");
    }
    let mut world = World::new();
    world.clock.max_error_us = Some(600_000);
    world.other();
    world.wait(-1);
    world.other();
    assert_eq!(world.audit().1, [], "each of the two may be wrong by 0.6 s");
    world.wait(-2);
    let id = world.other();
    world.assert_finds(FindingKind::TimeWentBack, id, "the clock was set back");
}

#[test]
fn what_happened_after_it_was_written_down_is_found() {
    let mut world = World::new();
    let attempt = world.add(with(request("GEN_ATTEMPT"), json!({"time": "2026-01-01T12:00:00.001Z"})));
    world.failed(attempt);
    assert_eq!(world.audit().1, [], "within the clock's error");
    let attempt = world.add(with(request("GEN_ATTEMPT"), json!({"time": "2026-01-01T12:04:00Z"})));
    world.failed(attempt);
    world.assert_finds(FindingKind::TimeAfterRead, attempt, "happened after it was written down");
}
