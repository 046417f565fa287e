//! Keys that keep other keys: 32 secret bytes, wrapped under a key that stays where it is.

use std::fmt::Debug;

use zeroize::Zeroizing;

use super::Error;

/// Something that wraps 32 secret bytes and unwraps them again.
///
/// The contract, which [`conformance`] checks:
/// - What [`wrap`](Self::wrap) gives, [`unwrap`](Self::unwrap) turns back into the same bytes, in another process too.
/// - Wrapped bytes that were changed are refused; nothing else comes out of them.
/// - A failed call has no effect and may be repeated; the caller decides.
pub trait Wrapper: Send + Sync + Debug {
    /// Wraps a secret. What comes out may be kept anywhere.
    fn wrap(&self, secret: &[u8; 32]) -> Result<Vec<u8>, Error>;

    /// The secret again.
    fn unwrap(&self, wrapped: &[u8]) -> Result<Zeroizing<[u8; 32]>, Error>;
}

/// Checks that `wrapper` does what its contract says, with bytes that keep no secret.
pub fn conformance(wrapper: &dyn Wrapper) -> Result<(), Error> {
    let secret = [0x5a; 32];
    let wrapped = wrapper.wrap(&secret)?;
    let require = |kept, rule| if kept { Ok(()) } else { Err(Error::SignerContract { rule }) };
    require(*wrapper.unwrap(&wrapped)? == secret, "what was wrapped must come out again")?;
    require(!wrapped.windows(32).any(|bytes| bytes == secret), "what was wrapped must not be readable")?;
    for at in [0, wrapped.len() / 2, wrapped.len().saturating_sub(1)] {
        let mut changed = wrapped.clone();
        if let Some(byte) = changed.get_mut(at) {
            *byte ^= 1;
        }
        let rule = "wrapped bytes that were changed must be refused";
        require(wrapper.unwrap(&changed).is_err(), rule)?;
    }
    require(wrapper.unwrap(&[]).is_err(), "no bytes must be refused")
}
