//! The dry run proves what it says, and would not say so otherwise.

use rand_core::{OsRng, RngCore};
use touchmark_core::audit::{FindingKind, Totals};
use touchmark_core::dry_run::{Plan, Report, run};
use touchmark_core::edge::{Clock, Edge, Moment};
use touchmark_core::home::Home;

fn now() -> Moment {
    Moment { time: jiff::Timestamp::now(), clock: Clock { synchronised: true, max_error_us: Some(1000) } }
}

fn random(bytes: &mut [u8]) {
    OsRng.fill_bytes(bytes);
}

const EDGE: Edge<'static> = Edge { now: &now, random: &random };

fn dry_run(requests: usize) -> (tempfile::TempDir, Report) {
    let dir = tempfile::tempdir().expect("folder");
    let home = Home::create(&dir.path().join("operator"), "Dry Studio", EDGE).expect("home");
    let mut config = home.config().clone();
    config.log.publish = vec!["parameters.seed".to_owned()];
    let plan = Plan { dir: &dir.path().join("scratch"), requests, config: &config, edge: EDGE };
    std::fs::create_dir(plan.dir).expect("folder");
    let report = run(&plan).expect("it could be made");
    assert_eq!(home.reader().expect("log").store().size().expect("size"), 1, "nothing of it is in the operator's log");
    (dir, report)
}

#[test]
fn every_request_is_proved_and_the_audit_finds_the_gaps_that_were_made() {
    let (dir, report) = dry_run(40);
    assert!(report.holds(), "{report:#?}");
    let proved: Vec<u64> = report.proved.iter().map(|row| row.proved).collect();
    // 40 attempts; 39 outcomes; each record that has them: 79 proofs, 40 + 29 prompts, 79 tenants; 27 files.
    assert_eq!(proved, [40, 39, 79, 69, 79, 27]);
    // One more attempt is the silent upgrade's.
    let totals = Totals { attempts: 41, gen_made: 29, gen_deny: 6, gen_error: 5, pending: 1, overdue: 1 };
    assert_eq!(report.attempts, totals);
    assert_eq!(report.gaps_found.get(&FindingKind::Overdue), Some(&1));
    assert_eq!(report.gaps_found.len(), 4);
    // Settings of the operator's home hold in the scratch one, and the files are where it says.
    let scratch = Home::open(&dir.path().join("scratch/home")).expect("home");
    assert_eq!(scratch.config().log.publish, ["parameters.seed"]);
    assert_eq!(std::fs::read_dir(dir.path().join("scratch/signed")).expect("folder").count(), 27);
}

#[test]
fn a_dry_run_of_one_leaves_it_open() {
    let (_dir, report) = dry_run(1);
    assert!(report.holds(), "{report:#?}");
    assert_eq!(report.gaps_made.get(&FindingKind::SecondOutcome), None, "there is no outcome to repeat");
}

#[test]
fn what_is_not_proved_is_not_called_so() {
    let (_dir, report) = dry_run(2);
    assert!(report.holds());
    let mut unproved = report.clone();
    unproved.proved[3].proved -= 1;
    assert!(!unproved.holds());
    let mut unfound = report.clone();
    unfound.gaps_found.remove(&FindingKind::SilentUpgrade);
    assert!(!unfound.holds());
    let mut too_many = report;
    too_many.gaps_found.insert(FindingKind::NotAPerson, 1);
    assert!(!too_many.holds());
}
