//! Originals: kept before anything leaves, opened on record, closed with their person and their month.

use std::fs;
use std::path::{Path, PathBuf};
use touchmark_core::causes::in_words as words;

use touchmark_core::event::private::Actor;
use touchmark_core::event::{Body, Event, Kind, Opened};
use touchmark_core::export::{Error, Exported, Making, Options, Order};
use touchmark_core::hash::Hash;
use touchmark_core::opening::{OriginalAnswer, OriginalRequest};
use touchmark_core::originals::Originals;
use uuid::Uuid;

use super::world::{EDGE, House, asked_by, event};

fn picture(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../test-images").join(name)).expect("a picture")
}

fn made_by(subject: &str) -> Event {
    let mut made = asked_by(subject);
    made["type"] = "GEN".into();
    event(&made)
}

fn export(house: &House, name: &str, making: Making, originals: Originals) -> Result<Exported, Error> {
    let order = Order { bytes: picture(name), making, target: Some(house.beside(name)) };
    let person = Some(Actor::person("emp-export", "oidc"));
    let options = Options { person, keep_originals: Some(originals), ..Options::default() };
    house.export(order, &options)
}

/// Exports a picture that this person made, and gives its GEN record.
fn kept(house: &House, name: &str, subject: &str) -> Uuid {
    let making = Making::Event(Box::new(made_by(subject)));
    export(house, name, making, house.home.originals()).expect("exported").gen_record
}

fn open(house: &House, record: Uuid) -> OriginalAnswer {
    open_this(house, record, None)
}

fn open_this(house: &House, record: Uuid, hash: Option<Hash>) -> OriginalAnswer {
    let mut ledger = house.home.ledger(EDGE).expect("the log").0;
    let by = Actor::person("counsel", "oidc");
    let request = OriginalRequest { record, hash, purpose: "case 17", by: &by };
    let reader = house.home.reader().expect("the log");
    request.open(&house.home.originals(), &mut ledger, &reader, EDGE).expect("could look")
}

/// The one file that is kept for a record.
fn file(house: &House, record: Uuid) -> PathBuf {
    let folder = house.home.dir().join("originals").join(&record.to_string()[34..]);
    let files = fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let ours = |path: &PathBuf| path.file_name().expect("a name").to_string_lossy().starts_with(&record.to_string());
    let [file] = files.filter(ours).collect::<Vec<_>>().try_into().expect("one file");
    file
}

fn is_misplaced(answer: &OriginalAnswer) -> bool {
    matches!(answer, OriginalAnswer::Closed(Opened::Misplaced, Some(_)))
}

#[test]
fn an_original_is_handed_out_whole_and_that_is_on_record_before() {
    let house = House::new();
    let record = kept(&house, "astronaut.jpg", "emp-1");
    let OriginalAnswer::Opened { image, access } = open(&house, record) else { panic!("it is kept") };
    assert!(*image == picture("astronaut.jpg"), "byte for byte");
    let accesses = house.records(Kind::Access);
    let [on_record] = accesses.as_slice() else { panic!("{} accesses", accesses.len()) };
    assert_eq!(on_record.seq, access);
    assert!(matches!(&on_record.body, Body::Access(body) if body.subject == record && body.fields == ["original"]));
}

#[test]
fn a_second_export_leaves_the_file_as_it_is() {
    let house = House::new();
    let record = kept(&house, "astronaut.jpg", "emp-1");
    let before = fs::read(file(&house, record)).expect("read");
    assert_eq!(kept(&house, "astronaut.jpg", "emp-1"), record);
    assert!(fs::read(file(&house, record)).expect("read") == before);
}

#[test]
fn what_was_never_kept_is_told_without_a_record_of_it() {
    let house = House::new();
    let record = kept(&house, "astronaut.jpg", "emp-1");
    assert!(matches!(open(&house, house.append(&[asked_by("emp-1")])[0].id), OriginalAnswer::NotKept));
    assert!(matches!(open_this(&house, record, Some(Hash::of(b"another"))), OriginalAnswer::NotKept));
    assert_eq!(house.records(Kind::Access).len(), 0);
}

