//! The index finds what the records say, although it reads less of them; and whatever stands in its files, no answer is wrong.

mod files;

use std::ops::ControlFlow;
use std::sync::Arc;

use touchmark_core::event::{Body, Event, Kind, Private, Record};
use touchmark_core::hash::Hash;
use touchmark_core::ledger::memory::MemoryStore;
use touchmark_core::ledger::{Error, Key, Reader, Selection};
use uuid::Uuid;

use crate::world::{World, append, moderation, on_day};

const MANIFEST: &str = "urn:c2pa:019a2b3c-0000-4000-8000-000000000001";
const BY: &str = r#""actor":{"subject":"emp-1042","auth":"oidc"},"system":{"name":"studio","version":"4"}"#;

fn parse(text: &str) -> Event {
    Event::parse(text.as_bytes()).expect("an event")
}

fn generation(output: &Hash) -> Event {
    let digits = "31".repeat(32);
    parse(&format!(
        r#"{{"type":"GEN",{BY},"model":{{"id":"sdxl","version":"1.0","version_hash":"sha256:{digits}"}},
            "attempt":"019a2b3c-0000-7000-8000-000000000000","prompt":"a lighthouse",
            "parameters":{{"record":{{"x":[1]}},"b":",\"record\":{{}}"}},"tenant":"south",
            "outputs":[{{"hash":"{output}","width":8}},{{"hash":"sha256:{digits}"}}]}}"#
    ))
}

fn export(made: Uuid, input: &Hash, file: &Hash) -> Event {
    parse(&format!(
        r#"{{"type":"EXPORT",{BY},"gen_record":"{made}","input":"{input}","file":"{file}",
            "manifest":{{"id":"{MANIFEST}","hash":"{input}"}},"hard_binding":{{"label":"c2pa.hash.data","hash":"{input}"}},
            "media_type":"image/png"}}"#
    ))
}

fn ingest(asset: &Hash, tenant: &str) -> Event {
    parse(&format!(
        r#"{{"type":"INGEST",{BY},"asset":{{"hash":"{asset}"}},"rights":{{"basis":"licence"}},"tenant":"{tenant}"}}"#
    ))
}

fn training(inputs: &[Hash]) -> Event {
    let inputs: Vec<String> = inputs.iter().map(|input| format!("\"{input}\"")).collect();
    let digits = "32".repeat(32);
    parse(&format!(
        r#"{{"type":"TRAIN",{BY},"training":"lora","parameters":{{}},"inputs":[{}],
            "output_model":{{"id":"poster","version":"1","version_hash":"sha256:{digits}"}}}}"#,
        inputs.join(",")
    ))
}

fn hash(text: &str) -> Hash {
    Hash::of(text.as_bytes())
}

/// One event of many kinds, about few things, so that things recur.
fn some_event(number: u8) -> Event {
    let thing = |salt: u8| hash(&format!("thing {}", number.wrapping_mul(7).wrapping_add(salt) % 5));
    let mut event = match number % 6 {
        0 => generation(&thing(0)),
        1 => export(Uuid::from_u128(0x019a_2b3c_0000_7000_8000_0000_0000_0000), &thing(1), &thing(2)),
        2 => ingest(&thing(3), ["north", "east"][usize::from(number / 6 % 2)]),
        3 => training(&[thing(0), thing(1), thing(0)]),
        _ => moderation(),
    };
    if number.is_multiple_of(3) {
        event.time = Some(format!("2025-06-{:02}T00:00:00.{number:03}Z", 1 + number % 28).parse().expect("a time"));
    }
    event
}

/// All records with their tenants, read one by one.
fn scan(reader: &Reader) -> Vec<(Record, Option<String>)> {
    let mut all = Vec::new();
    let read = reader.records(0, &mut |record, line| {
        let private = Private::from_bytes(line.private).expect("plain");
        let tenant = private.fields.get("tenant").and_then(|tenant| tenant.as_str()).map(str::to_owned);
        all.push((record.clone(), tenant));
        ControlFlow::Continue(())
    });
    read.expect("whole records");
    all
}

