//! A person is forgotten, interrupted at any step, and comes back; legal holds.

use std::sync::Arc;

use touchmark_core::audit::{self, Options};
use touchmark_core::erasure::hold::{self, Lifted, Told};
use touchmark_core::erasure::{Answer, Eraser, Error};
use touchmark_core::event::private::Actor;
use touchmark_core::event::{Body, Kind, Opened};
use touchmark_core::ledger::faulty::{Fault as StoreFault, FaultyStore};
use touchmark_core::ledger::file::FileStore;
use touchmark_core::ledger::{Key, Reader, Store};
use touchmark_core::privacy::Vault;
use touchmark_core::privacy::vault::faulty::{Fault, FaultyVault};
use touchmark_core::privacy::vault::{Destruction, Found, KeyId, Owner};

use super::world::{Bench, EDGE, House, asked_by, event, records};

fn person(subject: &str) -> Owner {
    Owner::Person(subject.to_owned())
}

#[test]
fn an_erased_person_is_erased_everywhere_and_the_log_is_whole() {
    let house = House::new();
    let receipts = house.append(&[asked_by("emp-1"), asked_by("emp-2"), asked_by("emp-1")]);
    let proof = house.home.reader().expect("the log").prove(receipts[0].seq).expect("proved");
    let Answer::Erased(erased) = house.erase("emp-1") else { panic!("not erased") };
    assert!(!erased.begun_before);
    for seq in [receipts[0].seq, receipts[2].seq] {
        let opened = house.opened(seq);
        assert!(matches!(opened, Opened::Erased) && opened.to_string().starts_with("erased"), "{opened}");
    }
    assert_eq!(house.fields(receipts[1].seq)["session"], "session-of-emp-2", "nobody else is touched");
    assert_eq!(house.findings(), [""; 0]);
    let now = house.home.reader().expect("the log").prove(receipts[0].seq).expect("proved");
    assert_eq!(now.index(), proof.index());
    let [erasure] = house.records(Kind::Erasure).try_into().expect("one record");
    let Body::Erasure(said) = &erasure.body else { panic!("an ERASURE") };
    assert_eq!((erasure.seq, &said.keys), (erased.seq, &erased.keys));
    let text = String::from_utf8(erasure.to_bytes().expect("JSON")).expect("text");
    assert!(!text.contains("emp-1"), "it names no one: {text}");
}

#[test]
fn an_audit_counts_the_acts_of_erased_people_apart() {
    let house = House::new();
    house.append(&[asked_by("emp-1"), asked_by("emp-2"), asked_by("emp-1")]);
    house.erase("emp-1");
    let reader = house.home.reader().expect("the log");
    let (opener, _) = house.home.opener();
    let records = reader.store().size().expect("a size");
    let options = Options { opener: Some(&opener), ..Options::all(records, EDGE.now().time) };
    let report = audit::audit(&reader, &options, &mut |_| {}).expect("audited");
    assert_eq!((report.acts.by_people, report.acts.erased, report.acts.not_readable), (1, 2, 0));
    let without = audit::audit(&reader, &Options::all(records, EDGE.now().time), &mut |_| {}).expect("audited");
    assert_eq!((without.acts.by_people, without.acts.erased, without.acts.not_readable), (0, 0, 3));
}

#[test]
fn whoever_was_erased_or_never_here_is_told_so() {
    let house = House::new();
    house.append(&[asked_by("emp-1")]);
    let Answer::Erased(erased) = house.erase("emp-1") else { panic!("not erased") };
    assert!(matches!(house.erase("emp-1"), Answer::Before { seq } if seq == Some(erased.seq)));
    assert!(matches!(house.erase("emp-9"), Answer::Unknown));
    assert!(matches!(house.erase_by("  ", None), Err(Error::Nobody)), "what nobody did is not anybody's");
    assert_eq!(house.records(Kind::Erasure).len(), 1, "only what was done is on record");
}

