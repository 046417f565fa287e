//! Secrets under a passphrase, as age files (C2SP `age`, version 1): one scrypt recipient, one chunk.
//!
//! Anybody's `age -d` opens them, and what `age -p` made is read. Knows nothing of what is inside. Secrets are shorter than a chunk of 64 KiB.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chacha20poly1305::aead::Aead;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit, Nonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use rand_core::CryptoRngCore;
use sha2::Sha256;
use zeroize::Zeroizing;

/// What an age file begins with.
const VERSION: &[u8] = b"age-encryption.org/v1\n";

/// What one begins with that was made for e-mail.
const ARMOURED: &[u8] = b"-----BEGIN AGE ENCRYPTED FILE-----";

const SALT_LABEL: &[u8] = b"age-encryption.org/v1/scrypt";

/// scrypt's cost as a power of two, with r = 8 and p = 1: 128 MiB and some tenths of a second.
const WORK: u8 = 17;

/// The dearest that is read: 1 GiB.
const MOST_WORK: u8 = 20;

/// A nonce of one chunk that is the last.
const ONLY_CHUNK: [u8; 12] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

type Text = [u8];

/// Whether the file is one, in either form.
pub(super) fn is_age(file: &Text) -> bool {
    file.starts_with(VERSION) || file.starts_with(ARMOURED)
}

/// Seals a secret.
pub(super) fn seal(secret: &[u8], passphrase: &str, rng: &mut impl CryptoRngCore) -> Result<Vec<u8>, String> {
    let mut file_key = Zeroizing::new([0; 16]);
    rng.fill_bytes(&mut *file_key);
    let (mut salt, mut nonce) = ([0; 16], [0; 16]);
    rng.fill_bytes(&mut salt);
    rng.fill_bytes(&mut nonce);
    let wrapped = cipher(&wrapping_key(passphrase, &salt, WORK)?)
        .encrypt(&Nonce::default(), file_key.as_slice())
        .map_err(|_| "could not be sealed")?;
    let header = format!(
        "{}-> scrypt {} {WORK}\n{}\n---",
        String::from_utf8_lossy(VERSION),
        STANDARD_NO_PAD.encode(salt),
        STANDARD_NO_PAD.encode(wrapped)
    );
    let mac = header_mac(&file_key, header.as_bytes()).finalize().into_bytes();
    let sealed = cipher(&derived(&file_key, &nonce, b"payload"))
        .encrypt(&ONLY_CHUNK.into(), secret)
        .map_err(|_| "could not be sealed")?;
    Ok([header.as_bytes(), b" ", STANDARD_NO_PAD.encode(mac).as_bytes(), b"\n", &nonce, &sealed].concat())
}

/// The secret again, or what is wrong.
pub(super) fn open(file: &Text, passphrase: &str) -> Result<Zeroizing<Vec<u8>>, String> {
    if file.starts_with(ARMOURED) {
        return Err("it is an armoured age file: make it without --armor".to_owned());
    }
    let Parsed { header, salt, work, wrapped, mac, nonce, sealed } =
        parse(file).ok_or("it is a damaged age file, or one that no passphrase opens")?;
    if work > MOST_WORK {
        return Err(format!("it asks for 2^{work} rounds of scrypt, and at most 2^{MOST_WORK} are made"));
    }
    let file_key = cipher(&wrapping_key(passphrase, &salt, work)?)
        .decrypt(&Nonce::default(), wrapped.as_slice())
        .map(Zeroizing::new)
        .map_err(|_| "the passphrase is wrong")?;
    let damaged = "the passphrase is right, and the file was changed: bring it back from your backup";
    let file_key = <&[u8; 16]>::try_from(file_key.as_slice()).map_err(|_| damaged)?;
    header_mac(file_key, header).verify_slice(&mac).map_err(|_| damaged)?;
    let opened = cipher(&derived(file_key, nonce, b"payload")).decrypt(&ONLY_CHUNK.into(), sealed);
    Ok(Zeroizing::new(opened.map_err(|_| damaged)?))
}

struct Parsed<'a> {
    /// Up to the three hyphens.
    header: &'a [u8],
    salt: [u8; 16],
    work: u8,
    wrapped: [u8; 32],
    mac: [u8; 32],
    nonce: &'a [u8],
    sealed: &'a [u8],
}

fn parse(file: &Text) -> Option<Parsed<'_>> {
    let rest = file.strip_prefix(VERSION)?;
    let (recipient, rest) = line(rest)?;
    let (wrapped, rest) = line(rest)?;
    let (end, body) = line(rest)?;
    let mut words = recipient.strip_prefix("-> scrypt ")?.split(' ');
    let (salt, work) = (words.next()?, words.next()?);
    let is_plain = work.bytes().all(|digit| digit.is_ascii_digit()) && !work.starts_with('0');
    let mac = end.strip_prefix("--- ")?;
    let header = file.get(..file.len().checked_sub(body.len())?.checked_sub(mac.len())?.checked_sub(2)?)?;
    let (nonce, sealed) = body.split_at_checked(16)?;
    if words.next().is_some() || !is_plain {
        return None;
    }
    Some(Parsed {
        header,
        salt: bytes(salt)?,
        work: work.parse().ok()?,
        wrapped: bytes(wrapped)?,
        mac: bytes(mac)?,
        nonce,
        sealed,
    })
}