fn names(record: &Record, key: &Key<'_>) -> bool {
    match (&record.body, key) {
        (_, Key::Id(id)) => record.id == *id,
        (Body::Export(body), Key::Manifest(id)) => body.manifest.id == *id,
        (Body::Export(body), Key::File(hash)) => body.file == *hash,
        (Body::Export(body), Key::Input(hash)) => body.input == *hash,
        (Body::Gen(body), Key::Output(hash) | Key::Asset(hash)) => body.outputs.iter().any(|one| one.hash == *hash),
        (Body::Export(body), Key::Asset(hash)) => body.file == *hash || body.input == *hash,
        (Body::Ingest(body), Key::Asset(hash)) => body.asset.hash == *hash,
        (Body::Train(body), Key::Asset(hash)) => body.inputs.contains(hash),
        _ => false,
    }
}

/// Every question that there is, answered as a scan of all records answers it.
fn assert_answers(reader: &Reader, all: &[(Record, Option<String>)], what: &str) {
    let things: Vec<Hash> = (0..6).map(|number| hash(&format!("thing {number}"))).collect();
    let mut keys = vec![Key::Manifest(MANIFEST), Key::Manifest("urn:c2pa:none"), Key::Id(Uuid::max())];
    keys.extend(all.iter().map(|(record, _)| Key::Id(record.id)));
    keys.extend(
        things.iter().flat_map(|hash| [Key::File(*hash), Key::Input(*hash), Key::Output(*hash), Key::Asset(*hash)]),
    );
    for key in keys {
        let expected: Vec<u64> =
            all.iter().filter(|(record, _)| names(record, &key)).map(|(record, _)| record.seq).collect();
        assert_eq!(reader.look_up(&key).expect("looked up"), expected, "{key:?}, {what}");
        assert_eq!(reader.first(&key).expect("looked up"), expected.first().copied(), "{key:?}, {what}");
    }
    for wanted in selections(all) {
        let expected = all.iter().filter(|(record, tenant)| {
            wanted.kind.is_none_or(|kind| record.kind() == kind)
                && wanted.since.is_none_or(|since| record.time >= since)
                && wanted.until.is_none_or(|until| record.time < until)
                && wanted.tenant.as_ref().is_none_or(|wanted| tenant.as_ref() == Some(wanted))
        });
        let expected: Vec<u64> = expected.map(|(record, _)| record.seq).collect();
        assert_eq!(select(reader, &wanted), expected, "{wanted:?}, {what}");
    }
}

fn selections(all: &[(Record, Option<String>)]) -> Vec<Selection> {
    let mut times: Vec<_> = all.iter().map(|(record, _)| record.time).collect();
    times.sort_unstable();
    let middle = times[times.len() / 2];
    let odd = middle + jiff::SignedDuration::from_micros(300);
    let mut selections = vec![Selection::default()];
    for tenant in [None, Some("north"), Some("south"), Some("nobody")] {
        for kind in [None, Some(Kind::Gen), Some(Kind::Moderation), Some(Kind::Retention)] {
            for (since, until) in [(None, None), (Some(middle), None), (None, Some(middle)), (Some(odd), Some(odd))] {
                selections.push(Selection { kind, since, until, tenant: tenant.map(str::to_owned), mark: None });
            }
        }
    }
    selections
}

fn select(reader: &Reader, wanted: &Selection) -> Vec<u64> {
    let mut found = Vec::new();
    let selected = reader.select(wanted, &mut |record, _| {
        found.push(record.seq);
        ControlFlow::Continue(())
    });
    selected.expect("selected");
    found
}

/// A log of several small segments with all kinds of events.
fn busy_world(segment_lines: u64, records: u8) -> World {
    let world = World::with_segments_of(segment_lines);
    let mut ledger = world.open();
    for number in 0..records {
        on_day(0, |edge| ledger.append(&[some_event(number)], edge)).expect("appended");
    }
    world
}

