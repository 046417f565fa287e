//! Files of the home, certificates and tokens.

use std::cell::RefCell;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::sync::LazyLock;

use jiff::Timestamp;
use touchmark_core::audit::Register;
use touchmark_core::export::shelf::Shelf;
use touchmark_core::hash::Hash;
use touchmark_core::home::Config;
use touchmark_core::keys::certificate::{Asked, Chain, Revocation};
use touchmark_core::keys::file::{Ed25519Key, P256Key};
use touchmark_core::keys::mac::{EpochFile, MacRoot};
use touchmark_core::keys::timestamp::{Roots, Token};

pub(crate) fn register(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    drop(Register::parse(text));
}

/// A home's `touchmark.toml`.
pub(crate) fn config(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(config) = toml::from_str::<Config>(text) {
        let again = toml::to_string(&config).expect("what was read can be written");
        drop(toml::from_str::<Config>(&again).expect("and read again"));
    }
}

pub(crate) fn key_file(bytes: &[u8]) {
    thread_local! {
        static FILE: RefCell<tempfile::NamedTempFile> = RefCell::new(tempfile::NamedTempFile::new().expect("a file"));
    }
    FILE.with_borrow_mut(|file| {
        let path = file.path().to_owned();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("its mode");
        fs::File::create(&path).and_then(|mut file| file.write_all(bytes)).expect("its bytes");
        if let Ok(root) = MacRoot::load(&path) {
            assert_eq!(root.first_epoch().epoch(), 0);
        }
        drop(EpochFile::open(&path));
        drop(Ed25519Key::load(&path));
        drop(P256Key::load(&path));
    });
}

/// The manifest stores of a home, as a crash or a stranger left them: the length of the index, the index, the pack.
pub(crate) fn shelf(bytes: &[u8]) {
    thread_local! {
        static DIR: tempfile::TempDir = tempfile::tempdir().expect("a folder");
    }
    let Some((length, rest)) = bytes.split_first_chunk::<2>() else { return };
    let (index, pack) = rest.split_at(usize::from(u16::from_le_bytes(*length)).min(rest.len()));
    DIR.with(|dir| {
        fs::write(dir.path().join("manifests.index"), index).expect("its bytes");
        fs::write(dir.path().join("manifests.pack"), pack).expect("its bytes");
        let shelf = Shelf::new(dir.path());
        if let Some(hash) = index.first_chunk() {
            drop(shelf.get(&Hash::from_bytes(*hash)));
        }
        let added = Hash::of(b"added");
        if shelf.add(&[(added, b"store")]).is_ok() {
            assert_eq!(shelf.get(&added).expect("it was just added").as_deref(), Some(b"store".as_slice()));
        }
    });
}

pub(crate) fn certificate(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        drop(Roots::from_pem(text));
    }
    let Ok(chain) = Chain::from_pem(bytes) else { return };
    drop(chain.describe());
    drop(chain.profile_problems(Timestamp::UNIX_EPOCH));
    drop(chain.without_root());
}

/// An OCSP response that comes with a file of a signer whose certificate and issuer are known. Nobody else can say something of them: an answer
/// is one that the issuer gave.
pub(crate) fn ocsp(bytes: &[u8]) {
    static SIGNER: LazyLock<Chain> =
        LazyLock::new(|| Chain::from_pem(include_bytes!("../seeds/certificate/with-ocsp.pem")).expect("a chain"));
    let asked = Asked { signed: Some(in_2027()), now: in_2027() };
    match SIGNER.revocation(&[bytes.to_vec()], std::iter::empty(), asked) {
        None | Some(Revocation::NotRevoked) => {}
        Some(Revocation::Revoked { since }) => assert_eq!(since.to_string(), "2026-11-01T00:00:00Z"),
        Some(Revocation::Unknown) => panic!("the issuer knows it"),
    }
}

fn in_2027() -> Timestamp {
    "2027-01-01T00:00:00Z".parse().expect("a time")
}

/// A time-stamp token, alone or in an authority's answer.
pub(crate) fn token(bytes: &[u8]) {
    for read in [Token::parse(bytes), Token::from_answer(bytes)] {
        let Ok(token) = read else { continue };
        let again = Token::parse(token.as_der()).expect("a token is read again as it was kept");
        assert_eq!(again.time(), token.time());
        let answer = token.to_answer().expect("it fits into an answer");
        assert_eq!(Token::from_answer(&answer).expect("its own answer").as_der(), token.as_der());
        assert!(token.verify(&Roots::default()).is_err(), "without roots nobody is believed");
        assert!(!token.accuracy().is_negative() && !token.authority().is_empty());
        let _ = token.covers(bytes);
    }
}
