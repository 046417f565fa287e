//! Keys behind a command, and behind a service over HTTP. Who answers is a Python program with keys of another library.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::time::Duration;

use touchmark_core::keys::place::{Command, Http, Outside, PATIENCE, Secret};
use touchmark_core::keys::{Algorithm, Keyring, conformance, wrapping};
use touchmark_keyring::Keys;

use crate::python;

fn command(words: &[&str]) -> Outside {
    Outside::Command(Command { words: words.iter().map(ToString::to_string).collect(), timeout: PATIENCE })
}

fn shell(script: &str) -> Outside {
    command(&["sh", "-c", script])
}

fn refusal(place: &Outside) -> String {
    let said = Keys.signer(place, Algorithm::Es256).expect_err("refused").to_string();
    assert!(said.starts_with("cannot use the key in "), "{said}");
    said
}

/// An answer that fits each question, whoever asks.
const RIGHT: &str =
    r#"{"public_key":"BGsX0fLhLEJH+Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT+NC4v4af5uO5+tKfA+eFivOM1drMV7Oy7ZAaDe/UfU="}"#;

#[test]
fn a_command_keeps_the_contract() {
    let Some(python) = python("cryptography") else { return };
    let keeper = command(&[&python, concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/keyring/keeper.py")]);
    for algorithm in [Algorithm::Es256, Algorithm::Ed25519] {
        conformance(Keys.signer(&keeper, algorithm).expect("a signer").as_ref()).expect("conforms");
    }
    wrapping::conformance(Keys.wrapper(&keeper).expect("a wrapper").as_ref()).expect("conforms");
}

#[test]
fn a_command_that_fails_is_told_by_how_it_fails() {
    for (place, says) in [
        (command(&["/nowhere/sign"]), "it cannot be started: No such file"),
        (shell("exit 3"), "it ended without an answer (exit status: 3)"),
        (shell("kill -9 $$"), "it ended without an answer (signal: 9"),
        (shell("read line; echo nonsense"), "its answer is not the object that was asked for"),
        (shell("read line; echo '{}'"), "its answer has no \"public_key\""),
        (shell("read line; echo '{\"public_key\":\"!\"}'"), "in its answer is not base64"),
        (shell("read line; echo '{\"error\":\"the vault is shut\"}'"), "it says: the vault is shut"),
        (shell("read line; echo '{\"signature\":\"AA==\",\"more\":1}'"), "unknown field `more`"),
        (shell("read line; printf '{\"error\":'"), "breaks off in the middle of a line"),
        (shell("read line; head -c 70000 /dev/zero"), "it is longer than 65536 bytes"),
    ] {
        let said = refusal(&place);
        assert!(said.contains(says), "{said} does not say {says}");
    }
    let short = Keys.signer(&shell("read line; echo '{\"public_key\":\"AAAA\"}'"), Algorithm::Es256);
    assert_eq!(short.expect_err("no key").to_string(), "these 3 bytes are no public key for Es256");
}

#[test]
fn a_command_that_does_not_answer_is_given_up_and_a_new_one_is_asked_next() {
    let dir = tempfile::tempdir().expect("folder");
    // The first time it falls asleep, afterwards it answers.
    let script = format!(
        "read line; if [ -e {0}/woken ]; then echo '{RIGHT}'; else touch {0}/woken; exec sleep 600; fi",
        dir.path().display()
    );
    let place = Outside::Command(Command {
        words: ["sh", "-c", &script].map(str::to_owned).to_vec(),
        timeout: Duration::from_secs(2),
    });
    assert!(refusal(&place).ends_with("it did not answer within 2000 ms"));
    Keys.signer(&place, Algorithm::Es256).expect("another process");
}

#[test]
fn a_signature_that_is_none_goes_nowhere() {
    let signature = "A".repeat(86) + "==";
    let script = format!("read line; echo '{RIGHT}'; read line; echo '{{\"signature\":\"{signature}\"}}'");
    let signer = Keys.signer(&shell(&script), Algorithm::Es256).expect("a key");
    let said = signer.sign(b"a claim").expect_err("refused").to_string();
    assert!(said.ends_with("it gave a signature that its public key does not verify"), "{said}");
}

#[test]
fn a_command_that_speaks_unasked_is_not_believed() {
    let script = format!("read line; echo '{RIGHT}'; echo '{RIGHT}'; echo '{RIGHT}' > /dev/null; read line; read line");
    let signer = Keys.signer(&shell(&script), Algorithm::Es256).expect("a key");
    let said = signer.sign(b"a claim").expect_err("refused").to_string();
    // Whether the second line was there before the question or came after it, it is no signature.
    assert!(said.contains("before it was asked") || said.contains("has no \"signature\""), "{said}");
}

/// A service on this machine, ended when it is dropped.
struct Service {
    process: Child,
    port: String,
}

impl Service {
    fn start(python: &str) -> Self {
        let mut process = std::process::Command::new(python)
            .args([concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/keyring/keeper.py"), "--http"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("python runs");
        let mut port = String::new();
        BufReader::new(process.stdout.take().expect("piped")).read_line(&mut port).expect("a port");
        Self { process, port: port.trim().to_owned() }
    }

    fn key(&self, bearer: Option<Secret>) -> Outside {
        http(&format!("http://127.0.0.1:{}/", self.port), bearer)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn http(url: &str, bearer: Option<Secret>) -> Outside {
    Outside::Http(Http { url: url.to_owned(), bearer, timeout: PATIENCE })
}

/// A file with a secret in it, which its owner alone can read.
fn secret(dir: &tempfile::TempDir, text: &str) -> Secret {
    use std::os::unix::fs::OpenOptionsExt as _;
    let path = dir.path().join(text.trim());
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(&path).expect("a file");
    std::io::Write::write_all(&mut file, text.as_bytes()).expect("written");
    Secret::File(path)
}

#[test]
fn a_service_over_http_keeps_the_contract() {
    let Some(python) = python("cryptography") else { return };
    let (service, dir) = (Service::start(&python), tempfile::tempdir().expect("folder"));
    let key = service.key(Some(secret(&dir, "open-sesame\n")));
    for algorithm in [Algorithm::Es256, Algorithm::Ed25519] {
        conformance(Keys.signer(&key, algorithm).expect("a signer").as_ref()).expect("conforms");
    }
    wrapping::conformance(Keys.wrapper(&key).expect("a wrapper").as_ref()).expect("conforms");

    let said = refusal(&service.key(Some(secret(&dir, "wrong"))));
    assert!(said.ends_with("it does not take the bearer token"), "{said}");
    let said = refusal(&service.key(None));
    assert!(said.ends_with("name a bearer token with bearer_file or bearer_env"), "{said}");
}

#[test]
fn a_service_that_is_gone_is_an_error_and_signs_again_when_it_is_back() {
    let Some(python) = python("cryptography") else { return };
    let (service, dir) = (Service::start(&python), tempfile::tempdir().expect("folder"));
    let signer = Keys.signer(&service.key(Some(secret(&dir, "open-sesame"))), Algorithm::Es256).expect("a signer");
    drop(service);
    let said = signer.sign(b"a claim").expect_err("nobody is there").to_string();
    assert!(said.contains("it could not be asked"), "{said}");
}

#[test]
fn what_is_sent_to_a_key_service_goes_over_tls_or_stays_on_this_machine() {
    for (url, says) in [
        ("http://keys.example/claim", "it must begin with https://: http:// is for this machine alone"),
        ("keys.example", "it must begin with http:// or https://"),
        ("https://ann:geheim@keys.example/", "it holds a user or a password"),
    ] {
        let said = refusal(&http(url, None));
        assert!(said.contains(says) && !said.contains("geheim@keys.example/\" is"), "{said}");
    }
}

#[test]
fn a_secret_in_a_file_that_others_can_read_is_not_used() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().expect("folder");
    let Secret::File(path) = secret(&dir, "open-sesame") else { panic!("a file") };
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("chmod");
    let said = refusal(&http("http://127.0.0.1:1/", Some(Secret::File(path))));
    assert!(said.contains("is open to other users (mode 0644); run: chmod 600"), "{said}");
}