#[test]
fn records_are_found_by_what_they_are_about() {
    let world = World::with_records(2);
    let [input, file, unknown] = ["input", "file", "unknown"].map(hash);
    let mut ledger = world.open();
    let reader = world.reader();
    let found = |key| reader.look_up(&key).expect("looked up");
    assert!(found(Key::Manifest(MANIFEST)).is_empty());
    let made = on_day(0, |edge| ledger.append(&[generation(&input)], edge)).expect("appended")[0];
    let events = [export(made.id, &input, &file), moderation(), export(made.id, &input, &unknown)];
    let receipts = on_day(0, |edge| ledger.append(&events, edge)).expect("appended");
    let (first, second) = (receipts[0].seq, receipts[2].seq);
    // The same reader, which had looked before.
    assert_eq!(found(Key::Output(input)), [made.seq]);
    assert_eq!(found(Key::Input(input)), [first, second]);
    assert_eq!(found(Key::Manifest(MANIFEST)), [first, second]);
    assert_eq!(found(Key::File(file)), [first]);
    assert_eq!(found(Key::Asset(input)), [made.seq, first, second]);
    assert_eq!(found(Key::Id(made.id)), [made.seq]);
    assert!(found(Key::File(input)).is_empty() && found(Key::Output(file)).is_empty());
    let Body::Gen(body) = reader.record(made.seq).expect("there").body else { panic!("not a GEN") };
    assert_eq!(body.outputs.len(), 2, "a parameter named record does not confuse the reader");
}

#[test]
fn a_later_record_does_not_take_the_place_of_one_with_the_same_id() {
    let world = World::with_records(2);
    let reader = world.reader();
    let first = reader.record(1).expect("there").id;
    let mut usurper = moderation();
    usurper.id = Some(first);
    on_day(0, |edge| world.open().append(&[usurper], edge)).expect("appended");
    assert_eq!(reader.find(first).expect("found"), 1);
    assert_eq!(world.reader().find(first).expect("found"), 1);
}

#[test]
fn an_id_that_is_not_there_is_an_answer_with_the_id_in_it() {
    let world = World::with_records(2);
    let id: Uuid = "019a2b3c-0000-7000-8000-000000000000".parse().expect("an id");
    let refused = world.reader().find(id).expect_err("not there");
    assert!(matches!(refused, Error::NoSuchId { .. }) && refused.to_string().contains(&id.to_string()));
}

#[test]
fn events_that_are_not_accepted_leave_the_log_as_it_was() {
    let world = World::with_records(2);
    let mut ledger = world.open();
    let mut wrong = moderation();
    wrong.id = Some(Uuid::nil());
    let refused = on_day(0, |edge| ledger.append(&[moderation(), wrong], edge)).expect_err("refused");
    assert!(matches!(refused, Error::Event { number: 2, .. }), "{refused}");
    assert_eq!(append(&mut ledger, 0).expect("nothing to do"), []);
    assert_eq!(append(&mut ledger, 1).expect("goes on")[0].seq, 2);
}

#[test]
fn a_reader_that_stays_open_keeps_up_over_many_segments() {
    let world = World::with_segments_of(4);
    let mut ledger = world.open();
    let reader = world.reader();
    for number in 0..30 {
        on_day(0, |edge| ledger.append(&[some_event(number)], edge)).expect("appended");
        let id = ledger.size() - 1;
        let last = reader.record(id).expect("there").id;
        assert_eq!(reader.find(last).expect("found"), id);
    }
    assert_answers(&reader, &scan(&reader), "of a reader that was there from the first record on");
}

#[test]
fn a_store_that_is_no_folder_is_indexed_too() {
    let world = World::new();
    let store = Arc::new(MemoryStore::default());
    let mut ledger = world.open_over(store.clone(), 0).expect("opened");
    let events: Vec<Event> = (0..40).map(some_event).collect();
    on_day(0, |edge| ledger.append(&events, edge)).expect("appended");
    let reader = Reader::over(store).expect("a log");
    assert_answers(&reader, &scan(&reader), "in memory");
}
