//! The vault's first file. It shows whether a key-encryption key is this vault's, and has the key of the hashes of names.
//!
//! That one is random and lies wrapped here, so that the key-encryption key can be changed without knowing anybody's name.
//!
//! ```text
//! touchmark-vault-v1 <base64 of 24 bytes of nonce and 48 of the wrapped key with its tag>
//! ```

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::super::cipher::Cipher;
use super::super::{Error, RootKey};
use super::at;
use crate::edge::Edge;
use crate::files;

pub(super) const NAME: &str = "head";

/// The first word; also the additional data.
const FORM: &str = "touchmark-vault-v1";

const LONGEST: usize = 1024;

/// The vault's own keys.
pub(super) struct Opened {
    /// Wraps data keys.
    pub(super) wrap: Zeroizing<[u8; 32]>,
    /// Hashes names.
    pub(super) names: Zeroizing<[u8; 32]>,
}

/// Writes the head of a new vault, durable on return.
pub(super) fn write(dir: &Path, root: &RootKey, edge: Edge<'_>) -> Result<(), Error> {
    let mut names = Zeroizing::new(edge.bytes::<32>());
    let nonce = edge.bytes::<24>();
    let tag = cipher(root).seal(&nonce, FORM.as_bytes(), &mut *names);
    let wrapped = [nonce.as_slice(), names.as_slice(), &tag[..]].concat();
    let path = dir.join(NAME);
    files::replace(&path, format!("{FORM} {}\n", STANDARD.encode(wrapped)).as_bytes()).map_err(at("write", &path))
}

/// Reads it with the key-encryption key.
pub(super) fn read(dir: &Path, root: &RootKey) -> Result<Opened, Error> {
    let path = dir.join(NAME);
    let not_a_vault = || Error::NotAVault { path: path.clone() };
    let bytes = files::read(&path, LONGEST).map_err(at("read", &path))?;
    let bytes = bytes.ok_or_else(|| Error::NotThere { dir: dir.to_owned() })?;
    let text = str::from_utf8(&bytes).ok().and_then(|text| text.strip_suffix('\n'));
    let wrapped = text.and_then(|text| text.strip_prefix(FORM)?.strip_prefix(' ')).ok_or_else(not_a_vault)?;
    let wrapped = STANDARD.decode(wrapped).ok().and_then(|bytes| <[u8; 72]>::try_from(bytes).ok());
    let wrapped = wrapped.ok_or_else(not_a_vault)?;
    let (mut nonce, mut names, mut tag) = ([0; 24], Zeroizing::new([0; 32]), [0; 16]);
    nonce.copy_from_slice(&wrapped[..24]);
    names.copy_from_slice(&wrapped[24..56]);
    tag.copy_from_slice(&wrapped[56..]);
    if !cipher(root).open(&nonce, FORM.as_bytes(), &mut *names, &tag) {
        return Err(Error::WrongKey { dir: dir.to_owned() });
    }
    Ok(Opened { wrap: derive(root, b"touchmark vault wrap v1"), names })
}

fn cipher(root: &RootKey) -> Cipher {
    Cipher::new(&derive(root, b"touchmark vault head v1"))
}

fn derive(root: &RootKey, info: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(None, root.as_bytes())
        .expand(info, &mut *key)
        .expect("32 bytes are within what HKDF-SHA256 can give");
    key
}
