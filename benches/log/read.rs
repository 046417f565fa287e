//! Reading the log.

use std::cell::LazyCell;
use std::hint::black_box;
use std::ops::ControlFlow;

use criterion::Criterion;
use rayon::prelude::*;
use touchmark_core::hash::Hash;
use touchmark_core::ledger::Reader;
use touchmark_core::ledger::check::{Checks, MacKeys, Signatures, check};
use touchmark_core::ledger::history::Known;
use touchmark_core::ledger::store::lines_of;

use crate::turns::{Aim, against, time};
use crate::world::{ORIGIN, World, records};

/// A log that is read again and again.
struct Long {
    world: World,
    reader: Reader,
    size: u64,
}

/// All benches of reading. The log is made when the first of those that were asked for wants it.
pub(crate) fn all(criterion: &mut Criterion) {
    let long: LazyCell<Long> = LazyCell::new(|| {
        let world = World::named();
        world.fill(records());
        let reader = Reader::open(&world.ledger_dir()).expect("opened");
        let size = reader.store().size().expect("counted");
        Long { world, reader, size }
    });
    verify(criterion, &long);
    open(criterion, &long);
    prove(criterion, &long);
    prove_in_a_row(criterion, &long);
}

/// The whole log, against two SHA-256 of its bytes on all cores.
fn verify(criterion: &mut Criterion, long: &LazyCell<Long>) {
    let hash_twice = |_: u64, block: &[u8]| {
        let lines: Vec<&[u8]> = lines_of(block).collect();
        lines.par_iter().for_each(|line| {
            black_box((Hash::of(line), Hash::of(line)));
        });
        ControlFlow::Continue(())
    };
    let floor = || {
        let store = long.reader.store();
        time(|| store.blocks(0, &mut { hash_twice }).expect("read"))
    };
    let aim = Aim { floor: "SHA-256 of the same bytes twice", records: records() };
    for (name, signatures) in [
        ("verify chain, MACs and tree", Signatures::Handovers),
        ("verify chain, MACs, tree and every signature", Signatures::All),
    ] {
        against(criterion, name, aim, floor, || {
            let (root, known) = (long.world.root(), [Known::Key(long.reader.key())]);
            let checks =
                Checks { origin: ORIGIN, known: &known, macs: Some(MacKeys::Root(&root)), signatures, from: 0 };
            time(|| assert_eq!(check(long.reader.store(), &checks).expect("could look").findings, []))
        });
    }
}

/// Opening for writing, against reading one line.
fn open(criterion: &mut Criterion, long: &LazyCell<Long>) {
    let read = || {
        let Long { reader, size, .. } = &**long;
        time(|| reader.line(size / 3).expect("there"))
    };
    let aim = Aim { floor: "reading one line", records: 1 };
    against(criterion, "open", aim, read, || time(|| long.world.open()));
}

/// A record's proof by its id, against reading its line.
fn prove(criterion: &mut Criterion, long: &LazyCell<Long>) {
    let ids = LazyCell::new(|| -> Vec<_> {
        (0..97).map(|part| long.reader.record(long.size / 97 * part).expect("there").id).collect()
    });
    let (mut next, mut at) = (0, 0);
    let read = || {
        let Long { reader, size, .. } = &**long;
        at = (at + size / 2 + 12_345) % size;
        time(|| reader.line(at).expect("there"))
    };
    let aim = Aim { floor: "reading one line", records: 1 };
    against(criterion, "prove by id", aim, read, || {
        next = (next + 1) % ids.len();
        let id = ids[next];
        time(|| long.reader.prove(long.reader.find(id).expect("found")).expect("proved"))
    });
}

/// Proofs of records that stand next to each other, as an import gives them out, against as many that are made one by one.
fn prove_in_a_row(criterion: &mut Criterion, long: &LazyCell<Long>) {
    const PROOFS: u64 = 2560;
    let snapshot = LazyCell::new(|| long.reader.snapshot().expect("a checkpoint"));
    let row = || long.size / 3..long.size / 3 + PROOFS;
    let alone = || time(|| row().for_each(|seq| drop(black_box(snapshot.prove(seq).expect("proved")))));
    let aim = Aim { floor: "each by itself", records: PROOFS };
    against(criterion, "prove in a row", aim, alone, || {
        let prover = snapshot.prover();
        time(|| row().for_each(|seq| drop(black_box(prover.prove(seq).expect("proved")))))
    });
}