#[test]
fn a_person_who_comes_back_has_a_new_key_and_it_is_said_once() {
    let house = House::new();
    let before = house.append(&[asked_by("emp-1")])[0];
    assert!(!before.returned);
    house.erase("emp-1");
    let after = house.append(&[asked_by("emp-1"), asked_by("emp-1"), asked_by("emp-2")]);
    assert_eq!(after.iter().map(|receipt| receipt.returned).collect::<Vec<_>>(), [true, false, false]);
    assert!(!house.append(&[asked_by("emp-1")])[0].returned);
    assert!(matches!(house.opened(before.seq), Opened::Erased), "the old ones stay closed");
    assert_eq!(house.fields(after[0].seq)["session"], "session-of-emp-1");
    assert!(matches!(house.erase("emp-1"), Answer::Erased(_)), "and can be erased again");
    assert!(matches!(house.opened(after[0].seq), Opened::Erased));
}

#[test]
fn whoever_erases_is_named_in_private_even_where_it_is_themselves() {
    let house = House::new();
    house.append(&[asked_by("emp-1"), asked_by("emp-2")]);
    let by = Actor::person("officer", "command-line");
    let Ok(Answer::Erased(erased)) = house.erase_by("emp-1", Some(&by)) else { panic!("not erased") };
    assert_eq!(house.fields(erased.seq)["actor"]["subject"], "officer");
    let themselves = Actor::person("emp-2", "command-line");
    let Ok(Answer::Erased(erased)) = house.erase_by("emp-2", Some(&themselves)) else { panic!("not erased") };
    assert!(matches!(house.opened(erased.seq), Opened::Erased));
    assert_eq!(house.findings(), [""; 0]);
}

#[test]
fn an_erasure_that_fails_at_any_call_of_the_vault_is_finished_by_the_next_run() {
    for fault in [Fault::NotDone, Fault::AnswerLost] {
        for nth in 0.. {
            let bench = Bench::new();
            bench
                .open(&bench.store, &bench.vault)
                .expect("opened")
                .append(&[event(&asked_by("emp-1"))], EDGE)
                .expect("appended");
            let faulty = Arc::new(FaultyVault::new(Arc::clone(&bench.vault), nth, fault));
            let vault: Arc<dyn Vault> = Arc::<FaultyVault>::clone(&faulty);
            let first = bench.erase(&bench.store, &vault, "emp-1");
            if !faulty.has_failed() {
                assert!(nth >= 3 && first.is_ok(), "{nth} calls: {first:?}");
                break;
            }
            assert!(first.is_err(), "call {nth} failed");
            it_is_finished(&bench, &format!("{fault:?} at call {nth} of the vault"));
        }
    }
}

#[test]
fn an_erasure_that_fails_at_any_call_of_the_store_is_finished_by_the_next_run() {
    for fault in [StoreFault::NotDone, StoreFault::AnswerLost] {
        for nth in 0.. {
            let bench = Bench::new();
            bench
                .open(&bench.store, &bench.vault)
                .expect("opened")
                .append(&[event(&asked_by("emp-1"))], EDGE)
                .expect("appended");
            let faulty = Arc::new(FaultyStore::crashing(Arc::clone(&bench.store), nth, fault));
            let store: Arc<dyn Store> = Arc::<FaultyStore>::clone(&faulty);
            let first = bench.erase(&store, &bench.vault, "emp-1");
            if !faulty.has_failed() {
                assert!(nth > 5 && first.is_ok(), "{nth} calls: {first:?}");
                break;
            }
            it_is_finished(&bench, &format!("{fault:?} at call {nth} of the store"));
        }
    }
}

