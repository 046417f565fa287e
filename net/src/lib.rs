//! Asks time-stamp authorities (RFC 3161) and services that keep keys over HTTP: the one crate that opens connections by itself, and only
//! to the addresses that the operator named. The exception is [`Fetcher`], which goes where a stranger's file points, if that is outside.
//!
//! What is sent to an authority and what its answer means is `touchmark_core::keys::timestamp`'s work; here are the socket, the patience with
//! it, and the decision what may be tried again. Key services are asked once: whether to ask again is for who wants a signature to say.

mod address;
mod fetch;
pub mod key_service;
pub mod kms;
mod post;
mod sigv4;
mod tsa;

use std::sync::Arc;
use std::time::Duration;

pub use address::{Address, BadAddress};
pub use fetch::Fetcher;
use touchmark_core::keys::timestamp::{Checked, InOrder, Roots, TimestampAuthority};
pub use tsa::Tsa;

/// How long an authority is waited for, and how often it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For one request from beginning to end; half of it for the connection alone.
    pub timeout: Duration,
    /// How often a request is repeated after a fault that may pass.
    pub retries: u32,
    /// Before the first repetition; twice as long before each further one.
    pub pause: Duration,
    /// How long an authority that failed is left in peace: a batch of images does not wait for each of them anew.
    pub rest: Duration,
}

impl Patience {
    /// Two repetitions, with a pause of a fortieth of `timeout`.
    pub fn of(timeout: Duration) -> Self {
        Self { timeout, retries: 2, pause: timeout / 40, rest: Duration::from_mins(1) }
    }
}

/// The authorities at `urls`, to be asked in that order. With `roots`, none of their tokens is taken that does not lead there. `None`
/// where there is no URL.
pub fn authorities(
    urls: &[String],
    roots: Option<&Roots>,
    patience: Patience,
) -> Result<Option<Arc<dyn TimestampAuthority>>, BadAddress> {
    let authority = |url: &String| -> Result<Arc<dyn TimestampAuthority>, BadAddress> {
        let tsa: Arc<dyn TimestampAuthority> = Arc::new(Tsa::new(url.parse()?, patience));
        Ok(match roots {
            Some(roots) => Arc::new(Checked::new(tsa, roots.clone())),
            None => tsa,
        })
    };
    let mut found = urls.iter().map(authority).collect::<Result<Vec<_>, _>>()?;
    Ok(match found.len() {
        0 => None,
        1 => found.pop(),
        _ => Some(Arc::new(InOrder::new(found))),
    })
}
