//! Trails that others keep: what this log commits to, and what it refuses.

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use rand_core::{OsRng, RngCore};
use tempfile::TempDir;
use touchmark_core::edge::{Clock, Edge, Moment};
use touchmark_core::event::body::Trail;
use touchmark_core::event::{Body, Event, body};
use touchmark_core::home::Home;
use touchmark_core::ledger::this_system;
use touchmark_core::tlog::consistency::Consistency;
use touchmark_core::tlog::note::VerifierKey;
use touchmark_core::trail::{self, Import, Refusal};
use touchmark_core::witness;

const EDGE: Edge<'static> = Edge { now: &now, random: &|buffer| OsRng.fill_bytes(buffer) };

fn now() -> Moment {
    Moment { time: Timestamp::now(), clock: Clock { synchronised: true, max_error_us: Some(1000) } }
}

/// The central log, and a person's own.
struct Two {
    _folder: TempDir,
    central: Home,
    own: Home,
}

impl Two {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let home = |name: &str| Home::create(&folder.path().join(name), "Test Studio", EDGE).expect("home");
        let (central, own) = (home("central"), home("own"));
        Self { _folder: folder, central, own }
    }

    fn own_dir(&self) -> std::path::PathBuf {
        self.own.ledger_dir()
    }

    /// The person writes something down.
    fn draft(&self, what: &str) {
        draft(&self.own, what);
    }

    /// What the person's log has to show from its first `old` records on.
    fn request(&self, old: u64) -> Consistency {
        witness::request(&self.own_dir(), old).expect("a proof")
    }

    fn own_key(&self) -> VerifierKey {
        self.own.reader().expect("reader").key().clone()
    }

    fn import(&self, request: &Consistency, keys: &[VerifierKey]) -> Import {
        trail::import(&self.central.reader().expect("reader"), request, keys).expect("looked")
    }

    /// Commits to the person's log as it is.
    fn commit(&self, old: u64) {
        match self.import(&self.request(old), &[self.own_key()]) {
            Import::New(event) => self.append(&event),
            other => panic!("{other:?}"),
        }
    }

    fn append(&self, event: &Event) {
        let (mut log, _) = self.central.ledger(EDGE).expect("the log");
        log.append(std::slice::from_ref(event), EDGE).expect("recorded");
    }

    fn refusal(&self, request: &Consistency) -> Refusal {
        match self.import(request, &[]) {
            Import::Refused(refusal) => refusal,
            other => panic!("{other:?}"),
        }
    }

    fn findings(&self) -> Vec<String> {
        let report = trail::check(&self.central.reader().expect("reader")).expect("looked");
        report.findings.iter().map(ToString::to_string).collect()
    }
}

fn draft(home: &Home, what: &str) {
    let text = format!(
        r#"{{"type":"INCIDENT","system":{{"name":"desk","version":"1"}},"actor":{{"subject":"ann","auth":"account"}},
            "severity":"minor","category":"draft","description":"{what}"}}"#
    );
    let (mut log, _) = home.ledger(EDGE).expect("the log");
    log.append(&[Event::parse(text.as_bytes()).expect("an event")], EDGE).expect("recorded");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("created");
    for entry in fs::read_dir(from).expect("read") {
        let entry = entry.expect("entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("copied");
        }
    }
}

#[test]
fn a_trail_is_committed_to_again_and_again_and_none_of_it_is_in_the_central_log() {
    let two = Two::new();
    two.commit(0);
    two.draft("a first sketch");
    two.commit(1);
    two.draft("a second one");
    two.commit(2);
    assert!(matches!(two.import(&two.request(3), &[]), Import::Before(3)));
    let report = trail::check(&two.central.reader().expect("reader")).expect("looked");
    assert_eq!((report.trails, report.commitments, report.findings), (1, 3, vec![]));
}

#[test]
fn a_trail_that_was_begun_anew_from_an_older_copy_is_refused() {
    let two = Two::new();
    two.commit(0);
    let kept = tempfile::tempdir().expect("folder");
    copy(&two.own_dir(), kept.path());
    two.draft("what shall be forgotten");
    two.commit(1);
    // Set back to the copy: fewer records than are known.
    fs::remove_dir_all(two.own_dir()).expect("removed");
    copy(kept.path(), &two.own_dir());
    assert!(matches!(two.refusal(&two.request(1)), Refusal::SetBack { known: 2, seq: 2, size: 1 }));
    // And gone on from there, otherwise than before.
    two.draft("another story");
    assert!(matches!(two.refusal(&two.request(2)), Refusal::Rewritten { known: 2, seq: 2 }));
    two.draft("and its end");
    assert!(matches!(two.refusal(&two.request(2)), Refusal::Rewritten { known: 2, seq: 2 }));
    assert_eq!(two.findings(), [""; 0]);
}

#[test]
fn a_trail_of_another_key_is_refused_until_somebody_vouches_for_it() {
    let two = Two::new();
    let request = two.request(0);
    let origin = request.checkpoint().unverified().origin().to_owned();
    assert_eq!(two.refusal(&request), Refusal::UnknownKey { origin });
    let stranger = Home::create(&two.own_dir().join("../stranger"), "Other", EDGE).expect("home");
    let key = stranger.reader().expect("reader").key().clone();
    assert!(matches!(two.import(&request, &[key]), Import::Refused(Refusal::NotSigned(_))));
    assert_eq!(two.refusal(&witness::request(&two.central.ledger_dir(), 0).expect("a proof")), Refusal::Itself);
}

#[test]
fn a_proof_from_elsewhere_says_from_where_it_is_wanted() {
    let two = Two::new();
    two.draft("a sketch");
    two.commit(0);
    two.draft("another");
    assert_eq!(two.refusal(&two.request(1)), Refusal::OtherSize { known: 2, seq: 1, old: 1 });
}

/// Whoever holds the central log's keys can write any ANCHOR; the check of the log names it.
#[test]
fn an_anchor_that_contradicts_the_one_before_is_found() {
    let two = Two::new();
    two.draft("a sketch");
    two.commit(0);
    two.draft("another");
    let Import::New(honest) = two.import(&two.request(2), &[]) else { panic!("it continues") };
    let Body::Anchor(body::Anchor { trail: Some(trail), .. }) = honest.body else { panic!("an ANCHOR") };
    let forged = [
        Trail { continues: 1, ..trail.clone() },
        Trail { proof: Vec::new(), ..trail.clone() },
        Trail { key: two.central.reader().expect("reader").key().to_string(), ..trail.clone() },
        Trail { checkpoint: trail.checkpoint.replace("\n3\n", "\n4\n"), ..trail },
    ];
    for (number, trail) in (1..).zip(forged) {
        let body = Body::Anchor(body::Anchor { timestamp: None, segment: None, trail: Some(trail) });
        two.append(&Event::new(body, this_system(), None).expect("an event"));
        assert!(two.findings().len() >= number, "forged anchor {number} was not found");
    }
}
