//! The size and root of a log, signed (<https://c2sp.org/tlog-checkpoint>).
//!
//! ```text
//! example.com/behind-the-sofa
//! 20852163
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
//!
//! — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
//! — witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
//! ```
//!
//! Origin (who the log is), size (how many leaves), root (RFC 6962), perhaps extension lines; then the signature of the
//! log, by a key that has the origin as its name, and those of witnesses. How many witnesses are enough is for the
//! reader's policy: [`Opened::signed`] says who there were.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::fmt;

use super::note::{Note, NoteSigner, Signature, SignatureType, Signed, VerifierKey};
use super::text::{at_most, decimal, hash, malformed, no_control_characters, to_base64};
use super::{Error, Refusal};
use crate::hash::Hash;
use crate::merkle::empty_root;

/// The longest origin, in bytes: tlog-cosignature gives it one byte for the length.
pub const MAX_ORIGIN: usize = 255;

/// What a log says of itself at one moment. `Display` is the text that is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    size: u64,
    root: Hash,
    extensions: Vec<String>,
}

/// A checkpoint with its signatures, which nothing has checked yet. `Display` is the whole note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    note: Note,
}

/// A checkpoint that its log signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened<'k> {
    /// What the log says.
    pub checkpoint: Checkpoint,
    /// The known keys that signed: one of the log at least, and the witnesses with their times.
    pub signed: Vec<Signed<'k>>,
}

impl Checkpoint {
    /// The state of the log `origin`. The empty log has the root of the empty tree and no other.
    pub fn new(origin: String, size: u64, root: Hash) -> Result<Self, Error> {
        check_origin(&origin)?;
        if size == 0 && root != empty_root() {
            return Err(malformed("checkpoint root", "the root of the empty tree", &root.to_string()));
        }
        Ok(Self { origin, size, root, extensions: Vec::new() })
    }

    /// Parses the text of a checkpoint, without signatures.
    pub fn parse(text: &str) -> Result<Self, Error> {
        const WHAT: &str = "checkpoint";
        let lines = text.strip_suffix('\n').ok_or_else(|| malformed(WHAT, "a newline at the end", text))?;
        let mut lines = lines.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(malformed(WHAT, "three lines: origin, size, root", text));
        };
        check_origin(origin)?;
        let size = decimal(size).ok_or_else(|| malformed("checkpoint size", "a number without leading zeros", size))?;
        let root = hash(root).ok_or_else(|| malformed("checkpoint root", "32 bytes in base64", root))?;
        let mut parsed = Self::new(origin.to_owned(), size, root)?;
        for line in lines {
            parsed = parsed.with_extension(line.to_owned())?;
        }
        Ok(parsed)
    }

    /// Adds an extension line. Nobody but the application looks at those, and monitors cannot audit them.
    pub fn with_extension(mut self, line: String) -> Result<Self, Error> {
        const WHAT: &str = "checkpoint extension";
        no_control_characters(WHAT, &line)?;
        if line.is_empty() || line.contains('\n') {
            return Err(malformed(WHAT, "one line that is not empty", &line));
        }
        self.extensions.push(line);
        Ok(self)
    }

    /// Who the log is.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree of that many leaves.
    pub fn root(&self) -> &Hash {
        &self.root
    }

    /// The lines after the root.
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }

    /// Signs as the log: the key must have the origin as its name. What is signed binds the log for ever, so sign only
    /// what is durable and continues everything that was signed before.
    pub fn sign(self, log: &dyn NoteSigner) -> Result<SignedCheckpoint, Error> {
        let name = log.verifier().name();
        if name != self.origin {
            return Err(Error::NotTheLog { origin: self.origin, name: name.to_owned() });
        }
        let mut note = Note::new(self.text())?;
        note.sign(log)?;
        Ok(SignedCheckpoint { checkpoint: self, note })
    }

    /// In one piece of memory: a log does this at each commit.
    fn text(&self) -> String {
        let known = [&self.origin, &self.size.to_string(), &to_base64(self.root.as_bytes())];
        let lines = || known.into_iter().chain(&self.extensions);
        let mut text = String::with_capacity(lines().map(|line| line.len().saturating_add(1)).sum());
        for line in lines() {
            text.push_str(line);
            text.push('\n');
        }
        text
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl SignedCheckpoint {
    /// Parses a note whose text is a checkpoint.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let note = Note::parse(bytes)?;
        Ok(Self { checkpoint: Checkpoint::parse(note.text())?, note })
    }

    /// What the note says, which may be a lie: for choosing keys and for messages.
    pub fn unverified(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The signature lines in their order.
    pub fn signatures(&self) -> &[Signature] {
        self.note.signatures()
    }

    /// The same text with no signature yet.
    #[must_use]
    pub fn without_signatures(mut self) -> Self {
        self.note.clear();
        self
    }

    /// Adds a line that a witness sent. It is not checked; [`verify`](Self::verify) does that.
    pub fn add(&mut self, signature: Signature) -> Result<(), Error> {
        self.note.add(signature)
    }

    /// Signs as a witness, at `time` in seconds since 1970, with a key of type
    /// [`SignatureType::Cosignature`](super::note::SignatureType). The line is the last of
    /// [`signatures`](Self::signatures) then.
    pub fn cosign(&mut self, witness: &dyn NoteSigner, time: u64) -> Result<(), Error> {
        self.note.cosign(witness, time)
    }

    /// Opens the checkpoint if its log signed it. `keys` are those of the logs, with their origins as names, and of
    /// the witnesses that the reader trusts.
    pub fn verify<'k>(&self, keys: &'k [VerifierKey]) -> Result<Opened<'k>, Refusal> {
        let origin = self.checkpoint.origin();
        if keys.iter().all(|key| key.name() != origin) {
            return Err(Refusal::UnknownOrigin { origin: origin.to_owned() });
        }
        let not_signed = || Refusal::NotSigned { signer: origin.to_owned() };
        let signed = self.note.verify(keys).map_err(|refusal| match refusal {
            Refusal::NotSigned { .. } => not_signed(),
            other => other,
        })?;
        // A witness that bears the log's name does not speak for the log.
        let is_log = |key: &VerifierKey| key.name() == origin && key.signature_type() == SignatureType::Ed25519;
        if !signed.iter().any(|one| is_log(one.key)) {
            return Err(not_signed());
        }
        Ok(Opened { checkpoint: self.checkpoint.clone(), signed })
    }
}

impl fmt::Display for SignedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.note, f)
    }
}

fn check_origin(origin: &str) -> Result<(), Error> {
    const WHAT: &str = "checkpoint origin";
    at_most(MAX_ORIGIN, WHAT, origin.len())?;
    no_control_characters(WHAT, origin)?;
    if origin.is_empty() || origin.contains('\n') {
        return Err(malformed(WHAT, "one line that is not empty", origin));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
