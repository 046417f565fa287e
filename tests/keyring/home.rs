//! A home whose keys are in a token.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use touchmark_core::causes::in_words as words;

use rand_core::{OsRng, RngCore};
use touchmark_core::edge::{Clock, Edge, Moment};
use touchmark_core::event::Event;
use touchmark_core::export::{Exported, Exporter, Making, Options, Order};
use touchmark_core::home::{CONFIG, Home, KeyPlaces};
use touchmark_core::keys::place::{Outside, Place};
use touchmark_core::keys::{Algorithm, Error, Keyring, Signer, Wrapper};
use touchmark_core::ledger::check::{Checks, MacKeys, Signatures, check};
use touchmark_core::ledger::history::Known;
use touchmark_keyring::Keys;

use crate::softhsm::{Token, with_token};

pub(crate) const EDGE: Edge<'static> = Edge { now: &now, random: &random };

fn now() -> Moment {
    Moment { time: jiff::Timestamp::now(), clock: Clock { synchronised: true, max_error_us: Some(1000) } }
}

fn random(buffer: &mut [u8]) {
    OsRng.fill_bytes(buffer);
}

fn places(token: &Token) -> KeyPlaces {
    token.make_p256("claim");
    token.make_ed25519("log");
    let place = |label| Some(Place::Outside(token.key(label)));
    KeyPlaces { log: place("log"), signing: place("claim"), vault: None }
}

fn home_in(dir: &Path, token: &Token, keyring: Arc<dyn Keyring>) -> Home {
    Home::create_with(&dir.join("home"), "Test Studio", places(token), keyring, EDGE).expect("home")
}

pub(crate) fn event() -> Event {
    let hash = "31".repeat(32);
    let text = format!(
        r#"{{"type": "GEN", "actor": {{"subject": "emp-1042", "auth": "oidc"}}, "system": {{"name": "studio", "version": "1.4"}},
        "model": {{"id": "sdxl", "version": "1.0", "version_hash": "sha256:{hash}"}}, "prompt": "a harbour", "parameters": {{}}}}"#
    );
    Event::parse(text.as_bytes()).expect("an event")
}

/// Exports the pictures as one batch.
fn export(home: &Home, names: &[&str], out: &Path) -> Vec<Result<Exported, String>> {
    let orders = names.iter().map(|name| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../test-images").join(name);
        let bytes = std::fs::read(path).expect("picture");
        Order { bytes, making: Making::Event(Box::new(event())), target: Some(out.join(name)) }
    });
    let orders = orders.collect();
    let (reader, issuer) = (home.reader().expect("reader"), home.issuer().expect("issuer"));
    let (mut ledger, _) = home.ledger(EDGE).expect("log");
    let mut exporter = Exporter {
        ledger: &mut ledger,
        reader: &reader,
        issuer: &issuer,
        shelf: &home.shelf(),
        organisation: &home.config().organisation,
        limits: &home.limits(),
        edge: EDGE,
    };
    exporter.export(orders, &Options::default()).into_iter().map(|done| done.map_err(|error| words(&error))).collect()
}

pub(crate) fn assert_whole(home: &Home) {
    let reader = home.reader().expect("reader");
    let root = home.mac_root().expect("root");
    let known = [Known::History(reader.history())];
    let macs = root.as_ref().map(MacKeys::Root);
    let checks =
        Checks { origin: &home.config().log.origin, known: &known, macs, signatures: Signatures::All, from: 0 };
    let findings = check(reader.store(), &checks).expect("the log").findings;
    assert!(findings.is_empty(), "{findings:?}");
}

/// Pulls the token out when a claim is to be signed for the nth time.
#[derive(Debug)]
struct Unplugging {
    at: usize,
    signed: Arc<AtomicUsize>,
    token: Token,
}

#[derive(Debug)]
struct UnpluggingSigner {
    inner: Arc<dyn Signer>,
    at: usize,
    signed: Arc<AtomicUsize>,
    token: Token,
}

impl Keyring for Unplugging {
    fn signer(&self, place: &Outside, algorithm: Algorithm) -> Result<Arc<dyn Signer>, Error> {
        let inner = Keys.signer(place, algorithm)?;
        if algorithm != Algorithm::Es256 {
            return Ok(inner);
        }
        let (at, signed, token) = (self.at, Arc::clone(&self.signed), self.token.clone());
        Ok(Arc::new(UnpluggingSigner { inner, at, signed, token }))
    }

    fn wrapper(&self, place: &Outside) -> Result<Arc<dyn Wrapper>, Error> {
        Keys.wrapper(place)
    }

    fn passphrase(&self, path: &Path) -> Result<zeroize::Zeroizing<String>, Error> {
        Keys.passphrase(path)
    }
}

impl Signer for UnpluggingSigner {
    fn algorithm(&self) -> Algorithm {
        self.inner.algorithm()
    }

    fn public_key(&self) -> &[u8] {
        self.inner.public_key()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        if self.signed.fetch_add(1, Ordering::SeqCst) + 1 == self.at {
            self.token.unplug();
        }
        self.inner.sign(message)
    }
}

