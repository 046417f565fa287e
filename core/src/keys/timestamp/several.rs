//! Authorities made of others.

use std::sync::Arc;

use super::{Roots, Stamp, TimestampAuthority, Unstamped};
use crate::hash::Hash;

/// Asks one after another, until one gives a time-stamp.
#[derive(Debug)]
pub struct InOrder {
    authorities: Vec<Arc<dyn TimestampAuthority>>,
}

impl InOrder {
    /// The first is asked first.
    pub fn new(authorities: Vec<Arc<dyn TimestampAuthority>>) -> Self {
        Self { authorities }
    }
}

impl TimestampAuthority for InOrder {
    fn stamp(&self, digest: &Hash) -> Result<Stamp, Unstamped> {
        let mut tried = Vec::new();
        for authority in &self.authorities {
            match authority.stamp(digest) {
                Ok(mut stamp) => {
                    tried.append(&mut stamp.passed_over);
                    return Ok(Stamp { passed_over: tried, ..stamp });
                }
                Err(mut unstamped) => tried.append(&mut unstamped.tried),
            }
        }
        Err(Unstamped { tried })
    }
}

/// Takes no token that does not lead to our own roots: one that nobody here would believe later is worth nothing.
#[derive(Debug)]
pub struct Checked {
    authority: Arc<dyn TimestampAuthority>,
    roots: Roots,
}

impl Checked {
    /// Checks what `authority` gives against `roots`.
    pub fn new(authority: Arc<dyn TimestampAuthority>, roots: Roots) -> Self {
        Self { authority, roots }
    }
}

impl TimestampAuthority for Checked {
    fn stamp(&self, digest: &Hash) -> Result<Stamp, Unstamped> {
        let stamp = self.authority.stamp(digest)?;
        match stamp.token.verify(&self.roots) {
            Ok(()) => Ok(stamp),
            Err(refusal) => {
                Err(Unstamped::by(stamp.authority, format!("gave a time-stamp that is not taken: {refusal}")))
            }
        }
    }
}
