//! Proofs of absence and ANCHORs that somebody made up: what is refused, and in which words.

use touchmark_core::event::body::{Anchor, Segment};
use touchmark_core::event::{Body, Event, Kind, Record};
use touchmark_core::ledger::absence::{Absent, Name, Neighbour, Proof, Refusal, Run, prove};
use touchmark_core::ledger::check::Problem;
use touchmark_core::ledger::history::History;
use touchmark_core::ledger::line::Line;
use touchmark_core::ledger::{Reader, this_system};
use touchmark_core::merkle::{Levels, Mismatch, empty_root, inclusion_proof, root_of};

use super::{add, asset, check, hash, ingest_all, proof_of, seal, world};
use crate::world::{World, assert_whole};

fn anchor(first: u64, end: u64, names: &[&str]) -> Event {
    let names: std::collections::BTreeSet<String> = names.iter().map(|name| asset(name).to_string()).collect();
    let leaf = |name: &String| name.parse::<Name>().expect("a name").leaf();
    let segment = Segment { first, end, leaves: names.len() as u64, root: root_of(names.iter().map(leaf)) };
    anchor_of(segment)
}

fn anchor_of(segment: Segment) -> Event {
    let body = Body::Anchor(Anchor { timestamp: None, segment: Some(segment), trail: None });
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
