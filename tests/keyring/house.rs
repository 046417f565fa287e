//! A home whose vault's key is moved about, and what can be seen of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use touchmark_core::causes::in_words as words;

use touchmark_core::event::Opened;
use touchmark_core::home::{CONFIG, Home, KeyPlaces, Rewrapped, Role};
use touchmark_core::keys::Keyring;
use touchmark_core::keys::place::{Outside, Place};
use touchmark_core::ledger::line::Line;

use crate::home::{EDGE, event};

/// A home in a folder that is thrown away.
pub(crate) struct House {
    dir: tempfile::TempDir,
    keyring: Arc<dyn Keyring>,
}

impl House {
    pub(crate) fn new(vault: Option<Outside>, keyring: Arc<dyn Keyring>) -> Self {
        let house = Self { dir: tempfile::tempdir().expect("folder"), keyring };
        let places = KeyPlaces { vault: vault.map(Place::Outside), ..KeyPlaces::default() };
        Home::create_with(&house.path(), "Test Studio", places, Arc::clone(&house.keyring), EDGE).expect("home");
        house
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    pub(crate) fn key_file(&self, name: &str) -> PathBuf {
        self.path().join("keys").join(name)
    }

    /// As another process finds it.
    pub(crate) fn open(&self) -> Home {
        Home::open_with(&self.path(), Arc::clone(&self.keyring)).expect("opened")
    }

    /// Names the places of the vault's key in the configuration.
    pub(crate) fn configure(&self, key: &Place, next: Option<&Place>) {
        let path = self.path().join(CONFIG);
        let text = std::fs::read_to_string(&path).expect("configuration");
        let mut config: toml::Table = text.parse().expect("TOML");
        let places = [("key", Some(key)), ("next_key", next)].into_iter();
        let places = places.filter_map(|(name, place)| Some((name, toml::Value::try_from(place?).expect("a place"))));
        config.insert(
            "vault".to_owned(),
            toml::Value::Table(places.map(|(name, place)| (name.to_owned(), place)).collect()),
        );
        std::fs::write(&path, config.to_string()).expect("configuration");
    }

    pub(crate) fn rewrap(&self) -> Result<Rewrapped, String> {
        self.open().rewrap_vault(EDGE).map_err(|error| words(&error))
    }
}

pub(crate) fn append(home: &Home) {
    home.ledger(EDGE).expect("log").0.append(&[event()], EDGE).expect("appended");
}

/// Why nothing can be written.
pub(crate) fn shut(home: &Home) -> String {
    words(&home.ledger(EDGE).expect_err("shut"))
}

/// Record 1 is a person's: whether it can be read.
pub(crate) fn is_open(home: &Home) -> bool {
    let reader = home.reader().expect("the log");
    let stored = reader.line(1).expect("a line");
    let line = Line::parse(&stored).expect("a line");
    let (opener, _) = home.opener();
    matches!(opener.open(&reader.record(1).expect("a record"), line.private).expect("could look"), Opened::Fields(_))
}

pub(crate) fn file() -> Place {
    Place::File("keys/vault-key".into())
}

/// Every file of the home that has the bytes in it, bare or as digits.
pub(crate) fn found_in(home: &Path, bytes: &[u8]) -> Vec<PathBuf> {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let digits: String = digits.map(|digit| char::from_digit(digit.into(), 16).expect("a digit")).collect();
    let (mut found, mut folders) = (Vec::new(), vec![home.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("listed") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let content = std::fs::read(&path).expect("read");
            let has = |bytes: &[u8]| content.windows(bytes.len()).any(|part| part == bytes);
            if has(bytes) || has(digits.as_bytes()) {
                found.push(path);
            }
        }
    }
    found
}

/// What is said of the vault's key: what kind of place it is in, who may use it, and what is wrong with it.
pub(crate) fn status(home: &Home) -> (&'static str, String, Option<String>) {
    let mut keys = home.key_status(true).into_iter().filter(|key| key.role == Role::Vault);
    let key = keys.next().expect("the vault's key");
    assert!(key.since.is_some() && keys.next().is_none());
    (key.kind, key.access, key.problem)
}
