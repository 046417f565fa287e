//! What was kept long enough is closed, interrupted at any step; what stays, and what forbids it.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;
use touchmark_core::audit::{self, Options};
use touchmark_core::edge::{Clock, Edge, Moment};
use touchmark_core::erasure::hold::{self, Lifted};
use touchmark_core::event::classes::{Class, Classes};
use touchmark_core::event::private::Actor;
use touchmark_core::event::{Body, Kind, Opened, Record, body};
use touchmark_core::hash::Hash;
use touchmark_core::home::{self, CONFIG, Home};
use touchmark_core::ledger::faulty::{Fault as StoreFault, FaultyStore};
use touchmark_core::ledger::line::Line;
use touchmark_core::ledger::{Reader, Store};
use touchmark_core::merkle::{Levels, leaf_hash};
use touchmark_core::privacy::Vault;
use touchmark_core::privacy::vault::Found;
use touchmark_core::privacy::vault::faulty::{Fault, FaultyVault};
use touchmark_core::retention::{self, Answer, Done, Keeper, State};

use super::world::{Bench, EDGE, House, asked_by, event, records};

/// Requests are kept for six months, and everything of one tenant for seven years.
const RULES: &str = r#"
[[retention]]
name = "clinic"
period = "7 years"
tenants = ["clinic"]

[[retention]]
name = "requests"
period = "6 months"
types = ["GEN_ATTEMPT", "GEN_DENY"]
"#;

/// Long after whatever is written now.
const LATE: &str = "2999-06-15T12:00:00Z";

