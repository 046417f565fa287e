//! Where a key lives: in a file of the home, or outside of this process.
//!
//! Says only where, never opens anything: files are opened by [`super::file`], the rest by whoever is the home's
//! [`Keyring`](super::Keyring).

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

mod form;

/// Where a key lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a file, relative to the home.
    File(PathBuf),
    /// Outside of this process.
    Outside(Outside),
}

/// A key that never comes into this process: it is asked to sign, to wrap, to unwrap.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outside {
    /// In a PKCS#11 token.
    Pkcs11(Pkcs11),
    /// Behind a command of the operator's.
    Command(Command),
    /// Behind a service of the operator's, asked over HTTP.
    Http(Http),
    /// In the AWS key management service, or one that speaks as it does.
    AwsKms(AwsKms),
}

/// A key in a PKCS#11 token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pkcs11 {
    /// The library of the token's maker.
    pub library: PathBuf,
    /// The token's label.
    pub token: String,
    /// The key's label (`CKA_LABEL`).
    pub label: Option<String>,
    /// The key's id (`CKA_ID`).
    pub id: Option<Vec<u8>>,
    /// Where the PIN is. A token that asks for it on its own keypad needs none.
    pub pin: Option<Secret>,
}

/// A command that holds a key: the program, and its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The program first.
    pub words: Vec<String>,
    /// How long one answer may take.
    pub timeout: Duration,
}

/// A service that holds a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Http {
    /// Where it is asked.
    pub url: String,
    /// Where the bearer token is that it wants.
    pub bearer: Option<Secret>,
    /// How long one answer may take.
    pub timeout: Duration,
}

/// A key of the AWS key management service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsKms {
    /// The key's ARN, id or alias.
    pub key: String,
    /// The region.
    pub region: String,
    /// Where the service is asked, if not where AWS has it.
    pub endpoint: Option<String>,
    /// How long one answer may take.
    pub timeout: Duration,
}

/// Where a secret is that opens the way to a key. It never stands in the configuration itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Secret {
    /// In a file that only its owner can read, relative to the home.
    File(PathBuf),
    /// In a variable of the environment.
    Variable(String),
}

/// How long an answer is waited for where nothing else is said.
pub const PATIENCE: Duration = Duration::from_secs(10);

impl Place {
    /// The file, where it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Outside(_) => None,
        }
    }
}

impl Outside {
    /// The same, with the files that it names found from `dir`.
    #[must_use]
    pub fn seen_from(&self, dir: &Path) -> Self {
        let mut seen = self.clone();
        let secret = match &mut seen {
            Self::Pkcs11(Pkcs11 { pin, .. }) => pin.as_mut(),
            Self::Http(Http { bearer, .. }) => bearer.as_mut(),
            Self::Command(_) | Self::AwsKms(_) => None,
        };
        if let Some(Secret::File(path)) = secret {
            *path = dir.join(&*path);
        }
        seen
    }

    /// What kind of place it is, as the configuration calls it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Pkcs11(_) => "pkcs11",
            Self::Command(_) => "command",
            Self::Http(_) => "http",
            Self::AwsKms(_) => "aws_kms",
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Outside(outside) => outside.fmt(f),
        }
    }
}

impl fmt::Display for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pkcs11(place) => {
                let Pkcs11 { token, label, id, .. } = place;
                let label = label.iter().map(|label| format!("key {label:?}"));
                let id = id.iter().map(|id| format!("key id {}", hex::encode(id)));
                let key = label.chain(id).collect::<Vec<_>>().join(", ");
                write!(f, "PKCS#11 token {token:?}, {key}")
            }
            // Arguments may hold what nobody should read.
            Self::Command(Command { words, .. }) => {
                write!(f, "command {}", words.first().map_or("", String::as_str))
            }
            Self::Http(Http { url, .. }) => write!(f, "key service {}", url.split(['?', '#']).next().unwrap_or(url)),
            Self::AwsKms(AwsKms { key, region, .. }) => write!(f, "AWS KMS key {key} in {region}"),
        }
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "the file {}", path.display()),
            Self::Variable(name) => write!(f, "the variable {name}"),
        }
    }
}
