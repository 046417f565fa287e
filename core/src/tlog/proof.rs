//! An entry's place in a log, in one text that can be checked offline (<https://c2sp.org/tlog-proof>).
//!
//! ```text
//! c2sp.org/tlog-proof@v1
//! extra b3BhcXVl
//! index 73894
//! gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=
//! B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=
//! EKNzoDWG8LGC0Yp9o+sv3qllpMP9uHQ9B20KNL+Q1zs=
//!
//! example.com/fancylog
//! 109482
//! sFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=
//!
//! — example.com/fancylog hI2DJw…1roloI=
//! — witness1.example mJirIklj…qY9v2B/5bg==
//! ```
//!
//! The extra line may be missing, and nothing vouches for it. Then the entry's index, the inclusion proof from the
//! leaf's sibling up, an empty line, and the signed checkpoint as it came. (The example is shortened: this index and
//! size need 17 hashes.)
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::fmt;

use super::checkpoint::{Opened, SignedCheckpoint};
use super::note::{MAX_NOTE, VerifierKey};
use super::text::{HASH_CHARS, at_most, base64, base64_len, decimal, hash, malformed, to_base64, utf8};
use super::{Error, Refusal};
use crate::hash::Hash;
use crate::merkle::verify_inclusion;

const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// The most hashes in an inclusion proof: the height of a tree of 2^64 - 1 leaves.
pub const MAX_HASHES: usize = 64;

/// The longest extra data, in bytes before base64.
pub const MAX_EXTRA: usize = 64 * 1024;

/// The longest proof, in bytes: the header, `extra `, `index ` and 20 digits, the hashes, each line with its newline;
/// the empty line and the checkpoint.
pub const MAX_PROOF: usize =
    HEADER.len() + 1 + 6 + base64_len(MAX_EXTRA) + 1 + 6 + 20 + 1 + MAX_HASHES * (HASH_CHARS + 1) + 1 + MAX_NOTE;

/// A proof that parses; whether it holds is for [`verify`](Self::verify). `Display` is the whole text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    extra: Option<Vec<u8>>,
    index: u64,
    hashes: Vec<Hash>,
    checkpoint: SignedCheckpoint,
}

impl Proof {
    /// The proof for the entry at `index`, from 0, in the tree of this checkpoint.
    pub fn new(index: u64, hashes: Vec<Hash>, checkpoint: SignedCheckpoint) -> Result<Self, Error> {
        if hashes.len() > MAX_HASHES {
            return Err(Error::TooMany { what: "proof hashes", limit: MAX_HASHES });
        }
        Ok(Self { extra: None, index, hashes, checkpoint })
    }

    /// Adds data that the application understands. It is not authenticated. Empty data is no data.
    pub fn with_extra(mut self, extra: Vec<u8>) -> Result<Self, Error> {
        at_most(MAX_EXTRA, "extra data", extra.len())?;
        self.extra = Some(extra).filter(|extra| !extra.is_empty());
        Ok(self)
    }

    /// Parses the whole text.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        const WHAT: &str = "log proof";
        let whole = utf8(MAX_PROOF, WHAT, bytes)?;
        let Some((head, checkpoint)) = whole.split_once("\n\n") else {
            return Err(malformed(WHAT, "an empty line before the checkpoint", whole));
        };
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(HEADER) {
            return Err(malformed(WHAT, "c2sp.org/tlog-proof@v1 in the first line", whole));
        }
        let extra = lines.next_if(|line| line.starts_with("extra")).map(parse_extra).transpose()?;
        let index = parse_index(lines.next().unwrap_or_default())?;
        let mut hashes = Vec::new();
        for line in lines {
            if hashes.len() >= MAX_HASHES {
                return Err(Error::TooMany { what: "proof hashes", limit: MAX_HASHES });
            }
            hashes.push(hash(line).ok_or_else(|| malformed("proof hash", "32 bytes in base64", line))?);
        }
        let proof = Self::new(index, hashes, SignedCheckpoint::parse(checkpoint.as_bytes())?)?;
        match extra {
            Some(extra) => proof.with_extra(extra),
            None => Ok(proof),
        }
    }

    /// Data for the application, which nothing vouches for.
    pub fn extra(&self) -> Option<&[u8]> {
        self.extra.as_deref()
    }

    /// The index of the entry, from 0, as the proof claims.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The inclusion proof, the leaf's sibling first.
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }

    /// The checkpoint, not verified.
    pub fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }

    /// Checks that a known log signed the checkpoint and that its tree has this leaf (a
    /// [`leaf_hash`](crate::merkle::leaf_hash)) at the index.
    ///
    /// `keys` are those of the logs, with their origins as names, and of the witnesses. A policy on witnesses and
    /// times reads [`Opened::signed`].
    pub fn verify<'k>(&self, leaf: &Hash, keys: &'k [VerifierKey]) -> Result<Opened<'k>, Refusal> {
        let opened = self.checkpoint.verify(keys)?;
        let checkpoint = &opened.checkpoint;
        verify_inclusion(leaf, self.index, checkpoint.size(), &self.hashes, checkpoint.root())
            .map_err(Refusal::NotIncluded)?;
        Ok(opened)
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", to_base64(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        self.hashes.iter().try_for_each(|hash| writeln!(f, "{}", to_base64(hash.as_bytes())))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

fn parse_extra(line: &str) -> Result<Vec<u8>, Error> {
    let data = line.strip_prefix("extra ").and_then(base64).filter(|data| !data.is_empty());
    data.ok_or_else(|| malformed("extra line", "the word extra, a space and base64 that is not empty", line))
}

fn parse_index(line: &str) -> Result<u64, Error> {
    let index = line.strip_prefix("index ").and_then(decimal);
    index.ok_or_else(|| malformed("index line", "the word index, a space and a number without leading zeros", line))
}

#[cfg(test)]
mod tests;
