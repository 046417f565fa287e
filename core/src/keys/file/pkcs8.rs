//! From a file to the DER of one PKCS#8 key, or to a sentence that says what the file holds instead.

use std::path::Path;

use p256::pkcs8::{PrivateKeyInfo, SecretDocument};
use x509_cert::der::oid::ObjectIdentifier;

use super::protection;
use crate::keys::{Error, Keyring, armour, certificate};

pub(super) const ED25519_OID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
pub(super) const EC_OID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const RSA_OID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// A file on its way to become a key.
pub(super) struct KeyFile<'a> {
    pub(super) path: &'a Path,
    pub(super) expected: &'static str,
    pub(super) keyring: &'a dyn Keyring,
}

impl KeyFile<'_> {
    /// The DER of the one PKCS#8 block in the file, if `is_wanted` says that it is of the right kind.
    pub(super) fn read(&self, is_wanted: impl Fn(&PrivateKeyInfo<'_>) -> bool) -> Result<SecretDocument, Error> {
        let bytes = protection::read(self.path, self.keyring)?;
        let text = str::from_utf8(&bytes).map_err(|_| self.refuse("binary data (DER?) and no PEM text"))?;
        // OpenSSL puts the parameters before a key of the older form; the key is what the reader asks about.
        let mut blocks = armour::blocks(text).filter(|block| block.label != "EC PARAMETERS");
        let block = match (blocks.next(), blocks.next()) {
            (Some(block), None) if block.label == "PRIVATE KEY" => block,
            (Some(block), None) => return Err(self.refuse(&kind_of_block(block.label))),
            (None, _) => return Err(self.refuse("text without a complete PEM block")),
            (Some(_), Some(_)) => {
                let labels: Vec<_> = armour::blocks(text).take(5).map(|block| block.label).collect();
                return Err(self.refuse(&format!("several PEM blocks ({})", labels.join(", "))));
            }
        };
        let (_, document) = SecretDocument::from_pem(block.text).map_err(|_| self.refuse("a damaged PEM block"))?;
        let info: PrivateKeyInfo<'_> =
            document.decode_msg().map_err(|_| self.refuse("a PEM block that is no PKCS#8"))?;
        if !is_wanted(&info) {
            return Err(self.refuse(&kind_of_key(&info)));
        }
        Ok(document)
    }

    pub(super) fn refuse(&self, found: &str) -> Error {
        Error::NotAKey { path: self.path.to_owned(), expected: self.expected, found: found.to_owned() }
    }
}

fn kind_of_block(label: &str) -> String {
    const CONVERT: &str = "openssl pkcs8 -topk8 -nocrypt -in THIS-FILE -out NEW-FILE";
    match label {
        "CERTIFICATE" => "a certificate; the key lies in another file".to_owned(),
        "ENCRYPTED PRIVATE KEY" => format!("an encrypted key; decrypt it with: {CONVERT}"),
        "EC PRIVATE KEY" | "RSA PRIVATE KEY" => {
            format!("a key in the older form {label}; convert it with: {CONVERT}")
        }
        "PUBLIC KEY" => "a public key".to_owned(),
        other => format!("a PEM block {other:?}"),
    }
}