#[test]
fn with_the_person_the_original_is_closed_and_no_other_ones() {
    let house = House::new();
    let (gone, stays) = (kept(&house, "astronaut.jpg", "emp-1"), kept(&house, "rocket.webp", "emp-2"));
    house.erase("emp-1");
    assert!(matches!(open(&house, gone), OriginalAnswer::Closed(Opened::Erased, None)));
    assert!(matches!(open(&house, stays), OriginalAnswer::Opened { .. }));
    assert_eq!(house.findings(), [""; 0]);
}

#[test]
fn of_an_erased_person_no_original_can_be_kept_any_more_and_nothing_is_released() {
    let house = House::new();
    let record = house.append(&[{
        let mut made = asked_by("emp-1");
        made["type"] = "GEN".into();
        made["attempt"] = house.append(&[asked_by("emp-1")])[0].id.to_string().into();
        made
    }])[0]
        .id;
    house.erase("emp-1");
    let error = export(&house, "astronaut.jpg", Making::Record(record), house.home.originals()).expect_err("refused");
    assert!(words(&error).contains("is erased: the person's key was destroyed"), "{}", words(&error));
    assert!(!house.beside("astronaut.jpg").exists());
    assert_eq!(house.records(Kind::Export).len(), 0);
}

#[test]
fn two_originals_that_were_exchanged_do_not_open() {
    let house = House::new();
    let (one, other) = (kept(&house, "astronaut.jpg", "emp-1"), kept(&house, "rocket.webp", "emp-1"));
    let (first, second) = (file(&house, one), file(&house, other));
    let bytes = [fs::read(&first).expect("read"), fs::read(&second).expect("read")];
    fs::write(&first, &bytes[1]).expect("written");
    fs::write(&second, &bytes[0]).expect("written");
    assert!(is_misplaced(&open(&house, one)) && is_misplaced(&open(&house, other)));
}

#[test]
fn a_file_that_was_changed_or_cut_does_not_open() {
    let house = House::new();
    let record = kept(&house, "rocket.webp", "emp-1");
    let path = file(&house, record);
    let good = fs::read(&path).expect("read");
    let head = good.iter().position(|byte| *byte == b'\n').expect("a first line");
    let hash = house.home.originals().of(record).expect("could look")[0];
    let (opener, _) = house.home.opener();
    let opens = |bytes: &[u8]| {
        fs::write(&path, bytes).expect("written");
        let opened = house.home.originals().open(record, &hash, &opener);
        matches!(opened, Ok(touchmark_core::originals::Original::Whole(_)))
    };
    assert!(opens(&good));
    for at in (0..head).chain([head, head + 1, good.len() / 2, good.len() - 1]) {
        let mut changed = good.clone();
        changed[at] ^= 1;
        // The record's id and the version in the first line say what everybody knows: the seal does not hang on them.
        let is_hint = changed[..head] != good[..head] && !opens_otherwise(&changed[..head], &good[..head]);
        assert!(is_hint || !opens(&changed), "byte {at}");
        assert!(!opens(&good[..at]), "cut at {at}");
    }
}

/// Whether a first line names another key, nonce or pair of keys than the good one.
fn opens_otherwise(line: &[u8], good: &[u8]) -> bool {
    let read = |line: &[u8]| serde_json::from_slice::<serde_json::Value>(line).ok();
    let (Some(line), Some(good)) = (read(line), read(good)) else { return true };
    ["key", "keys", "nonce"].iter().any(|name| line[name] != good[name])
}

#[test]
fn where_it_cannot_be_kept_nothing_is_released() {
    let house = House::new();
    let taken = house.beside("taken");
    fs::write(&taken, "a file").expect("written");
    let making = Making::Event(Box::new(made_by("emp-1")));
    let error = export(&house, "astronaut.jpg", making, Originals::new(taken, 1 << 30)).expect_err("refused");
    assert!(words(&error).contains("the original could not be kept, so nothing is released"), "{}", words(&error));
    assert!(!house.beside("astronaut.jpg").exists());
    assert_eq!(house.records(Kind::Export).len(), 0);
}
