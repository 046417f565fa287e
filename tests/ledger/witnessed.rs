//! Witnesses: what one cosigns, what it refuses, and what the log's operator makes of it.

mod keys;
mod operator;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use ed25519_dalek::SigningKey;
use rand_core::OsRng;
use tempfile::TempDir;
use touchmark_core::keys::file::Ed25519Key;
use touchmark_core::ledger::Snapshot;
use touchmark_core::publish::publish;
use touchmark_core::tlog::checkpoint::{Checkpoint, SignedCheckpoint};
use touchmark_core::tlog::consistency::Consistency;
use touchmark_core::tlog::note::{LocalSigner, NoteSigner, SignatureType, VerifierKey};
use touchmark_core::witness::{Answer, Cosigned, NotTaken, Refusal, Witness, request};

use crate::world::{ORIGIN, World};

const TIME: u64 = 1_770_000_000;

/// A witness with its own folder.
struct Other {
    dir: TempDir,
    witness: Witness,
}

impl Other {
    fn new(name: &str) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let key = Arc::new(Ed25519Key::generate(&mut OsRng));
        let witness = Witness::new(dir.path(), name, "touchmark/witness-0001", key).expect("a witness");
        Self { dir, witness }
    }

    /// One that was told the log's key.
    fn knowing(name: &str, world: &World) -> Self {
        let other = Self::new(name);
        other.witness.trust(&world.key()).expect("kept");
        other
    }

    /// Looks at a folder from where it stands, as the command line does.
    fn look(&self, dir: &Path) -> Answer {
        let old = self.witness.last(ORIGIN).expect("could look").map_or(0, |last| last.unverified().size());
        self.witness.cosign(&request(dir, old).expect("a request"), TIME).expect("could look")
    }

    fn cosigned(&self, dir: &Path) -> SignedCheckpoint {
        match self.look(dir) {
            Answer::Cosigned(note) => note,
            Answer::Refused(refusal) => panic!("{refusal}"),
        }
    }

    fn refused(&self, dir: &Path) -> Refusal {
        match self.look(dir) {
            Answer::Refused(refusal) => refusal,
            Answer::Cosigned(note) => panic!("cosigned:\n{note}"),
        }
    }

    fn key(&self) -> VerifierKey {
        self.witness.verifier().clone()
    }

    fn seen(&self) -> u64 {
        self.witness.last(ORIGIN).expect("could look").map_or(0, |last| last.unverified().size())
    }
}

/// A witness's key under another name.
struct Alias<'a> {
    key: VerifierKey,
    witness: &'a Witness,
}

impl NoteSigner for Alias<'_> {
    fn verifier(&self) -> &VerifierKey {
        &self.key
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], Box<dyn std::error::Error + Send + Sync>> {
        self.witness.sign(message)
    }
}

fn snapshot(world: &World) -> Snapshot {
    world.reader().snapshot().expect("a checkpoint")
}

fn published(world: &World) -> TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let snapshot = snapshot(world);
    publish(&snapshot, snapshot.note(), dir.path()).expect("could write").expect("published");
    dir
}

fn kept(world: &World) -> Cosigned {
    Cosigned::of(&world.ledger_dir())
}

fn take_in(world: &World, note: &SignedCheckpoint, witnesses: &[VerifierKey]) -> Result<Vec<String>, NotTaken> {
    let taken = kept(world).take_in(note, &snapshot(world), witnesses).expect("could look")?;
    Ok(taken.cosigners.into_iter().map(|cosigner| cosigner.witness).collect())
}

#[test]
fn a_witness_cosigns_a_log_as_it_grows_from_its_folder_and_from_a_published_one() {
    let world = World::with_records(3);
    let other = Other::knowing("example.com/w", &world);
    for records in [3, 4, 300, 300, 700] {
        world.fill(records.max(snapshot(&world).size()));
        let public = published(&world);
        let note = if records == 300 { other.cosigned(public.path()) } else { other.cosigned(&world.ledger_dir()) };
        assert_eq!(note.unverified().size(), records);
        let keys = [world.key(), other.key()];
        let opened = note.verify(&keys).expect("both signed");
        assert_eq!(opened.signed.last().map(|signed| (signed.key, signed.time)), Some((&keys[1], Some(TIME))));
        assert_eq!(other.seen(), records);
    }
}

#[test]
fn a_witness_refuses_a_log_that_was_set_back_and_keeps_both_checkpoints() {
    let world = World::with_records(4);
    let other = Other::knowing("example.com/w", &world);
    let old = world.copy();
    world.fill(6);
    let cosigned = other.cosigned(&world.ledger_dir());
    world.put_back(&old);
    let refused = other.refused(&world.ledger_dir());
    let Refusal::Rewound { now: 4, seen: 6, kept, .. } = &refused else { panic!("{refused}") };
    let evidence: Vec<String> = fs::read_dir(kept)
        .expect("kept")
        .map(|entry| fs::read_to_string(entry.expect("entry").path()).expect("text"))
        .collect();
    assert_eq!(evidence.len(), 2);
    assert!(evidence.contains(&snapshot(&world).note().to_string()), "what the log shows now");
    assert!(evidence.iter().any(|note| cosigned.to_string().starts_with(note.as_str())), "what it showed then");
    assert_eq!(other.seen(), 6, "nothing is forgotten");
    // Published, it is refused just so.
    assert!(matches!(other.refused(published(&world).path()), Refusal::Rewound { .. }));
}