fn kind_of_key(info: &PrivateKeyInfo<'_>) -> String {
    match (info.algorithm.oid, info.algorithm.parameters_oid()) {
        (ED25519_OID, _) => "an Ed25519 key".to_owned(),
        (EC_OID, Ok(curve)) => format!("an elliptic-curve key on {}", certificate::curve_name(curve)),
        (EC_OID, Err(_)) => "an elliptic-curve key without a named curve".to_owned(),
        (RSA_OID, _) => "an RSA key".to_owned(),
        (other, _) => format!("a key of the algorithm {other}"),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::PathBuf;

    use rand_core::OsRng;

    use super::*;
    use crate::keys::Signer as _;
    use crate::keys::development::DevelopmentCa;
    use crate::keys::file::{Ed25519Key, P256Key};

    /// PKCS#8 around an RSA key that is not there: the kind of a key is told from the outside.
    const RSA_HEADER_ONLY: &str =
        "-----BEGIN PRIVATE KEY-----\nMBgCAQAwDQYJKoZIhvcNAQEBBQAEBDACAgA=\n-----END PRIVATE KEY-----\n";

    fn directory() -> tempfile::TempDir {
        tempfile::tempdir().expect("a temporary directory")
    }

    fn file(directory: &tempfile::TempDir, content: &str) -> PathBuf {
        let path = directory.path().join("some.key");
        fs::write(&path, content).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("chmod");
        path
    }

    fn pem_of(save: impl FnOnce(&Path) -> Result<(), Error>) -> String {
        let directory = directory();
        let path = directory.path().join("saved");
        save(&path).expect("saved");
        fs::read_to_string(path).expect("read")
    }

    #[test]
    fn the_log_key_in_the_form_of_rfc_8410_is_read() {
        let directory = directory();
        let pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";
        let key = Ed25519Key::load(file(&directory, pem)).expect("the example of RFC 8410, section 10.3");
        let public = "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1";
        assert_eq!(hex::encode(key.public_key()), public);
    }

    /// RFC 8410, section 10.3, second example; the second time with one letter of the public key changed.
    #[test]
    fn a_public_key_beside_the_secret_must_be_its_own() {
        let directory = directory();
        let pem = "-----BEGIN PRIVATE KEY-----\n\
            MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
            oB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrB\n\
            Z9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PRIVATE KEY-----\n";
        assert!(Ed25519Key::load(file(&directory, pem)).is_ok());
        let error = Ed25519Key::load(file(&directory, &pem.replace("Z9w7", "Z9w8")));
        let error = error.expect_err("another public key").to_string();
        assert!(error.ends_with("found a damaged one"), "{error}");
    }

    #[test]
    fn a_file_with_something_else_is_refused_by_what_it_holds() {
        let now = "2026-01-01T00:00:00Z".parse().expect("a time");
        let ca = DevelopmentCa::generate("North", now, &mut OsRng).expect("issued");
        let p256 = pem_of(|path| P256Key::generate(&mut OsRng).save(path));
        let block = |label: &str| format!("-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n");
        let cases = [
            (p256.clone(), "found an elliptic-curve key on P-256"),
            (RSA_HEADER_ONLY.to_owned(), "found an RSA key"),
            (ca.root_pem, "found a certificate; the key lies in another file"),
            (block("ENCRYPTED PRIVATE KEY"), "found an encrypted key; decrypt it with: openssl pkcs8"),
            (block("EC PRIVATE KEY"), "found a key in the older form EC PRIVATE KEY; convert it with: openssl pkcs8"),
            (block("PUBLIC KEY"), "found a public key"),
            (block("PRIVATE KEY"), "found a damaged PEM block"),
            (block("PRIVATE KEY").replace("AAAA", "MAA="), "found a PEM block that is no PKCS#8"),
            (
                [block("EC PARAMETERS"), block("EC PRIVATE KEY")].concat(),
                "found a key in the older form EC PRIVATE KEY",
            ),
            (p256[..100].to_owned(), "found text without a complete PEM block"),
            (p256.repeat(2), "found several PEM blocks (PRIVATE KEY, PRIVATE KEY)"),
            (String::new(), "found an empty file"),
        ];
        let directory = directory();
        for (content, found) in cases {
            let path = file(&directory, &content);
            let error = Ed25519Key::load(&path).expect_err(found).to_string();
            assert!(error.contains(found), "{error} does not say {found}");
            assert!(error.starts_with(&format!("\"{}\": expected ", path.display())), "{error} does not name the file");
        }
        let log = pem_of(|path| Ed25519Key::generate(&mut OsRng).save(path));
        let error = P256Key::load(file(&directory, &log)).expect_err("another kind").to_string();
        assert!(error.ends_with("expected a P-256 private key (PKCS#8 PEM), found an Ed25519 key"), "{error}");
    }
}
