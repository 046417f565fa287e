//! A time-stamp authority with certificates of its own: `openssl ts -reply`, in a folder that is thrown away.
//!
//! Where there is no `openssl`, [`Authority::new`] says "skipped" aloud and gives `None`.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;

use tempfile::TempDir;
use touchmark_core::hash::Hash;
use touchmark_core::keys::timestamp::{Request, Roots, Stamp, TimestampAuthority, Token, Unstamped};

/// How certificates are made: the sections that `openssl` is pointed to.
const CONFIG: &str = r"
[req]
distinguished_name = name
prompt = no
[name]
O = Touchmark tests
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[no_room]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign
[tsa]
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[tsa_not_critical]
keyUsage = critical, digitalSignature
extendedKeyUsage = timeStamping
[tsa_and_more]
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping, emailProtection
[mail]
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, emailProtection
[plain]
keyUsage = critical, digitalSignature
[strange]
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
1.2.3.4 = critical, ASN1:NULL
[ballast]
nsComment = ----------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------------
[ts]
default_policy = 1.2.3.4.1
digests = sha256, sha384
signer_digest = sha256
serial = serial
accuracy = secs:1
ess_cert_id_alg = sha256
";

/// A certificate authority and what was issued under it.
#[derive(Debug)]
pub(crate) struct Authority {
    folder: TempDir,
    /// `openssl ts` counts in a file.
    counting: Mutex<()>,
    name: String,
}

impl Authority {
    /// With a root `root`, and `tsa` under it, on the curve P-256. `None`, said aloud, where openssl is missing.
    #[expect(clippy::print_stdout, reason = "a test that was not run says so")]
    pub(crate) fn new(name: &str) -> Option<Self> {
        if Command::new("openssl").arg("version").output().is_err() {
            println!("skipped: there is no openssl here, and no time-stamp can be made without it");
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("config"), CONFIG).expect("a configuration");
        std::fs::write(folder.path().join("serial"), "01\n").expect("a number");
        let authority = Self { folder, counting: Mutex::new(()), name: name.to_owned() };
        authority.key("root", "ec");
        let subject = format!("/CN={name} root");
        authority.run(&[
            "req",
            "-x509",
            "-new",
            "-key",
            "root.key",
            "-subj",
            &subject,
            "-days",
            "3650",
            "-config",
            "config",
            "-extensions",
            "root",
            "-out",
            "root.pem",
        ]);
        authority.issue("tsa", "root", "tsa", "ec", 3650);
        Some(authority)
    }

    /// A further certificate: `kind` is a section of the configuration, `key` is `ec`, `ec384`, `rsa` or `short`. With a negative number of days, it
    /// has ended.
    pub(crate) fn issue(&self, name: &str, by: &str, kind: &str, key: &str, days: i32) {
        self.key(name, key);
        let subject = format!("/CN={} {name}", self.name);
        let (request, out) = (format!("{name}.csr"), format!("{name}.pem"));
        self.run(&[
            "req",
            "-new",
            "-key",
            &format!("{name}.key"),
            "-subj",
            &subject,
            "-config",
            "config",
            "-out",
            &request,
        ]);
        let serial = Hash::of(format!("{}{name}", self.name).as_bytes()).to_hex();
        let serial = format!("0x1{}", &serial[..16]);
        self.run(&[
            "x509",
            "-req",
            "-in",
            &request,
            "-CA",
            &format!("{by}.pem"),
            "-CAkey",
            &format!("{by}.key"),
            "-days",
            &days.to_string(),
            "-set_serial",
            &serial,
            "-sha256",
            "-extfile",
            "config",
            "-extensions",
            kind,
            "-out",
            &out,
        ]);
    }

    fn key(&self, name: &str, kind: &str) {
        let file = format!("{name}.key");
        let (algorithm, option) = match kind {
            "ec" => ("EC", "ec_paramgen_curve:P-256"),
            "ec384" => ("EC", "ec_paramgen_curve:P-384"),
            "rsa" => ("RSA", "rsa_keygen_bits:2048"),
            "short" => ("RSA", "rsa_keygen_bits:1024"),
            other => panic!("no kind of key: {other}"),
        };
        self.run(&["genpkey", "-algorithm", algorithm, "-pkeyopt", option, "-out", &file]);
    }

    /// The root, PEM.
    pub(crate) fn root(&self) -> String {
        self.text("root.pem")
    }

    pub(crate) fn roots(&self) -> Roots {
        Roots::from_pem(&self.root()).expect("a root")
    }

