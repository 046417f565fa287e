//! The keys that a reader knows, held against a checkpoint.

use super::History;
use crate::tlog::checkpoint::SignedCheckpoint;
use crate::tlog::note::VerifierKey;

/// A key of the log signed a checkpoint of a size at which it was not in force.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("its checkpoint covers {size} records and is signed by {key}, and {in_force} is in force there")]
pub struct NotInForce {
    /// Who signed.
    pub key: String,
    /// Who should have.
    pub in_force: String,
    /// How many records the checkpoint covers.
    pub size: u64,
}

/// Of these logs the keys that are in force for a checkpoint: who else signed it does not count.
///
/// Where two of them know a key, the one that knows when it was in force decides; of a key by itself nobody knows that. Whoever holds
/// a key that was given up can still sign a checkpoint of the time when it was in force: that shows only against the log itself
/// ([`Snapshot::continues`](super::super::Snapshot::continues)).
pub fn in_force(logs: &[History], note: &SignedCheckpoint) -> Result<Vec<VerifierKey>, NotInForce> {
    let size = note.unverified().size();
    let instead = |key: &VerifierKey| {
        let knows = |log: &&History| log.keys().any(|(_, known)| known == key);
        logs.iter().filter(knows).map(|log| log.at(size)).find(|in_force| *in_force != key)
    };
    let keys: Vec<VerifierKey> =
        logs.iter().map(|log| log.at(size)).filter(|key| instead(key).is_none()).cloned().collect();
    if note.verify(&keys).is_ok() {
        return Ok(keys);
    }
    let signed = |key: &&VerifierKey| note.verify(std::slice::from_ref(*key)).is_ok();
    let signer = logs.iter().flat_map(History::keys).map(|(_, key)| key).find(signed);
    match signer.and_then(|key| Some((key, instead(key)?))) {
        Some((key, other)) => Err(NotInForce { key: key.to_string(), in_force: other.to_string(), size }),
        None => Ok(keys),
    }
}
