//! Many callers at once: they share commits, each gets the evidence for what is theirs, and nobody pays for another's mistake.

mod gate;
mod ids;
mod mixed;
mod placed;
mod wishes;

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::thread;

use touchmark_core::event::Event;
use touchmark_core::ledger::faulty::{Fault, FaultyStore};
use touchmark_core::ledger::line::Line;
use touchmark_core::ledger::memory::MemoryStore;
use touchmark_core::ledger::{Error, Proved, Reader, Sequencer, Store};
use touchmark_core::merkle::leaf_hash;
use uuid::Uuid;

use self::gate::{Call, Gate};
use crate::world::{World, assert_whole, moderation, on_day};

fn sequencer(world: &World, store: Arc<dyn Store>) -> Sequencer {
    let ledger = world.open_over(Arc::clone(&store), 0).expect("opened");
    Sequencer::new(ledger, Arc::new(Reader::over(store).expect("opened")))
}

fn add(sequencer: &Sequencer, events: &[Event]) -> Result<Vec<Proved>, Error> {
    on_day(0, |edge| sequencer.append(events, edge))
}

type Answer = Result<Vec<Proved>, Error>;

fn one() -> Call {
    Box::new(|sequencer: &Sequencer| add(sequencer, &[moderation()]))
}

fn many(count: usize) -> Call {
    Box::new(move |sequencer: &Sequencer| add(sequencer, &vec![moderation(); count]))
}

fn seqs(answer: &Answer) -> Vec<u64> {
    answer.as_ref().expect("appended").iter().map(|proved| proved.receipt.seq).collect()
}

fn with_id(number: u64) -> Event {
    let mut event = moderation();
    event.id = Some(format!("019a2b3c-0000-7000-8000-{number:012}").parse().expect("an id"));
    event
}

fn not_acceptable() -> Event {
    let mut event = moderation();
    event.id = Some(Uuid::nil());
    event
}

/// Its record has more bytes than one may have, which shows only when it is put in its place.
fn too_long() -> Event {
    let mut event = moderation();
    event.system.version = "4".repeat(1 << 16);
    event
}

/// The evidence, checked as somebody does who has nothing but the log's key and what stands in the log.
fn assert_proved(world: &World, store: Arc<dyn Store>, proved: &Proved) {
    let reader = Reader::over(store).expect("opened");
    let line = reader.line(proved.receipt.seq).expect("not lost");
    let line = Line::parse(&line).expect("a line");
    assert_eq!(line.hash, proved.receipt.hash);
    assert_eq!(reader.record(proved.receipt.seq).expect("not lost").id, proved.receipt.id);
    assert_eq!(proved.proof.index(), proved.receipt.seq);
    proved.proof.verify(&leaf_hash(line.record), &[world.key()]).expect("holds");
}

/// Holds one commit up until all of `calls` wait behind it, so that they share the next. The answers stand in the order of the calls.
fn behind_one(gate: &Gate, sequencer: &Sequencer, calls: Vec<Call>) -> Vec<Result<Vec<Proved>, Error>> {
    gate.set(true);
    thread::scope(|scope| {
        let before = gate.commits();
        let first = scope.spawn(|| add(sequencer, &[moderation()]));
        while gate.commits() == before {
            thread::yield_now();
        }
        let mut threads = Vec::new();
        for call in calls {
            let waiting = sequencer.waiting();
            let thread = scope.spawn(|| call(sequencer));
            while sequencer.waiting() == waiting && !thread.is_finished() {
                thread::yield_now();
            }
            threads.push(thread);
        }
        gate.set(false);
        first.join().expect("no panic").expect("appended");
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    })
}

#[test]
fn whoever_waits_behind_a_commit_shares_the_next_one_and_its_checkpoint() {
    let (world, gate) = (World::new(), Arc::new(Gate::default()));
    let sequencer = sequencer(&world, gate.clone());
    let before = gate.commits();
    let calls = (0..20_usize)
        .map(|call| {
            let events: Vec<Event> = (0..=call % 3).map(|_| moderation()).collect();
            Box::new(move |sequencer: &Sequencer| add(sequencer, &events)) as Box<_>
        })
        .collect();
    let answers = behind_one(&gate, &sequencer, calls);
    assert_eq!(gate.commits() - before, 2, "the one in front, and one for all who waited");
    let mut next = 2;
    for (call, answer) in answers.into_iter().enumerate() {
        let proved = answer.expect("appended");
        assert_eq!(proved.len(), call % 3 + 1);
        for one in &proved {
            assert_eq!(one.receipt.seq, next, "in the order in which they came");
            assert_eq!(one.proof.checkpoint().unverified().size(), 2 + 39);
            assert_proved(&world, gate.clone(), one);
            next += 1;
        }
    }
    assert_whole(&world.check_over(gate.as_ref()), next);
}