fn line(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (line, rest) = bytes.split_at_checked(end)?;
    Some((str::from_utf8(line).ok()?, rest.get(1..)?))
}

fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    STANDARD_NO_PAD.decode(text).ok()?.try_into().ok()
}

fn wrapping_key(passphrase: &str, salt: &[u8; 16], work: u8) -> Result<Zeroizing<[u8; 32]>, String> {
    let mut key = Zeroizing::new([0; 32]);
    let salt = [SALT_LABEL, salt].concat();
    let cost = scrypt::Params::new(work, 8, 1, 32).map_err(|error| error.to_string())?;
    scrypt::scrypt(passphrase.as_bytes(), &salt, &cost, &mut *key).map_err(|error| error.to_string())?;
    Ok(key)
}

fn derived(file_key: &[u8; 16], salt: &[u8], info: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(Some(salt), file_key).expand(info, &mut *key).expect("HKDF gives 32 bytes");
    key
}

fn header_mac(file_key: &[u8; 16], header: &[u8]) -> Hmac<Sha256> {
    let key = derived(file_key, b"", b"header");
    let mut mac = <Hmac<Sha256> as hmac::Mac>::new_from_slice(&*key).expect("HMAC takes keys of any length");
    mac.update(header);
    mac
}

fn cipher(key: &Zeroizing<[u8; 32]>) -> ChaCha20Poly1305 {
    let key: &[u8; 32] = key;
    ChaCha20Poly1305::new(key.into())
}

#[cfg(test)]
mod tests {
    use rand_core::OsRng;

    use super::*;

    const SECRET: &[u8] = b"-----BEGIN PRIVATE KEY-----";

    fn sealed() -> Vec<u8> {
        seal(SECRET, "open sesame", &mut OsRng).expect("sealed")
    }

    /// Made with another implementation (rage through `pyrage` 1.4.0): a passphrase of "open sesame", the text "north".
    const OF_OTHERS: &str = "6167652d656e6372797074696f6e2e6f72672f76310a2d3e20736372797074207465726e746666717958324672527a6a684b41716f512031380a7341504d6961506b655936416d454241566847456d415134796564374f57795a416d5a3631625853484c670a2d2d2d204a436137476c34686a43617934676756726866734d3855503465534d6b6b5231655a6565685676367859300a71ef104cb2bcb00283cf6500166934ae88e67ba144fa69bc47c24fd2334ccc4c9fd9ced5a2";

    #[test]
    fn what_another_implementation_sealed_is_opened() {
        let file = hex::decode(OF_OTHERS).expect("hexadecimal digits");
        assert_eq!(**open(&file, "open sesame").expect("opened"), *b"north");
    }

    #[test]
    fn what_is_sealed_is_opened_by_its_passphrase_alone() {
        let file = sealed();
        assert!(is_age(&file) && !file.windows(SECRET.len()).any(|bytes| bytes == SECRET));
        assert_eq!(**open(&file, "open sesame").expect("opened"), *SECRET);
        for wrong in ["", "open sesame ", "Open sesame"] {
            assert_eq!(open(&file, wrong).expect_err("refused"), "the passphrase is wrong");
        }
        assert_ne!(file, sealed(), "never twice the same");
    }

    #[test]
    fn each_changed_part_is_found() {
        let file = sealed();
        let lines: Vec<usize> = (0..file.len()).filter(|at| file.get(*at) == Some(&b'\n')).take(4).collect();
        // A letter of each line, the nonce, the sealed secret and its end. The wrapped key says "wrong", all others "changed".
        for at in [lines[2] + 10, lines[3] + 3, lines[3] + 20, file.len() - 1] {
            let mut changed = file.clone();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let said = open(&changed, "open sesame").expect_err("changed");
            assert!(said.contains("was changed"), "{at}: {said}");
        }
        for cut in [0, 10, lines[0] + 5, lines[1] + 5, lines[2] + 5, lines[3] + 5, file.len() - 1] {
            open(&file[..cut], "open sesame").expect_err("cut");
        }
    }

    #[test]
    fn a_file_that_asks_for_too_much_work_is_refused_before_it_is_done() {
        let text = String::from_utf8_lossy(&sealed()).replace(" 17\n", " 30\n");
        let said = open(text.as_bytes(), "open sesame").expect_err("too dear");
        assert_eq!(said, "it asks for 2^30 rounds of scrypt, and at most 2^20 are made");
    }

    #[test]
    fn what_no_passphrase_opens_is_told() {
        let x25519 = b"age-encryption.org/v1\n-> X25519 AAAA\nAAAA\n--- AAAA\n";
        assert!(open(x25519, "open sesame").expect_err("another recipient").contains("that no passphrase opens"));
        let armoured = b"-----BEGIN AGE ENCRYPTED FILE-----\n";
        assert!(is_age(armoured) && open(armoured, "open sesame").expect_err("armour").contains("without --armor"));
    }
}