/// The next run ends with the key destroyed and one ERASURE record, whatever the first one left.
fn it_is_finished(bench: &Bench, after: &str) {
    let before = bench.vault.of(&person("emp-1")).expect("could look");
    let second = bench.erase(&bench.store, &bench.vault, "emp-1");
    let was_over = before.iter().all(|key| !key.is_live);
    assert!(
        second.is_ok() || (was_over && second.as_ref().is_err_and(|said| said.contains("Before"))),
        "{after}: {second:?}"
    );
    for key in bench.vault.of(&person("emp-1")).expect("could look") {
        assert!(matches!(bench.vault.key(&key.id), Ok(Found::Destroyed)), "{after}");
    }
    let reader = Reader::over(Arc::clone(&bench.store)).expect("the log");
    assert_eq!(records(&reader, Kind::Erasure).len(), 1, "{after}");
}

#[test]
fn no_key_is_destroyed_before_that_is_on_record() {
    let bench = Bench::new();
    bench
        .open(&bench.store, &bench.vault)
        .expect("opened")
        .append(&[event(&asked_by("emp-1"))], EDGE)
        .expect("appended");
    for nth in 0..60 {
        let store: Arc<dyn Store> = Arc::new(FaultyStore::crashing(Arc::clone(&bench.store), nth, StoreFault::NotDone));
        let _answer = bench.erase(&store, &bench.vault, "emp-1");
        let reader = Reader::over(Arc::clone(&bench.store)).expect("the log");
        let lives = bench.vault.of(&person("emp-1")).expect("could look").iter().any(|key| key.is_live);
        let is_recorded = !records(&reader, Kind::Erasure).is_empty();
        assert!(lives || is_recorded, "call {nth}: the key is gone and nothing says so");
        if !lives {
            return;
        }
    }
    panic!("it never succeeded");
}

#[test]
fn an_erasure_is_found_by_its_key_in_old_segments_and_new_ones() {
    let bench = Bench::new();
    let folder = tempfile::tempdir().expect("folder");
    let store: Arc<dyn Store> = Arc::new(FileStore::writer_of(folder.path(), 4).expect("a log").0);
    let mut said = Vec::new();
    for number in 0..11 {
        let subject = format!("emp-{number}");
        bench
            .open(&store, &bench.vault)
            .expect("opened")
            .append(&[event(&asked_by(&subject))], EDGE)
            .expect("appended");
        said.push(bench.erase(&store, &bench.vault, &subject).expect("erased"));
    }
    let beside: Arc<dyn Store> = Arc::new(FileStore::reader_of(folder.path(), 4).expect("a log"));
    let reader = Reader::over(beside).expect("the log");
    for erased in &said {
        assert_eq!(reader.look_up(&Key::Erased(erased.keys[0])).expect("looked up"), [erased.seq]);
    }
    assert_eq!(reader.first(&Key::Erased(KeyId::from_bytes([0; 16]))).expect("looked up"), None);
}

#[test]
fn an_older_copy_of_the_vault_brings_nobody_back_for_long() {
    let house = House::new();
    house.append(&[asked_by("emp-1"), asked_by("emp-2")]);
    let copy: Vec<_> = std::fs::read_dir(house.home.vault_dir())
        .expect("listed")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| (path.clone(), std::fs::read(path).expect("read")))
        .collect();
    house.erase("emp-1");
    for (path, bytes) in copy {
        std::fs::write(path, bytes).expect("brought back");
    }
    assert_eq!(house.fields(1)["session"], "session-of-emp-1", "the copy has the key still");
    let mut ledger = house.home.ledger(EDGE).expect("the log").0;
    let reader = house.home.reader().expect("the log");
    let mut eraser = Eraser { ledger: &mut ledger, reader: &reader, edge: EDGE };
    let finished = eraser.finish().expect("finished");
    assert_eq!(finished.len(), 1);
    assert!(eraser.finish().expect("finished").is_empty());
    assert!(matches!(house.opened(1), Opened::Erased));
    assert_eq!(house.fields(2)["session"], "session-of-emp-2");
    assert_eq!(house.records(Kind::Erasure).len(), 1, "without a second record");
}

