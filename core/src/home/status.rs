//! Where each of the home's keys lives, how old it is, and who may use it.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use crate::causes;
use crate::event::time::to_text;
use crate::hash::Hash;
use crate::keys::certificate::Chain;
use crate::keys::file::{Ed25519Key, P256Key, is_protected};
use crate::keys::place::{Outside, Place};
use crate::keys::{self, Algorithm, Signer};
use crate::ledger::verifier_key;
use crate::privacy::vault::RootKey;

use super::vault::VAULT_ROOT;
use super::{Error, Home, VaultConfig};

/// One of the home's keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyStatus {
    /// What it is for.
    pub role: Role,
    /// Where it lives.
    pub place: String,
    /// `file`, or what kind of place it is.
    pub kind: &'static str,
    /// Who may use it.
    pub access: String,
    /// Since when: a log's key since its record, a claim's since its certificate, others since their file was written.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_text")]
    pub since: Option<Timestamp>,
    /// Whether a passphrase is on its file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passphrase: Option<bool>,
    /// Its algorithm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<&'static str>,
    /// The verifier key of what signs notes; of others, the hash of the public key. Known when it was opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Why it cannot be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Role {
    /// Signs records and checkpoints.
    Log,
    /// Takes over from it.
    LogNext,
    /// Signs claims.
    Claim,
    /// Cosigns other logs' checkpoints.
    Witness,
    /// Wraps the keys of the vault.
    Vault,
    /// Takes over from it.
    VaultNext,
    /// The root of the MAC keys.
    MacRoot,
    /// The key of the present MAC epoch.
    MacEpoch,
    /// Lets others write over HTTP.
    ServiceToken,
}

impl Home {
    /// All keys that the configuration names and that the home has. With `open`, each is opened (which may need a PIN or a passphrase) to
    /// see whether it can be used.
    pub fn key_status(&self, open: bool) -> Vec<KeyStatus> {
        let file = |path: &str| Place::File(path.into());
        let next = self.config.log.next_key.clone().unwrap_or_else(|| file("keys/log-next.pem"));
        let VaultConfig { key, next_key } = &self.config.vault;
        let vault = self.vault_place().ok().flatten().unwrap_or(key);
        let vault_next = next_key.iter().filter(|next| *next != vault);
        let places = [
            (Role::Log, self.config.log.key.clone()),
            (Role::LogNext, next),
            (Role::Claim, self.config.signing.key.clone()),
            (Role::Witness, file("keys/witness.pem")),
            (Role::Vault, vault.clone()),
        ];
        let others = [
            (Role::MacRoot, file("keys/mac-root")),
            (Role::MacEpoch, file("keys/mac-epoch")),
            (Role::ServiceToken, file("keys/service-token")),
        ];
        let places = places.into_iter().chain(vault_next.map(|place| (Role::VaultNext, place.clone()))).chain(others);
        places.filter_map(|(role, place)| self.status_of(role, &place, open)).collect()
    }

    /// `None` for one that nobody misses when it is not there.
    fn status_of(&self, role: Role, place: &Place, open: bool) -> Option<KeyStatus> {
        let mut status = KeyStatus {
            role,
            place: place.to_string(),
            kind: "file",
            access: String::new(),
            since: None,
            passphrase: None,
            algorithm: role.algorithm().map(name),
            id: None,
            problem: None,
        };
        match place {
            Place::Outside(outside) => {
                status.kind = outside.kind();
                status.access = who(outside);
                if role == Role::Vault {
                    let wrapped = fs::metadata(self.dir.join(VAULT_ROOT)).ok();
                    status.since = wrapped.and_then(|file| Timestamp::new(file.mtime(), 0).ok());
                }
            }
            Place::File(path) => {
                let path = self.dir.join(path);
                if !path.exists()
                    && (matches!(role, Role::LogNext | Role::Witness | Role::VaultNext | Role::MacRoot)
                        || role == Role::Vault && !self.vault_dir().exists())
                {
                    return None;
                }
                describe_file(&path, &mut status);
            }
        }
        self.date(&mut status);
        if open && status.problem.is_none() {
            match self.opened(role, place) {
                Ok(id) => status.id = id,
                Err(error) => status.problem = Some(causes::in_words(&error)),
            }
        }
        Some(status)
    }