fn at<T>(time: &str, work: impl FnOnce(Edge<'_>) -> T) -> T {
    let time = time.parse().expect("a time");
    let clock = Clock { synchronised: true, max_error_us: Some(1000) };
    work(Edge { now: &|| Moment { time, clock }, random: EDGE.random })
}

fn of_tenant(subject: &str, tenant: &str) -> Value {
    let mut asked = asked_by(subject);
    asked["tenant"] = tenant.into();
    asked
}

/// A home of January 2020 with these rules.
fn house(rules: &str) -> House {
    let mut house = at("2020-01-10T12:00:00Z", House::begun);
    let path = house.home.dir().join(CONFIG);
    let text = std::fs::read_to_string(&path).expect("read") + rules;
    std::fs::write(&path, text).expect("written");
    house.home = Home::open(house.home.dir()).expect("a home");
    house
}

fn run_by(house: &House, time: &str, by: Option<&Actor>) -> Answer {
    at(time, |edge| {
        let mut ledger = house.home.ledger(edge).expect("the log").0;
        let reader = house.home.reader().expect("the log");
        let mut keeper = Keeper { ledger: &mut ledger, reader: &reader, classes: house.home.classes(), edge };
        keeper.run(by).expect("could")
    })
}

fn run(house: &House, time: &str) -> Done {
    match run_by(house, time, None) {
        Answer::Done(done) => done,
        Answer::Held(holds) => panic!("held by {holds:?}"),
    }
}

/// Class, month and state of each shelf.
fn planned(house: &House, time: &str) -> Vec<(String, String, State)> {
    let (reader, vault) = (house.home.reader().expect("the log"), house.home.vault().expect("the vault"));
    let at = time.parse().expect("a time");
    let plan = retention::plan(&reader, vault.as_ref(), house.home.classes(), at).expect("planned");
    let shelf = |shelf: retention::Shelf| (shelf.class, shelf.written.to_string()[..7].to_owned(), shelf.state);
    plan.shelves.into_iter().map(shelf).collect()
}

fn lines(house: &House) -> Vec<Vec<u8>> {
    let reader = house.home.reader().expect("the log");
    (0..reader.store().size().expect("a size")).map(|seq| reader.line(seq).expect("a line")).collect()
}

fn said(record: &Record) -> &body::Retention {
    let Body::Retention(said) = &record.body else { panic!("a RETENTION") };
    said
}

#[test]
fn what_is_over_reads_expired_and_nothing_else_is_changed() {
    let house = house(RULES);
    at("2020-01-31T23:00:00Z", |edge| {
        house.write(&[asked_by("emp-1"), of_tenant("emp-1", "clinic"), asked_by("emp-2")], edge)
    });
    at("2020-05-04T12:00:00Z", |edge| house.write(&[asked_by("emp-1")], edge));
    let (before, proof) = (lines(&house), house.home.reader().expect("the log").prove(1).expect("proved"));
    assert!(run(&house, "2020-07-31T23:59:59Z").removed.is_empty(), "one second too early");
    assert_eq!(lines(&house), before, "and nothing is said");

    let done = run(&house, "2020-08-01T00:00:00Z");
    let [removed] = done.removed.as_slice() else { panic!("one class: {done:?}") };
    assert_eq!((removed.class.as_str(), removed.parts, removed.keys), ("requests", 2, 1));
    for seq in [1, 3] {
        let opened = house.opened(seq);
        assert!(matches!(opened, Opened::Expired) && opened.to_string().starts_with("expired"), "{opened}");
    }
    assert_eq!(house.fields(2)["session"], "session-of-emp-1", "another class");
    assert_eq!(house.fields(4)["session"], "session-of-emp-1", "a later month");

    assert_eq!(lines(&house)[..before.len()], before, "nothing is rewritten");
    assert_eq!(house.findings(), [""; 0]);
    let reader = house.home.reader().expect("the log");
    assert_eq!(reader.prove(1).expect("proved").index(), proof.index());
    let (opener, _) = house.home.opener();
    let now = "2020-08-02T00:00:00Z".parse().expect("a time");
    let options = Options { opener: Some(&opener), ..Options::all(before.len() as u64 + 1, now) };
    let report = audit::audit(&reader, &options, &mut |_| {}).expect("audited");
    assert_eq!((report.acts.by_people, report.acts.erased, report.acts.not_readable), (2, 2, 0));
}

#[test]
fn the_record_has_the_root_over_what_was_closed() {
    let house = house(RULES);
    at("2020-01-10T13:00:00Z", |edge| {
        house.write(
            &[asked_by("emp-1"), of_tenant("emp-1", "clinic"), of_tenant("emp-2", "studio"), asked_by("emp-3")],
            edge,
        )
    });
    run(&house, "2020-08-01T00:00:00Z");
    let [retention] = house.records(Kind::Retention).try_into().expect("one record, of all tenants");
    let mut tree = Levels::default();
    for seq in [1, 3, 4] {
        let line = &lines(&house)[seq];
        let stored = Hash::of(Line::parse(line).expect("a line").private);
        tree.push(leaf_hash(stored.as_bytes()));
    }
    let said = said(&retention);
    assert_eq!((said.class.as_str(), said.removed, said.root), ("requests", 3, tree.root()));
    assert_eq!(said.before, "2020-02-01T00:00:00Z".parse().expect("a time"));
    assert_eq!(said.keys.iter().collect::<BTreeSet<_>>().len(), 2, "a key a tenant");
    let text = String::from_utf8(retention.to_bytes().expect("JSON")).expect("text");
    assert!(!text.contains("acme") && !text.contains("studio"), "no tenant is named: {text}");
}

#[test]
fn a_second_run_closes_nothing_twice() {
    let house = house(RULES);
    at("2020-01-10T13:00:00Z", |edge| house.write(&[asked_by("emp-1")], edge));
    let officer = Actor::person("officer", "command-line");
    assert!(
        matches!(run_by(&house, "2020-08-01T00:00:00Z", Some(&officer)), Answer::Done(done) if done.removed.len() == 1)
    );
    let again = run(&house, "2020-08-02T00:00:00Z");
    assert!(again.removed.is_empty() && again.finished.is_empty() && again.held.is_empty());
    let [retention] = house.records(Kind::Retention).try_into().expect("one record");
    assert_eq!(house.fields(retention.seq)["actor"]["subject"], "officer", "who did it is private");
}

#[test]
fn a_plan_says_what_is_kept_until_when() {
    let house = house(RULES);
    at("2020-01-10T13:00:00Z", |edge| house.write(&[asked_by("emp-1"), of_tenant("emp-1", "clinic")], edge));
    at("2020-05-04T12:00:00Z", |edge| house.write(&[asked_by("emp-1")], edge));
    let shelf = |class: &str, month: &str, state| (class.to_owned(), month.to_owned(), state);
    let first = [shelf("clinic", "2020-01", State::Kept), shelf("default", "2020-01", State::Kept)];
    let then = |january, may| {
        [&first[..], &[shelf("requests", "2020-01", january), shelf("requests", "2020-05", may)]].concat()
    };
    assert_eq!(planned(&house, "2020-07-31T00:00:00Z"), then(State::Kept, State::Kept));
    assert_eq!(planned(&house, "2020-08-01T00:00:00Z"), then(State::Over, State::Kept));
    run(&house, "2020-08-01T00:00:00Z");
    let left = planned(&house, "2020-12-01T00:00:00Z");
    assert!(!left.contains(&shelf("requests", "2020-01", State::Over)), "what is closed is not planned: {left:?}");
    assert!(left.contains(&shelf("requests", "2020-05", State::Over)));
    assert!(left.contains(&shelf("default", "2020-01", State::Kept)), "what no rule names is kept without end");
}

#[test]
fn each_part_says_its_class_and_another_class_does_not_open_it() {
    let house = house(RULES);
    at("2020-01-10T13:00:00Z", |edge| house.write(&[of_tenant("emp-1", "clinic"), asked_by("emp-1")], edge));
    let all = lines(&house);
    let private =
        |seq: usize| String::from_utf8(Line::parse(&all[seq]).expect("a line").private.to_vec()).expect("text");
    assert!(private(1).starts_with(r#"{"class":"clinic","form":"sealed""#), "{}", private(1));
    assert!(private(2).contains(r#""class":"requests""#));
    assert!(!private(0).contains("class"), "the default one is not said");
    let (opener, _) = house.home.opener();
    let record = house.home.reader().expect("the log").record(1).expect("a record");
    for changed in [private(1).replace("clinic", "default"), private(1).replace(r#""class":"clinic","#, "")] {
        let opened = opener.open(&record, changed.as_bytes()).expect("could look");
        assert!(matches!(opened, Opened::Misplaced), "{opened}");
    }
}

#[test]
fn a_hold_over_everything_refuses_and_one_over_a_person_keeps_their_months() {
    let house = house(RULES);
    at("2020-01-10T13:00:00Z", |edge| {
        house.write(&[of_tenant("emp-1", "acme"), of_tenant("emp-2", "studio"), of_tenant("emp-3", "acme")], edge)
    });
    let counsel = Actor::person("counsel", "oidc");
    let hold = |subject: Option<&str>| {
        let mut ledger = house.home.ledger(EDGE).expect("the log").0;
        hold::add(&mut ledger, subject, "a case is pending", &counsel, EDGE).expect("added");
        house.records(Kind::Policy).last().expect("a hold").id
    };
    let lift = |id| {
        let mut ledger = house.home.ledger(EDGE).expect("the log").0;
        let reader = house.home.reader().expect("the log");
        assert!(matches!(hold::lift(&mut ledger, &reader, id, "closed", &counsel, EDGE), Ok(Lifted::Done(_))));
    };
    let (one, all) = (hold(Some("emp-3")), hold(None));
    assert!(matches!(run_by(&house, "2020-08-01T00:00:00Z", None), Answer::Held(holds) if holds[0].id() == all));
    assert!(house.records(Kind::Retention).is_empty(), "nothing is said");
    lift(all);
    let done = run(&house, "2020-08-01T00:00:00Z");
    assert_eq!((done.removed.len(), done.held.len()), (1, 1));
    assert!(matches!(house.opened(2), Opened::Expired));
    assert_eq!(house.fields(3)["session"], "session-of-emp-3");
    assert_eq!(house.fields(1)["session"], "session-of-emp-1", "it lies with what is held");
    lift(one);
    assert_eq!(run(&house, "2020-08-01T00:00:00Z").removed.len(), 1);
    assert!(matches!(house.opened(3), Opened::Expired));
    assert_eq!(house.findings(), [""; 0]);
}

#[test]
fn an_older_copy_of_the_vault_brings_nothing_back_for_long() {
    let house = house(RULES);
    at("2020-01-10T13:00:00Z", |edge| house.write(&[asked_by("emp-1")], edge));
    let files = std::fs::read_dir(house.home.vault_dir()).expect("listed").map(|entry| entry.expect("an entry").path());
    let copy: Vec<_> = files.map(|path| (std::fs::read(&path).expect("read"), path)).collect();
    let removed = run(&house, "2020-08-01T00:00:00Z").removed;
    for (bytes, path) in copy {
        std::fs::write(path, bytes).expect("brought back");
    }
    assert_eq!(house.fields(1)["session"], "session-of-emp-1", "the copy has the key still");
    let again = run(&house, "2020-08-01T00:00:00Z");
    assert_eq!((again.removed.len(), again.finished.get(&removed[0].seq)), (0, Some(&1)));
    assert!(matches!(house.opened(1), Opened::Expired));
    assert_eq!(house.records(Kind::Retention).len(), 1, "without a second record");
}

#[test]
fn of_a_log_that_was_changed_nothing_is_closed() {
    let house = house(RULES);
    at("2020-01-10T13:00:00Z", |edge| house.write(&[asked_by("emp-1"), asked_by("emp-2")], edge));
    at("2020-05-04T12:00:00Z", |edge| house.write(&[asked_by("emp-1"), asked_by("emp-2")], edge));
    let path = house.home.ledger_dir().join("segments/0000000000.jsonl");
    let text = std::fs::read_to_string(&path).expect("read");
    let line = text.lines().nth(1).expect("a line");
    let at_sealed = line.find(r#""sealed":""#).expect("sealed") + 20;
    let other = if line.as_bytes()[at_sealed] == b'A' { "B" } else { "A" };
    let changed = format!("{}{other}{}", &line[..at_sealed], &line[at_sealed + 1..]);
    std::fs::write(&path, text.replace(line, &changed)).expect("changed");
    let failed = at("2020-08-01T00:00:00Z", |edge| {
        let mut ledger = house.home.ledger(edge).expect("its end is whole").0;
        let reader = house.home.reader().expect("the log");
        Keeper { ledger: &mut ledger, reader: &reader, classes: house.home.classes(), edge }.run(None)
    });
    assert!(matches!(failed, Err(retention::Error::Ledger(_))), "{failed:?}");
    assert_eq!(house.fields(2)["session"], "session-of-emp-2");
}

#[test]
fn rules_that_cannot_be_kept_are_refused_with_a_sentence() {
    let refused = |rules: &str| {
        let house = House::new();
        let path = house.home.dir().join(CONFIG);
        std::fs::write(&path, std::fs::read_to_string(&path).expect("read") + rules).expect("written");
        match Home::open(house.home.dir()) {
            Err(home::Error::Config { problem, .. }) => problem,
            other => panic!("{rules}: {other:?}"),
        }
    };
    let rule = |name: &str, period: &str| format!("[[retention]]\nname = \"{name}\"\nperiod = \"{period}\"\n");
    assert!(refused(&rule("a", "6 weeks")).contains("\"6 weeks\" is no period"));
    assert!(refused(&rule("A", "6 months")).contains("\"A\" cannot name a retention class"));
    assert!(
        refused(&[rule("a", "6 months"), rule("a", "1 year")].concat()).contains("two retention classes are called a")
    );
    assert!(
        refused(&(rule("a", "6 months") + "types = [\"GENERATE\"]\n")).contains("GEN_ATTEMPT"),
        "it says which there are"
    );
    assert!(refused(&(rule("a", "6 months") + "kinds = []\n")).contains("kinds"));
}

/// Everything is kept for a month.
fn a_month() -> Classes {
    let period = "1 month".parse().expect("a period");
    let rule = Class { name: "default".to_owned(), period, types: Vec::new(), tenants: Vec::new() };
    Classes::new(vec![rule]).expect("rules")
}

fn close(store: &Arc<dyn Store>, vault: &Arc<dyn Vault>, bench: &Bench) -> Result<Done, String> {
    at(LATE, |edge| {
        let mut ledger = bench.open(store, vault).map_err(|error| error.to_string())?;
        let reader = Reader::over(Arc::clone(store)).map_err(|error| error.to_string())?;
        let mut keeper = Keeper { ledger: &mut ledger, reader: &reader, classes: &a_month(), edge };
        match keeper.run(None).map_err(|error| error.to_string())? {
            Answer::Done(done) => Ok(done),
            Answer::Held(holds) => Err(format!("{holds:?}")),
        }
    })
}

/// Two tenants' requests, and the keys of their months.
fn bench() -> Bench {
    let bench = Bench::new();
    let events = [of_tenant("emp-1", "acme"), of_tenant("emp-2", "studio")].map(|asked| event(&asked));
    bench.open(&bench.store, &bench.vault).expect("opened").append(&events, EDGE).expect("appended");
    bench
}

/// The keys of months, but for the late one, that still live; and how many RETENTION records there are.
fn left(bench: &Bench) -> (usize, usize) {
    let reader = Reader::over(Arc::clone(&bench.store)).expect("the log");
    let plan = retention::plan(&reader, bench.vault.as_ref(), &a_month(), EDGE.now().time).expect("planned");
    let live = plan.shelves.iter().filter(|shelf| shelf.written < LATE.parse().expect("a time"));
    (live.count(), records(&reader, Kind::Retention).len())
}

#[test]
fn a_run_that_fails_at_any_call_of_the_vault_is_finished_by_the_next() {
    for fault in [Fault::NotDone, Fault::AnswerLost] {
        for nth in 0.. {
            let bench = bench();
            let faulty = Arc::new(FaultyVault::new(Arc::clone(&bench.vault), nth, fault));
            let vault: Arc<dyn Vault> = Arc::<FaultyVault>::clone(&faulty);
            let first = close(&bench.store, &vault, &bench);
            if !faulty.has_failed() {
                assert!(nth > 6 && first.is_ok(), "{nth} calls: {first:?}");
                break;
            }
            assert!(first.is_err(), "call {nth} failed");
            let (live, recorded) = left(&bench);
            assert!(live == 3 || recorded == 1, "{fault:?} at call {nth}: a key is gone and nothing says so");
            close(&bench.store, &bench.vault, &bench).expect("finished");
            assert_eq!(left(&bench), (0, 1), "{fault:?} at call {nth} of the vault");
        }
    }
}

#[test]
fn a_run_that_fails_at_any_call_of_the_store_is_finished_by_the_next() {
    for fault in [StoreFault::NotDone, StoreFault::AnswerLost] {
        for nth in 0.. {
            let bench = bench();
            let faulty = Arc::new(FaultyStore::crashing(Arc::clone(&bench.store), nth, fault));
            let store: Arc<dyn Store> = Arc::<FaultyStore>::clone(&faulty);
            let first = close(&store, &bench.vault, &bench);
            if !faulty.has_failed() {
                assert!(nth > 6 && first.is_ok(), "{nth} calls: {first:?}");
                break;
            }
            let (live, recorded) = left(&bench);
            assert!(live == 3 || recorded == 1, "{fault:?} at call {nth}: a key is gone and nothing says so");
            close(&bench.store, &bench.vault, &bench).expect("finished");
            assert_eq!(left(&bench), (0, 1), "{fault:?} at call {nth} of the store");
        }
    }
}

#[test]
fn a_class_with_more_keys_than_a_record_can_name_has_several_records() {
    let bench = Bench::new();
    let event = |number: usize| event(&of_tenant("emp-1", &format!("tenant-{number}")));
    let events: Vec<_> = (0..1200).map(event).collect();
    bench.open(&bench.store, &bench.vault).expect("opened").append(&events, EDGE).expect("appended");
    let done = close(&bench.store, &bench.vault, &bench).expect("closed");
    let counts: Vec<(u64, u64)> = done.removed.iter().map(|removed| (removed.parts, removed.keys)).collect();
    assert_eq!(counts, [(1000, 1000), (201, 201)], "with the log's own first record");
    assert_eq!(left(&bench), (0, 2));
    let reader = Reader::over(Arc::clone(&bench.store)).expect("the log");
    for retention in records(&reader, Kind::Retention) {
        let keys = &said(&retention).keys;
        assert!(keys.iter().all(|key| matches!(bench.vault.key(key), Ok(Found::Destroyed))));
    }
}

#[test]
fn a_month_that_was_closed_and_goes_on_gets_a_new_key() {
    let house = house(RULES);
    at("2020-01-10T13:00:00Z", |edge| house.write(&[asked_by("emp-1")], edge));
    run(&house, "2020-08-01T00:00:00Z");
    // A clock that was set back.
    let receipts = at("2020-01-20T13:00:00Z", |edge| house.write(&[asked_by("emp-1")], edge));
    assert!(!receipts[0].returned, "nobody was erased");
    assert_eq!(house.fields(receipts[0].seq)["session"], "session-of-emp-1");
    assert_eq!(run(&house, "2020-08-01T00:00:00Z").removed.len(), 1);
    assert!(matches!(house.opened(receipts[0].seq), Opened::Expired));
}
