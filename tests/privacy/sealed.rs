//! What stands in the log, who can read it, and what happens when it is moved.

use std::fs;
use std::ops::ControlFlow;
use touchmark_core::causes::in_words as words;

use serde_json::{Value, json};
use touchmark_core::event::sealed::Stored;
use touchmark_core::event::{Opened, Opener};
use touchmark_core::hash::Hash;
use touchmark_core::ledger::line::Line;
use touchmark_core::ledger::{Selection, index};
use touchmark_core::privacy::vault::{Owner, RootKey};

use super::world::{EDGE, House, asked_by, refused};

/// The log's lines.
fn lines(house: &House) -> Vec<Vec<u8>> {
    let text = fs::read(house.home.ledger_dir().join("segments/0000000000.jsonl")).expect("read");
    text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect()
}

fn private_of(line: &[u8]) -> Vec<u8> {
    Line::parse(line).expect("a line").private.to_vec()
}

#[test]
fn no_private_part_in_a_homes_log_is_plain() {
    let house = House::new();
    let seq = house.append(&[asked_by("emp-1")])[0].seq;
    for line in lines(&house) {
        assert!(matches!(Stored::from_bytes(&private_of(&line)), Ok(Stored::Sealed(_))));
        let text = String::from_utf8(line).expect("text");
        assert!(!text.contains("emp-1") && !text.contains("acme"), "{text}");
    }
    assert_eq!(house.fields(seq)["actor"], json!({"subject": "emp-1", "auth": "oidc"}));
    assert_eq!(house.fields(seq)["tenant"], "acme");
    assert_eq!(house.findings(), [""; 0]);
}

#[test]
fn what_is_sealed_is_canonical_json_with_the_hash_that_the_record_names() {
    let house = House::new();
    house.append(&[asked_by("emp-1")]);
    for line in lines(&house) {
        let private = private_of(&line);
        let value: Value = serde_json::from_slice(&private).expect("JSON");
        assert_eq!(serde_json::to_vec(&value).expect("JSON"), private, "keys in order, no spaces");
        let record: Value = serde_json::from_slice(Line::parse(&line).expect("a line").record).expect("JSON");
        assert_eq!(record["private"]["stored"], Hash::of(&private).to_string());
    }
}

#[test]
fn one_person_has_one_key_and_whoever_a_service_acts_for_is_that_person() {
    let house = House::new();
    let mut by_service = asked_by("emp-1");
    by_service["actor"] = json!({"subject": "svc-studio", "auth": "workload-identity",
        "on_behalf_of": {"subject": "emp-1", "auth": "oidc"}});
    let mut other_tenant = asked_by("emp-1");
    other_tenant["tenant"] = "globex".into();
    house.append(&[asked_by("emp-1"), by_service, other_tenant, asked_by("emp-2")]);
    let keys: Vec<_> = lines(&house).iter().skip(1).map(|line| keys_of(line)).collect();
    assert!(keys[0] == keys[1], "the same person, tenant and month");
    assert!(keys[0][0] == keys[2][0] && keys[0][1] != keys[2][1], "another tenant has another shelf");
    assert!(keys[0][0] != keys[3][0] && keys[0][1] == keys[3][1], "another person has another key");
}

fn keys_of(line: &[u8]) -> [touchmark_core::privacy::vault::KeyId; 2] {
    match Stored::from_bytes(&private_of(line)).expect("a private part") {
        Stored::Sealed(part) => part.keys,
        Stored::Plain(_) => panic!("plain"),
    }
}

#[test]
fn a_refusal_that_names_nobody_is_whosever_request_it_was() {
    let house = House::new();
    let attempt = house.append(&[asked_by("emp-1")])[0];
    // Alone, later, and in one batch with its attempt.
    let later = house.append(&[refused(&attempt.id.to_string(), "emp-1")])[0];
    let id = "019ca945-0550-7000-8000-000000000001";
    let mut both = asked_by("emp-2");
    both["id"] = id.into();
    let together = house.append(&[both, refused(id, "emp-2")]);
    let lines = lines(&house);
    let person = |seq: u64| keys_of(&lines[usize::try_from(seq).expect("few")])[0];
    assert_eq!(person(later.seq), person(attempt.seq));
    assert_eq!(person(together[1].seq), person(together[0].seq));
    house.erase("emp-1");
    assert!(matches!(house.opened(later.seq), Opened::Erased), "their session and address are erased with them");
    let too_late = house.append(&[refused(&attempt.id.to_string(), "emp-1")])[0];
    assert!(matches!(house.opened(too_late.seq), Opened::Erased), "what comes later is not kept readable");
    assert_eq!(house.fields(together[1].seq)["session"], "session-of-emp-2");
}

