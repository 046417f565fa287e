//! Which certificate signed which, as found before: files of one signer have one chain, and a signature over a certificate costs more than
//! the rest of a file's verdict.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

use super::Link;
use super::signature::{self, Unusable};

/// So many pairs are remembered: more than a batch has signers.
const MOST: usize = 4096;

/// Answers that do not change: whether the key in one certificate made the signature in another. Shared by threads.
#[derive(Debug, Default)]
pub struct Memo(Mutex<HashMap<[u8; 32], bool>>);

impl Memo {
    /// Whether `issuer` signed `below`.
    pub(super) fn issued(&self, below: &Link, issuer: &Link) -> Result<bool, Unusable> {
        let mut pair = Sha256::new_with_prefix(&issuer.der);
        // The length keeps the two apart.
        pair.update((issuer.der.len() as u64).to_be_bytes());
        let pair: [u8; 32] = pair.chain_update(&below.der).finalize().into();
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&pair).copied();
        if let Some(known) = known {
            return Ok(known);
        }
        let answer = signature::issued(&below.parsed, &issuer.parsed)?;
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(pair, answer);
        Ok(answer)
    }
}
