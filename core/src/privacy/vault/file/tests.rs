//! What a crash, a second process and a wrong key make of a vault in a folder.

use tempfile::TempDir;

use super::super::Made;
use super::super::conformance::{at_noon, conformance};
use super::super::slot::SLOT;
use super::*;

const ROOT: [u8; 32] = [7; 32];

fn root() -> RootKey {
    RootKey::new(ROOT)
}

fn empty() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    at_noon(|edge| FileVault::create(&folder.path().join("vault"), &root(), edge)).expect("created");
    folder
}

fn writer(folder: &TempDir) -> FileVault {
    FileVault::writer(&folder.path().join("vault"), &root()).expect("opened")
}

fn reader(folder: &TempDir) -> FileVault {
    FileVault::reader(&folder.path().join("vault"), &root()).expect("opened")
}

fn person(number: usize) -> Owner {
    Owner::Person(format!("emp-{number}"))
}

fn give(vault: &FileVault, owner: &Owner) -> Result<Given, Error> {
    at_noon(|edge| vault.keys(std::slice::from_ref(owner), edge)).map(|given| given[0].clone())
}

fn destroy(vault: &FileVault, id: &KeyId) -> Result<Destruction, Error> {
    at_noon(|edge| vault.destroy(id, edge))
}

/// The file that a key stands in.
fn file_of(folder: &TempDir, id: &KeyId) -> PathBuf {
    folder.path().join("vault").join(drawer::file_name(id.as_bytes()[0]))
}

#[test]
fn it_keeps_the_contract_with_one_new_key_or_with_many() {
    at_noon(|edge| conformance(&writer(&empty()), edge)).expect("conforms");
}

#[test]
fn keys_and_gravestones_are_there_for_the_next_process() {
    let folder = empty();
    let (kept, gone) = (give(&writer(&folder), &person(1)), give(&writer(&folder), &person(2)));
    let (kept, gone) = (kept.expect("given"), gone.expect("given"));
    assert_eq!(destroy(&writer(&folder), &gone.id).expect("destroyed"), Destruction::Done);
    for vault in [writer(&folder), reader(&folder)] {
        assert!(matches!(vault.key(&kept.id), Ok(Found::Live(key)) if key == kept.key));
        assert!(matches!(vault.key(&gone.id), Ok(Found::Destroyed)));
        assert_eq!(vault.count().expect("counted"), Count { people: 1, shelves: 0, destroyed: 1 });
    }
}

#[test]
fn a_reader_sees_what_is_made_and_destroyed_beside_it_and_makes_nothing() {
    let folder = empty();
    let (beside, vault) = (reader(&folder), writer(&folder));
    assert!(matches!(give(&beside, &person(1)), Err(Error::ReadOnly)));
    let given = give(&vault, &person(1)).expect("given");
    assert!(matches!(beside.key(&given.id), Ok(Found::Live(_))));
    assert!(give(&beside, &person(1)).is_ok_and(|seen| seen.id == given.id));
    assert!(matches!(destroy(&beside, &given.id), Err(Error::ReadOnly)));
    destroy(&vault, &given.id).expect("destroyed");
    assert!(matches!(beside.key(&given.id), Ok(Found::Destroyed)));
    assert!(matches!(give(&beside, &person(1)), Err(Error::ReadOnly)), "the new key is the writer's to make");
}

#[test]
fn with_another_key_nothing_opens_and_nothing_is_made() {
    let folder = empty();
    let dir = folder.path().join("vault");
    let error = FileVault::writer(&dir, &RootKey::new([8; 32])).expect_err("another key").to_string();
    assert!(error.contains("this is not the key of the vault"), "{error}");
    let error = at_noon(|edge| FileVault::create(&dir, &root(), edge)).expect_err("one is there").to_string();
    assert!(error.contains("is a vault") && error.contains("already"), "{error}");
    let missing = FileVault::reader(&folder.path().join("none"), &root()).expect_err("none").to_string();
    assert!(missing.starts_with("there is no vault in"), "{missing}");
    for content in ["", "touchmark-vault-v1 AAAA\n", "touchmark-vault-v2 x\n"] {
        fs::write(dir.join(head::NAME), content).expect("written");
        let error = FileVault::reader(&dir, &root()).expect_err("not a head").to_string();
        assert!(error.contains("is not what a vault has there"), "{error}");
    }
}

