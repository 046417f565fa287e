//! Each store keeps the contract, and the check of the contract finds those that do not.

use std::ops::ControlFlow;
use std::sync::Arc;

use touchmark_core::ledger::Error;
use touchmark_core::ledger::faulty::{Fault, FaultyStore};
use touchmark_core::ledger::file::FileStore;
use touchmark_core::ledger::memory::MemoryStore;
use touchmark_core::ledger::store::{Batch, Commit, Store, Visit, conformance};

#[test]
fn a_store_in_memory_conforms() {
    conformance(&MemoryStore::default()).expect("conforms");
}

#[test]
fn a_store_in_a_folder_conforms_however_many_lines_its_files_have() {
    for lines in [1, 2, 7, 1 << 16] {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let (store, torn) = FileStore::writer_of(dir.path(), lines).expect("opened");
        assert_eq!(torn, None);
        conformance(&store).unwrap_or_else(|error| panic!("{lines} lines in a file: {error}"));
    }
}

#[test]
fn a_store_that_never_fails_conforms_under_the_one_that_makes_it_fail() {
    let inner = Arc::new(MemoryStore::default());
    conformance(&FaultyStore::new(inner, u64::MAX, Fault::NotDone)).expect("conforms");
}

#[test]
fn a_store_that_breaks_a_promise_is_found_with_the_rule_it_breaks() {
    let broken = [
        (Lie::AnswersRacedWithAnOldSize, "with the size that stands"),
        (Lie::TakesABatchForAnyPlace, "a batch for another place is refused"),
        (Lie::LosesTheLastLine, "the size is larger by the lines"),
        (Lie::BeginsScansTooEarly, "a scan shows the lines"),
        (Lie::GoesOnAfterAStop, "is not called again"),
        (Lie::KeepsTheFirstObject, "as it was put last"),
    ];
    for (lie, rule) in broken {
        let error = conformance(&Liar { inner: MemoryStore::default(), lie }).expect_err("it lies").to_string();
        assert!(error.starts_with("the store breaks its contract: ") && error.contains(rule), "{lie:?}: {error}");
    }
}

#[test]
fn a_folder_opened_for_reading_takes_nothing() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    drop(FileStore::writer(dir.path()).expect("opened"));
    let reader = FileStore::reader(dir.path()).expect("opened");
    assert!(matches!(reader.commit(0, &Batch::default()), Err(Error::ReadOnly)));
    assert!(matches!(reader.put("checkpoint", b""), Err(Error::ReadOnly)));
    let nowhere = FileStore::reader(&dir.path().join("nowhere")).expect_err("no log").to_string();
    assert!(nowhere.contains("nowhere") && nowhere.contains("segments/"), "{nowhere}");
}

#[test]
fn a_writer_that_lets_go_takes_nothing_more_and_lets_the_next_one_in() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let batch = |line: &[u8]| {
        let mut batch = Batch::default();
        batch.push(|out| out.extend_from_slice(line));
        batch
    };
    let (old, _) = FileStore::writer(dir.path()).expect("opened");
    assert_eq!(old.commit(0, &batch(b"{\"first\"}\n")).expect("done"), Commit::Done);
    assert!(matches!(FileStore::writer(dir.path()), Err(Error::Busy { .. })));
    old.let_go();
    let (new, torn) = FileStore::writer(dir.path()).expect("opened, though the old one is still there");
    assert_eq!((torn, new.size().expect("known")), (None, 1));
    assert_eq!(new.commit(1, &batch(b"{\"second\"}\n")).expect("done"), Commit::Done);
    assert!(matches!(old.commit(1, &batch(b"{\"other\"}\n")), Err(Error::Poisoned)));
    assert!(matches!(old.put("checkpoint", b"an old one"), Err(Error::Poisoned)));
    assert_eq!(old.read(0).expect("read").as_deref(), Some(&b"{\"first\"}"[..]));
    assert_eq!(old.read(1).expect("read"), None, "it shows what it showed");
    drop(old);
    assert!(matches!(FileStore::writer(dir.path()), Err(Error::Busy { .. })), "the lock is the new one's");
    assert_eq!(new.read(1).expect("read").as_deref(), Some(&b"{\"second\"}"[..]));
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Lie {
    AnswersRacedWithAnOldSize,
    TakesABatchForAnyPlace,
    LosesTheLastLine,
    BeginsScansTooEarly,
    GoesOnAfterAStop,
    KeepsTheFirstObject,
}

#[derive(Debug)]
struct Liar {
    inner: MemoryStore,
    lie: Lie,
}

impl Store for Liar {
    fn size(&self) -> Result<u64, Error> {
        self.inner.size()
    }

    fn commit(&self, expected: u64, batch: &Batch) -> Result<Commit, Error> {
        if self.lie == Lie::LosesTheLastLine && batch.len() == 3 {
            return Ok(Commit::Done);
        }
        if self.lie == Lie::TakesABatchForAnyPlace {
            return self.inner.commit(self.inner.size()?, batch);
        }
        match self.inner.commit(expected, batch)? {
            Commit::Raced { .. } if self.lie == Lie::AnswersRacedWithAnOldSize => Ok(Commit::Raced { size: 0 }),
            answer => Ok(answer),
        }
    }

    fn blocks(&self, from: u64, visit: &mut Visit<'_>) -> Result<(), Error> {
        let from = if self.lie == Lie::BeginsScansTooEarly { from.saturating_sub(1) } else { from };
        self.inner.blocks(from, &mut |first, block| match visit(first, block) {
            ControlFlow::Break(()) if self.lie == Lie::GoesOnAfterAStop && from == 1 => visit(first, block),
            flow => flow,
        })
    }

    fn torn_tail(&self) -> Result<u64, Error> {
        self.inner.torn_tail()
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        if self.lie == Lie::KeepsTheFirstObject && self.inner.get(name)?.is_some() {
            return Ok(());
        }
        self.inner.put(name, bytes)
    }

    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        self.inner.get(name)
    }
}
