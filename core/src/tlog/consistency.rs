//! How a newer checkpoint of a log continues an older one, in the text that witnesses take
//! (<https://c2sp.org/tlog-witness>, the request of `add-checkpoint`).
//!
//! ```text
//! old 20852014
//! PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
//! jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
//!
//! example.com/behind-the-sofa
//! 20852163
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
//!
//! — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
//! ```
//!
//! The size of the older tree, the proof of RFC 6962, section 2.1.2, an empty line, and the newer checkpoint as it came. The older
//! checkpoint is not in it: whoever checks has kept that. (The example is shortened: these sizes need more hashes.)
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::fmt;

use super::checkpoint::{Checkpoint, Opened, SignedCheckpoint};
use super::note::{MAX_NOTE, VerifierKey};
use super::text::{HASH_CHARS, decimal, hash, malformed, to_base64, utf8};
use super::{Error, Refusal};
use crate::hash::Hash;
use crate::merkle::verify_consistency;

/// The most hashes, as the specification has it.
pub const MAX_HASHES: usize = 63;

/// The longest text, in bytes: `old ` and 20 digits, the hashes, each line with its newline; the empty line and the checkpoint.
pub const MAX_CONSISTENCY: usize = 4 + 20 + 1 + MAX_HASHES * (HASH_CHARS + 1) + 1 + MAX_NOTE;

/// A consistency proof that parses; whether it holds is for [`verify`](Self::verify). `Display` is the whole text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consistency {
    old: u64,
    hashes: Vec<Hash>,
    checkpoint: SignedCheckpoint,
}

impl Consistency {
    /// The proof from the tree of `old` leaves to that of the checkpoint.
    pub fn new(old: u64, hashes: Vec<Hash>, checkpoint: SignedCheckpoint) -> Result<Self, Error> {
        if hashes.len() > MAX_HASHES {
            return Err(Error::TooMany { what: "consistency proof hashes", limit: MAX_HASHES });
        }
        Ok(Self { old, hashes, checkpoint })
    }

    /// Parses the whole text.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        const WHAT: &str = "consistency proof";
        let whole = utf8(MAX_CONSISTENCY, WHAT, bytes)?;
        let Some((head, checkpoint)) = whole.split_once("\n\n") else {
            return Err(malformed(WHAT, "an empty line before the checkpoint", whole));
        };
        let mut lines = head.split('\n');
        let old = lines.next().unwrap_or_default();
        let size = old.strip_prefix("old ").and_then(decimal);
        let size =
            size.ok_or_else(|| malformed(WHAT, "the word old, a space and a number without leading zeros", old))?;
        let mut hashes = Vec::new();
        for line in lines {
            if hashes.len() >= MAX_HASHES {
                return Err(Error::TooMany { what: "consistency proof hashes", limit: MAX_HASHES });
            }
            hashes.push(hash(line).ok_or_else(|| malformed("consistency proof hash", "32 bytes in base64", line))?);
        }
        Self::new(size, hashes, SignedCheckpoint::parse(checkpoint.as_bytes())?)
    }

    /// The size of the older tree.
    pub fn old(&self) -> u64 {
        self.old
    }

    /// The hashes, in the order of RFC 6962.
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }

    /// The newer checkpoint, not verified.
    pub fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }

    /// Checks that a known log signed the newer checkpoint, and that its tree begins with that of `kept`, an older checkpoint of the
    /// same log whose signature was checked when it was taken in.
    pub fn verify<'k>(&self, kept: &Checkpoint, keys: &'k [VerifierKey]) -> Result<Opened<'k>, Refusal> {
        let opened = self.checkpoint.verify(keys)?;
        let newer = &opened.checkpoint;
        if newer.origin() != kept.origin() {
            return Err(Refusal::OtherLog { kept: kept.origin().to_owned(), found: newer.origin().to_owned() });
        }
        if self.old != kept.size() {
            return Err(Refusal::OtherSize { kept: kept.size(), found: self.old });
        }
        verify_consistency(kept.size(), kept.root(), newer.size(), newer.root(), &self.hashes)
            .map_err(Refusal::NotContinued)?;
        Ok(opened)
    }
}

impl fmt::Display for Consistency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old)?;
        self.hashes.iter().try_for_each(|hash| writeln!(f, "{}", to_base64(hash.as_bytes())))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;

    use super::super::note::{LocalSigner, NoteSigner, SignatureType};
    use super::*;
    use crate::merkle::{Levels, consistency_proof, leaf_hash, root};

    const ORIGIN: &str = "example.com/log";

    fn log(name: &str) -> LocalSigner {
        LocalSigner::new(name, SignatureType::Ed25519, SigningKey::from_bytes(&[3; 32])).expect("a name")
    }

    fn tree(salt: u8) -> Levels {
        (0_u8..40).map(|n| leaf_hash(&[salt, n])).collect()
    }

    fn checkpoint(name: &str, size: u64, tree: &Levels) -> Checkpoint {
        Checkpoint::new(name.to_owned(), size, root(size, tree).expect("complete")).expect("a checkpoint")
    }

    fn proof(old: u64, new: u64, tree: &Levels) -> Consistency {
        let hashes = consistency_proof(old, new, tree).expect("in range");
        let signed = checkpoint(ORIGIN, new, tree).sign(&log(ORIGIN)).expect("signed");
        Consistency::new(old, hashes, signed).expect("few")
    }

    #[test]
    fn what_is_written_is_read_and_holds_against_the_older_checkpoint_alone() {
        let keys = [log(ORIGIN).verifier().clone()];
        let tree = tree(0);
        for (old, new) in [(0, 1), (0, 40), (1, 2), (7, 7), (7, 40), (32, 40), (39, 40)] {
            let proof = proof(old, new, &tree);
            let read = Consistency::parse(proof.to_string().as_bytes()).expect("own text");
            assert_eq!(read, proof);
            let opened = read.verify(&checkpoint(ORIGIN, old, &tree), &keys).expect("consistent");
            assert_eq!(opened.checkpoint.size(), new);
        }
    }

    #[test]
    fn another_past_another_log_and_another_size_are_refused() {
        let keys = [log(ORIGIN).verifier().clone()];
        let (tree, forked) = (tree(0), tree(1));
        let proof = proof(7, 40, &tree);
        let refused = |kept: &Checkpoint| proof.verify(kept, &keys).expect_err("refused");
        assert!(matches!(refused(&checkpoint(ORIGIN, 7, &forked)), Refusal::NotContinued(_)));
        assert!(matches!(refused(&checkpoint(ORIGIN, 8, &tree)), Refusal::OtherSize { kept: 8, found: 7 }));
        assert!(matches!(refused(&checkpoint("example.com/other", 7, &tree)), Refusal::OtherLog { .. }));
        let stranger = [log("example.com/stranger").verifier().clone()];
        let unknown = proof.verify(&checkpoint(ORIGIN, 7, &tree), &stranger).expect_err("refused");
        assert!(matches!(unknown, Refusal::UnknownOrigin { .. }));
    }

    #[test]
    fn text_that_is_not_exact_is_refused() {
        let text = proof(7, 40, &tree(0)).to_string();
        let wrong = [
            text.replacen("old ", "old  ", 1),
            text.replacen("old 7", "old 07", 1),
            text.replacen("old 7", "old -7", 1),
            text.replacen("old 7\n", "", 1),
            text.replacen("\n\n", "\n", 1),
            text.replacen('=', "", 1),
            text.replacen("old 7\n", &format!("old 7\n{}", format!("{}\n", to_base64(&[0; 32])).repeat(64)), 1),
        ];
        for text in wrong {
            assert!(Consistency::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