#[test]
fn of_a_key_that_was_being_added_when_the_power_failed_nothing_is_left() {
    let whole = empty();
    let given = give(&writer(&whole), &person(1)).expect("given");
    let slot = fs::read(file_of(&whole, &given.id)).expect("read");
    for end in 0..SLOT {
        // Cut off there, or of full length with nothing behind it.
        for length in [end, SLOT] {
            let mut half = vec![0; length];
            half[..end].copy_from_slice(&slot[..end]);
            fs::write(file_of(&whole, &given.id), half).expect("written");
            let vault = writer(&whole);
            assert!(matches!(vault.key(&given.id), Ok(Found::NotFound)), "{end} bytes of {length}");
            let again = give(&vault, &person(1)).expect("given");
            assert_eq!(again.made, Some(Made::First), "{end} bytes of {length}");
            assert!(matches!(reader(&whole).key(&again.id), Ok(Found::Live(key)) if key == again.key));
            assert_eq!(reader(&whole).count().expect("counted").people, 1);
        }
    }
}

#[test]
fn a_destruction_that_was_interrupted_is_finished_by_the_next_one() {
    let folder = empty();
    let given = give(&writer(&folder), &person(1)).expect("given");
    let path = file_of(&folder, &given.id);
    let live = fs::read(&path).expect("read");
    destroy(&writer(&folder), &given.id).expect("destroyed");
    let dead = fs::read(&path).expect("read");
    for end in 0..=SLOT {
        for (first, rest) in [(&dead, &live), (&live, &dead)] {
            fs::write(&path, [&first[..end], &rest[end..]].concat()).expect("written");
            let vault = writer(&folder);
            assert!(
                !matches!(vault.key(&given.id), Ok(Found::NotFound)),
                "{end} bytes: half a gravestone is not nothing"
            );
            assert_ne!(destroy(&vault, &given.id).expect("destroyed"), Destruction::NotFound);
            assert!(matches!(vault.key(&given.id), Ok(Found::Destroyed)));
            let left = fs::read(&path).expect("read");
            assert!(left[55..127].iter().all(|byte| *byte == 0), "{end} bytes: nothing of the key is left");
        }
    }
}

#[test]
fn a_slot_that_was_exchanged_or_damaged_is_an_error_that_names_it() {
    let folder = empty();
    let vault = writer(&folder);
    let one = give(&vault, &person(1)).expect("given");
    // Another person whose key stands in the same file.
    let other = (2..9999).map(|number| give(&vault, &person(number)).expect("given"));
    let other = other.into_iter().find(|other| other.id.as_bytes()[0] == one.id.as_bytes()[0]).expect("one of many");
    let path = file_of(&folder, &one.id);
    let mut bytes = fs::read(&path).expect("read");
    // The key of the one under the name of the other.
    let (first, second) = bytes.split_at_mut(SLOT);
    second[48..127].copy_from_slice(&first[48..127]);
    fs::write(&path, bytes).expect("written");
    let error = reader(&folder).key(&other.id).expect_err("exchanged").to_string();
    assert!(error.contains(&format!("the key {} (", other.id)) && error.contains("slot 1"), "{error}");
    assert!(matches!(reader(&folder).key(&one.id), Ok(Found::Live(_))), "the other one is as it was");
}

#[test]
fn a_destroyed_key_is_nowhere_in_the_folder() {
    let folder = empty();
    let vault = writer(&folder);
    let given = give(&vault, &person(1)).expect("given");
    let wrapped = fs::read(file_of(&folder, &given.id)).expect("read")[79..111].to_vec();
    destroy(&vault, &given.id).expect("destroyed");
    for entry in fs::read_dir(folder.path().join("vault")).expect("listed") {
        let bytes = fs::read(entry.expect("an entry").path()).expect("read");
        assert!(!bytes.windows(32).any(|window| window == given.key.as_bytes() || window == wrapped));
    }
}

#[test]
fn printing_shows_no_key() {
    let folder = empty();
    let given = give(&writer(&folder), &person(1)).expect("given");
    let shown = format!("{given:?} {:?} {:?}", root(), writer(&folder));
    assert!(shown.contains("Key { .. }") && !shown.contains("7, 7"), "{shown}");
}

#[test]
fn after_a_write_that_failed_no_key_is_made_until_it_is_opened_again() {
    let folder = empty();
    let vault = writer(&folder);
    // Something stands where the person's file should be made, and leads nowhere.
    let first = vault.name(&person(1))[0];
    let path = folder.path().join("vault").join(drawer::file_name(first));
    std::os::unix::fs::symlink("/nowhere/at/all", &path).expect("a link");
    assert!(matches!(give(&vault, &person(1)), Err(Error::Io { .. })));
    fs::remove_file(&path).expect("removed");
    let other = (2..1000).map(person).find(|other| vault.name(other)[0] != first).expect("another");
    assert!(matches!(give(&vault, &other), Err(Error::Poisoned)));
    assert!(give(&writer(&folder), &other).is_ok());
}