#[test]
fn a_sealed_part_that_was_moved_to_another_record_is_found() {
    let house = House::new();
    let receipts = house.append(&[asked_by("emp-1"), asked_by("emp-1")]);
    let path = house.home.ledger_dir().join("segments/0000000000.jsonl");
    let whole = fs::read_to_string(&path).expect("read");
    let lines = lines(&house);
    let [first, second] = [1, 2].map(|at| String::from_utf8(private_of(&lines[at])).expect("text"));
    let swapped = whole.replace(&first, "@").replace(&second, &first).replace('@', &second);
    assert_ne!(swapped, whole);
    fs::write(&path, swapped).expect("written");
    let findings = house.findings().join("\n");
    assert!(findings.contains("record 1") && findings.contains("private part"), "{findings}");
    // Whoever gives the public parts new hashes, chain, MACs and signatures too, still has parts that open in their own place only.
    let reader = house.home.reader();
    drop(reader);
    let (opener, _) = house.home.opener();
    let record = |seq: usize| {
        let line = Line::parse(&lines[seq]).expect("a line");
        touchmark_core::event::Record::from_bytes(line.record).expect("a record")
    };
    let opened = opener.open(&record(1), second.as_bytes()).expect("could look");
    assert!(matches!(opened, Opened::Misplaced), "{opened}");
    assert!(opened.to_string().contains("sealed for another record, or changed"), "{opened}");
    let own = opener.open(&record(2), second.as_bytes()).expect("could look");
    assert!(matches!(own, Opened::Fields(_)), "{own}");
    let other_log = Opener::new("touchmark/other", house.home.vault().expect("the vault"));
    let opened = other_log.open(&record(2), second.as_bytes()).expect("could look");
    assert!(matches!(opened, Opened::Misplaced), "it was sealed for this log: {opened}");
    assert_eq!(receipts.len(), 2);
}

#[test]
fn with_another_key_nothing_is_written_and_everything_public_is_read() {
    let house = House::new();
    house.append(&[asked_by("emp-1")]);
    let path = house.home.dir().join("keys/vault-key");
    let own = fs::read(&path).expect("read");
    fs::remove_file(&path).expect("removed");
    for (key, says) in
        [(None, "the key of the vault is missing"), (Some(RootKey::new([9; 32])), "this is not the key of the vault")]
    {
        if let Some(key) = key {
            touchmark_core::keys::vault_key::create(&path, &key, None, &mut rand_core::OsRng).expect("written");
        }
        let error = words(&house.home.ledger(EDGE).expect_err("no vault, no writing"));
        assert!(error.contains(says), "{error}");
        assert_eq!(house.findings(), [""; 0], "the public parts are checked without it");
        let (opener, closed) = house.home.opener();
        assert!(opener.is_locked() && words(&closed.expect("a reason")).contains(says));
        let reader = house.home.reader().expect("the log");
        let line = reader.line(1).expect("a line");
        let opened = opener.open(&reader.record(1).expect("a record"), &private_of(&line)).expect("could look");
        assert!(matches!(opened, Opened::Locked), "{opened}");
    }
    fs::write(&path, own).expect("brought back");
    assert_eq!(house.append(&[asked_by("emp-1")]).len(), 1);
}

#[test]
fn a_home_without_a_vault_writes_nothing_and_says_how_to_make_one() {
    let house = House::new();
    fs::remove_dir_all(house.home.vault_dir()).expect("removed");
    fs::remove_file(house.home.dir().join("keys/vault-key")).expect("removed");
    let before = lines(&house);
    let error = words(&house.home.ledger(EDGE).expect_err("never plain"));
    assert!(error.contains("has no vault") && error.contains("touchmark vault init"), "{error}");
    assert_eq!(lines(&house), before);
    house.home.create_vault(EDGE).expect("made");
    assert_eq!(house.fields(house.append(&[asked_by("emp-1")])[0].seq)["session"], "session-of-emp-1");
}

#[test]
fn records_are_chosen_by_tenant_although_they_are_sealed() {
    let house = House::new();
    let mut other = asked_by("emp-2");
    other["tenant"] = "globex".into();
    let mut without = asked_by("emp-3");
    without.as_object_mut().expect("an object").remove("tenant");
    house.append(&[asked_by("emp-1"), other, without, asked_by("emp-4")]);
    house.erase("emp-4");
    let chosen = |opener: &Opener, tenant: &str| {
        let wanted = Selection { tenant: Some(tenant.to_owned()), mark: opener.mark(tenant), ..Selection::default() };
        let mut found = Vec::new();
        let selected = house.home.reader().expect("the log").select(&wanted, &mut |record, _| {
            found.push(record.seq);
            ControlFlow::Continue(())
        });
        selected.expect("selected");
        found
    };
    let (opener, _) = house.home.opener();
    assert_eq!(chosen(&opener, "acme"), [1, 4], "an erased person's records are still the tenant's");
    assert_eq!(chosen(&opener, "globex"), [2]);
    assert_eq!(chosen(&opener, "acme2"), [0_u64; 0]);
    assert_eq!(chosen(&Opener::locked("any"), "acme"), [0_u64; 0], "nobody without the vault can test a guess");
}

#[test]
fn an_index_is_made_again_without_the_vault() {
    let house = House::new();
    house.append(&[asked_by("emp-1")]);
    fs::remove_file(house.home.dir().join("keys/vault-key")).expect("removed");
    let (store, _) = touchmark_core::ledger::file::FileStore::writer(&house.home.ledger_dir()).expect("the log");
    index::remake::reindex(&store, &mut |_, _| {}).expect("made again");
}

#[test]
fn only_its_owner_can_look_into_the_vault() {
    use std::os::unix::fs::MetadataExt as _;

    let house = House::new();
    house.append(&[asked_by("emp-1")]);
    let mode = |path: &std::path::Path| fs::metadata(path).expect("there").mode() & 0o777;
    assert_eq!(mode(&house.home.vault_dir()), 0o700);
    assert_eq!(mode(&house.home.dir().join("keys/vault-key")), 0o600);
    let person = house.home.vault().expect("the vault").of(&Owner::Person("emp-1".to_owned())).expect("could look");
    assert_eq!(person.len(), 1);
}
