//! Whoever moves segments may be killed at any point: all is there, and the next run finishes.

use std::collections::BTreeSet;
use std::fs;

use touchmark_core::ledger::tiers::Rules;

use super::house::House;

/// No half file, and no segment in two forms.
fn assert_tidy(house: &House) {
    for names in [house.names("segments"), house.archived()] {
        assert!(names.iter().all(|name| !name.starts_with('.')), "{names:?}");
        let lines: Vec<&str> = names
            .iter()
            .filter(|name| ![".index", ".offsets"].iter().any(|ending| name.ends_with(ending)))
            .map(|name| &name[..10])
            .collect();
        assert_eq!(lines.iter().collect::<BTreeSet<_>>().len(), lines.len(), "{names:?}");
    }
}

#[test]
fn killed_before_any_step_nothing_is_lost_and_the_next_run_finishes() {
    for (first, then) in [(0, 90), (90, 365), (0, 365)] {
        let mut steps = BTreeSet::new();
        for nth in 0.. {
            let house = House::new();
            house.run(first);
            let before = house.answers();
            let Some(step) = house.killed(then, nth) else { break };
            steps.insert(format!("{step:?}"));
            assert_eq!(house.answers(), before, "killed before step {nth}, {step:?}, on day {then}");
            // Also where what was about to be written is there half.
            let folder = if then < 365 { house.world.path("segments") } else { house.archive.path().to_owned() };
            fs::write(folder.join(".0000000001.jsonl.gz.new"), "half a file").expect("written");
            house.run(then);
            assert_eq!(house.answers(), before);
            assert!(house.run(then).is_empty());
            assert_tidy(&house);
            if nth > 10 {
                break;
            }
        }
        assert!(steps.len() >= 4, "{steps:?}");
    }
}

#[test]
fn what_was_begun_is_finished_even_when_the_rules_changed_since() {
    for (first, then) in [(0, 90), (90, 365)] {
        for nth in 0..6 {
            let house = House::new();
            house.run(first);
            let before = house.answers();
            house.killed(then, nth);
            house.run_by(&Rules::default(), then, &mut |_, _| Ok(())).expect("could look");
            assert_eq!(house.answers(), before, "killed before step {nth} on day {then}");
            let names = house.names("segments");
            let of_first: Vec<_> =
                names.iter().filter(|name| name.starts_with("0000000000.") && !name.ends_with('x')).collect();
            assert_eq!(of_first.iter().filter(|name| !name.ends_with(".offsets")).count(), 1, "{names:?}");
        }
    }
}

#[test]
fn a_copy_that_was_spoiled_on_its_way_takes_no_ones_place() {
    use touchmark_core::ledger::tiers::{Step, Tier};
    for (first, then, place) in [(0, 90, "segments"), (90, 365, "archive")] {
        let house = House::new();
        house.run(first);
        let before = house.answers();
        let folder = if place == "archive" { house.archive.path().to_owned() } else { house.world.path("segments") };
        let moved = house.run_with(then, &mut |number, step| {
            let path = folder.join(format!(".{number:010}.jsonl.gz.new"));
            if step == Step::Check && number == 1 {
                let mut bytes = fs::read(&path).expect("written");
                let middle = bytes.len() / 3;
                bytes[middle] ^= 1;
                fs::write(&path, bytes).expect("spoiled");
            }
            Ok(())
        });
        let problem = moved[1].problem.as_deref().expect("a sentence");
        assert!(
            problem.contains("0000000001") && problem.contains("damaged") || problem.contains("record 1"),
            "{problem}"
        );
        assert_eq!(moved[1].tier, if first == 0 { Tier::Hot } else { Tier::Warm });
        assert!(moved.iter().enumerate().all(|(at, moved)| (at == 1) == moved.problem.is_some()), "{moved:?}");
        assert_eq!(house.answers(), before);
        house.run(then);
        assert_eq!(house.answers(), before);
        assert_tidy(&house);
    }
}