#[test]
fn a_hold_refuses_an_erasure_until_it_is_lifted() {
    let house = House::new();
    house.append(&[asked_by("emp-1"), asked_by("emp-2")]);
    let counsel = Actor::person("counsel", "oidc");
    let hold = |subject: Option<&str>| {
        let mut ledger = house.home.ledger(EDGE).expect("the log").0;
        hold::add(&mut ledger, subject, "a case is pending", &counsel, EDGE).expect("added").receipt.id
    };
    let lift = |id| {
        let mut ledger = house.home.ledger(EDGE).expect("the log").0;
        let reader = house.home.reader().expect("the log");
        hold::lift(&mut ledger, &reader, id, "the case is closed", &counsel, EDGE).expect("could")
    };
    let one = hold(Some("emp-1"));
    assert!(matches!(house.erase("emp-1"), Answer::Held(holds) if holds.len() == 1 && holds[0].id() == one));
    assert_eq!(house.fields(1)["session"], "session-of-emp-1", "nothing was done");
    assert!(house.records(Kind::Erasure).is_empty(), "and nothing was said");
    let all = hold(None);
    assert!(matches!(house.erase("emp-2"), Answer::Held(holds) if holds[0].id() == all));
    assert!(matches!(lift(all), Lifted::Done(_)));
    assert!(matches!(lift(all), Lifted::NotStanding), "once");
    assert!(matches!(house.erase("emp-2"), Answer::Erased(_)), "the other person is not held any more");
    assert!(matches!(house.erase("emp-1"), Answer::Held(_)), "the first hold stands");
    assert!(matches!(lift(one), Lifted::Done(_)));
    assert!(matches!(house.erase("emp-1"), Answer::Erased(_)));
    assert_eq!(house.findings(), [""; 0]);
}

#[test]
fn holds_are_read_back_from_the_log_with_reason_and_person() {
    let house = House::new();
    let counsel = Actor::person("counsel", "oidc");
    let id = {
        let mut ledger = house.home.ledger(EDGE).expect("the log").0;
        let added = hold::add(&mut ledger, Some("emp-1"), "case 17", &counsel, EDGE).expect("added");
        assert!(added.ahead, "it came before the first record");
        added.receipt.id
    };
    let standing = |house: &House| hold::standing(&house.home.reader().expect("the log")).expect("read");
    let (opener, _) = house.home.opener();
    let [held] = standing(&house).try_into().expect("one");
    assert_eq!(held.id(), id);
    let told = Told::By { person: "counsel".to_owned(), reason: "case 17".to_owned() };
    assert_eq!(held.told(&opener).expect("could look"), told);
    let public = String::from_utf8(held.record.to_bytes().expect("JSON")).expect("text");
    for word in ["emp-1", "counsel", "case 17"] {
        assert!(!public.contains(word), "{word} is public: {public}");
    }
    // The hold stands, even where the person who ordered it is forgotten.
    assert!(matches!(house.erase("counsel"), Answer::Erased(_)));
    let [held] = standing(&house).try_into().expect("one");
    assert!(matches!(held.told(&opener), Ok(Told::Unreadable(why)) if why.starts_with("erased")));
    assert!(matches!(house.erase("emp-1"), Answer::Held(_)));
}

#[test]
fn a_month_that_is_over_says_so() {
    let house = House::new();
    house.append(&[asked_by("emp-1"), asked_by("emp-2")]);
    let month: String = jiff::Timestamp::now().to_string().chars().take(7).collect();
    let shelf = Owner::Shelf { class: "default".to_owned(), tenant: Some("acme".to_owned()), month };
    let ledger = house.home.ledger(EDGE).expect("the log").0;
    let vault = ledger.vault().expect("a vault");
    let [kept] = vault.of(&shelf).expect("could look").try_into().expect("one key");
    assert_eq!(vault.destroy(&kept.id, EDGE).expect("destroyed"), Destruction::Done);
    assert!(matches!(house.opened(1), Opened::Expired), "{}", house.opened(1));
    drop(ledger);
    house.erase("emp-2");
    assert!(matches!(house.opened(2), Opened::Erased), "a person who was erased is so, whatever became of the month");
    assert_eq!(house.findings(), [""; 0]);
}
