//! A PKCS#11 token in software (`SoftHSM`), in a folder that is thrown away.
//!
//! The library reads its configuration from the environment when it is loaded, once in a process: each test runs in one of its own, which it
//! starts itself. Where there is no `SoftHSM`, the tests say "skipped" aloud.

use std::path::{Path, PathBuf};
use std::process::Command;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::Error;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::Attribute;
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;
use touchmark_core::keys::place::{self, Outside, Secret};

const FOLDER: &str = "TOUCHMARK_TEST_TOKEN";

/// The token's label.
pub(crate) const LABEL: &str = "studio";

/// Its PIN, as the variable [`PIN_VARIABLE`] holds it.
const PIN: &str = "1234";

const PIN_VARIABLE: &str = "TOUCHMARK_TEST_PIN";

/// P-256, as `CKA_EC_PARAMS` has it.
const P256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

/// The token of this process.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    folder: PathBuf,
}

/// Runs the calling test once more, in a process with a token of its own, and `work` in there.
pub(crate) fn with_token(work: impl FnOnce(&Token)) {
    if let Some(token) = Token::of_this_process() {
        return work(&token);
    }
    let Some((_folder, mut again)) = again() else { return };
    let own = std::thread::current();
    let name = own.name().expect("a test's name");
    let ran = again.args([name, "--exact", "--nocapture"]).output().expect("this test");
    let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success() && said.contains("1 passed"), "{said}");
}

/// The same for a bench, which is run with the arguments that it has.
pub(crate) fn with_token_in_a_bench(work: impl FnOnce(&Token)) {
    if let Some(token) = Token::of_this_process() {
        return work(&token);
    }
    let Some((_folder, mut again)) = again() else { return };
    assert!(again.args(std::env::args().skip(1)).status().expect("this bench").success());
}

/// This program once more, with a token of its own as long as the folder is there. `None`, said aloud, where there is no `SoftHSM`.
fn again() -> Option<(tempfile::TempDir, Command)> {
    if library().is_none() {
        #[expect(clippy::print_stderr, reason = "what is skipped says so")]
        {
            eprintln!("skipped: there is no SoftHSM here (Debian: apt-get install softhsm2)");
        }
        return None;
    }
    let folder = tempfile::tempdir().expect("folder");
    let tokens = folder.path().join("tokens");
    std::fs::create_dir(&tokens).expect("folder");
    let config = folder.path().join("softhsm2.conf");
    let text = format!("directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n", tokens.display());
    std::fs::write(&config, text).expect("configuration");
    let made = Command::new("softhsm2-util")
        .args(["--init-token", "--free", "--label", LABEL, "--pin", PIN, "--so-pin", "5678"])
        .env("SOFTHSM2_CONF", &config)
        .output()
        .expect("softhsm2-util");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let mut again = Command::new(std::env::current_exe().expect("this program"));
    again
        .env("SOFTHSM2_CONF", &config)
        .env(FOLDER, folder.path())
        .env(PIN_VARIABLE, PIN)
        .env("TOUCHMARK_TEST_WRONG_PIN", "9999");
    Some((folder, again))
}

/// Where distributions put it.
pub(crate) fn library() -> Option<&'static Path> {
    let places = [
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
        "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
        "/usr/lib64/pkcs11/libsofthsm2.so",
        "/usr/local/lib/softhsm/libsofthsm2.so",
    ];
    places.into_iter().map(Path::new).find(|path| path.exists())
}

impl Token {
    fn of_this_process() -> Option<Self> {
        Some(Self { folder: std::env::var_os(FOLDER)?.into() })
    }

    /// A key of the token, by its label.
    pub(crate) fn key(&self, label: &str) -> Outside {
        self.key_with(label, Some(PIN_VARIABLE))
    }

    /// The same, with the PIN in another variable, or without one.
    #[expect(clippy::unused_self, reason = "a key is of a token, and there is one in a process")]
    pub(crate) fn key_with(&self, label: &str, pin: Option<&str>) -> Outside {
        Outside::Pkcs11(place::Pkcs11 {
            library: library().expect("SoftHSM").to_owned(),
            token: LABEL.to_owned(),
            label: Some(label.to_owned()),
            id: None,
            pin: pin.map(|name| Secret::Variable(name.to_owned())),
        })
    }

    /// A session of the token's owner, who makes keys.
    #[expect(clippy::unused_self, reason = "there is one token in a process")]
    pub(crate) fn owner(&self) -> Session {
        let context = Pkcs11::new(library().expect("SoftHSM")).expect("loaded");
        // Whoever comes first does it.
        drop(context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)));
        let slots = context.get_slots_with_token().expect("slots");
        let is_ours = |slot: &_| context.get_token_info(*slot).is_ok_and(|info| info.label().trim_end() == LABEL);
        let slot = slots.into_iter().find(is_ours).expect("the token");
        let session = context.open_rw_session(slot).expect("session");
        let logged_in = session.login(UserType::User, Some(&AuthPin::from(PIN)));
        assert!(matches!(logged_in, Ok(()) | Err(Error::Pkcs11(cryptoki::error::RvError::UserAlreadyLoggedIn, _))));
        session
    }

    pub(crate) fn make_p256(&self, label: &str) {
        self.make_pair(&Mechanism::EccKeyPairGen, label, &[Attribute::EcParams(P256.to_vec())]);
    }

    pub(crate) fn make_ed25519(&self, label: &str) {
        let curve = Attribute::EcParams(b"\x13\x0cedwards25519".to_vec());
        self.make_pair(&Mechanism::EccEdwardsKeyPairGen, label, &[curve]);
    }

    pub(crate) fn make_rsa(&self, label: &str) {
        let size =
            [Attribute::ModulusBits(2048.into()), Attribute::PublicExponent(vec![1, 0, 1]), Attribute::Encrypt(true)];
        self.make_pair(&Mechanism::RsaPkcsKeyPairGen, label, &size);
    }

    pub(crate) fn make_aes(&self, label: &str) {
        let template = [
            Attribute::Token(true),
            Attribute::Label(label.into()),
            Attribute::ValueLen(32.into()),
            Attribute::Encrypt(true),
            Attribute::Decrypt(true),
            Attribute::Sensitive(true),
        ];
        self.owner().generate_key(&Mechanism::AesKeyGen, &template).expect("a key");
    }

    fn make_pair(&self, mechanism: &Mechanism<'_>, label: &str, public: &[Attribute]) {
        let common = [Attribute::Token(true), Attribute::Label(label.into())];
        let public = [&common, public].concat();
        let decrypts = matches!(mechanism, Mechanism::RsaPkcsKeyPairGen);
        let private = [Attribute::Private(true), Attribute::Sensitive(true), Attribute::Decrypt(decrypts)];
        let private = [common.as_slice(), &private].concat();
        self.owner().generate_key_pair(mechanism, &public, &private).expect("a key pair");
    }

    /// The token is pulled out.
    pub(crate) fn unplug(&self) {
        std::fs::rename(self.folder.join("tokens"), self.folder.join("drawer")).expect("unplugged");
        // The library needs the folder, or it does not begin at all.
        std::fs::create_dir(self.folder.join("tokens")).expect("folder");
    }

    /// And put in again.
    pub(crate) fn plug_in(&self) {
        std::fs::remove_dir_all(self.folder.join("tokens")).expect("folder");
        std::fs::rename(self.folder.join("drawer"), self.folder.join("tokens")).expect("plugged in");
    }
}