#[test]
fn a_lone_caller_waits_for_nobody() {
    let (world, gate) = (World::new(), Arc::new(Gate::default()));
    let sequencer = sequencer(&world, gate.clone());
    for seq in 1..5 {
        let proved = add(&sequencer, &[moderation()]).expect("appended");
        assert_eq!((proved[0].receipt.seq, gate.commits()), (seq, seq + 1));
    }
    assert_eq!(add(&sequencer, &[]).expect("nothing to do"), []);
}

#[test]
fn many_threads_get_dense_positions_and_proofs_that_hold() {
    let world = World::with_segments_of(64);
    let store = world.writer_store().expect("opened");
    let sequencer = sequencer(&world, store.clone());
    let all: Vec<Proved> = thread::scope(|scope| {
        let work = || (0..12).flat_map(|_| add(&sequencer, &[moderation(), moderation()]).expect("appended"));
        let threads: Vec<_> = (0..16).map(|_| scope.spawn(move || work().collect::<Vec<_>>())).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect()
    });
    for pair in all.chunks(2) {
        assert_eq!(pair[0].receipt.seq + 1, pair[1].receipt.seq, "one caller's events stay together");
    }
    let seqs: BTreeSet<u64> = all.iter().map(|proved| proved.receipt.seq).collect();
    assert_eq!(seqs, (1..=16 * 24).collect::<BTreeSet<u64>>());
    for proved in &all {
        assert_proved(&world, store.clone(), proved);
    }
    assert_whole(&world.check_over(store.as_ref()), 1 + 16 * 24);
}

#[test]
fn what_is_wrong_with_one_call_is_that_call_s_alone() {
    let (world, gate) = (World::new(), Arc::new(Gate::default()));
    let sequencer = sequencer(&world, gate.clone());
    add(&sequencer, &[with_id(1)]).expect("appended");
    let call = |events: Vec<Event>| Box::new(move |sequencer: &Sequencer| add(sequencer, &events)) as Box<_>;
    let answers = behind_one(
        &gate,
        &sequencer,
        vec![
            call(vec![moderation(), with_id(2)]),
            call(vec![moderation(), not_acceptable(), moderation()]),
            call(vec![moderation(), with_id(1)]),
            call(vec![with_id(3), moderation(), with_id(3)]),
            call(vec![with_id(3), with_id(2)]),
            call(vec![with_id(4), too_long()]),
            call(vec![with_id(3), with_id(4)]),
        ],
    );
    assert_eq!(seqs(&answers[0]), [3, 4]);
    assert!(matches!(answers[1], Err(Error::Event { number: 2, .. })), "{:?}", answers[1]);
    assert!(matches!(answers[2], Err(Error::OnRecord { seq: 1, .. })), "{:?}", answers[2]);
    assert!(matches!(answers[3], Err(Error::TwiceGiven { .. })), "{:?}", answers[3]);
    let on_record = answers[4].as_ref().expect_err("its second id is that of the first call");
    assert!(on_record.to_string().ends_with("is on record already, as record 4; nothing was added"), "{on_record}");
    assert!(matches!(answers[5], Err(Error::Event { number: 2, .. })), "{:?}", answers[5]);
    assert_eq!(seqs(&answers[6]), [5, 6], "those that were refused took no id and no place");
    assert!(!sequencer.has_failed());
    assert_whole(&world.check_over(gate.as_ref()), 7);
}

#[test]
fn whoever_wants_the_log_alone_is_neither_overtaken_nor_disturbed() {
    let (world, gate) = (World::new(), Arc::new(Gate::default()));
    let sequencer = sequencer(&world, gate.clone());
    let alone = Box::new(|sequencer: &Sequencer| {
        let (before, after) = sequencer.exclusive(|ledger, _| {
            let before = ledger.size();
            on_day(0, |edge| ledger.append(&[moderation()], edge)).expect("appended");
            (before, ledger.size())
        })?;
        assert_eq!((before, after), (4, 5), "behind those who came before, and before those who came behind");
        Ok(Vec::new())
    });
    let answers = behind_one(&gate, &sequencer, vec![one(), one(), alone, one(), one()]);
    assert_eq!(answers.iter().flat_map(seqs).collect::<Vec<_>>(), [2, 3, 5, 6]);
    assert_eq!(gate.commits(), 5, "the log's own, the one in front, two for those who share, one alone");
}

#[test]
fn a_panic_with_the_log_in_hand_lets_nobody_wait_for_ever_and_closes_the_log() {
    let (world, gate) = (World::new(), Arc::new(Gate::default()));
    let sequencer = sequencer(&world, gate.clone());
    let panics = Box::new(|sequencer: &Sequencer| {
        let work = || sequencer.exclusive(|_, _| panic!("a defect in the work, which this test wants"));
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).expect_err("it panics");
        Err(Error::Poisoned)
    });
    let answers = behind_one(&gate, &sequencer, vec![panics, one(), one()]);
    assert!(answers.iter().all(|answer| matches!(answer, Err(Error::Poisoned))), "{answers:?}");
    assert!(sequencer.has_failed());
    assert!(matches!(add(&sequencer, &[moderation()]), Err(Error::Poisoned)));
    assert!(matches!(sequencer.exclusive(|_, _| ()), Err(Error::Poisoned)));
    assert_whole(&world.check_over(gate.as_ref()), 2);
}

