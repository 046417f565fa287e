//! Whoever comes while a commit is on its way has their records placed behind it. What then goes wrong stays with those whom it concerns.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use jiff::{SignedDuration, Timestamp};
use rand_core::{OsRng, RngCore};
use touchmark_core::edge::{Clock, Edge, Moment};
use touchmark_core::event::Kind;
use touchmark_core::keys::file::Ed25519Key;
use touchmark_core::keys::{self, Algorithm, Signer};
use touchmark_core::ledger::line::{Line, signed_message};
use touchmark_core::ledger::{Error, Reader, Sequencer};

use super::gate::{Call, Gate};
use super::wishes::{Wish, Wishing, wishing};
use super::{Answer, add, behind_one, one, seqs, sequencer};
use crate::world::{World, assert_whole, moderation, on_day};

/// One second of the first day.
fn at<T>(second: i64, work: impl FnOnce(Edge<'_>) -> T) -> T {
    let first: Timestamp = "2026-01-01T12:00:00Z".parse().expect("a time");
    let time = first + SignedDuration::from_secs(second);
    let clock = Clock { synchronised: true, max_error_us: Some(10) };
    work(Edge { now: &|| Moment { time, clock }, random: &|bytes| OsRng.fill_bytes(bytes) })
}

/// Two calls behind a commit, of which the first has a wish for its signature that makes it wait. That commit comes to its end, so that the
/// log waits for this signature alone; then others call, and then it is released. All answers, in the order of the calls.
fn set_aside(wish: Wish, gate: &Gate, (signer, sequencer): (&Wishing, &Sequencer), after: Vec<Call>) -> Vec<Answer> {
    gate.set(true);
    thread::scope(|scope| {
        let spawn = |call: Call, until: &dyn Fn() -> bool| {
            let thread = scope.spawn(|| call(sequencer));
            while !until() {
                thread::yield_now();
            }
            thread
        };
        let first = spawn(one(), &|| gate.commits() == 2);
        let slow: Call = Box::new(move |sequencer| wishing(wish, || add(sequencer, &[moderation()])));
        let slow = spawn(slow, &|| signer.waiting() == 1);
        let mut threads = vec![slow, spawn(one(), &|| sequencer.waiting() == 2)];
        gate.set(false);
        assert_eq!(seqs(&first.join().expect("no panic")), [1]);
        for call in after {
            let waiting = sequencer.waiting() + 1;
            threads.push(spawn(call, &|| sequencer.waiting() == waiting));
        }
        assert_eq!(gate.commits(), 2, "the log's own, and the one in front");
        signer.release();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    })
}

#[test]
fn a_commit_waits_for_the_last_signature_and_for_nobody_who_comes_after() {
    let (world, gate) = (World::new(), Arc::new(Gate::default()));
    let (signer, sequencer) = Wishing::sequencer(&world, gate.clone());
    let answers = set_aside(Wish::Wait, &gate, (&signer, &sequencer), vec![one(), one()]);
    assert_eq!(answers.iter().map(seqs).collect::<Vec<_>>(), [[2], [3], [4], [5]]);
    let covered = |answer: &Answer| answer.as_ref().expect("appended")[0].proof.checkpoint().unverified().size();
    assert_eq!(answers.iter().map(covered).collect::<Vec<_>>(), [4, 4, 6, 6]);
    assert_eq!(gate.commits(), 4, "the log's own, the one in front, and one for two each");
    assert_whole(&world.check_over(gate.as_ref()), 6);
}

/// What is on its way to the disk is acknowledged; of those behind, nothing was written, and they are told so.
#[test]
fn who_cannot_sign_closes_the_log_behind_those_that_are_being_committed() {
    for wish in [Wish::Fail, Wish::Panic] {
        let (world, gate) = (World::new(), Arc::new(Gate::default()));
        let (_, sequencer) = Wishing::sequencer(&world, gate.clone());
        let cannot: Call = Box::new(move |sequencer| {
            let call = || wishing(wish, || add(sequencer, &[moderation()]));
            catch_unwind(AssertUnwindSafe(call)).unwrap_or(Ok(Vec::new()))
        });
        // The one in front is answered with what it added.
        let answers = behind_one(&gate, &sequencer, vec![one(), cannot, one()]);
        assert!(matches!(answers[0], Err(Error::Poisoned)), "it shares a run with the other: {:?}", answers[0]);
        match wish {
            Wish::Panic => assert_eq!(answers[1].as_ref().expect("a panic"), &[]),
            Wish::Fail | Wish::Wait | Wish::WaitAndFail => {
                assert!(matches!(answers[1], Err(Error::Keys(_))), "{:?}", answers[1]);
            }
        }
        assert!(matches!(answers[2], Err(Error::Poisoned)), "{:?}", answers[2]);
        assert!(sequencer.has_failed());
        assert_whole(&world.check_over(gate.as_ref()), 2);
        let open = || {
            let ledger = world.open_over(gate.clone(), 0)?;
            Ok::<_, Error>((ledger, Arc::new(Reader::over(gate.clone())?)))
        };
        sequencer.resume(open).expect("opened");
        assert_eq!(seqs(&add(&sequencer, &[moderation()])), [2]);
    }
}

#[test]
fn who_cannot_sign_while_the_log_waits_for_them_closes_it_too() {
    let (world, gate) = (World::new(), Arc::new(Gate::default()));
    let (signer, sequencer) = Wishing::sequencer(&world, gate.clone());
    let alone: Call = Box::new(|sequencer| sequencer.exclusive(|_, _| Vec::new()));
    let answers = set_aside(Wish::WaitAndFail, &gate, (&signer, &sequencer), vec![one(), alone, one()]);
    assert!(matches!(answers[0], Err(Error::Keys(_))), "{:?}", answers[0]);
    assert!(answers[1..].iter().all(|answer| matches!(answer, Err(Error::Poisoned))), "{answers:?}");
    assert!(sequencer.has_failed());
    assert_whole(&world.check_over(gate.as_ref()), 2);
}

#[test]
fn when_a_commit_fails_those_behind_it_are_told_that_nothing_of_theirs_is_on_record() {
    let (world, gate) = (World::new(), Arc::new(Gate::default()));
    let sequencer = sequencer(&world, gate.clone());
    let answers = thread::scope(|scope| {
        gate.set(true);
        let spawn = |until: &dyn Fn() -> bool| {
            let thread = scope.spawn(|| add(&sequencer, &[moderation()]));
            while !until() {
                thread::yield_now();
            }
            thread
        };
        let first = spawn(&|| gate.commits() == 2);
        let behind = [1, 2].map(|waiting| spawn(&|| sequencer.waiting() == waiting));
        gate.full.store(true, Ordering::SeqCst);
        gate.set(false);
        let first = first.join().expect("no panic");
        assert!(matches!(first, Err(Error::Commit { .. })), "{first:?}");
        behind.map(|thread| thread.join().expect("no panic"))
    });
    assert!(answers.iter().all(|answer| matches!(answer, Err(Error::Poisoned))), "{answers:?}");
    assert_whole(&world.check_over(gate.as_ref()), 1);
}

/// The places behind a commit that failed are gone with it, also for those who come while the log is being opened again.
#[test]
fn whoever_comes_while_the_log_is_opened_again_is_added_behind_what_stands() {
    let (world, gate) = (World::new(), Arc::new(Gate::default()));
    let sequencer = sequencer(&world, gate.clone());
    gate.full.store(true, Ordering::SeqCst);
    assert!(matches!(add(&sequencer, &[moderation()]), Err(Error::Commit { .. })));
    gate.full.store(false, Ordering::SeqCst);
    let answer = thread::scope(|scope| {
        let mut early = None;
        let open = || {
            early = Some(scope.spawn(|| add(&sequencer, &[moderation()])));
            while sequencer.waiting() == 0 {
                thread::yield_now();
            }
            Ok::<_, Error>((world.open_over(gate.clone(), 0)?, Arc::new(Reader::over(gate.clone())?)))
        };
        sequencer.resume(open).expect("opened");
        early.expect("it came").join().expect("no panic")
    });
    assert_eq!(seqs(&answer), [1]);
    assert_whole(&world.check_over(gate.as_ref()), 2);
}

/// So whoever tries once more, after opening the log, is added, although somebody still has its old store in hand.
#[test]
fn whoever_is_told_that_nothing_was_written_can_open_the_log_again_right_away() {
    let world = World::new();
    let gate = Arc::new(Gate::over(world.writer_store().expect("opened")));
    let (_, sequencer) = Wishing::sequencer(&world, gate.clone());
    let cannot: Call = Box::new(|sequencer| wishing(Wish::Fail, || add(sequencer, &[moderation()])));
    let again = || {
        let open = || Ok::<_, Error>((world.try_open()?, Arc::new(world.reader())));
        match add(&sequencer, &[moderation()]) {
            Err(Error::Poisoned) => {
                sequencer.resume(open)?;
                add(&sequencer, &[moderation()])
            }
            answer => answer,
        }
    };
    gate.set(true);
    let answers = thread::scope(|scope| {
        let first = scope.spawn(|| add(&sequencer, &[moderation()]));
        while gate.commits() < 2 {
            thread::yield_now();
        }
        let behind = scope.spawn(again);
        while sequencer.waiting() == 0 {
            thread::yield_now();
        }
        assert!(matches!(cannot(&sequencer), Err(Error::Keys(_))));
        gate.set(false);
        [first, behind].map(|thread| thread.join().expect("no panic"))
    });
    assert_eq!(answers.each_ref().map(seqs), [[1], [2]]);
    assert_whole(&world.check(), 3);
}

#[test]
fn a_record_says_of_itself_when_it_was_written_down_and_not_when_those_before_were() {
    let (world, gate) = (World::new(), Arc::new(Gate::default()));
    let sequencer = sequencer(&world, gate.clone());
    let on = |second| {
        Box::new(move |sequencer: &Sequencer| at(second, |edge| sequencer.append(&[moderation()], edge))) as Call
    };
    let answers = behind_one(&gate, &sequencer, vec![on(1), on(1), on(7), on(8)]);
    let reader = Reader::over(gate.clone()).expect("opened");
    let said = |answer| reader.record(seqs(answer)[0]).expect("there").read.as_second() % 60;
    assert_eq!(answers.iter().map(said).collect::<Vec<_>>(), [1, 1, 7, 8]);
    assert_eq!(gate.commits(), 3, "they share a commit");
}

#[test]
fn a_day_that_begins_behind_a_commit_has_a_key_of_its_own() {
    let (world, gate) = (World::new(), Arc::new(Gate::default()));
    let sequencer = sequencer(&world, gate.clone());
    let on = |day| {
        Box::new(move |sequencer: &Sequencer| on_day(day, |edge| sequencer.append(&[moderation()], edge))) as Call
    };
    let answers = behind_one(&gate, &sequencer, vec![on(0), on(1), on(1), on(1)]);
    assert_eq!(answers.iter().map(seqs).collect::<Vec<_>>(), [[2], [3], [4], [5]]);
    let reader = Reader::over(gate.clone()).expect("opened");
    let epoch = |seq| Line::parse(&reader.line(seq).expect("there")).expect("a line").mac.epoch;
    assert_eq!((1..6).map(epoch).collect::<Vec<_>>(), [0, 0, 1, 1, 1]);
    assert_whole(&world.check_over(gate.as_ref()), 6);
}

/// Somebody whose record has its text, and no place yet, while the log goes over to another key.
#[test]
fn a_record_is_signed_with_the_key_in_force_where_it_stands() {
    let (world, gate) = (World::new(), Arc::new(Gate::default()));
    let sequencer = sequencer(&world, gate.clone());
    let new = Arc::new(Ed25519Key::generate(&mut OsRng));
    let (has_text, goes_on) = (Barrier::new(2), Barrier::new(2));
    let proved = thread::scope(|scope| {
        let slow = scope.spawn(|| {
            let first = AtomicBool::new(true);
            let now = || {
                if first.swap(false, Ordering::SeqCst) {
                    has_text.wait();
                    goes_on.wait();
                }
                at(0, |edge| edge.now())
            };
            sequencer.append(&[moderation()], Edge { now: &now, random: &|bytes| OsRng.fill_bytes(bytes) })
        });
        has_text.wait();
        let rotate = |edge: Edge<'_>| sequencer.exclusive(|ledger, _| ledger.rotate(new.clone(), edge));
        on_day(0, rotate).expect("its turn").expect("rotated");
        gate.set(true);
        let first = scope.spawn(|| add(&sequencer, &[moderation()]));
        while gate.commits() < 3 {
            thread::yield_now();
        }
        goes_on.wait();
        while sequencer.waiting() == 0 {
            thread::yield_now();
        }
        gate.set(false);
        first.join().expect("no panic").expect("appended");
        slow.join().expect("no panic")
    });
    assert_eq!(seqs(&proved), [3]);
    let line = Reader::over(gate).expect("opened").line(3).expect("there");
    let line = Line::parse(&line).expect("a line");
    let message = signed_message(&line.hash);
    assert!(keys::verify(Algorithm::Ed25519, new.public_key(), &message, &line.signature).expect("could look"));
}

/// The ANCHOR that seals a run is the first record of the next batch, however many wait for it.
#[test]
fn names_are_sealed_when_it_is_due_and_before_anybody_else_has_a_place() {
    let (world, gate) = (World::new(), Arc::new(Gate::default()));
    let (signer, sequencer) = Wishing::sequencer(&world, gate.clone());
    sequencer.exclusive(|ledger, _| ledger.seal_every(3)).expect("its turn");
    let answers = set_aside(Wish::Wait, &gate, (&signer, &sequencer), vec![one(), one()]);
    assert_eq!(answers.iter().map(seqs).collect::<Vec<_>>(), [[2], [3], [5], [6]]);
    let reader = Reader::over(gate.clone()).expect("opened");
    assert_eq!(reader.record(4).expect("there").kind(), Kind::Anchor);
    assert_whole(&world.check_over(gate.as_ref()), 7);
}

#[test]
fn a_panic_while_a_crowd_is_being_committed_leaves_open_what_is_on_record() {
    let (world, gate) = (World::new(), Arc::new(Gate::default()));
    let sequencer = sequencer(&world, gate.clone());
    gate.panics_at.store(3, Ordering::SeqCst);
    let caught = || {
        Box::new(|sequencer: &Sequencer| {
            catch_unwind(AssertUnwindSafe(|| add(sequencer, &[moderation()]))).unwrap_or(Ok(Vec::new()))
        }) as Call
    };
    let mut answers = behind_one(&gate, &sequencer, vec![caught(), caught(), caught()]);
    answers.retain(|answer| answer.as_ref().ok() != Some(&Vec::new()));
    assert_eq!(answers.len(), 2, "one of them committed for all");
    assert!(answers.iter().all(|answer| matches!(answer, Err(Error::Commit { .. }))), "{answers:?}");
    assert!(sequencer.has_failed());
}
