//! Keys of the AWS key management service, as moto plays it, with each request's signature checked by botocore.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::Value;
use touchmark_core::keys::place::{AwsKms, PATIENCE};
use touchmark_core::keys::{Algorithm, Signer, Wrapper, conformance, wrapping};
use touchmark_net::kms::{Credentials, Kms};
use zeroize::Zeroizing;

use crate::python;

/// The secret that the door knows.
pub(crate) const SECRET: &str = "sec/ret+key";

/// The service, ended when it is dropped.
pub(crate) struct Service {
    process: Child,
    keys: Value,
}

impl Service {
    pub(crate) fn start() -> Option<Self> {
        let python = python("moto.server, boto3")?;
        let mut process = std::process::Command::new(python)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/keyring/kms.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python runs");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
        Some(Self { process, keys: serde_json::from_str(&line).expect("a line of JSON") })
    }

    fn text(&self, name: &str) -> String {
        self.keys[name].as_str().unwrap_or(name).to_owned()
    }

    fn key(&self, name: &str) -> Kms {
        self.key_asked_by(name, SECRET)
    }

    /// Where a key lies, with so much patience for an answer.
    pub(crate) fn place(&self, name: &str, timeout: Duration) -> AwsKms {
        let (key, endpoint) = (self.text(name), Some(self.text("endpoint")));
        AwsKms { key, region: "eu-central-1".to_owned(), endpoint, timeout }
    }

    fn key_asked_by(&self, name: &str, secret: &str) -> Kms {
        Kms::new(&self.place(name, PATIENCE), credentials(secret)).expect("an address")
    }

    /// It answers no more, or again.
    pub(crate) fn signal(&self, name: &str) {
        let sent = std::process::Command::new("kill").args([name, &self.process.id().to_string()]).status();
        assert!(sent.expect("kill").success());
    }
}

/// Of the one who may ask.
pub(crate) fn credentials(secret: &str) -> Credentials {
    Credentials {
        access_key: "AKIDTEST".to_owned(),
        secret_key: Zeroizing::new(secret.to_owned()),
        session_token: Some(Zeroizing::new("session-token".to_owned())),
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

#[test]
fn keys_of_the_service_sign_and_wrap_and_what_is_wrong_is_told() {
    let Some(service) = Service::start() else { return };
    let signer = service.key("p256").signer(Algorithm::Es256).expect("a signer");
    conformance(&signer).expect("conforms");
    let wrapper = service.key("aes");
    wrapping::conformance(&wrapper).expect("conforms");
    let wrapped = wrapper.wrap(&[7; 32]).expect("wrapped");
    assert_eq!(*service.key("aes").unwrap(&wrapped).expect("by another"), [7; 32]);

    let refused = |key: Kms, algorithm| key.signer(algorithm).expect_err("refused");
    assert!(refused(service.key("p256"), Algorithm::Ed25519).contains("and one for Ed25519 is needed"));
    assert!(refused(service.key("p384"), Algorithm::Es256).contains("make one of the kind ECC_NIST_P256"));
    let said = refused(service.key("alias/nobody"), Algorithm::Es256);
    assert!(said.contains("it refused GetPublicKey with HTTP 400") && said.contains("NotFoundException"), "{said}");
    let said = refused(service.key_asked_by("p256", "another secret"), Algorithm::Es256);
    assert!(said.contains("HTTP 403 Forbidden: SignatureDoesNotMatch"), "{said}");
}

#[test]
fn an_ed25519_key_of_the_service_signs_what_it_is_long_enough_for() {
    let Some(service) = Service::start() else { return };
    let signer = service.key("ed25519").signer(Algorithm::Ed25519).expect("a signer");
    let message = [7; 4096];
    let signature = signer.sign(&message).expect("signed");
    let verified = touchmark_core::keys::verify(Algorithm::Ed25519, signer.public_key(), &message, &signature);
    assert!(verified.expect("a key"));
    let said = signer.sign(&[7; 4097]).expect_err("too long").to_string();
    assert!(said.ends_with("the service signs at most 4096 bytes with Ed25519, and these are 4097"), "{said}");
}

#[test]
fn a_service_that_is_down_is_an_error_with_a_sentence() {
    let place = AwsKms {
        key: "alias/claim".to_owned(),
        region: "eu-central-1".to_owned(),
        endpoint: Some("http://127.0.0.1:9".to_owned()),
        timeout: PATIENCE,
    };
    let credentials =
        Credentials { access_key: "a".to_owned(), secret_key: Zeroizing::new("b".to_owned()), session_token: None };
    let said = Kms::new(&place, credentials).expect("an address").wrap(&[7; 32]).expect_err("nobody").to_string();
    assert!(said.starts_with("cannot use the key in AWS KMS key alias/claim in eu-central-1: it could not"), "{said}");
}
