//! A passphrase on a key's file: put on, used, taken off.

use std::path::Path;

use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use crate::keys::{Error, Keyring, age, secret_file};

/// What is in the file, under its passphrase where it has one.
pub(in crate::keys) fn read(path: &Path, keyring: &dyn Keyring) -> Result<Zeroizing<Vec<u8>>, Error> {
    let stored = secret_file::read(path)?;
    if !age::is_age(&stored) {
        return Ok(stored);
    }
    let passphrase = keyring.passphrase(path)?;
    age::open(&stored, &passphrase).map_err(|problem| Error::Passphrase { path: path.to_owned(), problem })
}

/// Writes a secret to a new file, under a passphrase if there is one.
pub(in crate::keys) fn create(
    path: &Path,
    secret: &[u8],
    passphrase: Option<&str>,
    rng: &mut impl CryptoRngCore,
) -> Result<(), Error> {
    match passphrase {
        Some(passphrase) => secret_file::create(path, &sealed(path, secret, passphrase, rng)?),
        None => secret_file::create(path, secret),
    }
}

/// Whether a passphrase is on the file.
pub fn is_protected(path: impl AsRef<Path>) -> Result<bool, Error> {
    Ok(age::is_age(&secret_file::read(path.as_ref())?))
}

/// Puts a passphrase on the file, in one step; the bare bytes are overwritten.
pub fn protect(path: impl AsRef<Path>, passphrase: &str, rng: &mut impl CryptoRngCore) -> Result<(), Error> {
    let path = path.as_ref();
    let secret = secret_file::read(path)?;
    secret_file::rewrite(path, &sealed(path, &secret, passphrase, rng)?)
}

/// Puts another passphrase on the file, in one step.
pub fn change(
    path: impl AsRef<Path>,
    keyring: &dyn Keyring,
    passphrase: &str,
    rng: &mut impl CryptoRngCore,
) -> Result<(), Error> {
    let path = path.as_ref();
    let secret = read(path, keyring)?;
    secret_file::rewrite(path, &sealed(path, &secret, passphrase, rng)?)
}

/// Takes the passphrase off the file, in one step.
pub fn unprotect(path: impl AsRef<Path>, keyring: &dyn Keyring) -> Result<(), Error> {
    let secret = read(path.as_ref(), keyring)?;
    secret_file::rewrite(path.as_ref(), &secret)
}

/// Whether the keyring's passphrase opens the file: if not, an error.
pub fn check_passphrase(path: impl AsRef<Path>, keyring: &dyn Keyring) -> Result<(), Error> {
    read(path.as_ref(), keyring).map(drop)
}

/// Whether this passphrase opens the file. Not, where it has none.
pub fn opens_with(path: impl AsRef<Path>, passphrase: &str) -> Result<bool, Error> {
    let stored = secret_file::read(path.as_ref())?;
    Ok(age::is_age(&stored) && age::open(&stored, passphrase).is_ok())
}

/// Erases what an interrupted call left of the file's earlier form.
pub fn discard_earlier(path: impl AsRef<Path>) -> Result<(), Error> {
    secret_file::discard_rewriting(path.as_ref())
}

fn sealed(path: &Path, secret: &[u8], passphrase: &str, rng: &mut impl CryptoRngCore) -> Result<Vec<u8>, Error> {
    let failed = |problem: &str| Error::Passphrase { path: path.to_owned(), problem: problem.to_owned() };
    if passphrase.is_empty() {
        return Err(failed("it is empty"));
    }
    age::seal(secret, passphrase, rng).map_err(|problem| failed(&problem))
}

#[cfg(test)]
mod tests;