#[test]
fn a_log_that_failed_is_opened_again_for_all_who_come_then() {
    let world = World::with_records(2);
    let sequencer = sequencer(&world, world.writer_store().expect("opened"));
    sequencer.exclusive(|ledger, _| ledger.give_up()).expect("its turn");
    assert!(sequencer.has_failed());
    let failed = sequencer.resume(|| Err::<(_, Arc<Reader>), _>("the disk is still full"));
    assert_eq!(failed, Err("the disk is still full"));
    assert!(matches!(add(&sequencer, &[moderation()]), Err(Error::Poisoned)));
    // The failed writer has let go of its lock.
    let open = || Ok::<_, Error>((world.try_open()?, Arc::new(world.reader())));
    sequencer.resume(open).expect("opened");
    sequencer.resume(|| Err::<(_, Arc<Reader>), _>("it is open")).expect("nothing to do");
    assert_eq!(add(&sequencer, &[moderation()]).expect("appended")[0].receipt.seq, 2);
}

/// Whichever call to the store fails while a crowd adds: what was acknowledged stands, and the log is whole.
#[test]
fn nothing_acknowledged_is_lost_whichever_call_fails_under_a_crowd() {
    for fault in [Fault::NotDone, Fault::AnswerLost] {
        let mut failures = 0;
        for nth in 0..24 {
            let world = World::new();
            let memory: Arc<dyn Store> = Arc::new(MemoryStore::default());
            drop(world.open_over(memory.clone(), 0).expect("begun"));
            let faulty = Arc::new(FaultyStore::new(memory.clone(), nth, fault));
            let Ok(ledger) = world.open_over(faulty.clone(), 0) else { continue };
            let sequencer = Sequencer::new(ledger, Arc::new(Reader::over(memory.clone()).expect("opened")));
            let acknowledged = Mutex::new(Vec::new());
            thread::scope(|scope| {
                for caller in 0..4 {
                    let (sequencer, acknowledged) = (&sequencer, &acknowledged);
                    scope.spawn(move || {
                        for call in 0..3 {
                            match add(sequencer, &[with_id(caller * 3 + call), moderation()]) {
                                Ok(proved) => acknowledged.lock().expect("no panic").extend(proved),
                                Err(Error::Commit { .. } | Error::Poisoned) => {}
                                // The proof could not be made of what is on record.
                                Err(other) => assert!(matches!(other, Error::Io { .. }), "{other}"),
                            }
                        }
                    });
                }
            });
            failures += u64::from(sequencer.has_failed());
            if sequencer.has_failed() {
                assert!(matches!(add(&sequencer, &[moderation()]), Err(Error::Poisoned)));
            }
            let reopened = world.open_over(memory.clone(), 0).unwrap_or_else(|error| panic!("call {nth}: {error}"));
            assert_whole(&world.check_over(memory.as_ref()), reopened.size());
            for proved in acknowledged.into_inner().expect("no panic") {
                assert_proved(&world, memory.clone(), &proved);
            }
        }
        assert!(failures > 3, "calls of commits are among them, and {failures} failed");
    }
}

#[test]
fn in_a_failed_commit_nobody_is_told_that_an_id_is_on_record_because_of_it() {
    let (world, gate) = (World::new(), Arc::new(Gate::default()));
    let sequencer = sequencer(&world, gate.clone());
    add(&sequencer, &[with_id(1)]).expect("appended");
    let call = |events: Vec<Event>| Box::new(move |sequencer: &Sequencer| add(sequencer, &events)) as Box<_>;
    // It waits with the others, and when its turn comes the disk is full.
    let full = {
        let gate = gate.clone();
        Box::new(move |sequencer: &Sequencer| {
            sequencer.exclusive(|_, _| gate.full.store(true, Ordering::SeqCst))?;
            Ok(Vec::new())
        })
    };
    let same = || call(vec![with_id(7)]);
    let answers = behind_one(&gate, &sequencer, vec![full, same(), same(), call(vec![with_id(1)])]);
    for answer in &answers[1..3] {
        let Err(Error::Commit { source }) = answer else { panic!("{answer:?}") };
        assert!(matches!(**source, Error::Io { .. }), "{source}");
    }
    assert!(matches!(answers[3], Err(Error::OnRecord { seq: 1, .. })), "that one is: {:?}", answers[3]);
    assert!(sequencer.has_failed());
}
