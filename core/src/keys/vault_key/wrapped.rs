//! The vault's key, wrapped under a key that lies elsewhere: what a home keeps in its place.
//!
//! ```text
//! touchmark-vault-root-v1 <base64>
//! under <the place of the other key, in words>
//! ```

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::keys::place::Outside;
use crate::keys::{Error, Wrapper, secret_file};
use crate::privacy::vault::RootKey;

/// The first word of the file.
const FORM: &str = "touchmark-vault-root-v1";

/// What stands before the place.
const UNDER: &str = "under ";

/// The most bytes that 32 of them may become.
const LONGEST: usize = 8 * 1024;

/// A vault's key that only the one who holds another key can read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrapped {
    bytes: Vec<u8>,
    under: String,
}

impl Wrapped {
    /// Wraps the key, and unwraps it once to see that it can be had again.
    pub fn new(key: &RootKey, wrapper: &dyn Wrapper, place: &Outside) -> Result<Self, Error> {
        let bytes = wrapper.wrap(key.as_bytes())?;
        let broken = |problem: &str| Err(Error::outside(place, problem));
        if bytes.len() > LONGEST {
            return broken(&format!("it made {} bytes of 32, and at most {LONGEST} are kept", bytes.len()));
        }
        if bytes.windows(32).any(|bytes| bytes == key.as_bytes()) {
            return broken("what it wraps can be read by everybody");
        }
        if *wrapper.unwrap(&bytes)? != *key.as_bytes() {
            return broken("what it wraps does not come out again");
        }
        Ok(Self { bytes, under: words(place) })
    }

    /// The key again.
    pub fn unwrap(&self, wrapper: &dyn Wrapper) -> Result<RootKey, Error> {
        Ok(RootKey::new(*wrapper.unwrap(&self.bytes)?))
    }

    /// Whether it was wrapped under the key in this place, by the words for it.
    pub fn is_under(&self, place: &Outside) -> bool {
        self.under == words(place)
    }

    /// Where the key lies under which it is wrapped, in words.
    pub fn under(&self) -> &str {
        &self.under
    }

    /// Reads it from a file that only its owner may open.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let bytes = secret_file::read(path)?;
        let parsed = str::from_utf8(&bytes).ok().and_then(parse);
        parsed.ok_or_else(|| Error::NotAKey {
            path: path.to_owned(),
            expected: "the wrapped key of a vault",
            found: "something else".to_owned(),
        })
    }

    /// Puts it in the place of what is there, in one step, with mode 0600. Durable on return.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let text = format!("{FORM} {}\n{UNDER}{}\n", STANDARD.encode(&self.bytes), self.under);
        secret_file::replace(path.as_ref(), text.as_bytes())
    }
}

fn parse(text: &str) -> Option<Wrapped> {
    let (first, second) = text.strip_suffix('\n')?.split_once('\n')?;
    let bytes = STANDARD.decode(first.strip_prefix(FORM)?.strip_prefix(' ')?).ok()?;
    let under = second.strip_prefix(UNDER)?;
    (!under.contains('\n')).then(|| Wrapped { bytes, under: under.to_owned() })
}

/// One line, whatever stands in the configuration.
fn words(place: &Outside) -> String {
    place.to_string().chars().map(|c| if c.is_control() { ' ' } else { c }).take(1000).collect()
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;
    use crate::keys::place::{AwsKms, PATIENCE};

    /// Does to each byte what it was made with.
    #[derive(Debug)]
    struct Each(fn(u8) -> u8, fn(u8) -> u8);

    impl Wrapper for Each {
        fn wrap(&self, secret: &[u8; 32]) -> Result<Vec<u8>, Error> {
            Ok(secret.map(self.0).to_vec())
        }

        fn unwrap(&self, wrapped: &[u8]) -> Result<Zeroizing<[u8; 32]>, Error> {
            Ok(Zeroizing::new(<[u8; 32]>::try_from(wrapped).expect("32 bytes").map(self.1)))
        }
    }

    const INVERTS: Each = Each(|byte| !byte, |byte| !byte);

    fn place(key: &str) -> Outside {
        let (key, region) = (key.to_owned(), "eu-central-1".to_owned());
        Outside::AwsKms(AwsKms { key, region, endpoint: None, timeout: PATIENCE })
    }

    #[test]
    fn what_was_saved_is_what_is_loaded_and_says_where_its_key_lies() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("vault-root");
        let wrapped = Wrapped::new(&RootKey::new([7; 32]), &INVERTS, &place("alias/vault\nunder")).expect("wrapped");
        wrapped.save(&path).expect("saved");
        let loaded = Wrapped::load(&path).expect("loaded");
        assert_eq!(loaded, wrapped);
        assert_eq!(loaded.under(), "AWS KMS key alias/vault under in eu-central-1");
        assert!(loaded.is_under(&place("alias/vault\nunder")) && !loaded.is_under(&place("alias/other")));
        assert_eq!(loaded.unwrap(&INVERTS).expect("unwrapped").as_bytes(), &[7; 32]);
    }

    #[test]
    fn a_wrapper_that_hides_nothing_or_loses_the_key_is_not_trusted_with_it() {
        let key = RootKey::new([7; 32]);
        for (wrapper, says) in [
            (Each(|byte| byte, |byte| byte), "can be read by everybody"),
            (Each(|byte| !byte, |byte| byte), "does not come out again"),
        ] {
            let said = Wrapped::new(&key, &wrapper, &place("alias/vault")).expect_err(says).to_string();
            assert!(said.starts_with("cannot use the key in AWS KMS key alias/vault") && said.contains(says), "{said}");
        }
    }

    #[test]
    fn other_files_are_refused() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        for (number, content) in [
            "touchmark-vault-root-v2 AAAA\nunder x\n",
            "touchmark-vault-root-v1 AAA\nunder x\n",
            "touchmark-vault-root-v1 AAAA\n",
            "touchmark-vault-root-v1 AAAA\nunder x",
            "touchmark-vault-root-v1 AAAA\nunder x\ny\n",
            "touchmark-vault-key-v1 00\n",
        ]
        .iter()
        .enumerate()
        {
            let path = directory.path().join(number.to_string());
            secret_file::create(&path, content.as_bytes()).expect("written");
            let error = Wrapped::load(&path).expect_err("refused").to_string();
            assert!(error.ends_with("expected the wrapped key of a vault, found something else"), "{error}");
        }
    }
}
