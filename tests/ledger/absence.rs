//! Sealed runs of records, and proofs that something is in none of them.

use touchmark_core::event::body::{Anchor, Segment};
use touchmark_core::event::{Body, Event, Kind, Record};
use touchmark_core::hash::Hash;
use touchmark_core::ledger::absence::{Absent, Answer, Name, Neighbour, Proof, Refusal, Run, Sealed, prove, sealed};
use touchmark_core::ledger::check::Problem;
use touchmark_core::ledger::history::History;
use touchmark_core::ledger::line::Line;
use touchmark_core::ledger::{Error, Ledger, Reader, this_system};
use touchmark_core::merkle::{Levels, Mismatch, empty_root, inclusion_proof, leaf_hash, root_of};

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

fn anchor(first: u64, end: u64, names: &[&str]) -> Event {
    let names: std::collections::BTreeSet<String> = names.iter().map(|name| asset(name).to_string()).collect();
    let leaf = |name: &String| name.parse::<Name>().expect("a name").leaf();
    let segment = Segment { first, end, leaves: names.len() as u64, root: root_of(names.iter().map(leaf)) };
    anchor_of(segment)
}

fn anchor_of(segment: Segment) -> Event {
    let body = Body::Anchor(Anchor { timestamp: None, segment: Some(segment) });
    Event::new(body, this_system(), None).expect("an event")
}

/// A log whose operator wrote this ANCHOR behind INGEST records of "a", "b" and "c".
fn sealed_by_hand(anchors: &[Event]) -> World {
    let world = World::new();
    let mut ledger = world.open();
    ingest_all(&mut ledger, &["a", "b", "c"]);
    for anchor in anchors {
        add(&mut ledger, std::slice::from_ref(anchor));
    }
    drop(ledger);
    world
}

#[test]
fn an_anchor_that_does_not_fit_is_found_by_whoever_reads_the_lines() {
    let root = hash("root");
    for (anchors, says) in [
        (vec![anchor(0, 4, &["a", "c"])], "they name 3 different hashes"),
        (vec![anchor(0, 4, &["a", "b", "c", "d"])], "and it fixes 4 with"),
        (vec![anchor_of(Segment { first: 0, end: 4, leaves: 3, root })], "with the root"),
        (vec![anchor(1, 4, &["a", "b", "c"])], "they leave a gap behind the run before, which ends at 0"),
        (vec![anchor(0, 4, &["a", "b", "c"]), anchor(3, 5, &["c"])], "they overlap the run before, which ends at 4"),
        (vec![anchor(0, 4, &["a", "b", "c"]), anchor(0, 4, &["a", "b", "c"])], "they overlap the run before"),
        (vec![anchor(0, 9, &["a", "b", "c"])], "seals records that stand before it"),
    ] {
        let world = sealed_by_hand(&anchors);
        let (seq, problem) = world.first_finding();
        assert_eq!(seq, Some(3 + anchors.len() as u64));
        assert!(matches!(problem, Problem::Sealed { .. }) && problem.to_string().contains(says), "{problem}");
        let refused = prove(&world.reader(), &asset("z"), &mut |_, _| {}).expect_err("nothing is proved").to_string();
        assert!(refused.contains("see touchmark log verify"), "{refused}");
    }
    let world = sealed_by_hand(&[anchor(0, 4, &["a", "b", "c"])]);
    assert_whole(&world.check(), 5);
}

/// A proof as somebody would write it who has the log's ANCHORs, over a tree of their own.
fn forged(world: &World, name: &Name, anchor: u64, tree: &[&str], at: [Option<usize>; 2]) -> Proof {
    let reader = world.reader();
    let proof = reader.prove(anchor).expect("proved");
    let mut names: Vec<Name> = tree.iter().map(|work| asset(work)).collect();
    names.sort_unstable();
    let levels: Levels = names.iter().map(Name::leaf).collect();
    let neighbour = |at: usize| {
        let hashes = inclusion_proof(at as u64, levels.size(), &levels).expect("there");
        Neighbour { index: at as u64, name: names[at], hashes }
    };
    let [left, right] = at.map(|at| at.map(neighbour));
    let record = record_at(&reader, anchor);
    let run = Run { anchor, record, hashes: proof.hashes().to_vec(), left, right };
    Proof { name: *name, runs: vec![run], checkpoint: proof.checkpoint().clone() }
}

fn record_at(reader: &Reader, seq: u64) -> String {
    let line = reader.line(seq).expect("there");
    String::from_utf8(Line::parse(&line).expect("a line").record.to_vec()).expect("text")
}

