//! What every [`Store`] must pass, whoever wrote it.
//!
//! Not only for tests: a store outside this process (a database, a bucket) can be asked once, on an empty place of its own, before
//! the first log depends on it.

use std::ops::ControlFlow;

use super::super::{Error, line};
use super::{Batch, Commit, Store};

/// Checks that `store`, which must be empty and open for writing, does what the contract of [`Store`] says. Leaves lines behind.
///
/// A store that fails gives its own error, one that breaks the contract [`Error::Contract`].
pub fn conformance(store: &dyn Store) -> Result<(), Error> {
    let mut lines: Vec<Vec<u8>> = Vec::new();
    an_empty_store_says_so(store)?;
    for number in 0..40_u8 {
        // Batches of 0 to 6 lines: in a store that cuts its lines into files, some of them lie across a cut.
        let batch: Vec<Vec<u8>> = (0..number % 7).map(|at| vec![b'a' + at; 1 + usize::from(number)]).collect();
        commit(store, &batch, &mut lines)?;
    }
    commit(store, &[vec![0xff; line::MAX_BYTES - 1], b"{}".to_vec()], &mut lines)?;
    lines_are_read_from_every_place(store, &lines)?;
    a_visitor_may_stop_and_may_call_the_store(store, &lines)?;
    whoever_comes_too_late_or_too_early_changes_nothing(store, &lines)?;
    of_many_at_the_same_place_one_is_first(store, &mut lines)?;
    objects_are_replaced_whole(store)?;
    // The objects are no lines, and what was written first is there to the last.
    lines_are_read_from_every_place(store, &lines)
}

fn an_empty_store_says_so(store: &dyn Store) -> Result<(), Error> {
    require(store.size()? == 0, "an empty store has the size 0 (this check needs an empty one)")?;
    require(store.torn_tail()? == 0, "an empty store has no unfinished line")?;
    require(store.read(0)?.is_none(), "an empty store has no first line")?;
    require(store.get("checkpoint")?.is_none(), "an object that was never put is none")
}

fn commit(store: &dyn Store, batch: &[Vec<u8>], lines: &mut Vec<Vec<u8>>) -> Result<(), Error> {
    let done = store.commit(lines.len() as u64, &batch_of(batch))? == Commit::Done;
    require(done, "a batch behind the last line is taken")?;
    lines.extend_from_slice(batch);
    require(store.size()? == lines.len() as u64, "after a commit the size is larger by the lines of the batch")
}

fn lines_are_read_from_every_place(store: &dyn Store, lines: &[Vec<u8>]) -> Result<(), Error> {
    require(store.torn_tail()? == 0, "whole lines leave no torn tail")?;
    for from in 0..=lines.len() {
        let mut seen = Vec::new();
        store.scan(from as u64, &mut |seq, line| {
            seen.push((seq, line.to_vec()));
            ControlFlow::Continue(())
        })?;
        let expected = (from as u64..).zip(lines.get(from..).unwrap_or_default().iter().cloned());
        require(
            seen.into_iter().eq(expected),
            "a scan shows the lines from its beginning to the end, each at its place",
        )?;
        let read = store.read(from as u64)?;
        require(read.as_ref() == lines.get(from), "one line is read as it was written, and none behind the end")?;
    }
    require(store.read(u64::MAX)?.is_none(), "there is no line at the end of all numbers")
}

fn a_visitor_may_stop_and_may_call_the_store(store: &dyn Store, lines: &[Vec<u8>]) -> Result<(), Error> {
    let mut calls = 0;
    let mut inner = Ok(None);
    store.scan(1, &mut |_, _| {
        calls += 1;
        inner = store.read(0);
        ControlFlow::Break(())
    })?;
    require(calls == 1, "a visitor that stops is not called again")?;
    require(inner?.as_ref() == lines.first(), "a visitor may read from the store")
}

fn whoever_comes_too_late_or_too_early_changes_nothing(store: &dyn Store, lines: &[Vec<u8>]) -> Result<(), Error> {
    let size = lines.len() as u64;
    for expected in [0, size - 1, size + 1, u64::MAX] {
        for batch in [batch_of(&[b"x".to_vec()]), Batch::default()] {
            let answer = store.commit(expected, &batch)?;
            require(
                answer == Commit::Raced { size },
                "a batch for another place is refused, with the size that stands",
            )?;
        }
    }
    require(store.size()? == size, "a batch that is refused adds nothing")
}

fn of_many_at_the_same_place_one_is_first(store: &dyn Store, lines: &mut Vec<Vec<u8>>) -> Result<(), Error> {
    let size = lines.len() as u64;
    let batches: Vec<Vec<Vec<u8>>> = (0..4_u8).map(|who| vec![vec![b'0' + who; 9]; 3]).collect();
    let answers: Vec<Result<Commit, Error>> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            batches.iter().map(|batch| scope.spawn(|| store.commit(size, &batch_of(batch)))).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let answers: Vec<Commit> = answers.into_iter().collect::<Result<_, _>>()?;
    require(answers.len() == batches.len(), "a commit does not panic")?;
    let first: Vec<usize> = (0..answers.len()).filter(|who| answers.get(*who) == Some(&Commit::Done)).collect();
    require(first.len() == 1, "of several commits at the same place exactly one is taken")?;
    lines.extend(first.iter().filter_map(|who| batches.get(*who)).flatten().cloned());
    Ok(())
}

fn objects_are_replaced_whole(store: &dyn Store) -> Result<(), Error> {
    for bytes in [b"a longer first content".as_slice(), b"short", b""] {
        for name in ["checkpoint", "tile/0/x001/234"] {
            store.put(name, bytes)?;
            require(store.get(name)?.as_deref() == Some(bytes), "an object is read as it was put last")?;
            a_part_is_what_stands_there(store, name, bytes)?;
        }
    }
    let long: Vec<Vec<u8>> = (0..4_u8).map(|who| vec![who; 1 << 16]).collect();
    let put: Vec<Result<(), Error>> = std::thread::scope(|scope| {
        let threads: Vec<_> = long.iter().map(|bytes| scope.spawn(|| store.put("checkpoint", bytes))).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    put.into_iter().collect::<Result<Vec<()>, _>>()?;
    let stands = store.get("checkpoint")?;
    require(long.iter().any(|bytes| stands.as_ref() == Some(bytes)), "of several objects put at once one stands, whole")
}

fn a_part_is_what_stands_there(store: &dyn Store, name: &str, bytes: &[u8]) -> Result<(), Error> {
    let whole = bytes.len().max(1);
    for (start, length) in [(0, 1), (0, 5), (2, 3), (2, 4), (5, 1), (0, whole), (1, whole)] {
        let part = store.get_part(name, start as u64, length)?;
        require(
            part.as_deref() == bytes.get(start..start + length),
            "a part of an object is what stands there, or none",
        )?;
    }
    require(store.get_part(name, u64::MAX, 1)?.is_none(), "there is no part behind the end of an object")?;
    require(store.get_part("no such object", 0, 1)?.is_none(), "an object that was never put has no parts")
}

fn batch_of(lines: &[Vec<u8>]) -> Batch {
    let mut batch = Batch::default();
    for line in lines {
        batch.push(|out| {
            out.extend_from_slice(line);
            out.push(b'\n');
        });
    }
    batch
}

fn require(kept: bool, rule: &'static str) -> Result<(), Error> {
    if kept { Ok(()) } else { Err(Error::Contract { rule }) }
}
