//! The index finds what the records say, although it reads less of them.

use touchmark_core::event::{Body, Event};
use touchmark_core::hash::Hash;
use touchmark_core::ledger::Error;
use uuid::Uuid;

use crate::world::{World, append, moderation, on_day};

const MANIFEST: &str = "urn:c2pa:019a2b3c-0000-4000-8000-000000000001";

fn generation(output: &Hash) -> Event {
    let text = format!(
        r#"{{"type":"GEN","actor":{{"subject":"emp-1042","auth":"oidc"}},"system":{{"name":"studio","version":"4"}},
            "model":{{"id":"sdxl","version":"1.0","version_hash":"sha256:{digits}"}},"attempt":"019a2b3c-0000-7000-8000-000000000000",
            "prompt":"a lighthouse","parameters":{{"record":{{"x":[1]}},"b":",\"record\":{{}}"}},
            "outputs":[{{"hash":"{output}","width":8}},{{"hash":"sha256:{digits}"}}]}}"#,
        digits = "31".repeat(32),
    );
    Event::parse(text.as_bytes()).expect("an event")
}

fn export(made: Uuid, input: &Hash, file: &Hash) -> Event {
    let text = format!(
        r#"{{"type":"EXPORT","actor":{{"subject":"emp-1042","auth":"oidc"}},"system":{{"name":"studio","version":"4"}},
            "gen_record":"{made}","input":"{input}","file":"{file}","manifest":{{"id":"{MANIFEST}","hash":"{input}"}},
            "hard_binding":{{"label":"c2pa.hash.data","hash":"{input}"}},"media_type":"image/png"}}"#
    );
    Event::parse(text.as_bytes()).expect("an event")
}

#[test]
fn records_are_found_by_what_they_are_about() {
    let world = World::with_records(2);
    let [input, file, unknown] = ["input", "file", "unknown"].map(|text| Hash::of(text.as_bytes()));
    let mut ledger = world.open();
    let reader = world.reader();
    assert!(reader.look_up(|index| index.exports().is_empty()).expect("looked up"));
    let made = on_day(0, |edge| ledger.append(&[generation(&input)], edge)).expect("appended")[0];
    let events = [export(made.id, &input, &file), moderation(), export(made.id, &input, &unknown)];
    let receipts = on_day(0, |edge| ledger.append(&events, edge)).expect("appended");
    let (first, second) = (receipts[0].seq, receipts[2].seq);
    // The same reader, which had looked before.
    reader
        .look_up(|index| {
            assert_eq!(index.output(&input), [made.seq]);
            assert_eq!(index.input(&input), [first, second]);
            assert_eq!(index.manifest(MANIFEST), [first, second]);
            assert_eq!(index.file(&file), [first]);
            assert_eq!(index.exports(), [first, second]);
            assert_eq!(index.id(made.id), Some(made.seq));
            assert!(index.file(&input).is_empty() && index.output(&file).is_empty());
        })
        .expect("looked up");
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
