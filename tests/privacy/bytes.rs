//! Nothing of an erased person is left in any file, in any form: every byte under the home and under what was published is looked at.

use std::fs;
use std::path::{Path, PathBuf};

use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::aes::Aes256;
use aes_gcm::aes::cipher::BlockCipherEncrypt as _;
use aes_gcm::{AeadInOut as _, Aes256Gcm, KeyInit as _};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use hkdf::Hkdf;
use sha2::Sha256;
use touchmark_core::event::Opened;
use touchmark_core::export::{Making, Options, Order};
use touchmark_core::privacy::vault::{KeyId, Owner};
use touchmark_core::publish::publish;

use super::world::{EDGE, House, asked_by, event, refused};

const SUBJECT: &str = "emp-forgotten-7731";

/// What must be nowhere. The destination is an export's.
const PLAIN: [&str; 5] = [
    SUBJECT,
    "session-of-emp-forgotten-7731",
    "address-of-emp-forgotten-7731",
    "parameter-of-emp-forgotten-7731",
    "shop-7731",
];

/// Every file below a folder, with its bytes.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("listed") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push((path.clone(), fs::read(&path).expect("read")));
            }
        }
    }
    found
}

/// The forms in which bytes could stand in a file: as they are, in hexadecimal digits, in base64 of either kind, wherever in a longer
/// text they begin.
fn forms(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = vec![bytes.to_vec(), hex::encode(bytes).into_bytes(), hex::encode_upper(bytes).into_bytes()];
    for before in 0..3 {
        let padded = [vec![0; before], bytes.to_vec()].concat();
        for text in [STANDARD_NO_PAD.encode(&padded), URL_SAFE_NO_PAD.encode(&padded)] {
            // Characters that hold bits of the neighbours say nothing.
            let first = (before * 8).div_ceil(6);
            let last = padded.len() * 8 / 6;
            forms.push(text.as_bytes()[first..last].to_vec());
        }
    }
    forms
}

/// The files in which the bytes stand in any form.
fn found_in(files: &[(PathBuf, Vec<u8>)], bytes: &[u8]) -> Vec<PathBuf> {
    let finders: Vec<_> = forms(bytes).iter().map(|form| memchr::memmem::Finder::new(form).into_owned()).collect();
    let has = |content: &[u8]| finders.iter().any(|finder| finder.find(content).is_some());
    files
        .iter()
        .filter(|(path, content)| has(content) || has(path.to_string_lossy().as_bytes()))
        .map(|(path, _)| path.clone())
        .collect()
}

/// A slot's data key, and the bytes in which it lies wrapped: read as the vault's own description says it, not by its code.
fn key_in_slot(house: &House, id: &KeyId) -> (Vec<u8>, Vec<u8>) {
    let text = fs::read_to_string(house.home.dir().join("keys/vault-key")).expect("read");
    let root = hex::decode(text.trim().rsplit(' ').next().expect("digits")).expect("digits");
    let mut wrap = [0; 32];
    Hkdf::<Sha256>::new(None, &root).expand(b"touchmark vault wrap v1", &mut wrap).expect("32 bytes");
    let file = fs::read(house.home.vault_dir().join(hex::encode(&id.as_bytes()[..1]))).expect("read");
    let slot = file.chunks(128).find(|slot| slot[16..32] == id.as_bytes()[..]).expect("its slot");
    let data = [b"touchmark vault slot v1\n", &slot[..40], &slot[48..55]].concat();
    let nonce: [u8; 12] = slot[67..79].try_into().expect("12 bytes");
    let tag: [u8; 16] = slot[111..127].try_into().expect("16 bytes");
    let mut key = slot[79..111].to_vec();
    let cipher = Aes256Gcm::new((&xaes_key(&wrap, &slot[55..67])).into());
    let opened = cipher.decrypt_inout_detached((&nonce).into(), &data, InOutBuf::from(&mut *key), (&tag).into());
    opened.expect("opens as described");
    (key, slot[79..127].to_vec())
}

/// XAES-256-GCM's key for a message, as c2sp.org/XAES-256-GCM has it.
fn xaes_key(key: &[u8; 32], nonce: &[u8]) -> [u8; 32] {
    let encrypted = |block: u128| {
        let mut block = block.to_be_bytes().into();
        Aes256::new(key.into()).encrypt_block(&mut block);
        u128::from_be_bytes(block.into())
    };
    let l = encrypted(0);
    let k1 = if l >> 127 == 0 { l << 1 } else { (l << 1) ^ 0x87 };
    let half = |number: u8| {
        let message = [&[0, number, b'X', 0], nonce].concat();
        encrypted(u128::from_be_bytes(message.try_into().expect("16 bytes")) ^ k1)
    };
    [half(1).to_be_bytes(), half(2).to_be_bytes()].concat().try_into().expect("32 bytes")
}

