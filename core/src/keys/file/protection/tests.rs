use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use rand_core::OsRng;

use super::*;
use crate::keys::place::Outside;
use crate::keys::{Algorithm, FilesOnly, Signer, Wrapper};

const SECRET: &[u8] = b"one line of secret bytes\n";

/// Knows one passphrase.
#[derive(Debug)]
struct Knows(&'static str);

impl Keyring for Knows {
    fn signer(&self, place: &Outside, algorithm: Algorithm) -> Result<Arc<dyn Signer>, Error> {
        FilesOnly.signer(place, algorithm)
    }

    fn wrapper(&self, place: &Outside) -> Result<Arc<dyn Wrapper>, Error> {
        FilesOnly.wrapper(place)
    }

    fn passphrase(&self, _: &Path) -> Result<Zeroizing<String>, Error> {
        Ok(Zeroizing::new(self.0.to_owned()))
    }
}

fn bare() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("a.key");
    secret_file::create(&path, SECRET).expect("created");
    (directory, path)
}

fn names(directory: &tempfile::TempDir) -> Vec<String> {
    let entries = fs::read_dir(directory).expect("listed").map(|entry| entry.expect("an entry").file_name());
    entries.map(|name| name.to_string_lossy().into_owned()).collect()
}

fn held(path: &Path) -> Vec<u8> {
    fs::read(path).expect("read")
}

#[test]
fn a_passphrase_is_put_on_changed_and_taken_off_and_the_secret_stays_the_same() {
    let (directory, path) = bare();
    protect(&path, "first", &mut OsRng).expect("put on");
    assert!(is_protected(&path).expect("read") && opens_with(&path, "first").expect("read"));
    assert!(!held(&path).windows(8).any(|bytes| bytes == b"one line"));
    change(&path, &Knows("first"), "second", &mut OsRng).expect("changed");
    assert!(!opens_with(&path, "first").expect("read"));
    assert_eq!(**read(&path, &Knows("second")).expect("opened"), *SECRET);
    assert_eq!(fs::metadata(&path).expect("there").mode() & 0o7777, 0o600);
    unprotect(&path, &Knows("second")).expect("taken off");
    assert_eq!(held(&path), SECRET);
    assert_eq!(names(&directory), ["a.key"], "nothing stands beside it");
}

#[test]
fn a_wrong_or_empty_passphrase_changes_nothing() {
    let (directory, path) = bare();
    let empty = protect(&path, "", &mut OsRng).expect_err("empty").to_string();
    assert!(empty.ends_with("needs its passphrase: it is empty"), "{empty}");
    assert_eq!(held(&path), SECRET);
    protect(&path, "first", &mut OsRng).expect("put on");
    let sealed = held(&path);
    let wrong = Knows("wrong");
    for said in [
        change(&path, &wrong, "second", &mut OsRng),
        unprotect(&path, &wrong),
        check_passphrase(&path, &wrong),
        read(&path, &wrong).map(drop),
    ] {
        let said = said.expect_err("refused").to_string();
        assert!(said.ends_with("needs its passphrase: the passphrase is wrong"), "{said}");
    }
    let nobody = unprotect(&path, &FilesOnly).expect_err("refused").to_string();
    assert!(nobody.ends_with("nobody here knows it"), "{nobody}");
    assert_eq!(held(&path), sealed);
    assert_eq!(names(&directory), ["a.key"]);
}

#[test]
fn the_bare_bytes_are_overwritten_even_for_one_who_holds_the_file_open() {
    use std::io::Read as _;
    let (_directory, path) = bare();
    let mut open = fs::File::open(&path).expect("opened");
    protect(&path, "first", &mut OsRng).expect("put on");
    let mut seen = Vec::new();
    open.read_to_end(&mut seen).expect("read");
    assert_eq!(seen, vec![0; SECRET.len()]);
}

#[test]
fn the_file_keeps_its_age() {
    let (_directory, path) = bare();
    let then = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000);
    fs::File::options().write(true).open(&path).expect("opened").set_modified(then).expect("set");
    protect(&path, "first", &mut OsRng).expect("put on");
    assert_eq!(fs::metadata(&path).expect("there").modified().expect("a time"), then);
}

#[test]
fn a_key_behind_a_link_is_protected_where_it_lies() {
    let (directory, path) = bare();
    let link = directory.path().join("link");
    std::os::unix::fs::symlink("a.key", &link).expect("linked");
    protect(&link, "first", &mut OsRng).expect("put on");
    assert!(opens_with(&path, "first").expect("read") && link.is_symlink());
}

/// Each state that a crash can leave: half a new file beside; the new file in place and the bare one under its second name.
#[test]
fn after_a_crash_the_key_is_whole_and_the_bare_bytes_are_found_and_erased() {
    let (directory, path) = bare();
    let beside = |end: &str| directory.path().join(format!("a.key{end}"));
    fs::write(beside(".new"), "half").expect("written");
    protect(&path, "first", &mut OsRng).expect("put on all the same");
    assert_eq!(names(&directory), ["a.key"]);

    let bare = beside(".old");
    fs::write(&bare, SECRET).expect("written");
    fs::write(beside(".new"), "half").expect("written");
    let mut open = fs::File::open(&bare).expect("opened");
    discard_earlier(&path).expect("erased");
    let mut seen = Vec::new();
    std::io::Read::read_to_end(&mut open, &mut seen).expect("read");
    assert_eq!(seen, vec![0; SECRET.len()]);
    assert_eq!(names(&directory), ["a.key"]);
    assert!(opens_with(&path, "first").expect("read"));

    fs::hard_link(&path, &bare).expect("linked");
    discard_earlier(&path).expect("taken away");
    assert!(opens_with(&path, "first").expect("a second name of the file itself costs nothing"));
}

#[test]
fn a_file_that_others_may_read_is_refused_whatever_is_on_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_directory, path) = bare();
    protect(&path, "first", &mut OsRng).expect("put on");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("chmod");
    for said in [is_protected(&path).map(drop), unprotect(&path, &Knows("first")), protect(&path, "a", &mut OsRng)] {
        let said = said.expect_err("refused").to_string();
        assert!(said.contains("is open to other users (mode 0640)"), "{said}");
    }
}