    /// The times that stand in records and certificates say more than those of files.
    fn date(&self, status: &mut KeyStatus) {
        let known = match status.role {
            Role::Log => self.log_key_since(),
            Role::Claim => {
                let chain = Chain::load(self.dir.join(&self.config.signing.certificates));
                chain.ok().and_then(|chain| chain.describe().first().map(|leaf| leaf.not_before))
            }
            _ => None,
        };
        status.since = known.or(status.since);
    }

    fn log_key_since(&self) -> Option<Timestamp> {
        let reader = self.reader().ok()?;
        let (from, _) = reader.history().keys().last()?;
        Some(reader.record(from.saturating_sub(1)).ok()?.time)
    }

    /// What the key is called, after it was opened.
    fn opened(&self, role: Role, place: &Place) -> Result<Option<String>, Error> {
        let hashed = |signer: &dyn Signer| Hash::of(signer.public_key()).to_string();
        Ok(match (role, place) {
            (Role::Log | Role::LogNext, place) => {
                Some(verifier_key(self.signer_at(place)?.as_ref(), &self.config.log.origin)?.to_string())
            }
            (Role::Claim, Place::File(path)) => {
                let key = P256Key::load_with(self.dir.join(path), self.keyring.as_ref())?;
                Some(Hash::of(key.public_key()).to_string())
            }
            (Role::Claim, Place::Outside(place)) => {
                Some(hashed(self.keyring.signer(&place.seen_from(&self.dir), Algorithm::Es256)?.as_ref()))
            }
            (Role::Witness, Place::File(path)) => {
                Some(hashed(&Ed25519Key::load_with(self.dir.join(path), self.keyring.as_ref())?))
            }
            (Role::Vault, _) => self.vault().map(|_| None)?,
            // Whether it wraps, with a key that is no secret.
            (Role::VaultNext, Place::Outside(place)) => self.wrap(&RootKey::new([0; 32]), place).map(|_| None)?,
            (Role::MacRoot, _) => self.mac_root().map(|_| None)?,
            (Role::MacEpoch, _) => self.epoch_key().map(|key| Some(format!("epoch {}", key.epoch())))?,
            _ => None,
        })
    }
}

impl Role {
    fn algorithm(self) -> Option<Algorithm> {
        match self {
            Self::Log | Self::LogNext | Self::Witness => Some(Algorithm::Ed25519),
            Self::Claim => Some(Algorithm::Es256),
            Self::Vault | Self::VaultNext | Self::MacRoot | Self::MacEpoch | Self::ServiceToken => None,
        }
    }
}

fn name(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Ed25519 => "Ed25519",
        Algorithm::Es256 => "ES256",
    }
}

fn describe_file(path: &Path, status: &mut KeyStatus) {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) => {
            status.problem = Some(format!("cannot be found: {error}"));
            return;
        }
    };
    let mode = metadata.mode() & 0o7777;
    status.access = format!("mode {mode:04o}, user {}", metadata.uid());
    status.since = Timestamp::new(metadata.mtime(), 0).ok();
    if mode & 0o077 != 0 {
        let open = keys::Error::OpenToOthers { path: path.to_owned(), mode };
        status.problem = Some(open.to_string());
        return;
    }
    if !matches!(status.role, Role::MacEpoch | Role::ServiceToken) {
        status.passphrase = is_protected(path).ok();
    }
}

fn who(outside: &Outside) -> String {
    match outside {
        Outside::Pkcs11(place) => match &place.pin {
            Some(pin) => format!("who has the PIN ({pin})"),
            None => "who is at the token".to_owned(),
        },
        Outside::Command(_) => "who may run the command".to_owned(),
        Outside::Http(place) => match &place.bearer {
            Some(bearer) => format!("who has the bearer token ({bearer})"),
            None => "who reaches the service".to_owned(),
        },
        Outside::AwsKms(_) => "whom the key's policy lets".to_owned(),
    }
}

#[expect(clippy::ref_option, reason = "serde calls it so")]
fn as_text<S: serde::Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(to_text).serialize(serializer)
}
