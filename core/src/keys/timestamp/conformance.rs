//! What every [`TimestampAuthority`] must pass, whoever wrote it.

use super::{Error, TimestampAuthority};
use crate::hash::Hash;

/// Checks that `authority` does what the contract of [`TimestampAuthority`] says. Asks it for three time-stamps over harmless text.
///
/// One that cannot be reached gives its own error, one that breaks the contract [`Error::Contract`].
pub fn conformance(authority: &dyn TimestampAuthority) -> Result<(), Error> {
    let (first, second) = (Hash::of(b"touchmark time-stamp check"), Hash::of(b""));
    let mut tokens = Vec::new();
    for digest in [first, second, first] {
        let stamp = authority.stamp(&digest)?;
        require(stamp.token.covers_digest(&digest), "a token is about the digest that was handed in")?;
        require(stamp.token.signed().is_ok(), "a token's signature verifies with the certificate that it carries")?;
        require(!stamp.authority.is_empty(), "a time-stamp names where it was asked")?;
        require(!stamp.authority.contains(['\n', '@']), "that name is one line and holds no user or password")?;
        tokens.push(stamp.token.as_der().to_vec());
    }
    require(tokens.first() != tokens.last(), "each call is a request of its own, with a nonce of its own")
}

fn require(holds: bool, rule: &'static str) -> Result<(), Error> {
    if holds { Ok(()) } else { Err(Error::Contract { rule }) }
}
