//! A key that was given up and the one after it, in the wrong hands or out of their time: published folders and proofs of absence.

use std::fs;

use tempfile::TempDir;
use touchmark_core::keys::file::Ed25519Key;
use touchmark_core::ledger::absence::{Proof, Refusal};
use touchmark_core::ledger::history::History;
use touchmark_core::ledger::verifier_key;
use touchmark_core::publish::{Finding, Folder, audit};
use touchmark_core::tlog;

use crate::absence::{asset, ingest_all, proof_of, seal};
use crate::published::publish_into;
use crate::thief::Thief;
use crate::world::{ORIGIN, World};

fn one(key: &Ed25519Key) -> History {
    History::of(verifier_key(key, ORIGIN).expect("a key"))
}

fn published(world: &World) -> TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    publish_into(world, dir.path()).expect("published");
    dir
}

fn findings(dir: &TempDir, known: &[History]) -> Vec<Finding> {
    audit(&Folder::open(dir.path()).expect("published"), known).expect("could look").findings
}

#[track_caller]
fn only(findings: &[Finding], file: &str, says: &str) {
    let [finding] = findings else { panic!("one finding: {findings:?}") };
    assert!(finding.file == file && finding.problem.contains(says), "{finding}");
}

/// Signs the checkpoint that stands in the folder anew.
fn sign_again(dir: &TempDir, signer: &Ed25519Key) {
    let note = Folder::open(dir.path()).and_then(|folder| folder.checkpoint()).expect("there");
    let (size, root) = (note.unverified().size(), *note.unverified().root());
    let note = Thief::with(signer, ORIGIN).signs(size, root);
    fs::write(dir.path().join("checkpoint"), note.to_string()).expect("written");
}

#[test]
fn a_published_folder_of_before_a_handover_is_only_an_older_copy_to_whoever_knows_of_it() {
    let world = World::with_records(4);
    let dir = published(&world);
    let first = world.rotate();
    assert_eq!(findings(&dir, &[one(&first)]), [], "who knows the first key alone cannot tell");
    assert_eq!(findings(&dir, &[]), [], "nor does the folder's own word");
    only(&findings(&dir, &[world.known()]), "checkpoint", "it ends before record 5, from which on");
    // Keys are written before records: a run that was killed leaves them ahead.
    fs::write(dir.path().join("log.vkey"), world.known().to_string()).expect("written");
    assert_eq!(findings(&dir, &[]), []);
    assert_eq!(findings(&dir, &[one(&first)]), []);
}

#[test]
fn each_key_signs_a_published_checkpoint_only_of_the_sizes_at_which_it_is_in_force() {
    let world = World::with_records(4);
    let before = published(&world);
    let first = world.rotate();
    world.fill(7);
    let after = published(&world);
    for known in [vec![], vec![one(&first)], vec![world.known()], vec![one(&world.signer())]] {
        assert_eq!(findings(&after, &known), [], "{known:?}");
    }
    sign_again(&after, &first);
    only(&findings(&after, &[world.known()]), "checkpoint", "it covers 7 records and is signed by");
    only(&findings(&after, &[one(&first)]), "checkpoint", "is in force there");
    sign_again(&before, &world.signer());
    assert!(!findings(&before, &[one(&first)]).is_empty());
    assert!(!findings(&before, &[world.known()]).is_empty());
    assert!(!findings(&before, &[]).is_empty());
}

#[test]
fn the_keys_that_a_published_folder_names_are_those_of_its_records_and_in_force_where_they_say() {
    let world = World::with_records(4);
    let first = world.rotate();
    world.fill(7);
    let dir = published(&world);
    let path = dir.path().join("log.vkey");
    let named = fs::read_to_string(&path).expect("read");
    let other = World::with_records(1).key();
    for wrong in [
        named.replace(" 5\n", " 4\n"),
        named.replace(" 5\n", " 6\n"),
        format!("{}\n", one(&first).first()),
        format!("{other}\n"),
        named.replace(&world.key().to_string(), &other.to_string()),
    ] {
        fs::write(&path, &wrong).expect("written");
        for known in [vec![], vec![world.known()]] {
            only(&findings(&dir, &known), "log.vkey", "other keys than the records do");
        }
        // Somebody who was told the wrong positions hears of it too.
        fs::write(&path, &named).expect("written");
        let told: History = wrong.parse().expect("keys");
        assert_eq!(findings(&dir, std::slice::from_ref(&told)).is_empty(), told == one(&first), "{wrong}");
    }
    fs::write(&path, "no keys").expect("written");
    assert_eq!(findings(&dir, &[world.known()]).len(), 1);
    fs::remove_file(&path).expect("removed");
    assert_eq!(findings(&dir, &[world.known()]), [], "a copy by a monitor need not have the file");
    only(&findings(&dir, &[]), "log.vkey", "no key of the log is known");
}

/// Two proofs that the same is absent: under a checkpoint by the first key, and under one by the second.
fn two_proofs() -> (World, Ed25519Key, [Proof; 2]) {
    let world = World::new();
    let mut ledger = world.open();
    ingest_all(&mut ledger, &["a", "b"]);
    seal(&mut ledger);
    drop(ledger);
    let before = proof_of(&world.reader(), &asset("z"));
    let first = world.rotate();
    ingest_all(&mut world.open(), &["c"]);
    seal(&mut world.open());
    let after = proof_of(&world.reader(), &asset("z"));
    (world, first, [before, after])
}

#[test]
fn a_proof_of_absence_is_checked_with_the_key_that_was_in_force_at_its_checkpoint() {
    let (world, first, [before, after]) = two_proofs();
    for proof in [&before, &after] {
        let shown = proof.verify(&[world.known()]).expect("with the log's keys both hold");
        assert_eq!(shown.size, proof.checkpoint.unverified().size());
    }
    before.verify(&[one(&first)]).expect("so does each with its key alone");
    after.verify(&[one(&world.signer())]).expect("so does each with its key alone");
    for (proof, key) in [(&before, one(&world.signer())), (&after, one(&first))] {
        let refused = proof.verify(&[key]).expect_err("not by the other");
        assert!(matches!(refused, Refusal::Checkpoint(tlog::Refusal::NotSigned { .. })), "{refused}");
    }
}

#[test]
fn a_proof_of_absence_by_a_key_out_of_its_time_is_refused() {
    let (world, first, [before, after]) = two_proofs();
    let signed_by = |proof: &Proof, signer: &Ed25519Key| {
        let said = proof.checkpoint.unverified();
        Proof { checkpoint: Thief::with(signer, ORIGIN).signs(said.size(), *said.root()), ..proof.clone() }
    };
    for forged in [signed_by(&after, &first), signed_by(&before, &world.signer())] {
        for known in [vec![world.known()], vec![one(&first), world.known()], vec![one(&world.signer()), world.known()]]
        {
            let refused = forged.verify(&known).expect_err("out of its time");
            assert!(matches!(refused, Refusal::NotInForce(_)), "{refused}");
            assert!(refused.to_string().contains("is in force there"), "{refused}");
        }
    }
}