fn picture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../test-images/astronaut.jpg")
}

/// Everything that somebody can do to be on record.
fn lives(house: &House) {
    let attempt = house.append(&[asked_by(SUBJECT), asked_by("emp-2")])[0];
    house.append(&[refused(&attempt.id.to_string(), SUBJECT)]);
    let mut made = asked_by(SUBJECT);
    made["type"] = "GEN".into();
    let order = Order {
        bytes: fs::read(picture()).expect("a picture"),
        making: Making::Event(Box::new(event(&made))),
        target: Some(house.beside("signed.jpg")),
    };
    let keep_originals = Some(house.home.originals());
    let options = Options { destination: Some("shop-7731".to_owned()), keep_originals, ..Options::default() };
    house.export(order, &options).expect("exported");
    house.home.ledger(EDGE).expect("the log").0.seal_names(EDGE).expect("sealed");
    let snapshot = house.home.reader().expect("the log").snapshot().expect("a snapshot");
    publish(&snapshot, snapshot.note(), &house.beside("published")).expect("could").expect("published");
}

#[test]
fn the_search_finds_what_is_there_in_every_form() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("file");
    for before in 0..4 {
        let text = [vec![b'x'; before], SUBJECT.as_bytes().to_vec(), b"!".to_vec()].concat();
        let forms = [
            text.clone(),
            hex::encode(&text).into_bytes(),
            hex::encode_upper(&text).into_bytes(),
            STANDARD.encode(&text).into_bytes(),
            URL_SAFE_NO_PAD.encode(&text).into_bytes(),
        ];
        for form in forms {
            fs::write(&path, [b"{\"a\":\"".to_vec(), form.clone(), b"\"}".to_vec()].concat()).expect("written");
            let found = found_in(&files(folder.path()), SUBJECT.as_bytes());
            assert_eq!(found, std::slice::from_ref(&path), "{}", String::from_utf8_lossy(&form));
        }
    }
    fs::write(&path, "emp-forgotten-7732").expect("written");
    assert!(found_in(&files(folder.path()), SUBJECT.as_bytes()).is_empty());
}

#[test]
fn of_an_erased_person_no_byte_is_left_in_the_home_or_in_what_was_published() {
    let house = House::new();
    lives(&house);
    let vault = house.home.vault().expect("the vault");
    let [kept] = vault.of(&Owner::Person(SUBJECT.to_owned())).expect("could look").try_into().expect("one key");
    let (key, wrapped) = key_in_slot(&house, &kept.id);
    assert_eq!(key.len(), 32);
    assert!(!found_in(&files(house.home.dir()), &wrapped).is_empty(), "the wrapped key is there before");
    let size = house.home.reader().expect("the log").store().size().expect("a size");
    let readable = (0..size).filter(|seq| matches!(house.opened(*seq), Opened::Fields(_))).count() as u64;
    assert_eq!(readable, size, "all is open to the house before");

    house.erase(SUBJECT);

    let reader = house.home.reader().expect("the log");
    let snapshot = reader.snapshot().expect("a snapshot");
    publish(&snapshot, snapshot.note(), &house.beside("published")).expect("could").expect("published");
    let all = [files(house.home.dir()), files(&house.beside("published"))];
    let all: Vec<_> = all.into_iter().flatten().collect();
    for plain in PLAIN {
        assert_eq!(found_in(&all, plain.as_bytes()), Vec::<PathBuf>::new(), "{plain}");
    }
    for secret in [&key, &wrapped] {
        assert_eq!(found_in(&all, secret), Vec::<PathBuf>::new(), "the key, or what it was wrapped in");
    }
    // The original lies there, and of its pixels not one piece that could be read.
    let original = fs::read(picture()).expect("read");
    let piece = &original[original.len() / 2..][..32];
    assert_eq!(found_in(&files(&house.home.dir().join("originals")), piece), Vec::<PathBuf>::new());
    assert_eq!(files(&house.home.dir().join("originals")).len(), 1);
    // And nothing that is left opens: the attempt, its refusal, the making with its attempt, the export.
    let erased = (0..size).filter(|seq| matches!(house.opened(*seq), Opened::Erased)).count();
    assert_eq!(erased, 5);
    assert_eq!(house.findings(), [""; 0]);
}
