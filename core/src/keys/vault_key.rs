//! The vault's key in a file: bare, under a passphrase, or wrapped under a key that lies elsewhere ([`Wrapped`]).

use std::path::Path;

use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use super::{Error, FilesOnly, Keyring, file};
use crate::privacy::vault::RootKey;

mod wrapped;

pub use wrapped::Wrapped;

/// The first word of the file; 64 hexadecimal digits follow.
const FORM: &str = "touchmark-vault-key-v1";

/// Writes the key to a new file with mode 0600, under a passphrase if there is one. Durable on return; never overwrites.
pub fn create(
    path: impl AsRef<Path>,
    key: &RootKey,
    passphrase: Option<&str>,
    rng: &mut impl CryptoRngCore,
) -> Result<(), Error> {
    let digits = Zeroizing::new(hex::encode(key.as_bytes()));
    let line = Zeroizing::new(format!("{FORM} {}\n", *digits));
    file::create(path.as_ref(), line.as_bytes(), passphrase, rng)
}

/// Reads one that no passphrase is on, from a file that only its owner may open.
pub fn load(path: impl AsRef<Path>) -> Result<RootKey, Error> {
    load_with(path, &FilesOnly)
}

/// The same, with the passphrase that the keyring knows.
pub fn load_with(path: impl AsRef<Path>, keyring: &dyn Keyring) -> Result<RootKey, Error> {
    let path = path.as_ref();
    let bytes = file::read(path, keyring)?;
    let digits = str::from_utf8(&bytes).ok().and_then(|text| text.strip_prefix(FORM)?.strip_prefix(' '));
    let mut key = Zeroizing::new([0; 32]);
    match digits.and_then(|digits| digits.strip_suffix('\n')) {
        Some(digits) if hex::decode_to_slice(digits, &mut *key).is_ok() => Ok(RootKey::new(*key)),
        _ => Err(Error::NotAKey {
            path: path.to_owned(),
            expected: "the key of a vault",
            found: "something else".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use rand_core::OsRng;

    use super::*;
    use crate::keys::secret_file;

    #[test]
    fn a_saved_key_is_the_one_that_is_loaded_and_other_files_are_refused() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("vault-key");
        create(&path, &RootKey::new([7; 32]), None, &mut OsRng).expect("saved");
        assert_eq!(load(&path).expect("loaded").as_bytes(), &[7; 32]);
        assert!(matches!(create(&path, &RootKey::new([8; 32]), None, &mut OsRng), Err(Error::KeyExists { .. })));
        let other =
            ["touchmark-vault-key-v2 00\n", "touchmark-vault-key-v1 0g\n", "touchmark-vault-key-v1 07\n", "key"];
        for (number, content) in other.iter().enumerate() {
            let path = directory.path().join(number.to_string());
            secret_file::create(&path, content.as_bytes()).expect("written");
            let error = load(&path).expect_err("refused").to_string();
            assert!(error.ends_with("expected the key of a vault, found something else"), "{error}");
        }
    }
}
