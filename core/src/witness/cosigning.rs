//! The witness's side: what it saw of each log, and what it says.
//!
//! ```text
//! <sha256 of the origin>/log.vkey      keys that are trusted for the log, one a line, the newest last
//! <sha256 of the origin>/checkpoint    the last checkpoint that was cosigned, as the log signed it
//! <sha256 of the origin>/refused/      pairs of checkpoints that do not belong to one log
//! ```

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ed25519_dalek::VerifyingKey;

use super::Error;
use crate::files::{self, Working};
use crate::hash::Hash;
use crate::keys::Signer;
use crate::merkle::verify_consistency;
use crate::tlog::checkpoint::SignedCheckpoint;
use crate::tlog::consistency::Consistency;
use crate::tlog::note::{MAX_KEYS_TEXT, MAX_NOTE, NoteSigner, SignatureType, VerifierKey, read_keys, write_keys};

/// The most refused checkpoints that are kept for a log: whoever sends them must not fill the disk.
const MAX_REFUSED: usize = 64;

/// Somebody who cosigns.
pub struct Witness {
    dir: PathBuf,
    own_log: String,
    verifier: VerifierKey,
    signer: Arc<dyn Signer>,
}

/// What a witness answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The checkpoint with the witness's line, the last one.
    Cosigned(SignedCheckpoint),
    /// No cosignature.
    Refused(Refusal),
}

/// Why a checkpoint is not cosigned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The witness was never told a key of this log.
    #[error("this witness does not know the log {origin}")]
    UnknownLog {
        /// The origin that the checkpoint names.
        origin: String,
    },
    /// It is the log of the witness's own home.
    #[error("{origin} is this home's own log: a witness is somebody else")]
    OwnLog {
        /// The origin.
        origin: String,
    },
    /// None of the known keys signed it, or one of them did not.
    #[error("the checkpoint of {origin} is not believed: {problem}")]
    NotSigned {
        /// The origin.
        origin: String,
        /// Why.
        problem: String,
    },
    /// The proof begins elsewhere than where the witness stands. Ask again from there.
    #[error(
        "the proof leads on from {asked} records, and the last checkpoint of {origin} that was cosigned here has {seen}"
    )]
    OtherSize {
        /// The origin.
        origin: String,
        /// Where the proof begins.
        asked: u64,
        /// Where the witness stands.
        seen: u64,
    },
    /// The log has fewer records than it had.
    #[error(
        "the log {origin} was set back, or this is an old copy of it: it shows {now} records, and {seen} were cosigned here; both checkpoints are kept in {}",
        kept.display()
    )]
    Rewound {
        /// The origin.
        origin: String,
        /// Records now.
        now: u64,
        /// Records that were cosigned.
        seen: u64,
        /// Where the evidence is.
        kept: PathBuf,
    },
    /// The log has other records than it had.
    #[error(
        "the log {origin} does not continue the {seen} records that were cosigned here: it was rewritten, there are two of it, or the proof is wrong; both checkpoints are kept in {}",
        kept.display()
    )]
    Forked {
        /// The origin.
        origin: String,
        /// Records that were cosigned.
        seen: u64,
        /// Where the evidence is.
        kept: PathBuf,
    },
}

impl Witness {
    /// A witness that keeps what it saw in `dir`, under a name. It does not cosign the log of its own home.
    pub fn new(dir: &Path, name: &str, own_log: &str, signer: Arc<dyn Signer>) -> Result<Self, Error> {
        let unusable =
            || crate::keys::Error::PublicKey { algorithm: signer.algorithm(), length: signer.public_key().len() };
        let public = signer.public_key().try_into().map_err(|_| unusable())?;
        let public = VerifyingKey::from_bytes(public).map_err(|_| unusable())?;
        let verifier = VerifierKey::new(name, SignatureType::Cosignature, public)?;
        Ok(Self { dir: dir.to_owned(), own_log: own_log.to_owned(), verifier, signer })
    }

    /// The key that readers check this witness's cosignatures with.
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// The keys that are trusted for a log. None: the log is not known.
    pub fn keys(&self, origin: &str) -> Result<Vec<VerifierKey>, Error> {
        let path = self.log(origin).join("log.vkey");
        let bytes = files::read(&path, MAX_KEYS_TEXT).map_err(Error::at(&path))?;
        let state = |problem: String| Error::State { path: path.clone(), problem };
        let text = String::from_utf8(bytes.unwrap_or_default()).map_err(|error| state(error.to_string()))?;
        read_keys(&text).map_err(|error| state(error.to_string()))
    }

    /// Trusts a key for the log whose name it carries, from now on. Keys that were trusted before stay so until a checkpoint was cosigned
    /// that a later one signed.
    pub fn trust(&self, key: &VerifierKey) -> Result<(), Error> {
        let folder = self.log(key.name());
        let _working = begin(&folder)?;
        let mut keys = self.keys(key.name())?;
        if keys.contains(key) {
            return Ok(());
        }
        keys.push(key.clone());
        let path = folder.join("log.vkey");
        files::replace(&path, write_keys(&keys).as_bytes()).map_err(Error::at(path))
    }

