//! A manifest that a file says is elsewhere, fetched from there: only where `--online` was typed.

use std::net::IpAddr;
use std::time::Duration;

use touchmark_core::manifest::jumbf;
use touchmark_net::Fetcher;

use crate::output::safe;

/// How long a manifest is waited for, redirects and all.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// The largest manifest that is fetched, where the limit for manifests is higher.
const LARGEST: u64 = 32 << 20;

pub(super) struct Online(Fetcher);

impl Online {
    /// Fetches at most `limit` bytes, and from inside of a network only from the addresses that are allowed.
    pub(super) fn new(limit: u64, allowed: &[IpAddr]) -> Self {
        Self(Fetcher::new(LONGEST_WAIT, limit.min(LARGEST), allowed.to_vec()))
    }

    /// The manifest store that is there, and where it is from in a sentence; or why there is none.
    pub(super) fn fetch(&self, url: &str) -> Result<(Vec<u8>, String), String> {
        let said = |problem: &str| format!("They could not be fetched from there: {}.", safe(problem));
        let store = self.0.fetch(url).map_err(|problem| said(&problem))?;
        // Many servers answer with a page that says that there is nothing.
        if !jumbf::is_store(&store) {
            return Err(said("what is there is no manifest store"));
        }
        Ok((store, format!("The Content Credentials are not in the file: they were fetched from {}.", safe(url))))
    }
}
