//! Whatever is appended, in whatever batches, with whatever interruptions: everything holds.

use std::sync::Arc;

use proptest::prelude::*;
use touchmark_core::ledger::line::Line;
use touchmark_core::ledger::memory::MemoryStore;
use touchmark_core::ledger::tree::Tree;
use touchmark_core::ledger::{Ledger, Reader, Store};
use touchmark_core::merkle::{leaf_hash, root_of, verify_consistency};

use crate::world::{World, append_on_day, assert_whole};

/// What happens to a log next.
#[derive(Debug, Clone)]
enum Step {
    Append(usize),
    Reopen,
    NextDay,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        5 => (1..9_usize).prop_map(Step::Append),
        2 => Just(Step::Reopen),
        1 => Just(Step::NextDay),
    ];
    proptest::collection::vec(step, 1..14)
}

/// Does the steps, and checks after each that nothing is wrong.
fn live(world: &World, store: impl Fn() -> Arc<dyn Store>, steps: &[Step]) {
    let mut day = 0;
    let mut expected = 1;
    let mut ledger: Option<Ledger> = None;
    for step in steps {
        let mut open = ledger.take().unwrap_or_else(|| world.open_over(store(), day).expect("opened"));
        match step {
            Step::Append(count) => {
                let receipts = append_on_day(&mut open, *count, day).expect("appended");
                let positions: Vec<u64> = receipts.iter().map(|receipt| receipt.seq).collect();
                assert_eq!(positions, (expected..expected + *count as u64).collect::<Vec<_>>());
                expected += *count as u64;
            }
            Step::Reopen => {
                drop(open);
                continue;
            }
            Step::NextDay => day += 1,
        }
        assert_whole(&world.check_over(open.store().as_ref()), expected);
        ledger = Some(open);
    }
    let open = ledger.unwrap_or_else(|| world.open_over(store(), day).expect("opened"));
    everything_holds(world, &open, expected);
}

/// Proofs of every record; consistency between any two sizes; roots and hashes computed here from the lines alone.
fn everything_holds(world: &World, ledger: &Ledger, size: u64) {
    let store = ledger.store();
    let reader = Reader::over(store.clone()).expect("opened");
    let lines: Vec<Vec<u8>> = (0..size).map(|seq| reader.line(seq).expect("there")).collect();
    let leaves: Vec<_> = lines.iter().map(|line| leaf_hash(Line::parse(line).expect("a line").record)).collect();
    let roots: Vec<_> = (0..=leaves.len()).map(|size| root_of(leaves[..size].iter().copied())).collect();
    for (seq, leaf) in (0..).zip(&leaves) {
        for proof in [ledger.prove(seq), reader.prove(seq)] {
            let opened = [world.key()];
            let proof = proof.expect("proved");
            let opened = proof.verify(leaf, &opened).expect("holds");
            assert_eq!((opened.checkpoint.size(), opened.checkpoint.root()), (size, &roots[leaves.len()]));
        }
    }
    for new in 0..roots.len() {
        let tree = Tree::open(store.as_ref(), new as u64, &roots[new]).expect("opened");
        for old in 0..=new {
            let proof = tree.consistency_proof(store.as_ref(), old as u64).expect("proved");
            verify_consistency(old as u64, &roots[old], new as u64, &roots[new], &proof).expect("holds");
            assert_eq!(tree.root_at(store.as_ref(), old as u64).expect("there"), roots[old]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn in_a_folder_with_small_files(lines_in_a_file in 1..6_u64, steps in steps()) {
        let world = World::with_segments_of(lines_in_a_file);
        live(&world, || world.writer_store().expect("opened"), &steps);
    }

    #[test]
    fn in_memory(steps in steps()) {
        let world = World::new();
        let store = Arc::new(MemoryStore::default());
        live(&world, || store.clone(), &steps);
    }
}

#[test]
fn proofs_hold_on_both_sides_of_every_tile() {
    let world = World::new();
    let store = Arc::new(MemoryStore::default());
    let mut ledger = world.open_over(store.clone(), 0).expect("opened");
    let mut past = vec![(0, touchmark_core::merkle::empty_root())];
    for size in [255, 256, 257, 511, 512, 770] {
        let count = usize::try_from(size - ledger.size()).expect("few");
        append_on_day(&mut ledger, count, 0).expect("appended");
        let reader = Reader::over(store.clone()).expect("opened");
        let root = Tree::open(store.as_ref(), size, reader.prove(0).expect("proved").checkpoint().unverified().root());
        let tree = root.expect("opened");
        past.push((size, tree.root()));
        for (old, old_root) in &past {
            let proof = tree.consistency_proof(store.as_ref(), *old).expect("proved");
            verify_consistency(*old, old_root, size, &tree.root(), &proof).expect("holds");
        }
        for seq in [0, size / 2, size - 1] {
            let leaf = leaf_hash(Line::parse(&reader.line(seq).expect("there")).expect("a line").record);
            ledger.prove(seq).expect("proved").verify(&leaf, &[world.key()]).expect("holds");
        }
    }
    assert_whole(&world.check_over(store.as_ref()), 770);
}