#[test]
fn no_choice_of_neighbours_proves_a_name_absent_that_is_there() {
    let works = ["a", "b", "c", "d", "e", "f", "g"];
    let world = World::new();
    let mut ledger = world.open();
    ingest_all(&mut ledger, &works);
    seal(&mut ledger);
    let places: Vec<Option<usize>> = std::iter::once(None).chain((0..works.len()).map(Some)).collect();
    for work in works {
        for left in &places {
            for right in &places {
                let proof = forged(&world, &asset(work), 8, &works, [*left, *right]);
                assert!(check(&world, &proof).is_err(), "{work} between {left:?} and {right:?}");
            }
        }
    }
    // And of one that is not there, exactly one choice does.
    let absent = asset("h");
    let right: Vec<_> = places
        .iter()
        .flat_map(|left| places.iter().map(move |right| [*left, *right]))
        .filter(|at| check(&world, &forged(&world, &absent, 8, &works, *at)).is_ok())
        .collect();
    assert_eq!(right.len(), 1, "{right:?}");
}

#[test]
fn what_a_hostile_proof_gets_wrong_is_said() {
    let world = world();
    let reader = world.reader();
    let name = asset("z");
    let good = proof_of(&reader, &name);
    check(&world, &good).expect("holds");
    let with = |change: &dyn Fn(&mut Proof)| {
        let mut proof = good.clone();
        change(&mut proof);
        check(&world, &proof).expect_err("refused")
    };
    let refused = with(&|proof| drop(proof.runs.remove(0)));
    assert_eq!(refused, Refusal::Gap { from: 0, first: 4 });
    let refused = with(&|proof| proof.runs.clear());
    assert_eq!(refused, Refusal::NoRuns);
    let refused = with(&|proof| proof.runs.insert(0, proof.runs[0].clone()));
    assert_eq!(refused, Refusal::Overlap { first: 0, from: 4 });
    let refused = with(&|proof| proof.runs.swap(0, 1));
    assert_eq!(refused, Refusal::Gap { from: 0, first: 4 });
    let refused = with(&|proof| (proof.runs[0].left, proof.runs[0].right) = (None, None));
    assert!(refused.to_string().contains("the tree has 3 names, and none is shown"), "{refused}");
    let refused = with(&|proof| proof.runs[0].record = record_at(&reader, 1));
    assert!(matches!(refused, Refusal::NotInLog { anchor: 4, .. }), "{refused}");
    let refused = with(&|proof| {
        let other = reader.prove(1).expect("proved");
        proof.runs[0] =
            Run { anchor: 1, record: record_at(&reader, 1), hashes: other.hashes().to_vec(), ..proof.runs[0].clone() };
    });
    assert!(
        refused.to_string().contains("record 1 is not an ANCHOR that seals a run of records: it is a INGEST"),
        "{refused}"
    );
    let refused = with(&|proof| proof.runs[1].anchor = 7);
    assert!(matches!(refused, Refusal::NotInLog { anchor: 7, .. }), "{refused}");
    // One change in any hash, or one hash too many or too few.
    for run in 0..2 {
        for at in 0..good.runs[run].hashes.len() {
            let refused = with(&|proof| proof.runs[run].hashes[at] = hash("other"));
            assert!(matches!(refused, Refusal::NotInLog { mismatch: Mismatch::Root { .. }, .. }), "{refused}");
        }
        let refused = with(&|proof| proof.runs[run].hashes.truncate(good.runs[run].hashes.len() - 1));
        assert!(matches!(refused, Refusal::NotInLog { mismatch: Mismatch::Length { .. }, .. }), "{refused}");
    }
    for (at, shown) in good.runs.iter().enumerate() {
        for is_left in [true, false] {
            let side = if is_left { &shown.left } else { &shown.right };
            let Some(neighbour) = side else { continue };
            let side = |proof: &mut Proof, with: Neighbour| {
                let run = &mut proof.runs[at];
                *(if is_left { &mut run.left } else { &mut run.right }) = Some(with);
            };
            let mut other = neighbour.clone();
            other.hashes.push(hash("one more"));
            assert!(matches!(with(&|proof| side(proof, other.clone())), Refusal::NotInRun { .. }));
            let named = Neighbour { name, ..neighbour.clone() };
            assert!(matches!(with(&|proof| side(proof, named.clone())), Refusal::Order { .. }));
        }
    }
    let refused = with(&|proof| {
        for run in &mut proof.runs {
            std::mem::swap(&mut run.left, &mut run.right);
        }
    });
    assert!(matches!(refused, Refusal::NotAdjacent { .. } | Refusal::Order { .. }), "{refused}");
}

