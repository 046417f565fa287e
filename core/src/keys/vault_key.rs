//! The vault's key-encryption key in a file.

use std::path::Path;

use zeroize::Zeroizing;

use super::{Error, secret_file};
use crate::privacy::vault::RootKey;

/// The first word of the file; 64 hexadecimal digits follow.
const FORM: &str = "touchmark-vault-key-v1";

/// Writes the key to a new file with mode 0600. Durable on return; never overwrites.
pub fn create(path: impl AsRef<Path>, key: &RootKey) -> Result<(), Error> {
    let digits = Zeroizing::new(hex::encode(key.as_bytes()));
    let line = Zeroizing::new(format!("{FORM} {}\n", *digits));
    secret_file::create(path.as_ref(), line.as_bytes())
}

/// Reads it from a file that only its owner may open.
pub fn load(path: impl AsRef<Path>) -> Result<RootKey, Error> {
    let path = path.as_ref();
    let bytes = secret_file::read(path)?;
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
    use super::*;

    #[test]
    fn a_saved_key_is_the_one_that_is_loaded_and_other_files_are_refused() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("vault-key");
        create(&path, &RootKey::new([7; 32])).expect("saved");
        assert_eq!(load(&path).expect("loaded").as_bytes(), &[7; 32]);
        assert!(matches!(create(&path, &RootKey::new([8; 32])), Err(Error::KeyExists { .. })));
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