    /// The last checkpoint of a log that was cosigned here.
    pub fn last(&self, origin: &str) -> Result<Option<SignedCheckpoint>, Error> {
        let path = self.log(origin).join("checkpoint");
        let Some(note) = files::read(&path, MAX_NOTE).map_err(Error::at(&path))? else { return Ok(None) };
        let state = |problem: String| Error::State { path: path.clone(), problem };
        let note = SignedCheckpoint::parse(&note).map_err(|error| state(error.to_string()))?;
        note.verify(&self.keys(origin)?).map_err(|refusal| state(refusal.to_string()))?;
        Ok(Some(note))
    }

    /// Cosigns a checkpoint at `time`, in seconds since 1970, if it continues the last one that was cosigned here. What was seen is
    /// durable before this returns.
    pub fn cosign(&self, request: &Consistency, time: u64) -> Result<Answer, Error> {
        let origin = request.checkpoint().unverified().origin().to_owned();
        let refused = |refusal| Ok(Answer::Refused(refusal));
        if origin == self.own_log {
            return refused(Refusal::OwnLog { origin });
        }
        let keys = self.keys(&origin)?;
        if keys.is_empty() {
            return refused(Refusal::UnknownLog { origin });
        }
        let folder = self.log(&origin);
        // From what was seen last to what is seen next: one at a time.
        let _working = begin(&folder)?;
        let last = self.last(&origin)?;
        let seen = last.as_ref().map_or(0, |last| last.unverified().size());
        let keys = in_force(&keys, last.as_ref());
        let newer = match request.checkpoint().verify(keys) {
            Ok(opened) => opened.checkpoint,
            Err(refusal) => return refused(Refusal::NotSigned { origin, problem: refusal.to_string() }),
        };
        if request.old() != seen {
            return refused(Refusal::OtherSize { origin, asked: request.old(), seen });
        }
        if let Some(last) = &last {
            if newer.size() < seen {
                let kept = keep(&folder, last, request.checkpoint())?;
                return refused(Refusal::Rewound { origin, now: newer.size(), seen, kept });
            }
            let root = last.unverified().root();
            if verify_consistency(seen, root, newer.size(), newer.root(), request.hashes()).is_err() {
                let kept = keep(&folder, last, request.checkpoint())?;
                return refused(Refusal::Forked { origin, seen, kept });
            }
        }
        let path = folder.join("checkpoint");
        let mut note = signed_by(request.checkpoint(), keys)?;
        files::replace(&path, note.to_string().as_bytes()).map_err(Error::at(path))?;
        note.cosign(self, time)?;
        Ok(Answer::Cosigned(note))
    }

    /// Where a log's state is. Its name comes from outside and is no path.
    fn log(&self, origin: &str) -> PathBuf {
        self.dir.join(Hash::of(origin.as_bytes()).to_hex())
    }
}

impl std::fmt::Debug for Witness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Witness").field("verifier", &self.verifier).field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl NoteSigner for Witness {
    fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], Box<dyn std::error::Error + Send + Sync>> {
        let signature = self.signer.sign(message)?;
        signature.try_into().map_err(|_| "the signature does not have 64 bytes".into())
    }
}

/// The key that signed what was seen last, and those that were trusted after it: a key that was given up signs nothing more.
fn in_force<'k>(keys: &'k [VerifierKey], last: Option<&SignedCheckpoint>) -> &'k [VerifierKey] {
    let signed = |key: &VerifierKey| last.is_some_and(|last| last.verify(std::slice::from_ref(key)).is_ok());
    let from = keys.iter().rposition(signed).unwrap_or(0);
    keys.get(from..).unwrap_or(keys)
}

/// The checkpoint with the lines of known keys alone, which were verified: what strangers wrote under it is not passed on.
pub(super) fn signed_by(note: &SignedCheckpoint, keys: &[VerifierKey]) -> Result<SignedCheckpoint, Error> {
    let mut kept = note.clone().without_signatures();
    for signature in note.signatures() {
        let known = keys.iter().any(|key| key.name() == signature.name() && key.id() == signature.id());
        if known && !kept.signatures().contains(signature) {
            kept.add(signature.clone())?;
        }
    }
    Ok(kept)
}

fn begin(folder: &Path) -> Result<Working, Error> {
    let working = Working::begin(folder).map_err(Error::at(folder))?;
    working.ok_or_else(|| Error::Busy { dir: folder.to_owned() })
}

/// Keeps two checkpoints, both signed by the log, that contradict each other. Gives their folder.
///
/// Two of one size with different roots prove that the log lied, and nobody but the log can make them: they are always kept. Others may be
/// an old copy or a wrong proof that anybody sends.
fn keep(folder: &Path, seen: &SignedCheckpoint, came: &SignedCheckpoint) -> Result<PathBuf, Error> {
    let folder = folder.join("refused");
    let count = fs::read_dir(&folder).map_or(0, Iterator::count);
    if count + 2 > MAX_REFUSED && seen.unverified().size() != came.unverified().size() {
        return Ok(folder);
    }
    for note in [seen, came] {
        let text = note.to_string();
        let name: String = Hash::of(text.as_bytes()).to_hex().chars().take(16).collect();
        let path = folder.join(format!("{}-{name}", note.unverified().size()));
        files::replace(&path, text.as_bytes()).map_err(Error::at(path))?;
    }
    Ok(folder)
}