#[test]
fn a_witness_refuses_a_fork_whatever_its_size() {
    for records in [6, 7, 300] {
        let world = World::with_records(4);
        let other = Other::knowing("example.com/w", &world);
        let old = world.copy();
        world.fill(6);
        other.cosigned(&world.ledger_dir());
        world.put_back(&old);
        world.fill(records);
        let refused = other.refused(&world.ledger_dir());
        assert!(matches!(refused, Refusal::Forked { seen: 6, .. }), "{records} records: {refused}");
        let public = published(&world);
        assert!(matches!(other.refused(public.path()), Refusal::Forked { seen: 6, .. }));
        assert_eq!(other.seen(), 6);
    }
}

#[test]
fn evidence_does_not_fill_the_disk() {
    let world = World::with_records(4);
    let other = Other::knowing("example.com/w", &world);
    world.fill(90);
    other.cosigned(&world.ledger_dir());
    let key = LocalSigner::new(ORIGIN, SignatureType::Ed25519, SigningKey::from_bytes(&[5; 32])).expect("a key");
    other.witness.trust(key.verifier()).expect("kept");
    for size in 1..80 {
        let root = *snapshot(&world).checkpoint().root();
        let note = Checkpoint::new(ORIGIN.to_owned(), size, root).expect("a checkpoint").sign(&key).expect("signed");
        let request = Consistency::new(90, Vec::new(), note).expect("a request");
        let Answer::Refused(Refusal::Rewound { kept, .. }) = other.witness.cosign(&request, TIME).expect("could look")
        else {
            panic!("{size}")
        };
        assert!(fs::read_dir(kept).expect("kept").count() <= 64);
    }
}

#[test]
fn a_witness_cosigns_no_log_that_it_was_not_told_of_and_no_key_that_it_does_not_know() {
    let world = World::with_records(3);
    let other = Other::new("example.com/w");
    assert!(matches!(other.refused(&world.ledger_dir()), Refusal::UnknownLog { .. }));
    assert_eq!(fs::read_dir(other.dir.path()).expect("listed").count(), 0, "nothing is kept of it");
    // The key of another log under the same name.
    other.witness.trust(&World::with_records(1).key()).expect("kept");
    assert!(matches!(other.refused(&world.ledger_dir()), Refusal::NotSigned { .. }));
    other.witness.trust(&world.key()).expect("kept");
    other.cosigned(&world.ledger_dir());
}

#[test]
fn a_witness_does_not_cosign_its_own_log() {
    let world = World::with_records(3);
    let dir = tempfile::tempdir().expect("a temporary folder");
    let key = Arc::new(Ed25519Key::generate(&mut OsRng));
    let witness = Witness::new(dir.path(), "example.com/w", ORIGIN, key).expect("a witness");
    witness.trust(&world.key()).expect("kept");
    let said = witness.cosign(&request(&world.ledger_dir(), 0).expect("a request"), TIME).expect("could look");
    assert!(matches!(said, Answer::Refused(Refusal::OwnLog { .. })), "{said:?}");
}

#[test]
fn a_proof_from_elsewhere_than_where_the_witness_stands_is_refused_with_the_size_to_ask_from() {
    let world = World::with_records(4);
    let other = Other::knowing("example.com/w", &world);
    other.cosigned(&world.ledger_dir());
    world.fill(9);
    for old in [0, 3, 5, 9] {
        let request = request(&world.ledger_dir(), old).expect("a request");
        let said = other.witness.cosign(&request, TIME).expect("could look");
        assert!(matches!(said, Answer::Refused(Refusal::OtherSize { seen: 4, .. })), "{old}: {said:?}");
    }
    assert_eq!(other.seen(), 4);
    // Asked for the first time, it begins at nothing.
    let fresh = Other::knowing("example.com/fresh", &world);
    let asked = request(&world.ledger_dir(), 3).expect("a request");
    let said = fresh.witness.cosign(&asked, TIME).expect("could look");
    assert!(matches!(said, Answer::Refused(Refusal::OtherSize { seen: 0, .. })), "{said:?}");
}

#[test]
fn a_witness_that_cannot_read_what_it_saw_cosigns_nothing() {
    let world = World::with_records(4);
    let other = Other::knowing("example.com/w", &world);
    other.cosigned(&world.ledger_dir());
    let state = fs::read_dir(other.dir.path()).expect("listed").next().expect("one log").expect("entry").path();
    let path = state.join("checkpoint");
    let whole = fs::read_to_string(&path).expect("read");
    for damaged in [String::new(), whole.replacen('4', "1", 1), whole[..whole.len() - 9].to_owned()] {
        fs::write(&path, damaged).expect("written");
        let error =
            other.witness.cosign(&request(&world.ledger_dir(), 4).expect("a request"), TIME).expect_err("state");
        assert!(error.to_string().contains("nothing is cosigned until it is put right"), "{error}");
    }
    fs::write(&path, whole).expect("written");
    other.cosigned(&world.ledger_dir());
}

#[test]
fn what_a_witness_saw_is_durable_before_it_signs() {
    let world = World::with_records(4);
    let other = Other::knowing("example.com/w", &world);
    other.cosigned(&world.ledger_dir());
    world.fill(6);
    let state = fs::read_dir(other.dir.path()).expect("listed").next().expect("one log").expect("entry").path();
    // A folder where the new state is to be written first: it cannot be.
    fs::create_dir(state.join(".checkpoint.new")).expect("in the way");
    other.witness.cosign(&request(&world.ledger_dir(), 4).expect("a request"), TIME).expect_err("no cosignature");
    fs::remove_dir(state.join(".checkpoint.new")).expect("removed");
    assert_eq!(other.seen(), 4);
    other.cosigned(&world.ledger_dir());
}