    pub(crate) fn text(&self, file: &str) -> String {
        std::fs::read_to_string(self.path(file)).expect("a text")
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    /// Answers a request (DER) as an authority does.
    pub(crate) fn answer(&self, query: &[u8]) -> Vec<u8> {
        self.answer_by("tsa", &[], query)
    }

    /// The same by another certificate, with those above it in the token.
    pub(crate) fn answer_by(&self, name: &str, above: &[&str], query: &[u8]) -> Vec<u8> {
        let _alone = self.counting.lock().expect("no panic");
        std::fs::write(self.path("query"), query).expect("a query");
        let (signer, key) = (format!("{name}.pem"), format!("{name}.key"));
        let mut args = vec![
            "ts",
            "-reply",
            "-config",
            "config",
            "-section",
            "ts",
            "-queryfile",
            "query",
            "-signer",
            &signer,
            "-inkey",
            &key,
            "-out",
            "answer",
        ];
        let chain: String = above.iter().map(|name| self.text(&format!("{name}.pem"))).collect();
        if !above.is_empty() {
            std::fs::write(self.path("chain"), chain).expect("a chain");
            args.extend(["-chain", "chain"]);
        }
        self.run(&args);
        std::fs::read(self.path("answer")).expect("an answer")
    }

    /// A token over a message.
    pub(crate) fn token(&self, message: &[u8]) -> Token {
        self.token_by("tsa", &[], message)
    }

    pub(crate) fn token_by(&self, name: &str, above: &[&str], message: &[u8]) -> Token {
        let request = Request::new(Hash::of(message), [7; 8]).to_der().expect("a request");
        let answer = self.answer_by(name, above, &request);
        Token::from_answer(&answer).expect("a token")
    }

    /// A token whose content is given, signed with `openssl cms` and these further options: what no honest authority signs.
    pub(crate) fn forged(&self, content: &[u8], signers: &[&str], options: &[&str]) -> Vec<u8> {
        std::fs::write(self.path("content"), content).expect("a content");
        let mut args: Vec<String> = [
            "cms",
            "-sign",
            "-binary",
            "-nodetach",
            "-nosmimecap",
            "-econtent_type",
            "1.2.840.113549.1.9.16.1.4",
            "-md",
            "sha256",
            "-in",
            "content",
            "-outform",
            "DER",
            "-out",
            "forged",
        ]
        .map(str::to_owned)
        .into();
        for name in signers {
            args.extend(["-signer".to_owned(), format!("{name}.pem"), "-inkey".to_owned(), format!("{name}.key")]);
        }
        args.extend(options.iter().map(|option| (*option).to_owned()));
        self.run(&args.iter().map(String::as_str).collect::<Vec<_>>());
        std::fs::read(self.path("forged")).expect("a token")
    }

    /// What openssl says of a token over a message, by itself.
    pub(crate) fn openssl_verifies(&self, token: &Token, message: &[u8]) -> bool {
        std::fs::write(self.path("token"), token.as_der()).expect("a token");
        std::fs::write(self.path("message"), message).expect("a message");
        let args = ["ts", "-verify", "-token_in", "-in", "token", "-data", "message", "-CAfile", "root.pem"];
        Command::new("openssl").args(args).current_dir(self.folder.path()).output().expect("openssl").status.success()
    }

    fn run(&self, args: &[&str]) {
        let ran = Command::new("openssl").args(args).current_dir(self.folder.path()).output().expect("openssl");
        assert!(ran.status.success(), "openssl {}: {}", args.join(" "), String::from_utf8_lossy(&ran.stderr));
    }
}

impl TimestampAuthority for Authority {
    fn stamp(&self, digest: &Hash) -> Result<Stamp, Unstamped> {
        let mut nonce = [0; 8];
        rand_core::RngCore::fill_bytes(&mut rand_core::OsRng, &mut nonce);
        let request = Request::new(*digest, nonce);
        let answer = self.answer(&request.to_der().expect("a request"));
        let token = request.accept(&answer).map_err(|declined| Unstamped::by("openssl", declined.to_string()))?;
        Ok(Stamp { authority: "openssl".to_owned(), token, passed_over: Vec::new() })
    }
}

/// An authority that is never there.
#[derive(Debug)]
pub(crate) struct Down;

impl TimestampAuthority for Down {
    fn stamp(&self, _: &Hash) -> Result<Stamp, Unstamped> {
        Err(Unstamped::by("http://down.example", "did not answer in time"))
    }
}