#[test]
fn a_home_around_a_token_holds_no_key_of_its_own_and_works() {
    with_token(|token| {
        let dir = tempfile::tempdir().expect("folder");
        let home = home_in(dir.path(), token, Arc::new(Keys));
        for name in ["log.pem", "claim.pem"] {
            assert!(!home.dir().join("keys").join(name).exists(), "{name}");
        }
        drop(home);
        let home = Home::open_with(&dir.path().join("home"), Arc::new(Keys)).expect("opened");
        for exported in export(&home, &["astronaut.jpg", "horse-alpha.png"], dir.path()) {
            exported.expect("exported");
        }
        assert_whole(&home);
    });
}

#[test]
fn without_the_way_to_the_token_the_home_says_so_and_can_still_be_read() {
    with_token(|token| {
        let dir = tempfile::tempdir().expect("folder");
        drop(home_in(dir.path(), token, Arc::new(Keys)));
        let home = Home::open(&dir.path().join("home")).expect("opened");
        let said = words(&home.ledger(EDGE).expect_err("no key"));
        assert!(said.ends_with("this program reads keys from files alone"), "{said}");
        assert_whole(&home);
    });
}

#[test]
fn a_token_that_is_pulled_out_in_the_middle_of_a_batch_releases_nothing_unsigned_and_the_batch_is_resumed() {
    with_token(|token| {
        let dir = tempfile::tempdir().expect("folder");
        let keyring = Unplugging { at: 3, signed: Arc::default(), token: token.clone() };
        let home = home_in(dir.path(), token, Arc::new(keyring));
        let names = ["astronaut.jpg", "horse-alpha.png", "rocket.webp", "clock.gif"];
        let out = dir.path().join("out");
        std::fs::create_dir(&out).expect("folder");
        let first = export(&home, &names, &out);
        for failed in first.iter().filter_map(|done| done.as_ref().err()) {
            assert!(failed.contains("the token is not there") || failed.starts_with("the batch failed"), "{failed}");
        }
        assert!(first.iter().any(Result::is_err), "somebody noticed");
        // The EXPORT record needs the log's key, which is in the same token: so nothing was released at all.
        assert_eq!(std::fs::read_dir(&out).expect("folder").count(), 0);
        let said = words(&home.ledger(EDGE).expect_err("no key"));
        assert!(said.contains("the token is not there"), "{said}");

        token.plug_in();
        for exported in export(&home, &names, &out) {
            exported.expect("exported");
        }
        assert_eq!(std::fs::read_dir(&out).expect("folder").count(), names.len());
        assert_whole(&home);
    });
}

#[test]
fn a_log_moves_from_a_file_into_a_token() {
    with_token(|token| {
        let dir = tempfile::tempdir().expect("folder");
        let path = dir.path().join("home");
        drop(Home::create(&path, "Test Studio", EDGE).expect("home"));
        token.make_ed25519("log");
        let config = path.join(CONFIG);
        let written = std::fs::read_to_string(&config).expect("configuration");
        let place = r#"{ pkcs11 = "LIBRARY", token = "studio", label = "log", pin_env = "TOUCHMARK_TEST_PIN" }"#
            .replace("LIBRARY", &crate::softhsm::library().expect("SoftHSM").display().to_string());
        let named = written.replace("[log]\n", &format!("[log]\nnext_key = {place}\n"));
        std::fs::write(&config, named).expect("configuration");
        let open = || Home::open_with(&path, Arc::new(Keys)).expect("opened");

        let done = open().rotate_key(EDGE).expect("handed over");
        assert!(!path.join("keys/log.pem").exists(), "the old key is erased");
        assert_eq!(open().rotate_key(EDGE).expect("done already"), done);
        open().ledger(EDGE).expect("with the key that is in force");
        assert_eq!(open().log_key().expect("a key"), done.key);

        let settled = written.replace("[log]\n", &format!("[log]\nkey = {place}\n"));
        std::fs::write(&config, settled).expect("configuration");
        open().ledger(EDGE).expect("with the key in its place");
        let said = open().rotate_key(EDGE).expect_err("no next key").to_string();
        assert!(said.contains("make one, name it as log.next_key in touchmark.toml"), "{said}");
        assert_whole(&open());
    });
}

#[test]
fn a_home_is_not_begun_around_a_key_that_cannot_be_used() {
    with_token(|token| {
        let dir = tempfile::tempdir().expect("folder");
        let path = dir.path().join("home");
        let make = |places| Home::create_with(&path, "Test Studio", places, Arc::new(Keys), EDGE);
        let (claim, log) = (|places: &mut KeyPlaces| places.signing.clone(), places(token));
        let mut exchanged = log.clone();
        exchanged.log = claim(&mut exchanged);
        let file = KeyPlaces { log: Some(Place::File("log.pem".into())), ..log.clone() };
        let nobody = KeyPlaces { signing: Some(Place::Outside(token.key("nobody"))), ..log };
        for (places, says) in [
            (exchanged, "it is no key for Ed25519"),
            (nobody, "the token has no such key"),
            (file, "a key in a file is made by init itself"),
        ] {
            let said = words(&make(places).expect_err(says));
            assert!(said.contains(says), "{said}");
            assert!(!path.exists(), "nothing is left behind");
        }
    });
}
