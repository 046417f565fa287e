//! The vault's key under a key that lies outside of the home: in a token, behind a command, in the AWS key management service.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use touchmark_core::causes::in_words as words;

use touchmark_core::home::{Home, KeyPlaces, Rewrapped};
use touchmark_core::keys::place::{Command, Outside, PATIENCE, Place};
use touchmark_core::keys::{Algorithm, Error, Keyring, Signer, Wrapper};
use touchmark_keyring::Keys;
use touchmark_net::kms::Kms;

use crate::home::{EDGE, assert_whole};
use crate::house::{House, append, file, found_in, is_open, shut, status};
use crate::kms::{self, Service};
use crate::python;
use crate::softhsm::with_token;

const LOCKED: &str = "the vault's key cannot be unwrapped, and without it nothing private is read or written";

#[test]
fn while_the_token_is_away_nothing_private_is_read_or_written_and_the_log_can_be_checked() {
    with_token(|token| {
        token.make_aes("vault");
        let house = House::new(Some(token.key("vault")), Arc::new(Keys));
        append(&house.open());
        let home = house.open();
        assert!(is_open(&home) && !house.key_file("vault-key").exists());
        let root = home.vault_key().expect("unwrapped");
        assert!(found_in(&house.path(), root.as_bytes()).is_empty(), "the bare key is nowhere");
        assert!(format!("{home:?}").contains("RootKey { .. }"), "and it is not printed");
        assert_eq!(status(&home), ("pkcs11", "who has the PIN (the variable TOUCHMARK_TEST_PIN)".to_owned(), None));

        token.unplug();
        let away = house.open();
        let said = shut(&away);
        assert!(said.starts_with(LOCKED) && said.contains("the token is not there"), "{said}");
        assert!(away.opener().1.is_some() && !is_open(&away));
        assert!(status(&away).2.expect("a problem").contains("the token is not there"));
        assert_whole(&away);
        let length = away.reader().expect("the log").snapshot().expect("a snapshot").size();
        append(&home);
        assert!(is_open(&home), "who has unwrapped it before needs the token no more");
        token.plug_in();
        assert!(is_open(&away), "and it is asked again when it is back");
        assert_eq!(away.reader().expect("the log").snapshot().expect("a snapshot").size(), length + 1);
        assert_whole(&away);
    });
}

#[test]
fn the_key_moves_from_a_file_into_a_token_to_another_key_there_and_back() {
    with_token(|token| {
        token.make_aes("vault");
        token.make_rsa("vault-rsa");
        let house = House::new(None, Arc::new(Keys));
        append(&house.open());
        let root = house.open().vault_key().expect("the key");
        let places = [file(), Place::Outside(token.key("vault")), Place::Outside(token.key("vault-rsa")), file()];
        for pair in places.windows(2) {
            let [from, to] = pair else { panic!("two") };
            house.configure(from, Some(to));
            let moved = house.rewrap().expect("moved");
            assert_eq!(moved, Rewrapped { from: from.clone(), to: to.clone() });
            assert!(is_open(&house.open()), "before the configuration is settled");
            house.configure(to, None);
            append(&house.open());
            assert!(is_open(&house.open()));
            let bare = found_in(&house.path(), root.as_bytes());
            let expected: Vec<PathBuf> = to.file().map(|path| house.path().join(path)).into_iter().collect();
            assert_eq!(bare, expected);
            assert_eq!(house.key_file("vault-root").exists(), to.file().is_none());
        }
        assert_eq!(house.open().vault_key().expect("the key").as_bytes(), root.as_bytes(), "the same all the way");
        let said = house.rewrap().expect_err("nowhere to go");
        assert!(said.contains("no other place is named: name one as vault.next_key"), "{said}");
        assert_whole(&house.open());
    });
}

