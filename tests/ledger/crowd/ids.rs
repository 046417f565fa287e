//! Ids that come twice, while the records that have them first are on their way to the disk.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;

use touchmark_core::edge::Edge;
use touchmark_core::ledger::{Error, Reader, Sequencer};

use super::gate::{Call, Gate, Slow};
use super::{add, behind_one, many, one, seqs, sequencer, with_id};
use crate::world::{World, assert_whole, moderation, on_day};

fn given(number: u64) -> Call {
    Box::new(move |sequencer: &Sequencer| add(sequencer, &[with_id(number)]))
}

/// An id is on record when the record with it is, and not before: who brings it again waits until that is known.
#[test]
fn an_id_that_is_on_its_way_to_the_disk_is_refused_when_it_is_there() {
    let (world, gate) = (World::new(), Arc::new(Gate::default()));
    let sequencer = sequencer(&world, gate.clone());
    let calls = vec![given(1), given(1), given(2), many(300), given(2), given(3), one()];
    let answers = behind_one(&gate, &sequencer, calls);
    assert_eq!(seqs(&answers[0]), [2]);
    assert!(matches!(answers[1], Err(Error::OnRecord { seq: 2, .. })), "{:?}", answers[1]);
    assert_eq!(seqs(&answers[2]), [3]);
    assert_eq!(seqs(&answers[3]), (4..304).collect::<Vec<_>>());
    assert!(matches!(answers[4], Err(Error::OnRecord { seq: 3, .. })), "{:?}", answers[4]);
    assert_eq!((seqs(&answers[5]), seqs(&answers[6])), (vec![304], vec![305]));
    assert_eq!(gate.commits(), 4, "the log's own, the one in front, the first, and one for all who wait in line");
    assert_whole(&world.check_over(gate.as_ref()), 306);
}

#[test]
fn an_id_is_called_on_record_when_its_commit_has_succeeded_and_not_when_it_failed() {
    for is_full in [false, true] {
        let (world, gate) = (World::new(), Arc::new(Gate::default()));
        let sequencer = sequencer(&world, gate.clone());
        gate.set(true);
        let [first, again] = thread::scope(|scope| {
            let first = scope.spawn(|| add(&sequencer, &[with_id(1)]));
            while gate.commits() < 2 {
                thread::yield_now();
            }
            let again = scope.spawn(|| add(&sequencer, &[with_id(1)]));
            while sequencer.waiting() == 0 {
                thread::yield_now();
            }
            gate.full.store(is_full, Ordering::SeqCst);
            gate.set(false);
            [first, again].map(|thread| thread.join().expect("no panic"))
        });
        if is_full {
            assert!(
                matches!((&first, &again), (Err(Error::Commit { .. }), Err(Error::Poisoned))),
                "{first:?}, {again:?}"
            );
        } else {
            assert_eq!(seqs(&first), [1]);
            assert!(matches!(again, Err(Error::OnRecord { seq: 1, .. })), "{again:?}");
        }
    }
}

/// Where the log works for somebody alone, its next records are not known beforehand: ids that it adds then are found, too.
#[test]
fn an_id_that_somebody_adds_who_has_the_log_alone_is_found_by_those_behind() {
    let (world, gate) = (World::new(), Arc::new(Gate::default()));
    let sequencer = sequencer(&world, gate.clone());
    let alone: Call = Box::new(|sequencer| {
        let append = |edge: Edge<'_>| sequencer.exclusive(|ledger, _| ledger.append(&[with_id(1), with_id(2)], edge));
        on_day(0, append)?.map(|_| Vec::new())
    });
    let answers = behind_one(&gate, &sequencer, vec![given(2), alone, given(1), given(3)]);
    assert_eq!(seqs(&answers[0]), [2]);
    assert!(matches!(answers[2], Err(Error::OnRecord { seq: 3, .. })), "{:?}", answers[2]);
    assert_eq!(seqs(&answers[3]), [5]);
}

/// A look-up that takes so long that the id comes on record behind its back.
#[test]
fn an_id_is_looked_up_again_where_the_log_has_gone_on_meanwhile() {
    let (world, gate) = (World::new(), Arc::new(Gate::default()));
    let slow = Arc::new(Slow::over(gate.clone()));
    let ledger = world.open_over(gate.clone(), 0).expect("opened");
    let sequencer = Sequencer::new(ledger, Arc::new(Reader::over(slow.clone()).expect("opened")));
    let until = |commits| {
        while gate.commits() < commits {
            thread::yield_now();
        }
    };
    gate.set(true);
    thread::scope(|scope| {
        let first = scope.spawn(|| add(&sequencer, &[moderation()]));
        until(2);
        slow.slow_down();
        let looks = scope.spawn(|| add(&sequencer, &[with_id(7)]));
        slow.meanwhile(|| {
            gate.set(false);
            first.join().expect("no panic").expect("appended");
            let append = |edge: Edge<'_>| sequencer.exclusive(|ledger, _| ledger.append(&[with_id(7)], edge));
            assert_eq!(on_day(0, append).expect("its turn").expect("appended")[0].seq, 2);
            gate.set(true);
            scope.spawn(|| add(&sequencer, &[moderation()]));
            until(4);
        });
        while sequencer.waiting() == 0 && !looks.is_finished() {
            thread::yield_now();
        }
        gate.set(false);
        let answer = looks.join().expect("no panic");
        assert!(matches!(answer, Err(Error::OnRecord { seq: 2, .. })), "{answer:?}");
    });
}
