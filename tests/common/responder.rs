//! An authority's OCSP responder: `openssl ocsp`, in a folder that is thrown away.
//!
//! Where there is no `openssl`, [`Responder::new`] says "skipped" aloud and gives `None`.

use std::process::Command;

use tempfile::TempDir;

use crate::chains::{self, Issuer, TestChain};

/// Lines of an authority's index, as `openssl ca` writes them: the signer is good, gone, or not there.
pub(crate) const GOOD: &str = "V\t391231235959Z\t\tSERIAL\tunknown\t/CN=signer\n";
pub(crate) const GONE: &str = "R\t391231235959Z\t200101000000Z,keyCompromise\tSERIAL\tunknown\t/CN=signer\n";
pub(crate) const NOBODY: &str = "";

/// The certificates of a chain in a folder, for `openssl ocsp`.
pub(crate) struct Responder {
    folder: TempDir,
    pub(crate) chain: TestChain,
}

impl Responder {
    /// That of whoever issued the first certificate of the chain. `None`, said aloud, where openssl is missing.
    #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
    pub(crate) fn new(chain: TestChain, issuer: &Issuer) -> Option<Self> {
        if Command::new("openssl").arg("version").output().is_err() {
            eprintln!("skipped: there is no openssl here, and no OCSP response can be made without it");
            return None;
        }
        let responder = Self { folder: tempfile::tempdir().expect("a folder"), chain };
        responder.put("leaf", &chains::pem_of(&responder.chain.chain[0]));
        responder.keep("issuer", issuer);
        Some(responder)
    }

    fn put(&self, name: &str, pem: &str) {
        std::fs::write(self.folder.path().join(format!("{name}.pem")), pem).expect("written");
    }

    /// Somebody who may sign responses.
    pub(crate) fn keep(&self, name: &str, whose: &Issuer) {
        self.put(name, &whose.certificate_pem());
        self.put(&format!("{name}-key"), &whose.key_pem());
    }

    fn openssl(&self, arguments: &str) -> String {
        let arguments = arguments.split_whitespace();
        let output = Command::new("openssl").args(arguments).current_dir(self.folder.path()).output().expect("openssl");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    /// A response about the signer by this line of the index, signed by one of those that are kept.
    pub(crate) fn says(&self, index: &str, by: &str) -> Vec<u8> {
        let serial = self.openssl("x509 -in leaf.pem -noout -serial");
        let line = index.replace("SERIAL", serial.trim().trim_start_matches("serial="));
        std::fs::write(self.folder.path().join("index"), line).expect("written");
        self.openssl(&format!(
            "ocsp -index index -CA issuer.pem -rsigner {by}.pem -rkey {by}-key.pem -issuer issuer.pem -cert leaf.pem \
             -ndays 3 -no_nonce -noverify -respout response"
        ));
        std::fs::read(self.folder.path().join("response")).expect("a response")
    }
}