#[test]
fn an_anchor_counts_only_in_its_own_log_and_under_a_checkpoint_that_covers_it() {
    let (world, other) = (world(), world());
    let name = asset("z");
    let good = proof_of(&world.reader(), &name);
    let refused = good.verify(&[History::of(other.key())]).expect_err("another log");
    assert!(matches!(refused, Refusal::Checkpoint(_)), "{refused}");
    // The ANCHORs of another log under this one's checkpoint.
    let foreign = Proof { runs: proof_of(&other.reader(), &name).runs, ..good };
    assert!(matches!(check(&world, &foreign), Err(Refusal::NotInLog { anchor: 4, .. })));
    // A checkpoint from before the second run was sealed.
    let young = World::new();
    let mut ledger = young.open();
    ingest_all(&mut ledger, &["a", "b", "c"]);
    let early = ledger.checkpoint();
    seal(&mut ledger);
    let proof = proof_of(&young.reader(), &name);
    let checkpoint = touchmark_core::tlog::checkpoint::SignedCheckpoint::parse(early.as_bytes()).expect("a checkpoint");
    let refused = check(&young, &Proof { checkpoint, ..proof }).expect_err("it does not cover the ANCHOR");
    let no_leaf = Mismatch::NoSuchLeaf { index: 4, size: 4 };
    assert_eq!(refused, Refusal::NotInLog { anchor: 4, mismatch: no_leaf });
}

#[test]
fn an_anchor_that_lies_about_its_leaves_proves_nothing_beyond_what_it_fixes() {
    // The root is right, the number is not: ways to the root have other lengths then, or the end is not shown.
    let root = root_of({
        let mut names = ["a", "b", "c"].map(asset);
        names.sort_unstable();
        names.map(|name| name.leaf())
    });
    let name = asset("z");
    for leaves in [0, 1, 2, 4, 5, (1 << 53) - 1] {
        let world = sealed_by_hand(&[anchor_of(Segment { first: 0, end: 4, leaves, root })]);
        let places: Vec<Option<usize>> = vec![None, Some(0), Some(1), Some(2)];
        let held = places
            .iter()
            .flat_map(|left| places.iter().map(move |right| [*left, *right]))
            .filter(|at| check(&world, &forged(&world, &name, 4, &["a", "b", "c"], *at)).is_ok());
        // Where two neighbours in the middle are shown, the number of leaves does not matter: nothing stands between them.
        for at in held {
            assert!(at.iter().all(Option::is_some), "{leaves} leaves, {at:?}");
        }
    }
    let world = sealed_by_hand(&[anchor_of(Segment { first: 0, end: 9, leaves: 0, root: empty_root() })]);
    let future = forged(&world, &name, 4, &["a"], [None, None]);
    assert_eq!(check(&world, &future), Err(Refusal::FromTheFuture { anchor: 4, end: 9 }));
}

#[test]
fn texts_that_are_no_proofs_are_refused_in_a_sentence() {
    let world = world();
    let good = proof_of(&world.reader(), &asset("z")).to_string();
    let record: Record = Record::from_bytes(record_at(&world.reader(), 4).as_bytes()).expect("a record");
    assert_eq!(record.kind(), Kind::Anchor);
    for (from, to) in [
        ("touchmark/absence@v1", "touchmark/absence@v2"),
        ("name sha256:", "name sha512:"),
        ("\n\nanchor", "\nanchor"),
        ("anchor 4", "anchor 04"),
        ("anchor 4", "anchor +4"),
        ("anchor 4\n{", "anchor 4\n {"),
        ("=\n", "\n"),
        ("left ", "left  "),
        ("\n\n\u{2014}", "\n\u{2014}"),
    ] {
        let changed = good.replacen(from, to, 1);
        if changed == good {
            continue;
        }
        assert!(Proof::parse(changed.as_bytes()).is_err(), "{from:?} -> {to:?}");
    }
    for end in 0..good.len() {
        if good.is_char_boundary(end) {
            assert!(Proof::parse(&good.as_bytes()[..end]).is_err(), "cut at {end}");
        }
    }
    let long = vec![b'a'; touchmark_core::ledger::absence::MAX_PROOF + 1];
    assert!(Proof::parse(&long).expect_err("too long").to_string().contains("at most"));
}

#[test]
fn no_byte_of_a_proof_can_be_changed() {
    let world = world();
    let good = proof_of(&world.reader(), &asset("z"));
    let text = good.to_string().into_bytes();
    let shown = good.verify(&[History::of(world.key())]).expect("holds");
    for at in 0..text.len() {
        let mut changed = text.clone();
        changed[at] ^= 1;
        let Ok(proof) = Proof::parse(&changed) else { continue };
        if let Ok(other) = proof.verify(&[History::of(world.key())]) {
            // Another name in the same gap is absent too; nothing else may differ.
            assert_ne!(other.name, shown.name, "byte {at}");
            assert_eq!(Absent { name: shown.name, ..other }, shown, "byte {at}");
        }
    }
}
