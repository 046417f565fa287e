//! Reading the log.

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

/// The whole log, against two SHA-256 of its bytes on all cores.
pub(crate) fn verify(criterion: &mut Criterion) {
    let world = World::named();
    world.fill(records());
    let reader = Reader::open(&world.ledger_dir()).expect("opened");
    let (root, key) = (world.root(), reader.key().clone());
    let known = [Known::Key(&key)];
    let checks =
        |signatures| Checks { origin: ORIGIN, known: &known, macs: Some(MacKeys::Root(&root)), signatures, from: 0 };
    let hash_twice = |_: u64, block: &[u8]| {
        let lines: Vec<&[u8]> = lines_of(block).collect();
        lines.par_iter().for_each(|line| {
            black_box((Hash::of(line), Hash::of(line)));
        });
        ControlFlow::Continue(())
    };
    let floor = || time(|| reader.store().blocks(0, &mut { hash_twice }).expect("read"));
    let aim = Aim { floor: "SHA-256 of the same bytes twice", records: reader.store().size().expect("counted") };
    for (name, signatures) in [
        ("verify chain, MACs and tree", Signatures::Handovers),
        ("verify chain, MACs, tree and every signature", Signatures::All),
    ] {
        let checks = checks(signatures);
        against(criterion, name, aim, floor, || {
            time(|| assert_eq!(check(reader.store(), &checks).expect("could look").findings, []))
        });
    }
}

/// Opening for writing, against reading one line.
pub(crate) fn open(criterion: &mut Criterion) {
    let world = World::named();
    world.fill(records());
    let reader = Reader::open(&world.ledger_dir()).expect("opened");
    let size = reader.store().size().expect("counted");
    let aim = Aim { floor: "reading one line", records: 1 };
    against(criterion, "open", aim, || time(|| reader.line(size / 3).expect("there")), || time(|| world.open()));
}

/// A record's proof by its id, against reading its line.
pub(crate) fn prove(criterion: &mut Criterion) {
    let world = World::named();
    world.fill(records());
    let reader = Reader::open(&world.ledger_dir()).expect("opened");
    let size = reader.store().size().expect("counted");
    let ids: Vec<_> = (0..97).map(|part| reader.record(size / 97 * part).expect("there").id).collect();
    let mut next = ids.iter().cycle();
    let mut at = 0;
    let read = || {
        at = (at + size / 2 + 12_345) % size;
        time(|| reader.line(at).expect("there"))
    };
    let aim = Aim { floor: "reading one line", records: 1 };
    against(criterion, "prove by id", aim, read, || {
        let id = *next.next().expect("ids go round");
        time(|| reader.prove(reader.find(id).expect("found")).expect("proved"))
    });
}
