//! Originals: images as they came in, sealed, each in a file of its own.
//!
//! ```text
//! 5f/019a2b3c-…-5f-<64 digits of the image's hash>    a line of JSON, then the sealed bytes
//! ```
//! Each is sealed under a key that was drawn for it, and that key under the two keys of its GEN record's private part: with either of those
//! gone, it is closed for good.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::edge::Edge;
use crate::event::opener::{OpenError, Opener};
use crate::event::sealed::Stored;
use crate::event::{Opened, Record};
use crate::files::{self, Working};
use crate::hash::Hash;
use crate::privacy::vault::sealing::{self, Envelope, NONCE};
use crate::privacy::vault::{Key, KeyId};

/// The first line of the additional data.
const DOMAIN: &str = "touchmark original v1";

/// The longest first line that a file may have, in bytes.
const MAX_HEAD: usize = 1024;

/// A folder with originals.
#[derive(Debug, Clone)]
pub struct Originals {
    dir: PathBuf,
    /// The largest image.
    max_bytes: u64,
}

/// What became of an original that was to be kept.
#[derive(Debug)]
pub enum Kept {
    /// It is, as soon as [`Originals::sync`] has returned.
    Now,
    /// It was before.
    Before,
    /// Its record's private part does not open, for this reason, and so it would not either.
    Closed(Opened),
}

/// What a kept file gives.
#[derive(Debug)]
pub enum Original {
    /// The image.
    Whole(Zeroizing<Vec<u8>>),
    /// It does not open, for this reason.
    Closed(Opened),
}

/// Why an original could not be kept or looked at.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file system refused.
    #[error("could not {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Another process is at work there.
    #[error("another process is at work in {}: try again when it has ended", dir.display())]
    Busy {
        /// The folder.
        dir: PathBuf,
    },
    /// A file that is not one of these.
    #[error("{} is not what was kept there: bring it back from a copy", path.display())]
    NotOurs {
        /// The file.
        path: PathBuf,
    },
    /// The record's private part.
    #[error("could not open the private part of the record")]
    Open(#[from] OpenError),
}

/// The first line of a file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    hash: Hash,
    /// The file's own key, sealed; its nonce stands before it.
    key: String,
    /// The keys that it is sealed under: the person's and the shelf's.
    keys: [KeyId; 2],
    nonce: String,
    record: Uuid,
    v: u8,
}

impl Originals {
    /// Those in a folder, which is made when the first is kept. `max_bytes` is the largest image that there may be.
    pub fn new(dir: PathBuf, max_bytes: u64) -> Self {
        Self { dir, max_bytes }
    }

    /// Keeps the image that a GEN record is about. `private` is that record's private part as stored.
    pub fn keep(
        &self,
        record: &Record,
        private: &[u8],
        (hash, image): (Hash, &[u8]),
        opener: &Opener,
        edge: Edge<'_>,
    ) -> Result<Kept, Error> {
        let path = self.path(record.id, &hash);
        if path.exists() {
            return Ok(Kept::Before);
        }
        let Stored::Sealed(part) = Stored::from_bytes(private).map_err(OpenError::from)? else {
            return Ok(Kept::Closed(Opened::Locked));
        };
        let [person, shelf] = match opener.keys(part.keys).map_err(OpenError::from)? {
            Ok(keys) => keys,
            Err(closed) => return Ok(Kept::Closed(closed)),
        };
        let data = data(opener.origin(), record.id, &hash, &part.keys);
        let nonces = [edge.bytes::<NONCE>(), edge.bytes()];
        let Envelope { key, text } =
            sealing::seal_object([&person, &shelf], &Key::passing(edge), &nonces, &data, image.to_vec());
        let text_of = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let key = text_of(&[nonces[0].as_slice(), &key].concat());
        let head = Head { hash, key, keys: part.keys, nonce: text_of(&nonces[1]), record: record.id, v: 1 };
        let head = crate::canonical::to_vec(&head).map_err(io::Error::other).map_err(at("write", &path))?;
        files::put(&path, &[head.as_slice(), b"\n", &text].concat()).map_err(at("write", &path))?;
        Ok(Kept::Now)
    }

    /// Lets `keep` keep several, and makes them durable together.
    pub fn sync<T>(&self, keep: impl FnOnce() -> T) -> Result<T, Error> {
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.dir);
        made.map_err(at("make", &self.dir))?;
        let working = Working::begin(&self.dir).map_err(at("use", &self.dir))?;
        let working = working.ok_or_else(|| Error::Busy { dir: self.dir.clone() })?;
        let kept = keep();
        working.sync_all().map_err(at("sync", &self.dir))?;
        Ok(kept)
    }

    /// The hashes of the originals that are kept for a record.
    pub fn of(&self, record: Uuid) -> Result<Vec<Hash>, Error> {
        let folder = self.folder(record);
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(at("read", &folder))?,
        };
        let mut hashes = Vec::new();
        for entry in entries {
            let name = entry.map_err(at("read", &folder))?.file_name();
            let digits = name.to_str().and_then(|name| name.strip_prefix(&format!("{record}-")));
            hashes.extend(digits.and_then(|digits| format!("sha256:{digits}").parse::<Hash>().ok()));
        }
        hashes.sort_unstable();
        Ok(hashes)
    }

    /// Opens one.
    pub fn open(&self, record: Uuid, hash: &Hash, opener: &Opener) -> Result<Original, Error> {
        let path = self.path(record, hash);
        let limit = usize::try_from(self.max_bytes).unwrap_or(usize::MAX).saturating_add(MAX_HEAD);
        let not_ours = || Error::NotOurs { path: path.clone() };
        let bytes = files::read(&path, limit).map_err(at("read", &path))?.ok_or_else(not_ours)?;
        let end = memchr::memchr(b'\n', &bytes).filter(|end| *end < MAX_HEAD).ok_or_else(not_ours)?;
        let (line, text) = bytes.split_at(end);
        let head: Head = serde_json::from_slice(line).map_err(|_| not_ours())?;
        let [person, shelf] = match opener.keys(head.keys).map_err(OpenError::from)? {
            Ok(keys) => keys,
            Err(closed) => return Ok(Original::Closed(closed)),
        };
        let data = data(opener.origin(), record, hash, &head.keys);
        let sealed = || {
            let decoded = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
            let key = decoded(&head.key)?;
            let (first, key) = key.split_first_chunk::<NONCE>()?;
            let nonces = [*first, decoded(&head.nonce)?.try_into().ok()?];
            let envelope = Envelope { key: key.to_vec(), text: text.get(1..)?.to_vec() };
            sealing::open_object([&person, &shelf], &nonces, &data, envelope)
        };
        let opened = sealed().filter(|image| Hash::of(image) == *hash);
        Ok(opened.map_or(Original::Closed(Opened::Misplaced), Original::Whole))
    }

    fn folder(&self, record: Uuid) -> PathBuf {
        // The end of an id is random, its beginning the time.
        self.dir.join(hex::encode(&record.as_bytes()[15..]))
    }

    fn path(&self, record: Uuid, hash: &Hash) -> PathBuf {
        self.folder(record).join(format!("{record}-{}", hash.to_hex()))
    }
}

fn data(origin: &str, record: Uuid, hash: &Hash, [person, shelf]: &[KeyId; 2]) -> Vec<u8> {
    format!("{DOMAIN}\n{origin}\n{record}\n{hash}\n{person}\n{shelf}\n").into_bytes()
}

fn at<'a>(action: &'static str, path: &'a Path) -> impl Fn(io::Error) -> Error + 'a {
    move |source| Error::Io { action, path: path.to_owned(), source }
}
