//! Whichever call to the store fails, and however: nothing that was acknowledged is lost, the log is whole, and it goes on.

use std::sync::Arc;

use touchmark_core::ledger::faulty::{Fault, FaultyStore};
use touchmark_core::ledger::memory::MemoryStore;
use touchmark_core::ledger::{Error, Receipt, Store};

use crate::world::{World, append_on_day, assert_whole};

/// Opens the log, and adds a batch over two files of the log, one on the next day with a new MAC key, and one more. Stops at the
/// first error. What was acknowledged goes to `acknowledged`.
pub(crate) fn work(world: &World, store: Arc<dyn Store>, acknowledged: &mut Vec<Receipt>) -> Result<(), Error> {
    let mut ledger = world.open_over(store, 0)?;
    for (day, count) in [(0, 5), (1, 2), (1, 1)] {
        match append_on_day(&mut ledger, count, day) {
            Ok(receipts) => acknowledged.extend(receipts),
            Err(error) => {
                // Whatever failed: this ledger takes nothing more, and gives out no proof that may not hold.
                assert!(matches!(append_on_day(&mut ledger, 1, day), Err(Error::Poisoned)));
                assert!(matches!(ledger.prove(0), Err(Error::Poisoned)));
                return Err(error);
            }
        }
    }
    Ok(())
}

/// Lets each call fail in turn, until a run meets no failure.
fn every_call(
    faulty: impl Fn(Arc<dyn Store>, u64) -> FaultyStore,
    begin: impl Fn(&World),
    store: impl Fn(&World) -> Arc<dyn Store>,
) {
    for nth in 0.. {
        let world = World::with_segments_of(4);
        begin(&world);
        let mut acknowledged = Vec::new();
        let failing = Arc::new(faulty(store(&world), nth));
        let result = work(&world, failing.clone(), &mut acknowledged);
        if !failing.has_failed() {
            result.expect("nothing failed");
            assert!(nth > 10, "a run makes more calls than that");
            return;
        }
        drop(failing);
        let store = store(&world);
        assert_recovered(&world, &store, &acknowledged, &format!("after call {nth}"));
    }
}

/// Opened again, the log is whole, has everything that was acknowledged, and goes on.
pub(crate) fn assert_recovered(world: &World, store: &Arc<dyn Store>, acknowledged: &[Receipt], after: &str) {
    let mut ledger = world.open_over(store.clone(), 1).unwrap_or_else(|error| panic!("{after}: {error}"));
    assert_whole(&world.check_over(store.as_ref()), ledger.size());
    let reader = touchmark_core::ledger::Reader::over(store.clone()).expect("opened");
    for receipt in acknowledged {
        assert_eq!(reader.find(receipt.id).expect("not lost"), receipt.seq, "{after}");
        let line = reader.line(receipt.seq).expect("not lost");
        let parsed = touchmark_core::ledger::line::Line::parse(&line).expect("a line");
        assert_eq!(parsed.hash, receipt.hash, "{after}");
    }
    let before = ledger.size();
    append_on_day(&mut ledger, 3, 2).unwrap_or_else(|error| panic!("{after}: {error}"));
    assert_whole(&world.check_over(store.as_ref()), before + 3);
    ledger.prove(before).expect("proved");
}

const FAULTS: [Fault; 2] = [Fault::NotDone, Fault::AnswerLost];

fn in_a_folder(world: &World) -> Arc<dyn Store> {
    world.writer_store().expect("opened")
}

#[test]
fn one_failed_call_in_a_folder() {
    for fault in FAULTS {
        every_call(|store, nth| FaultyStore::new(store, nth, fault), |world| world.fill(2), in_a_folder);
    }
}

#[test]
fn a_crash_at_any_call_in_a_folder() {
    for fault in FAULTS {
        every_call(|store, nth| FaultyStore::crashing(store, nth, fault), |world| world.fill(2), in_a_folder);
    }
}

#[test]
fn a_crash_at_any_call_while_a_log_begins() {
    for fault in FAULTS {
        every_call(|store, nth| FaultyStore::crashing(store, nth, fault), |_| {}, in_a_folder);
    }
}

#[test]
fn a_failed_call_or_a_crash_in_memory() {
    for fault in FAULTS {
        for make in [FaultyStore::new, FaultyStore::crashing] {
            let stores = std::cell::RefCell::new(Arc::new(MemoryStore::default()));
            let begin = |_: &World| drop(stores.replace(Arc::default()));
            every_call(|store, nth| make(store, nth, fault), begin, |_| stores.borrow().clone());
        }
    }
}

#[test]
fn a_lost_answer_is_an_error_although_the_records_are_there() {
    let world = World::with_records(2);
    let counting = Arc::new(FaultyStore::new(in_a_folder(&world), u64::MAX, Fault::NotDone));
    drop(world.open_over(counting.clone(), 0).expect("opened"));
    let commit = counting.calls();
    drop(counting);
    let failing = Arc::new(FaultyStore::new(in_a_folder(&world), commit, Fault::AnswerLost));
    let mut ledger = world.open_over(failing, 0).expect("opened");
    append_on_day(&mut ledger, 1, 0).expect_err("the answer is lost");
    drop(ledger);
    assert_eq!(world.open().size(), 3, "taken over, as if it had been acknowledged");
    assert_whole(&world.check(), 3);
}
