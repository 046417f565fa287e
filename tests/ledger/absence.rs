//! Sealed runs of records, and proofs that something is in none of them.

mod forged;

use touchmark_core::event::body::Segment;
use touchmark_core::event::{Body, Event, Kind};
use touchmark_core::hash::Hash;
use touchmark_core::ledger::absence::{Absent, Answer, Name, Proof, Refusal, Sealed, prove, sealed};
use touchmark_core::ledger::history::History;
use touchmark_core::ledger::{Error, Ledger, Reader};
use touchmark_core::merkle::{empty_root, leaf_hash, root_of};

use crate::world::{World, append, assert_whole, moderation, on_day};

const BY: &str = r#""actor":{"subject":"emp-1042","auth":"oidc"},"system":{"name":"studio","version":"4"}"#;

fn hash(text: &str) -> Hash {
    Hash::of(text.as_bytes())
}

pub(crate) fn asset(text: &str) -> Name {
    Name::Asset(hash(text))
}

fn ingest(work: &str) -> Event {
    let text =
        format!(r#"{{"type":"INGEST",{BY},"asset":{{"hash":"{}"}},"rights":{{"basis":"licence"}}}}"#, hash(work));
    Event::parse(text.as_bytes()).expect("an event")
}

fn add(ledger: &mut Ledger, events: &[Event]) {
    on_day(0, |edge| ledger.append(events, edge)).expect("appended");
}

pub(crate) fn ingest_all(ledger: &mut Ledger, works: &[&str]) {
    add(ledger, &works.iter().map(|work| ingest(work)).collect::<Vec<_>>());
}

pub(crate) fn seal(ledger: &mut Ledger) -> Vec<Segment> {
    on_day(0, |edge| ledger.seal_names(edge)).expect("sealed")
}

/// Sealed up to record 7 in two runs; the ANCHORs are records 4 and 8.
fn world() -> World {
    let world = World::new();
    let mut ledger = world.open();
    ingest_all(&mut ledger, &["a", "b", "c"]);
    seal(&mut ledger);
    ingest_all(&mut ledger, &["b", "d", "e"]);
    seal(&mut ledger);
    drop(ledger);
    world
}

pub(crate) fn proof_of(reader: &Reader, name: &Name) -> Proof {
    match prove(reader, name, &mut |_, _| {}).expect("could look") {
        Answer::Absent(proof) => *proof,
        Answer::Present(records) => panic!("{name} is in {records:?}"),
    }
}

fn check(world: &World, proof: &Proof) -> Result<Absent, Refusal> {
    let again = Proof::parse(proof.to_string().as_bytes()).expect("what is written is read");
    assert_eq!(again, *proof);
    proof.verify(&[History::of(world.key())])
}

#[test]
fn what_no_record_names_is_proved_absent_and_what_one_names_is_found() {
    let world = world();
    let reader = world.reader();
    for number in 0..40 {
        let name = asset(&format!("unknown {number}"));
        let shown = check(&world, &proof_of(&reader, &name)).expect("holds");
        let Absent { name: shown_name, before, size, open, .. } = shown;
        assert_eq!((shown_name, before, size, open), (name, 8, 9, 0), "the last record is the ANCHOR that it shows");
    }
    for (work, records) in [("a", vec![1]), ("b", vec![2, 5]), ("e", vec![7])] {
        let found = prove(&reader, &asset(work), &mut |_, _| {}).expect("could look");
        assert_eq!(found, Answer::Present(records), "{work}");
    }
    // The same digits as a commitment are another name.
    let commitment: Name = format!("hmac-{}", asset("a")).parse().expect("a name");
    check(&world, &proof_of(&reader, &commitment)).expect("holds");
}

#[test]
fn everything_that_counts_as_named_is_named() {
    let world = World::new();
    let mut ledger = world.open();
    let text = |rest: String| Event::parse(format!("{{{BY},{rest}}}").as_bytes()).expect("an event");
    let model = format!(r#"{{"id":"m","version":"1","version_hash":"{}"}}"#, hash("model"));
    let attempt = "019a2b3c-0000-7000-8000-000000000000";
    let events = [
        ingest("ingested"),
        text(format!(
            r#""type":"TRAIN","training":"lora","inputs":["{}"],"parameters":{{}},"output_model":{model}"#,
            hash("trained")
        )),
        text(format!(r#""type":"GEN_ATTEMPT","model":{model},"prompt":"one","parameters":{{}}"#)),
        text(format!(
            r#""type":"GEN","attempt":"{attempt}","model":{model},"prompt":"two","parameters":{{}},"outputs":[{{"hash":"{}"}}]"#,
            hash("made")
        )),
        text(format!(
            r#""type":"EXPORT","gen_record":"{attempt}","input":"{}","file":"{}","manifest":{{"id":"urn:c2pa:x","hash":"{}"}},
               "hard_binding":{{"label":"c2pa.hash.data","hash":"{}"}},"media_type":"image/png""#,
            hash("input"),
            hash("file"),
            hash("manifest"),
            hash("binding")
        )),
    ];
    add(&mut ledger, &events);
    let sealed = seal(&mut ledger);
    let reader = world.reader();
    for (seq, work) in [(1, "ingested"), (2, "trained"), (4, "made"), (5, "input"), (5, "file")] {
        let found = prove(&reader, &asset(work), &mut |_, _| {}).expect("could look");
        assert_eq!(found, Answer::Present(vec![seq]), "{work}");
    }
    for seq in [3, 4] {
        let commitments = match reader.record(seq).expect("there").body {
            Body::Gen(body) => body.commitments,
            Body::GenAttempt(body) => body.commitments,
            _ => panic!("not a generation"),
        };
        let commitment = Name::Commitment(commitments["prompt"]);
        let found = prove(&reader, &commitment, &mut |_, _| {}).expect("could look");
        assert_eq!(found, Answer::Present(vec![seq]));
    }
    assert_eq!(sealed[0].leaves, 7);
    // Models, manifests and bindings are no assets.
    for other in ["model", "manifest", "binding"] {
        check(&world, &proof_of(&reader, &asset(other))).expect("holds");
    }
}

#[test]
fn the_tree_is_what_anybody_makes_of_the_public_records_with_sort() {
    let world = world();
    let mut names: Vec<String> = ["a", "b", "c"].iter().map(|work| hash(work).to_string()).collect();
    names.sort();
    let leaf = |name: &String| leaf_hash(format!("touchmark/name/v1\n{name}").as_bytes());
    let Sealed { anchor, run } = sealed(&world.reader()).expect("read").swap_remove(0);
    assert_eq!((anchor, run.first, run.end, run.leaves), (4, 0, 4, 3));
    assert_eq!(run.root, root_of(names.iter().map(leaf)));
}

#[test]
fn a_run_that_names_nothing_has_the_empty_tree() {
    let world = World::with_records(3);
    let sealed = seal(&mut world.open());
    assert_eq!(sealed, [Segment { first: 0, end: 3, leaves: 0, root: empty_root() }]);
    let proof = proof_of(&world.reader(), &asset("any"));
    assert_eq!((&proof.runs[0].left, &proof.runs[0].right), (&None, &None));
    check(&world, &proof).expect("holds");
    assert_whole(&world.check(), 4);
}

#[test]
fn what_is_not_sealed_is_said_and_looked_through() {
    let world = World::new();
    let mut ledger = world.open();
    ingest_all(&mut ledger, &["a"]);
    let reader = world.reader();
    let refused = prove(&reader, &asset("z"), &mut |_, _| {}).expect_err("nothing is sealed");
    assert!(matches!(refused, Error::NothingSealed), "{refused}");
    assert_eq!(prove(&reader, &asset("a"), &mut |_, _| {}).expect("could look"), Answer::Present(vec![1]));
    seal(&mut ledger);
    ingest_all(&mut ledger, &["b", "c"]);
    let shown = check(&world, &proof_of(&reader, &asset("z"))).expect("holds");
    assert_eq!((shown.before, shown.size, shown.open), (2, 5, 2));
    assert_eq!(prove(&reader, &asset("c"), &mut |_, _| {}).expect("could look"), Answer::Present(vec![4]));
}

#[test]
fn runs_follow_each_other_and_none_is_sealed_twice() {
    let world = World::new();
    let mut ledger = world.open();
    ingest_all(&mut ledger, &["a", "b"]);
    assert_eq!(seal(&mut ledger).iter().map(|run| (run.first, run.end)).collect::<Vec<_>>(), [(0, 3)]);
    assert_eq!(seal(&mut ledger), [], "only the ANCHOR stands behind it");
    drop(ledger);
    let mut ledger = world.open();
    assert_eq!(seal(&mut ledger), [], "nor after it was opened again");
    ingest_all(&mut ledger, &["c"]);
    assert_eq!(seal(&mut ledger).iter().map(|run| (run.first, run.end)).collect::<Vec<_>>(), [(3, 5)]);
    assert_whole(&world.check(), 6);
}

fn runs(world: &World) -> Vec<(u64, u64, u64)> {
    let sealed = sealed(&world.reader()).expect("read");
    sealed.into_iter().map(|sealed| (sealed.anchor, sealed.run.first, sealed.run.end)).collect()
}

#[test]
fn a_full_segment_is_sealed_with_the_batch_behind_it() {
    let world = World::new();
    let mut ledger = world.open();
    ledger.seal_every(4);
    append(&mut ledger, 2).expect("appended");
    append(&mut ledger, 1).expect("appended");
    assert_eq!((ledger.size(), runs(&world)), (4, Vec::new()), "full, and nothing came yet");
    let receipts = append(&mut ledger, 2).expect("appended");
    // Whoever appended is told of their own records.
    assert_eq!(
        receipts.iter().map(|receipt| (receipt.seq, receipt.kind)).collect::<Vec<_>>(),
        [(5, Kind::Moderation), (6, Kind::Moderation)]
    );
    assert_eq!(runs(&world), [(4, 0, 4)]);
    // A batch that fills several segments is followed by as many ANCHORs.
    append(&mut ledger, 10).expect("appended");
    assert_eq!(
        seal(&mut ledger).iter().map(|run| (run.first, run.end)).collect::<Vec<_>>(),
        [(4, 8), (8, 12), (12, 16), (16, 17)]
    );
    append(&mut ledger, 1).expect("appended");
    assert_eq!(runs(&world).len(), 6, "{:?}", runs(&world));
    assert_whole(&world.check(), ledger.size());
}

#[test]
fn an_event_that_is_refused_behind_an_anchor_is_counted_as_it_was_given() {
    let world = World::new();
    let mut ledger = world.open();
    ledger.seal_every(4);
    append(&mut ledger, 3).expect("appended");
    let mut wrong = moderation();
    wrong.id = Some(uuid::Uuid::nil());
    let refused = on_day(0, |edge| ledger.append(&[moderation(), wrong], edge)).expect_err("refused");
    assert!(matches!(refused, Error::Event { number: 2, .. }), "{refused}");
    assert_eq!(runs(&world), [], "nothing was written");
    append(&mut ledger, 1).expect("goes on");
    assert_eq!(runs(&world), [(4, 0, 4)]);
    assert_whole(&world.check(), 6);
}

#[test]
fn a_log_that_was_not_sealed_for_long_is_sealed_little_by_little_and_once() {
    let world = World::new();
    world.fill(83);
    // At most 16 at once; the batches themselves fill segments too.
    for expected in [16, 25, 27] {
        let mut ledger = world.open();
        ledger.seal_every(4);
        append(&mut ledger, 1).expect("appended");
        assert_eq!(runs(&world).len(), expected);
    }
    let mut end = 0;
    for (anchor, first, next) in runs(&world) {
        assert!(first == end && next <= anchor, "{:?}", runs(&world));
        end = next;
    }
    let size = world.check().records;
    assert_whole(&world.check(), size);
}

#[test]
fn a_run_whose_lines_were_changed_keeps_nobody_from_appending() {
    let world = World::new();
    let mut ledger = world.open();
    ledger.seal_every(4);
    append(&mut ledger, 3).expect("appended");
    world.change(|lines| {
        let text = String::from_utf8(lines[2].clone()).expect("text");
        lines[2] = text.replacen("\"flagged\":false", "\"flagged\":true ", 1).into_bytes();
    });
    append(&mut ledger, 1).expect("appended all the same");
    assert!(on_day(0, |edge| ledger.seal_names(edge)).is_err(), "who asks for it is told");
}
