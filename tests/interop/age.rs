//! Key files under a passphrase, in the hands of another implementation of age: the package `pyrage` of the Python index.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use rand_core::OsRng;
use touchmark_core::keys::file::{Ed25519Key, check_passphrase, protect, unprotect};
use touchmark_core::keys::place::Outside;
use touchmark_core::keys::{Algorithm, Error, FilesOnly, Keyring, Signer, Wrapper};
use zeroize::Zeroizing;

const PASSPHRASE: &str = "open sesame";

/// Knows the passphrase.
#[derive(Debug)]
struct Knows;

impl Keyring for Knows {
    fn signer(&self, place: &Outside, algorithm: Algorithm) -> Result<Arc<dyn Signer>, Error> {
        FilesOnly.signer(place, algorithm)
    }

    fn wrapper(&self, place: &Outside) -> Result<Arc<dyn Wrapper>, Error> {
        FilesOnly.wrapper(place)
    }

    fn passphrase(&self, _: &Path) -> Result<Zeroizing<String>, Error> {
        Ok(Zeroizing::new(PASSPHRASE.to_owned()))
    }
}

/// Runs Python over a file, or says "skipped".
#[expect(clippy::disallowed_methods, reason = "tests are told where Python is")]
fn python(script: &str, file: &Path) -> Option<()> {
    let python = std::env::var("TOUCHMARK_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let asked = Command::new(&python).args(["-c", "import pyrage"]).output();
    if !asked.is_ok_and(|output| output.status.success()) {
        #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
        {
            eprintln!("skipped: {python} has no pyrage (TOUCHMARK_PYTHON names a Python that has it)");
        }
        return None;
    }
    let ran = Command::new(&python).args(["-c", script]).arg(file).arg(PASSPHRASE).output().expect("python runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    Some(())
}

#[test]
fn another_implementation_opens_our_files_and_we_open_its() {
    let directory = tempfile::tempdir().expect("folder");
    let path = directory.path().join("log.pem");
    let key = Ed25519Key::generate(&mut OsRng);
    key.save(&path).expect("saved");
    let bare = std::fs::read(&path).expect("read");

    protect(&path, PASSPHRASE, &mut OsRng).expect("protected");
    let opens = "import sys, pyrage; p = sys.argv[1]; b = open(p, 'rb').read(); open(p, 'wb').write(pyrage.passphrase.decrypt(b, sys.argv[2]))";
    let Some(()) = python(opens, &path) else { return };
    assert_eq!(std::fs::read(&path).expect("read"), bare);

    let seals = "import sys, pyrage; p = sys.argv[1]; b = open(p, 'rb').read(); open(p, 'wb').write(pyrage.passphrase.encrypt(b, sys.argv[2]))";
    python(seals, &path).expect("python");
    check_passphrase(&path, &Knows).expect("opened");
    let loaded = Ed25519Key::load_with(&path, &Knows).expect("loaded");
    assert_eq!(loaded.public_key(), key.public_key());
    let said = Ed25519Key::load(&path).expect_err("no passphrase").to_string();
    assert!(said.ends_with("needs its passphrase: nobody here knows it"), "{said}");
    unprotect(&path, &Knows).expect("taken off");
    assert_eq!(std::fs::read(&path).expect("read"), bare);
}