/// A killed call leaves the key in both places.
#[test]
fn what_was_interrupted_opens_and_is_finished_by_the_same_call() {
    with_token(|token| {
        token.make_aes("vault");
        let token = Place::Outside(token.key("vault"));
        let house = House::new(None, Arc::new(Keys));
        append(&house.open());
        let (bare, wrapped) = (house.key_file("vault-key"), house.key_file("vault-root"));
        for (from, to, left) in [(file(), token.clone(), &bare), (token, file(), &wrapped)] {
            house.configure(&from, Some(&to));
            let copy = std::fs::read(left).expect("there");
            house.rewrap().expect("moved");
            assert!(!left.exists());
            std::fs::write(left, copy).expect("as before the end");
            std::fs::set_permissions(left, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("chmod");
            assert!(is_open(&house.open()));
            house.rewrap().expect("finished");
            assert!(!left.exists() && is_open(&house.open()));
            house.configure(&to, None);
            assert!(is_open(&house.open()));
        }
    });
}

#[test]
fn a_key_that_cannot_be_had_changes_nothing() {
    with_token(|token| {
        token.make_aes("vault");
        token.make_ed25519("log");
        let house = House::new(None, Arc::new(Keys));
        append(&house.open());
        let before = std::fs::read(house.key_file("vault-key")).expect("there");
        for (label, says) in [("nobody", "the token has no such key"), ("log", "")] {
            house.configure(&file(), Some(&Place::Outside(token.key(label))));
            let said = house.rewrap().expect_err("refused");
            assert!(said.contains(says), "{said}");
            assert_eq!(std::fs::read(house.key_file("vault-key")).expect("there"), before);
            assert!(!house.key_file("vault-root").exists() && is_open(&house.open()));
        }
        // Named at once as the key, and never moved.
        house.configure(&Place::Outside(token.key("vault")), None);
        let said = shut(&house.open());
        assert!(
            said.contains("still lies in") && said.ends_with("run touchmark vault rewrap, which moves it"),
            "{said}"
        );
        house.rewrap().expect("moved");
        assert!(is_open(&house.open()) && !house.key_file("vault-key").exists());

        // Another vault's.
        let other = House::new(Some(token.key("vault")), Arc::new(Keys));
        std::fs::copy(other.key_file("vault-root"), house.key_file("vault-root")).expect("exchanged");
        for said in [shut(&house.open()), house.rewrap().expect_err("refused")] {
            assert!(said.contains("this is not the key of the vault"), "{said}");
        }
        std::fs::remove_file(house.key_file("vault-root")).expect("lost");
        let said = shut(&house.open());
        assert!(said.contains("the wrapped key of the vault is missing"), "{said}");
    });
}

#[test]
fn a_home_is_not_begun_around_a_key_that_cannot_wrap() {
    with_token(|token| {
        token.make_p256("claim");
        let dir = tempfile::tempdir().expect("folder");
        let path = dir.path().join("home");
        for label in ["claim", "nobody"] {
            let places = KeyPlaces { vault: Some(Place::Outside(token.key(label))), ..KeyPlaces::default() };
            let made = Home::create_with(&path, "Test Studio", places, Arc::new(Keys), EDGE);
            let said = words(&made.expect_err("refused"));
            assert!(said.contains("cannot use the key in PKCS#11 token \"studio\""), "{said}");
            assert!(!path.exists(), "nothing is left behind");
        }
    });
}

fn kept_by(python: &str) -> Outside {
    let keeper = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/keyring/keeper.py");
    Outside::Command(Command { words: vec![python.to_owned(), keeper.to_owned()], timeout: PATIENCE })
}

#[test]
fn the_key_lies_behind_a_command() {
    let Some(python) = python("cryptography") else { return };
    let house = House::new(Some(kept_by(&python)), Arc::new(Keys));
    append(&house.open());
    assert!(is_open(&house.open()));
    let moved = house.rewrap().expect("wrapped anew");
    assert_eq!(moved.from, moved.to);
    assert!(is_open(&house.open()));
    house.configure(
        &Place::Outside(Outside::Command(Command { words: vec!["/gone".to_owned()], timeout: PATIENCE })),
        None,
    );
    let said = shut(&house.open());
    let under = format!("cannot be unwrapped (it was wrapped under command {python}), and without it");
    assert!(said.contains(&under) && said.contains("it cannot be started"), "{said}");
    assert_whole(&house.open());
}

/// Asks moto with credentials of its own.
#[derive(Debug)]
struct Asks;

impl Keyring for Asks {
    fn signer(&self, place: &Outside, algorithm: Algorithm) -> Result<Arc<dyn Signer>, Error> {
        Keys.signer(place, algorithm)
    }

    fn wrapper(&self, place: &Outside) -> Result<Arc<dyn Wrapper>, Error> {
        let Outside::AwsKms(key) = place else { return Keys.wrapper(place) };
        Ok(Arc::new(Kms::new(key, kms::credentials(kms::SECRET)).expect("an address")))
    }

    fn passphrase(&self, path: &Path) -> Result<zeroize::Zeroizing<String>, Error> {
        Keys.passphrase(path)
    }
}

#[test]
fn while_the_key_service_is_down_public_parts_are_read_and_nothing_private_is_written() {
    let Some(service) = Service::start() else { return };
    let place = Outside::AwsKms(service.place("aes", Duration::from_millis(1500)));
    let house = House::new(None, Arc::new(Asks));
    append(&house.open());
    house.configure(&file(), Some(&Place::Outside(place.clone())));
    house.rewrap().expect("moved");
    house.configure(&Place::Outside(place), None);
    append(&house.open());

    let down = |why: &str| {
        let home = house.open();
        let said = shut(&home);
        assert!(said.starts_with(LOCKED) && said.contains("cannot use the key in AWS KMS key arn:"), "{why}: {said}");
        assert!(!is_open(&home), "{why}");
        assert_whole(&home);
        let before = std::fs::read(house.key_file("vault-root")).expect("there");
        house.rewrap().expect_err("down");
        assert_eq!(std::fs::read(house.key_file("vault-root")).expect("there"), before, "{why}");
    };
    service.signal("-STOP");
    down("it does not answer");
    service.signal("-CONT");
    append(&house.open());
    assert!(is_open(&house.open()), "up again");
    drop(service);
    down("it is gone");
}
